"""The cell a run moves: a supercell whose atoms know their site and ion, so that whole ions come and go."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Final

from antiperovskite.errors import OptionError, one_line
from antiperovskite.structures.model import StructureModel

SHORTEST_EDGE: Final = 10.0
"""angstrom; the default supercell's shortest distance between an ion and its image."""
LARGEST_CELL: Final = 200_000


@dataclass(frozen=True)
class SimulationCell:
    """A periodic cell with a site role, an ion symbol and an ion number for every atom.

    ``positions`` are Cartesian, angstrom, shape ``(n, 3)``; ``lattice`` has vectors as rows; ``charges`` maps ion
    symbols to charges in e.
    """

    symbols: tuple[str, ...]
    positions: Any
    lattice: Any
    roles: tuple[str, ...]
    ions: tuple[str, ...]
    groups: tuple[int, ...]
    charges: dict[str, int]
    notes: tuple[str, ...] = ()
    vacancies: tuple[int, int] = (0, 0)
    """Cations taken out, and the sites they were on or beside (0 of 0: nobody looked)."""

    def members(self, group: int) -> list[int]:
        """Atoms of one ion."""
        return [atom for atom, number in enumerate(self.groups) if number == group]

    def ions_on(self, *roles: str) -> list[int]:
        """Numbers of the ions on these sites, in order."""
        return list(dict.fromkeys(g for g, role in zip(self.groups, self.roles, strict=True) if role in roles))

    def ion_of(self, group: int) -> str:
        """Symbol of one ion."""
        return self.ions[self.groups.index(group)]

    def centre(self, group: int) -> Any:
        """Mean position of one ion's atoms by the shortest way between them, angstrom, shape ``(3,)``."""
        import numpy as np

        members = self.members(group)
        return self.positions[members[0]] + np.mean(
            [self.shortest(self.positions[members[0]], self.positions[atom]) for atom in members], axis=0
        )

    def shortest(self, start: Any, end: Any) -> Any:
        """Vectors from ``start`` to the nearest images of ``end``, angstrom."""
        from ase.geometry import find_mic

        vectors = end - start
        flat, _ = find_mic(vectors.reshape(-1, 3), self.lattice, pbc=True)
        return flat.reshape(vectors.shape)

    def without(self, groups: set[int]) -> SimulationCell:
        """The cell with whole ions taken out."""
        return self.keep([atom for atom, group in enumerate(self.groups) if group not in groups])

    def keep(self, atoms: list[int]) -> SimulationCell:
        """The cell with these atoms only."""
        return replace(
            self,
            symbols=tuple(self.symbols[i] for i in atoms),
            positions=self.positions[atoms],
            roles=tuple(self.roles[i] for i in atoms),
            ions=tuple(self.ions[i] for i in atoms),
            groups=tuple(self.groups[i] for i in atoms),
        )

    def add(self, symbol: str, position: Any, role: str, ion: str, group: int | None = None) -> SimulationCell:
        """The cell with one more atom, of a new ion unless ``group`` names one."""
        import numpy as np

        return replace(
            self,
            symbols=(*self.symbols, symbol),
            positions=np.vstack([self.positions, np.asarray(position, dtype=float)]),
            roles=(*self.roles, role),
            ions=(*self.ions, ion),
            groups=(*self.groups, max(self.groups) + 1 if group is None else group),
        )

    def relabel(self, group: int, symbol: str, ion: str) -> SimulationCell:
        """The cell with another monatomic ion in the place of one."""
        (atom,) = self.members(group)
        symbols, ions = list(self.symbols), list(self.ions)
        symbols[atom], ions[atom] = symbol, ion
        return replace(self, symbols=tuple(symbols), ions=tuple(ions))

    def note(self, text: str) -> SimulationCell:
        """The cell with one more note."""
        return replace(self, notes=(*self.notes, text))

    @property
    def charge(self) -> int:
        """Net charge in e from the ions' formal charges."""
        return sum(self.charges[self.ion_of(group)] for group in dict.fromkeys(self.groups))

    def structure(self) -> Any:
        """Return the ``pymatgen.core.Structure``, positions wrapped into the cell."""
        from pymatgen.core import Lattice, Structure

        return Structure(
            Lattice(self.lattice), list(self.symbols), self.positions, coords_are_cartesian=True, to_unit_cell=True
        )


def cell_of(model: StructureModel, structure: Any | None = None) -> SimulationCell:
    """The unit cell of a built structure, with the relaxed positions and lattice of ``structure`` where given."""
    import numpy as np

    from antiperovskite.ions import ion

    crystal = model.to_pymatgen() if structure is None else structure
    return SimulationCell(
        symbols=tuple(site.specie.symbol for site in crystal),
        positions=np.array(crystal.cart_coords, dtype=float),
        lattice=np.array(crystal.lattice.matrix, dtype=float),
        roles=model.roles,
        ions=model.ions,
        groups=model.groups,
        charges={symbol: ion(symbol).charge for symbol in set(model.ions)},
        notes=model.notes,
    )


def parse_supercell(text: str, lattice: Any) -> tuple[int, int, int]:
    """Read ``3``, ``2x2x3`` or ``auto`` (every edge at least :data:`SHORTEST_EDGE`).

    Raises
    ------
    OptionError
        It is none of these.
    """
    import numpy as np

    if text.strip().lower() == "auto":
        heights = 1.0 / np.linalg.norm(np.linalg.inv(lattice), axis=0)  # distances between opposite faces
        a, b, c = (max(1, int(np.ceil(SHORTEST_EDGE / height - 1e-6))) for height in heights)
        return a, b, c
    found = re.fullmatch(r"(\d{1,3})(?:[xX×,](\d{1,3})[xX×,](\d{1,3}))?", text.strip())
    if found is None or any(part is not None and int(part) == 0 for part in found.groups()):
        raise OptionError(f"cannot read the supercell {one_line(text, 20)!r}; write it as 3, 2x2x3 or auto")
    first = int(found[1])
    return first, int(found[2] or first), int(found[3] or first)


def repeated(cell: SimulationCell, times: tuple[int, int, int]) -> SimulationCell:
    """The supercell of ``times`` unit cells along each axis; ions stay whole.

    Raises
    ------
    OptionError
        It would hold more than :data:`LARGEST_CELL` atoms.
    """
    import numpy as np

    copies = times[0] * times[1] * times[2]
    if copies * len(cell.symbols) > LARGEST_CELL:
        raise OptionError(f"{copies * len(cell.symbols)} atoms are too many; choose a smaller supercell")
    shifts = np.array([(i, j, k) for i in range(times[0]) for j in range(times[1]) for k in range(times[2])])
    positions = (cell.positions[None] + (shifts @ cell.lattice)[:, None]).reshape(-1, 3)
    stride = max(cell.groups) + 1
    return replace(
        cell,
        symbols=cell.symbols * copies,
        positions=positions,
        lattice=cell.lattice * np.array(times)[:, None],
        roles=cell.roles * copies,
        ions=cell.ions * copies,
        groups=tuple(copy * stride + group for copy in range(copies) for group in cell.groups),
    )
