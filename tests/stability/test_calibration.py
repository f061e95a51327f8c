"""The error model of calibrated energies: groups, regression against known truths, coverage, what cancels."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymatgen.core import Lattice, Structure

from antiperovskite.errors import MissingReferenceError, OptionError
from antiperovskite.stability.calibration.calibrate import calibration, phase_weights
from antiperovskite.stability.calibration.experiment import formation_enthalpies
from antiperovskite.stability.calibration.groups import cations, composition_groups, group_atoms, ionic_groups
from antiperovskite.stability.calibration.regression import (
    Datum,
    design_matrix,
    fit,
    fit_scales,
    leave_group_out,
    leave_one_out,
)
from antiperovskite.stability.calibration.study import study_calibration
from antiperovskite.stability.competing import competing_phases
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.references import reference_set
from antiperovskite.stability.uncertainty import probability_negative, standard_uncertainty

SCALES = {"cation": 0.05, "group": 0.2, "pair": 0.03, "own": 0.02, "valence": 0.05, "own3d": 0.06}
CATIONS, ANIONS = ("Li", "Na", "K", "Mg", "Ca", "Sr"), ("F", "Cl", "Br", "I", "O", "S")


def binary(cation: str, anion: str, error: float = 0.0) -> Datum:
    weights = {
        f"own:{cation}{anion}": 2.0,
        f"cation:{cation}": 1.0,
        f"group:{anion}": 1.0,
        f"pair:{cation}-{anion}": 2.0,
    }
    return Datum(f"{cation}{anion}", error, 0.01, weights)


def simulated(seed: int) -> list[Datum]:
    """Errors of 36 binaries drawn from the model itself."""
    random = np.random.default_rng(seed)
    blank = [binary(cation, anion) for cation in CATIONS for anion in ANIONS]
    variables = sorted({variable for datum in blank for variable in datum.weights})
    values = np.array([random.normal(0.0, SCALES[variable.split(":")[0]]) for variable in variables])
    errors = design_matrix(blank, variables) @ values + random.normal(0.0, 0.01, len(blank))
    return [Datum(d.name, float(e), d.uncertainty, d.weights) for d, e in zip(blank, errors, strict=True)]


def reference_groups(name: str) -> dict[str, float]:
    entry = next(entry for entry in reference_set("7net-0").entries if entry.name == name)
    return ionic_groups(entry.structure.to_pymatgen())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Li2O-antifluorite", {"Li": 2.0, "O": 1.0}),
        ("Li2O2", {"Li": 2.0, "O2-peroxide": 1.0}),
        ("NaO2-marcasite", {"Na": 1.0, "O2-superoxide": 1.0}),
        ("LiOH.H2O", {"Li": 1.0, "OH": 1.0, "H2O": 1.0}),
        ("Li2CO3", {"Li": 2.0, "CO3": 1.0}),
        ("FeS2-pyrite", {"Fe": 1.0, "S2": 1.0}),
        ("LiBH4", {"Li": 1.0, "BH4": 1.0}),
        ("NaNO2", {"Na": 1.0, "NO2": 1.0}),
        ("Li2OHCl-constructed", {"Li": 2.0, "OH": 1.0, "Cl": 1.0}),
    ],
)
def test_ions_are_found_in_relaxed_phases(name: str, expected: dict[str, float]) -> None:
    assert reference_groups(name) == pytest.approx(expected)


def test_groups_do_not_depend_on_the_cell() -> None:
    entry = next(entry for entry in reference_set("7net-0").entries if entry.name == "LiOH.H2O")
    structure = entry.structure.to_pymatgen()
    larger = structure.copy()
    larger.make_supercell([2, 1, 2])
    larger.translate_sites(range(len(larger)), [0.3, 0.7, 0.45])
    assert ionic_groups(larger) == pytest.approx(ionic_groups(structure))


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"Li": 2.0, "O": 1.0}, {"Li": 2.0, "O": 1.0}),
        ({"Li": 1.0, "O": 1.0}, None),  # a peroxide
        ({"Na": 1.0, "Cl": 3.0}, None),
        ({"Fe": 2.0, "O": 3.0}, None),  # valence not fixed
        ({"Li": 1.0, "O": 1.0, "H": 1.0}, None),
        ({"Na": 15.0, "Sn": 4.0}, {"Na": 15.0, "Sn": 4.0}),
        ({"H": 2.0}, None),
    ],
)
def test_ions_from_a_bare_composition(elements: dict[str, float], expected: dict[str, float] | None) -> None:
    assert composition_groups(elements) == expected


def test_silicon_is_a_cation_only_beside_something_that_takes_its_electrons() -> None:
    assert cations({"Mg": 2.0, "Si": 1.0}) == {"Mg": 2.0}
    assert cations({"Mg": 2.0, "Si": 1.0, "O": 4.0}) == {"Mg": 2.0, "Si": 1.0}


def test_a_net_is_no_ion() -> None:
    graphite = Structure(
        Lattice.hexagonal(2.46, 6.7),
        ["C"] * 4,
        [[0, 0, 0.25], [0, 0, 0.75], [1 / 3, 2 / 3, 0.25], [2 / 3, 1 / 3, 0.75]],
    )
    assert ionic_groups(graphite) == {"C-net": 1.0}


@pytest.mark.parametrize(("group", "atoms"), [("OH", 2), ("CO3", 4), ("O2-peroxide", 2), ("BH4", 5), ("Cl", 1)])
def test_atoms_of_a_group(group: str, atoms: int) -> None:
    assert group_atoms(group) == atoms
    assert cations({group: 1.0}) == {}


def test_pair_weights_of_a_mixed_salt_are_those_of_its_salts() -> None:
    """So that pair errors cancel in Li2O + LiCl -> Li3OCl and only the compounds' own remain."""
    card = reference_set("7net-0").engine
    mixed = phase_weights("t", {"Li": 3, "O": 1, "Cl": 1}, {"Li": 3, "O": 1, "Cl": 1}, card, {"Li": 0.0})
    oxide = phase_weights("o", {"Li": 2, "O": 1}, {"Li": 2, "O": 1}, card, {"Li": 0.0})
    chloride = phase_weights("c", {"Li": 1, "Cl": 1}, {"Li": 1, "Cl": 1}, card, {"Li": 0.0})
    shared = {variable: weight for variable, weight in mixed.items() if not variable.startswith("own")}
    total = {variable: oxide.get(variable, 0.0) + chloride.get(variable, 0.0) for variable in shared}
    assert shared == pytest.approx(total)


