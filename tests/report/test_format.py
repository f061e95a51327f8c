"""Formulas and numbers as safe HTML."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.report.format import amount, chem, duration, number, prose, quantity, slug


def q(value: float, uncertainty: float | None, unit: str) -> Quantity:
    return Quantity(value=value, uncertainty=uncertainty, unit=unit, method="test", source="test")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Li2OHCl", "Li<sub>2</sub>OHCl"),
        ("Li2(OH)0.9F0.1Cl", "Li<sub>2</sub>(OH)<sub>0.9</sub>F<sub>0.1</sub>Cl"),
        ("2 Li2O + LiCl -> Li3OCl", "2 Li<sub>2</sub>O + LiCl → Li<sub>3</sub>OCl"),
        ("<b>Li3", "&lt;b&gt;Li<sub>3</sub>"),
    ],
)
def test_chem(text: str, html: str) -> None:
    assert str(chem(text)) == html


@pytest.mark.parametrize("text", ["7net-0 in P4/mmm", "PBE0", "GPAW 26.7", "Fig. 2", "Table1", "Pm-3m", "R-3c2"])
def test_prose_leaves_other_words_alone(text: str) -> None:
    assert str(prose(text)) == text


def test_prose_lowers_amounts_in_formulas_only() -> None:
    assert str(prose("7net-0: Li3OCl takes up H2O.")) == "7net-0: Li<sub>3</sub>OCl takes up H<sub>2</sub>O."


@given(st.text(max_size=60))
def test_no_text_becomes_markup(text: str) -> None:
    for html in (str(chem(text)), str(prose(text))):
        assert re.sub(r"</?sub>", "", html).count("<") == 0


@pytest.mark.parametrize(
    ("value", "uncertainty", "html"),
    [
        (3.907, 0.004, "3.907(4)"),
        (-1.234, 0.08, "−1.23(8)"),
        (8.5e-7, None, "8.5×10<sup>−7</sup>"),
        (6.9e-4, None, "6.9×10<sup>−4</sup>"),
        (0.089, None, "0.089"),
        (0.0, None, "0"),
    ],
)
def test_number(value: float, uncertainty: float | None, html: str) -> None:
    assert str(number(value, uncertainty)) == html


def test_quantity_has_its_unit_and_missing_ones_say_why() -> None:
    assert "Å" in quantity(q(3.9, None, "angstrom"))
    assert 'title="no &lt;b&gt; engine"' in quantity(NotComputed(unit="eV", method="no <b> engine"))


def test_durations_read_like_a_recipe() -> None:
    assert "24&nbsp;h" in duration(q(86400, None, "s"))
    assert "30&nbsp;min" in duration(q(1800, None, "s"))
    assert "7&nbsp;d" in duration(q(604800, None, "s"))


@given(st.text())
def test_slug_is_safe_everywhere(text: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]*", slug(text))


@given(st.floats(0.001, 1000))
def test_amount_keeps_the_value(value: float) -> None:
    assert float(amount(value)) == pytest.approx(value, abs=5.1e-5)
