"""The barrier that counts: the least height at which the hops of a crystal join up through it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from antiperovskite.errors import StructureError
from antiperovskite.migration.hops import Edge
from antiperovskite.migration.model import Barrier, HopClass

_SLOTS: Final = (3, 6, 4)
"""Where :func:`~antiperovskite.landscape.unions.open_bonds` counts the first winding in one, two, three directions."""


@dataclass(frozen=True)
class Percolation:
    """Heights (eV above the lowest site) at which hops first wind through the crystal in one, two, three directions.

    ``sites`` are energies (eV) of the vacancy by site, the lowest zero; ``misfit`` is the largest disagreement (eV) of
    a hop's two ends with them: loops of hops that do not close measure the error of the searches.
    """

    heights: tuple[float | None, float | None, float | None]
    sites: dict[int, float]
    misfit: float


def percolation(hops: Sequence[tuple[HopClass, list[Edge]]], barriers: Sequence[Barrier]) -> Percolation:
    """Join hops, lowest saddle first, until they wind through the crystal.

    Parameters
    ----------
    hops
        From :func:`~antiperovskite.migration.hops.hop_edges`; the vacancy goes from the first to the second site.
    barriers
        Of some or all of them; hops without a barrier count as closed, which can only raise the heights.

    Raises
    ------
    StructureError
        No barrier, or sites that no computed hop joins, so that their energies are not on one scale.
    """
    import numpy as np

    from antiperovskite.landscape.unions import open_bonds

    found = {b.hop.number: b for b in barriers if b.forward.value is not None and b.backward.value is not None}
    edges = [(i, j, s, found[hop.number]) for hop, members in hops if hop.number in found for i, j, s in members]
    if not edges:
        raise StructureError("no barrier of these hops was found, so nothing can join up")
    names = sorted({k for i, j, _, _ in edges for k in (i, j)})
    index = {name: k for k, name in enumerate(names)}
    kind = _kinds(names, [members for _, members in hops])
    rows = np.zeros((len(edges) + 1, max(kind.values()) + 1))
    steps = np.zeros(len(edges) + 1)
    for row, (i, j, _, b) in enumerate(edges):
        rows[row, kind[j]] += 1.0
        rows[row, kind[i]] -= 1.0
        steps[row] = float(b.forward.value or 0.0) - float(b.backward.value or 0.0)
    rows[-1, 0] = 1.0
    solved, _, rank, _ = np.linalg.lstsq(rows, steps, rcond=None)
    if rank < rows.shape[1]:
        raise StructureError("some sites are joined by no hop with a barrier: their energies cannot be compared")
    levels = np.array([solved[kind[name]] for name in names])
    misfit = float(abs(rows[:-1] @ solved - steps[:-1]).max())
    levels = levels - levels.min()
    tops = np.array(
        [
            0.5 * (levels[index[i]] + levels[index[j]] + float(b.forward.value or 0.0) + float(b.backward.value or 0.0))
            for i, j, _, b in edges
        ]
    )
    order = np.argsort(tops, kind="stable")
    first = np.array([index[edges[k][0]] for k in order], dtype=np.int64)
    second = np.array([index[edges[k][1]] for k in order], dtype=np.int64)
    shifts = np.array([edges[k][2] for k in order], dtype=np.int64)
    counts = open_bonds(len(names), first, second, shifts)
    heights = [_height(counts[slot], tops[order]) for slot in _SLOTS]
    sites = {name: float(levels[index[name]]) for name in names}
    return Percolation((heights[0], heights[1], heights[2]), sites, misfit)


def _kinds(names: list[int], classes: list[list[Edge]]) -> dict[int, int]:
    """Number of each site's kind: the sites that hops of a class begin at are alike, and those that they end at."""
    kind = {name: name for name in names}

    def alike(sites: list[int]) -> None:
        known = [s for s in sites if s in kind]
        for other in known[1:]:
            old, new = kind[other], kind[known[0]]
            for name in names:
                if kind[name] == old:
                    kind[name] = new

    for members in classes:
        alike([i for i, _, _ in members])
        alike([j for _, j, _ in members])
    order = {old: k for k, old in enumerate(dict.fromkeys(kind.values()))}
    return {name: order[kind[name]] for name in names}


def _height(count: Any, tops: Any) -> float | None:
    return float(tops[count - 1]) if count > 0 else None
