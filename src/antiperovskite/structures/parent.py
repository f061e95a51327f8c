"""The cubic parent lattice and its small supercells, with the bookkeeping of neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Cell = tuple[int, int, int]
Bond = tuple[Cell, int]

PRIMITIVE: Final = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
LAYERED: Final = ((1, 0, 0), (0, 1, 0), (0, 0, 2))
ROCK_SALT: Final = ((0, 1, 1), (1, 0, 1), (1, 1, 0))
COLUMNS: Final = ((1, -1, 0), (1, 1, 0), (0, 0, 1))
ROWS: Final = ((2, 0, 0), (0, 1, 0), (0, 0, 1))


@dataclass(frozen=True)
class ParentCell:
    """A supercell of the five-atom cubic cell; ``matrix`` rows are lattice vectors in units of the cubic axes.

    In parent cell ``c`` A sits at ``c``, B at ``c + (1/2, 1/2, 1/2)`` and X of axis ``i`` half a cell below B
    along that axis, so that X ``(c, i)`` joins B ``c - e_i`` (below) to B ``c`` (above).
    """

    matrix: tuple[Cell, Cell, Cell]

    def cells(self) -> list[Cell]:
        """Parent cells of the supercell, one representative each, sorted, the origin first."""
        import numpy as np

        rows = np.array(self.matrix)
        count = round(abs(float(np.linalg.det(rows))))
        corners = np.array(list(product((0, 1), repeat=3))) @ rows
        spans = [np.arange(low, high + 1) for low, high in zip(corners.min(0), corners.max(0), strict=True)]
        grid = np.array(np.meshgrid(*spans, indexing="ij")).reshape(3, -1).T
        fractional = grid @ np.linalg.inv(rows.astype(float))
        inside = grid[((fractional > -1e-9) & (fractional < 1 - 1e-9)).all(axis=1)]
        assert len(inside) == count
        return sorted((int(a), int(b), int(c)) for a, b, c in inside)

    def wrap(self, cell: tuple[int, ...]) -> Cell:
        """Representative of a parent cell modulo the supercell.

        Examples
        --------
        >>> ParentCell(((2, 0, 0), (0, 1, 0), (0, 0, 1))).wrap((3, -1, 0))
        (1, 0, 0)
        """
        import numpy as np

        rows = np.array(self.matrix)
        fractional = np.array(cell) @ np.linalg.inv(rows)
        inside = np.array(cell) - np.floor(fractional + 1e-9).astype(int) @ rows
        return (int(inside[0]), int(inside[1]), int(inside[2]))

    def below(self, bond: Bond) -> Cell:
        """Parent cell of the B on the lower side of an X site."""
        cell, axis = bond
        return self.wrap(tuple(c - (1 if i == axis else 0) for i, c in enumerate(cell)))

    def above(self, cell: Cell, axis: int) -> Bond:
        """The X site on the upper side of B in ``cell`` along ``axis``."""
        return (self.wrap(tuple(c + (1 if i == axis else 0) for i, c in enumerate(cell))), axis)

    def bonds(self) -> list[Bond]:
        """Every X site, z axis first: single vacancies and minority cations then make tetragonal cells along c."""
        return [(cell, axis) for axis in (2, 1, 0) for cell in self.cells()]

    def lattice(self, lengths: Array) -> Array:
        """Lattice vectors ``(3, 3)`` in angstrom for parent edges ``(3,)``."""
        import numpy as np

        result: Array = np.array(self.matrix, dtype=float) * lengths
        return result
