"""Ultra-fast two- and three-body splines (``pair_style uf3``): a form whose rows are our own, LAMMPS having no compute.

    E = sum_i e(i) + sum_i sum_j V2_ij(r_ij) + sum_i sum_{j<k} V3_ijk(r_ij, r_ik, r_jk)

V2 is a cubic B-spline, V3 a product of three. Xie, Rupp and Hennig, npj Comput. Mater. 9, 162 (2023),
10.1038/s41524-023-01092-7.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Final

from antiperovskite.distillation.forms import quoted
from antiperovskite.errors import OptionError

_MARGIN: Final = 1e-6  # angstrom kept between the cutoff LAMMPS tests and the last knot, lest rounding leave the table
_FIXED: Final = 3  # functions at the end of a spline held at zero, so that it ends with two continuous derivatives


@dataclass(frozen=True)
class Splines:
    """Columns of the coefficients and the knots they belong to."""

    knots2: Any
    knots3: Any
    far_knots: Any
    columns2: Any  # (elements, elements, functions); -1 is held at zero
    columns3: Any  # (elements, elements, elements, functions, functions, far functions)
    of_element: Any  # (elements, columns of an atom of that element)
    count: int


@dataclass(frozen=True)
class Uf3:
    """Cubic B-splines of pair distances and of the three sides of triangles, with a constant for each element.

    Parameters
    ----------
    elements
        Chemical symbols.
    cutoff
        Range of the pair terms, angstrom; costs little.
    inner
        Three-body terms are zero in triangles with a side below this, angstrom.
    two_body
        Knot intervals of the pair terms, from 0 to ``cutoff``.
    three_cutoff
        Largest distance of the central atom from the other two, angstrom; the pairs of neighbours, and so the
        cost, grow with about its sixth power.
    three_body
        Knot intervals of the two sides that meet in the central atom (``inner`` to the cutoff) and of the far side
        (``inner`` to twice the cutoff); ``(0, 0)`` leaves the three-body terms out. Speed does not depend on them.

    Examples
    --------
    >>> Uf3(("Li", "O", "Cl"), cutoff=6.0, three_cutoff=4.0).label
    'UF3 two-body 24 to 6 angstrom, three-body 9x10 to 4 angstrom'
    """

    elements: tuple[str, ...]
    cutoff: float = 6.0
    inner: float = 0.8
    two_body: int = 24
    three_cutoff: float = 4.0
    three_body: tuple[int, int] = (9, 10)

    kind: ClassVar[str] = "uf3"
    COEFFICIENTS: ClassVar[str] = "splines.uf3"
    CONSTANTS: ClassVar[str] = "constants.eam.alloy"
    composite: ClassVar[bool] = True
    citations: ClassVar[tuple[str, ...]] = ("xie2023",)
    spread_floor: ClassVar[float] = 0.02

    def __post_init__(self) -> None:
        if not 0.0 < self.inner < self.three_cutoff <= self.cutoff:
            raise OptionError(
                f"UF3 needs 0 < inner ({self.inner:g}) < three-body cutoff ({self.three_cutoff:g}) <= cutoff "
                f"({self.cutoff:g} angstrom)"
            )
        if self.two_body < 2 * _FIXED or (any(self.three_body) and min(self.three_body) < 2 * _FIXED):
            raise OptionError(f"UF3 needs at least {2 * _FIXED} knot intervals a spline; three-body (0, 0) means none")

    @property
    def label(self) -> str:
        """Knot intervals and ranges."""
        words = f"UF3 two-body {self.two_body} to {self.cutoff:g} angstrom"
        if self.three_body[0]:
            words += f", three-body {self.three_body[0]}x{self.three_body[1]} to {self.three_cutoff:g} angstrom"
        return words

    def write_parameters(self, directory: Path) -> None:
        """Nothing: knots and coefficients share a file."""

    def write_coefficients(self, directory: Path, coefficients: Any) -> None:
        """Write ``splines.uf3`` and the constants of the elements, ``constants.eam.alloy``."""
        from antiperovskite._files import write_atomically
        from antiperovskite.distillation.uf3_files import constants_file, splines_file

        numbers = [float(number) for number in coefficients]
        write_atomically(directory / self.CONSTANTS, constants_file(self.elements, numbers[: len(self.elements)]))
        write_atomically(directory / self.COEFFICIENTS, splines_file(self, numbers))

    def pair_style(self) -> str:
        """``uf3``, and ``eam/alloy`` whose embedding energies are the constants: ``uf3`` itself has none."""
        return f"uf3 {3 if self.three_body[0] else 2} eam/alloy"

    def pair_coeffs(self, directory: Path, *, in_hybrid: bool) -> list[str]:
        """One line for the splines, one for the constants; always in a hybrid."""
        names = " ".join(self.elements)
        return [
            f"pair_coeff * * uf3 {quoted(directory / self.COEFFICIENTS)} {names}",
            f"pair_coeff * * eam/alloy {quoted(directory / self.CONSTANTS)} {names}",
        ]

    @cached_property
    def splines(self) -> Splines:
        """Knots and columns: constants of the elements, then pairs, then triangles by their central element."""
        import numpy as np

        n = len(self.elements)
        knots2 = _knots(0.0, self.cutoff, self.two_body)
        knots3 = _knots(self.inner, self.three_cutoff, self.three_body[0] or 1)
        far = _knots(self.inner, 2.0 * self.three_cutoff, self.three_body[1] or 1)
        columns2 = np.full((n, n, self.two_body + 3), -1, dtype=np.int64)
        shape = (self.three_body[0] + 3, self.three_body[0] + 3, self.three_body[1] + 3)
        columns3 = np.full((n, n, n, *shape), -1, dtype=np.int64)
        count = n
        for a in range(n):
            for b in range(a, n):
                free = count + np.arange(self.two_body - _FIXED)
                columns2[a, b, _FIXED : self.two_body] = free
                columns2[a, b, :_FIXED] = free[0]  # no atoms ever meet there; the core repulsion acts
                columns2[b, a] = columns2[a, b]
                count += len(free)
        before = count
        possible = _triangles(knots3, far) if self.three_body[0] else ()
        for centre in range(n):
            for a in range(n):
                for b in range(a, n):
                    for i, j, k in possible:
                        if a == b and i > j:
                            columns3[centre, a, b, i, j, k] = columns3[centre, a, b, j, i, k]
                        else:
                            columns3[centre, a, b, i, j, k] = count
                            count += 1
                    columns3[centre, b, a] = columns3[centre, a, b].transpose(1, 0, 2)
        pairs = columns2[:, :, _FIXED : self.two_body].reshape(n, -1)
        triplets = np.arange(before, count).reshape(n, -1)
        return Splines(knots2, knots3, far, columns2, columns3, np.concatenate([pairs, triplets], axis=1), count)

    def rows(self, frame: Any, types: Any, *, forces: bool = True) -> tuple[Any, Any, Any]:
        """Rows of a frame.

        Parameters
        ----------
        frame
            With ``positions`` and ``cell``, angstrom, periodic.
        types
            Index of each atom's element.
        forces
            Whether force and stress rows are wanted.

        Returns
        -------
        atomic, forces, stress
            ``(n, columns)`` energy rows of the atoms, eV; ``(3 n, columns)``, eV/angstrom; ``(6, columns)``,
            eV/angstrom^3 in Voigt order. The last two are zero where they were not wanted.
        """
        import numpy as np

        from antiperovskite.distillation.uf3_kernel import add_pairs, add_triplets

        s = self.splines
        types = np.asarray(types, dtype=np.int64)
        n = len(types)
        atomic = np.zeros((n, s.count))
        rows = np.zeros((3 * n if forces else 0, s.count))
        virial = np.zeros((6 if forces else 0, s.count))
        atomic[np.arange(n), types] = 1.0
        starts, neighbours, vectors = _neighbours(frame, self.cutoff)
        add_pairs(
            types,
            starts,
            neighbours,
            vectors,
            s.knots2,
            self.cutoff - _MARGIN,
            s.columns2,
            atomic,
            rows,
            virial,
            forces,
        )
        if self.three_body[0]:
            near = np.linalg.norm(vectors, axis=1) < self.three_cutoff
            starts = np.concatenate([[0], np.cumsum(near)])[starts]
            add_triplets(
                types,
                starts,
                neighbours[near],
                vectors[near],
                s.knots3,
                s.far_knots,
                self.three_cutoff - _MARGIN,
                s.columns3,
                atomic,
                rows,
                virial,
                forces,
            )
        return atomic, rows, virial / abs(float(np.linalg.det(frame.cell)))

    def surroundings(self, atomic: Any, types: Any) -> Any:
        """Of the energy rows of atoms, the columns an atom of its element can have: ``(n, columns of an element)``."""
        import numpy as np

        return atomic[np.arange(len(types))[:, None], self.splines.of_element[types]]

    @cached_property
    def curvature(self) -> Any:
        """Second differences of neighbouring coefficients, a sparse matrix ``(differences, columns)``."""
        import numpy as np
        from scipy.sparse import csr_matrix

        s = self.splines
        triples = [s.columns2[..., _FIXED:].reshape(-1, s.columns2.shape[-1] - _FIXED)]
        if self.three_body[0]:
            triples += [np.moveaxis(s.columns3, axis, -1).reshape(-1, s.columns3.shape[axis]) for axis in (3, 4, 5)]
        runs = np.concatenate(
            [np.stack([line[:, :-2], line[:, 1:-1], line[:, 2:]], axis=-1).reshape(-1, 3) for line in triples]
        )
        runs = np.unique(runs[(runs >= 0).all(axis=1)], axis=0)
        weights = np.tile([1.0, -2.0, 1.0], len(runs))
        return csr_matrix((weights, (np.repeat(np.arange(len(runs)), 3), runs.ravel())), (len(runs), s.count))


def _knots(start: float, end: float, intervals: int) -> Any:
    """Even knots, the two ends four times, as LAMMPS wants them."""
    import numpy as np

    inside = start + (end - start) * np.arange(intervals + 1) / intervals
    inside[-1] = end
    return np.concatenate([[start] * 3, inside, [end] * 3])


def _triangles(knots: Any, far: Any) -> Any:
    """Indices of products of functions that are not zero in every triangle, ends held at zero left out."""
    import numpy as np

    def ends(k: Any) -> tuple[Any, Any, Any]:
        free = np.arange(_FIXED, len(k) - 4 - _FIXED)
        return free, k[free], k[free + 4]

    (i, low, high), (k, far_low, far_high) = ends(knots), ends(far)
    least = np.maximum(0.0, np.maximum(low[:, None] - high[None, :], low[None, :] - high[:, None]))
    most = high[:, None] + high[None, :]
    reached = (far_high[None, None, :] > least[..., None]) & (far_low[None, None, :] < most[..., None])
    a, b, c = np.nonzero(reached)
    return np.stack([i[a], i[b], k[c]], axis=1)


def _neighbours(frame: Any, cutoff: float) -> tuple[Any, Any, Any]:
    """Where each atom's neighbours begin, their numbers and the vectors to them."""
    import numpy as np
    from ase.neighborlist import primitive_neighbor_list

    first, second, vectors = primitive_neighbor_list(
        "ijD", (True, True, True), np.asarray(frame.cell), np.asarray(frame.positions), cutoff
    )
    starts = np.searchsorted(first, np.arange(len(frame.positions) + 1))
    return starts, second.astype(np.int64), np.ascontiguousarray(vectors)
