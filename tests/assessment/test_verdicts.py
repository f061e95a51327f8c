"""Verdicts: thresholds of probability, and words that match the sign."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiperovskite.assessment.verdicts import binaries_verdict, evidence_verdict, water_verdict
from antiperovskite.assessment.verdicts.words import answer_if_negative, negative_probability, percent, ppm
from antiperovskite.composition import resolve
from antiperovskite.evidence import evidence_for
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.stability.model import Participant, Reaction


def energy(value: float, uncertainty: float | None, unit: str = "eV/formula") -> Quantity:
    return Quantity(value=value, uncertainty=uncertainty, unit=unit, method="test", source="test")


def reaction(quantity: Quantity, role: str) -> Reaction:
    return Reaction(
        name="r",
        role=role,  # type: ignore[arg-type]
        reactants=(Participant(formula="A", phase="A", coefficient=1.0),),
        products=(Participant(formula="B", phase="B", coefficient=1.0),),
        equation="A -> B",
        energy=quantity,
        by_engine={"e": quantity.value},
    )


def test_probability_of_known_cases() -> None:
    assert negative_probability(energy(0.0, 1.0)) == pytest.approx(0.5)
    assert negative_probability(energy(-1.0, 1.0)) == pytest.approx(0.841345, abs=1e-6)
    assert negative_probability(energy(1.959964, 1.0)) == pytest.approx(0.025, abs=1e-6)
    assert negative_probability(energy(-1.0, None)) is None


@pytest.mark.parametrize(
    ("value", "uncertainty", "answer"),
    [
        (-3.0, 1.0, "yes"),
        (-1.2, 1.0, "likely"),
        (-0.5, 1.0, "unclear"),
        (0.5, 1.0, "unclear"),
        (1.2, 1.0, "unlikely"),
        (3.0, 1.0, "no"),
        (-3.0, None, "likely"),
        (3.0, None, "unlikely"),
    ],
)
def test_answers(value: float, uncertainty: float | None, answer: str) -> None:
    assert answer_if_negative(energy(value, uncertainty)) == answer


@given(value=st.floats(-5, 5), uncertainty=st.floats(0.01, 2))
def test_answers_mirror_when_the_sign_does(value: float, uncertainty: float) -> None:
    mirror = {"yes": "no", "likely": "unlikely", "unclear": "unclear", "unlikely": "likely", "no": "yes"}
    assert answer_if_negative(energy(-value, uncertainty)) == mirror[answer_if_negative(energy(value, uncertainty))]


def test_uphill_is_said_and_counted_against() -> None:
    up = energy(0.09, 0.02)
    verdict = binaries_verdict(
        resolve("Li3OCl"), {"reaction_energy_from_binaries": up}, [reaction(up, "from binaries")]
    )
    assert verdict is not None
    assert verdict.answer == "no"
    assert "uphill by 90(20) meV/f.u." in verdict.headline
    assert verdict.reasons_against


@pytest.mark.parametrize(
    ("formula", "answer"),
    [("Na3OBr", "yes"), ("Li3OCl", "unclear"), ("Na4OI2", "likely"), ("Li3SBF4", "unlikely"), ("K3OBr", "unclear")],
)
def test_what_the_tables_say_about_samples(formula: str, answer: str) -> None:
    """Table 1: Na3OBr made, Li3OCl doubted, Li3SBF4 predicted; Na4OI2 only in Table 4; K3OBr nowhere."""
    resolved = resolve(formula)
    assert evidence_verdict(resolved, evidence_for(resolved)).answer == answer


def test_no_verdict_without_a_number() -> None:
    missing = NotComputed(unit="eV/formula", method="a salt is missing")
    assert binaries_verdict(resolve("Li3OCl"), {"reaction_energy_from_binaries": missing}, []) is None


def test_exothermic_hydration_means_it_does_not_survive() -> None:
    wet = energy(-0.77, 0.1, "eV/H2O")
    verdict = water_verdict(resolve("Li3OCl"), {"hydration_energy": wet}, [reaction(wet, "hydration")])
    assert verdict is not None
    assert verdict.answer == "no"
    assert "0.77(10) eV" in verdict.headline
    assert verdict.headline.endswith("handle it dry.")


def test_probabilities_are_never_called_certain() -> None:
    assert (percent(0.0), percent(0.004), percent(0.53), percent(1.0)) == ("< 1 %", "< 1 %", "53 %", "> 99 %")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (1653.0, "1,700 ppm"),
        (0.0126, "0.013 ppm"),
        (1.65e-11, "2×10⁻¹¹ ppm"),
        (1e6, "pure steam"),
        (None, "an unknown content"),
    ],
)
def test_water_contents_in_words(content: float | None, text: str) -> None:
    assert ppm(content) == text
