"""First guesses of a path: displacements by the shortest way, and the image-dependent pair potential.

Smidstrup et al., J. Chem. Phys. 140, 214106 (2014), 10.1063/1.4878664: distances between atoms are interpolated
linearly and each image is the arrangement that fits its distances best, S = sum (d_ij - d_ij^target)^2 / d^4.
"""

from __future__ import annotations

from typing import Any, Final

_REACH: Final = 6.0  # angstrom; pairs further apart hardly change along a hop


def shortest(vectors: Any, cell: Any) -> Any:
    """The vectors ``(n, 3)`` by the shortest way in a periodic cell, angstrom."""
    from ase.geometry import find_mic

    return find_mic(vectors, cell, pbc=True)[0]


def straight(first: Any, last: Any, fractions: Any) -> Any:
    """Positions on the straight line between two arrangements, shape ``(m, n, 3)``; no periodicity."""
    import numpy as np

    return first[None] + np.asarray(fractions)[:, None, None] * (last - first)[None]


def idpp(first: Any, last: Any, cell: Any, fractions: Any, symbols: Any = None) -> Any:
    """Images at ``fractions`` of the way, shape ``(m, n, 3)``; ``last - first`` must already be the shortest way.

    Parameters
    ----------
    first, last
        Positions of the ends, angstrom, ``(n, 3)``.
    cell
        Periodic cell, rows are vectors.
    fractions
        Where images are wanted, between 0 and 1.
    """
    import numpy as np
    from ase import Atoms
    from ase.neighborlist import neighbor_list
    from scipy.optimize import minimize

    n = len(first)
    images = straight(first, last, fractions)
    for number, t in enumerate(fractions):
        x0 = images[number]
        atoms = Atoms(numbers=np.ones(n), positions=x0, cell=cell, pbc=True)
        i, j, offset = neighbor_list("ijS", atoms, _REACH)
        once = (i < j) | ((i == j) & (offset @ [4, 2, 1] > 0))
        i, j, shift = i[once], j[once], offset[once] @ np.asarray(cell)
        ends = [np.linalg.norm(x[j] + shift - x[i], axis=1) for x in (first, last)]
        target = (1.0 - t) * ends[0] + t * ends[1]

        def misfit(flat: Any, i: Any = i, j: Any = j, shift: Any = shift, target: Any = target) -> tuple[float, Any]:
            x = flat.reshape(n, 3)
            vector = x[j] + shift - x[i]
            d = np.maximum(np.linalg.norm(vector, axis=1), 1e-3)
            off = d - target
            value = float((off**2 / d**4).sum())
            slope = 2.0 * off / d**4 - 4.0 * off**2 / d**5
            pull = (slope / d)[:, None] * vector
            gradient = np.zeros((n, 3))
            np.add.at(gradient, j, pull)
            np.add.at(gradient, i, -pull)
            return value, gradient.ravel()

        found = minimize(misfit, x0.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 60})
        moved = found.x.reshape(n, 3)
        images[number] = moved - (moved - x0).mean(axis=0)
    return images
