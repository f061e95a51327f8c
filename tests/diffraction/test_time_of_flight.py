"""Time-of-flight patterns: the axis, the Lorentz factor, isotopes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from antiperovskite.diffraction import powder_pattern, tof_pattern
from antiperovskite.diffraction.model import TofBank, TofPattern
from antiperovskite.errors import OptionError


def salt(cation="Li", anion="H"):
    fcc = [[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]]
    return Structure(Lattice.cubic(4.084), [cation] * 4 + [anion] * 4, fcc + [[x + 0.5, y, z] for x, y, z in fcc])


def test_the_axis_follows_its_definition():
    bank = TofBank(DIFC=7000.0, DIFA=-3.0, ZERO=5.0)
    for line in tof_pattern(salt(), bank).reflections:
        assert line.tof == pytest.approx(7000 * line.d - 3 * line.d**2 + 5, abs=1e-6)
        assert line.wavelength == pytest.approx(2 * line.d * math.sin(math.pi / 4))


@pytest.mark.parametrize("isotopes", [{}, {"H": "D"}])
def test_intensities_differ_from_constant_wavelength_by_the_lorentz_factors(isotopes):
    flight = {line.hkl: line for line in tof_pattern(salt(), TofBank(DIFC=5000.0), isotopes=isotopes).reflections}
    constant = powder_pattern(salt(), "neutron", isotopes=isotopes, wavelength=1.0, two_theta=(10, 100))
    ratios = []
    for line in constant.reflections:
        theta = math.radians(line.two_theta / 2)
        square = line.intensity * math.sin(theta) ** 2 * math.cos(theta)
        assert flight[line.hkl].multiplicity == line.multiplicity
        ratios.append(flight[line.hkl].intensity / (square * line.d**4))
    assert np.ptp(ratios) < 1e-6 * ratios[0]


def test_profile_peaks_where_the_strongest_line_is():
    pattern = tof_pattern(salt(), TofBank(DIFC=5000.0), isotopes={"H": "D"})
    strongest = max(pattern.reflections, key=lambda line: line.intensity)
    peak = pattern.tof[int(np.argmax(pattern.profile))]
    # the height of a line is its intensity over its width, which grows with d
    assert any(abs(peak - line.tof) < 0.003 * line.tof for line in pattern.reflections)
    assert strongest.intensity == pytest.approx(100.0)
    assert TofPattern.model_validate_json(pattern.model_dump_json()) == pattern


@pytest.mark.parametrize(
    ("bank", "options"),
    [
        ({"DIFC": 5000.0}, {"d_range": (2.0, 1.0)}),
        ({"DIFC": 5000.0}, {"d_range": (float("nan"), 1.0)}),
        ({"DIFC": 5000.0}, {"d_range": (3.0, 3.1)}),
        ({"DIFC": 100.0, "DIFA": -100.0}, {}),
        ({"DIFC": 100.0, "ZERO": -5000.0}, {}),
    ],
)
def test_impossible_banks_and_ranges_are_one_line(bank, options):
    with pytest.raises(OptionError) as caught:
        tof_pattern(salt(), TofBank(**bank), **options)
    assert "\n" not in str(caught.value)
