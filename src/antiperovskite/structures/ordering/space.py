"""From a formula and a supercell to the problem to be enumerated: sites, whole ions, orientations on offer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from antiperovskite.composition.model import Formula, Sites
from antiperovskite.errors import OptionError, StructureError
from antiperovskite.ions.model import Ion
from antiperovskite.structures.amounts import smallest_formula_units
from antiperovskite.structures.build import build_structure
from antiperovskite.structures.check import ion_table
from antiperovskite.structures.ordering.parent import (
    PARENT_SYMPREC,
    Matrix,
    Parent,
    SymmetryGroup,
    check_matrix,
    cubic_parent,
    supercell_group,
)
from antiperovskite.structures.ordering.points import VACANCY, Problem, find_orientation, make_problem
from antiperovskite.structures.orientations import orientation_names, oriented, shape
from antiperovskite.structures.sizes import cubic_parameter, mean_radius

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

LARGEST_CELL = 64
"""Most parent cells in a supercell that is enumerated; beyond, the group alone fills the memory of a laptop."""
LARGEST_QUASIRANDOM = 216
"""Most parent cells in a quasirandom structure (1,080 sites of the cubic parent)."""


@dataclass(frozen=True)
class Space:
    """A formula in a supercell, ready to be enumerated."""

    formula: Formula
    matrix: Matrix
    parent: Parent
    problem: Problem
    occupations: Mapping[str, Mapping[str, int]]
    ions: Mapping[str, Ion]
    formula_units: int
    cubic_cells: float
    notes: tuple[str, ...]

    @property
    def group(self) -> SymmetryGroup:
        """Symmetry group of the supercell."""
        return self.problem.group


def parse_supercell(text: str) -> Matrix:
    """Read ``2x2x2``, or nine whole numbers such as ``0,1,1,1,0,1,1,1,0`` (rows).

    Raises
    ------
    OptionError
        It is neither.

    Examples
    --------
    >>> parse_supercell("2x1x1")
    ((2, 0, 0), (0, 1, 0), (0, 0, 1))
    """
    plain = text.strip().lower()
    multiples = re.fullmatch(r"(\d{1,2})[x×](\d{1,2})[x×](\d{1,2})", plain)
    if multiples:
        a, b, c = (int(number) for number in multiples.groups())
        rows = [[a, 0, 0], [0, b, 0], [0, 0, c]]
    else:
        numbers = re.findall(r"-?\d{1,2}", plain)
        if len(numbers) != 9 or re.sub(r"[-\d,;\s]", "", plain):
            raise OptionError(
                f"cannot read the supercell {text[:40]!r}; write 2x2x2, or nine whole numbers (three rows) such as "
                "0,1,1,1,0,1,1,1,0"
            )
        values = [int(number) for number in numbers]
        rows = [values[0:3], values[3:6], values[6:9]]
    try:
        return check_matrix(rows)
    except StructureError as error:
        raise OptionError(str(error)) from error


def ordering_space(
    formula: Formula,
    matrix: Sequence[Sequence[int]],
    *,
    orient: Mapping[str, Sequence[str]] | None = None,
    lattice_a: float | None = None,
    ions: Mapping[str, Ion] | None = None,
    symmetric: bool = True,
) -> Space:
    """Place a formula's ions on a supercell of its parent.

    Parameters
    ----------
    matrix
        Supercell vectors (rows) in units of the parent's vectors.
    orient
        Per cluster ion the orientations to enumerate: names of :func:`orientation_names`, short forms (``"100"``,
        ``"110"``, ``"111"``) or ``"all"``; each stands for the whole family of equivalent orientations. Clusters
        left out keep one orientation and count as spheres.
    lattice_a
        Edge of the pseudo-cubic cell in angstrom; that of :func:`build_structure`, or from radii, when omitted.
    symmetric
        Whether the supercell's symmetry group is needed (not for quasirandom structures).

    Raises
    ------
    StructureError
        The amounts are not whole in this supercell (the message says which are), or it is too large.
    OptionError
        An ion or orientation to turn does not exist.
    """
    rows = check_matrix(matrix)
    table = ion_table(formula, ions)
    parent, notes = _parent(formula, table, lattice_a)
    cells = _determinant(rows)
    largest = LARGEST_CELL if symmetric else LARGEST_QUASIRANDOM
    if cells > largest:
        advice = "build a quasirandom structure instead" if symmetric else "take a smaller one"
        raise StructureError(f"a supercell of {cells} parent cells was asked for; the limit is {largest}; {advice}")
    units, occupations = _whole_ions(formula, parent, cells)
    symprec = PARENT_SYMPREC if formula.framework == "3D" else 0.01
    group = supercell_group(parent, rows, symprec, identity_only=not symmetric)
    families = {
        symbol: orientation_family(table[symbol], names, group)
        for symbol, names in _check_orient(formula, table, orient or {}).items()
    }
    elements = {symbol: [atom.element for atom in table[symbol].atoms] for symbol in families}
    problem = make_problem(group, occupations, families, elements)
    still = [s for s, ion in table.items() if ion.is_cluster and s not in families]
    if still:
        notes = (
            *notes,
            f"{', '.join(still)} keep one orientation and count as spheres in the symmetry; orient them to enumerate "
            "their directions",
        )
    return Space(
        formula=formula,
        matrix=rows,
        parent=parent,
        problem=problem,
        occupations=occupations,
        ions=table,
        formula_units=units,
        cubic_cells=parent.cubic_cells * cells,
        notes=notes,
    )


def _determinant(rows: Matrix) -> int:
    import numpy as np

    return round(float(np.linalg.det(np.array(rows, dtype=float))))


def _parent(formula: Formula, table: Mapping[str, Ion], lattice_a: float | None) -> tuple[Parent, tuple[str, ...]]:
    """The parent cell: cubic for three-dimensional frameworks, else the family's prototype with one ion a role."""
    if lattice_a is not None and not 2.0 <= lattice_a <= 12.0:
        raise OptionError(f"a lattice parameter of {lattice_a:g} angstrom was given; it must lie between 2 and 12")
    if formula.framework == "3D":
        a, where = (lattice_a, "as given") if lattice_a is not None else _guess_a(formula, table)
        return cubic_parent(a), (f"cubic parent with a = {a:.4f} angstrom ({where}); positions are ideal, not relaxed",)
    if lattice_a is not None:
        raise OptionError(f"{formula.formula} has no cubic parent, so no cubic lattice parameter can be given")
    return _prototype(formula, table), (f"parent: the {formula.family} prototype with one kind of ion on each site",)


