"""Pairs of sites by kind, and how far their occupations are from those of a random solid solution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from antiperovskite.structures.ordering.parent import Matrix, Parent, cell_shifts, supercell_group

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Shells:
    """Kinds of pairs between mixed sites of a supercell.

    ``adjacency[s, i, j]`` counts the images of site ``j`` that form a pair of kind ``s`` with site ``i``; ``pair[s]``
    are the sublattices at both ends and ``distance[s]`` the length in angstrom. Pairs that no symmetry operation of
    the parent brings onto each other are different kinds, also where they are equally long (X-X across B and across
    a face).
    """

    adjacency: Array
    pair: tuple[tuple[str, str], ...]
    distance: tuple[float, ...]


@dataclass(frozen=True)
class _Pair:
    """Two sites of the parent: ``shift`` is the parent cell of the second."""

    first: int
    second: int
    shift: tuple[int, int, int]
    vector: tuple[float, float, float]
    length: float


def neighbour_shells(parent: Parent, matrix: Matrix, roles: Sequence[str], count: int, symprec: float) -> Shells:
    """Every kind of pair up to the ``count``-th distance of each two sublattices.

    Parameters
    ----------
    matrix
        Supercell; sites are numbered as in :func:`supercell_group`, those of other roles are left out.
    roles
        The mixed sublattices, in the order in which their sites are numbered in the result.
    symprec
        Distance tolerance in angstrom given to spglib for the parent.
    """
    import numpy as np

    pairs = _parent_pairs(parent, roles, count)
    labels = _orbits(parent, pairs, symprec)
    kinds = sorted(set(labels), key=lambda k: (_roles(parent, pairs[k]), round(pairs[k].length, 3), k))
    rank = {kind: index for index, kind in enumerate(kinds)}
    cells = cell_shifts(np.array(matrix))
    width = len(parent.roles)
    order = [
        c * width + p for role in roles for c in range(len(cells)) for p in range(width) if parent.roles[p] == role
    ]
    number = {site: index for index, site in enumerate(order)}
    cell_of = {_reduced(cell, matrix): index for index, cell in enumerate(cells)}
    adjacency = np.zeros((len(kinds), len(order), len(order)))
    for pair, label in zip(pairs, labels, strict=True):
        for index, cell in enumerate(cells):
            other = cell_of[_reduced(cell + np.array(pair.shift), matrix)]
            adjacency[rank[label], number[index * width + pair.first], number[other * width + pair.second]] += 1
    return Shells(
        adjacency=adjacency,
        pair=tuple(_roles(parent, pairs[kind]) for kind in kinds),
        distance=tuple(pairs[kind].length for kind in kinds),
    )


def _roles(parent: Parent, pair: _Pair) -> tuple[str, str]:
    first, second = sorted((parent.roles[pair.first], parent.roles[pair.second]))
    return first, second


def _reduced(cell: Integers, matrix: Matrix) -> tuple[int, ...]:
    """The same tuple for parent cells that differ by a supercell vector."""
    import numpy as np

    rows = np.array(matrix, dtype=float)
    size = round(float(np.linalg.det(rows)))
    adjugate = np.round(np.linalg.inv(rows) * size).astype(np.int64)
    return tuple(int(x) for x in (np.asarray(cell) @ adjugate) % size)


def _parent_pairs(parent: Parent, roles: Sequence[str], count: int) -> list[_Pair]:
    """Pairs that start in one parent cell, up to the ``count``-th distance of each two sublattices."""
    import numpy as np

    sites = [index for index, role in enumerate(parent.roles) if role in roles]
    heights = 1.0 / np.linalg.norm(np.linalg.inv(parent.lattice), axis=0)
    reach = (count + 1.01) * float(np.linalg.norm(parent.lattice, axis=1).min())
    spans = [np.arange(-n, n + 1) for n in np.ceil(reach / heights).astype(int) + 1]
    found: dict[tuple[str, str], list[_Pair]] = {}
    for shift in np.array(np.meshgrid(*spans, indexing="ij")).reshape(3, -1).T:
        for first in sites:
            for second in sites:
                vector = (parent.positions[second] + shift - parent.positions[first]) @ parent.lattice
                length = float(np.linalg.norm(vector))
                if 0.1 < length < reach:
                    x, y, z = (float(v) for v in vector)
                    a, b, c = (int(v) for v in shift)
                    pair = _Pair(first, second, (a, b, c), (x, y, z), length)
                    found.setdefault(_roles(parent, pair), []).append(pair)
    kept: list[_Pair] = []
    for pairs in found.values():
        lengths = np.unique(np.round([pair.length for pair in pairs], 2))
        lengths = lengths[np.r_[True, np.diff(lengths) > 0.015]][:count]  # rounding may split one distance in two
        kept.extend(pair for pair in pairs if pair.length < lengths[-1] + 0.015)
    return kept


def _orbits(parent: Parent, pairs: list[_Pair], symprec: float) -> list[int]:
    """Per pair the index of the first pair equivalent to it under the parent's space group (or reversed)."""
    import numpy as np

    group = supercell_group(parent, ((1, 0, 0), (0, 1, 0), (0, 0, 1)), symprec)
    index: dict[tuple[int, int, tuple[int, ...]], int] = {}

    def key(first: int, second: int, vector: Array) -> tuple[int, int, tuple[int, ...]]:
        return first, second, tuple(int(x) for x in np.round(vector * 100 + 0.0))

    labels = []
    for number, pair in enumerate(pairs):
        vector = np.array(pair.vector)
        label = index.get(key(pair.first, pair.second, vector))
        if label is None:
            label = number
            for move, rotation in zip(group.permutations, group.rotations, strict=True):
                first, second, turned = int(move[pair.first]), int(move[pair.second]), rotation @ vector
                index.setdefault(key(first, second, turned), number)
                index.setdefault(key(second, first, -turned), number)
        labels.append(label)
    return labels


def pair_counts(adjacency: Array, occupied: Array) -> Array:
    """Ordered pairs of species in every shell, ``(..., shells, species, species)``.

    ``occupied`` is one-hot, ``(..., n_sites, n_species)``.
    """
    import numpy as np

    return np.asarray(np.einsum("...ia,sij,...jb->...sab", occupied, adjacency, occupied, optimize=True))


def random_targets(adjacency: Array, concentration: Array) -> Array:
    """Expected ordered pairs when every site is filled at random, ``(shells, species, species)``.

    ``concentration`` is ``(n_sites, n_species)``: the composition of each site's sublattice. These are the targets
    of the infinite random solution (Zunger et al., Phys. Rev. Lett. 65, 353 (1990), 10.1103/PhysRevLett.65.353).
    """
    return pair_counts(adjacency, concentration)
