"""Crystal facts of the reference phases, and their structures built from them."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import Field

from antiperovskite._files import package_data, read_yaml, validate
from antiperovskite._model import Model
from antiperovskite.errors import DataError, StructureError


class LatticeParameters(Model):
    """Lengths in angstrom, angles in degrees."""

    a: float
    b: float
    c: float
    alpha: float
    beta: float
    gamma: float


class WyckoffPosition(Model):
    """One occupied orbit: element, Wyckoff letter, fractional coordinates of a representative."""

    species: str
    wyckoff: str
    xyz: tuple[float, float, float]


class ReferencePhase(Model):
    """A competing phase as the literature describes it, before any calculation.

    ``hall_number`` (1 to 530, spglib) fixes the setting and the origin; the space-group symbol alone does not.
    """

    name: str
    formula: str
    kind: str
    spacegroup: str
    hall_number: int = Field(ge=1, le=530)
    lattice: LatticeParameters
    wyckoff: tuple[WyckoffPosition, ...]
    source: str
    trust: str
    note: str = ""
    confirmed_by: tuple[str, ...] = ()
    sites_in_cell: int | None = None

    @property
    def elements(self) -> frozenset[str]:
        """Elements in the phase."""
        return frozenset(position.species for position in self.wyckoff)


class ConstructedPhase(Model):
    """A competing phase without measured coordinates: candidates are built from its formula and relaxed."""

    name: str
    formula: str

    @property
    def elements(self) -> frozenset[str]:
        """Elements in the phase."""
        from antiperovskite.composition import resolve

        return frozenset(resolve(self.formula).elements)


class _PhaseFile(Model):
    phases: tuple[ReferencePhase, ...]


class _ConstructedFile(Model):
    phases: tuple[ConstructedPhase, ...]


@cache
def constructed_phases() -> dict[str, ConstructedPhase]:
    """Return the phases that are built from their formula, by name."""
    path = package_data("stability", "constructed_phases.yaml")
    return {phase.name: phase for phase in validate(read_yaml(path), _ConstructedFile, path).phases}


@cache
def reference_phases() -> dict[str, ReferencePhase]:
    """Return the shipped reference phases by name, from every file of ``data/phases``."""
    directory = package_data("stability", "phases")
    by_name: dict[str, ReferencePhase] = {}
    for path in sorted(directory.iterdir(), key=lambda path: path.name):
        for phase in validate(read_yaml(path), _PhaseFile, path).phases:
            if phase.name in by_name:
                raise DataError(f"{path}: the phase {phase.name!r} is described twice")
            by_name[phase.name] = phase
    return by_name


def build_phase(phase: ReferencePhase) -> Any:
    """Return the primitive ``pymatgen.core.Structure`` of a phase, expanded with its Hall-number operations.

    Raises
    ------
    StructureError
        The expanded cell does not have the number of sites or the formula the facts state.
    """
    import numpy as np
    import spglib
    from pymatgen.core import Composition, Lattice, Structure

    from antiperovskite.structures.symmetry import quiet_spglib

    with quiet_spglib():
        operations = spglib.get_symmetry_from_database(phase.hall_number)
    rotations, translations = operations["rotations"], operations["translations"]
    lattice = Lattice.from_parameters(**phase.lattice.model_dump())
    species: list[str] = []
    positions: list[Any] = []
    for position in phase.wyckoff:
        orbit = (np.einsum("oij,j->oi", rotations, position.xyz) + translations) % 1.0
        unique: list[Any] = []
        for point in orbit:
            if not unique or lattice.get_all_distances([point], unique).min() > 0.1:
                unique.append(point)
        species += [position.species] * len(unique)
        positions += unique
    structure = Structure(lattice, species, positions)
    if phase.sites_in_cell is not None and len(structure) != phase.sites_in_cell:
        raise StructureError(f"{phase.name}: built {len(structure)} sites, the facts say {phase.sites_in_cell}")
    if structure.composition.reduced_formula != Composition(phase.formula).reduced_formula:
        raise StructureError(f"{phase.name}: built {structure.composition.formula}, the facts say {phase.formula}")
    return structure.get_primitive_structure(tolerance=0.05)


def phase_elements(phase: ReferencePhase) -> dict[str, float]:
    """Atoms of each element in the phase's formula."""
    from pymatgen.core import Composition

    return {str(element): float(amount) for element, amount in Composition(phase.formula).items()}