def _guess_a(formula: Formula, table: Mapping[str, Ion]) -> tuple[float, str]:
    try:
        model = build_structure(formula, table)
    except StructureError:  # the default builder stops at two octahedra
        mean = {
            role: mean_radius([table[s] for s, n in amounts.items() for _ in range(max(1, round(100 * n)))], role)
            for role, amounts in (("X", formula.sites.X), ("B", formula.sites.B), ("A", formula.sites.A))
        }
        return cubic_parameter(mean["X"], mean["B"], mean["A"]), "from ionic radii"
    return float((model.to_pymatgen().volume / model.cubic_cells) ** (1 / 3)), "as the default starting structure"


def _prototype(formula: Formula, table: Mapping[str, Ion]) -> Parent:
    import numpy as np

    from antiperovskite.structures.build import _builders

    if any(ion.is_cluster for ion in table.values()):
        raise StructureError(f"{formula.formula}: orderings with cluster ions are enumerated in cubic parents only")
    per_octahedron = {"X": formula.vacancies + sum(formula.sites.X.values()), "A": sum(formula.sites.A.values())}
    main = {
        role: max(amounts, key=lambda symbol: amounts[symbol])
        for role, amounts in (("X", formula.sites.X), ("B", formula.sites.B), ("A", formula.sites.A))
    }
    sites = Sites(
        X={main["X"]: per_octahedron["X"] / formula.multiplicity},
        B={main["B"]: 1.0},
        A={main["A"]: per_octahedron["A"] / formula.multiplicity},
    )
    plain = formula.model_copy(update={"sites": sites, "vacancies": 0.0, "multiplicity": 1.0})
    model = next(_builders(plain, table, tilts=False))(1.0)
    structure = model.to_pymatgen()
    return Parent(
        lattice=np.array(structure.lattice.matrix),
        positions=np.array(structure.frac_coords),
        roles=tuple(model.roles),
        name=model.description,
        cubic_cells=model.cubic_cells,
    )


