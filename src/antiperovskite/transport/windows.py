"""Squared displacements at lags 1, 2, 3, 4, 6, 8, 12, ... frames, kept apart by ion and by block of time origins.

The estimators need their scatter, not only their mean: how much ions differ, and how much parts of the run differ.
Frames come in order and are forgotten, so memory does not depend on the length of the run.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

BLOCKS: Final = 64
"""Blocks of time origins that are kept; estimators merge them."""
ORIGINS_PER_LAG: Final = 8
"""Origins follow each other by an eighth of the lag: closer ones hardly add information."""
RING: Final = 12
"""Positions remembered for one lag at most: the longest lag whose origins are single frames."""


def lags_of(n_frames: int) -> tuple[int, ...]:
    """Lags in frames, two per octave, up to a quarter of the run."""
    longest = max(n_frames // 4, 4)
    found = {1, 3}
    power = 2
    while power <= longest:
        found |= {power, power * 3 // 2}
        power *= 2
    return tuple(sorted(lag for lag in found if lag <= longest and lag < n_frames))


@dataclass(frozen=True)
class Windows:
    """Sums over time origins of squared displacements.

    ``sums[lag, ion, block]`` in angstrom^2 adds x, y and z; ``components[lag, axis]`` are means per axis over ions and
    origins; ``counts[lag, block]`` says how many origins are in each block.
    """

    n_frames: int
    lags: tuple[int, ...]
    sums: Any
    components: Any
    counts: Any

    @property
    def n_ions(self) -> int:
        """Number of ions (1 for a collective displacement)."""
        return int(self.sums.shape[1])

    def mean(self) -> Array:
        """Mean squared displacement at each lag, angstrom^2."""
        found: Array = self.sums.sum(axis=(1, 2)) / (self.counts.sum(axis=1) * self.n_ions)
        return found

    def row(self, lag: int) -> int:
        """Where a lag stands in the arrays."""
        return self.lags.index(lag)


class WindowCollector:
    """Collects :class:`Windows` from frames that are given in order.

    Parameters
    ----------
    n_frames
        Frames that will be given in all.
    n_ions
        Ions in each frame.
    """

    def __init__(self, n_frames: int, n_ions: int) -> None:
        import numpy as np

        self.n_frames, self.n_ions = n_frames, n_ions
        self.lags = lags_of(n_frames)
        self._strides = np.array([max(1, lag // ORIGINS_PER_LAG) for lag in self.lags])
        self._n_blocks = min(BLOCKS, max(n_frames // 8, 1))
        self._rings = np.zeros((len(self.lags), RING, n_ions, 3))
        self._sums = np.zeros((len(self.lags), self._n_blocks, n_ions))
        self._axes = np.zeros((len(self.lags), 3))
        self._origin: Any = None
        self._seen = 0

    def add(self, positions: Any) -> None:
        """Add the next frames: unwrapped positions, angstrom, shape ``(n, n_ions, 3)``.

        Raises
        ------
        DataError
            Another shape, more frames than announced, or a coordinate that is not a number.
        """
        import numpy as np

        chunk = np.asarray(positions, dtype=np.float64)
        if chunk.shape[1:] != (self.n_ions, 3) or self._seen + len(chunk) > self.n_frames:
            raise DataError(
                f"frames {self._seen} to {self._seen + len(chunk)} of shape {chunk.shape[1:]} were given; "
                f"{self.n_frames} frames of shape ({self.n_ions}, 3) were announced"
            )
        if not len(chunk):
            return
        if self._origin is None:
            self._origin = chunk[0].copy()
        chunk = chunk - self._origin
        if not np.isfinite(chunk).all():
            frame = self._seen + int(np.argmin(np.isfinite(chunk).all(axis=(1, 2))))
            raise DataError(f"frame {frame} holds coordinates that are not numbers; cut the trajectory before it")
        _kernel()(
            chunk, self._seen, self.n_frames, np.array(self.lags), self._strides, self._rings, self._sums, self._axes
        )
        self._seen += len(chunk)

    def finish(self) -> Windows:
        """Return what was collected.

        Raises
        ------
        DataError
            Fewer frames were given than announced.
        """
        import numpy as np

        if self._seen != self.n_frames:
            raise DataError(f"the trajectory ends after {self._seen} of {self.n_frames} frames; it was cut short")
        counts = np.zeros((len(self.lags), self._n_blocks))
        for row, (lag, stride) in enumerate(zip(self.lags, self._strides, strict=True)):
            origins = np.arange(0, self.n_frames - lag, stride)
            counts[row] = np.bincount(origins * self._n_blocks // self.n_frames, minlength=self._n_blocks)
        components = self._axes / (counts.sum(axis=1)[:, None] * self.n_ions)
        return Windows(self.n_frames, self.lags, self._sums.transpose(0, 2, 1), components, counts)


def windows(positions: Any) -> Windows:
    """Collect the windows of positions in memory, shape ``(n_frames, n_ions, 3)``, angstrom."""
    collector = WindowCollector(positions.shape[0], positions.shape[1])
    collector.add(positions)
    return collector.finish()


def combine(parts: list[tuple[float, Windows]]) -> Windows:
    """Linear combination of windows with the same frames (cross terms by polarisation)."""
    first = parts[0][1]
    return Windows(
        first.n_frames,
        first.lags,
        sum(weight * part.sums for weight, part in parts),
        sum(weight * part.components for weight, part in parts),
        first.counts,
    )


def pick(found: Windows, ion: int) -> Windows:
    """Windows of one of several collective displacements (components per axis are then not known: equal shares)."""
    import numpy as np

    sums = found.sums[:, ion : ion + 1]
    mean = sums.sum(axis=(1, 2)) / found.counts.sum(axis=1)
    return Windows(found.n_frames, found.lags, sums, np.repeat(mean[:, None] / 3.0, 3, axis=1), found.counts)


@cache
def _kernel() -> Any:
    from numba import njit

    return njit(cache=True, fastmath={"reassoc", "contract", "nsz"})(_accumulate)


def _accumulate(
    chunk: Any, seen: int, n_frames: int, lags: Any, strides: Any, rings: Any, sums: Any, axes: Any
) -> None:  # pragma: no cover
    n_ions = chunk.shape[1]
    n_blocks = sums.shape[1]
    for k in range(chunk.shape[0]):
        frame = seen + k
        for row in range(len(lags)):
            lag, stride = lags[row], strides[row]
            if frame % stride != 0:
                continue
            ring = rings[row, (frame // stride) % (lag // stride)]
            if frame >= lag:
                part = sums[row, (frame - lag) * n_blocks // n_frames]
                xx, yy, zz = 0.0, 0.0, 0.0
                for ion in range(n_ions):
                    dx = chunk[k, ion, 0] - ring[ion, 0]
                    dy = chunk[k, ion, 1] - ring[ion, 1]
                    dz = chunk[k, ion, 2] - ring[ion, 2]
                    xx += dx * dx
                    yy += dy * dy
                    zz += dz * dz
                    part[ion] += dx * dx + dy * dy + dz * dz
                axes[row, 0] += xx
                axes[row, 1] += yy
                axes[row, 2] += zz
            for ion in range(n_ions):
                ring[ion, 0] = chunk[k, ion, 0]
                ring[ion, 1] = chunk[k, ion, 1]
                ring[ion, 2] = chunk[k, ion, 2]
