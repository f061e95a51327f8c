"""Reading the atoms a pattern needs out of a pymatgen, ASE or package structure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from antiperovskite.errors import StructureError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Cell:
    """One row per atom and occupant: a site shared by two elements appears twice.

    ``matrix`` holds the lattice vectors as rows (angstrom), ``symbols`` is ``"D"`` or ``"T"`` where the structure
    itself names heavy hydrogen. ``b_iso`` is the structure's own isotropic temperature factor (angstrom^2) of each
    row, NaN where it has none.
    """

    formula: str
    matrix: NDArray[np.float64]
    symbols: tuple[str, ...]
    positions: NDArray[np.float64]
    occupancies: NDArray[np.float64]
    b_iso: NDArray[np.float64] | None = None

    @property
    def volume(self) -> float:
        """Cell volume, angstrom^3."""
        return abs(float(np.linalg.det(self.matrix)))


def read_cell(structure: Any) -> Cell:
    """Read a ``pymatgen`` Structure, an ``ase`` Atoms object, a :class:`StructureModel` or a :class:`Cell`.

    A site property ``b_iso`` (angstrom^2) of a pymatgen Structure, as :func:`read_cif` sets it, is kept.

    Raises
    ------
    StructureError
        The object is none of these, is empty, has no periodic cell, or occupies a site more than fully.
    """
    if isinstance(structure, Cell):
        return structure
    formula = ""
    if hasattr(structure, "to_pymatgen"):
        formula, structure = structure.formula, structure.to_pymatgen()
    if hasattr(structure, "lattice") and hasattr(structure, "frac_coords"):
        cell = _from_pymatgen(structure)
    elif hasattr(structure, "get_scaled_positions"):
        cell = _from_ase(structure)
    else:
        raise StructureError(
            f"cannot compute a pattern of a {type(structure).__name__}; give a pymatgen Structure or ASE Atoms"
        )
    if not cell.symbols:
        raise StructureError("the structure has no atoms, so it has no powder pattern")
    if not np.all(np.isfinite(cell.positions)) or not abs(np.linalg.det(cell.matrix)) >= 1e-3:
        raise StructureError("the structure has no valid three-dimensional cell; give a periodic structure")
    return replace(cell, formula=formula) if formula else cell


def _from_pymatgen(structure: Any) -> Cell:
    symbols: list[str] = []
    rows: list[int] = []
    occupancies: list[float] = []
    for index, site in enumerate(structure):
        total = 0.0
        for species, occupancy in site.species.items():
            symbols.append(_symbol(species))
            rows.append(index)
            occupancies.append(float(occupancy))
            total += float(occupancy)
        if total > 1.0 + 1e-6:
            raise StructureError(f"site {index} is occupied {total:.3f} times; occupancies may add up to 1 at most")
    positions = np.asarray(structure.frac_coords, dtype=np.float64).reshape(-1, 3)
    own = structure.site_properties.get("b_iso")
    b_iso = None if own is None else np.array([np.nan if value is None else float(value) for value in own])
    return Cell(
        formula=structure.composition.reduced_formula,
        matrix=np.asarray(structure.lattice.matrix, dtype=np.float64),
        symbols=tuple(symbols),
        positions=positions[rows],
        occupancies=np.asarray(occupancies, dtype=np.float64),
        b_iso=None if b_iso is None else b_iso[rows],
    )


def _symbol(species: Any) -> str:
    """Element symbol; pymatgen's ``.symbol`` says H for deuterium, its element's name says D."""
    element = getattr(species, "element", species)
    return str(getattr(element, "name", species.symbol))


def _from_ase(atoms: Any) -> Cell:
    if not all(atoms.pbc):
        raise StructureError("the ASE structure is not periodic in three directions; set atoms.pbc = True")
    if "occupancy" in atoms.info:
        raise StructureError("partial occupancies of ASE structures are not read; give a pymatgen Structure")
    return Cell(
        formula=atoms.get_chemical_formula(mode="hill", empirical=True),
        matrix=np.asarray(atoms.cell.array, dtype=np.float64),
        symbols=tuple(atoms.get_chemical_symbols()),
        positions=np.asarray(atoms.get_scaled_positions(wrap=False), dtype=np.float64),
        occupancies=np.ones(len(atoms)),
    )
