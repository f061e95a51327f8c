"""The perfect crystal that defects are made in: relaxed with the engine, its ions and their charges known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from antiperovskite.defects.records import relaxed_cell
from antiperovskite.dynamics.cell import SimulationCell, cell_of, parse_supercell, repeated
from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import OptionError, StructureError
from antiperovskite.structures.model import StructureModel

HOST_FMAX: Final = 0.005  # eV/angstrom; residual forces of the host would be counted once per atom of a supercell
SMALLEST_EDGE: Final = 6.5  # angstrom; below it a defect is the neighbour of its own image
Times = tuple[int, int, int]


@dataclass(frozen=True)
class Host:
    """A relaxed unit cell; ``energy`` in eV per unit cell."""

    formula: str
    cell: SimulationCell
    energy: float
    formula_units: int
    spacegroup: str

    def ions(self, *roles: str) -> dict[str, list[int]]:
        """Ion symbol -> numbers (groups) of its ions in the unit cell, on these sites or on all."""
        found: dict[str, list[int]] = {}
        for group in self.cell.ions_on(*(roles or ("X", "B", "A"))):
            found.setdefault(self.cell.ion_of(group), []).append(group)
        return found

    def charge(self, ion: str) -> int:
        """Formal charge of an ion of the host."""
        return self.cell.charges[ion]


def relax_host(model: StructureModel, engine: Engine, cache: Path | None) -> Host:
    """Relax the unit cell with its symmetry kept.

    Raises
    ------
    StructureError
        The cell carries a net formal charge: its defects' charges would mean nothing.
    """
    from antiperovskite.structures.symmetry import spacegroup

    bare = cell_of(model)
    if bare.charge != 0:
        raise StructureError(f"{model.formula}: formal charges add up to {bare.charge:+d}; defects need a neutral host")
    found = relaxed_cell(
        model.to_pymatgen(), engine, cache, fmax=HOST_FMAX, relax_cell=True, keep_symmetry=True, keep_structure=True
    ).done()
    structure = found.to_pymatgen()
    return Host(
        formula=model.formula,
        cell=cell_of(model, structure),
        energy=found.energy,
        formula_units=model.formula_units,
        spacegroup=spacegroup(structure)[0],
    )


def supercell_times(text: str, host: Host) -> Times:
    """Read one supercell (``2``, ``2x2x1``) and refuse one too small.

    Raises
    ------
    OptionError
        It cannot be read, or defects would be neighbours of their own images.
    """
    import numpy as np

    times = parse_supercell(text, host.cell.lattice)
    heights = np.array(times) / np.linalg.norm(np.linalg.inv(host.cell.lattice), axis=0)
    if heights.min() < SMALLEST_EDGE:
        raise OptionError(
            f"supercell {'x'.join(map(str, times))} of {host.formula} is {heights.min():.1f} angstrom thick; a defect "
            f"needs {SMALLEST_EDGE:g} or more to its image: choose a larger one"
        )
    return times


def supercell(host: Host, times: Times) -> SimulationCell:
    """The perfect supercell; the ion ``g`` of copy ``c`` has the number ``c * stride + g``."""
    return repeated(host.cell, times)


def stride(host: Host) -> int:
    """Numbers between the same ion of one copy of the unit cell and the next."""
    return max(host.cell.groups) + 1


def perfect_energy(host: Host, times: Times, engine: Engine, cache: Path | None, fmax: float) -> tuple[float, float]:
    """Energy (eV) of the perfect supercell, and how far below the symmetric crystal it relaxes when rattled.

    A host whose symmetric form is a saddle would distort around every defect, and that gain would be booked to the
    defect; so the reference may distort as well.
    """
    cell = supercell(host, times).structure()
    found = relaxed_cell(cell, engine, cache, fmax=fmax, rattle=RATTLE).done()
    assert found.start_energy is not None
    return min(found.energy, found.start_energy), max(0.0, found.start_energy - found.energy)


RATTLE: Final = 0.02  # angstrom; breaks the symmetry a defect's start has by construction


def edge(host: Host, times: Times) -> float:
    """Cube root of the supercell's volume, angstrom: the L of every size law here."""
    import numpy as np

    return float(abs(np.linalg.det(host.cell.lattice * np.array(times)[:, None])) ** (1 / 3))


def unit_structure(host: Host) -> Any:
    """The unit cell as ``pymatgen.core.Structure``."""
    return host.cell.structure()
