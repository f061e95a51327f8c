"""Identification: what is there is found, what is not is refused with a limit, what is unknown is listed."""

from __future__ import annotations

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from antiperovskite.diffraction import powder_pattern
from antiperovskite.diffraction.data_files import MeasuredPattern
from antiperovskite.diffraction.identify import Candidate, identify
from antiperovskite.diffraction.identify.significance import evidence
from antiperovskite.errors import OptionError

FACES = np.array([[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]])


def salt(a, cation="Li", anion="Cl"):
    return Structure(Lattice.cubic(a), [cation] * 4 + [anion] * 4, np.concatenate([FACES, (FACES + 0.5) % 1.0]))


def antiperovskite(a, anion="Cl"):
    places = [[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]
    return Structure(Lattice.cubic(a), [anion, "O", "Li", "Li", "Li"], places)


def scan(parts, radiation="xray", top=4000, **more):
    grid, total = None, 0.0
    for structure, height in parts:
        truth = powder_pattern(structure, radiation, two_theta=(18.0, 85.0), step=0.04, b_iso=1.0, **more)
        grid, total = np.array(truth.two_theta), total + height * np.array(truth.profile)
    expected = top * total / total.max() + 100.0
    counts = np.random.default_rng(4).poisson(expected).astype(float)
    return MeasuredPattern.from_arrays(grid, counts, wavelength=more.get("wavelength", 1.540593), name="scan")


CANDIDATES = [
    Candidate(antiperovskite(3.95), "Li3OCl", 0.03),
    Candidate(salt(5.14), "LiCl"),
    Candidate(salt(5.64, "Na"), "NaCl"),
]


def test_two_phases_are_found_and_the_third_refused_with_a_limit():
    result = identify(scan([(antiperovskite(3.907), 1.0), (salt(5.14), 0.1)]), CANDIDATES)
    assert [phase.name for phase in result.present] == ["Li3OCl", "LiCl"]
    assert result.present[0].lattice["a"].value == pytest.approx(3.907, abs=0.002)
    assert sum(phase.weight_fraction.value for phase in result.present) == pytest.approx(100.0)
    assert all(phase.delta_bic.value > 10 and phase.p_value.value < 1e-6 for phase in result.present)
    (absent,) = result.absent
    assert absent.name == "NaCl" and 0 < absent.upper_limit.value < 2.0
    assert result.unexplained == ()
    assert result.model_validate_json(result.model_dump_json()) == result


def test_a_minor_phase_of_weak_lines_is_not_lost_under_a_strong_one():
    """Its lattice used to wander off while the lines were widened, and the fit then refused it."""
    places = [[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.1951], [0, 0.5, 0.8049], [0.5, 0, 0.4066], [0, 0.5, 0.5934]]
    hydroxide = Structure(Lattice.tetragonal(3.549, 4.334), ["Li", "Li", "O", "O", "H", "H"], places)
    pattern = scan([(antiperovskite(3.907), 1.0), (hydroxide, 0.015)], top=20_000)
    result = identify(pattern, [Candidate(antiperovskite(3.907), "Li3OCl"), Candidate(hydroxide, "LiOH")])
    assert [phase.name for phase in result.present] == ["Li3OCl", "LiOH"]
    assert result.refinement.agreement.gof.value < 1.1 and result.unexplained == ()


def test_lines_of_a_phase_that_is_no_candidate_are_listed():
    result = identify(scan([(antiperovskite(3.907), 1.0), (salt(5.64, "Na"), 0.2)]), CANDIDATES[:2])
    assert [phase.name for phase in result.present] == ["Li3OCl"]
    spacings = [peak.d for peak in result.unexplained]
    assert min(abs(d - 5.64 / 2) for d in spacings) < 0.01  # 200, its strongest line
    assert result.unexplained_share.value > 2.0 and "unexplained" in result.verdict


def test_noise_holds_no_phase():
    grid = np.arange(18.0, 85.0, 0.04)
    counts = np.random.default_rng(2).poisson(100.0 * np.ones_like(grid)).astype(float)
    result = identify(MeasuredPattern.from_arrays(grid, counts), CANDIDATES)
    assert result.present == () and result.refinement is None and "none" in result.verdict


def test_neutrons_tell_deuterium_from_hydrogen():
    hydride = salt(4.084, "Li", "H")
    pattern = scan([(hydride, 1.0)], "neutron", isotopes={"H": "D"}, wavelength=1.594)
    chi2 = {}
    for isotope in ("D", "H"):
        found = identify(pattern, [Candidate(hydride, "LiH")], "neutron", wavelengths=1.594, isotopes={"H": isotope})
        chi2[isotope] = found.refinement.agreement.gof.value if found.refinement else 100.0
    assert chi2["D"] < 1.3
    assert chi2["H"] > 2.0


def test_evidence_falls_with_correlation_and_rises_with_chi2():
    strong = evidence(400.0, 1.0, 3000, 2990, 2, 1.0)
    weak = evidence(400.0, 1.0, 3000, 2990, 2, 8.0)
    assert strong.delta_bic > weak.delta_bic and strong.p_value < weak.p_value
    assert evidence(0.0, 1.0, 3000, 2990, 2, 1.0).p_value == 1.0


def test_bad_candidates():
    pattern = scan([(salt(5.14), 1.0)])
    for candidates in ([], [CANDIDATES[1], CANDIDATES[1]]):
        with pytest.raises(OptionError):
            identify(pattern, candidates)
