"""Partners by name, the choice of the engine, and cells that say why they are empty."""

from __future__ import annotations

import pytest

from antiperovskite.citations import citation
from antiperovskite.electrochemistry.contact_matrix import (
    NO_U_ENGINE,
    ContactMatrix,
    choose_engine,
    working_voltage_note,
)
from antiperovskite.electrochemistry.partners import find_partner, formula_elements, known_partners, partner_phase
from antiperovskite.engines.model import EngineCard
from antiperovskite.errors import EngineError, FormulaError, MissingReferenceError, OptionError
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.stability.energies import same_composition
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.phase_set import PhaseSet
from antiperovskite.stability.phases import reference_phases


def hand_made(engine: str, *phases: PhaseEnergy) -> PhaseSet:
    card = EngineCard(
        name=engine,
        version="1",
        description="energies written by hand",
        reference_method="none",
        energy_scale=engine,
        licence="MIT",
        known_bias=(),
        citations=(),
    )
    return PhaseSet(card, phases, "by hand", "test")


LI, NA, CL = (PhaseEnergy(e, e, {e: 1.0}, 0.0) for e in ("Li", "Na", "Cl"))
LICL = PhaseEnergy("LiCl", "LiCl", {"Li": 1.0, "Cl": 1.0}, -4.0)
NACL = PhaseEnergy("NaCl", "NaCl", {"Na": 1.0, "Cl": 1.0}, -4.5)


class Asked:
    """Sources of phases and targets that remember what they were asked."""

    def __init__(self) -> None:
        self.sets: list[tuple[str, frozenset[str]]] = []
        self.targets: list[tuple[str, str]] = []

    def phases(self, engine: str, elements: frozenset[str]) -> PhaseSet:
        self.sets.append((engine, elements))
        if "Mg" in elements:
            raise MissingReferenceError("no reference phase contains Mg")
        return hand_made(engine, *(p for p in (LI, NA, CL, LICL, NACL) if p.elements.keys() <= elements))

    def target(self, formula: str, engine: str) -> PhaseEnergy:
        self.targets.append((formula, engine))
        if formula == "LiCl":
            return LICL
        if formula == "Li3OCl":
            raise EngineError("the engine is out of order")
        raise FormulaError(f"{formula!r} is not an anti-perovskite")


def test_every_known_partner_is_found_by_each_of_its_names_and_has_a_source_for_its_voltage() -> None:
    partners = known_partners()
    assert {"Li", "Na", "Mg", "Ca", "LiCoO2", "NMC111", "LiFePO4", "Li4Ti5O12", "LiC6", "graphite"} <= partners.keys()
    assert {"Li7La3Zr2O12", "Na15Sn4", "NaSn", "Li2FeSO", "Li2MnSO", "Li2CoSO", "Li2FeSeO"} <= partners.keys()
    for partner in partners.values():
        assert all(find_partner(name.lower()) is partner for name in (partner.key, *partner.aliases))
        assert partner.elements
        assert set(partner.phases) <= reference_phases().keys(), partner.key
        for name in partner.phases:
            assert same_composition(formula_elements(reference_phases()[name].formula), partner.elements), partner.key
        if partner.working_voltage is not None:
            assert partner.working_voltage.low <= partner.working_voltage.high
            assert citation(partner.working_voltage.citation)


def test_any_formula_is_a_partner_and_anything_else_is_refused() -> None:
    assert find_partner("ZnO").elements == {"Zn": 1.0, "O": 1.0}
    assert find_partner("LiCl-rocksalt").phases == ("LiCl-rocksalt",)
    for text in ("", "Xx2", "steel", "Li(", "2Li", "Li-1"):
        with pytest.raises(OptionError, match="unknown partner") as caught:
            find_partner(text)
        assert "\n" not in str(caught.value)


