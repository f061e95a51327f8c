"""Bonds of molecular ions followed through a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import DataError, OptionError

if TYPE_CHECKING:
    from antiperovskite.dynamics.trajectory.model import Trajectory

STRETCHED: Final = 1.6
"""A bond this many times longer than the cutoff is broken."""
COVALENT: Final = 1.25
"""Cutoff over the sum of covalent radii, where none is given."""


@dataclass(frozen=True)
class Bonds:
    """Vectors from centres to ligands, ``(n_frames, n_bonds, 3)``, angstrom, and the ions they join."""

    centre: str
    ligand: str
    centres: Any
    ligands: Any
    vectors: Any
    source: str
    frame_interval_ps: float | None


def bond_vectors(trajectory: Trajectory, centre: str, ligand: str, *, cutoff_angstrom: float | None = None) -> Bonds:
    """Find the bonds between two species in the first frame and follow them, each by its own ions.

    Parameters
    ----------
    trajectory
        The run; its cell may change.
    centre, ligand
        Chemical symbols, such as ``"O"`` and ``"H"`` for OH, ``"B"`` and ``"H"`` for BH4.
    cutoff_angstrom
        Longest bond; 1.25 times the sum of the covalent radii if not given.

    Raises
    ------
    OptionError
        A symbol does not occur, or no two ions are within the cutoff.
    DataError
        A bond breaks during the run (a proton hops, a cluster falls apart): it has no one direction then.
    """
    import numpy as np
    from ase.data import atomic_numbers, covalent_radii
    from ase.geometry import get_distances

    info = trajectory.info
    for symbol in (centre, ligand):
        if symbol not in info.symbols:
            raise OptionError(f"no {symbol!r} in {info.source}; it holds {', '.join(dict.fromkeys(info.symbols))}")
    cutoff = cutoff_angstrom
    if cutoff is None:
        cutoff = COVALENT * float(sum(covalent_radii[atomic_numbers[symbol]] for symbol in (centre, ligand)))
    if not cutoff > 0:
        raise OptionError(f"a bond length of {cutoff:g} angstrom is not positive")
    a, b = info.of(centre), info.of(ligand)
    first = next(iter(trajectory.blocks(0, 1, size=1)))
    _, distances = get_distances(first.positions[0, a], first.positions[0, b], cell=first.cells[0], pbc=True)
    i, j = np.nonzero((distances < cutoff) & (distances > 1e-3))
    if centre == ligand:
        i, j = i[i < j], j[i < j]
    if not len(i):
        raise OptionError(f"no {centre}-{ligand} bond shorter than {cutoff:.2f} angstrom in the first frame")
    start, end = a[i], b[j]
    apart = (first.positions[0, end] - first.positions[0, start]) @ np.linalg.inv(first.cells[0])
    image = _nearest_image(apart, first.cells[0])
    found = np.empty((info.n_frames, len(start), 3), dtype=np.float32)
    for block in trajectory.blocks():
        vectors = block.positions[:, end] - block.positions[:, start] - image @ block.cells
        lengths = np.linalg.norm(vectors, axis=2)
        if not lengths.max() <= STRETCHED * cutoff:
            frame = int(np.argmin(lengths.max(axis=1) <= STRETCHED * cutoff))
            bond = int(lengths[frame].argmax())
            raise DataError(
                f"the bond of {centre} ion {start[bond]} and {ligand} ion {end[bond]} is {lengths[frame, bond]:.2f} "
                f"angstrom long in frame {block.first + frame}: it broke, so its direction means nothing after; "
                "cut the run before it"
            )
        found[block.first : block.first + len(vectors)] = vectors
    return Bonds(centre, ligand, start, end, found, info.source, info.frame_interval_ps)


def _nearest_image(apart: Any, cell: Any) -> Any:
    """Lattice translations to take off, so that every vector is the shortest of its images."""
    import numpy as np

    shifts = np.stack(np.meshgrid(*[[-1, 0, 1]] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    near = np.round(apart)
    trials = (apart - near)[:, None] - shifts
    best = np.square(trials @ cell).sum(axis=2).argmin(axis=1)
    return near + shifts[best]
