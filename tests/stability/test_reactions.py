"""Reactions on a synthetic reference set with known energies, and on the shipped ones."""

from __future__ import annotations

import pytest

from antiperovskite.composition import resolve
from antiperovskite.engines import get_engine
from antiperovskite.errors import MissingReferenceError
from antiperovskite.stability import reactions
from antiperovskite.stability.energies import display_formula, hull_phases
from antiperovskite.stability.reactions import EnergyChange, Question
from antiperovskite.stability.references import CompactStructure, ReferenceEntry, ReferenceSet, reference_set
from antiperovskite.stability.scales import mixed_scale_reason

CELL = CompactStructure(lattice=((1, 0, 0), (0, 1, 0), (0, 0, 1)), species=("Li",), coordinates=((0, 0, 0),))


def entry(name: str, elements: dict[str, float], energy: float) -> ReferenceEntry:
    from pymatgen.core import Composition

    return ReferenceEntry(
        name=name,
        formula=Composition(elements).reduced_formula,
        kind="competing",
        trust="synthetic",
        source="test",
        elements=elements,
        energy=energy,
        lattice_error=0.0,
        cell_length_error=0.0,
        spacegroup="P1",
        steps=1,
        max_force=0.0,
        structure=CELL,
    )


@pytest.fixture
def synthetic() -> ReferenceSet:
    """Energies chosen so that every reaction has a round number."""
    return ReferenceSet(
        engine=get_engine("toy-ionic").card,
        settings="synthetic",
        package_version="test",
        entries=(
            entry("Li2O-antifluorite", {"Li": 2.0, "O": 1.0}, -10.0),
            entry("LiCl-rocksalt", {"Li": 1.0, "Cl": 1.0}, -6.0),
            entry("LiOH", {"Li": 1.0, "H": 1.0, "O": 1.0}, -11.0),
            entry("LiOH.H2O", {"Li": 1.0, "H": 3.0, "O": 2.0}, -21.5),
            entry("ice-XI", {"H": 2.0, "O": 1.0}, -10.0),
            entry("Li2OHCl-constructed", {"Li": 2.0, "H": 1.0, "Cl": 1.0, "O": 1.0}, -17.25),
        ),
    )


def ask(question: Question, text: str, energy: float, references: ReferenceSet) -> EnergyChange:
    """Put one question with the engine's bare energies."""
    formula = resolve(text)
    return question(formula, reactions.target_phase(formula, energy), hull_phases(references))


def test_formation_from_binaries(synthetic: ReferenceSet) -> None:
    change = ask(reactions.formation_from_binaries, "Li3OCl", -15.9, synthetic)
    assert change.energy == pytest.approx(-15.9 + 16.0)
    assert {phase.formula: amount for phase, amount in change.reactants} == pytest.approx({"Li2O": 1.0, "LiCl": 1.0})


def test_hydration_to_the_hydrated_phase(synthetic: ReferenceSet) -> None:
    change = ask(reactions.hydration_to_hydrated_phase, "Li3OCl", -15.9, synthetic)
    assert change.energy == pytest.approx((-17.25 - 11.0) - (-15.9 - 10.0))
    assert {phase.formula for phase, _ in change.products} == {"Li2OHCl", "LiOH"}


def test_hydrolysis_makes_two_hydroxides(synthetic: ReferenceSet) -> None:
    change = ask(reactions.hydrolysis, "Li3OCl", -15.9, synthetic)
    assert {phase.formula: amount for phase, amount in change.products} == pytest.approx({"LiOH": 2.0, "LiCl": 1.0})
    assert change.energy == pytest.approx((-22.0 - 6.0) - (-15.9 - 10.0))


def test_a_hydrated_phase_takes_up_water_as_the_hydrate(synthetic: ReferenceSet) -> None:
    change = ask(reactions.hydrolysis, "Li2OHCl", -17.25, synthetic)
    assert {phase.formula: amount for phase, amount in change.products} == pytest.approx({"LiOH·H2O": 1.0, "LiCl": 1.0})


def test_decomposition_leaves_the_compound_itself_out(synthetic: ReferenceSet) -> None:
    change = ask(reactions.decomposition, "Li2OHCl", -17.25, synthetic)
    assert {phase.formula for phase, _ in change.products} == {"LiOH", "LiCl"}
    assert change.energy == pytest.approx(0.25)


def test_energy_scales_with_the_formula_unit_as_written(synthetic: ReferenceSet) -> None:
    single = ask(reactions.decomposition, "Li3OCl", -15.9, synthetic).energy
    double = ask(reactions.decomposition, "Li6O2Cl2", -31.8, synthetic).energy
    assert double == pytest.approx(2 * single)


@pytest.mark.parametrize(
    ("formula", "reason"),
    [("Li3HS", "H to gas"), ("Na3OBH4", "BH4 to gas"), ("Li3SBF4", "oxide or hydroxide sits on B")],
)
def test_reactions_that_would_need_a_missing_gas_are_refused(
    synthetic: ReferenceSet, formula: str, reason: str
) -> None:
    with pytest.raises(MissingReferenceError, match=reason):
        ask(reactions.hydrolysis, formula, -1.0, synthetic)


def test_a_missing_salt_is_named(synthetic: ReferenceSet) -> None:
    with pytest.raises(MissingReferenceError, match=r"no salt of Li with Br is among"):
        ask(reactions.formation_from_binaries, "Li3OBr", -1.0, synthetic)


def test_anions_without_competitors_are_found(synthetic: ReferenceSet) -> None:
    assert reactions.anions_without_a_salt(resolve("Li3OCl"), hull_phases(synthetic)) == []
    assert reactions.anions_without_a_salt(resolve("Li3OBr"), hull_phases(synthetic)) == ["Br"]


def test_phase_names_become_formulas(synthetic: ReferenceSet) -> None:
    names = {entry.name: display_formula(entry) for entry in synthetic.entries}
    assert names["LiOH"] == "LiOH"
    assert names["LiOH.H2O"] == "LiOH·H2O"
    assert names["ice-XI"] == "H2O"
    assert names["Li2OHCl-constructed"] == "Li2OHCl"


def test_the_gga_u_trap_is_seen_where_it_is() -> None:
    default, r2scan = get_engine("7net-0").card, get_engine("7net-mf-0-r2scan").card
    reason = mixed_scale_reason({"Li", "Fe", "O", "S"}, default)
    assert reason is not None
    assert "PBE+U" in reason
    assert mixed_scale_reason({"Li", "Fe", "O", "S"}, r2scan) is None
    assert mixed_scale_reason({"Li", "O", "Cl"}, default) is None
    assert mixed_scale_reason({"Fe", "S"}, default) is None


def binaries_energy(engine: str, formula: str, name: str) -> float:
    references = reference_set(engine)
    energy = next(e.energy for e in references.entries if e.name == name)
    return ask(reactions.formation_from_binaries, formula, energy, references).energy


def test_shipped_energies_give_the_published_signs() -> None:
    """Emly 2013 and Chen 2015: Li3OCl and Li3OBr lie above Li2O + LiX; Zhu 2016: Na3OBr is stable."""
    assert 0.0 < binaries_energy("7net-0", "Li3OCl", "Li3OCl") < 0.15
    assert 0.0 < binaries_energy("7net-0", "Li3OBr", "Li3OBr") < 0.15
    assert -0.3 < binaries_energy("7net-0", "Na3OBr", "Na3OBr") < 0.0
