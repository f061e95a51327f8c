"""Every check is validated before anything is computed; every shipped one is valid."""

from __future__ import annotations

from typing import Any

import pytest

from antiperovskite.errors import DataError
from antiperovskite.evidence.claims import Check, Claim, claims
from antiperovskite.quantity import Quantity
from antiperovskite.scorecard import all_capabilities, capability, validate_check
from antiperovskite.units import UNITS

LATTICE = {"formula": "Li3OCl", "name": "lattice_a"}


def claim(
    value: float | None, unit: str = "angstrom", *, upper: float | None = None, words: str = "", **check: Any
) -> Claim:
    def quantity(number: float | None) -> Quantity | None:
        if number is None:
            return None
        return Quantity(value=number, uncertainty=None, unit=unit, method="test", source="test")

    return Claim(
        id="a-claim",
        section="2",
        subject="Li3OCl",
        property="test",
        statement="A test.",
        value=quantity(value),
        value_upper=quantity(upper),
        words=words,
        method="DFT",
        citations=("dawson2021",),
        standing="accepted",
        check=Check(why="test", **check),
    )


def within(capability: str, arguments: dict[str, Any], tolerance: float = 0.1, **more: Any) -> dict[str, Any]:
    return {"capability": capability, "arguments": arguments, "agreement": "within", "tolerance": tolerance, **more}


@pytest.mark.parametrize("shipped", [c for c in claims() if c.check is not None], ids=lambda c: c.id)
def test_every_shipped_check_is_valid(shipped: Claim) -> None:
    validate_check(shipped)


def test_a_good_check_and_a_claim_without_one_pass() -> None:
    good = claim(3.9, **within("quantity", LATTICE))
    validate_check(good)
    validate_check(good.model_copy(update={"check": None}))


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (claim(3.9, **within("quantitty", LATTICE)), "unknown capability 'quantitty'.*did you mean 'quantity'"),
        (claim(3.9, **within("quantity", {"formula": "Li3OCl"})), "needs the argument 'name'"),
        (claim(3.9, **within("quantity", {**LATTICE, "depth": "deep"})), "takes no argument .depth., only formula"),
        (claim(3.9, **within("quantity", {**LATTICE, "name": "latice_a"})), "did you mean 'lattice_a'"),
        (claim(3.9, **within("quantity", {**LATTICE, "name": "lattice_a_reported"})), "choose one of"),
        (claim(3.9, **within("quantity", {**LATTICE, "formula": "Xx3OCl"})), "'formula' of quantity"),
        (claim(3.9, **within("quantity", {**LATTICE, "formula": 3})), "must be text"),
        (claim(227, "mAh/g", **within("theoretical_capacity", {"formula": "Li2FeSO", "ions": -1})), "above zero"),
        (claim(227, "mAh/g", **within("theoretical_capacity", {"formula": "Li2FeSO", "ions": True})), "above zero"),
        (claim(3.9, "eV", **within("quantity", LATTICE)), "'angstrom'.*but the claim is in 'eV'"),
        (claim(None, words="big", **within("quantity", LATTICE)), "needs a claimed value"),
        (claim(3.9, capability="quantity", arguments=LATTICE, agreement="equals"), "returns a number"),
        (claim(3.9, **within("family", {"formula": "Li3OCl"})), "returns words"),
        (claim(3.9, capability="family", arguments={"formula": "Li3OCl"}, agreement="equals"), "'words'"),
        (claim(0.0, capability="quantity", arguments=LATTICE, agreement="sign"), "one side of zero"),
        (claim(-1.0, upper=1.0, capability="quantity", arguments=LATTICE, agreement="sign"), "one side of zero"),
        (claim(0.0, **within("quantity", LATTICE, relative=True)), "relative tolerance"),
    ],
)  # fmt: skip
def test_a_bad_check_is_refused_in_one_line_that_names_the_claim(bad: Claim, words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        validate_check(bad)
    assert str(caught.value).startswith("claim a-claim: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", all_capabilities())
def test_every_capability_declares_itself(name: str) -> None:
    item = capability(name)
    assert item.name == name
    assert item.answers
    for argument in item.arguments.values():
        assert argument.meaning
    choices = next((a.choices for a in item.arguments.values() if a.choices and callable(item.unit)), ("",))
    for choice in choices:
        unit = item.unit_of({"name": choice})
        assert unit is None or unit in UNITS


def test_energies_are_known_as_energies() -> None:
    item = capability("quantity")
    assert item.is_energetic({"name": "energy_above_hull"})
    assert item.is_energetic({"name": "hydration_energy"})
    assert not item.is_energetic({"name": "lattice_a"})


def test_no_capability_returns_a_literature_value() -> None:
    for item in all_capabilities().values():
        for argument in item.arguments.values():
            assert not [c for c in argument.choices if "reported" in c or "deviation" in c]
