"""Which of the published radii is taken, and what the note says about it."""

from __future__ import annotations

import pytest

from antiperovskite.errors import OptionError
from antiperovskite.ions import ion, select_radius


@pytest.mark.parametrize(
    ("symbol", "coordination", "value", "note"),
    [
        ("Li", 6, 0.76, ""),
        ("Na", 6, 1.02, ""),
        ("Na", 12, 1.39, ""),
        ("O", 6, 1.40, ""),
        ("O", 12, 1.42, "O: coordination 8 is the closest available to 12"),
        ("Cl", 12, 1.81, "Cl: coordination 6 is the closest available to 12"),
        ("N", 6, 1.46, "N: coordination 4 is the closest available to 6"),
        ("Li", 5, 0.59, "Li: coordination 4 is the closest available to 5"),
        ("Fe", 6, 0.78, "Fe: high spin"),
        ("Mn", 7, 0.90, ""),
    ],
)
def test_shannon(symbol: str, coordination: int, value: float, note: str) -> None:
    choice = select_radius(ion(symbol), "shannon", coordination)
    assert choice.radius is not None
    assert (choice.radius.value, choice.note) == (value, note)


def test_charge_and_spin_choose_the_row() -> None:
    iron = ion("Fe")
    low = select_radius(iron, "shannon", 6, spin="low")
    ferric = select_radius(iron, "shannon", 6, charge=3)
    assert low.radius is not None
    assert low.radius.value == 0.61
    assert ferric.radius is not None
    assert ferric.radius.value == 0.645
    assert select_radius(iron, "shannon", 6, charge=5).radius is None


@pytest.mark.parametrize(
    ("policy", "value", "uncertainty"),
    [
        ("mean", 1.45, 0.04),
        ("smallest", 1.41, None),
        ("largest", 1.49, None),
        ("roobottom1999", 1.41, None),
        ("jenkins1979", 1.49, None),
    ],
)
def test_thermochemical_policies(policy: str, value: float, uncertainty: float | None) -> None:
    choice = select_radius(ion("O"), "thermochemical", policy=policy)  # type: ignore[arg-type]
    assert choice.radius is not None
    assert choice.radius.value == pytest.approx(value)
    assert choice.radius.uncertainty == pytest.approx(uncertainty)
    assert len(choice.considered) == 2
    assert "1.41, 1.49" in choice.note


def test_a_single_value_is_taken_whatever_the_policy() -> None:
    choice = select_radius(ion("F"), "thermochemical", policy="jenkins1979")
    assert choice.radius is not None
    assert (choice.radius.value, choice.note) == (1.26, "")


def test_unverified_values_say_so() -> None:
    choice = select_radius(ion("NO3"), "thermochemical")
    assert choice.radius is not None
    assert choice.radius.trust == "unverified"
    assert choice.note.endswith("NO3: unverified value")


@pytest.mark.parametrize(("symbol", "scale"), [("BH4", "shannon"), ("H", "shannon"), ("Bi", "thermochemical")])
def test_no_radius_is_said_not_invented(symbol: str, scale: str) -> None:
    choice = select_radius(ion(symbol), scale, 12)  # type: ignore[arg-type]
    assert choice.radius is None
    assert choice.note == f"no {scale} radius of {symbol} is registered"


def test_unknown_policy() -> None:
    with pytest.raises(OptionError, match="unknown radius policy 'best'"):
        select_radius(ion("O"), "thermochemical", policy="best")  # type: ignore[arg-type]
