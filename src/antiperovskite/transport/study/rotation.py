"""How the cluster ions of a run turn: relaxation times of the bonds to hydrogen, from the run that gave D."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from antiperovskite.errors import AntiperovskiteError, OptionError
from antiperovskite.transport.study.model import Refused
from antiperovskite.transport.vectors.relaxation import Reorientation, reorientation

if TYPE_CHECKING:
    from antiperovskite.dynamics.trajectory.model import Trajectory

CENTRES: Final = ("O", "N", "C", "B", "Al")
LIGANDS: Final = ("H", "D")


def rotation_of(trajectory: Trajectory) -> tuple[tuple[Reorientation, ...], tuple[Refused, ...]]:
    """Reorientation of each kind of bond to hydrogen (OH, NH2, BH4...), and why of some there is none.

    A crystal without such bonds gives two empty tuples.
    """
    from antiperovskite.transport.vectors import bond_vectors

    present = set(trajectory.info.symbols)
    found: list[Reorientation] = []
    refused: list[Refused] = []
    for centre in CENTRES:
        for ligand in LIGANDS:
            if not {centre, ligand} <= present:
                continue
            try:
                found.append(reorientation(bond_vectors(trajectory, centre, ligand)))
            except OptionError:  # both are there, and not bound to each other
                continue
            except AntiperovskiteError as error:
                refused.append(Refused(species=f"{centre}-{ligand}", kind="no rotation", reason=str(error)))
    return tuple(found), tuple(refused)
