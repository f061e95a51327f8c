"""The parent crystal: where its sites are, which sublattice each belongs to, and its supercells' symmetry group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import StructureError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

PARENT_SYMPREC: Final = 1e-3
"""Tolerance in angstrom given to spglib for the ideal parent, whose positions are exact."""

Matrix = tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]


@dataclass(frozen=True)
class Parent:
    """Sites of one parent cell.

    ``lattice`` is ``(3, 3)``, rows in angstrom; ``positions`` is ``(n_sites, 3)``, fractional; ``roles`` names the
    sublattice (X, B, A) of each site. Only sites of one role may exchange their ions. ``cubic_cells`` and
    ``octahedra`` count pseudo-cubic X3BA cells and B sites of the parent cell.
    """

    lattice: Array
    positions: Array
    roles: tuple[str, ...]
    name: str
    cubic_cells: float

    @property
    def octahedra(self) -> int:
        """B sites of the parent cell."""
        return self.roles.count("B")


def cubic_parent(a: float) -> Parent:
    """The five-atom Pm-3m cell X3BA with edge ``a`` in angstrom: A at the corner, B at the centre."""
    import numpy as np

    positions = [[0.5, 0.5, 0.0], [0.5, 0.0, 0.5], [0.0, 0.5, 0.5], [0.5, 0.5, 0.5], [0.0, 0.0, 0.0]]
    return Parent(np.eye(3) * a, np.array(positions), ("X", "X", "X", "B", "A"), "cubic X3BA", 1.0)


@dataclass(frozen=True)
class SymmetryGroup:
    """Every symmetry operation of a supercell of the parent, as permutations of its sites.

    ``permutations[g, i]`` is the site that operation ``g`` brings site ``i`` to, ``(n_operations, n_sites)``;
    ``rotations[g]`` is the Cartesian rotation ``(3, 3)`` of ``g``, acting on column vectors; ``parent_rotations``
    are those of the parent's point group, which a supercell of lower symmetry need not have. The first operation is
    the identity. The list holds each operation once, so its length is the group's order.
    """

    lattice: Array
    positions: Array
    roles: tuple[str, ...]
    permutations: Integers
    rotations: Array
    parent_rotations: Array
    parent_spacegroup: str
    symprec: float

    @property
    def order(self) -> int:
        """Number of operations."""
        return len(self.permutations)

    def sites(self, role: str) -> Integers:
        """Indices of the sites of one sublattice."""
        import numpy as np

        return np.array([i for i, name in enumerate(self.roles) if name == role], dtype=np.int64)


def check_matrix(matrix: Sequence[Sequence[int]]) -> Matrix:
    """Return a supercell matrix as tuples.

    Raises
    ------
    StructureError
        It is not 3 x 3, not whole, or its determinant is not positive.
    """
    import numpy as np

    array = np.array(matrix, dtype=float)
    if array.shape != (3, 3) or not np.allclose(array, np.round(array)) or round(np.linalg.det(array)) < 1:
        raise StructureError(
            f"the supercell {[list(row) for row in matrix]} is not usable; give 3 x 3 whole numbers with a positive "
            "determinant, or three multiples such as 2x2x2"
        )
    a, b, c = (tuple(round(x) for x in row) for row in array)
    return (a[0], a[1], a[2]), (b[0], b[1], b[2]), (c[0], c[1], c[2])


def supercell_group(
    parent: Parent, matrix: Sequence[Sequence[int]], symprec: float = PARENT_SYMPREC, *, identity_only: bool = False
) -> SymmetryGroup:
    """Sites and symmetry group of a supercell.

    The operations are spglib's for the parent cell (sublattices as species), kept where they map the supercell's
    lattice onto itself, times the lattice translations inside the supercell.

    Parameters
    ----------
    matrix
        Supercell vectors (rows) in units of the parent's vectors.
    symprec
        Distance tolerance in angstrom given to spglib.
    identity_only
        Leave every other operation out (large cells whose symmetry is not used).

    Raises
    ------
    StructureError
        The matrix is not usable, or spglib finds no symmetry.

    Examples
    --------
    >>> group = supercell_group(cubic_parent(3.9), ((2, 0, 0), (0, 2, 0), (0, 0, 2)))
    >>> group.order, len(group.roles)
    (384, 40)
    """
    import numpy as np

    rows = np.array(check_matrix(matrix))
    shifts = cell_shifts(rows)
    inverse = np.linalg.inv(rows.astype(float))
    dataset = _operations(parent, symprec)
    lattice = rows @ parent.lattice
    fractional = (parent.positions[None] + shifts[:, None]).reshape(-1, 3) @ inverse
    positions = fractional - np.floor(fractional + 1e-9)
    to_parent = positions @ rows
    kept: list[Array] = []
    rotations: list[Array] = []
    moves = shifts[~shifts.any(axis=1)] if identity_only else shifts
    basis = parent.lattice.T
    for rotation, translation in zip(dataset["rotations"], dataset["translations"], strict=True):
        turned = rows @ rotation.T @ inverse  # the supercell's vectors after the operation, in its own units
        if np.abs(turned - np.round(turned)).max() > 1e-6 or (identity_only and kept):
            continue  # spglib lists the identity first
        kept.append((to_parent @ rotation.T + translation) @ inverse)
        rotations.append(basis @ rotation @ np.linalg.inv(basis))
    point = _match(np.array(kept), positions, lattice)
    translation_maps = _match(positions[None] + (moves @ inverse)[:, None], positions, lattice)
    permutations = translation_maps[:, point].reshape(-1, len(positions))
    turns = np.tile(np.array(rotations), (len(moves), 1, 1))
    first = int(np.flatnonzero((permutations == np.arange(len(positions))).all(1) & _is_one(turns))[0])
    order = np.r_[first, np.delete(np.arange(len(permutations)), first)]
    return SymmetryGroup(
        lattice=lattice,
        positions=positions,
        roles=parent.roles * len(shifts),
        permutations=permutations[order],
        rotations=turns[order],
        parent_rotations=np.array([basis @ rotation @ np.linalg.inv(basis) for rotation in dataset["rotations"]]),
        parent_spacegroup=f"{dataset['international']} ({dataset['number']})",
        symprec=symprec,
    )


def _is_one(rotations: Array) -> Any:
    import numpy as np

    return np.abs(rotations - np.eye(3)).max(axis=(1, 2)) < 1e-6


def cell_shifts(rows: Integers) -> Integers:
    """Parent lattice points inside the supercell, ``(determinant, 3)``."""
    import numpy as np

    count = round(abs(float(np.linalg.det(rows))))
    corners = np.array(np.meshgrid(*[[0, 1]] * 3)).reshape(3, -1).T @ rows
    spans = [np.arange(low, high + 1) for low, high in zip(corners.min(0), corners.max(0), strict=True)]
    grid = np.array(np.meshgrid(*spans, indexing="ij")).reshape(3, -1).T
    fractional = grid @ np.linalg.inv(rows.astype(float))
    inside = grid[((fractional > -1e-9) & (fractional < 1 - 1e-9)).all(axis=1)]
    assert len(inside) == count
    return np.asarray(inside, dtype=np.int64)


def _operations(parent: Parent, symprec: float) -> dict[str, Any]:
    import spglib

    from antiperovskite.structures.symmetry import quiet_spglib

    numbers = [sorted(set(parent.roles)).index(role) + 1 for role in parent.roles]
    with quiet_spglib():
        dataset = spglib.get_symmetry_dataset((parent.lattice, parent.positions, numbers), symprec=symprec)
    if dataset is None:
        raise StructureError(
            f"spglib finds no symmetry of the parent {parent.name} at a tolerance of {symprec:g} angstrom; try another"
        )
    return {
        "rotations": dataset.rotations,
        "translations": dataset.translations,
        "international": dataset.international,
        "number": dataset.number,
    }


def _match(images: Array, positions: Array, lattice: Array) -> Integers:
    """For each image set ``(n, n_sites, 3)`` the index of the site every point falls on."""
    import numpy as np

    result = np.empty(images.shape[:2], dtype=np.int64)
    for index, image in enumerate(images):
        delta = image[:, None] - positions[None]
        delta -= np.round(delta)
        distance = np.linalg.norm(delta @ lattice, axis=-1)
        nearest = distance.argmin(axis=1)
        if distance[np.arange(len(image)), nearest].max() > 0.1 or len(set(nearest.tolist())) != len(image):
            raise StructureError(
                "a symmetry operation does not map the parent's sites onto each other; tighten symprec"
            )
        result[index] = nearest
    return result
