"""Lattices of hop sites: who neighbours whom, across which cell edge, by which vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from antiperovskite.errors import OptionError, StructureError, one_line

MOST_SITES: Final = 2**26
"""Neighbours are packed with the crossing in 31 bits."""
WITHIN: Final = 1.2
"""Sites up to this factor of the shortest distance are neighbours unless a hop length is given."""
_SAME: Final = 0.02
"""Angstrom within which two hop lengths are one kind."""

PLAIN: Final[dict[str, tuple[tuple[tuple[float, ...], ...], tuple[tuple[float, ...], ...], int]]] = {
    # name: lattice vectors of the conventional cell in units of a, fractional sites, dimensions
    "simple cubic": (((1, 0, 0), (0, 1, 0), (0, 0, 1)), ((0, 0, 0),), 3),
    "bcc": (((1, 0, 0), (0, 1, 0), (0, 0, 1)), ((0, 0, 0), (0.5, 0.5, 0.5)), 3),
    "fcc": (((1, 0, 0), (0, 1, 0), (0, 0, 1)), ((0, 0, 0), (0.5, 0.5, 0), (0.5, 0, 0.5), (0, 0.5, 0.5)), 3),
    "square": (((1, 0, 0), (0, 1, 0), (0, 0, 10)), ((0, 0, 0),), 2),
    "honeycomb": (
        ((3**0.5, 0, 0), (0, 3.0, 0), (0, 0, 10)),
        ((0, 0, 0), (0, 1 / 3, 0), (0.5, 0.5, 0), (0.5, 5 / 6, 0)),
        2,
    ),
}
"""Plain lattices (the honeycomb in units of its nearest distance, in a rectangular cell)."""


@dataclass(frozen=True)
class HopLattice:
    """Sites in a periodic cell and the hops between them.

    ``positions`` (n, 3) and ``cell`` (3, 3, rows) in angstrom; ``packed`` (n, z) int32 neighbours as
    ``32 * site + crossing`` (-1: none); ``vectors`` (n, z, 3) hop vectors; ``kinds`` (n, z) numbers of ``lengths``;
    ``copies`` says how often the unit cell of ``n_base`` sites is repeated.
    """

    cell: Any
    positions: Any
    packed: Any
    vectors: Any
    kinds: Any
    lengths: tuple[float, ...]
    copies: tuple[int, int, int]
    name: str
    n_base: int

    @property
    def n_sites(self) -> int:
        """Number of sites."""
        return len(self.positions)

    @property
    def neighbours(self) -> Any:
        """Neighbouring sites (n, z), -1 where there is none."""
        import numpy as np

        return np.where(self.packed < 0, -1, self.packed >> 5)

    @property
    def crossings(self) -> Any:
        """Cell edges crossed by each hop (n, z, 3), -1, 0 or 1."""
        import numpy as np

        code = np.where(self.packed < 0, 13, self.packed & 31)
        return np.stack([code // 9 - 1, code // 3 % 3 - 1, code % 3 - 1], axis=-1)

    def reverse(self) -> Any:
        """Slot (n, z) of the hop back, -1 where there is no hop."""
        import numpy as np

        near = self.neighbours
        found = np.full(near.shape, -1)
        sites = np.arange(len(near))
        for slot in range(near.shape[1]):
            there = near[near[:, slot], :] == sites[:, None]
            found[:, slot] = np.where(near[:, slot] >= 0, there.argmax(axis=1), -1)
        return found


def plain_lattice(name: str, size: int | Sequence[int], a: float = 1.0) -> HopLattice:
    """Return a plain lattice with nearest-neighbour hops, repeated ``size`` times along its axes.

    Parameters
    ----------
    name
        ``simple cubic``, ``bcc``, ``fcc``, ``square`` or ``honeycomb``.
    size
        Repeats of the conventional cell (one number, or one an axis; plane lattices are not repeated along z).
    a
        Lattice parameter (honeycomb: nearest distance) in angstrom.

    Raises
    ------
    OptionError
        Another name, or a cell so small that a site meets its own image.

    Examples
    --------
    >>> plain_lattice("fcc", 4).n_sites
    256
    """
    import numpy as np

    if name not in PLAIN:
        raise OptionError(f"no plain lattice {one_line(name, 30)!r}; choose {', '.join(PLAIN)}")
    vectors, sites, dimensions = PLAIN[name]
    sizes = (size,) * 3 if isinstance(size, int) else tuple(size)
    copies = (sizes[0], sizes[1], sizes[2] if dimensions == 3 else 1)
    # the second neighbours of bcc are only 15 % further away than the first
    nearest = _shortest(np.array(vectors) * a, np.array(sites)) * 1.05
    return hop_lattice(np.array(vectors) * a, np.array(sites), copies, longest=nearest, name=name)


def hop_lattice(
    cell: Any, fractional: Any, copies: Sequence[int], *, longest: float | None = None, name: str = "sites"
) -> HopLattice:
    """Return the lattice of sites repeated ``copies`` times with hops up to ``longest`` angstrom.

    Parameters
    ----------
    cell
        Lattice vectors of the unit cell as rows, angstrom.
    fractional
        Sites of the unit cell, (n, 3).
    copies
        Repeats along the three axes.
    longest
        Longest hop; 1.2 times the shortest distance if not given.

    Raises
    ------
    StructureError
        A site has no neighbour, a site meets its own image or one neighbour twice, or sites coincide.
    OptionError
        Repeats that are not positive, too many sites, or a hop length that reaches nothing.
    """
    import numpy as np

    cell = np.asarray(cell, dtype=float)
    fractional = np.asarray(fractional, dtype=float) % 1.0
    n_base = len(fractional)
    repeats = tuple(int(count) for count in copies)
    if len(repeats) != 3 or min(repeats) < 1:
        raise OptionError(f"repeats must be three positive numbers, not {one_line(tuple(copies))}")
    n_cells = repeats[0] * repeats[1] * repeats[2]
    if n_base * n_cells > MOST_SITES:
        raise OptionError(f"{n_base * n_cells} sites are too many; at most {MOST_SITES}: repeat the cell less often")
    edges = _edges(cell, fractional, longest)
    width = max(len(part) for part in edges)
    grid = np.stack(np.meshgrid(*[np.arange(count) for count in repeats], indexing="ij"), axis=-1).reshape(-1, 3)
    positions = ((grid[:, None] + fractional[None]) @ cell).reshape(-1, 3)
    packed = np.full((n_cells, n_base, width), -1, dtype=np.int64)
    vectors = np.zeros((n_base, width, 3))
    lengths = _lengths([length for part in edges for _, _, length in part])
    kinds = np.zeros((n_base, width), dtype=np.int16)
    size = np.array(repeats)
    for i, part in enumerate(edges):
        for slot, (j, shift, length) in enumerate(part):
            there = grid + shift
            across = there // size
            if (np.abs(across) > 1).any():
                raise StructureError(
                    f"{name}: hops of {length:.2f} angstrom cross the cell twice; repeat it more often"
                )
            at = there - across * size
            index = (at[:, 0] * size[1] + at[:, 1]) * size[2] + at[:, 2]
            code = (across[:, 0] + 1) * 9 + (across[:, 1] + 1) * 3 + across[:, 2] + 1
            packed[:, i, slot] = 32 * (index * n_base + j) + code
            vectors[i, slot] = (fractional[j] + shift - fractional[i]) @ cell
            kinds[i, slot] = int(np.argmin(np.abs(np.array(lengths) - length)))
    flat = packed.reshape(-1, width)
    _check_pairs(flat, name)
    return HopLattice(
        cell=cell * size[:, None],
        positions=positions,
        packed=flat.astype(np.int32),
        vectors=np.tile(vectors, (n_cells, 1, 1)),
        kinds=np.tile(kinds, (n_cells, 1)),
        lengths=lengths,
        copies=(repeats[0], repeats[1], repeats[2]),
        name=name,
        n_base=n_base,
    )


def _edges(cell: Any, fractional: Any, longest: float | None) -> list[list[tuple[int, Any, float]]]:
    """Hops of each site of the unit cell: (site, cell shift, length), sorted by length."""
    import numpy as np

    shortest = _shortest(cell, fractional)
    reach = shortest * WITHIN if longest is None else float(longest)
    if not reach >= shortest:
        raise OptionError(f"the hop length {reach:g} angstrom is below the shortest distance, {shortest:.3f} angstrom")
    found = []
    for i in range(len(fractional)):
        where = [item for item in around(cell, fractional, fractional[i], reach) if item[2] > 1e-6]
        if not where:
            raise StructureError(
                f"site {i} has no neighbour within {reach:.2f} angstrom: the lattice is disconnected; give a longer hop"
            )
        found.append(where)
    assert np.isfinite(reach)
    return found


def around(cell: Any, fractional: Any, point: Any, reach: float) -> list[tuple[int, Any, float]]:
    """Sites and images within ``reach`` angstrom of a fractional point: (site, cell shift, distance), nearest first."""
    import numpy as np

    heights = 1.0 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    spans = [np.arange(-int(reach / h) - 2, int(reach / h) + 3) for h in heights]
    shifts = np.stack(np.meshgrid(*spans, indexing="ij"), axis=-1).reshape(-1, 3)
    distances = np.linalg.norm((fractional[None] + shifts[:, None] - point) @ cell, axis=2)
    rows, sites = np.nonzero(distances <= reach + 1e-6)
    items = [(int(j), shifts[r], float(distances[r, j])) for r, j in zip(rows, sites, strict=True)]
    return sorted(items, key=lambda item: (round(item[2], 4), item[0], tuple(item[1])))


def _shortest(cell: Any, fractional: Any) -> float:
    import numpy as np

    best = np.inf
    for i in range(len(fractional)):
        reach = float(np.linalg.norm(cell, axis=1).min()) + 1e-6
        near = [item[2] for item in around(cell, fractional, fractional[i], reach)]
        if sum(distance < 1e-3 for distance in near) > 1:
            raise StructureError(f"site {i} coincides with another; hop sites must be apart")
        best = min(best, *[distance for distance in near if distance > 1e-3])
    return float(best)


def _lengths(values: list[float]) -> tuple[float, ...]:
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > _SAME:
            found.append(value)
    return tuple(found)


def _check_pairs(packed: Any, name: str) -> None:
    """Each pair of sites is joined by one hop, and no site by one to itself."""
    import numpy as np

    near = np.where(packed < 0, -np.arange(1, packed.shape[1] + 1)[None], packed >> 5)
    ordered = np.sort(near, axis=1)
    if (near == np.arange(len(near))[:, None]).any() or (np.diff(ordered, axis=1) == 0).any():
        raise StructureError(f"{name}: the cell is so small that a site meets its own image; repeat it more often")


def reached(lattice: HopLattice, open_hops: Any = None) -> Any:
    """Number of the connected part each site belongs to (n,), by the open hops (n, z) or all."""
    import numpy as np
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    near = lattice.neighbours
    usable = near >= 0 if open_hops is None else (near >= 0) & np.asarray(open_hops, dtype=bool)
    rows, slots = np.nonzero(usable)
    graph = coo_matrix((np.ones(len(rows)), (rows, near[rows, slots])), shape=(len(near),) * 2)
    return connected_components(graph, directed=False)[1]
