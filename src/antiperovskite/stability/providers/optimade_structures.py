"""One OPTIMADE structure entry as a phase to relax, or the reason why it cannot be one."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from antiperovskite._files import validate
from antiperovskite.composition.elements import ATOMIC_NUMBERS
from antiperovskite.errors import DataError, one_line
from antiperovskite.stability.providers.imported import familiar_formula
from antiperovskite.stability.reference_build import StructurePhase
from antiperovskite.stability.references import CompactStructure

SHORTEST_DISTANCE = 0.5  # angstrom; H-H in H2 is 0.74
# features of structures that do not say where every atom is
UNUSABLE_FEATURES = frozenset({"disorder", "implicit_atoms", "site_attachments", "assemblies", "unknown_positions"})

Number = Annotated[float, Field(strict=True)]
Vector = tuple[Number, Number, Number]


class Rejected(Exception):  # noqa: N818  not an error: most servers hold entries that cannot be used
    """An entry that cannot be used; the text says which and why."""


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class _Species(_Plain):
    name: str
    chemical_symbols: tuple[str, ...] = Field(min_length=1)
    concentration: tuple[Number, ...] = Field(min_length=1)


class _Attributes(_Plain):
    lattice_vectors: tuple[Vector, Vector, Vector]
    cartesian_site_positions: tuple[Vector, ...] = Field(min_length=1)
    species: tuple[_Species, ...] = Field(min_length=1)
    species_at_sites: tuple[str, ...] = Field(min_length=1)
    structure_features: tuple[str, ...] | None = None
    dimension_types: tuple[int, int, int] | None = None


class _Entry(_Plain):
    id: str | int
    attributes: _Attributes


def read_structure(item: Any, host: str, wanted: frozenset[str], max_atoms: int) -> StructurePhase:
    """Return one entry of an answer as a phase.

    Raises
    ------
    Rejected
        It is malformed, disordered, not a crystal, too large, of other elements, or has atoms on top of each other.
    """
    given = item.get("id", "an entry") if isinstance(item, dict) else "an entry"
    label = re.sub(r"[^A-Za-z0-9_.+-]+", "_", one_line(given, 60)).strip("_") or "entry"
    try:
        entry = validate(item, _Entry, label)
    except DataError as error:
        raise Rejected(str(error)) from error
    attributes = entry.attributes
    features = UNUSABLE_FEATURES & set(attributes.structure_features or ())
    if features:
        raise Rejected(f"{label}: {', '.join(sorted(features))}")
    if attributes.dimension_types is not None and attributes.dimension_types != (1, 1, 1):
        raise Rejected(f"{label}: not periodic in three dimensions")
    if len(attributes.species_at_sites) != len(attributes.cartesian_site_positions):
        raise Rejected(f"{label}: {len(attributes.species_at_sites)} species for another number of sites")
    if len(attributes.species_at_sites) > max_atoms:
        raise Rejected(f"{label}: {len(attributes.species_at_sites)} atoms, more than {max_atoms}")
    symbols = _symbols(attributes, label, wanted)
    return _phase(attributes, symbols, label, host)


def _symbols(attributes: _Attributes, label: str, wanted: frozenset[str]) -> list[str]:
    """The element on each site."""
    elements: dict[str, str] = {}
    for species in attributes.species:
        whole = len(species.chemical_symbols) == 1 and abs(species.concentration[0] - 1.0) < 1e-6
        elements[species.name] = species.chemical_symbols[0] if whole else ""
    symbols = [elements.get(name, "") for name in attributes.species_at_sites]
    if not all(symbol in ATOMIC_NUMBERS for symbol in symbols):
        raise Rejected(f"{label}: a site without one whole element on it")
    if not set(symbols) <= wanted:
        raise Rejected(f"{label}: holds {', '.join(sorted(set(symbols) - wanted))}, which was not asked for")
    return symbols


def _phase(attributes: _Attributes, symbols: list[str], label: str, host: str) -> StructurePhase:
    import numpy as np
    from pymatgen.core import Lattice, Structure

    matrix = np.array(attributes.lattice_vectors)
    if not 0.5 * len(symbols) < abs(float(np.linalg.det(matrix))) < 1e6 or abs(matrix).max() > 1e3:
        raise Rejected(f"{label}: its lattice vectors do not span a cell")
    positions = np.array(attributes.cartesian_site_positions)
    if abs(positions).max() > 1e5:
        raise Rejected(f"{label}: an atom far outside the cell")
    structure = Structure(Lattice(matrix), symbols, positions, coords_are_cartesian=True)
    if not structure.is_valid(tol=SHORTEST_DISTANCE):
        raise Rejected(f"{label}: atoms closer than {SHORTEST_DISTANCE} angstrom")
    primitive = structure.get_primitive_structure(tolerance=0.05)
    formula = familiar_formula(str(primitive.composition.reduced_formula))
    return StructurePhase(
        name=f"{formula}-{host}-{label}",
        formula=formula,
        kind="element" if len(set(symbols)) == 1 else "competing",
        trust=f"OPTIMADE {host}",
        source=f"OPTIMADE {host}, {label}",
        structure=CompactStructure(
            lattice=tuple(tuple(round(float(x), 6) for x in row) for row in primitive.lattice.matrix),
            species=tuple(site.species_string for site in primitive),
            coordinates=tuple(tuple(round(float(x), 6) for x in site.frac_coords) for site in primitive),
        ),
    )
