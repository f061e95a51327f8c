"""A phase as a refinement sees it: conventional cell, orbits with their freedom, and its distinct reflections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from antiperovskite.diffraction.cell import Cell, read_cell
from antiperovskite.diffraction.kernel import reciprocal_points
from antiperovskite.errors import StructureError
from antiperovskite.structures.symmetry import crystal_system

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SYMPREC: Final = 0.01
CELL_NAMES: Final = ("a", "b", "c", "alpha", "beta", "gamma")
# Free cell parameters of each crystal system, and which free one each of the six follows (None: fixed).
SYSTEMS: Final[dict[str, tuple[str | None, ...]]] = {
    "triclinic": ("a", "b", "c", "alpha", "beta", "gamma"),
    "monoclinic": ("a", "b", "c", None, "beta", None),
    "orthorhombic": ("a", "b", "c", None, None, None),
    "tetragonal": ("a", "a", "c", None, None, None),
    "trigonal": ("a", "a", "c", None, None, None),
    "hexagonal": ("a", "a", "c", None, None, None),
    "cubic": ("a", "a", "a", None, None, None),
}


@dataclass(frozen=True)
class Occupant:
    """One element on one orbit."""

    symbol: str
    occupancy: float


@dataclass(frozen=True)
class Orbit:
    """Symmetry-equivalent sites.

    ``moves`` turns a displacement of the representative into that of each site, shape ``(n_sites, 3, 3)``;
    ``freedom`` spans the displacements the site symmetry allows (fractional), shape ``(n_free, 3)``, and
    ``axes`` names each after the coordinate it moves first.
    """

    label: str
    occupants: tuple[Occupant, ...]
    positions: Array
    moves: Array
    freedom: Array
    axes: tuple[str, ...]


@dataclass(frozen=True)
class Reflections:
    """Distinct reflections: one of each set of equivalents, with the number of equivalents (Friedel mates too)."""

    hkl: NDArray[np.int64]
    multiplicity: Array


@dataclass(frozen=True)
class Crystal:
    """A phase in the conventional setting of its space group; ``cell`` is a, b, c (angstrom), angles (degree)."""

    name: str
    formula: str
    spacegroup: str
    number: int
    system: str
    cell: tuple[float, ...]
    orbits: tuple[Orbit, ...]
    rotations: NDArray[np.int64]
    translations: Array

    @property
    def free_cell(self) -> tuple[str, ...]:
        """Names of the cell parameters that the crystal system leaves free."""
        return tuple(dict.fromkeys(name for name in SYSTEMS[self.system] if name is not None))

    @property
    def n_sites(self) -> int:
        """Sites in the conventional cell."""
        return sum(len(orbit.positions) for orbit in self.orbits)


def full_cell(crystal: Crystal, free: Any) -> Any:
    """Six cell parameters from the free ones (any dtype, so that derivatives by complex step work)."""
    at = {name: index for index, name in enumerate(crystal.free_cell)}
    values = [
        free[at[name]] if name is not None else crystal.cell[index]
        for index, name in enumerate(SYSTEMS[crystal.system])
    ]
    return np.array(values)


def metric(cell: Array) -> Array:
    """Direct metric tensor of a, b, c (angstrom) and angles (degree); real or complex, shape ``(3, 3)``."""
    a, b, c = cell[:3]
    ca, cb, cg = np.cos(cell[3:] * (np.pi / 180.0))
    return np.array([[a * a, a * b * cg, a * c * cb], [a * b * cg, b * b, b * c * ca], [a * c * cb, b * c * ca, c * c]])


def inverse_d(hkl: NDArray[np.int64], cell: Array) -> Array:
    """1/d of each reflection (1/angstrom), shape ``(n,)``."""
    reciprocal = np.linalg.inv(metric(cell))
    return np.asarray(np.sqrt(np.einsum("ni,ij,nj->n", hkl, reciprocal, hkl)))


def volume(cell: Array) -> float:
    """Cell volume in cubic angstrom."""
    return float(np.sqrt(max(np.linalg.det(metric(np.asarray(cell, dtype=np.float64))), 0.0)))


def read_crystal(structure: Any, name: str | None = None, symprec: float = SYMPREC) -> Crystal:
    """Standardise a structure with spglib and find its orbits.

    Parameters
    ----------
    structure
        pymatgen Structure (partial occupancies allowed), ASE Atoms or ``StructureModel``.
    symprec
        Distance tolerance in angstrom.

    Raises
    ------
    StructureError
        No valid cell or no space group.
    """
    import spglib

    from antiperovskite.structures.symmetry import quiet_spglib

    cell = read_cell(structure)
    sites, kinds = _sites(cell)
    numbers = [kinds.index(kind) + 1 for _, kind in sites]
    positions = np.array([position for position, _ in sites])
    with quiet_spglib():
        data = spglib.get_symmetry_dataset((cell.matrix, positions, numbers), symprec=symprec)
        if data is None:
            raise StructureError(f"no space group was found for {cell.formula} at {symprec:g} angstrom")
        operations = spglib.get_symmetry_from_database(data.hall_number)
    rotations = np.asarray(operations["rotations"], dtype=np.int64)
    translations = np.asarray(operations["translations"], dtype=np.float64)
    matrix = np.asarray(data.std_lattice, dtype=np.float64)
    return Crystal(
        name=name or cell.formula,
        formula=cell.formula,
        spacegroup=str(data.international),
        number=int(data.number),
        system=crystal_system(int(data.number)),
        cell=_parameters(matrix),
        orbits=_orbits(matrix, data.std_positions, [kinds[k - 1] for k in data.std_types], rotations, translations),
        rotations=rotations,
        translations=translations,
    )


def reflections(crystal: Crystal, shortest: float, longest: float) -> Reflections:
    """List distinct, not systematically absent reflections with 1/d in a shell (1/angstrom)."""
    matrix = np.asarray(np.linalg.cholesky(metric(np.asarray(crystal.cell))), dtype=np.float64)
    points = reciprocal_points(matrix, shortest, longest).hkl
    if not len(points):
        return Reflections(np.zeros((0, 3), dtype=np.int64), np.zeros(0))
    # h' = h R for each rotation; the pair's other half counts as equivalent too
    images = np.einsum("ni,oij->noj", points, crystal.rotations)
    shift = np.einsum("ni,oi->no", points, crystal.translations)
    same = np.all(images == points[:, None, :], axis=2)
    absent = np.any(same & (np.abs(shift - np.rint(shift)) > 1e-4), axis=1)
    both = np.concatenate([images, -images], axis=1)
    span = 2 * int(np.abs(both).max()) + 1
    code = (both[..., 0] * span + both[..., 1]) * span + both[..., 2]
    key = code.max(axis=1)
    best = both[np.arange(len(points)), code.argmax(axis=1)]
    _, first, count = np.unique(key[~absent], return_index=True, return_counts=True)
    hkl = best[~absent][first]
    order = np.argsort(inverse_d(hkl, np.asarray(crystal.cell)), kind="stable")
    return Reflections(hkl[order], 2.0 * count[order].astype(np.float64))


def _sites(cell: Cell) -> tuple[list[tuple[Array, tuple[Occupant, ...]]], list[tuple[Occupant, ...]]]:
    """Atoms at one place become one site; the kinds are what spglib must tell apart."""
    sites: list[tuple[Array, list[Occupant]]] = []
    for symbol, position, occupancy in zip(cell.symbols, cell.positions, cell.occupancies, strict=True):
        occupant = Occupant(symbol, round(float(occupancy), 6))
        if sites and np.array_equal(sites[-1][0], position):
            sites[-1][1].append(occupant)
        else:
            sites.append((position, [occupant]))
    done = [(position, tuple(sorted(kind, key=lambda o: o.symbol))) for position, kind in sites]
    return done, list(dict.fromkeys(kind for _, kind in done))


def _parameters(matrix: Array) -> tuple[float, ...]:
    lengths = np.linalg.norm(matrix, axis=1)
    pairs = ((1, 2), (0, 2), (0, 1))
    angles = [np.degrees(np.arccos(matrix[i] @ matrix[j] / (lengths[i] * lengths[j]))) for i, j in pairs]
    # spglib's standard lattice is exact up to rounding: 90 and 120 are restored as such
    return (*map(float, lengths), *(float(round(angle, 9)) for angle in angles))


def _orbits(
    matrix: Array, positions: Any, kinds: list[tuple[Occupant, ...]], rotations: Any, translations: Any
) -> tuple[Orbit, ...]:
    positions = np.asarray(positions, dtype=np.float64)
    left = set(range(len(positions)))
    orbits: list[Orbit] = []
    counts: dict[str, int] = {}
    while left:
        start = min(left)
        images = rotations @ positions[start] + translations
        delta = images[:, None, :] - positions[None, :, :]
        delta -= np.rint(delta)
        distance = np.linalg.norm(delta @ matrix, axis=2)
        hit = distance.argmin(axis=1)
        if np.any(distance[np.arange(len(hit)), hit] > 0.05):
            raise StructureError("the standardised cell does not follow its own space group; clean up the structure")
        members, first = np.unique(hit, return_index=True)
        left -= {int(member) for member in members}
        projector = rotations[hit == start].mean(axis=0)
        freedom, axes = _freedom(projector)
        element = kinds[start][0].symbol
        counts[element] = counts.get(element, 0) + 1
        orbits.append(
            Orbit(
                label=f"{element}{counts[element]}",
                occupants=kinds[start],
                positions=images[first] % 1.0,
                moves=rotations[first].astype(np.float64),
                freedom=freedom,
                axes=axes,
            )
        )
    return tuple(orbits)


def _freedom(projector: Array) -> tuple[Array, tuple[str, ...]]:
    """Independent columns of the site symmetry's projector, each scaled so that its own axis moves by one."""
    basis: list[Array] = []
    axes: list[str] = []
    for axis, name in enumerate("xyz"):
        column = projector[:, axis].copy()
        if abs(column[axis]) < 1e-9:
            continue
        column /= column[axis]
        if np.linalg.matrix_rank(np.array([*basis, column]), tol=1e-6) > len(basis):
            basis.append(column)
            axes.append(name)
    return np.array(basis).reshape(-1, 3), tuple(axes)
