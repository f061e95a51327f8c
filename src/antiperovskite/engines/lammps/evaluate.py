"""Energy, forces and stress of a structure under any LAMMPS pair style."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from antiperovskite.engines.lammps.box import Box, load_structure, to_atoms
from antiperovskite.engines.lammps.session import plain_errors, session, set_potential, start


class Evaluation(NamedTuple):
    """Energy in eV, forces in eV/angstrom of shape ``(n, 3)``, stress in eV/angstrom^3 of shape ``(3, 3)``.

    The stress is positive where the crystal wants to shrink (ASE's sign): strain derivative of E per volume.
    """

    energy: float
    forces: Any
    stress: Any


def evaluate(
    structure: Any, potential: Iterable[str], *, elements: Sequence[str] | None = None, skin: float = 0.3
) -> Evaluation:
    """Evaluate one structure in a session of its own.

    Parameters
    ----------
    structure
        ``pymatgen.core.Structure`` or ``ase.Atoms``.
    potential
        The pair commands, for example ``["pair_style pod", "pair_coeff * * f.pod f_coefficients.pod Li O Cl"]``.
    elements
        Element of each LAMMPS type.

    Raises
    ------
    MissingEngineError, EngineError
        LAMMPS is missing; the potential does not fit the structure.
    """
    with session() as lmp:
        return evaluate_in(lmp, structure, potential, elements=elements, skin=skin)


def evaluate_in(
    lmp: Any, structure: Any, potential: Iterable[str], *, elements: Sequence[str] | None = None, skin: float = 0.3
) -> Evaluation:
    """Evaluate one structure in an open session, whatever it held before (cheaper for many structures)."""
    with plain_errors():
        start(lmp)
        atoms = to_atoms(structure)
        load_structure(lmp, atoms, elements=elements)
        set_potential(lmp, potential, skin=skin)
        prepare_thermo(lmp)
        lmp.command("run 0 post no")
        return read_evaluation(lmp, Box.of(atoms.cell.array))


def prepare_thermo(lmp: Any) -> None:
    """Have potential energy and the virial pressure (no kinetic part) computed at the next step."""
    lmp.command("compute virial all pressure NULL virial")
    lmp.command("thermo_style custom step pe c_virial[1] c_virial[2] c_virial[3] c_virial[4] c_virial[5] c_virial[6]")
    lmp.command("thermo_modify norm no")


def read_evaluation(lmp: Any, box: Box) -> Evaluation:
    """Return what the last ``run`` computed, turned into the crystal's frame."""
    return Evaluation(float(lmp.get_thermo("pe")), box.outwards(gather(lmp, "f")), stress_of(lmp, box))


def stress_of(lmp: Any, box: Box) -> Any:
    """Static stress tensor, eV/angstrom^3, shape ``(3, 3)``."""
    import numpy as np

    factor = float(lmp.extract_global("nktv2p"))  # bar per eV/angstrom^3, LAMMPS's own constant
    xx, yy, zz, xy, xz, yz = lmp.numpy.extract_compute("virial", 0, 1)
    pressure = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
    return box.stress_outwards(-pressure / factor)


def gather(lmp: Any, name: str, columns: int = 3) -> Any:
    """Per-atom doubles ordered by atom number, shape ``(n, columns)``."""
    import numpy as np

    n = int(lmp.get_natoms())
    return np.array(lmp.gather_atoms(name, 1, columns), dtype=float).reshape(n, columns)
