"""Pawley refinement: noise-limited fits, true intensities within their uncertainties, overlaps said to be overlaps."""

from __future__ import annotations

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from antiperovskite.diffraction import powder_pattern
from antiperovskite.diffraction.data_files import MeasuredPattern
from antiperovskite.diffraction.refinement import Choices, Phase, pawley, refine
from antiperovskite.errors import OptionError

HYDROXIDE = Structure(
    Lattice.tetragonal(3.549, 4.334),
    ["Li", "Li", "O", "O", "H", "H"],
    [[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.1951], [0, 0.5, 0.8049], [0.5, 0, 0.4066], [0, 0.5, 0.5934]],
)
FACES = np.array([[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]])
SALT = Structure(Lattice.cubic(5.14), ["Li"] * 4 + ["Cl"] * 4, np.concatenate([FACES, (FACES + 0.5) % 1.0]))
# A wrong structure on the right lattice: what Pawley's method must not be misled by.
WRONG = Structure(HYDROXIDE.lattice, ["Li", "Li", "F", "F"], [[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.3], [0, 0.5, 0.7]])


def scan(*parts, seed=0, background=150.0):
    total = 0.0
    for structure, height in parts:
        truth = powder_pattern(structure, two_theta=(18.0, 88.0), step=0.03)
        total = total + height * np.array(truth.profile)
    counts = np.random.default_rng(seed).poisson(total + background).astype(float)
    return MeasuredPattern.from_arrays(np.array(truth.two_theta), counts, wavelength=1.540593, name="scan")


def strained(structure, by):
    start = structure.copy()
    start.apply_strain(by)
    return start


@pytest.mark.parametrize("structure", [HYDROXIDE, WRONG])
@pytest.mark.parametrize("height", [3.0, 300.0])
def test_noise_limited_data_are_fitted_to_the_noise_whatever_the_structure(structure, height):
    pattern = scan((HYDROXIDE, height), seed=int(height))
    result = refine(pattern, [Phase(strained(structure, [0.004, 0.004, -0.003]), "LiOH", True)], b_iso=0.0)
    phase = result.phase("LiOH")
    # 2,334 points: a spread of 0.015 around one
    assert abs(result.agreement.gof.value - 1.0) < 0.06
    assert result.serial_correlation.value < 1.2
    assert result.converged and phase.intensities == "Pawley"
    for name, true in (("a", 3.549), ("c", 4.334)):
        value = phase.lattice[name]
        assert abs(value.value - true) < 4 * value.uncertainty < 0.02
    assert phase.weight_fraction.value is None and phase.r_bragg.value is None
    assert result.model_validate_json(result.model_dump_json()) == result


def test_extracted_intensities_are_the_true_ones_within_their_uncertainties():
    """Pulls of many lines in several scans have mean zero and spread one; |F|^2 from another route of the code."""
    truth = {line.hkl: line for line in powder_pattern(HYDROXIDE, two_theta=(18.0, 88.0)).reflections}
    pulls = []
    for seed in range(6):
        result = refine(scan((HYDROXIDE, 60.0), seed=seed), [Phase(HYDROXIDE, "x", True)], lattice_search=0.001)
        rows = [row for row in result.phase("x").extracted if row.uncertainty is not None]
        found, expected = [], []
        for row in rows:
            line = next((truth[h] for h in truth if abs(truth[h].d - row.d) < 2e-3 and sorted(map(abs, h)) ==
                         sorted(map(abs, row.hkl))), None)  # fmt: skip
            if line is None:
                continue
            theta = np.radians(line.two_theta) / 2
            factor = (1 + np.cos(2 * theta) ** 2) / (np.sin(theta) ** 2 * np.cos(theta))
            found.append((row.intensity, row.uncertainty))
            expected.append(line.intensity / (factor * line.multiplicity))
        value, sigma = np.array(found).T
        expected = np.array(expected)
        scale = (value * expected / sigma**2).sum() / (expected**2 / sigma**2).sum()
        pulls += ((value - scale * expected) / sigma).tolist()
    pulls = np.array(pulls)
    assert len(pulls) > 60
    assert abs(pulls.mean()) < 4 / np.sqrt(len(pulls))
    assert 0.75 < pulls.std() < 1.25


def test_lines_that_coincide_have_no_uncertainty_of_their_own():
    result = refine(scan((SALT, 60.0)), [Phase(SALT, "LiCl", True)], lattice_search=0.001)
    rows = {row.hkl: row for row in result.phase("LiCl").extracted}
    both = [row for row in rows.values() if sorted(map(abs, row.hkl)) in ([1, 1, 5], [3, 3, 3])]
    alone = next(row for row in rows.values() if sorted(map(abs, row.hkl)) == [0, 0, 2])
    assert alone.uncertainty is not None and alone.uncertainty < 0.05 * alone.intensity
    assert all(row.uncertainty is None and "sum" in row.note for row in both)


def test_a_structure_beside_an_extracted_phase_keeps_its_lattice():
    pattern = scan((HYDROXIDE, 60.0), (SALT, 60.0), seed=3)
    result = refine(pattern, [Phase(HYDROXIDE, "LiOH", True), Phase(strained(SALT, 0.003), "LiCl")], b_iso=0.0)
    assert abs(result.agreement.gof.value - 1.0) < 0.06
    value = result.phase("LiCl").lattice["a"]
    assert abs(value.value - 5.14) < 4 * value.uncertainty < 0.01


def test_no_more_reflections_than_can_be_solved_for(monkeypatch):
    monkeypatch.setattr(pawley, "MOST_REFLECTIONS", 3)
    with pytest.raises(OptionError, match="reflections would be extracted"):
        refine(scan((SALT, 60.0)), [Phase(SALT, "LiCl", True)], choices=Choices(profile=("W",)), lattice_search=0.0)
