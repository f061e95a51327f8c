"""Which ions a phase is made of: covalent groups (OH, CO3, BH4, peroxide O2...) found by distance, else single ions.

The corrections of a calibration belong to such groups, because the error of an energy model is an error per kind of
bond: oxide, peroxide and superoxide need different ones (Wang et al., Phys. Rev. B 2006, 10.1103/PhysRevB.73.195107).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

# upper bond lengths, angstrom: between the covalent distance of the pair and its closest non-bonded contact
BONDS: Final[dict[frozenset[str], float]] = {
    frozenset(pair): length
    for pair, length in {
        ("O", "H"): 1.25,
        ("N", "H"): 1.25,
        ("C", "H"): 1.30,
        ("B", "H"): 1.45,
        ("Al", "H"): 1.80,
        ("P", "H"): 1.60,
        ("S", "H"): 1.55,
        ("C", "O"): 1.50,
        ("N", "O"): 1.50,
        ("B", "O"): 1.65,
        ("P", "O"): 1.80,
        ("S", "O"): 1.75,
        ("Cl", "O"): 1.80,
        ("Br", "O"): 1.95,
        ("I", "O"): 2.05,
        ("B", "F"): 1.65,
        ("P", "F"): 1.85,
        ("C", "N"): 1.40,
        ("C", "S"): 1.80,
        ("O",): 1.65,
        ("S",): 2.35,
        ("Se",): 2.65,
        ("Te",): 2.95,
        ("N",): 1.45,
        ("C",): 1.65,
        ("Cl",): 2.25,
        ("Br",): 2.60,
        ("I",): 2.95,
        ("P",): 2.35,
    }.items()
}
SUPEROXIDE_BELOW: Final = 1.42  # angstrom; O-O is 1.33 in superoxides and 1.50 in peroxides
LARGEST_GROUP: Final = 12  # atoms; a longer chain or a net is not an ion
NONMETALS: Final = frozenset(
    {"H", "B", "C", "N", "O", "F", "Si", "P", "S", "Cl", "As", "Se", "Br", "Te", "I", "Sb", "Ge", "Bi"}
)
# sizes of anion charges other than one
CHARGES: Final[dict[str, int]] = {
    **dict.fromkeys(("O", "S", "Se", "Te", "O2-peroxide", "S2", "Se2", "Te2", "NH", "CO3", "SO4", "SO3"), 2),
    **dict.fromkeys(("N", "P", "As", "Sb", "Bi", "PO4", "BO3"), 3),
    **dict.fromkeys(("Si", "Ge"), 4),
    **dict.fromkeys(("H2O", "NH3", "CO2"), 0),
}
_ORDER: Final = ("Al", "B", "C", "N", "P", "S", "Se", "Te", "Br", "Cl", "I", "O", "F", "H")


def ionic_groups(structure: Any) -> dict[str, float]:
    """Count the ions of a ``pymatgen.core.Structure`` per reduced formula unit.

    Keys are elements for single ions (``Li``, ``O`` for oxide), formulas for groups (``OH``, ``H2O``, ``CO3``), and
    ``O2-peroxide`` or ``O2-superoxide`` for bonded oxygen pairs.

    Examples
    --------
    >>> from pymatgen.core import Lattice, Structure
    >>> ionic_groups(Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.1), ["Li", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]))
    {'Cl': 1.0, 'Li': 1.0}
    """
    symbols = [site.specie.symbol for site in structure]
    _, factor = structure.composition.element_composition.get_reduced_formula_and_factor()
    bonds = _covalent_bonds(structure, symbols)
    counts: Counter[str] = Counter()
    unseen = dict.fromkeys(range(len(symbols)))
    while unseen:
        members, endless = _walk(next(iter(unseen)), bonds)
        counts.update(_names(members, endless, symbols, bonds))
        for site in members:
            del unseen[site]
    return {name: count / factor for name, count in sorted(counts.items())}


Bonds = dict[int, list[tuple[int, tuple[int, int, int], float]]]
"""For each site its bonded neighbours: site, lattice translation, distance in angstrom."""


def _covalent_bonds(structure: Any, symbols: list[str]) -> Bonds:
    bonds: Bonds = {site: [] for site in range(len(symbols))}
    present = set(symbols)
    possible = {pair: length for pair, length in BONDS.items() if pair <= present}
    if not possible:
        return bonds
    centres, neighbours, images, distances = structure.get_neighbor_list(max(possible.values()))
    for i, j, image, distance in zip(centres, neighbours, images, distances, strict=True):
        if distance < possible.get(frozenset((symbols[i], symbols[j])), 0.0):
            shift = (int(image[0]), int(image[1]), int(image[2]))
            bonds[int(i)].append((int(j), shift, float(distance)))
    return bonds


def _walk(start: int, bonds: Bonds) -> tuple[list[int], bool]:
    """Sites bonded to ``start``, and whether the group meets its own image: a chain, sheet or net without end."""
    place = {start: (0, 0, 0)}
    queue, endless = [start], False
    while queue:
        site = queue.pop()
        x, y, z = place[site]
        for other, (i, j, k), _ in bonds[site]:
            there = (x + i, y + j, z + k)
            if other not in place:
                place[other] = there
                queue.append(other)
            elif place[other] != there:
                endless = True
    return list(place), endless


def _names(members: list[int], endless: bool, symbols: list[str], bonds: Bonds) -> list[str]:
    if len(members) == 1 and not endless:
        return [symbols[members[0]]]
    if endless or len(members) > LARGEST_GROUP:
        return [f"{symbols[site]}-net" for site in members]
    counts = Counter(symbols[site] for site in members)
    if counts == {"O": 2}:
        length = bonds[members[0]][0][2]
        return ["O2-superoxide" if length < SUPEROXIDE_BELOW else "O2-peroxide"]
    if counts == {"O": 1, "H": 1}:
        return ["OH"]
    if counts == {"H": 2, "O": 1}:
        return ["H2O"]
    order = sorted(counts, key=lambda element: _ORDER.index(element) if element in _ORDER else -1)
    return ["".join(f"{element}{counts[element] if counts[element] > 1 else ''}" for element in order)]


_TAKERS: Final = frozenset({"O", "F", "Cl", "Br", "I"})
FIXED_CHARGES: Final = {
    **dict.fromkeys(("Li", "Na", "K", "Rb", "Cs", "Ag"), 1),
    **dict.fromkeys(("Be", "Mg", "Ca", "Sr", "Ba", "Zn"), 2),
    "Al": 3,
    "La": 3,
    "Si": 4,
}


def composition_groups(elements: Mapping[str, float]) -> dict[str, float] | None:
    """Return the ions of a phase of which only the composition is known; ``None`` where it may be one of several.

    Salts of one nonmetal whose charges balance with metals of fixed valence (Li2O but not Li2O2, LiCl, MgS), and
    phases of metals alone.
    """
    nonmetals = [element for element in elements if element in NONMETALS]
    if not nonmetals:
        return dict(elements)
    metals = [element for element in elements if element not in NONMETALS]
    if len(nonmetals) > 1 or any(metal not in FIXED_CHARGES for metal in metals):
        return None
    positive = sum(FIXED_CHARGES[metal] * elements[metal] for metal in metals)
    balanced = abs(positive - group_charge(nonmetals[0]) * elements[nonmetals[0]]) < 1e-6
    return dict(elements) if balanced and metals else None


def cations(groups: Mapping[str, float]) -> dict[str, float]:
    """The positive ions of a phase: metals, and Si or Ge where oxygen or a halogen takes their electrons."""
    oxidised = bool(_TAKERS & groups.keys())
    return {
        group: count
        for group, count in groups.items()
        if re.fullmatch(r"[A-Z][a-z]?", group) and (group not in NONMETALS or (oxidised and group in {"Si", "Ge"}))
    }


def group_charge(group: str) -> int:
    """Return the size of an anion group's charge; 1 where it is not in the table."""
    return CHARGES.get(group, 1)


def group_atoms(group: str) -> int:
    """Return the number of atoms in a group from its name."""
    formula = group.split("-", maxsplit=1)[0]
    return sum(int(count or 1) for _, count in re.findall(r"([A-Z][a-z]?)(\d*)", formula))
