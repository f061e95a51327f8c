"""The calculated pattern: intensities of the kernel, exact derivatives, symmetry, bad input."""

from __future__ import annotations

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from antiperovskite.diffraction import powder_pattern
from antiperovskite.diffraction.data_files import MeasuredPattern
from antiperovskite.diffraction.profile import thompson_cox_hastings
from antiperovskite.diffraction.refinement import Choices, Phase, refine
from antiperovskite.diffraction.refinement.crystal import read_crystal
from antiperovskite.diffraction.refinement.intensities import entries_of
from antiperovskite.diffraction.refinement.parameters import make_parameters
from antiperovskite.diffraction.refinement.pattern_model import PatternModel, Source
from antiperovskite.diffraction.refinement.peak_shape import widths
from antiperovskite.diffraction.refinement.statistics import serial_correlation
from antiperovskite.errors import OptionError

ANTIPEROVSKITE = Structure(
    Lattice.cubic(3.907),
    [{"Cl": 0.7, "Br": 0.3}, "O", "Li", "Li", "Li"],
    [[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]],
)
HYDROXIDE = Structure(
    Lattice.tetragonal(3.549, 4.334),
    ["Li", "Li", "O", "O", "H", "H"],
    [[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.1951], [0, 0.5, 0.8049], [0.5, 0, 0.4066], [0, 0.5, 0.5934]],
)
MONOCLINIC = Structure(
    Lattice.monoclinic(5.0, 4.2, 6.1, 101.0), ["Na", "O", "H"], [[0.1, 0.2, 0.3], [0.4, 0.1, 0.8], [0.6, 0.7, 0.1]]
)


def model_of(structure, radiation="xray", grid=None, pawley=False):
    crystal = read_crystal(structure, "phase")
    grid = np.arange(15.0, 90.0, 0.04) if grid is None else grid
    model = PatternModel(grid, [crystal], Source(radiation, ((1.540593, 1.0),)), {}, [pawley])
    model.set_table(
        make_parameters([crystal], [entries_of(crystal)], Choices(), b_iso=0.0, lattice_range=0.03, pawley=[pawley])
    )
    values = np.array([parameter.value for parameter in model.table])
    values[model._widths_of(0)] = (0.01, -0.002, 0.012, 0.05, 0.03)
    model.refresh(values)
    return model, values


