"""From ions on sites to a :class:`StructureModel`: the one place where atoms, roles and groups are written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from antiperovskite.composition.model import Formula
from antiperovskite.ions.model import Ion
from antiperovskite.structures.model import SiteRole, StructureModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_ORDER: Final = {"X": 0, "B": 1, "A": 2}


@dataclass(frozen=True)
class Placement:
    """One ion on one site: rotation centre and atoms relative to it, Cartesian angstrom."""

    role: SiteRole
    ion: Ion
    centre: Array
    atoms: Array | None = None


def assemble(
    formula: Formula,
    lattice: Array,
    placements: Sequence[Placement],
    *,
    description: str,
    source: str,
    formula_units: int,
    cubic_cells: float,
    notes: Sequence[str] = (),
) -> StructureModel:
    """Write whole ions into a periodic cell; ``lattice`` is ``(3, 3)``, rows in angstrom."""
    import numpy as np
    from pymatgen.core import Lattice, Structure

    species: list[str] = []
    positions: list[Array] = []
    roles: list[SiteRole] = []
    ions: list[str] = []
    groups: list[int] = []
    ordered = sorted(placements, key=lambda item: (_ORDER[item.role], item.ion.symbol))
    for number, item in enumerate(ordered):
        relative = np.zeros((1, 3)) if item.atoms is None else item.atoms
        for atom, shift in zip(item.ion.atoms, relative, strict=True):
            species.append(atom.element)
            positions.append(item.centre + shift)
            roles.append(item.role)
            ions.append(item.ion.symbol)
            groups.append(number)
    fractional = np.array(positions) @ np.linalg.inv(lattice)
    fractional -= np.floor(fractional + 1e-9)  # 0, not 0.999..., for atoms on a cell face
    structure = Structure(Lattice(lattice), species, np.round(fractional, 12) + 0.0)
    return StructureModel(
        formula=formula.formula,
        family=formula.family,
        description=description,
        structure=json.loads(structure.to_json()),  # plain JSON types, so that a reloaded model is equal
        roles=tuple(roles),
        ions=tuple(ions),
        groups=tuple(groups),
        formula_units=formula_units,
        cubic_cells=cubic_cells,
        source=source,
        notes=tuple(dict.fromkeys(notes)),
    )