def test_a_partner_is_taken_by_its_name_before_its_composition() -> None:
    diamond = PhaseEnergy("diamond", "C", {"C": 1.0}, -0.1)
    graphite = PhaseEnergy("graphite", "C", {"C": 1.0}, 0.0)
    carbon = hand_made("e", diamond, graphite)
    assert partner_phase(find_partner("graphite"), carbon).name == "graphite"
    assert partner_phase(find_partner("C"), hand_made("e", diamond)).name == "diamond"
    with pytest.raises(MissingReferenceError, match="references build --engine e --elements Li,C"):
        partner_phase(find_partner("LiC6"), carbon)


def test_3d_metals_with_oxygen_go_to_the_engine_without_u() -> None:
    engine, reason = choose_engine({"Li", "O", "Cl", "Co"})
    assert engine == NO_U_ENGINE and "Co" in reason
    assert choose_engine({"Li", "O", "Cl"}) == ("7net-0", "")
    assert choose_engine({"Li", "S", "Cl", "Fe"}) == ("7net-0", "")


def test_cells_are_computed_once_and_say_which_engine_and_why() -> None:
    asked = Asked()
    matrix = ContactMatrix(asked.phases, asked.target)
    (first,) = matrix.cell("LiCl", {"Li", "Cl"}, find_partner("Na"))
    matrix.cell("LiCl", {"Li", "Cl"}, find_partner("Na"), [1.0, 2.0])
    assert isinstance(first.reaction_energy, Quantity) and first.engine == "7net-0"
    assert asked.sets == [("7net-0", frozenset({"Li", "Na", "Cl"}))]
    assert asked.targets == [("LiCl", "7net-0")]


def test_a_cell_that_cannot_be_computed_says_why_and_the_others_are_there() -> None:
    asked = Asked()
    matrix = ContactMatrix(asked.phases, asked.target)
    reasons = {
        ("LiCl", "Mg"): "contains Mg",
        ("LiCl", "LiC6"): "not among the reference phases",
        ("Li3OCl", "Na"): "out of order",
        ("LiCl", "LiCl"): "same composition",
    }
    for (electrolyte, partner), reason in reasons.items():
        (cell,) = matrix.cell(electrolyte, {"Li", "Cl"}, find_partner(partner))
        assert isinstance(cell.reaction_energy, NotComputed) and reason in cell.reaction_energy.method
        assert not cell.computed and cell.engine == "7net-0"
    (cell,) = matrix.cell("LiCl", {"Li", "Cl"}, find_partner("Na"))
    assert cell.computed
    open_to_lithium, with_sodium = matrix.cell("LiCl", {"Li", "Cl"}, find_partner("Li"), [1.0, None])
    assert not open_to_lithium.computed and with_sodium.computed


def test_the_voltage_an_electrode_works_at_is_told_where_none_was_asked_for() -> None:
    lfp = find_partner("LFP")
    note = working_voltage_note(lfp, None)
    assert "3.4 to 3.5 V against Li" in note and "as remembered" in note
    assert working_voltage_note(lfp, 3.0) == "" == working_voltage_note(find_partner("Li"), None)


def test_a_forced_engine_is_asked_and_its_refusal_is_the_answer() -> None:
    asked = Asked()

    def refuse(engine: str, elements: frozenset[str]) -> PhaseSet:
        asked.sets.append((engine, elements))
        raise MissingReferenceError(f"{engine} has no fitted shift for Co")

    (cell,) = ContactMatrix(refuse, asked.target, engine="7net-0").cell("LiCl", {"Li", "Cl"}, find_partner("LCO"))
    assert "no fitted shift for Co" in cell.reaction_energy.method and cell.engine == "7net-0"
    with pytest.raises(OptionError, match="unknown engine"):
        ContactMatrix(refuse, asked.target, engine="7net-9")
    with pytest.raises(OptionError, match="outside 0 to 6 V"):
        ContactMatrix(refuse, asked.target).cell("LiCl", {"Li"}, find_partner("Na"), [7.0])
