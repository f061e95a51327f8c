"""The conduction step of a deep assessment: what it takes, when it says no, and the verdict it leads to."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from antiperovskite.assessment import transport
from antiperovskite.assessment.options import DEPTHS, Options, choose_options
from antiperovskite.assessment.transport import CONDUCTION_QUANTITIES, Conduction, assess_conduction
from antiperovskite.assessment.verdicts.conduction import conduction_verdict
from antiperovskite.composition import resolve
from antiperovskite.engines.model import EngineCard
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.transport import study as study_room
from antiperovskite.transport.study import records
from antiperovskite.transport.study.model import ConductivityStudy

CARD = EngineCard(
    name="walk", version="1", description="a walk", reference_method="none", energy_scale="walk", licence="MIT",
    known_bias=(), citations=(), for_verdicts=False,
)  # fmt: skip


def number(value, error, unit):
    return Quantity(value=value, uncertainty=error, unit=unit, method="m", source="s")


def study(room=1e-3, error=2e-4):
    step = SimpleNamespace(vacancy_share=NotComputed(unit="%", method="none made"))
    made = ConductivityStudy(
        formula="Li3OCl", engine=CARD, species=("Li",), steps=(), series=(), statement="s", framework="intact",
        activation_energy=number(0.3, 0.01, "eV"), conductivity_298K=NotComputed(unit="S/cm", method="too noisy"),
        nernst_einstein_conductivity_298K=number(room, error, "S/cm"), haven_ratio=number(0.5, 0.1, "1"),
        core_hours=number(1.0, None, "h"),
    )  # fmt: skip
    return made.model_copy(update={"steps": (step,)})


def silent(_step, _detail):
    """Report no progress."""


def test_deep_is_standard_and_conduction():
    assert choose_options("deep", "toy-ionic").settings.conduction
    assert DEPTHS["deep"].max_candidates == DEPTHS["standard"].max_candidates
    assert not DEPTHS["standard"].conduction and not DEPTHS["quick"].conduction


def test_other_depths_name_the_command_and_add_no_quantities(tmp_path):
    found = assess_conduction(resolve("Li3OCl"), Options(), tmp_path, silent)
    assert found.study is None and "antiperovskite conductivity Li3OCl" in found.reason
    assert found.quantities == {}


def test_a_compound_without_a_potential_is_not_computed_with_the_command_that_makes_one(tmp_path):
    found = assess_conduction(resolve("K3OBr"), Options(depth="deep"), tmp_path, silent)
    assert found.study is None and "antiperovskite distil K3OBr" in found.reason
    assert set(found.quantities) == set(CONDUCTION_QUANTITIES)
    assert all(isinstance(one, NotComputed) for one in found.quantities.values())
    assert list(tmp_path.iterdir()) == []


def test_a_shipped_study_is_taken_and_nothing_is_run(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "shipped_study", lambda formula: study())
    monkeypatch.setattr(transport, "_run", lambda *rest: pytest.fail("ran"))
    assert study_room.shipped_study("Li3OCl") is not None
    found = assess_conduction(resolve("Li3OCl"), Options(depth="deep"), tmp_path, silent)
    assert found.quantities["activation_energy"].value == 0.3


@pytest.mark.parametrize(
    ("room", "error", "answer"), [(1e-3, 2e-4, "likely"), (1e-4, 2e-5, "unclear"), (1e-7, 2e-8, "unlikely")]
)
def test_the_verdict_follows_the_conductivity_and_is_never_sure(room, error, answer):
    verdict = conduction_verdict(study(room, error))
    assert verdict is not None and verdict.answer == answer
    assert "0.300(10) eV" in verdict.headline and len(verdict.caveats) == 3
    assert (verdict.reasons_for if answer == "likely" else verdict.reasons_against)[0].startswith("bulk conductivity")


def test_no_law_is_unclear_and_no_study_no_verdict():
    assert conduction_verdict(Conduction().study) is None
    nothing = study().model_copy(update={"activation_energy": NotComputed(unit="eV", method="2 temperatures")})
    verdict = conduction_verdict(nothing)
    assert verdict is not None and verdict.answer == "unclear" and "2 temperatures" in verdict.headline
