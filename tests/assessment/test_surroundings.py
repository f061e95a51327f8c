"""Voltages, the own metal, electrodes, water and DFT of an assessment: hand-made energies with known answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from antiperovskite.assessment import surroundings
from antiperovskite.assessment.options import Options
from antiperovskite.assessment.surroundings import Surroundings, assess_surroundings, dft_of, electrode_partners
from antiperovskite.assessment.surroundings_quantities import (
    SURROUNDINGS_QUANTITIES,
    limit_of,
    most_water,
    room_point,
    surroundings_quantities,
)
from antiperovskite.assessment.verdicts import metal_verdict, water_verdict, window_verdict
from antiperovskite.composition import resolve
from antiperovskite.engines.model import EngineCard
from antiperovskite.errors import MissingReferenceError
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.stability.competing import calibrated_references
from antiperovskite.stability.energies import find_phase, scaled_phase
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.hydration import study
from antiperovskite.stability.hydration.model import Hydration
from antiperovskite.stability.hydration.study import hydration, prepare, temperature_grid
from antiperovskite.stability.model import Participant, Reaction
from antiperovskite.stability.phase_set import PhaseSet

CARD = EngineCard(
    name="hand", version="1", description="made by hand", reference_method="none", energy_scale="hand", licence="none",
    known_bias=(), citations=(),
)  # fmt: skip
LI3OCL = {"Li": 3.0, "O": 1.0, "Cl": 1.0}
LI2OHCL = {"Li": 2.0, "O": 1.0, "H": 1.0, "Cl": 1.0}
QUICK = Options("quick", "7net-0", ())
Assess = Callable[..., Surroundings]


def phase(name: str, energy: float, loadings: dict[str, float] | None = None, **elements: float) -> PhaseEnergy:
    return PhaseEnergy(name, name, {e: float(n) for e, n in elements.items()}, energy, loadings or {})


PHASES = PhaseSet(
    engine=CARD,
    phases=(
        phase("Li", 0.0, Li=1),
        phase("O2", 0.0, O=2),
        phase("H2", 0.0, H=2),
        phase("Cl2", 0.0, Cl=2),
        phase("Li2O", -6.0, {"a": 0.03}, Li=2, O=1),
        phase("Li2O2", -6.5, {"a": 0.05}, Li=2, O=2),
        phase("LiCl", -4.0, {"b": 0.02}, Li=1, Cl=1),
        phase("LiH", -0.9, Li=1, H=1),
        phase("LiOH", -5.0, {"c": 0.02}, Li=1, O=1, H=1),
        # the compound as the set has it: far too stable, so that it would show if it competed with the one relaxed here
        phase("Li3OCl", -20.0, Li=3, O=1, Cl=1),
    ),
    method="energies made by hand",
    source="test",
    citations=("chase1998",),
)


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Assess:
    """Surroundings of a formula whose own energy is given; nothing is relaxed and no reference set is read."""

    def run(text: str, energy: float, u: float = 0.01, options: Options = QUICK) -> Surroundings:
        formula = resolve(text)

        def target(*_: Any) -> PhaseEnergy:
            return PhaseEnergy("this work", formula.formula, formula.elements, energy, {"own": u})

        def within(_engine: str, elements: Any) -> PhaseSet:
            own = {"Li3OCl"} - {text}  # the trap is laid for the compound itself, not for others
            kept = tuple(p for p in PHASES.phases if p.elements.keys() <= set(elements) and p.name not in own)
            return PhaseSet(PHASES.engine, kept, PHASES.method, PHASES.source, citations=PHASES.citations)

        def no_water(*_: Any) -> None:
            raise MissingReferenceError("no water here")

        monkeypatch.setattr(surroundings, "calibrated_target", target)
        monkeypatch.setattr(surroundings, "competing_phases", within)
        monkeypatch.setattr(surroundings, "prepare", no_water)
        return assess_surroundings(formula, None, options)  # type: ignore[arg-type]  # only the target reads it

    return run


def test_the_structure_relaxed_here_decides_not_the_reference_phase(answer: Assess) -> None:
    found = answer("Li3OCl", -9.9)
    assert found.window is not None
    assert found.window.on_hull is False
    assert found.window.oxidation_limit.value == pytest.approx(2.75)  # Li2O -> 1/2 Li2O2 + Li
    assert found.window.oxidation_onset_metastable.value == pytest.approx(2.65)
    assert found.window.sampled is not None
    assert found.quantities["oxidation_limit"] == found.window.oxidation_limit


def test_a_metal_that_only_watches_the_decomposition(answer: Assess) -> None:
    found = answer("Li3OCl", -9.9)
    assert found.metal_contact is not None
    assert found.quantities["contact_with_metal"].value == pytest.approx(-20.0)  # 0.1 eV over 5 atoms
    assert found.quantities["contact_with_metal_mutual"].value == 0.0
    verdict = metal_verdict(found.metal_contact, found.window)
    assert verdict is not None
    assert verdict.answer == "yes"
    assert "fall apart by itself, into Li2O + LiCl" in verdict.headline


def test_a_metal_that_attacks(answer: Assess) -> None:
    """Li2OHCl + 2 Li -> Li2O + LiCl + LiH, -0.9 - 10 + 9.2 eV over 7 atoms."""
    found = answer("Li2OHCl", -9.2)
    mutual = found.quantities["contact_with_metal_mutual"]
    assert isinstance(mutual, Quantity)
    assert mutual.value == pytest.approx(-1000 * 1.7 / 7)
    verdict = metal_verdict(found.metal_contact, found.window)
    assert verdict is not None
    assert verdict.answer == "no"
    assert "Li2OHCl + 2 Li -> " in verdict.headline
    assert "releasing 243" in verdict.headline
    assert any("reduction:" in reason for reason in verdict.reasons_against)
    assert "holds its water" in found.not_defined["water"]


def test_the_window_verdict_follows_the_probability(answer: Assess) -> None:
    sure = window_verdict(answer("Li3OCl", -10.3).window)
    assert sure is not None
    assert sure.answer == "yes"
    assert sure.headline.startswith("Stable from 0 V to 3.050(") and "lasts down to Li metal" in sure.headline
    metastable = window_verdict(answer("Li3OCl", -9.7).window)
    assert metastable is not None
    assert metastable.answer == "no"
    assert metastable.headline.startswith("None of its own: Li2O + LiCl lie lower")
    assert "open to oxidation from 2.450(" in metastable.headline
    for energy, start in ((-10.01, "If it is stable at all, from 0 V"), (-9.99, "Perhaps none of its own")):
        balanced = window_verdict(answer("Li3OCl", energy, u=0.1).window)
        assert balanced is not None
        assert balanced.answer == "unclear"
        assert balanced.headline.startswith(start)
    assert window_verdict(None) is None and metal_verdict(None, None) is None


def test_electrodes_are_asked_at_depth_standard_only(answer: Assess) -> None:
    assert "depth standard" in answer("Li3OCl", -9.9).not_defined["electrode_contacts"]
    cells = answer("Li3OCl", -9.9, options=Options("standard", "7net-0", ())).electrode_contacts
    assert [cell.partner for cell in cells] == [partner.key for partner in electrode_partners(resolve("Li3OCl"))]
    assert {"LiCoO2", "LiFePO4"} <= {cell.partner for cell in cells}
    for cell in cells:  # the hand-made set holds none of them: each cell says so, nothing is mistaken for the target
        assert isinstance(cell.reaction_energy, NotComputed)
        assert "not among the reference phases" in cell.reaction_energy.method


def test_electrodes_hold_the_compounds_own_metal() -> None:
    assert {p.key for p in electrode_partners(resolve("Na3OBr"))} == {"NaSn", "Na15Sn4"}
    assert all("Li" in p.elements for p in electrode_partners(resolve("Li2OHCl")))


def test_nothing_that_fails_is_lost(answer: Assess, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: Any, **__: Any) -> None:
        raise MissingReferenceError("no reference at all")

    monkeypatch.setattr(surroundings, "electrochemical_window", missing)
    monkeypatch.setattr(surroundings, "contact", missing)
    monkeypatch.setattr(surroundings, "compare", missing)
    found = answer("Li3OCl", -9.9)
    assert found.window is None and found.metal_contact is None and found.dft is None
    assert {found.not_defined[part] for part in ("window", "metal_contact", "dft")} == {"no reference at all"}
    assert set(found.quantities) == set(SURROUNDINGS_QUANTITIES)
    assert isinstance(found.quantities["reduction_limit"], NotComputed)


def test_every_quantity_has_its_unit_and_says_what_an_uncertainty_is(answer: Assess) -> None:
    for name, quantity in answer("Li3OCl", -9.9).quantities.items():
        assert quantity.unit == SURROUNDINGS_QUANTITIES[name][0]
        if isinstance(quantity, Quantity):
            assert quantity.uncertainty is not None or "uncertainty" in quantity.method


def test_dft_rows_are_those_of_the_compound() -> None:
    found = dft_of(resolve("Li3OCl"), QUICK)
    assert found.reactions
    assert all("Li3OCl" in reaction.equation for reaction in found.reactions)
    assert list(found.reactions[0].by_engine) == ["7net-0"]
    assert dft_of(resolve("Na3OBr"), QUICK).reactions != found.reactions
    with pytest.raises(MissingReferenceError, match="no reaction of K3OBr"):
        dft_of(resolve("K3OBr"), QUICK)
    with pytest.raises(MissingReferenceError, match="imitate no DFT"):
        dft_of(resolve("Li3OCl"), Options("quick", "toy-ionic", ()))


@pytest.fixture(scope="module", params=["Li3OCl", "Na3OCl"])
def water(request: pytest.FixtureRequest) -> Hydration:
    """The water record from the shipped reference phases; no engine runs."""
    formula = resolve(request.param)
    known = find_phase(calibrated_references("7net-0", frozenset(formula.elements)), formula.elements)
    assert known is not None
    target = scaled_phase(known, formula.formula, formula.elements)
    with pytest.MonkeyPatch.context() as patch:  # the hydration series costs half the time and is not asked for here
        patch.setattr(study, "_series", lambda _: ())
        return hydration(prepare(formula, target, "7net-0", temperature_grid(step=100.0)))


@pytest.mark.parametrize("question", ["equilibrium", "metastable"])
def test_most_water_is_where_nothing_melts(water: Hydration, question: Any) -> None:
    best = most_water(water, question)
    there = [p for p in water.max_water_ppm if limit_of(p, question).max_water_ppm.value is not None]
    if best is None:
        assert not [p for p in there if not p.molten]
        return
    assert best.molten == ()
    value = limit_of(best, question).log10_max_water_ppm.value
    assert value is not None
    assert value == max(limit_of(p, question).log10_max_water_ppm.value or -99.0 for p in there if not p.molten)


def test_water_quantities_and_verdict_agree(water: Hydration) -> None:
    quantities = surroundings_quantities(None, None, water, {})
    room = room_point(water)
    assert room is not None
    cold = quantities["max_water_ppm_metastable_298K"]
    assert isinstance(cold, Quantity)
    assert cold.value == room.metastable.max_water_ppm.value
    assert "one standard uncertainty" in cold.method
    best, temperature = quantities["max_water_ppm_metastable"], quantities["max_water_temperature_metastable"]
    assert isinstance(best, Quantity) and isinstance(temperature, Quantity)
    assert best.value > cold.value and temperature.value > 298.15
    energy = Quantity(value=-0.9, uncertainty=0.1, unit="eV/H2O", method="test", source="test")
    side = (Participant(formula="A", phase="A", coefficient=1.0),)
    reaction = Reaction(
        name="r", role="hydration", reactants=side, products=side, equation="A -> A", energy=energy, by_engine={}
    )
    verdict = water_verdict(resolve(water.formula), {"hydration_energy": energy}, [reaction], water)
    assert verdict is not None
    assert " ppm " in verdict.headline and " K" in verdict.headline
    assert ("As a metastable phase" in verdict.headline) is (most_water(water, "equilibrium") is None)
    assert sum("glove box" in reason for reason in verdict.reasons_against) == 2
    assert any("moist air at 25 °C it becomes" in reason for reason in verdict.reasons_against)
