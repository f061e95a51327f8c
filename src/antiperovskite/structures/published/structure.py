"""From an average arrangement to crystals: an ordered realisation, and the average that diffraction sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from antiperovskite.errors import StructureError
from antiperovskite.structures.model import StructureModel
from antiperovskite.structures.published.enumeration import Average, orbits
from antiperovskite.structures.published.grid import DIRECTIONS, Grid, Operation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

FORMULA: Final = "Li2OHCl"
_SAME_PLACE_angstrom: Final = 0.05
"""Hydrogen positions nearer than this are one position."""

_FURTHEST_angstrom: Final = 1.2
"""An atom further from its site, along any axis, has left it (neighbouring X sites are 2.8 angstrom apart)."""


def realise(
    average: Average,
    choice: Sequence[int],
    lengths: Sequence[float],
    *,
    what: str,
    source: str,
    notes: Sequence[str] = (),
) -> StructureModel:
    """Build Li2OHCl on the ideal sites of an orthogonal cell, each OH in one direction; edges ``lengths`` in angstrom.

    Atoms come in the order Li, then O and H in turn, then Cl, each in the order of the grid's sites.
    """
    from antiperovskite.composition import resolve
    from antiperovskite.ions import ion
    from antiperovskite.structures.assemble import Placement, assemble
    from antiperovskite.structures.orientations import pointing

    grid, edges = average.grid, np.asarray(lengths, dtype=float)
    placements = [Placement("X", ion("Li"), site * edges) for i, site in enumerate(grid.X) if i not in average.empty]
    for site, direction in zip(grid.B, choice, strict=True):
        x, y, z = DIRECTIONS[direction]
        placements.append(Placement("B", ion("OH"), site * edges, pointing(ion("OH"), (x, y, z))))
    placements += [Placement("A", ion("Cl"), site * edges) for site in grid.corners]
    return assemble(
        resolve(FORMULA),
        np.diag(edges),
        placements,
        description=what,
        source=source,
        formula_units=grid.cells,
        cubic_cells=float(grid.cells),
        notes=notes,
    )


def averaged(average: Average, structure: Any, lengths: Sequence[float]) -> Any:
    """Average an ordered realisation over the operations of its average arrangement.

    Atoms on one site of the parent are moved to their mean; each H is spread over the places that the operations send
    it to, which gives partial occupancies where the group does not fix one direction.

    Parameters
    ----------
    structure
        ``pymatgen.core.Structure`` of :func:`realise`, relaxed or not, with its order of atoms.
    lengths
        Edges of the orthogonal cell of the average, angstrom; fractional coordinates are kept.

    Returns
    -------
    pymatgen.core.Structure

    Raises
    ------
    StructureError
        An atom lies nearer to another site than to its own.
    """
    from pymatgen.core import Lattice, Structure

    grid, edges = average.grid, np.asarray(lengths, dtype=float)
    n = grid.cells
    filled = [site for site in range(3 * n) if site not in average.empty]
    found = np.asarray(structure.frac_coords, dtype=float)
    lithium, centres, hydrogens, halides = (
        found[: 2 * n], found[2 * n : 4 * n : 2], found[2 * n + 1 : 4 * n : 2], found[4 * n :]
    )  # fmt: skip
    parts = (
        ("Li", grid.X, filled, lithium, "X"),
        ("O", grid.B, range(n), centres, "B"),
        ("Cl", grid.corners, range(n), halides, "A"),
    )
    drift = _drift(parts, edges)
    species: list[dict[str, float]] = []
    places: list[Array] = []
    mean_centre = np.zeros((n, 3))
    for symbol, sites, used, coordinates, kind in parts:
        mean = _mean(average, kind, sites, used, coordinates - drift)
        species += [{symbol: 1.0}] * len(mean)
        places += list(mean)
        if kind == "B":
            mean_centre = mean
    for b in range(n):
        for place, share in _spread(average, b, hydrogens - centres, edges):
            species.append({"H": share})
            places.append(mean_centre[b] + place)
    return Structure(Lattice(np.diag(edges)), species, np.mod(np.array(places) + 1e-9, 1.0) - 1e-9)


def generic_crystal(
    grid: Grid, operations: tuple[Operation, ...], lengths: Sequence[float], rng: np.random.Generator
) -> Any:
    """Li, O and Cl on all sites of the parent, displaced at random as far as the operations allow.

    Each orbit has an occupancy of its own, so that nothing but the operations makes two sites alike.
    """
    from pymatgen.core import Lattice, Structure

    everything = Average(grid, operations, frozenset(), ())
    species: list[dict[str, float]] = []
    places: list[Array] = []
    for symbol, sites, kind in (("Li", grid.X, "X"), ("O", grid.B, "B"), ("Cl", grid.corners, "A")):
        shifts = rng.uniform(-0.1, 0.1, sites.shape) / np.asarray(lengths)
        mean = _mean(everything, kind, sites, range(len(sites)), sites + shifts)
        for number, orbit in enumerate(orbits(len(sites), [getattr(op, kind) for op in operations])):
            species += [{symbol: 0.5 + 0.02 * number}] * len(orbit)
            places += [mean[site] for site in orbit]
    return Structure(Lattice.orthorhombic(*lengths), species, places)


def _wrapped(difference: Array) -> Array:
    return np.asarray(difference - np.rint(difference))


def _drift(parts: Sequence[tuple[Any, ...]], edges: Array) -> Array:
    """Common translation of all heavy atoms against the ideal sites (a polar cell may slide while it relaxes)."""
    shifts = np.concatenate([_wrapped(coordinates - sites[list(used)]) for _, sites, used, coordinates, _ in parts])
    drift = shifts.mean(axis=0)
    if float(np.abs((shifts - drift) * edges).max()) > _FURTHEST_angstrom:
        raise StructureError("an atom left its site of the parent, so the arrangement has no average on these sites")
    return np.asarray(drift)


def _mean(average: Average, kind: str, sites: Array, used: Sequence[int], coordinates: Array) -> Array:
    """Mean position on every used site over all operations."""
    shift = np.zeros_like(sites)
    shift[list(used)] = _wrapped(coordinates - sites[list(used)])
    total = np.zeros_like(sites)
    for operation in average.operations:
        rotation = np.array(operation.rotation, dtype=float)
        for site in used:
            total[getattr(operation, kind)[site]] += rotation @ shift[site]
    return np.asarray((sites + total / len(average.operations))[list(used)])


def _spread(average: Average, b: int, bonds: Array, edges: Array) -> list[tuple[Array, float]]:
    """Bond vectors (fractional) at one B and their shares."""
    share = 1.0 / len(average.operations)
    bonds = _wrapped(bonds)
    vectors = [np.array(op.rotation, dtype=float) @ bonds[op.B.index(b)] for op in average.operations]
    if average.ordered:  # one place by definition: what is left of a displacement averages out
        return [(np.mean(vectors, axis=0), 1.0)]
    return [(np.mean([vectors[i] for i in group], axis=0), share * len(group)) for group in _clusters(vectors, edges)]


def _clusters(vectors: Sequence[Array], edges: Array) -> list[list[int]]:
    """Groups of vectors linked by short steps: the same groups on every symmetry-equivalent site."""
    groups: list[list[int]] = []
    for index, vector in enumerate(vectors):
        near = [
            group
            for group in groups
            if any(float(np.linalg.norm((vector - vectors[i]) * edges)) < _SAME_PLACE_angstrom for i in group)
        ]
        groups = [group for group in groups if group not in near]
        groups.append(sorted([index, *(i for group in near for i in group)]))
    return groups


def average_spacegroup(structure: Any, symprec: float = 0.01) -> tuple[str, int]:
    """Space group symbol of a structure with partial occupancies, and the atoms in its primitive cell.

    Atoms are alike if element and occupancy are.

    Raises
    ------
    StructureError
        spglib finds no group.
    """
    import spglib

    from antiperovskite.structures.symmetry import quiet_spglib

    kinds: dict[tuple[tuple[str, float], ...], int] = {}
    numbers = [
        kinds.setdefault(
            tuple(sorted((str(key), round(float(value), 4)) for key, value in site.species.items())), len(kinds) + 1
        )
        for site in structure
    ]
    cell = (structure.lattice.matrix, structure.frac_coords, numbers)
    with quiet_spglib():
        found = spglib.get_spacegroup(cell, symprec=symprec)
        primitive = spglib.find_primitive(cell, symprec=symprec)
    if not found or primitive is None:
        raise StructureError(f"no space group was found at a tolerance of {symprec:g} angstrom; try another tolerance")
    return str(found).partition(" ")[0], len(primitive[2])
