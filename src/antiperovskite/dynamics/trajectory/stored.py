"""Reading a stored trajectory in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from antiperovskite.dynamics.trajectory.arrays import check_block, check_range
from antiperovskite.dynamics.trajectory.model import Frames, TrajectoryInfo
from antiperovskite.dynamics.trajectory.segments import (
    OpenSegment,
    ion_chunk,
    read_header,
    stored_frames,
)
from antiperovskite.errors import OptionError


class StoredTrajectory:
    """A directory that :class:`TrajectoryWriter` wrote; frames stored later are seen when it is opened again.

    Parameters
    ----------
    path
        The directory. A run may still be writing to it.
    frame_interval_ps
        Time between frames in ps, where the trajectory does not know it.

    Raises
    ------
    DataError
        It is no stored trajectory, or it is damaged.
    OptionError
        The interval given is not the one stored.
    """

    def __init__(self, path: Path | str, *, frame_interval_ps: float | None = None) -> None:
        self.path = Path(path)
        self._header = read_header(self.path)
        known = self._header.frame_interval_ps
        if frame_interval_ps is not None:
            if known is not None and abs(known - frame_interval_ps) > 1e-3 * known:
                raise OptionError(
                    f"{path} says that its frames are {known:g} ps apart, not {frame_interval_ps:g} ps; "
                    "leave the option out"
                )
            self._header = self._header.model_copy(update={"frame_interval_ps": known or frame_interval_ps})
        self._n_frames = stored_frames(self.path, self._header)

    @property
    def info(self) -> TrajectoryInfo:
        """Ions, frames and times."""
        header = self._header
        return TrajectoryInfo(
            symbols=header.symbols,
            n_frames=self._n_frames,
            frame_interval_ps=header.frame_interval_ps,
            constant_cell=header.constant_cell,
            temperature_K=header.temperature_K,
            engine=header.engine,
            source=header.source,
            settings=header.settings,
            notes=header.notes,
        )

    @property
    def records(self) -> tuple[str, ...]:
        """Names of the numbers kept with every frame, for example ``energy_eV``."""
        return self._header.records

    @property
    def resolution_angstrom(self) -> float:
        """Spacing of the stored coordinates; their error is at most half of it."""
        return self._header.resolution_angstrom

    def blocks(self, start: int = 0, stop: int | None = None, *, size: int | None = None) -> Iterator[Frames]:
        """Yield frames ``start`` to ``stop`` in order, at most ``size`` (default: about 64 MB) at a time."""
        import numpy as np

        first, last = check_range(start, stop, self._n_frames)
        n_ions = len(self._header.symbols)
        step = check_block(size, n_ions)
        if step >= 128:  # whole chunks are unpacked once only
            step -= step % 128
        begin = first
        while begin < last:
            end = min(last, (begin // step + 1) * step if step >= 128 else begin + step)
            positions = np.empty((end - begin, n_ions, 3))
            cells = np.empty((end - begin, 3, 3))
            for file, there, here in self._parts(begin, end):
                np.multiply(file.rows("offsets", there), self._header.resolution_angstrom, out=positions[here])
                positions[here] += file.rows("origin")
                cells[here] = file.rows("cells", there)
            yield Frames(begin, positions, cells)
            begin = end

    def series(self, ions: Any, start: int = 0, stop: int | None = None) -> Any:
        """Positions of few ions in all frames, shape ``(n_frames, len(ions), 3)``, float64, angstrom, unwrapped."""
        import numpy as np

        wanted = np.asarray(ions, dtype=int)
        n_ions = len(self._header.symbols)
        if wanted.ndim != 1 or (wanted.size and (wanted.min() < -n_ions or wanted.max() >= n_ions)):
            raise OptionError(f"ions must be a list of indices below {n_ions}")
        wanted = wanted % n_ions
        first, last = check_range(start, stop, self._n_frames)
        result = np.empty((last - first, len(wanted), 3))
        for file, there, here in self._parts(first, last):
            origin, width = file.rows("origin"), ion_chunk(n_ions)
            for column in np.unique(wanted // width):
                chosen = np.flatnonzero(wanted // width == column)
                within = wanted[chosen] - column * width
                low, high = int(within.min()), int(within.max()) + 1
                slab = file.rows("offsets", there, slice(column * width + low, column * width + high))
                values = slab[:, within - low] * self._header.resolution_angstrom + origin[wanted[chosen]]
                result[here, chosen] = values
        return result

    def cells(self, start: int = 0, stop: int | None = None) -> Any:
        """Cells of frames ``start`` to ``stop``, shape ``(n, 3, 3)``, or ``(1, 3, 3)`` where the cell is constant."""
        if self._header.constant_cell:
            return self._gather("cells", (3, 3), 0, min(1, self._n_frames))
        return self._gather("cells", (3, 3), *check_range(start, stop, self._n_frames))

    def record(self, name: str) -> Any:
        """One number of every frame, shape ``(n_frames,)``; its unit is in its name.

        Raises
        ------
        OptionError
            The trajectory keeps no such number.
        """
        if name not in self._header.records:
            kept = ", ".join(self._header.records) or "none"
            raise OptionError(f"the trajectory keeps no {name!r}; it keeps: {kept}")
        return self._gather(f"records/{name}", (), 0, self._n_frames)

    def velocities(self, start: int = 0, stop: int | None = None) -> Any:
        """Velocities, shape ``(n_frames, n_ions, 3)``, float32, angstrom/fs.

        Raises
        ------
        OptionError
            They were not stored.
        """
        import numpy as np

        if not self._header.velocities:
            raise OptionError(f"{self.path} holds no velocities; write it with velocities=True")
        first, last = check_range(start, stop, self._n_frames)
        result = np.empty((last - first, len(self._header.symbols), 3), dtype=np.float32)
        for file, there, here in self._parts(first, last):
            result[here] = file.rows("velocities", there)
        return result

    def _gather(self, name: str, shape: tuple[int, ...], first: int, last: int) -> Any:
        import numpy as np

        result = np.empty((last - first, *shape))
        for file, there, here in self._parts(first, last):
            result[here] = file.rows(name, there)
        return result

    def _parts(self, first: int, last: int) -> Iterator[tuple[OpenSegment, slice, slice]]:
        """Segments that hold frames ``first`` to ``last``, with the rows there and the rows in the answer."""
        length = self._header.segment_frames
        position = first
        while position < last:
            index, row = divmod(position, length)
            end = min(last, (index + 1) * length)
            with OpenSegment(self.path, index) as file:
                yield file, slice(row, row + end - position), slice(position - first, end - first)
            position = end
