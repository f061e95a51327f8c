"""From frames as a file has them to frames that can be analysed: checked, without repeats, unwrapped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from antiperovskite.dynamics.trajectory.readers.source import RawBlock, Source
from antiperovskite.dynamics.trajectory.repeats import FrameMemory
from antiperovskite.dynamics.trajectory.unwrapping import Unwrapper
from antiperovskite.errors import DataError

_SAME_FRAME_ANGSTROM = 1e-3  # a frame written again after a restart differs by no more than its last digits
_TIME_TOLERANCE = 1e-3  # relative


class CheckedFrames:
    """Iterate over a source's frames, refusing what an analysis would take for motion.

    Parameters
    ----------
    source
        The file being read.
    path
        Its name, for messages.
    frames
        Which frames of the file to take; a stride is applied after unwrapping.

    Raises
    ------
    DataError
        While iterating: a number is not finite, frames come twice, are not equally spaced or not in order, or
        unwrapping is ambiguous.
    """

    def __init__(self, source: Source, path: Path, frames: slice | None = None) -> None:
        self.source = source
        self._path = path
        self._start = (frames.start or 0) if frames else 0
        self._stop = frames.stop if frames else None
        self._stride = (frames.step or 1) if frames else 1
        self._unwrap = Unwrapper(declared_unwrapped=source.unwrapped)
        self._read = 0  # frames of the file so far
        self._kept = 0
        self._last: tuple[Any, Any, int | None] | None = None
        self._increment: int | None = None
        self._first_step: int | None = None
        self._times: list[float] = []
        self._dropped = 0
        self._glued = 0
        self._seen = FrameMemory()

    def __iter__(self) -> Iterator[RawBlock]:
        for block in self.source.blocks:
            first = self._read
            self._read += len(block.positions)
            begin = max(0, self._start - first)
            end = len(block.positions) if self._stop is None else min(len(block.positions), self._stop - first)
            if begin < end:
                whole = begin == 0 and end == len(block.positions)
                clean = self._clean(block if whole else _rows(block, slice(begin, end)), first + begin)
                if clean is not None:
                    yield clean
            if self._stop is not None and self._read >= self._stop:
                break
        self._finish()

    def _clean(self, block: RawBlock, first: int) -> RawBlock | None:
        import numpy as np

        if not self.source.trusted:
            self._refuse_broken(block, first)
            keep = self._without_repeats(block, first)
            if not keep.all():
                self._dropped += int((~keep).sum())
                block = _rows(block, np.flatnonzero(keep))
            if len(block.positions):
                self._seen.add(block.positions, first + np.flatnonzero(keep))
        if not len(block.positions):
            return None
        if block.times_ps is not None:
            self._times += block.times_ps.tolist()
        try:
            positions = self._unwrap(block.positions, block.cells)
        except DataError as error:
            raise DataError(f"{self._path}: {error}") from error
        clean = RawBlock(positions, block.cells, block.steps, block.times_ps, block.records)
        offset = -self._kept % self._stride
        self._kept += len(positions)
        if self._stride == 1:
            return clean
        return _rows(clean, slice(offset, None, self._stride)) if offset < len(positions) else None

    def _refuse_broken(self, block: RawBlock, first: int) -> None:
        import numpy as np

        good = np.isfinite(block.positions).all(axis=(1, 2)) & np.isfinite(block.cells).all(axis=(1, 2))
        if not good.all():
            frame = first + int((~good).argmax())
            raise DataError(f"{self._path}, frame {frame}: it holds NaN or infinity{self._hint(frame)}")
        cells = block.cells[:1] if (block.cells == block.cells[0]).all() else block.cells
        flat = np.abs(np.linalg.det(cells)) < 1e-6
        if flat.any():
            frame = first + int(flat.argmax())
            raise DataError(f"{self._path}, frame {frame}: its cell has no volume{self._hint(frame)}")

    def _without_repeats(self, block: RawBlock, first: int) -> Any:
        """Which frames to keep; refuses numbering that is not regular."""
        import numpy as np

        n = len(block.positions)
        keep = np.ones(n, dtype=bool)
        if block.steps is not None and self._regular(block.steps):
            self._last = (block.positions[-1].copy(), block.cells[-1].copy(), int(block.steps[-1]))
            return keep
        for k in range(n):
            step = None if block.steps is None else int(block.steps[k])
            if self._last is not None and self._repeats(block.positions[k], block.cells[k], step, first + k):
                keep[k] = False
                continue
            if step is not None:
                self._follow(step, first + k)
            self._last = (block.positions[k], block.cells[k], step)
        if self._last is not None:
            self._last = (self._last[0].copy(), self._last[1].copy(), self._last[2])
        return keep

    def _regular(self, steps: Any) -> bool:
        """The usual case at once: every step follows the one before by the same increment."""
        import numpy as np

        before = self._last[2] if self._last is not None else None
        rises = np.diff(steps) if before is None else np.diff(steps, prepend=before)
        if not len(rises):
            self._first_step = int(steps[0])
            return True
        increment = self._increment or int(rises[0])
        if increment <= 0 or (rises != increment).any():
            return False
        self._increment = increment
        if self._first_step is None:
            self._first_step = int(steps[0])
        return True

    def _repeats(self, positions: Any, cell: Any, step: int | None, frame: int) -> bool:
        import numpy as np

        assert self._last is not None
        before, cell_before, step_before = self._last
        if step is None or step_before is None:
            return bool((positions == before).all() and (cell == cell_before).all())
        if step != step_before:
            return False
        if np.abs(positions - before).max() > _SAME_FRAME_ANGSTROM:
            raise DataError(
                f"{self._path}, frame {frame}: step {step} comes twice with different positions{self._hint(frame)}"
            )
        return True

    def _follow(self, step: int, frame: int) -> None:
        before = self._last[2] if self._last is not None else None
        if before is None:
            self._first_step = step
            return
        rise = step - before
        if rise < 0 and self.source.numbering_restarts and step == self._first_step:
            self._glued += 1
            return
        if rise < 0:
            raise DataError(
                f"{self._path}, frame {frame}: step {step} comes after step {before}: the file holds two runs or a "
                f"restart that repeats a part{self._hint(frame)}"
            )
        if self._increment is not None and rise != self._increment:
            raise DataError(
                f"{self._path}, frame {frame}: step {step} comes {rise} after the one before and the others "
                f"{self._increment}: frames are missing or the interval changed{self._hint(frame)}"
            )
        self._increment = rise

    def _hint(self, frame: int) -> str:
        if frame <= self._start:
            return ""
        return f"; the frames before can be used: --frames {self._start}:{frame}"

    def _finish(self) -> None:
        try:
            self._unwrap.finish()
        except DataError as error:
            raise DataError(f"{self._path}: {error}") from error
        if (repeated := self._seen.repeats()) is not None:
            frame, earlier, n = repeated
            raise DataError(
                f"{self._path}, frame {frame}: it is the same as frame {earlier}, and {n} frames repeat an earlier "
                f"one: the file holds a part twice{self._hint(frame)}"
            )
        if not self._kept:
            raise DataError(f"{self._path} holds no whole frame in the range asked for ({self._read} read)")
        notes = self.source.notes
        if self._dropped:
            notes.append(f"{self._dropped} repeated frames were left out")
        if self._glued:
            notes.append(f"the numbering begins again {self._glued} times: taken as one run that was continued")
        if self._kept > 1 and not self.source.unwrapped:
            notes.append(
                f"unwrapped by the shortest way; largest move between frames {self._unwrap.largest_step:.2f} of a "
                "cell vector"
            )
        self._judge_times()

    def _judge_times(self) -> None:
        if len(self._times) < 2 or len(self._times) != self._kept:
            return
        import numpy as np

        rises = np.diff(self._times)
        mean = float(rises.mean())
        # times are printed with few digits, so that neighbours are judged by the digits of the last one
        if mean <= 0 or np.abs(rises - mean).max() > _TIME_TOLERANCE * mean + 1e-5 * abs(self._times[-1]):
            raise DataError(f"{self._path}: the times of its frames are not equally spaced: the time step changed")
        self.source.frame_interval_ps = mean


def _rows(block: RawBlock, rows: Any) -> RawBlock:
    return RawBlock(
        block.positions[rows],
        block.cells[rows],
        None if block.steps is None else block.steps[rows],
        None if block.times_ps is None else block.times_ps[rows],
        {name: values[rows] for name, values in block.records.items()},
    )
