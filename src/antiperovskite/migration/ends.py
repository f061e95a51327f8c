"""The two ends of a hop in a supercell: the same atoms in the same order, the same charge, only the ions moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from antiperovskite.errors import OptionError, StructureError
from antiperovskite.migration.exchange import Operation, mappings, supercell_operations
from antiperovskite.migration.hops import Sites, mobile_sites
from antiperovskite.migration.interpolation import shortest
from antiperovskite.migration.model import HopClass
from antiperovskite.structures.model import StructureModel

COMPENSATIONS: Final = ("none", "far-halide")
_CLASH: Final = 0.55  # of the sum of covalent radii
_ROOM: Final = 1.3  # the hop's image must be further away than the hop by this factor


@dataclass(frozen=True)
class Ends:
    """``first`` and ``last`` positions (angstrom, ``last - first`` by the shortest way) of ``atoms``.

    ``movers`` are the atoms that hop; ``operations`` those of the perfect supercell that may exchange the ends;
    ``copy`` carries the first end onto the last with its labels, where symmetry makes them equal.
    """

    atoms: Any
    first: Any
    last: Any
    movers: tuple[int, ...]
    kinds: Any
    operations: tuple[Operation, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Supercell:
    """A perfect supercell and what it takes to find the atoms of its unit cells."""

    model: StructureModel
    structure: Any
    sites: Sites
    times: tuple[int, int, int]
    atoms: Any  # ase.Atoms, copy after copy of the unit cell
    kinds: Any  # one integer an atom, different for different ions of one element
    empty: Any  # Cartesian places of the empty sites, copy after copy

    @property
    def per_cell(self) -> int:
        """Atoms in the unit cell."""
        return len(self.structure)

    def atom(self, number: int, shift: Any) -> int:
        """Atom of the supercell that is ``number`` in the unit cell at ``shift``."""
        a, b, c = (int(q) % n for q, n in zip(shift, self.times, strict=True))
        copy = (a * self.times[1] + b) * self.times[2] + c
        return copy * self.per_cell + number

    def place(self, number: int, shift: Any) -> Any:
        """Cartesian place of an atom or an empty site of the unit cell at ``shift``, angstrom."""
        import numpy as np

        return (self.sites.places[number] + np.asarray(shift)) @ self.sites.cell


def supercell(model: StructureModel, structure: Any, times: tuple[int, int, int], ion: str | None) -> Supercell:
    """Repeat a relaxed cell."""
    import numpy as np
    from pymatgen.io.ase import AseAtomsAdaptor

    sites = mobile_sites(model, structure, ion)
    unit = AseAtomsAdaptor.get_atoms(structure, msonable=False)
    copies = times[0] * times[1] * times[2]
    grid = np.array([(a, b, c) for a in range(times[0]) for b in range(times[1]) for c in range(times[2])])
    empty = (sites.places[None, sites.n_atoms :] + grid[:, None]).reshape(-1, 3) @ sites.cell
    kinds = np.tile(sites.kinds[: sites.n_atoms], copies)
    return Supercell(model, structure, sites, times, unit.repeat(times), kinds, empty)


def vacancy_ends(cell: Supercell, hop: HopClass, *, compensation: str = "none", symprec: float = 0.05) -> Ends:
    """The ends of a vacancy or cooperative hop.

    Raises
    ------
    OptionError
        The supercell is too small for the hop, or no anion to compensate with.
    """
    import numpy as np

    if compensation not in COMPENSATIONS:
        raise OptionError(f"unknown compensation {compensation[:30]!r}; choose {' or '.join(COMPENSATIONS)}")
    zero = (0, 0, 0)
    check_room(cell, hop)
    route = [(hop.start, zero), (hop.end, hop.shift)]
    if hop.middle is not None and hop.middle_shift is not None:
        route.insert(1, (hop.middle, hop.middle_shift))
    places = [cell.place(number, shift) for number, shift in route]
    movers = [cell.atom(number, shift) for number, shift in route[1:]]
    gone = [] if hop.intrinsic else [cell.atom(*route[0])]
    notes = []
    if compensation == "far-halide":
        halide, note = _far_halide(cell, [places[0], places[-1]], hop)
        gone += halide
        notes.append(note)
    elif not hop.intrinsic:
        notes.append(
            f"a lone {hop.ions[0]} vacancy, not compensated: an engine without charges sees a hole in the valence band"
        )
    keep = np.array([k for k in range(len(cell.atoms)) if k not in set(gone)])
    renumbered = {int(old): new for new, old in enumerate(keep)}
    atoms, kinds = cell.atoms[keep], cell.kinds[keep]
    first = atoms.positions.copy()
    last = first.copy()
    box = atoms.cell.array
    for mover, place in zip(movers, places, strict=False):
        k = renumbered[mover]
        last[k] = first[k] + shortest((place - first[k])[None], box)[0]
    if hop.intrinsic:
        last, turned = _turn_hydroxides(cell, atoms, first, last, renumbered, movers)
        notes += turned
    near = (places[0], places[-1])
    operations = _operations(cell, kinds, first, last, near, symprec, atoms)
    ends = Ends(atoms, first, last, tuple(renumbered[m] for m in movers), kinds, tuple(operations), tuple(notes))
    check_ends(atoms, last)
    return ends


def check_ends(first: Any, last: Any) -> None:
    """Prove that two ends can be joined: equal atoms in equal order, equal cells, no ion on an occupied site.

    Parameters
    ----------
    first
        ``ase.Atoms``.
    last
        ``ase.Atoms``, or positions ``(n, 3)`` of the same atoms.

    Raises
    ------
    StructureError
        They cannot; the message says why.
    """
    import numpy as np
    from ase.data import chemical_symbols, covalent_radii
    from ase.neighborlist import neighbor_list

    other = last
    if not hasattr(last, "positions"):
        other = first.copy()
        other.positions[:] = last
    if len(first) != len(other):
        raise StructureError(f"the ends have {len(first)} and {len(other)} atoms; give the same atoms in both")
    if (first.numbers != other.numbers).any():
        k = int(np.flatnonzero(first.numbers != other.numbers)[0])
        if sorted(first.numbers) == sorted(other.numbers):
            raise StructureError(f"the ends list their atoms in different orders (from atom {k}); order them alike")
        raise StructureError(
            f"the ends are {first.get_chemical_formula()} and {other.get_chemical_formula()}: not the same atoms, so "
            "not the same charge"
        )
    if abs(first.cell.array - other.cell.array).max() > 1e-6:
        raise StructureError("the ends have different cells; a hop is computed at fixed cell")
    for name, atoms in (("first", first), ("last", other)):
        i, j, d = neighbor_list("ijd", atoms, 3.0)
        limit = _CLASH * (covalent_radii[atoms.numbers[i]] + covalent_radii[atoms.numbers[j]])
        close = np.flatnonzero(d < limit)
        if len(close):
            q = int(close[0])
            a, b = (chemical_symbols[atoms.numbers[n]] for n in (i[q], j[q]))
            raise StructureError(
                f"in the {name} end {a} (atom {i[q]}) lies {d[q]:.2f} angstrom from {b} (atom {j[q]}): the hop goes "
                "into an occupied site"
            )


def check_room(cell: Supercell, hop: HopClass) -> None:
    """The moving ion must not see its target twice.

    Raises
    ------
    OptionError
        It does: the supercell is too small.
    """
    import numpy as np

    vector = cell.place(hop.end, hop.shift) - cell.place(hop.start, (0, 0, 0))
    box = cell.atoms.cell.array
    grid = np.array([(a, b, c) for a in (-1, 0, 1) for b in (-1, 0, 1) for c in (-1, 0, 1)])
    lengths = np.sort(np.linalg.norm(vector + grid @ box, axis=1))
    if lengths[0] < hop.length - 0.01 or lengths[1] < _ROOM * hop.length:
        size = "x".join(map(str, cell.times))
        raise OptionError(
            f"a {size} supercell is too small for a hop of {hop.length:.2f} angstrom: its image is {lengths[1]:.2f} "
            "angstrom away; give a larger --supercells"
        )


def _far_halide(cell: Supercell, places: list[Any], hop: HopClass) -> tuple[list[int], str]:
    """Atoms of the monovalent A anion that is furthest from both ends of the hop."""
    import numpy as np

    from antiperovskite.ions import ion

    model = cell.model
    charge = ion(hop.ions[0]).charge
    groups: dict[int, list[int]] = {}
    stride = max(model.groups) + 1
    for k in range(len(cell.atoms)):
        unit = k % cell.per_cell
        if model.roles[unit] == "A" and ion(model.ions[unit]).charge == -charge:
            groups.setdefault(k // cell.per_cell * stride + model.groups[unit], []).append(k)
    if not groups:
        raise OptionError(
            f"{model.formula} has no anion of charge {-charge:+d} on A to compensate with; use --compensation none"
        )

    def nearest(members: list[int]) -> float:
        gap = np.array(places) - cell.atoms.positions[members[0]]
        return round(float(np.linalg.norm(shortest(gap, cell.atoms.cell.array), axis=1).min()), 3)

    chosen = max(groups.values(), key=nearest)
    name = model.ions[chosen[0] % cell.per_cell]
    return chosen, f"neutral: {name} left out {nearest(chosen):.2f} angstrom from the hop, as far as the cell allows"


def _turn_hydroxides(
    cell: Supercell, atoms: Any, first: Any, last: Any, renumbered: dict[int, int], movers: list[int]
) -> tuple[Any, list[str]]:
    """Turn an O-H that points at the ion's new place towards the place it left; relaxation does the rest."""
    import numpy as np

    box, turned = atoms.cell.array, 0
    mover = renumbered[movers[0]]
    hydrogens = [k for k, z in enumerate(atoms.numbers) if z == 1]
    for h in hydrogens:
        gap = shortest((first[h] - last[mover])[None], box)[0]
        if np.linalg.norm(gap) > 1.7:
            continue
        others = [k for k, z in enumerate(atoms.numbers) if z == 8]
        bonds = shortest(first[others] - first[h], box)
        k = int(np.argmin(np.linalg.norm(bonds, axis=1)))
        oxygen = first[h] + bonds[k]
        way = shortest((first[mover] - oxygen)[None], box)[0]
        last[h] = oxygen + way / np.linalg.norm(way) * np.linalg.norm(bonds[k])
        turned += 1
    return last, ([f"{turned} OH turned with the hop"] if turned else [])


def _operations(
    cell: Supercell, kinds: Any, first: Any, last: Any, near: tuple[Any, Any], symprec: float, atoms: Any
) -> list[Operation]:
    """Operations of the perfect supercell that carry the first end onto the last."""
    marked = cell.atoms.copy()
    marked.numbers[:] = cell.kinds
    return carried(supercell_operations(marked, symprec), atoms.cell.array, kinds, first, last, near)


def carried(
    operations: list[tuple[Any, Any]], box: Any, kinds: Any, first: Any, last: Any, near: tuple[Any, Any],
    tolerance: float = 0.12,
) -> list[Operation]:  # fmt: skip
    """Those of the operations that move ``near[0]`` to ``near[1]`` and ``first`` onto ``last``."""
    import numpy as np

    inverse = np.linalg.inv(box)
    a, b = (place @ inverse for place in near)
    chosen = []
    for rotation, translation in operations:
        gap = rotation @ a + translation - b
        if np.linalg.norm((gap - np.round(gap)) @ box) < max(tolerance, 0.3):
            chosen.append((rotation, translation))
    return mappings(chosen, box, kinds, first, last, tolerance)
