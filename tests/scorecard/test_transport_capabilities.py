"""Claims about conduction against shipped studies: ratios with errors, words only where it is sure."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest

from antiperovskite.engines.model import EngineCard
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.scorecard.capabilities import transport
from antiperovskite.scorecard.registry import capability
from antiperovskite.transport.activation import Point, arrhenius
from antiperovskite.transport.study.model import ConductivityStudy, Series

BOLTZMANN = 8.617333262e-5
CARD = EngineCard(
    name="walk", version="1", description="a walk", reference_method="none", energy_scale="walk", licence="MIT",
    known_bias=(), citations=(), for_verdicts=False,
)  # fmt: skip


def made(formula, factor, error=0.05):
    points = []
    for T in (800.0, 900.0, 1000.0, 1100.0):
        value = factor * math.exp(-0.3 / (BOLTZMANN * T)) / T
        sigma = Quantity(value=value, uncertainty=error * value, unit="S/cm", method="m", source="s")
        points.append(Point.measured(T, sigma, "conductivity"))
    missing = NotComputed(unit="1", method="m")
    law = arrhenius(points, kind="conductivity")
    study = ConductivityStudy(
        formula=formula, engine=CARD, species=("Li",), steps=(), framework="intact", statement="s",
        series=(Series(kind="conductivity of independent ions", law=law),
                Series(kind="conductivity", law=None, reason="too noisy")),
        activation_energy=missing, conductivity_298K=missing, nernst_einstein_conductivity_298K=missing,
        haven_ratio=missing, core_hours=missing,
    )  # fmt: skip
    share = Quantity(value=2.5, uncertainty=None, unit="%", method="m", source="s")
    return study.model_copy(update={"steps": (SimpleNamespace(vacancy_share=share, temperature_K=0.0),)})


@pytest.fixture
def shipped(monkeypatch):
    studies = {"Li3OCl": made("Li3OCl", 1e4), "Na3OCl": made("Na3OCl", 5e3), "Li2NaOCl": made("Li2NaOCl", 1e3)}
    monkeypatch.setattr(transport, "shipped_study", studies.get)
    return studies


def ask(name, **arguments):
    return capability(name).compute({"temperature": 1000.0, "of": "independent ions", **arguments}, None)


def test_a_ratio_comes_from_both_laws(shipped):
    found = ask("conductivity_ratio", first="Li3OCl", second="Na3OCl")
    assert found.value == pytest.approx(2.0, rel=0.05) and 0 < found.uncertainty < 0.3
    assert "2.5 %" in found.method
    energy = ask("conduction_activation_energy", formula="Li3OCl")
    assert energy.value == pytest.approx(0.3, abs=0.01)


def test_the_claims_word_only_where_it_is_sure(shipped):
    words = {"is": "above", "called": "Li above Na"}
    assert ask("conducts_better", first="Li3OCl", second="Na3OCl", **words) == "Li above Na"
    assert ask("conducts_better", first="Na3OCl", second="Li3OCl", **words).startswith("ratio 0.5")
    assert ask("conducts_better", first="Li3OCl", second="Li3OCl", **words).startswith("ratio 1.0")


def test_a_mixture_must_be_worse_than_every_pure_compound(shipped):
    claim = {"pure": "Li3OCl Na3OCl", "called": "lower"}
    assert ask("mixed_conducts_worse", mixed="Li2NaOCl", **claim) == "lower"
    assert "Na3OCl over Li3OCl" not in ask("mixed_conducts_worse", mixed="Na3OCl", pure="Li3OCl", called="lower")
    shipped["LiNa2OCl"] = made("LiNa2OCl", 8e3)
    assert "LiNa2OCl over Na3OCl" in ask("mixed_conducts_worse", mixed="Li2NaOCl LiNa2OCl", **claim)


def test_a_run_at_that_temperature_serves_where_there_is_no_law(shipped):
    """Two temperatures make no law, but a compound measured at the claim's temperature can be compared there."""
    few = shipped["Li2NaOCl"]
    sigma = Quantity(value=2e-3, uncertainty=2e-4, unit="S/cm", method="sum over species", source="s")
    step = SimpleNamespace(
        vacancy_share=few.steps[0].vacancy_share, temperature_K=1000.0, nernst_einstein_conductivity=sigma,
        conductivity=NotComputed(unit="S/cm", method="m"),
    )  # fmt: skip
    none = (Series(kind="conductivity of independent ions", law=None, reason="two temperatures"),)
    shipped["Li2NaOCl"] = few.model_copy(update={"series": none, "steps": (step,)})
    found = ask("conductivity_ratio", first="Li2NaOCl", second="Li3OCl")
    law = 1e4 * math.exp(-0.3 / (BOLTZMANN * 1000.0)) / 1000.0
    assert found.value == pytest.approx(2e-3 / law, rel=0.05) and "from its run at that temperature" in found.method
    assert found.uncertainty / found.value > 0.1  # the run's own error is in it
    elsewhere = ask("conductivity_ratio", first="Li2NaOCl", second="Li3OCl", temperature=900.0)
    assert isinstance(elsewhere, NotComputed) and "two temperatures" in elsewhere.method


def test_what_is_not_there_is_not_computed_with_the_command(shipped):
    missing = ask("conductivity_ratio", first="Li3OCl", second="K3OBr")
    assert isinstance(missing, NotComputed) and "antiperovskite conductivity K3OBr" in missing.method
    assert isinstance(ask("haven_ratio", formula="K3OBr"), NotComputed)
    noisy = ask("conductivity_ratio", first="Li3OCl", second="Na3OCl", of="collective")
    assert isinstance(noisy, NotComputed) and "too noisy" in noisy.method
    far = ask("conductivity_ratio", first="Li3OCl", second="Na3OCl", temperature=300.0)
    assert isinstance(far, NotComputed) and "not near 300 K" in far.method
