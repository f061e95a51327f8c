"""Chains (X5BA3) and isolated octahedra (X6BA4): constructed prototypes, scaled by ionic radii.

Both were reasoned out and then relaxed once, at fixed space group, for the lithium oxide chloride with SevenNet
7net-0 (0.02 eV/angstrom); the fractions below are that relaxation's and the cell edges are kept as multiples of the
cubic edge that :func:`antiperovskite.structures.sizes.cubic_parameter` gives for the same ions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from antiperovskite.composition.model import Formula
from antiperovskite.errors import StructureError
from antiperovskite.ions.model import Ion
from antiperovskite.structures.amounts import CellContent, kinds
from antiperovskite.structures.assemble import Placement, assemble
from antiperovskite.structures.model import SiteRole, StructureModel
from antiperovskite.structures.orientations import oriented
from antiperovskite.structures.sizes import cubic_parameter, mean_radius


@dataclass(frozen=True)
class Prototype:
    """A constructed structure type: Wyckoff sites by role, cell edges in units of the cubic edge."""

    name: str
    spacegroup: str
    angles: tuple[float, float, float]
    edges: tuple[float, float, float]
    sites: tuple[tuple[SiteRole, tuple[float, float, float]], ...]
    what: str
    notes: tuple[str, ...]


CHAIN: Final = Prototype(
    name="constructed chain type",
    spacegroup="Immm",
    angles=(90.0, 90.0, 90.0),
    edges=(1.483, 2.967, 0.9588),
    sites=(
        ("B", (0.0, 0.0, 0.0)),
        ("X", (0.0, 0.0, 0.5)),
        ("X", (0.2250, 0.1184, 0.0)),
        ("A", (0.5, 0.0, 0.5)),
        ("A", (0.0, 0.2223, 0.5)),
    ),
    what="chains of corner-sharing octahedra along c, cut from the cubic parent on (110)",
    notes=(
        "the chain structure is reasoned out, not measured: rows of octahedra along c that share A ions but no X, "
        "stacked with a shift of half a cell",
        "crystals of Li5OCl3 were reported in another structure, I4/mcm with isolated OLi4 tetrahedra (Reckeweg et "
        "al. 2012, abstract); it has no octahedra and is not built",
    ),
)
ISOLATED: Final = Prototype(
    name="anti-K4CdCl6 type",
    spacegroup="R-3c",
    angles=(90.0, 90.0, 120.0),
    edges=(2.513, 2.513, 2.995),
    sites=(
        ("B", (0.0, 0.0, 0.0)),
        ("X", (0.8694, 0.0447, 0.0938)),
        ("A", (0.0, 0.0, 0.25)),
        ("A", (0.6582, 0.0, 0.25)),
    ),
    what="isolated octahedra, anti-K4CdCl6 type (as in the zero-dimensional perovskites A4BX6)",
    notes=(
        "the anti-K4CdCl6 type is assumed by analogy with Cs4PbBr6; no measured structure is known to this program",
    ),
)
_STAND_IN: Final[dict[SiteRole, str]] = {"X": "Li", "B": "O", "A": "Cl"}


def _one_kind(formula: Formula, ions: Sequence[Ion], role: str) -> Ion:
    found = kinds(ions)
    if len(found) != 1:
        raise StructureError(
            f"{formula.formula}: mixed {role} ions ({', '.join(ion.symbol for ion in found)}) are not built in chain "
            "and isolated-octahedra structures"
        )
    return found[0]


def build_low_dimensional(
    formula: Formula, content: CellContent, prototype: Prototype, scale: float = 1.0
) -> StructureModel:
    """Fill a chain or isolated-octahedra prototype with the ions of a formula (primitive cell).

    Raises
    ------
    StructureError
        A site is mixed or partly empty, or a cluster ion would have to sit on B.
    """
    import numpy as np
    from pymatgen.core import Lattice, Structure

    if content.vacancies:
        raise StructureError(f"{formula.formula}: empty X sites are not built in {prototype.name} structures")
    ions = {
        "X": _one_kind(formula, content.X, "X"),
        "B": _one_kind(formula, content.B, "B"),
        "A": _one_kind(formula, content.A, "A"),
    }
    edge = cubic_parameter(*(mean_radius([ions[role]], role) for role in ("X", "B", "A"))) * scale
    lattice = Lattice.from_parameters(*(edge * factor for factor in prototype.edges), *prototype.angles)
    species = [_STAND_IN[role] for role, _ in prototype.sites]
    full = Structure.from_spacegroup(prototype.spacegroup, lattice, species, [xyz for _, xyz in prototype.sites])
    primitive = full.get_primitive_structure()
    role_of = {element: role for role, element in _STAND_IN.items()}
    placements = []
    for site in primitive:
        role = role_of[site.specie.symbol]
        placements.append(Placement(role, ions[role], np.array(site.coords), oriented(ions[role])))
    octahedra = sum(item.role == "B" for item in placements)
    return assemble(
        formula,
        np.array(primitive.lattice.matrix),
        placements,
        description=prototype.what,
        source=f"prototype: {prototype.name} ({prototype.spacegroup}), constructed; fractions from one relaxation of "
        "the Li-O-Cl member with SevenNet 7net-0, lengths from ionic radii",
        formula_units=round(octahedra / formula.multiplicity),
        cubic_cells=octahedra,
        notes=(*prototype.notes, "cubic_cells counts octahedra; extra A ions add volume, so no cubic a follows"),
    )
