"""A trajectory that is already in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from antiperovskite.dynamics.trajectory.model import Frames, TrajectoryInfo
from antiperovskite.errors import DataError

BLOCK_BYTES = 64_000_000


def default_block(n_ions: int) -> int:
    """Frames in about 64 MB of double-precision positions, at least one."""
    return max(1, BLOCK_BYTES // (24 * max(n_ions, 1)))


def check_range(start: int, stop: int | None, n_frames: int) -> tuple[int, int]:
    """Resolve a frame range as Python slices do."""
    first, last, _ = slice(start, stop).indices(n_frames)
    return first, max(first, last)


def check_block(size: int | None, n_ions: int) -> int:
    """Frames in a block; refuses a size that is not a positive number."""
    if size is None:
        return default_block(n_ions)
    if size < 1:
        raise DataError(f"a block of {size} frames is asked for; blocks have at least 1 frame")
    return size


class ArrayTrajectory:
    """Positions and cells in memory as a :class:`~antiperovskite.dynamics.trajectory.model.Trajectory`.

    Parameters
    ----------
    positions
        Unwrapped Cartesian coordinates, shape ``(n_frames, n_ions, 3)``, angstrom; any real type, kept as it is.
    cells
        Lattice vectors as rows, shape ``(3, 3)``, ``(1, 3, 3)`` or ``(n_frames, 3, 3)``, angstrom.
    symbols
        Chemical symbol of every ion.
    frame_interval_ps
        Time between frames in ps; None where it is not known.
    temperature_K, engine, source, notes
        As in :class:`~antiperovskite.dynamics.trajectory.model.TrajectoryInfo`.

    Raises
    ------
    DataError
        Shapes do not fit together, a number is not finite, or a cell has no volume.

    Examples
    --------
    >>> import numpy as np
    >>> walk = ArrayTrajectory(np.zeros((5, 2, 3)), 4.0 * np.eye(3), ["Li", "Cl"], 0.1)
    >>> walk.info.n_frames, walk.info.constant_cell
    (5, True)
    """

    def __init__(
        self,
        positions: Any,
        cells: Any,
        symbols: Sequence[str],
        frame_interval_ps: float | None,
        *,
        temperature_K: float | None = None,
        engine: str | None = None,
        source: str = "arrays in memory",
        notes: tuple[str, ...] = (),
    ) -> None:
        import numpy as np

        self._positions = np.asarray(positions)
        shape = self._positions.shape
        if self._positions.ndim != 3 or shape[2:] != (3,) or shape[1] != len(symbols):
            raise DataError(f"positions have shape {shape}; {len(symbols)} ions need (frames, {len(symbols)}, 3)")
        self._cells = np.array(cells, dtype=float).reshape((-1, 3, 3)) if np.size(cells) % 9 == 0 else np.empty((0, 3))
        if self._cells.shape not in ((1, 3, 3), (shape[0], 3, 3)):
            raise DataError(f"cells have shape {np.shape(cells)}; give (3, 3) or ({shape[0]}, 3, 3)")
        if not np.isfinite(self._positions).all() or not np.isfinite(self._cells).all():
            raise DataError("positions or cells hold NaN or infinity; every coordinate must be a finite number")
        if (abs(np.linalg.det(self._cells)) < 1e-9).any():
            raise DataError("a cell has no volume; give three lattice vectors that span space, as rows")
        if len(self._cells) > 1 and (self._cells == self._cells[0]).all():
            self._cells = self._cells[:1]
        self._info = TrajectoryInfo(
            symbols=tuple(symbols),
            n_frames=shape[0],
            frame_interval_ps=frame_interval_ps,
            constant_cell=len(self._cells) == 1,
            temperature_K=temperature_K,
            engine=engine,
            source=source,
            notes=notes,
        )

    @property
    def info(self) -> TrajectoryInfo:
        """Ions, frames and times."""
        return self._info

    def blocks(self, start: int = 0, stop: int | None = None, *, size: int | None = None) -> Iterator[Frames]:
        """Yield frames ``start`` to ``stop`` in order, at most ``size`` (default: about 64 MB) at a time."""
        import numpy as np

        first, last = check_range(start, stop, self._info.n_frames)
        step = check_block(size, self._info.n_ions)
        for begin in range(first, last, step):
            end = min(begin + step, last)
            cells = self._cells if len(self._cells) == 1 else self._cells[begin:end]
            yield Frames(
                begin,
                self._positions[begin:end].astype(np.float64),  # a copy: callers may work in place
                np.broadcast_to(cells, (end - begin, 3, 3)).copy(),
            )

    def series(self, ions: Any, start: int = 0, stop: int | None = None) -> Any:
        """Positions of few ions in all frames, shape ``(n_frames, len(ions), 3)``, float64, angstrom, unwrapped."""
        import numpy as np

        first, last = check_range(start, stop, self._info.n_frames)
        return self._positions[first:last, np.asarray(ions, dtype=int)].astype(np.float64)

    def cells(self, start: int = 0, stop: int | None = None) -> Any:
        """Cells of frames ``start`` to ``stop``, shape ``(n, 3, 3)``, or ``(1, 3, 3)`` where the cell is constant."""
        if len(self._cells) == 1:
            return self._cells.copy()
        first, last = check_range(start, stop, self._info.n_frames)
        return self._cells[first:last].copy()
