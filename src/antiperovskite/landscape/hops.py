"""Hops between the sites of a crystal: the lowest pass between two sites, and the path over it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from antiperovskite.landscape.field import SiteField

FARTHEST: Final = 6.5
"""Angstrom; longer hops are not looked for."""
WITHIN: Final = 1.2
"""Sites up to this factor of the shortest distance are neighbours, farther ones where those do not connect."""
STEP: Final = 0.2
"""Angstrom between the points on which a pass is looked for; it is refined afterwards."""
STRETCH: Final = 1.45
"""A path stays where the distances to both sites add up to less than this factor of the hop's length."""
NEAR_SITE: Final = 0.7
"""Angstrom; a path that comes so close to a third site is not one hop."""


@dataclass(frozen=True)
class Pass:
    """The lowest pass between sites ``i`` and ``j``: energies in eV, Cartesian places in angstrom.

    ``ends`` are the two minima's energies; ``refined`` says that the pass is a first-order saddle, not a grid point.
    """

    i: int
    j: int
    start: Any
    end: Any
    ends: tuple[float, float]
    energy: float
    place: Any
    refined: bool
    path: Any
    path_energies: Any
    through: bool


def site_pairs(cell: Any, sites: Any, longest: float | None = None) -> list[tuple[int, int, Any, float]]:
    """Pairs of sites (i, j, cell of j, length), each once, up to ``longest`` or as far as needed to connect them all.

    Neighbours are taken up to 1.2 times the shortest distance, and farther ones until hops wind in three directions.
    """
    import numpy as np

    from antiperovskite.landscape.unions import open_bonds

    fractional = sites @ np.linalg.inv(cell)
    heights = 1.0 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    reach = FARTHEST if longest is None else longest
    spans = [np.arange(-int(reach / h) - 2, int(reach / h) + 3) for h in heights]
    shifts = np.stack(np.meshgrid(*spans, indexing="ij"), axis=-1).reshape(-1, 3)
    vectors = (fractional[None, None] + shifts[:, None, None] - fractional[None, :, None]) @ cell
    lengths = np.linalg.norm(vectors, axis=-1)
    rows, first, second = np.nonzero((lengths > 0.3) & (lengths <= reach + 1e-6))
    ahead = [tuple(shifts[r]) > (0, 0, 0) for r in rows]
    once = (first < second) | ((first == second) & np.array(ahead, dtype=bool))
    rows, first, second = rows[once], first[once], second[once]
    length = lengths[rows, first, second]
    order = np.argsort(length, kind="stable")
    rows, first, second, length = rows[order], first[order], second[order], length[order]
    if not len(length):
        return []
    if longest is None:
        counts = open_bonds(len(sites), first.astype(np.int64), second.astype(np.int64), shifts[rows].astype(np.int64))
        needed = length[counts[4] - 1] if counts[4] > 0 else length[-1]
        keep = length <= max(WITHIN * length[0], 1.01 * float(needed))
        rows, first, second, length = rows[keep], first[keep], second[keep], length[keep]
    return [(int(i), int(j), shifts[r], float(d)) for r, i, j, d in zip(rows, first, second, length, strict=True)]


def find_pass(field: SiteField, pair: tuple[int, int, Any, float], minima: Any, floor: Any, others: Any) -> Pass | None:
    """Return the lowest pass of one pair, ``None`` where the way leads over a third site.

    Parameters
    ----------
    field
        Energies.
    pair
        As :func:`site_pairs`.
    minima, floor
        Places (s, 3) and energies (s,) of the sites' minima.
    others
        Cartesian images of all sites around, (m, 3).
    """
    import numpy as np

    from antiperovskite.landscape.unions import open_until_joined

    i, j, shift, length = pair
    start, end = minima[i], minima[j] + shift @ field.cell
    middle = (start + end) / 2
    half = 0.5 * max(STRETCH * length, float(np.linalg.norm(end - start)) + 0.5) + STEP
    n = int(half / STEP)
    line = np.arange(-n, n + 1) * STEP
    box = middle + np.stack(np.meshgrid(line, line, line, indexing="ij"), axis=-1).reshape(-1, 3)
    apart = np.linalg.norm(box - start, axis=1) + np.linalg.norm(box - end, axis=1)
    inside = np.flatnonzero(apart <= max(STRETCH * length, float(np.linalg.norm(end - start)) + 0.5))
    shape = np.full(3, 2 * n + 1, dtype=np.int64)
    energies = np.full(len(box), np.inf)
    energies[inside] = field.energies(box[inside])
    order = inside[np.argsort(energies[inside], kind="stable")]
    a = inside[np.argmin(np.linalg.norm(box[inside] - start, axis=1))]
    b = inside[np.argmin(np.linalg.norm(box[inside] - end, axis=1))]
    top = open_until_joined(order, shape, a, b)
    if top < 0:
        return None
    place, energy, refined = box[top], float(energies[top]), False
    better, where, found = field.stationary(box[top], 1)
    if found[0] and np.linalg.norm(where[0] - box[top]) < 2.5 * STEP and better[0] <= energy + 0.05:
        place, energy, refined = where[0], float(better[0]), True
    if float(np.linalg.norm(others - place, axis=1).min()) < NEAR_SITE and length > WITHIN * NEAR_SITE * 3:
        return None
    path, along, through = _path(field, place, energy, refined, start, end)
    if _visits(path, others, start, end):
        return None
    return Pass(
        i, j, start, end, (float(floor[i]), float(floor[j])), energy, place, refined, path, along, through
    )  # fmt: skip


def _path(field: SiteField, place: Any, energy: float, refined: bool, start: Any, end: Any) -> tuple[Any, Any, bool]:
    """Steepest descent to both sides of a saddle, from start to end; straight lines where there is no saddle."""
    import numpy as np

    if refined:
        sides = [field.descent(place, sign) for sign in (1.0, -1.0)]
        if np.linalg.norm(sides[0][0][-1] - start) > np.linalg.norm(sides[1][0][-1] - start):
            sides.reverse()
        (back, low), (forth, high) = sides
        path = np.concatenate([back[::-1], forth[1:]])
        along = np.concatenate([low[::-1], high[1:]])
        through = bool(np.linalg.norm(path[0] - start) > 0.3 or np.linalg.norm(path[-1] - end) > 0.3)
        if not through:
            return path, along, False
        path = np.concatenate([start[None], path, end[None]])
        return path, field.energies(path), True
    path = np.concatenate([np.linspace(start, place, 15), np.linspace(place, end, 15)[1:]])
    return path, field.energies(path), False


def _visits(path: Any, others: Any, start: Any, end: Any) -> bool:
    """Whether a path comes close to a site that is neither of its ends."""
    import numpy as np

    third = others[
        (np.linalg.norm(others - start, axis=1) > 1.0) & (np.linalg.norm(others - end, axis=1) > 1.0)
    ]  # fmt: skip
    if not len(third):
        return False
    nearest = np.linalg.norm(path[:, None] - third[None], axis=2).min()
    return bool(nearest < NEAR_SITE)
