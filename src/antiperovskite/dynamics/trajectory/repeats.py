"""Frames that are in a run twice: a restart that wrote a part again, a file joined with itself, a stuck logger."""

from __future__ import annotations

from array import array
from typing import Any, Final

SAMPLED_IONS: Final = 64
RATTLING: Final = 0.5
"""Share of ions that move from one frame to the next from which the ions are said to rattle (a lattice gas: few)."""


class FrameMemory:
    """Remembers every frame by a hash of eight bytes.

    Ions that rattle are never again all exactly where they were. A lattice gas returns to its places: there nothing is
    called a repeat.
    """

    def __init__(self) -> None:
        self._hashes = array("q")
        self._numbers = array("q")
        self._last: Any = None
        self._moved = 0.0
        self._steps = 0

    def add(self, positions: Any, numbers: Any = None) -> None:
        """Take the next frames, shape ``(n, n_ions, 3)``, and their numbers (counted from 0 if not given)."""
        import numpy as np

        sample = np.ascontiguousarray(positions[:, :: max(1, positions.shape[1] // SAMPLED_IONS)])
        count = len(self._hashes)
        self._hashes.extend(hash(frame.tobytes()) for frame in sample)
        self._numbers.extend(range(count, count + len(sample)) if numbers is None else map(int, numbers))
        joined = sample if self._last is None else np.concatenate([self._last, sample])
        moved = (joined[1:] != joined[:-1]).any(axis=2).mean(axis=1)
        self._moved += float(moved.sum())
        self._steps += int((moved > 0).sum())
        self._last = sample[-1:].copy()

    def __len__(self) -> int:
        return len(self._hashes)

    @property
    def rattles(self) -> bool:
        """Whether most ions move from one frame to the next; frames without any motion do not count."""
        return self._steps > 0 and self._moved / self._steps >= RATTLING

    def repeats(self) -> tuple[int, int, int] | None:
        """First frame that is the same as an earlier one, that one, and how many such frames there are."""
        import numpy as np

        if not self.rattles:
            return None
        hashes = np.frombuffer(self._hashes, dtype=np.int64)
        order = np.argsort(hashes, kind="stable")
        same = np.flatnonzero(hashes[order][1:] == hashes[order][:-1])
        if not len(same):
            return None
        first = int(same[np.argmin(order[same + 1])])
        return self._numbers[int(order[first + 1])], self._numbers[int(order[first])], len(same)
