"""A stored trajectory without its equilibration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from antiperovskite.dynamics.trajectory.arrays import check_range
from antiperovskite.dynamics.trajectory.model import Frames, TrajectoryInfo

if TYPE_CHECKING:
    from antiperovskite.dynamics.trajectory.model import Trajectory


@dataclass(frozen=True)
class Tail:
    """The frames of ``whole`` from number ``start``, numbered from 0, read in bounded memory as the whole is."""

    whole: Trajectory
    start: int

    @property
    def info(self) -> TrajectoryInfo:
        """As the whole's, with fewer frames."""
        info = self.whole.info
        return info.model_copy(update={"n_frames": max(info.n_frames - self.start, 0)})

    def blocks(self, start: int = 0, stop: int | None = None, *, size: int | None = None) -> Iterator[Frames]:
        """Yield frames in order."""
        first, last = check_range(start, stop, self.info.n_frames)
        for block in self.whole.blocks(first + self.start, last + self.start, size=size):
            yield Frames(block.first - self.start, block.positions, block.cells)

    def series(self, ions: Any, start: int = 0, stop: int | None = None) -> Any:
        """Positions of few ions in all frames, shape ``(n_frames, len(ions), 3)``, angstrom, unwrapped."""
        first, last = check_range(start, stop, self.info.n_frames)
        return self.whole.series(ions, first + self.start, last + self.start)

    def cells(self, start: int = 0, stop: int | None = None) -> Any:
        """Cells of frames ``start`` to ``stop``, or ``(1, 3, 3)`` where the cell is constant."""
        first, last = check_range(start, stop, self.info.n_frames)
        return self.whole.cells(first + self.start, last + self.start)
