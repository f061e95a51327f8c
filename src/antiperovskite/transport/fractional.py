"""Ions against their framework in any cell: what jumps, densities and van Hove functions are taken from.

Positions become fractional coordinates of the current cell, so that sites breathe with it; the drift of the framework's
centre of mass since the first frame is taken out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import DataError
from antiperovskite.transport.collect import check_species

if TYPE_CHECKING:
    from antiperovskite.dynamics.trajectory.cells import CellStatistics
    from antiperovskite.dynamics.trajectory.model import Trajectory, TrajectoryInfo

BLOCK_BYTES: Final = 16_000_000
AVERAGED_FRAMES: Final = 2000
MOBILE: Final = frozenset({"Li", "Na", "K", "Rb", "Cs", "Ag", "Cu", "H", "D"})


@dataclass(frozen=True)
class Block:
    """Consecutive frames: Cartesian positions of all ions (angstrom), inverse cells and framework drift (fractional).

    The drift-free fractional coordinates of ion ``i`` in frame ``f`` are ``positions[f, i] @ inverse[f] - drift[f]``.
    """

    first: int
    positions: Any
    cells: Any
    inverse: Any
    drift: Any

    def fractional(self, ions: Any) -> Any:
        """Drift-free unwrapped fractional coordinates, shape ``(n_frames, n_ions, 3)``."""
        return self.positions[:, ions] @ self.inverse - self.drift[:, None]


@dataclass(frozen=True)
class Moving:
    """A trajectory with the ions that are looked at and those that define rest."""

    trajectory: Trajectory
    species: str
    ions: Any
    framework: tuple[str, ...]
    fixed: Any
    weights: Any
    cells: CellStatistics

    @property
    def mean_cell(self) -> Any:
        """Lattice vectors as rows, angstrom."""
        return self.cells.mean

    @property
    def info(self) -> TrajectoryInfo:
        """Ions, frames and times."""
        return self.trajectory.info

    def blocks(self, start: int = 0, stop: int | None = None) -> Iterator[Block]:
        """Yield the frames in bounded memory; drift counts from the first frame of the trajectory.

        Raises
        ------
        DataError
            Coordinates that are not numbers.
        DiffusionRefusedError
            Ions jump across the cell between frames: what follows would take that for motion.
        """
        import numpy as np

        from antiperovskite.transport.wrapped import StepWatch

        watch = StepWatch(self.mean_cell)
        origin = self._centre(next(iter(self.trajectory.blocks(0, 1, size=1))))[0]
        constant = np.linalg.inv(self.mean_cell)[None] if self.cells.constant else None
        for frames in self.trajectory.blocks(start, stop, size=max(1, BLOCK_BYTES // (24 * self.info.n_ions))):
            positions = np.ascontiguousarray(frames.positions, dtype=np.float64)
            cells = np.ascontiguousarray(frames.cells, dtype=np.float64)
            inverse = np.repeat(constant, len(cells), axis=0) if constant is not None else np.linalg.inv(cells)
            if not np.isfinite(positions.sum()):
                raise DataError(f"{self.info.source} holds coordinates that are not numbers; cut it before they begin")
            # in a cell that breathes, an ion many cells away moves with it
            watch.look(positions if self.cells.constant else positions @ inverse @ self.mean_cell, frames.first)
            drift = self._centre(frames, inverse) - origin
            yield Block(frames.first, positions, cells, inverse, drift)

    def _centre(self, frames: Any, inverse: Any = None) -> Any:
        import numpy as np

        if not len(self.fixed):
            return np.zeros((len(frames.positions), 3))
        centre = np.einsum("fic,i->fc", frames.positions[:, self.fixed], self.weights)
        inverse = np.linalg.inv(frames.cells) if inverse is None else inverse
        return np.einsum("fc,fcd->fd", centre, inverse)


def moving_ions(trajectory: Trajectory, species: str, framework: Sequence[str] | None = None) -> Moving:
    """Choose the ions of one species and the framework whose drift is taken out.

    Parameters
    ----------
    trajectory
        Anything with ``info``, ``blocks`` and ``cells``.
    species
        Chemical symbol.
    framework
        Symbols of the ions that stay; if not given, all others but alkali ions and hydrogen (all others where that
        leaves none).

    Raises
    ------
    OptionError
        A symbol does not occur, or the species is also named as framework.
    DataError
        Fewer than two frames.
    """
    import numpy as np
    from ase.data import atomic_masses, atomic_numbers

    from antiperovskite.dynamics.trajectory.cells import cell_statistics

    info = trajectory.info
    held = check_species(info, [species], framework)
    if framework is None:
        held = tuple(symbol for symbol in held if symbol not in MOBILE) or held
    if info.n_frames < 2:
        raise DataError(f"{info.source} has {info.n_frames} frames; motion needs at least 2")
    fixed = info.of(*held) if held else np.array([], dtype=int)
    masses = np.array([atomic_masses[atomic_numbers.get(info.symbols[ion], 0)] for ion in fixed])
    return Moving(
        trajectory, species, info.of(species), held, fixed, masses / masses.sum() if len(masses) else masses,
        cell_statistics(trajectory),
    )  # fmt: skip


def average_places(moving: Moving, ions: Any) -> Any:
    """Time average of drift-free fractional coordinates over the first 2,000 frames, shape ``(n, 3)``."""
    import numpy as np

    total, count = np.zeros((len(ions), 3)), 0
    for block in moving.blocks(0, min(AVERAGED_FRAMES, moving.info.n_frames)):
        total += block.fractional(ions).sum(axis=0)
        count += len(block.positions)
    return total / count


def heights(cell: Any) -> Any:
    """Distances between opposite faces of a cell (rows are vectors), shape ``(3,)``, angstrom."""
    import numpy as np

    return 1.0 / np.linalg.norm(np.linalg.inv(cell), axis=0)