def _whole_ions(formula: Formula, parent: Parent, cells: int) -> tuple[int, dict[str, dict[str, int]]]:
    """Formula units in the supercell and whole ions on every sublattice."""
    units = Fraction(parent.octahedra * cells) / Fraction(formula.multiplicity).limit_denominator(1000)
    needed = smallest_formula_units(formula)
    amounts: dict[str, dict[str, float]] = {
        "X": {**formula.sites.X, VACANCY: formula.vacancies},
        "B": dict(formula.sites.B),
        "A": dict(formula.sites.A),
    }
    if units.denominator != 1 or units % needed:
        octahedra = Fraction(formula.multiplicity).limit_denominator(1000) * needed / parent.octahedra
        broken = ", ".join(
            f"{float(amount * units):g} {species} on {role}"
            for role, species_amounts in amounts.items()
            for species, amount in species_amounts.items()
            if abs(float(amount * units) - round(float(amount * units))) > 1e-6
        )
        raise StructureError(
            f"{formula.formula}: the supercell would hold {broken or f'{float(units):g} formula units'}; take one "
            f"whose number of parent cells is a multiple of {octahedra}"
        )
    counts = {
        role: {species: round(float(amount * units)) for species, amount in species_amounts.items() if amount > 0}
        for role, species_amounts in amounts.items()
    }
    return int(units), counts


def _check_orient(
    formula: Formula, table: Mapping[str, Ion], orient: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, ...]]:
    chosen: dict[str, tuple[str, ...]] = {}
    for symbol, names in orient.items():
        if symbol not in table:
            raise OptionError(f"{formula.formula} holds no ion {symbol!r} to turn; it holds {', '.join(table)}")
        ion = table[symbol]
        if not ion.is_cluster:
            raise OptionError(f"{symbol} is a single atom and has no orientation; only cluster ions are turned")
        roles = [
            r
            for r, amounts in (("X", formula.sites.X), ("B", formula.sites.B), ("A", formula.sites.A))
            if symbol in amounts
        ]
        if len(roles) > 1:
            raise OptionError(
                f"{symbol} sits on {' and '.join(roles)} in {formula.formula}; orientations need one site"
            )
        chosen[symbol] = _names(ion, names)
    return chosen


def _names(ion: Ion, wanted: Sequence[str]) -> tuple[str, ...]:
    """Full orientation names for short forms; a short form takes the first name that carries its direction."""
    offered = orientation_names(ion)
    found: list[str] = []
    for text in wanted:
        if text == "all":
            found.extend(offered)
            continue
        short = {"100": "001", "010": "001"}.get(text, text)
        hits = [name for name in offered if text == name or (len(text) == 3 and f"[{short}]" in name)]
        hits = hits or [name for name in offered if len(text) == 3 and f"<{text}>" in name]
        if not hits:
            raise OptionError(
                f"{ion.symbol} ({shape(ion)}) has no orientation {text[:40]!r}; choose all, 100, 110, 111 where they "
                f"exist, or one of: {'; '.join(offered)}"
            )
        found.append(hits[0])
    return tuple(dict.fromkeys(found))


def orientation_family(ion: Ion, names: Sequence[str], group: SymmetryGroup) -> Array:
    """All orientations equivalent to the named ones under the parent's point group, ``(n, n_atoms, 3)`` in angstrom.

    Raises
    ------
    StructureError
        The ion may differ from its mirror image.
    """
    import numpy as np

    like = [atom.element for atom in ion.atoms]
    found: list[Array] = []
    for name in names:
        start = oriented(ion, name)
        proper: list[Array] = []
        improper: list[Array] = []
        for rotation in group.parent_rotations:
            (proper if np.linalg.det(rotation) > 0 else improper).append(start @ rotation.T)
        for atoms in proper:
            if find_orientation(atoms, np.array(found).reshape(-1, *start.shape), like) < 0:
                found.append(atoms)
        for atoms in improper:
            if find_orientation(atoms, np.array(found), like) < 0:
                if shape(ion) == "other":  # the shapes known by name all equal their mirror images
                    raise StructureError(
                        f"reflections bring {ion.symbol} to orientations that rotations do not; its mirror image may "
                        "be another ion, so its orientations are not enumerated"
                    )
                found.append(atoms)
    return np.array(found)
