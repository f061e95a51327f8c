"""Theoretical capacity: n F / (3.6 M)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiperovskite.composition import resolve
from antiperovskite.composition.capacity import molar_mass, theoretical_capacity
from antiperovskite.errors import OptionError


def test_lithium_chloride_like_arithmetic() -> None:
    """(Li2Fe)SO by hand: M = 2 x 6.94 + 55.845 + 32.06 + 15.999 = 117.78 g/mol; 96485 / (3.6 x 117.78) = 227.5."""
    assert molar_mass(resolve("(Li2Fe)SO")) == pytest.approx(117.78, abs=0.05)
    found = theoretical_capacity("(Li2Fe)SO", 1)
    assert found.unit == "mAh/g"
    assert found.value == pytest.approx(227.5, abs=0.2)


@given(ions=st.floats(0.01, 1.0))
def test_it_is_linear_in_the_ions_and_the_same_for_a_doubled_formula(ions: float) -> None:
    one = theoretical_capacity("(Li2Fe)SO", ions).value
    assert theoretical_capacity("(Li2Fe)SO", 2 * ions).value == pytest.approx(2 * one)
    double = resolve("(Li2Fe)SO")
    doubled = double.model_copy(update={"elements": {e: 2 * n for e, n in double.elements.items()}})
    assert theoretical_capacity(doubled, 2 * ions).value == pytest.approx(one)


@pytest.mark.parametrize("ions", [0.0, -1.0, 2.5, float("nan")])
def test_more_ions_than_there_are_is_refused(ions: float) -> None:
    with pytest.raises(OptionError, match="which holds 2"):
        theoretical_capacity("(Li2Fe)SO", ions)


def test_a_sodium_formula_counts_its_sodium() -> None:
    assert theoretical_capacity("Na3OCl", 3).value > theoretical_capacity("Na3OCl", 1).value
    with pytest.raises(OptionError, match="which holds 3"):
        theoretical_capacity("Na3OCl", 4)
