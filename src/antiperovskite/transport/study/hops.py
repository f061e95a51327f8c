"""A short piece of a run in which ions jump, for looking at: who jumps, and where everything is meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from antiperovskite.dynamics.trajectory.model import Trajectory

LENGTH_PS: Final = 5.0
SMOOTH_PS: Final = 0.2
"""Positions are averaged over this time, which takes the rattling off and leaves the jumps."""
REACH: Final = 0.7
"""Share of a hop length an ion must end from where it began to have jumped."""
MOST_FRAMES: Final = 120
MOST_ATOMS: Final = 1500


@dataclass(frozen=True)
class HopWindow:
    """Smoothed positions, angstrom, shape ``(n_frames, n_ions, 3)``; the first frame lies in the cell.

    ``jumped`` are the ions that end at least ``REACH`` hop lengths from where they began.
    """

    symbols: tuple[str, ...]
    positions: Any
    cell: Any
    frame_ps: float
    start_ps: float
    jumped: tuple[int, ...]
    smoothed_ps: float
    temperature_K: float | None

    @property
    def length_ps(self) -> float:
        """Time from first to last frame."""
        return (len(self.positions) - 1) * self.frame_ps


def find_hops(
    trajectory: Trajectory, species: Sequence[str], hop_length: float, *, length_ps: float = LENGTH_PS
) -> HopWindow | None:
    """Return the window of a run in which most ions of these species jump; ``None`` where none does.

    Parameters
    ----------
    trajectory
        Unwrapped, with a known frame interval.
    species
        Chemical symbols of the mobile ions.
    hop_length
        Of one hop, angstrom.
    length_ps
        Length of the window.
    """
    import numpy as np

    info = trajectory.info
    step = info.frame_interval_ps
    if step is None or info.n_ions > MOST_ATOMS:
        return None
    mobile = info.of(*species)
    width = max(1, round(SMOOTH_PS / step))
    frames = max(round(length_ps / step), 2 * width)
    if info.n_frames < frames + width:
        return None
    found = _best_window(trajectory, mobile, frames, width, REACH * hop_length)
    if found is None:
        return None
    raw = np.concatenate([block.positions for block in trajectory.blocks(found, found + frames + width)])
    smooth = _smoothed(raw, width)
    smooth -= _drift(smooth, mobile)
    every = max(1, -(-len(smooth) // MOST_FRAMES))
    kept = smooth[::every]
    cell = next(iter(trajectory.blocks(found, found + 1))).cells[0]
    shift = np.floor(kept[0] @ np.linalg.inv(cell)) @ cell
    away = np.linalg.norm(kept[-1] - kept[0], axis=1)
    jumped = tuple(int(ion) for ion in mobile if away[ion] > REACH * hop_length)
    return HopWindow(
        symbols=info.symbols,
        positions=(kept - shift).astype(np.float32),
        cell=cell,
        frame_ps=step * every,
        start_ps=found * step,
        jumped=jumped,
        smoothed_ps=width * step,
        temperature_K=info.temperature_K,
    )


def _best_window(trajectory: Trajectory, mobile: Any, frames: int, width: int, reach: float) -> int | None:
    """First frame of the window in which most ions end far from where they began, the earliest of equal ones."""
    import numpy as np

    stride = max(1, frames // 4)
    n = trajectory.info.n_frames
    starts = range(0, n - frames - width + 1, stride)
    place = {}
    for start in starts:
        for at in (start, start + frames):
            if at not in place:
                block = np.concatenate([b.positions[:, mobile] for b in trajectory.blocks(at, at + width)])
                place[at] = block.mean(axis=0)
    counts = []
    for start in starts:
        moved = place[start + frames] - place[start]
        moved = moved - np.median(moved, axis=0)  # drift of the whole cell; most ions stay
        counts.append(int((np.linalg.norm(moved, axis=1) > reach).sum()))
    if not counts or max(counts) == 0:
        return None
    return starts[int(np.argmax(counts))]


def _smoothed(positions: Any, width: int) -> Any:
    """Running mean over ``width`` frames."""
    import numpy as np

    total = np.cumsum(np.concatenate([np.zeros_like(positions[:1]), positions]), axis=0)
    return (total[width:] - total[:-width]) / width


def _drift(positions: Any, mobile: Any) -> Any:
    """Displacement of the other ions' mean since the first frame, shape ``(n_frames, 1, 3)``."""
    import numpy as np

    others = np.setdiff1d(np.arange(positions.shape[1]), mobile)
    if not len(others):
        return 0.0
    centre = positions[:, others].mean(axis=1, keepdims=True)
    return centre - centre[:1]
