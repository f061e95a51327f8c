"""Percolation through a map: the level at which low energies, or room for a sphere, wind through a crystal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from antiperovskite.landscape.field import SiteField

HIGHEST: Final = 6.0
"""eV above the minimum; higher passes are not looked for."""
SLOTS: Final = (3, 6, 4)
"""Where :func:`~antiperovskite.landscape.unions.open_grid` counts the first winding in one, two, three directions."""


def percolation_levels(values: Any, highest: float = HIGHEST) -> list[tuple[float, int] | None]:
    """Level at which points up to it first wind in one, two and three directions, and the last point to open.

    Parameters
    ----------
    values
        On a periodic grid (nx, ny, nz); points are joined to all 26 neighbours.
    highest
        Levels more than this above the lowest value are not looked for.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.arange(8) / 8
    >>> wave = np.add.outer(np.add.outer(np.cos(2 * np.pi * x), np.cos(2 * np.pi * x)), np.cos(2 * np.pi * x))
    >>> [round(level, 9) for level, _ in percolation_levels(wave)]  # minimum -3, passes -1
    [-1.0, -1.0, -1.0]
    """
    import numpy as np

    from antiperovskite.landscape.unions import open_grid

    flat = np.ascontiguousarray(values, dtype=float).ravel()
    low = np.flatnonzero(flat <= flat.min() + highest)
    order = low[np.argsort(flat[low], kind="stable")]
    counts = open_grid(order, np.array(values.shape, dtype=np.int64))
    return [
        (float(flat[order[counts[slot] - 1]]), int(order[counts[slot] - 1])) if counts[slot] > 0 else None
        for slot in SLOTS
    ]


def refined(field: SiteField, place: Any, energy: float, climbs: int, within: float) -> tuple[float, Any, bool]:
    """The minimum (0) or saddle (1) that a grid point stands for, or the point itself where none is that near."""
    import numpy as np

    energies, places, found = field.stationary(place, climbs)
    near = found[0] and np.linalg.norm(places[0] - place) < within and energies[0] <= energy + 1e-9 + 0.05 * climbs
    return (float(energies[0]), places[0], True) if near else (energy, np.asarray(place), False)
