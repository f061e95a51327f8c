"""Electrochemical windows on hand-made phase sets whose voltages are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiperovskite.electrochemistry.model import Window
from antiperovskite.electrochemistry.passivation import classify, passivates
from antiperovskite.electrochemistry.reference_metal import main_cation
from antiperovskite.electrochemistry.sampling import sampled_limits
from antiperovskite.electrochemistry.window import electrochemical_window
from antiperovskite.engines.model import EngineCard
from antiperovskite.errors import MissingReferenceError, OptionError
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.phase_set import PhaseSet

CARD = EngineCard(
    name="hand", version="1", description="made by hand", reference_method="none", energy_scale="hand", licence="none",
    known_bias=(), citations=(),
)  # fmt: skip
LI3OCL = {"Li": 3.0, "O": 1.0, "Cl": 1.0}


def phase(name, energy, loadings=None, **elements):
    return PhaseEnergy(name, name, {e: float(n) for e, n in elements.items()}, energy, loadings or {})


def phase_set(*phases):
    return PhaseSet(engine=CARD, phases=phases, method="energies made by hand", source="test")


SALTS = phase_set(
    phase("Li", 0.0, Li=1),
    phase("O2", 0.0, O=2),
    phase("Cl2", 0.0, Cl=2),
    phase("Li2O", -6.0, {"a": 0.03, "own": 0.01}, Li=2, O=1),
    phase("Li2O2", -6.5, {"a": 0.05}, Li=2, O=2),
    phase("LiCl", -4.0, {"b": 0.02}, Li=1, Cl=1),
)


def own(energy, loadings=None):
    return PhaseEnergy("this work", "Li3OCl", LI3OCL, energy, loadings or {})


def voltages(window, side):
    return [step.voltage.value for step in window.steps if step.side == side]


def test_a_compound_above_the_hull_has_the_window_of_its_products_and_an_onset_of_its_own():
    window = electrochemical_window("Li3OCl", LI3OCL, SALTS, own(-9.9))
    # Li2O -> 1/2 Li2O2 + Li at 2.75 V, Li2O2 -> O2 + 2 Li at 3.25 V, LiCl -> 1/2 Cl2 + Li at 4 V
    assert voltages(window, "oxidation") == pytest.approx([2.75, 3.25, 4.0])
    assert window.oxidation_limit.value == pytest.approx(2.75)
    assert window.reduction_limit.value == 0.0 and window.reduction_limit.uncertainty is None
    assert window.width.value == pytest.approx(2.75)
    assert window.oxidation_onset_metastable.value == pytest.approx(2.65)
    assert isinstance(window.reduction_onset_metastable, NotComputed)
    assert window.on_hull is False and window.equilibrium == pytest.approx({"Li2O": 1.0, "LiCl": 1.0})
    assert window.decomposition_energy.value == pytest.approx(0.1 / 5)
    assert window.probability_stable.value < 0.1
    assert any("above the hull" in note for note in window.notes)
    first = window.steps[0]
    assert first.products == pytest.approx({"Li2O2": 0.5, "LiCl": 1.0})
    assert first.exchanged == pytest.approx(1.0) and first.contents == pytest.approx((2.0, 3.0))
    assert first.equation == "Li3OCl -> 1/2 Li2O2 + LiCl + Li"
    assert window.steps[-1].equation == "Li3OCl -> 1/2 Cl2 + 1/2 O2 + 3 Li"


def test_a_stable_compound_shifts_its_own_limits():
    window = electrochemical_window("Li3OCl", LI3OCL, SALTS, own(-10.3))
    assert window.on_hull is True and window.equilibrium == {"Li3OCl": 1.0}
    assert window.oxidation_limit.value == pytest.approx(3.05)
    assert window.oxidation_onset_metastable.value == pytest.approx(window.oxidation_limit.value)
    assert window.decomposition_energy.value == pytest.approx(-0.06)
    assert window.probability_stable.value > 0.9


def test_the_uncertainty_at_fixed_products_lets_shared_errors_cancel():
    window = electrochemical_window("Li3OCl", LI3OCL, SALTS, own(-9.9, {"b": 0.02, "self": 0.04}))
    # V = E(Li2O2)/2 - E(Li2O) + E(Li): a cancels in part, LiCl's b wholly
    assert window.oxidation_limit.uncertainty == pytest.approx(np.hypot(0.05 / 2 - 0.03, 0.01))
    # V = E(Li2O2)/2 + E(LiCl) - E(Li3OCl): b of the salt and of the compound cancel
    assert window.oxidation_onset_metastable.uncertainty == pytest.approx(np.hypot(0.05 / 2, 0.04))


def test_sampling_the_loadings_with_the_hull_solved_anew_gives_the_same_uncertainty():
    target = own(-10.2, {"self": 0.03, "b": 0.01})
    window = electrochemical_window("Li3OCl", LI3OCL, SALTS, target)
    sampled = sampled_limits("Li3OCl", LI3OCL, SALTS, target, samples=400, seed=1)
    assert sampled.oxidation_limit.value == pytest.approx(window.oxidation_limit.value, abs=0.01)
    assert sampled.oxidation_limit.uncertainty == pytest.approx(window.oxidation_limit.uncertainty, rel=0.15)
    assert sampled.stable_against_metal == 1.0
    assert sampled.first_oxidation_products == {"Li2O2 + LiCl": 1.0}
    again = sampled_limits("Li3OCl", LI3OCL, SALTS, target, samples=400, seed=1)
    assert again == sampled


def test_the_other_products_of_a_close_competitor_show_up_in_the_samples():
    shaky = replace(SALTS, phases=(*SALTS.phases, phase("LiO2", -3.24, {"x": 0.5}, Li=1, O=2)))
    sampled = sampled_limits("Li3OCl", LI3OCL, shaky, samples=100)
    assert len(sampled.first_oxidation_products) > 1
    assert sum(sampled.first_oxidation_products.values()) == pytest.approx(1.0)
    assert isinstance(sampled.oxidation_onset_metastable, NotComputed)


def test_reduction_steps_end_at_the_metal():
    phases = phase_set(
        phase("Li", 0.0, Li=1),
        phase("O2", 0.0, O=2),
        phase("H2", 0.0, H=2),
        phase("Li2O", -6.0, Li=2, O=1),
        phase("LiOH", -5.0, Li=1, O=1, H=1),
        phase("LiH", -0.9, Li=1, H=1),
    )
    window = electrochemical_window("LiOH", {"Li": 1.0, "O": 1.0, "H": 1.0}, phases, phases.named("LiOH"))
    # LiOH + Li -> Li2O + 1/2 H2 at 1 V, then 1/2 H2 + Li -> LiH at 0.9 V
    assert window.reduction_limit.value == pytest.approx(1.0)
    assert voltages(window, "reduction") == pytest.approx([0.9, 1.0])
    assert window.steps[0].products == pytest.approx({"LiH": 1.0, "Li2O": 1.0})
    assert window.steps[0].exchanged == pytest.approx(2.0)
    assert window.steps[1].equation == "LiOH + Li -> 1/2 H2 + Li2O"
    assert window.width.value == pytest.approx(window.oxidation_limit.value - 1.0)


def test_two_electrons_a_magnesium_ion():
    phases = phase_set(phase("Mg", -1.5, Mg=1), phase("O2", 0.0, O=2), phase("MgO", -7.5, Mg=1, O=1))
    window = electrochemical_window("MgO", {"Mg": 1.0, "O": 1.0}, phases, phases.named("MgO"))
    assert window.reference == "Mg" and window.oxidation_limit.value == pytest.approx(3.0)


def test_a_composition_on_a_plateau_has_no_window():
    window = electrochemical_window("Li3O2", {"Li": 3.0, "O": 2.0}, SALTS)
    assert window.oxidation_limit.value == pytest.approx(2.75) == pytest.approx(window.reduction_limit.value)
    assert window.width.value == pytest.approx(0.0, abs=1e-12)
    assert any("there is no window" in note for note in window.notes)
    assert window.on_hull is None
    for value in (window.oxidation_onset_metastable, window.decomposition_energy, window.probability_stable):
        assert isinstance(value, NotComputed) and "not known" in value.method


def test_a_composition_that_holds_the_metal_has_no_window():
    window = electrochemical_window("Li5OCl", LI3OCL | {"Li": 5.0}, SALTS)
    assert window.oxidation_limit.value == window.reduction_limit.value == 0.0
    assert window.equilibrium == pytest.approx({"Li": 2.0, "Li2O": 1.0, "LiCl": 1.0})
    assert isinstance(window.width, NotComputed)
    assert any("Li as the metal" in note for note in window.notes)


def test_it_round_trips_through_json():
    window = electrochemical_window("Li3OCl", LI3OCL, SALTS, own(-9.9))
    assert Window.model_validate_json(window.model_dump_json()) == window


@settings(max_examples=25, deadline=None)
@given(
    energies=st.lists(st.floats(-3.0, 3.0), min_size=4, max_size=4),
    metal=st.floats(-2.0, 2.0),
    compound=st.floats(-6.0, 4.0),
)
def test_no_voltage_is_below_the_metal_and_steps_are_ordered(energies, metal, compound):
    """Including strongly unbound compounds, for which profiles without this cap go below 0 V (pymatgen #3319)."""
    phases = phase_set(
        phase("Li", metal, Li=1),
        phase("O2", 0.5, O=2),
        phase("Cl2", -0.5, Cl=2),
        phase("Li2O", energies[0], Li=2, O=1),
        phase("Li2O2", energies[1], Li=2, O=2),
        phase("LiCl", energies[2], Li=1, Cl=1),
        phase("LiClO", energies[3], Li=1, Cl=1, O=1),
    )
    window = electrochemical_window("Li3OCl", LI3OCL, phases, own(compound))
    assert all(step.voltage.value > 0.0 for step in window.steps)
    assert window.reduction_limit.value >= 0.0
    if isinstance(window.oxidation_limit, Quantity):  # every composition here holds lithium
        assert window.oxidation_limit.value >= window.reduction_limit.value - 1e-9
    if window.on_hull and isinstance(window.oxidation_limit, Quantity):
        assert window.oxidation_onset_metastable.value == pytest.approx(window.oxidation_limit.value, abs=1e-6)
    for step in window.steps:  # atoms balance: products and exchanged ions make the compound
        got = sum(
            n * phases.named(p).elements.get("Li", 0.0) if p != "Li3OCl" else 3 * n for p, n in step.products.items()
        )
        assert got + (step.exchanged if step.side == "oxidation" else -step.exchanged) == pytest.approx(3.0, abs=1e-6)


def test_what_is_missing_is_named():
    without = replace(SALTS, phases=SALTS.phases[1:])
    with pytest.raises(MissingReferenceError, match="Li metal, which sets 0 V"):
        electrochemical_window("Li3OCl", LI3OCL, without)
    with pytest.raises(MissingReferenceError, match="pure element Br"):
        electrochemical_window("Li3OBr", {"Li": 3.0, "O": 1.0, "Br": 1.0}, SALTS)
    with pytest.raises(OptionError, match="no mobile cation"):
        electrochemical_window("ClO2", {"Cl": 1.0, "O": 2.0}, SALTS)
    with pytest.raises(OptionError, match="holds no Na"):
        electrochemical_window("Li3OCl", LI3OCL, SALTS, against="Na")
    with pytest.raises(OptionError, match="not defined"):
        electrochemical_window("Li3OCl", LI3OCL, SALTS, against="O")
    with pytest.raises(OptionError, match="not the atoms"):
        electrochemical_window("Li2O", {"Li": 2.0, "O": 1.0}, SALTS, own(-9.9))
    with pytest.raises(OptionError, match="alone has no window"):
        electrochemical_window("Li", {"Li": 1.0}, SALTS)
    with pytest.raises(OptionError, match="give 20 to"):
        sampled_limits("Li3OCl", LI3OCL, SALTS, samples=3)


def test_the_main_cation_is_the_most_abundant_mobile_one():
    assert main_cation({"Na": 2.0, "Ba": 1.0, "O": 1.0}) == "Na"
    assert main_cation({"Li": 1.0, "Na": 1.0, "O": 1.0}) == "Li"
    assert main_cation({"Mg": 3.0, "N": 1.0, "As": 1.0}) == "Mg"
    assert main_cation({"Na": 2.0, "Ba": 1.0, "O": 1.0}, against="Ba") == "Ba"


@pytest.mark.parametrize(
    ("formulas", "verdict", "said"),
    [
        (["LiCl", "Li2O2"], "possible", "LiCl and Li2O2"),
        (["LiCl", "Fe"], "no", "Fe conducts electrons"),
        (["LiCl", "Na4OBr2"], "unknown", "no sourced band gap of Na4OBr2"),
        (["LiCl", "O2"], "unknown", "O2 leaves as a gas"),
        (["Cl2", "O2"], "no", "nothing solid remains; Cl2 and O2 leave as a gas"),
    ],
)
def test_passivation_follows_from_what_is_known_of_the_products(formulas, verdict, said):
    from pymatgen.core import Composition

    products = [
        classify(PhaseEnergy(f, f, {str(e): float(n) for e, n in Composition(f).items()}, 0.0), 1.0) for f in formulas
    ]
    found, reason = passivates(products)
    assert found == verdict and said in reason


def test_every_electronic_fact_names_a_source_that_exists():
    from antiperovskite.citations import citation
    from antiperovskite.electrochemistry.passivation import _facts

    facts, metals, gases = _facts()
    assert len(facts) > 15 and "Li" in metals and gases
    for fact in facts.values():
        assert fact.citations and all(citation(key) for key in fact.citations)
        assert ("remembered" in fact.text) == (fact.trust == "unverified")


def test_onsets_of_li3ocl_lie_near_the_published_ones():
    """Uncalibrated energies put the compound itself near 2.55 V (Emly et al. 2013), calibrated ones the hull near 3 V.

    The second number is Richards et al. 2016. All phases of the set compete; why the published numbers differ is not
    tested. The tolerance of 0.1 V is about the spread between the engine's heads.
    """
    from antiperovskite.stability.competing import competing_phases
    from antiperovskite.stability.references import reference_set

    entries = reference_set("7net-0").within(frozenset(LI3OCL))
    raw = phase_set(*(PhaseEnergy(entry.name, entry.formula, entry.elements, entry.energy) for entry in entries))
    compound = raw.named("Li3OCl")
    window = electrochemical_window("Li3OCl", LI3OCL, raw, own(compound.energy))
    assert window.oxidation_onset_metastable.value == pytest.approx(2.55, abs=0.1)
    calibrated = competing_phases("7net-0", LI3OCL)
    assert electrochemical_window("Li3OCl", LI3OCL, calibrated).oxidation_limit.value == pytest.approx(3.0, abs=0.1)
