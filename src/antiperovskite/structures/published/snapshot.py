"""One instant of the disordered cubic phase: empty sites and OH directions drawn at random in a supercell."""

from __future__ import annotations

from typing import Final

import numpy as np

from antiperovskite.errors import StructureError
from antiperovskite.structures.model import StructureModel
from antiperovskite.structures.published.enumeration import Average
from antiperovskite.structures.published.grid import Grid
from antiperovskite.structures.published.structure import realise

EDGE_angstrom: Final = 3.91
"""Cubic lattice parameter of Li2OHCl, about 3.91 angstrom (dawson2021, section 8); the start of a relaxation only."""
_TRIES: Final = 10_000


def snapshot(seed: int, repeats: tuple[int, int, int] = (2, 2, 2)) -> StructureModel:
    """Draw an arrangement in which each OH points at an empty site of its own; the same seed gives the same one.

    Raises
    ------
    StructureError
        No such arrangement was drawn.
    """
    grid = Grid(repeats)
    rng = np.random.default_rng(seed)
    for _ in range(_TRIES):
        empty = {int(site) for site in rng.choice(len(grid.X), grid.cells, replace=False)}
        choice = _directions(grid, empty, rng)
        if choice is not None:
            nothing = Average(grid, (), frozenset(empty), tuple(frozenset({d}) for d in choice))
            cells = "x".join(map(str, repeats))
            return realise(
                nothing,
                choice,
                [EDGE_angstrom * n for n in repeats],
                what=f"{cells} snapshot of the cubic phase, each OH towards an empty site of its own, seed {seed}",
                source="drawn at random on the ideal sites of the cubic parent",
            )
    raise StructureError(f"no arrangement with one empty site per OH was drawn for seed {seed}; use another seed")


def _directions(grid: Grid, empty: set[int], rng: np.random.Generator) -> tuple[int, ...] | None:
    """One direction an OH, no empty site taken twice; ``None`` if the first greedy attempt fails."""
    taken: set[int] = set()
    choice: list[int] = []
    for b in range(grid.cells):
        open_ways = [d for d in range(6) if int(grid.facing[b, d]) in empty - taken]
        if not open_ways:
            return None
        choice.append(int(rng.choice(open_ways)))
        taken.add(int(grid.facing[b, choice[-1]]))
    return tuple(choice)
