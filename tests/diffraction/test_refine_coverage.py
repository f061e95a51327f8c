"""Refinements find known truths back as often as their uncertainties promise; truth from other code."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from periodictable import elements
from periodictable.cromermann import fxrayatstol
from pymatgen.analysis.diffraction.xrd import XRDCalculator
from pymatgen.core import Lattice, Structure
from scipy.special import voigt_profile

from antiperovskite.diffraction.data_files import MeasuredPattern
from antiperovskite.diffraction.refinement import Choices, Phase, refine

WAVELENGTH = 1.540593


def li3ocl(a=3.907, bromine=0.0, lithium=1.0):
    anion = {"Cl": 1.0 - bromine, "Br": bromine} if bromine else "Cl"
    cation = {"Li": lithium} if lithium < 1.0 else "Li"
    places = [[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]
    return Structure(Lattice.cubic(a), [anion, "O", cation, cation, cation], places)


def licl(a=5.14):
    faces = np.array([[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]])
    return Structure(Lattice.cubic(a), ["Li"] * 4 + ["Cl"] * 4, np.concatenate([faces, (faces + 0.5) % 1.0]))


def li2co3():
    lattice = Lattice.monoclinic(8.3593, 4.9725, 6.1975, 114.83)
    return Structure.from_spacegroup(
        "C2/c",
        lattice,
        ["Li", "C", "O", "O"],
        [[0.19653, 0.44863, 0.83453], [0, 0.06577, 0.25], [0, 0.32131, 0.25], [0.14596, 0.93433, 0.31258]],
    )


def brute_lines(structure, b_iso, radiation="xray", deepest=0.82):
    """Angle (degree) and |F|^2 LP of every single hkl, by the plain sum over atoms; ``b_iso`` by element or one."""
    reciprocal = np.linalg.inv(structure.lattice.matrix)
    n = int(2 * max(structure.lattice.abc) / WAVELENGTH) + 1
    hkl = np.array(list(product(range(-n, n + 1), repeat=3)))
    inverse = np.linalg.norm(hkl @ reciprocal.T, axis=1)
    keep = (inverse > 0) & (inverse * WAVELENGTH / 2 < deepest)
    hkl, s = hkl[keep], inverse[keep] / 2
    amplitude = np.zeros(len(hkl), dtype=complex)
    for site in structure:
        for species, occupancy in site.species.items():
            b = b_iso if isinstance(b_iso, float) else b_iso[species.symbol]
            if radiation == "neutron":
                nuclide = elements.D if species.symbol == "H" else elements.symbol(species.symbol)
                power = nuclide.neutron.b_c
            else:
                f1, f2 = elements.symbol(species.symbol).xray.scattering_factors(wavelength=WAVELENGTH)
                power = fxrayatstol(species.symbol, s) + f1 - species.Z + 1j * f2
            amplitude += occupancy * power * np.exp(-b * s**2) * np.exp(2j * np.pi * hkl @ site.frac_coords)
    theta = np.arcsin(s * WAVELENGTH)
    factor = (1 + np.cos(2 * theta) ** 2 if radiation == "xray" else 1) / (np.sin(theta) ** 2 * np.cos(theta))
    return np.degrees(2 * theta), np.abs(amplitude) ** 2 * factor


def drawn(grid, structure, b_iso, w=0.010, x=0.05, **more):
    """Sum of Thompson-Cox-Hastings pseudo-Voigt lines, written anew."""
    angles, areas = brute_lines(structure, b_iso, **more)
    angles, where = np.unique(np.round(angles, 7), return_inverse=True)
    areas = np.bincount(where, weights=areas)
    total = np.zeros_like(grid)
    for angle, area in zip(angles, areas, strict=True):
        g, lor = np.sqrt(w), x / np.cos(np.radians(angle / 2))
        full = (
            g**5
            + 2.69269 * g**4 * lor
            + 2.42843 * g**3 * lor**2
            + 4.47163 * g**2 * lor**3
            + 0.07842 * g * lor**4
            + lor**5
        ) ** 0.2
        q = lor / full
        eta = 1.36603 * q - 0.47719 * q**2 + 0.11116 * q**3
        near = np.abs(grid - angle) < 20 * full
        u = (grid[near] - angle) / full
        gauss = 2 * np.sqrt(np.log(2) / np.pi) / full * np.exp(-4 * np.log(2) * u**2)
        total[near] += area * ((1 - eta) * gauss + eta * 2 / np.pi / full / (1 + 4 * u**2))
    return total


def trial_truth():
    """Noise-free counts of 80 wt% Li3O(Cl,Br) and 20 wt% LiCl, and the true numbers."""
    grid = np.arange(18.0, 90.0, 0.03)
    bromine, zero, share = 0.30, 0.012, 0.80
    first, second = li3ocl(3.9312, bromine), licl(5.1312)
    total = np.zeros_like(grid)
    for structure, weight in ((first, share), (second, 1 - share)):
        mass = sum(occ * s.atomic_mass for site in structure for s, occ in site.species.items())
        total += weight / (mass * structure.volume) * drawn(grid - zero, structure, 1.0)
    background = 120 + 60 * np.exp(-(grid - 18) / 40)
    return grid, 2500 * total / total.max() + background, {"a": 3.9312, "fraction": 100 * share, "bromine": bromine}


def one_trial(rng, grid, expected):
    pattern = MeasuredPattern.from_arrays(grid, rng.poisson(expected).astype(float), wavelength=WAVELENGTH)
    phases = [Phase(li3ocl(3.92, 0.5), "Li3OCl"), Phase(licl(5.14), "LiCl")]
    choices = Choices(background=5, profile=("W", "X"), occupancies=(("Li3OCl", "Br:Br1"),))
    result = refine(pattern, phases, choices=choices, lattice_search=0.005, start_width=0.13)
    phase, occupancy = result.phase("Li3OCl"), result.parameter("Li3OCl: occupancy(Br:Br1)")
    return {
        "a": (phase.lattice["a"].value, phase.lattice["a"].uncertainty),
        "fraction": (phase.weight_fraction.value, phase.weight_fraction.uncertainty),
        "bromine": (occupancy.value, occupancy.uncertainty),
    }, result


def lithium_hydroxide(a=3.549, c=4.334, oxygen=0.1951, hydrogen=0.4066):
    places = [[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, oxygen], [0, 0.5, 1 - oxygen], [0.5, 0, hydrogen]]
    return Structure(Lattice.tetragonal(a, c), ["Li", "Li", "O", "O", "H", "H"], [*places, [0, 0.5, 1 - hydrogen]])


def neutron_truth(top=600.0):
    """Noise-free neutron counts of LiOD on a high background; coordinates, B and both edges are to be found."""
    grid = np.arange(20.0, 130.0, 0.06)
    b_iso = {"Li": 1.7, "O": 1.1, "H": 2.4}
    total = drawn(grid - 0.02, lithium_hydroxide(), b_iso, w=0.06, x=0.04, radiation="neutron", deepest=0.97)
    truth = {"a": 3.549, "c": 4.334, "z(O1)": 0.1951, "z(H1)": 0.4066, "B(Li)": 1.7, "B(O)": 1.1, "B(H)": 2.4}
    return grid, top * total / total.max() + 40.0, truth


def neutron_trial(rng, grid, expected):
    pattern = MeasuredPattern.from_arrays(grid, rng.poisson(expected).astype(float), wavelength=WAVELENGTH)
    start = lithium_hydroxide(3.556, 4.328, oxygen=0.200, hydrogen=0.400)
    result = refine(
        pattern,
        [Phase(start, "LiOD")],
        "neutron",
        isotopes={"H": "D"},
        choices=Choices(background=3, profile=("W", "X"), coordinates=("LiOD",), temperature_factors=("LiOD",)),
        lattice_search=0.004,
        start_width=0.28,
    )
    found = {edge: (result.phase("LiOD").lattice[edge].value, result.phase("LiOD").lattice[edge].uncertainty)
             for edge in "ac"}  # fmt: skip
    parameters = {name: result.parameter(f"LiOD: {name}") for name in ("z(O1)", "z(H1)", "B(Li)", "B(O)", "B(H)")}
    # spglib chooses the origin: z, -z, z + 1/2 and 1/2 - z of both atoms describe one structure
    views = [
        {name: (sign * parameters[name].value + shift) % 1.0 for name in ("z(O1)", "z(H1)")}
        for sign in (1, -1)
        for shift in (0.0, 0.5)
    ]
    seen = min(views, key=lambda view: abs(view["z(O1)"] - 0.1951) + abs(view["z(H1)"] - 0.4066))
    for name, parameter in parameters.items():
        found[name] = (seen.get(name, parameter.value), parameter.uncertainty)
    return found, result


def pulls(truth_and_grid, trial, n, seed):
    grid, expected, truth = truth_and_grid
    rng = np.random.default_rng(seed)
    found = {name: [] for name in truth}
    for _ in range(n):
        for name, (value, sigma) in trial(rng, grid, expected)[0].items():
            found[name].append((value - truth[name]) / sigma)
    return {name: np.array(values) for name, values in found.items()}


@pytest.mark.parametrize(("truth", "trial"), [(trial_truth, one_trial), (neutron_truth, neutron_trial)])
def test_a_few_trials_have_pulls_of_order_one(truth, trial):
    for name, values in pulls(truth(), trial, 3, seed=5).items():
        assert np.abs(values).max() < 4, name
        assert np.ptp(values) > 0, name


SCENARIOS = {"x-ray mixture": (trial_truth, one_trial, 7), "neutrons, LiOD": (neutron_truth, neutron_trial, 7)}
TRIALS = 400


@pytest.fixture(scope="module", params=sorted(SCENARIOS))
def many_pulls(request):
    truth, trial, seed = SCENARIOS[request.param]
    return pulls(truth(), trial, TRIALS, seed)


@pytest.mark.slow
def test_truth_lies_within_two_sigma_in_93_of_100_trials(many_pulls):
    """Every refined lattice edge, fraction, occupancy, coordinate and B. A normal error is within in 95.4 %.

    One hundred trials decide too little: their count scatters by 2.1, and 91 of one quantity is nothing unusual.
    """
    for name, values in many_pulls.items():
        assert np.mean(np.abs(values) < 2) >= 0.93, name


@pytest.mark.slow
def test_pulls_are_unbiased_and_their_spread_is_one(many_pulls):
    """Within four standard errors: 1/sqrt(n) of the mean, 1/sqrt(2n) of the spread."""
    for name, values in many_pulls.items():
        assert abs(values.mean()) < 4 / np.sqrt(TRIALS), name
        assert abs(values.std(ddof=1) - 1) < 4 / np.sqrt(2 * TRIALS), name


def mixture(grid, rng, weights, top=20_000):
    """Counts with line positions and intensities from pymatgen and true Voigt lines from SciPy."""
    structures = {"Li3OCl": li3ocl(), "LiCl": licl(), "Li2CO3": li2co3()}
    calculator = XRDCalculator(wavelength=WAVELENGTH, debye_waller_factors=dict.fromkeys(("Li", "O", "Cl", "C"), 1.0))
    total = np.zeros_like(grid)
    for name, structure in structures.items():
        lines = calculator.get_pattern(structure, two_theta_range=(10, 95), scaled=False)
        per_mass = weights[name] / (float(structure.composition.weight) * structure.volume)
        for angle, intensity in zip(lines.x, lines.y, strict=True):
            total += per_mass * intensity * voigt_profile(grid - angle - 0.01, 0.04, 0.03)
    counts = rng.poisson(total / total.max() * top + 200 + 100 * np.exp(-(grid - 15) / 20))
    return MeasuredPattern.from_arrays(grid, counts.astype(float), wavelength=WAVELENGTH), structures


@pytest.mark.slow
@pytest.mark.parametrize("weights", [(0.6, 0.25, 0.15), (0.8, 0.05, 0.15), (0.34, 0.33, 0.33), (0.1, 0.3, 0.6)])
def test_three_phases_are_quantified_within_two_weight_percent(weights):
    truth = dict(zip(("Li3OCl", "LiCl", "Li2CO3"), weights, strict=True))
    pattern, structures = mixture(np.arange(15.0, 90.0, 0.02), np.random.default_rng(3), truth)
    result = refine(pattern, [Phase(structure, name) for name, structure in structures.items()])
    for name, weight in truth.items():
        assert abs(result.phase(name).weight_fraction.value - 100 * weight) < 2.0, name
    assert result.agreement.gof.value < 1.5
    assert abs(result.phase("Li2CO3").lattice["beta"].value - 114.83) < 0.05
