"""Is it a saddle of first order, and how often is it tried: partial Hessians around the ions that hop.

Attempt frequency by Vineyard, J. Phys. Chem. Solids 3, 121 (1957), 10.1016/0022-3697(57)90059-8:
nu* = prod nu_i (start) / prod' nu_j (saddle). Only atoms near the path vibrate, the others are held: their frequencies
are taken to cancel.
"""

from __future__ import annotations

from typing import Any, Final

from antiperovskite.migration.ends import Ends
from antiperovskite.migration.evaluations import Evaluations
from antiperovskite.migration.interpolation import shortest
from antiperovskite.migration.path import FoundPath

RADIUS: Final = 3.0
STEP: Final = 0.02  # angstrom
NOISE_THZ: Final = 0.3
"""Imaginary frequencies below this are numerical: forces of the path are not exactly zero."""


def near_path(ends: Ends, found: FoundPath, radius: float = RADIUS) -> list[int]:
    """Atoms within ``radius`` angstrom of an ion that hops, at the start or at the saddle."""
    import numpy as np

    chosen: set[int] = set()
    for x in (found.positions[0], found.positions[found.saddle]):
        for mover in ends.movers:
            d = np.linalg.norm(shortest(x - x[mover], ends.atoms.cell.array), axis=1)
            chosen |= set(np.flatnonzero(d < radius).tolist())
    return sorted(chosen)


def frequencies(atoms: Any, force: Evaluations, positions: Any, chosen: list[int]) -> Any:
    """Frequencies in THz of the chosen atoms, sorted; negative for imaginary ones. Central differences."""
    import numpy as np
    from scipy.constants import angstrom, atomic_mass, electron_volt

    n = len(chosen)
    hessian = np.zeros((3 * n, 3 * n))
    for row, atom in enumerate(chosen):
        for axis in range(3):
            sides = []
            for sign in (1.0, -1.0):
                x = positions.copy()
                x[atom, axis] += sign * STEP
                sides.append(force(x)[1][chosen].ravel())
            hessian[3 * row + axis] = -(sides[0] - sides[1]) / (2.0 * STEP)
    hessian = 0.5 * (hessian + hessian.T)
    mass = np.repeat(atoms.get_masses()[chosen], 3)
    values = np.linalg.eigvalsh(hessian / np.sqrt(mass[:, None] * mass[None]))
    unit = np.sqrt(electron_volt / angstrom**2 / atomic_mass) / (2.0 * np.pi) / 1e12
    return np.sign(values) * np.sqrt(abs(values)) * unit


def attempt_frequency(start: Any, saddle: Any) -> float:
    """Vineyard's quotient in THz; the lowest mode of the saddle is the hop itself."""
    import numpy as np

    return float(np.exp(np.log(start).sum() - np.log(saddle[1:]).sum()))
