"""What every trajectory offers to analysis: who moves, how often it was written, and unwrapped positions in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import Field

from antiperovskite._model import Model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


class TrajectoryInfo(Model):
    """What is known about a trajectory without reading its positions."""

    symbols: tuple[str, ...] = Field(description="chemical symbol of every ion, in the order of the positions")
    n_frames: int = Field(ge=0)
    frame_interval_ps: float | None = Field(
        gt=0, description="time between stored frames; None where the file does not say"
    )
    constant_cell: bool = Field(description="whether every frame has the same cell (NVE, NVT)")
    temperature_K: float | None = Field(default=None, gt=0, description="of the thermostat, where it is known")
    engine: str | None = Field(default=None, description="what gave the forces, where it is known")
    source: str = Field(description="file or run")
    settings: dict[str, str | int | float | bool | None] = Field(
        default_factory=dict, description="what else the run said of itself: ensemble, thermostat, potential, seed"
    )
    notes: tuple[str, ...] = ()

    @property
    def n_ions(self) -> int:
        """Number of ions."""
        return len(self.symbols)

    def of(self, *species: str) -> Any:
        """Indices, shape ``(n,)``, of the ions of these chemical symbols."""
        import numpy as np

        return np.flatnonzero(np.isin(np.array(self.symbols), species))


@dataclass(frozen=True)
class Frames:
    """Consecutive frames.

    ``positions`` are unwrapped Cartesian coordinates in angstrom, shape ``(n_frames, n_ions, 3)``, float64; ``cells``
    have lattice vectors as rows, shape ``(n_frames, 3, 3)``, angstrom. In a run with a changing cell ``positions`` are
    the unwrapped fractional coordinates times that frame's cell. ``first`` numbers the first frame from 0.
    """

    first: int
    positions: Any
    cells: Any


class Trajectory(Protocol):
    """A trajectory that can be larger than memory."""

    @property
    def info(self) -> TrajectoryInfo:
        """Ions, frames and times."""
        ...

    def blocks(self, start: int = 0, stop: int | None = None, *, size: int | None = None) -> Iterator[Frames]:
        """Yield frames ``start`` to ``stop`` in order, at most ``size`` (default: about 64 MB) at a time."""
        ...

    def series(self, ions: Any, start: int = 0, stop: int | None = None) -> Any:
        """Positions of few ions in all frames, shape ``(n_frames, len(ions), 3)``, float64, angstrom, unwrapped."""
        ...

    def cells(self, start: int = 0, stop: int | None = None) -> Any:
        """Cells of frames ``start`` to ``stop``, shape ``(n, 3, 3)``, or ``(1, 3, 3)`` where the cell is constant."""
        ...
