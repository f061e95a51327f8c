"""The opening a hop goes through: the largest circle between the ions around its pass."""

from __future__ import annotations

from itertools import combinations
from typing import Any


def opening(corners: Any, radii: Any) -> float:
    """Radius of the largest circle that is held between three circles in the plane of their centres.

    The circle touches all three (Apollonius' problem); where the centres are so obtuse that it would lie outside
    them, it is held by the closest two: half the gap. Negative where spheres overlap.

    Parameters
    ----------
    corners
        Centres, Cartesian (3, 3), angstrom.
    radii
        Of the spheres, (3,).

    Examples
    --------
    >>> corners = [[0, 0, 0], [2, 0, 0], [1, 3**0.5, 0]]
    >>> round(opening(corners, [1, 1, 1]), 6)  # between three coins: 2 / sqrt(3) - 1
    0.154701
    """
    import numpy as np

    corners, radii = np.asarray(corners, dtype=float), np.asarray(radii, dtype=float)
    gap = min(
        (float(np.linalg.norm(corners[i] - corners[j])) - radii[i] - radii[j]) / 2 for i, j in combinations(range(3), 2)
    )
    a, b = corners[1] - corners[0], corners[2] - corners[0]
    x = a / np.linalg.norm(a)
    y = b - (b @ x) * x
    if float(np.linalg.norm(y)) < 1e-6:
        return float(gap)
    y /= np.linalg.norm(y)
    flat = np.array([[0.0, 0.0], [a @ x, 0.0], [b @ x, b @ y]])
    # |p - c_k| = r + R_k; differences from the first are linear in p and r: p = u + v r
    left = 2.0 * (flat[1:] - flat[0])
    square = (flat[1:] ** 2).sum(axis=1) - radii[1:] ** 2 + radii[0] ** 2
    u = np.linalg.solve(left, square)
    v = np.linalg.solve(left, 2.0 * (radii[0] - radii[1:]))
    roots = np.roots([v @ v - 1.0, 2.0 * (u @ v - radii[0]), u @ u - radii[0] ** 2])
    for root in sorted(float(r.real) for r in roots if abs(r.imag) < 1e-9):
        if root + float(radii.min()) < 0.0:
            continue
        shares = np.linalg.solve(np.vstack([flat.T, np.ones(3)]), np.array([*(u + v * root), 1.0]))
        if (shares >= -1e-9).all():
            return root
    return float(gap)


def nearest_three(point: Any, places: Any, radii: Any) -> Any:
    """Indices of the three spheres whose surfaces are nearest to a point, and the room there."""
    import numpy as np

    free = np.linalg.norm(places - point, axis=1) - radii
    order = np.argsort(free, kind="stable")[:3]
    return order, float(free[order[0]])
