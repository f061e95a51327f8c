"""When a computed value agrees: each kind of agreement, ranges, units, and what the uncertainty may and may not do."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from antiperovskite.errors import UnitError
from antiperovskite.evidence.claims import Check, Claim
from antiperovskite.quantity import Quantity
from antiperovskite.scorecard.agreement import accepted, judge_number, judge_words, plain_words


def number(value: float, unit: str = "eV", uncertainty: float | None = None) -> Quantity:
    return Quantity(value=value, uncertainty=uncertainty, unit=unit, method="test", source="test")


def claim(
    low: float, high: float | None = None, unit: str = "eV", u: float | None = None, **check: Any
) -> tuple[Claim, Check]:
    test = Check(capability="quantity", why="test", **check)
    upper = None if high is None else number(high, unit)
    made = Claim(
        id="a-claim",
        section="2",
        subject="Li3OCl",
        property="test",
        statement="A test.",
        value=number(low, unit, u),
        value_upper=upper,
        method="DFT",
        citations=("dawson2021",),
        standing="accepted",
        check=test,
    )
    return made, test


@pytest.mark.parametrize(
    ("check", "computed", "agrees"),
    [
        ({"agreement": "within", "tolerance": 0.1}, 4.0, True),  # the edge belongs to it, 3.9 + 0.1 in floats
        ({"agreement": "within", "tolerance": 0.1}, 3.8, True),
        ({"agreement": "within", "tolerance": 0.1}, 4.0001, False),
        ({"agreement": "within", "tolerance": 0.01, "relative": True}, 3.9389, True),
        ({"agreement": "within", "tolerance": 0.01, "relative": True}, 3.94, False),
        ({"agreement": "less"}, 3.8999, True),
        ({"agreement": "less"}, 3.9, False),
        ({"agreement": "greater"}, 3.9001, True),
        ({"agreement": "greater"}, 3.9, False),
        ({"agreement": "sign"}, 1e-6, True),
        ({"agreement": "sign"}, 0.0, False),
        ({"agreement": "sign"}, -4.0, False),
    ],
)
def test_one_value(check: dict[str, Any], computed: float, agrees: bool) -> None:
    assert judge_number(*claim(3.9, **check), number(computed)).agrees is agrees


@pytest.mark.parametrize(
    ("check", "computed", "agrees"),
    [
        ({"agreement": "within", "tolerance": 0.05}, 0.35, True),
        ({"agreement": "within", "tolerance": 0.05}, 0.26, True),
        ({"agreement": "within", "tolerance": 0.05}, 0.46, False),
        ({"agreement": "less"}, 0.35, False),  # beyond the range, not inside it
        ({"agreement": "less"}, 0.29, True),
        ({"agreement": "greater"}, 0.35, False),
        ({"agreement": "greater"}, 0.41, True),
    ],
)
def test_a_range(check: dict[str, Any], computed: float, agrees: bool) -> None:
    assert judge_number(*claim(0.3, 0.4, **check), number(computed)).agrees is agrees


def test_a_negative_relative_tolerance_widens_on_both_sides() -> None:
    interval = accepted(*claim(-2.0, -1.0, agreement="within", tolerance=0.1, relative=True))
    assert (interval.low, interval.high) == pytest.approx((-2.2, -0.9))


def test_a_negative_sign() -> None:
    pair = claim(-0.2, agreement="sign")
    assert judge_number(*pair, number(-3.0)).agrees
    assert not judge_number(*pair, number(0.1)).agrees


def test_units_are_converted_and_others_refused() -> None:
    pair = claim(300.0, unit="meV", agreement="within", tolerance=20.0)
    assert judge_number(*pair, number(0.31)).agrees
    assert not judge_number(*pair, number(0.33)).agrees
    with pytest.raises(UnitError, match="differ in dimension"):
        judge_number(*pair, number(0.3, "K"))


def test_z_combines_both_uncertainties_and_is_measured_from_the_claim() -> None:
    found = judge_number(*claim(1.0, u=0.3, agreement="within", tolerance=0.1), number(2.0, uncertainty=0.4))
    assert found.z == pytest.approx(1.0 / 0.5)
    inside = judge_number(*claim(1.0, 2.0, agreement="within", tolerance=0.1), number(1.5, uncertainty=0.4))
    assert inside.z == 0.0
    limit = judge_number(*claim(1.0, agreement="less"), number(0.5, uncertainty=0.25))
    assert limit.z == pytest.approx(-2.0)
    sign = judge_number(*claim(7.0, agreement="sign"), number(-0.5, uncertainty=0.25))
    assert sign.z == pytest.approx(-2.0)


def test_without_an_uncertainty_there_is_no_z() -> None:
    found = judge_number(*claim(1.0, agreement="less"), number(0.5))
    assert (found.z, found.robust) == (None, None)


def test_an_exact_value_has_no_z_but_is_robust() -> None:
    found = judge_number(*claim(1.0, agreement="less"), number(0.5, uncertainty=0.0))
    assert (found.z, found.robust) == (None, True)


def test_a_large_uncertainty_does_not_make_a_wrong_value_right() -> None:
    found = judge_number(*claim(1.0, agreement="within", tolerance=0.1), number(2.0, uncertainty=100.0))
    assert found.agrees is False
    assert found.robust is False
    assert "could be the other one" in found.reason


def test_the_reason_names_both_numbers_and_the_tolerance() -> None:
    found = judge_number(*claim(0.3, 0.4, agreement="within", tolerance=0.05), number(0.5))
    assert found.reason == "the computed 0.5 eV is not within 0.05 eV of 0.3 to 0.4 eV (off by 0.1 eV)"


@given(
    low=st.floats(-10, 10),
    width=st.floats(0, 5),
    value=st.floats(-30, 30),
    u=st.floats(0.001, 10),
    kind=st.sampled_from(["within", "less", "greater"]),
)
def test_robust_means_that_every_edge_is_further_away_than_u(
    low: float, width: float, value: float, u: float, kind: str
) -> None:
    high = low + width
    edges = {"within": (low - 0.5, high + 0.5), "less": (low,), "greater": (high,)}[kind]
    nearest = min(abs(value - edge) for edge in edges)
    assume(abs(nearest - u) > 1e-6)
    pair = claim(low, high, agreement=kind, **({"tolerance": 0.5} if kind == "within" else {}))
    assert judge_number(*pair, number(value, uncertainty=u)).robust is (nearest > u)


@given(value=st.floats(-100, 100), shift=st.floats(-50, 50), tolerance=st.floats(0.01, 10))
def test_within_is_symmetric(value: float, shift: float, tolerance: float) -> None:
    """Computed a against claimed b agrees exactly if computed b against claimed a does."""
    other = value + shift
    one = judge_number(*claim(value, agreement="within", tolerance=tolerance), number(other)).agrees
    two = judge_number(*claim(other, agreement="within", tolerance=tolerance), number(value)).agrees
    assert one == two or math.isclose(abs(value - other), tolerance, rel_tol=1e-6)


def test_less_greater_and_equal_exclude_each_other() -> None:
    for computed in (0.9, 1.0, 1.1):
        less, greater = (
            judge_number(*claim(1.0, agreement=way), number(computed)).agrees for way in ("less", "greater")
        )
        assert [less, greater].count(True) == (computed != 1.0)


def words(claimed: str) -> Claim:
    made, check = claim(1.0, agreement="less")
    equals = check.model_copy(update={"agreement": "equals"})
    return made.model_copy(update={"value": None, "words": claimed, "check": equals})


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("Pm-3m", "pm-3m", True),
        ("Pm\u0305 3m", "Pm-3m", True),
        ("LiCl + Li2O", "Li2O+LiCl", True),
        ("Pm-3m", "P4/mmm", False),
        ("LiCl + Li2O", "LiCl", False),
        ("ruddlesden-popper", "Ruddlesden-Popper", True),
    ],
)
def test_words(one: str, two: str, same: bool) -> None:
    assert (plain_words(one) == plain_words(two)) is same
    found = judge_words(words(one), two)
    assert found.agrees is same
    assert one in found.reason
    assert two in found.reason
