"""Powder patterns against pymatgen, in one run.

    python benchmarks/bench_powder.py [--write]

Both compute the lines of the same structure from 10 to 90 degree; ours also draws the profile (4,001 points) and the
visibility of every element. Checked: every line of pymatgen is one of ours and the other way round (down to 0.1 %), and
our structure factors summed by pymatgen's own formula, with its form factors or scattering lengths and its
Lorentz(-polarisation) factor, give its intensities to 1e-3 of the strongest line.
"""

from __future__ import annotations

import sys

import numpy as np
from _record import best_seconds, machine, publish, table
from pymatgen.analysis.diffraction.neutron import ATOMIC_SCATTERING_LEN, NDCalculator
from pymatgen.analysis.diffraction.xrd import ATOMIC_SCATTERING_PARAMS, XRDCalculator
from pymatgen.core import Element, Lattice, Structure

from antiperovskite.diffraction import powder_pattern
from antiperovskite.diffraction.cell import read_cell
from antiperovskite.diffraction.kernel import (
    line_starts,
    lorentz_polarisation,
    partial_sums,
    powder_intensity,
    reciprocal_points,
)

RANGE = (10, 90)

CUBE = Structure(
    Lattice.cubic(3.907),
    ["Li"] * 3 + ["O", "Cl"],
    [[0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5], [0.5, 0.5, 0.5], [0, 0, 0]],
)


def cells() -> dict[str, Structure]:
    """The cubic cell, supercells, displaced ones (no absent reflections left), a skewed and a partly occupied one."""
    small = CUBE * (3, 3, 3)
    displaced = small.copy()
    displaced.perturb(0.05, seed=1)
    large = CUBE * (6, 6, 6)
    large.perturb(0.05, seed=1)
    mixed = large.copy()
    mixed.replace_species({"Cl": {"Cl": 0.5, "Br": 0.5}})
    skewed = Structure(Lattice.from_parameters(23.4, 23.6, 23.9, 89, 91, 92), large.species, large.frac_coords)
    return {
        "Li3OCl, 5 atoms": CUBE,
        "3x3x3, 135 atoms": small,
        "3x3x3 displaced, 135 atoms": displaced,
        "6x6x6 displaced, 1,080 atoms": large,
        "the same, half Cl, half Br": mixed,
        "the same, triclinic cell": skewed,
    }


def their_lines(structure: Structure, radiation: str, wavelength: float) -> tuple[np.ndarray, np.ndarray]:
    """Angles and intensities with our kernel and pymatgen's scattering powers and Lorentz-polarisation factor."""
    cell = read_cell(structure)
    low, high = (2.0 * np.sin(np.radians(angle / 2.0)) / wavelength for angle in RANGE)
    points = reciprocal_points(cell.matrix, low, high)
    symbols = list(dict.fromkeys(cell.symbols))
    groups = np.array([symbols.index(symbol) for symbol in cell.symbols])
    sums = partial_sums(points.hkl, cell.positions, cell.occupancies, groups, len(symbols))
    s2 = (points.length / 2.0) ** 2
    if radiation == "xray":
        power = [
            Element(symbol).Z - 41.78214 * s2 * sum(a * np.exp(-b * s2) for a, b in ATOMIC_SCATTERING_PARAMS[symbol])
            for symbol in symbols
        ]
    else:
        power = [np.full(len(s2), ATOMIC_SCATTERING_LEN[symbol]) for symbol in symbols]
    square = powder_intensity(sums, np.array(power, dtype=complex))
    theta = np.arcsin(points.length * wavelength / 2.0)
    starts = line_starts(np.degrees(2.0 * theta), 1e-5)
    intensity = np.add.reduceat(square * lorentz_polarisation(theta, radiation == "xray"), starts)
    return np.degrees(2.0 * theta[starts]), 100.0 * intensity / intensity.max()


def check(structure: Structure, radiation: str, ours: object, theirs: object, wavelength: float) -> float:
    """Assert equal lines; return the largest difference of intensity, per cent of the strongest line."""
    mine = np.array([line.two_theta for line in ours.reflections])
    for position in theirs.x[theirs.y > 0.1]:
        assert np.abs(mine - position).min() < 1e-3, f"no line of ours at {position:.4f} degree"
    angles, intensities = their_lines(structure, radiation, wavelength)
    for position in angles[intensities > 0.1]:
        assert np.abs(theirs.x - position).min() < 1e-3, f"no line of theirs at {position:.4f} degree"
    # where lines crowd, pymatgen merges neighbours that we keep apart: compared where one stands alone
    worst = 0.0
    for place, height in zip(theirs.x, theirs.y, strict=True):
        near = np.abs(angles - place) < 2e-4
        alone = (np.abs(angles - place) < 5e-3).sum() == near.sum() > 0
        if alone:
            worst = max(worst, abs(float(intensities[near].sum()) - float(height)))
    assert worst < 0.1, f"intensities differ by {worst:.3g} % of the strongest line"
    return worst


def main(write: bool) -> None:
    """Measure, print, and with ``--write`` record."""
    rows = []
    for name, structure in cells().items():
        for radiation, wavelength, maker in (("xray", 1.540593, XRDCalculator), ("neutron", 1.594, NDCalculator)):
            calculator = maker(wavelength)
            theirs = calculator.get_pattern(structure, two_theta_range=RANGE)
            worst = check(structure, radiation, powder_pattern(structure, radiation), theirs, wavelength)
            repeats = 2 if len(structure) > 10 else 20
            slow = best_seconds(lambda c=calculator, s=structure: c.get_pattern(s, two_theta_range=RANGE), repeats)
            fast = best_seconds(lambda r=radiation, s=structure: powder_pattern(s, r), max(repeats, 5))
            rows.append(
                [
                    name,
                    radiation,
                    f"{1e3 * slow:.1f} ms",
                    f"{1e3 * fast:.1f} ms",
                    f"{slow / fast:.3g}x",
                    f"{worst:.0e} %",
                ]
            )
    columns = ["structure", "radiation", "pymatgen, lines", "ours, lines + profile + visibility", "ratio", "difference"]
    publish("bench_powder", f"{table(columns, rows)}\n\nCPU time. {machine('pymatgen', 'numpy')}", write)


if __name__ == "__main__":
    main("--write" in sys.argv[1:])