def test_scales_are_recovered_from_simulated_errors() -> None:
    fitted = [fit_scales(simulated(seed)) for seed in range(20)]
    for kind in ("cation", "group"):
        assert np.mean([scales[kind] for scales in fitted]) == pytest.approx(SCALES[kind], rel=0.35)
    # pair and own are not separable in binaries alone, their sum in squares is
    combined = np.mean([math.hypot(scales["pair"], scales["own"]) for scales in fitted])
    assert combined == pytest.approx(math.hypot(SCALES["pair"], SCALES["own"]), rel=0.15)


def test_intervals_cover_the_truth() -> None:
    """68 % and 95 % intervals of left-out compounds hold the simulated truth that often (720 predictions)."""
    sets = [simulated(seed) for seed in range(20)]
    left = [item for data in sets for item in leave_one_out(data, fit_scales(data))]
    z = np.abs([item.z for item in left])
    assert 0.62 < (z < 1).mean() < 0.74
    assert 0.92 < (z < 2).mean() < 0.98


def test_leaving_one_out_is_leaving_a_group_of_one_out() -> None:
    data = simulated(3)
    closed = leave_one_out(data, SCALES)
    for number in (0, 7, 35):
        (alone,) = leave_group_out(data, [index == number for index in range(len(data))], SCALES)
        assert closed[number].residual == pytest.approx(alone.residual, abs=1e-9)
        assert closed[number].uncertainty == pytest.approx(alone.uncertainty, rel=1e-9)


def test_the_posterior_is_the_normal_equations() -> None:
    """Mean and covariance agree with the direct inverse of S^-1 + A^T N^-1 A."""
    data = simulated(1)
    found = fit(data, scales=SCALES)
    matrix = design_matrix(data, found.variables)
    prior = np.array([SCALES[variable.split(":")[0]] for variable in found.variables])
    covariance = np.linalg.inv(np.diag(prior**-2) + matrix.T @ matrix / 0.01**2)
    mean = covariance @ matrix.T @ np.array([datum.error for datum in data]) / 0.01**2
    assert found.mean == pytest.approx(mean, abs=1e-8)
    assert found.loadings @ found.loadings.T == pytest.approx(covariance, abs=1e-9)


