"""Cells of a run without holding all of them: the mean cell, the volume and how far a cell strays from the mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from antiperovskite.dynamics.trajectory.model import Trajectory

FRAMES_AT_ONCE: Final = 8192  # 0.6 MB of cells


@dataclass(frozen=True)
class CellStatistics:
    """Of all frames; lengths in angstrom.

    ``mean`` has lattice vectors as rows, shape ``(3, 3)``; ``volume`` is the mean volume and ``volume_spread`` its
    standard deviation over frames; ``stretch`` is the largest factor by which a distance in one of the cells differs
    from that in the mean cell (1 for a constant cell).
    """

    mean: Any
    volume: float
    volume_spread: float
    n_frames: int
    constant: bool
    stretch: float


def cell_pieces(trajectory: Trajectory) -> Iterator[Any]:
    """Yield the cells in order, shape ``(n, 3, 3)``, a few thousand at a time; one where the cell is constant."""
    import numpy as np

    info = trajectory.info
    if info.constant_cell or info.n_frames == 0:
        yield np.asarray(trajectory.cells(), dtype=float)
        return
    for first in range(0, info.n_frames, FRAMES_AT_ONCE):
        yield np.asarray(trajectory.cells(first, min(first + FRAMES_AT_ONCE, info.n_frames)), dtype=float)


def cell_volumes(trajectory: Trajectory) -> Any:
    """Volume of every frame's cell, angstrom^3, shape ``(n_frames,)``; one where the cell is constant."""
    import numpy as np

    return np.concatenate([np.abs(np.linalg.det(piece)) for piece in cell_pieces(trajectory)])


def cell_statistics(trajectory: Trajectory) -> CellStatistics:
    """Read all cells twice, in memory that does not depend on their number."""
    import numpy as np

    total, count, volume, squares = np.zeros((3, 3)), 0, 0.0, 0.0
    reference = 0.0
    for piece in cell_pieces(trajectory):
        volumes = np.abs(np.linalg.det(piece))
        reference = reference if count else float(volumes[0])
        total += piece.sum(axis=0)
        count += len(piece)
        volume += float((volumes - reference).sum())  # about the first one: no digits are lost
        squares += float(((volumes - reference) ** 2).sum())
    mean, shift = total / count, volume / count
    largest = 1.0
    if count > 1:
        inverse = np.linalg.inv(mean)
        for piece in cell_pieces(trajectory):
            stretch = np.linalg.svd(inverse @ piece, compute_uv=False)
            largest = max(largest, float(stretch.max()), float(1.0 / stretch.min()))
    return CellStatistics(
        mean=mean,
        volume=reference + shift,
        volume_spread=max(squares / count - shift**2, 0.0) ** 0.5,
        n_frames=count,
        constant=count == 1,
        stretch=largest,
    )