@pytest.mark.parametrize("radiation", ["xray", "neutron"])
@pytest.mark.parametrize("structure", [ANTIPEROVSKITE, HYDROXIDE, MONOCLINIC])
def test_lines_are_those_of_the_pattern_kernel(structure, radiation):
    model, values = model_of(structure, radiation)
    lines = model._lines(values)[0]
    inside = (lines.centre > 15.2) & (lines.centre < 89.8)
    ours = {}
    for angle, area in zip(lines.centre[inside], lines.area[inside], strict=True):
        ours[round(angle, 3)] = ours.get(round(angle, 3), 0.0) + area
    pattern = powder_pattern(structure, radiation, wavelength=1.540593, two_theta=(15.0, 90.0))
    top = max(ours.values())
    for line in pattern.reflections:
        if line.intensity > 0.1 and 15.2 < line.two_theta < 89.8:
            near = sum(area for angle, area in ours.items() if abs(angle - line.two_theta) < 2e-3)
            assert 100 * near / top == pytest.approx(line.intensity, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("structure", [ANTIPEROVSKITE, HYDROXIDE, MONOCLINIC])
def test_the_jacobian_is_that_of_finite_differences(structure):
    model, values = model_of(structure)
    for index, parameter in enumerate(model.table):
        values[index] += {"b_iso": 1.0, "shift": 0.01, "scale": 0.3}.get(parameter.kind, 0.0)
    free = np.arange(len(model.table))
    _, jacobian = model.evaluate_with_jacobian(values, free)
    for index in free:
        up, down = values.copy(), values.copy()
        up[index] += 1e-5
        down[index] -= 1e-5
        slope = (model.evaluate(up) - model.evaluate(down)) / 2e-5
        # widths and Lorentz factor follow the lattice slowly; that part is left out on purpose
        tolerance = 0.03 if model.table[index].kind == "cell" else 2e-5
        assert np.abs(slope - jacobian[:, index]).max() <= tolerance * np.abs(slope).max() + 1e-9, model.table[
            index
        ].name


def test_site_symmetry_leaves_only_free_coordinates():
    hydroxide = read_crystal(HYDROXIDE)
    assert hydroxide.spacegroup == "P4/nmm" and hydroxide.free_cell == ("a", "c")
    assert {orbit.label: orbit.axes for orbit in hydroxide.orbits} == {"Li1": (), "O1": ("z",), "H1": ("z",)}
    assert read_crystal(ANTIPEROVSKITE).n_sites == 5
    assert read_crystal(MONOCLINIC).free_cell == ("a", "b", "c", "alpha", "beta", "gamma")  # P1


def test_widths_agree_with_the_pattern_room():
    theta = np.radians([10.0, 30.0, 44.0])
    width, share = widths(theta, np.array([0.02, -0.01, 0.01, 0.05, 0.02]))
    tan = np.tan(theta)
    expected = thompson_cox_hastings(np.sqrt(0.02 * tan**2 - 0.01 * tan + 0.01), 0.05 / np.cos(theta) + 0.02 * tan)
    assert np.allclose(width, expected[0]) and np.allclose(share, expected[1])


def counts_of(structure, seed=0, **more):
    truth = powder_pattern(structure, two_theta=(18.0, 88.0), step=0.03, **more)
    expected = 30.0 * np.array(truth.profile) + 150.0
    counts = np.random.default_rng(seed).poisson(expected).astype(float)
    return MeasuredPattern.from_arrays(np.array(truth.two_theta), counts, wavelength=1.540593, name="scan")


def test_coordinates_and_temperature_factors_come_back():
    pattern = counts_of(HYDROXIDE, b_iso=1.4)
    start = HYDROXIDE.copy()
    for index, shift in ((2, 0.015), (3, -0.015)):
        start.translate_sites([index], [0, 0, shift])
    choices = Choices(coordinates=("LiOH",), temperature_factors=("LiOH",))
    result = refine(pattern, [Phase(start, "LiOH")], choices=choices, lattice_search=0.002)
    oxygen, b_oxygen = result.parameter("LiOH: z(O1)"), result.parameter("LiOH: B(O)")
    z = min((oxygen.value % 1.0, -oxygen.value % 1.0), key=lambda v: abs(v - 0.1951))
    assert abs(z - 0.1951) < 4 * oxygen.uncertainty < 0.02
    assert abs(b_oxygen.value - 1.4) < 4 * b_oxygen.uncertainty < 2.0


def test_what_the_data_do_not_determine_has_no_uncertainty():
    pattern = counts_of(ANTIPEROVSKITE)
    every = tuple(("x", label) for label in ("Br:Br1", "O1", "Li1"))
    choices = Choices(occupancies=(*every[1:],), profile=("W",))
    flat = Structure(ANTIPEROVSKITE.lattice, ["Li", "Li"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    result = refine(counts_of(flat), [Phase(flat, "x")], choices=Choices(occupancies=(("x", "Li1"),), profile=("W",)))
    occupancy = result.parameter("x: occupancy(Li1)")  # one orbit: only scale times occupancy^2 matters
    assert occupancy.uncertainty is None and occupancy.note
    assert choices.occupancies and pattern.counts


def test_bad_choices_are_one_clear_line():
    pattern = counts_of(HYDROXIDE)
    phase = Phase(HYDROXIDE, "LiOH")
    cases = [
        ([], {}),
        ([phase, phase], {}),
        ([phase], {"choices": Choices(occupancies=(("LiOH", "Cl1"),))}),
        ([phase], {"choices": Choices(coordinates=("LiCl",))}),
        ([phase], {"choices": Choices(profile=("Q",))}),
        ([phase], {"choices": Choices(background=0)}),
        ([phase], {"wavelengths": 0.0}),
        ([phase], {"lattice_search": 0.5}),
        ([phase], {"b_iso": -1.0}),
        ([phase], {"perpendicular": 2.0}),
    ]
    for phases, more in cases:
        with pytest.raises(OptionError) as caught:
            refine(pattern, phases, **more)
        assert "\n" not in str(caught.value)


def test_serial_correlation_of_noise_is_one_and_of_runs_is_not():
    noise = np.random.default_rng(1).normal(size=4000)
    assert serial_correlation(noise, 30) < 1.2
    assert serial_correlation(np.repeat(noise[:400], 10), 30) == pytest.approx(10, rel=0.15)
