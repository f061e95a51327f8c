"""All averages of X2(BH)A on the parent's sites that have a reported space group: which X are empty, where H points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from antiperovskite.structures.published.grid import DIRECTIONS, Grid, Operation


@dataclass(frozen=True)
class Average:
    """One average arrangement, symmetric under ``operations``.

    ``empty`` are the X sites without a cation; ``hydrogens`` are, for each B, the directions (indices into
    :data:`DIRECTIONS`) over which its H is spread with equal shares: one where it is ordered.
    """

    grid: Grid
    operations: tuple[Operation, ...]
    empty: frozenset[int]
    hydrogens: tuple[frozenset[int], ...]

    @property
    def ordered(self) -> bool:
        """Whether every H has one direction."""
        return all(len(directions) == 1 for directions in self.hydrogens)


def averages(grid: Grid, operations: tuple[Operation, ...]) -> Iterator[Average]:
    """Every average in which the empty X sites are ordered and every H points at one of them.

    One third of the X sites is empty, as in Li2OHCl. Which they are, and over which directions an H is spread, are
    whole orbits of the group; nothing else is assumed.
    """
    rows = orbits(len(grid.X), [operation.X for operation in operations])
    needed = len(grid.X) // 3
    moves = [[op.B[b] * 6 + op.direction[d] for b in range(grid.cells) for d in range(6)] for op in operations]
    pairs = orbits(6 * grid.cells, moves)
    centres = orbits(grid.cells, [operation.B for operation in operations])
    for size in range(1, len(rows) + 1):
        for chosen in combinations(rows, size):
            if sum(map(len, chosen)) != needed:
                continue
            empty = frozenset(site for orbit in chosen for site in orbit)
            offered = [_offers(grid, centre, pairs, empty) for centre in centres]
            for directions in product(*offered):
                spread = [item for orbit in directions for item in orbit]
                hydrogens = tuple(frozenset(pair % 6 for pair in spread if pair // 6 == b) for b in range(grid.cells))
                yield Average(grid, operations, empty, hydrogens)


def _offers(
    grid: Grid, centre: Sequence[int], pairs: Sequence[tuple[int, ...]], empty: frozenset[int]
) -> list[tuple[int, ...]]:
    """Orbits of (B, direction) on these B in which every direction ends at an empty X site."""
    return [
        orbit
        for orbit in pairs
        if orbit[0] // 6 in centre and all(int(grid.facing[pair // 6, pair % 6]) in empty for pair in orbit)
    ]


def orbits(count: int, permutations: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    """Orbits of ``range(count)`` under permutations that form a group, sorted."""
    left = set(range(count))
    found = []
    while left:
        orbit = {permutation[min(left)] for permutation in permutations}
        found.append(tuple(sorted(orbit)))
        left -= orbit
    return found


def canonical(average: Average, moves: Sequence[Operation]) -> tuple[object, ...]:
    """One and the same key for averages that differ only by a symmetry of the supercell's shape."""
    return min(_moved(average, move) for move in moves)


def _moved(average: Average, move: Operation) -> tuple[object, ...]:
    hydrogens: list[tuple[int, ...]] = [()] * average.grid.cells
    for b, directions in enumerate(average.hydrogens):
        hydrogens[move.B[b]] = tuple(sorted(move.direction[d] for d in directions))
    return (tuple(sorted(move.X[site] for site in average.empty)), tuple(hydrogens))


def shape_moves(grid: Grid, equal_axes: bool) -> list[Operation]:
    """Translations of the parent and mirrors, and where a = b the exchange of a and b."""
    import numpy as np

    swaps = [np.eye(3)]
    if equal_axes and grid.repeats[0] == grid.repeats[1]:
        swaps.append(np.eye(3)[[1, 0, 2]])
    found = []
    for swap, signs, corner in product(swaps, product((1, -1), repeat=3), grid.corners):
        move = grid.operation(swap @ np.diag(signs), corner)
        if move is not None:
            found.append(move)
    return found


def realisations(average: Average, moves: Sequence[Operation], limit: int) -> list[tuple[int, ...]]:
    """Ordered choices of one direction an H, each different from the others by more than a symmetry; at most ``limit``.

    Choices come in lexical order; those in which no two H point at the same empty site come first, because two
    hydrogen atoms in one vacancy are close.
    """
    seen: dict[tuple[object, ...], tuple[int, ...]] = {}
    for choice in product(*(sorted(directions) for directions in average.hydrogens)):
        single = Average(average.grid, average.operations, average.empty, tuple(frozenset({d}) for d in choice))
        seen.setdefault(canonical(single, moves), choice)
    return sorted(seen.values(), key=lambda choice: (shared(average.grid, choice), choice))[:limit]


def shared(grid: Grid, choice: Sequence[int]) -> int:
    """How many empty sites have two H pointing at them."""
    ends = [int(grid.facing[b, d]) for b, d in enumerate(choice)]
    return len(ends) - len(set(ends))


__all__ = ["DIRECTIONS", "Average", "averages", "canonical", "realisations", "shape_moves", "shared"]
