"""Crystals whose atoms keep their site, ion and cluster through every change of cell that spglib makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import AntiperovskiteError, StructureError
from antiperovskite.structures.model import SiteRole, StructureModel
from antiperovskite.structures.symmetry import quiet_spglib

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SYMPREC: Final = 0.01  # angstrom
CLUSTER_BOND: Final = 2.0  # angstrom; longer than any bond inside an anion such as SO4, shorter than between two


@dataclass(frozen=True)
class Kind:
    """What an atom is: its element, the site it sits on (``None`` where that is not known) and its ion."""

    element: str
    role: SiteRole | None
    ion: str


@dataclass(frozen=True)
class Sites:
    """A periodic structure (``pymatgen.core.Structure``) with the kind of each atom and the ion it belongs to."""

    structure: Any
    kinds: tuple[Kind, ...]
    groups: tuple[int, ...]

    @property
    def formula_units(self) -> int:
        """Reduced formula units in the cell."""
        return max(1, round(float(self.structure.composition.get_reduced_composition_and_factor()[1])))

    def with_structure(self, structure: Any) -> Sites:
        """The same atoms, in the same order, elsewhere."""
        return Sites(structure, self.kinds, self.groups)


def from_model(model: StructureModel) -> Sites:
    """Read a structure whose sites are known."""
    structure = model.to_pymatgen()
    kinds = tuple(
        Kind(site.specie.symbol, role, ion) for site, role, ion in zip(structure, model.roles, model.ions, strict=True)
    )
    return Sites(structure, kinds, model.groups)


def from_structure(structure: Any) -> Sites:
    """Read a bare structure; sites are assigned where the formula is an anti-perovskite of single-atom ions.

    Raises
    ------
    StructureError
        Sites are partly occupied: vibrations need one ordered structure.
    """
    if not structure.is_ordered:
        raise StructureError(
            f"{structure.composition.reduced_formula} has partly occupied sites; vibrations need an ordered structure "
            "(see antiperovskite structure enumerate)"
        )
    elements = [site.specie.symbol for site in structure]
    roles = _roles_of_elements(structure.composition.reduced_formula)
    if roles is not None and set(elements) - set(roles):
        roles = None
    kinds = tuple(Kind(element, roles[element] if roles else None, element) for element in elements)
    return Sites(structure, kinds, tuple(range(len(kinds))))


def _roles_of_elements(formula: str) -> dict[str, SiteRole] | None:
    from antiperovskite.composition import resolve

    try:
        sites = resolve(formula).sites
    except AntiperovskiteError:
        return None
    named: list[tuple[SiteRole, Any]] = [("X", sites.X), ("B", sites.B), ("A", sites.A)]
    pairs = [(ion, role) for role, content in named for ion in content]
    return dict(pairs) if len(dict(pairs)) == len(pairs) else None


def standard_cell(sites: Sites, symprec: float = SYMPREC, *, primitive: bool = False) -> tuple[Sites, str, int]:
    """Return the standardised conventional (or primitive) cell, its space group's symbol and number.

    The centring of the conventional cell is the first letter of the symbol.

    Raises
    ------
    StructureError
        spglib finds no group at this tolerance.
    """
    import numpy as np
    import spglib
    from pymatgen.core import Lattice, Structure

    order = list(dict.fromkeys(sites.kinds))
    numbers = [order.index(kind) + 1 for kind in sites.kinds]
    cell = (np.asarray(sites.structure.lattice.matrix), np.asarray(sites.structure.frac_coords), numbers)
    with quiet_spglib():
        dataset = spglib.get_symmetry_dataset(cell, symprec=symprec)
        new = spglib.standardize_cell(cell, to_primitive=primitive, no_idealize=False, symprec=symprec)
    if dataset is None or new is None:
        raise StructureError(f"no space group was found at a tolerance of {symprec:g} angstrom; try another tolerance")
    lattice, positions, found = new
    kinds = tuple(order[number - 1] for number in found)
    arranged = sorted(range(len(kinds)), key=lambda k: (order.index(kinds[k]), k))  # one species after another
    structure = Structure(
        Lattice(np.asarray(lattice)),
        [kinds[k].element for k in arranged],
        np.mod(np.round(np.asarray(positions)[arranged], 10), 1.0),
    )
    kept = tuple(kinds[k] for k in arranged)
    return Sites(structure, kept, regroup(structure, kept)), str(dataset.international), int(dataset.number)


def regroup(structure: Any, kinds: Sequence[Kind]) -> tuple[int, ...]:
    """Number the ion each atom belongs to: atoms of one cluster ion are those linked by bonds within it."""
    import numpy as np

    groups = list(range(len(kinds)))
    clusters = [k for k, kind in enumerate(kinds) if kind.ion != kind.element]
    if clusters:
        distance = np.asarray(structure.distance_matrix)
        for i in clusters:
            for j in clusters:
                same = kinds[i].ion == kinds[j].ion and kinds[i].role == kinds[j].role
                if same and distance[i, j] < CLUSTER_BOND and groups[i] != groups[j]:
                    old, new = max(groups[i], groups[j]), min(groups[i], groups[j])
                    groups = [new if group == old else group for group in groups]
    order = list(dict.fromkeys(groups))
    return tuple(order.index(group) for group in groups)


def to_model(sites: Sites, formula: str, description: str, source: str) -> StructureModel:
    """Write a structure with its sites; where they are not known every atom is called A and a note says so."""
    unknown = any(kind.role is None for kind in sites.kinds)
    plain = sites.structure.as_dict()
    plain["lattice"]["pbc"] = list(plain["lattice"]["pbc"])  # JSON knows no tuples; the round trip must be equal
    octahedra = len({g for g, kind in zip(sites.groups, sites.kinds, strict=True) if kind.role == "B"})
    return StructureModel(
        formula=formula,
        family="unassigned" if unknown else "anti-perovskite",
        description=description,
        structure=plain,
        roles=tuple(kind.role or "A" for kind in sites.kinds),
        ions=tuple(kind.ion for kind in sites.kinds),
        groups=sites.groups,
        formula_units=sites.formula_units,
        cubic_cells=float(octahedra or sites.formula_units),
        source=source,
        notes=("sites are not known: all atoms are called A",) if unknown else (),
    )


def supercell_repeats(structure: Any, target: float) -> tuple[int, int, int]:
    """Return even repeats (or 1) that bring each edge near ``target`` angstrom.

    Even, because the instabilities of perovskites sit at the zone boundary: only cells doubled along an axis hold it.
    1 where the edge itself reaches 0.9 ``target``.
    """

    def repeat(length: float) -> int:
        return 1 if length >= 0.9 * target else 2 * max(1, round(target / length / 2))

    a, b, c = (float(length) for length in structure.lattice.abc)
    return repeat(a), repeat(b), repeat(c)