def test_measured_compounds_are_reproduced_and_sharp() -> None:
    phases = {phase.name: phase for phase in competing_phases("7net-0", {"Li", "Cl", "O"}).phases}
    for name, formula in (("LiCl-rocksalt", "LiCl"), ("Li2O-antifluorite", "Li2O")):
        measured = formation_enthalpies()[formula]
        assert phases[name].energy == pytest.approx(measured.value_ev, abs=0.03)
        assert standard_uncertainty([(phases[name], 1.0)]) < 2 * measured.uncertainty_ev
    assert phases["Li"].energy == 0.0
    assert standard_uncertainty([(phases["Li"], 1.0)]) == 0.0


def test_a_reaction_is_surer_than_its_compounds() -> None:
    phases = competing_phases("7net-0", {"Li", "Cl", "O"})
    product = phases.named("Li3OCl")
    reaction = [(product, 1.0), (phases.named("LiCl-rocksalt"), -1.0), (phases.named("Li2O-antifluorite"), -1.0)]
    assert 0.02 < standard_uncertainty(reaction) < standard_uncertainty([(product, 1.0)])


def test_the_shift_of_a_3d_metal_must_be_measured() -> None:
    """Mn has no oxide in the tables: PBE+U energies of it cannot be compared with anything."""
    with pytest.raises(MissingReferenceError, match="mixes PBE and PBE\\+U energies of Mn"):
        competing_phases("7net-0", {"Mn", "O"})
    assert competing_phases("7net-mf-0-r2scan", {"Mn", "O"}).phases


def test_an_element_without_reference_is_named() -> None:
    with pytest.raises(MissingReferenceError, match="no reference phase of '7net-0' contains Xe"):
        competing_phases("7net-0", {"Li", "Xe"})


def test_an_engine_without_references_says_what_to_run() -> None:
    with pytest.raises(MissingReferenceError, match="references build --engine toy-ionic"):
        competing_phases("toy-ionic", {"Li", "O"})


def test_study_of_the_shipped_engine() -> None:
    """What the documentation claims: the intervals are neither far too narrow nor far too wide."""
    study = study_calibration(calibration("7net-0"))
    assert study.compounds >= 60
    assert 0.55 < study.left_out_one.within_one < 0.85
    assert study.left_out_one.within_two > 0.85


@given(value=st.floats(-2, 2), spread=st.floats(0.001, 2))
def test_probabilities_are_complementary(value: float, spread: float) -> None:
    assert probability_negative(value, spread) + probability_negative(-value, spread) == pytest.approx(1.0)


def test_probability_is_a_step_without_spread() -> None:
    assert [probability_negative(value, 0.0) for value in (-1.0, 0.0, 1.0)] == [1.0, 0.0, 0.0]


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-3, 3)), min_size=1, max_size=6))
def test_shared_errors_add_before_they_are_squared(terms: list[tuple[float, float]]) -> None:
    phases = [
        (PhaseEnergy(f"p{n}", "x", {"Li": 1.0}, 0.0, {"shared": loading}), nu) for n, (loading, nu) in enumerate(terms)
    ]
    assert standard_uncertainty(phases) == pytest.approx(abs(sum(loading * nu for loading, nu in terms)), abs=1e-12)


def test_elements_without_a_phase_come_as_their_standard_state() -> None:
    hydrogen = competing_phases("7net-0", {"Li", "H", "O"}).lowest({"H": 2.0})
    assert hydrogen is not None
    assert (hydrogen.formula, hydrogen.energy, dict(hydrogen.elements)) == ("H2", 0.0, {"H": 2.0})


def test_heating_shifts_a_reaction_by_the_measured_entropies() -> None:
    """2 LiOH -> Li2O + H2O(g): dG(T) of the measured phases is that of the tables, within their Tr enthalpies."""
    hot = competing_phases("7net-0", {"Li", "H", "O"}, temperature=900.0, gases={"H2O": 1.0})
    terms = [(hot.named("Li2O-antifluorite"), 1.0), (hot.named("H2O(g)"), 1.0), (hot.named("LiOH"), -2.0)]
    # NIST-JANAF at 900 K, dfG in kJ/mol: Li2O -480.247, H2O(g) -198.083, LiOH(cr,l) -348.804; together 19.28
    assert sum(n * phase.energy for phase, n in terms) == pytest.approx(0.1998, abs=0.03)


def test_a_gas_needs_a_temperature() -> None:
    with pytest.raises(OptionError, match="need a temperature"):
        competing_phases("7net-0", {"Li", "O"}, gases={"O2": 0.2})


@pytest.mark.slow
def test_the_calibration_table_in_the_docs_is_up_to_date() -> None:
    script = Path(__file__).parents[2] / "scripts" / "calibration_table.py"
    result = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
