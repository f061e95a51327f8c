"""Cells that people can read: a rectangular supercell in place of an oblique primitive one."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_CELLS: Final = 4  # a face-centred lattice needs four primitive cells
RIGHT_ANGLE_TOLERANCE: Final = 0.03  # cosine; 1.7 degrees, more than relaxation bends a cubic cell


@cache
def _matrices() -> NDArray[np.int64]:
    """All right-handed 3 x 3 matrices with entries -1, 0, 1 and a determinant up to ``MAX_CELLS``."""
    import numpy as np

    every = np.array(list(product((-1, 0, 1), repeat=9)), dtype=np.int64).reshape(-1, 3, 3)
    size = np.rint(np.linalg.det(every))
    return np.asarray(every[(size >= 1) & (size <= MAX_CELLS)])


def is_rectangular(lattice: NDArray[np.float64]) -> bool:
    """Whether the three lattice vectors (rows) stand at right angles, within 1.7 degrees."""
    import numpy as np

    unit = lattice / np.linalg.norm(lattice, axis=1, keepdims=True)
    cosines = np.abs(unit @ unit.T)[np.triu_indices(3, 1)]
    return bool((cosines < RIGHT_ANGLE_TOLERANCE).all())


def rectangular_supercell(lattice: NDArray[np.float64]) -> NDArray[np.int64] | None:
    """Return the integer matrix ``P`` of the smallest rectangular supercell ``P @ lattice``.

    ``None`` where the lattice is rectangular already, or where no supercell of up to four cells is (rhombohedral and
    triclinic lattices, which are drawn as they are). A cubic cell is preferred where there is one; among
    equals, the one with the longest vector last wins, so that a layered structure stands upright.
    """
    import numpy as np

    if is_rectangular(lattice):
        return None
    matrices = _matrices()
    cells = matrices @ lattice
    lengths = np.linalg.norm(cells, axis=2)
    unit = cells / lengths[:, :, None]
    cosines = np.abs(np.einsum("nij,nkj->nik", unit, unit))[:, [0, 0, 1], [1, 2, 2]]
    good = np.flatnonzero((cosines < RIGHT_ANGLE_TOLERANCE).all(axis=1))
    if not len(good):
        return None
    size = np.rint(np.linalg.det(matrices[good]))
    lying = lengths[good].argmax(axis=1) != 2
    uneven = np.ptp(lengths[good], axis=1) > 0.02 * lengths[good].max(axis=1)
    order = np.lexsort((lengths[good].sum(axis=1).round(3), lying, size, uneven))
    return np.asarray(matrices[good[order[0]]])


def translations(matrix: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the old lattice vectors ``(det P, 3)`` that lie inside the new cell."""
    import numpy as np

    reach = range(-3, 4)
    vectors = np.array(list(product(reach, repeat=3)), dtype=np.int64)
    inside = vectors @ np.linalg.inv(matrix)
    inside -= np.floor(inside + 1e-9)
    _, first = np.unique(inside.round(6), axis=0, return_index=True)
    return np.asarray(vectors[np.sort(first)])
