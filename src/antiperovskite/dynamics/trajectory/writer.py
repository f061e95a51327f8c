"""Writing a trajectory so that a kill, a crash or a full disk costs at most the frames not yet committed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, Self

from antiperovskite.dynamics.trajectory.segments import (
    HEADER,
    RESOLUTION_ANGSTROM,
    OpenSegment,
    Segment,
    StoredHeader,
    read_header,
    segment_frames,
    segment_path,
    stored_frames,
    to_offsets,
    write_header,
    write_segment,
)
from antiperovskite.dynamics.trajectory.unwrapping import Unwrapper
from antiperovskite.errors import DataError, OptionError, StoreError

COMMIT_SECONDS = 30.0


class TrajectoryWriter:
    """Append frames to a stored trajectory.

    Frames are committed (written whole, by one rename) when a segment is full, at :meth:`flush`, every 30 seconds
    while frames come in, and at the end of the ``with`` block, also when it ends by an exception. Frames of the last
    segment are rewritten with the new ones, so that few commits or many leave the same files.

    Parameters
    ----------
    path
        Directory to make. Use :meth:`resume` for one that holds frames already.
    symbols
        Chemical symbol of every ion.
    frame_interval_ps
        Time between frames in ps; None where it is not known.
    temperature_K, engine, source, settings, notes
        Kept in :class:`~antiperovskite.dynamics.trajectory.model.TrajectoryInfo`.
    velocities
        Whether every frame comes with velocities, angstrom/fs (kept in single precision).
    records
        Names, with their unit, of the numbers that come with every frame, for example ``("energy_eV",)``.
    wrapped
        Positions come wrapped into the cell and are unwrapped by the shortest way between frames.
    resolution_angstrom
        Spacing of the stored coordinates.

    Raises
    ------
    OptionError
        The directory holds a trajectory already, or cannot be made.
    StoreError
        Another process is writing to it.

    Examples
    --------
    >>> import numpy as np, tempfile
    >>> with tempfile.TemporaryDirectory() as scratch:
    ...     with TrajectoryWriter(scratch + "/run", ["Li", "Cl"], frame_interval_ps=0.1) as writer:
    ...         writer.append(np.zeros((2, 3)), 4.0 * np.eye(3))
    ...         writer.flush()
    1
    """

    def __init__(
        self,
        path: Path | str,
        symbols: Sequence[str],
        *,
        frame_interval_ps: float | None,
        temperature_K: float | None = None,
        engine: str | None = None,
        source: str | None = None,
        settings: Mapping[str, str | int | float | bool | None] | None = None,
        notes: Sequence[str] = (),
        velocities: bool = False,
        records: Sequence[str] = (),
        wrapped: bool = False,
        resolution_angstrom: float = RESOLUTION_ANGSTROM,
    ) -> None:
        path = Path(path)
        if (path / HEADER).exists() or (path.exists() and not path.is_dir()):
            raise OptionError(f"{path} exists; resume it or choose another name")
        header = StoredHeader(
            symbols=tuple(symbols),
            frame_interval_ps=frame_interval_ps,
            temperature_K=temperature_K,
            engine=engine,
            source=source or str(path),
            settings=dict(settings or {}),
            notes=tuple(notes),
            resolution_angstrom=resolution_angstrom,
            segment_frames=segment_frames(len(symbols)),
            velocities=velocities,
            records=tuple(records),
        )
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OptionError(f"cannot make {path}: {error.strerror}; choose a writable directory") from error
        self._start(path, header, wrapped)
        write_header(path, header)

    @classmethod
    def resume(cls, path: Path | str, *, n_frames: int | None = None, wrapped: bool = False) -> Self:
        """Go on with a stored trajectory, after its first ``n_frames`` frames (default: all) and without the others.

        Raises
        ------
        DataError
            There is no readable trajectory.
        StoreError
            It holds fewer frames than ``n_frames``, or another process is writing to it.
        """
        directory = Path(path)
        header = read_header(directory)
        writer = cls.__new__(cls)
        writer._start(directory, header, wrapped)
        try:
            stored = stored_frames(directory, header)
            wanted = stored if n_frames is None else n_frames
            if not 0 <= wanted <= stored:
                raise StoreError(f"{path} holds {stored} frames; it cannot be continued after frame {wanted}")
            writer._take_up(stored, wanted)
        except BaseException:
            writer._unlock()
            raise
        return writer

    def _start(self, path: Path, header: StoredHeader, wrapped: bool) -> None:
        self.path = path
        self._header = header
        self._unwrap = Unwrapper(declared_unwrapped=not wrapped)
        self._origin: Any = None
        self._first_cell: Any = None
        self._index = 0  # of the segment being filled
        self._pending: list[Segment] = []  # its frames, as blocks; committed ones too
        self._rows = 0
        self._committed = 0
        self._last_commit = monotonic()
        self._failed = False
        self._lock: int | None = _lock(path)

    def _take_up(self, stored: int, wanted: int) -> None:
        length = self._header.segment_frames
        index, rows = divmod(wanted, length)
        for later in range((stored - 1) // length, index - (rows == 0), -1):
            segment_path(self.path, later).unlink(missing_ok=True)  # from the end: never a gap
        self._index, self._committed = index, wanted - rows
        if wanted == 0:
            return
        last = index if rows else index - 1
        with OpenSegment(self.path, last) as file:
            self._origin = file.rows("origin", slice(None))
            n = rows or length
            whole = Segment(
                first=last * length,
                origin=self._origin,
                offsets=file.rows("offsets", slice(0, n)),
                cells=file.rows("cells", slice(0, n)),
                velocities=file.rows("velocities", slice(0, n)) if self._header.velocities else None,
                records={name: file.rows(f"records/{name}", slice(0, n)) for name in self._header.records},
            )
        with OpenSegment(self.path, 0) as file:
            self._first_cell = file.rows("cells", slice(0, 1))[0]
        position = whole.offsets[-1] * self._header.resolution_angstrom + self._origin
        self._unwrap.resume(position, whole.cells[-1], wanted)
        if rows:
            self._pending, self._rows = [whole], rows
            if wanted < stored:
                write_segment(self.path, index, whole)
            self._committed = wanted

    @property
    def n_frames(self) -> int:
        """Frames taken so far."""
        return self._index * self._header.segment_frames + self._rows

    @property
    def n_committed(self) -> int:
        """Frames that a kill would leave."""
        return self._committed

    def append(
        self,
        positions: Any,
        cell: Any,
        *,
        velocities: Any | None = None,
        records: Mapping[str, float] | None = None,
    ) -> None:
        """Add one frame: positions, shape ``(n_ions, 3)``, and lattice vectors as rows, shape ``(3, 3)``, angstrom.

        Raises
        ------
        DataError
            Shapes do not fit, numbers are not finite, or velocities or records do not come as announced.
        StoreError
            The disk is full; committed frames are kept.
        """
        import numpy as np

        self.extend(
            np.asarray(positions, dtype=float)[None],
            np.asarray(cell, dtype=float)[None],
            velocities=None if velocities is None else np.asarray(velocities)[None],
            records={name: np.array([value]) for name, value in (records or {}).items()},
        )

    def extend(
        self,
        positions: Any,
        cells: Any,
        *,
        velocities: Any | None = None,
        records: Mapping[str, Any] | None = None,
    ) -> None:
        """Add frames: positions, shape ``(n, n_ions, 3)``, cells, shape ``(n, 3, 3)``; raises as :meth:`append`."""
        import numpy as np

        if self._lock is None:
            raise StoreError(f"{self.path} is closed; resume it to add frames")
        positions, cells = np.asarray(positions, dtype=float), np.asarray(cells, dtype=float)
        records = {name: np.asarray(values, dtype=float) for name, values in (records or {}).items()}
        self._check(positions, cells, velocities, records)
        positions = self._unwrap(positions, cells)
        if self._origin is None and len(positions):
            self._origin, self._first_cell = positions[0].copy(), cells[0].copy()
        begin = 0
        while begin < len(positions):
            end = min(len(positions), begin + self._header.segment_frames - self._rows)
            rows = slice(begin, end)
            block = Segment(
                first=self.n_frames,
                origin=self._origin,
                offsets=to_offsets(positions[rows], self._origin, self._header.resolution_angstrom),
                cells=cells[rows].copy(),
                velocities=None if velocities is None else np.asarray(velocities[rows], dtype=np.float32),
                records={name: values[rows].copy() for name, values in records.items()},
            )
            self._pending.append(block)
            self._rows += end - begin
            begin = end
            if self._rows == self._header.segment_frames:
                self._commit()
        if monotonic() - self._last_commit > COMMIT_SECONDS:
            self.flush()

    def _check(self, positions: Any, cells: Any, velocities: Any, records: Mapping[str, Any]) -> None:
        import numpy as np

        n, n_ions = len(positions), len(self._header.symbols)
        if positions.shape != (n, n_ions, 3) or cells.shape != (n, 3, 3):
            raise DataError(
                f"frame {self.n_frames}: positions {positions.shape[1:]} and cell {cells.shape[1:]} do not fit the "
                f"{n_ions} ions of {self.path}"
            )
        if not (np.isfinite(positions).all() and np.isfinite(cells).all()):
            raise DataError(f"frame {self.n_frames} or one soon after holds NaN or infinity; the run has blown up")
        if (np.abs(np.linalg.det(cells)) < 1e-9).any():
            raise DataError(f"frame {self.n_frames} or one soon after has a cell without volume")
        if (velocities is not None) != self._header.velocities or (
            velocities is not None and np.shape(velocities) != positions.shape
        ):
            raise DataError(f"{self.path} was begun {'with' if self._header.velocities else 'without'} velocities")
        if set(records) != set(self._header.records) or any(values.shape != (n,) for values in records.values()):
            announced = ", ".join(self._header.records) or "none"
            raise DataError(f"every frame must come with the announced records ({announced}); it has: {list(records)}")

    def note(self, *texts: str) -> None:
        """Add notes to the header."""
        new = [text for text in texts if text not in self._header.notes]
        if new:
            self._update(notes=(*self._header.notes, *new))

    def set_interval(self, frame_interval_ps: float | None) -> None:
        """Say the time between frames where it became known only while frames came in."""
        if frame_interval_ps != self._header.frame_interval_ps:
            self._update(frame_interval_ps=frame_interval_ps)

    def flush(self) -> int:
        """Commit what has come in and return the number of frames that are now safe.

        Raises
        ------
        StoreError
            They cannot be written; those committed before are kept and these stay in memory for another try.
        """
        if self.n_frames > self._committed:
            self._commit()
        return self._committed

    def _commit(self) -> None:
        segment = _joined(self._pending)
        if self._header.constant_cell and not (segment.cells == self._first_cell).all():
            self._update(constant_cell=False)  # before the frames, so that a kill in between does no harm
        write_segment(self.path, self._index, segment)
        self._committed = self.n_frames
        self._last_commit = monotonic()
        self._pending = [segment]
        if self._rows == self._header.segment_frames:
            self._index, self._rows, self._pending = self._index + 1, 0, []

    def _update(self, **changes: Any) -> None:
        header = self._header.model_copy(update=changes)
        write_header(self.path, header)
        self._header = header

    def close(self) -> None:
        """Commit and release the directory.

        Raises
        ------
        DataError
            The positions were said to be unwrapped and are wrapped.
        """
        if self._lock is None:
            return
        try:
            self.flush()
            self._unwrap.finish()
        finally:
            self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
        self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.close()
            return
        try:  # the frames that came before the exception are good; it is the exception that must be seen
            if self._lock is not None:
                self.flush()
        except StoreError:
            pass
        finally:
            self._unlock()


def _joined(blocks: list[Segment]) -> Segment:
    import numpy as np

    if len(blocks) == 1:
        return blocks[0]
    first = blocks[0]
    return Segment(
        first=first.first,
        origin=first.origin,
        offsets=np.concatenate([block.offsets for block in blocks]),
        cells=np.concatenate([block.cells for block in blocks]),
        velocities=None if first.velocities is None else np.concatenate([block.velocities for block in blocks]),
        records={name: np.concatenate([block.records[name] for block in blocks]) for name in first.records},
    )


def _lock(path: Path) -> int:
    """Hold the directory for this process; the system releases it when the process ends, however it ends."""
    descriptor = os.open(path / ".writer", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:  # no such lock on this system
        pass
    except OSError as error:
        os.close(descriptor)
        raise StoreError(f"another process is writing to {path}; wait for it or choose another name") from error
    return descriptor
