"""Powder patterns against pymatgen, in one run.

    python benchmarks/bench_powder.py [--write]

Both compute the lines of the same structure from 10 to 90 degree; ours also draws the profile (4,001 points) and the
visibility of every element. Line positions are checked to agree.
"""

from __future__ import annotations

import sys

import numpy as np
from _record import best_seconds, machine, publish, table
from pymatgen.analysis.diffraction.neutron import NDCalculator
from pymatgen.analysis.diffraction.xrd import XRDCalculator
from pymatgen.core import Lattice, Structure

from antiperovskite.diffraction import powder_pattern

CUBE = Structure(
    Lattice.cubic(3.907),
    ["Li"] * 3 + ["O", "Cl"],
    [[0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5], [0.5, 0.5, 0.5], [0, 0, 0]],
)


def cells() -> dict[str, Structure]:
    """The cubic cell, its 3x3x3 supercell, and that with every atom displaced (no absent reflections left)."""
    supercell = CUBE * (3, 3, 3)
    displaced = supercell.copy()
    displaced.perturb(0.05, seed=1)
    return {"Li3OCl, 5 atoms": CUBE, "3x3x3, 135 atoms": supercell, "3x3x3 displaced, 135 atoms": displaced}


def check(ours: object, theirs: object) -> None:
    """Every strong line of pymatgen is one of ours."""
    mine = np.array([line.two_theta for line in ours.reflections])
    for position in theirs.x[theirs.y > 1.0]:
        assert np.abs(mine - position).min() < 1e-3, f"no line of ours at {position:.4f} degree"


def main(write: bool) -> None:
    """Measure, print, and with ``--write`` record."""
    rows = []
    for name, structure in cells().items():
        for radiation, calculator in (("xray", XRDCalculator(1.540593)), ("neutron", NDCalculator(1.594))):
            check(powder_pattern(structure, radiation), calculator.get_pattern(structure, two_theta_range=(10, 90)))
            repeats = 2 if len(structure) > 10 else 5
            theirs = best_seconds(lambda c=calculator, s=structure: c.get_pattern(s, two_theta_range=(10, 90)), repeats)
            ours = best_seconds(lambda r=radiation, s=structure: powder_pattern(s, r))
            rows.append([name, radiation, f"{1e3 * theirs:.0f} ms", f"{1e3 * ours:.1f} ms", f"{theirs / ours:.0f}x"])
    columns = ["structure", "radiation", "pymatgen, lines", "ours, lines + profile + visibility", "ratio"]
    publish("bench_powder", f"{table(columns, rows)}\n\nCPU time. {machine('pymatgen', 'numpy')}", write)


if __name__ == "__main__":
    main("--write" in sys.argv[1:])
