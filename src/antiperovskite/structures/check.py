"""One gate for every structure that leaves this room: composition, charge, contacts, coordination, whole ions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from antiperovskite.composition.model import Formula
from antiperovskite.errors import StructureError
from antiperovskite.ions.model import Ion
from antiperovskite.structures.model import StructureModel
from antiperovskite.structures.octahedra import octahedra

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def check_structure(
    model: StructureModel,
    formula: Formula | None = None,
    ions: Mapping[str, Ion] | None = None,
    *,
    coordination: int | None = 6,
) -> None:
    """Raise unless a structure is what its formula says.

    Checked: site amounts and charge against the formula; every ion whole, with its atoms within 0.1 angstrom of
    the registered distances; no contact below :func:`shortest_allowed`; every B with six X neighbours, less two
    for every empty X site (a vacancy is shared by two octahedra), none of them closer than 60 degrees.

    Parameters
    ----------
    model
        What was built, or what a relaxation made of it.
    formula
        What was asked for; resolved from ``model.formula`` when omitted.
    ions
        Ion table; the registry when omitted.
    coordination
        X neighbours of every B; ``None`` skips the check (structures in which B is known not to be octahedral).

    Raises
    ------
    StructureError
        Naming the first thing that is wrong.
    """
    if formula is None:
        from antiperovskite.composition import resolve

        formula = resolve(model.formula)
    table = ion_table(formula, ions)
    _check_amounts(model, formula, table)
    structure = model.to_pymatgen()
    _check_ions(model, structure, table)
    problem = closest_clash(model, table)
    if problem is not None:
        raise StructureError(f"{model.formula}: {problem}")
    if coordination is not None:
        _check_octahedra(model, formula, coordination)


def ion_table(formula: Formula, ions: Mapping[str, Ion] | None = None) -> dict[str, Ion]:
    """The ions of a formula by symbol, from ``ions`` or else from the registry."""
    symbols = [*formula.sites.X, *formula.sites.B, *formula.sites.A]
    if ions is not None:
        missing = [symbol for symbol in symbols if symbol not in ions]
        if missing:
            raise StructureError(f"{formula.formula}: the ion table given lacks {', '.join(missing)}")
        return {symbol: ions[symbol] for symbol in symbols}
    from antiperovskite.ions import ion

    return {symbol: ion(symbol) for symbol in symbols}


def _check_amounts(model: StructureModel, formula: Formula, table: Mapping[str, Ion]) -> None:
    found: Counter[tuple[str, str]] = Counter()
    for _, role, symbol in {(g, r, i) for g, r, i in zip(model.groups, model.roles, model.ions, strict=True)}:
        found[role, symbol] += 1
    wanted: dict[tuple[str, str], float] = {
        (role, symbol): amount * model.formula_units
        for role, amounts in (("X", formula.sites.X), ("B", formula.sites.B), ("A", formula.sites.A))
        for symbol, amount in amounts.items()
    }
    for key in sorted(wanted.keys() | found.keys()):
        if abs(found.get(key, 0) - wanted.get(key, 0.0)) > 1e-6:
            raise StructureError(
                f"{model.formula}: the cell holds {found.get(key, 0)} {key[1]} on {key[0]} "
                f"where {wanted.get(key, 0.0):g} belong"
            )
    charge = sum(table[symbol].charge * count for (_, symbol), count in found.items())
    if charge != 0:
        raise StructureError(f"{model.formula}: the cell has charge {charge:+d}; it must be neutral")


def _members(groups: tuple[int, ...]) -> dict[int, list[int]]:
    members: dict[int, list[int]] = {}
    for index, group in enumerate(groups):
        members.setdefault(group, []).append(index)
    return members


def _check_ions(model: StructureModel, structure: Any, table: Mapping[str, Ion]) -> None:
    import numpy as np

    if not len(structure) == len(model.roles) == len(model.ions) == len(model.groups):
        raise StructureError(f"{model.formula}: roles, ions and groups must have one entry an atom")
    for members in _members(model.groups).values():
        ion = table[model.ions[members[0]]]
        label = f"{model.formula}: ion {ion.symbol} of atoms {members}"
        elements = [structure[index].specie.symbol for index in members]
        if Counter(elements) != Counter(atom.element for atom in ion.atoms):
            raise StructureError(f"{label} holds {''.join(elements)}; it must be one whole ion")
        expected = np.array([atom.xyz for atom in ion.atoms])
        found = structure.distance_matrix[np.ix_(members, members)]
        wanted = np.linalg.norm(expected[:, None] - expected[None], axis=-1)
        if len(members) > 1 and np.abs(np.sort(found, axis=None) - np.sort(wanted, axis=None)).max() > 0.1:
            raise StructureError(f"{label} does not have the registered geometry")


@cache
def _covalent_radius(element: str) -> float:
    from ase.data import atomic_numbers, covalent_radii

    return float(covalent_radii[atomic_numbers[element]])


def shortest_allowed(first: str, second: str, like_charged: bool) -> float:
    """Shortest contact in angstrom admitted between atoms of two ions.

    Eight tenths of the sum of covalent radii, but at least 1.2 angstrom between ions of opposite and 1.9 between
    ions of like charge: a gate against overlapping starts, not a statement about bonds.
    """
    floor = 1.9 if like_charged else 1.2
    return max(floor, 0.8 * (_covalent_radius(first) + _covalent_radius(second)))


def closest_clash(model: StructureModel, table: Mapping[str, Ion]) -> str | None:
    """Describe the worst contact between different ions that is too short, or return ``None``."""
    structure = model.to_pymatgen()
    centres, neighbours, images, distances = structure.get_neighbor_list(3.2)
    worst: tuple[float, str] | None = None
    for i, j, image, distance in zip(centres, neighbours, images, distances, strict=True):
        if model.groups[i] == model.groups[j] and (not image.any() or distance < 1.9):
            continue  # bonds inside one ion, also across a cell face
        like = table[model.ions[i]].charge * table[model.ions[j]].charge > 0
        names = (structure[int(i)].specie.symbol, structure[int(j)].specie.symbol)
        limit = shortest_allowed(*names, like)
        if distance < limit and (worst is None or distance / limit < worst[0]):
            text = f"{names[0]} and {names[1]} are {distance:.2f} angstrom apart; at least {limit:.2f} is needed"
            worst = (float(distance / limit), text)
    return None if worst is None else worst[1]


def _check_octahedra(model: StructureModel, formula: Formula, coordination: int) -> None:
    import numpy as np

    found = octahedra(model)
    missing = sum(coordination - len(item.vertices) for item in found)
    # In a corner-sharing network each empty X site is missing from two octahedra.
    expected = round(2 * formula.vacancies * model.formula_units)
    if missing != expected:
        counts = sorted(Counter(len(item.vertices) for item in found).items())
        text = ", ".join(f"{number} of {size} X" for size, number in counts)
        raise StructureError(
            f"{model.formula}: the B ions have {text} neighbours; {missing} are missing where {expected} should be"
        )
    for item in found:
        rays = np.array(item.vertices) - np.array(item.centre)
        rays /= np.linalg.norm(rays, axis=1)[:, None]
        cosines = (rays @ rays.T)[np.triu_indices(len(rays), 1)]
        if len(cosines) and cosines.max() > np.cos(np.radians(60.0)):
            raise StructureError(f"{model.formula}: the X around atom {item.atom} do not form an octahedron")
