"""Slope of the mean squared displacement from one shortest lag upwards, and how sure it is.

The variance comes from the data, not from the model that gave the weights: from the scatter between parts of the run
(which sees ions that move together), or in short runs from the scatter between ions plus what moving together adds.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Final

from antiperovskite.transport.covariance import MULTIPLES, Line, best_line, block_correction, round_rattle
from antiperovskite.transport.windows import Windows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

BLOCK_LAGS: Final = 8
"""A part of the run is at least so many shortest lags long, twice the longest lag of the fit."""
ENOUGH_BLOCKS: Final = 20
"""Parts from which their scatter alone gives the variance."""
FEW_BLOCKS: Final = 8
ENOUGH_IONS: Final = 8
SHORTEST_RUN: Final = 16
"""Run over shortest lag: below that no slope is fitted."""


@dataclass(frozen=True)
class Slope:
    """One straight line: angstrom^2 per frame, its variance, and the degrees of freedom of that variance."""

    start: int
    slope: float
    intercept: float
    variance: float
    freedom: float
    rattle: float
    anisotropy: float
    basis: str

    @property
    def relative_variance(self) -> float:
        """Variance over the squared slope."""
        return self.variance / self.slope**2 if self.slope else inf


def candidates(found: Windows) -> tuple[int, ...]:
    """Shortest lags that can be tried, in frames: powers of two up to a sixteenth of the run."""
    starts = []
    start = 1
    while start <= found.n_frames // SHORTEST_RUN and all(start * k in found.lags for k in MULTIPLES):
        starts.append(start)
        start *= 2
    return tuple(starts)


def fit(found: Windows, start: int, *, together: float = 0.0) -> Slope:
    """Fit the line of one shortest lag.

    Parameters
    ----------
    found
        Squared displacements.
    start
        Shortest lag in frames.
    together
        Correlation between the squared displacements of two different ions (see :func:`shared_motion`).
    """
    line, rattle = _line(found, start)
    rows = [found.row(start * k) for k in MULTIPLES]
    mean = found.mean()[rows]
    slope, intercept = float(line.slope @ mean), float(line.intercept @ mean)
    anisotropy = _anisotropy(found, line, rows)
    variance, freedom, basis = _variance(found, start, line, rows, slope, rattle, anisotropy, together)
    return Slope(start, slope, intercept, variance, freedom, rattle, anisotropy, basis)


def model_variance(line: Line, slope: float, anisotropy: float) -> float:
    """Variance of the slope of one freely diffusing ion in space; ``anisotropy`` is sum D_c^2/(sum D_c)^2."""
    return float(line.variance[1, 1]) * slope**2 * anisotropy


def _line(found: Windows, start: int) -> tuple[Line, float]:
    mean = found.mean()[[found.row(start * k) for k in MULTIPLES]]
    rattle = 0.0
    line = best_line(start, found.n_frames, rattle)
    for _ in range(3):
        slope = float(line.slope @ mean)
        guess = float(line.intercept @ mean) / (2.0 * slope) if slope > 0 else 1e3 * start
        rattle = round_rattle(guess)
        line = best_line(start, found.n_frames, rattle)
    return line, rattle


def _anisotropy(found: Windows, line: Line, rows: list[int]) -> float:
    import numpy as np

    each = np.maximum(np.asarray(line.slope) @ found.components[rows], 0.0)
    total = float(each.sum())
    return float((each**2).sum()) / total**2 if total > 0 else 1.0 / 3.0


def _variance(
    found: Windows,
    start: int,
    line: Line,
    rows: list[int],
    slope: float,
    rattle: float,
    anisotropy: float,
    together: float,
) -> tuple[float, float, str]:
    free = model_variance(line, slope, anisotropy)
    parts = block_contributions(found, start, line)
    if len(parts) >= ENOUGH_BLOCKS or (found.n_ions < ENOUGH_IONS and len(parts) >= FEW_BLOCKS):
        factor = block_correction(start, found.n_frames, len(parts), rattle)
        variance = scatter(parts) * factor
        return (
            variance,
            block_freedom(len(parts), variance / slope**2 if slope else inf),
            f"scatter between {len(parts)} parts of the run",
        )
    if found.n_ions >= ENOUGH_IONS:
        weights = line.slope / found.counts[rows].sum(axis=1)
        each = weights @ found.sums[rows].sum(axis=2)
        between = float(each.var(ddof=1)) / found.n_ions + free * together
        return between, found.n_ions - 1.0, f"scatter between {found.n_ions} ions"
    return free / found.n_ions, inf, "free diffusion of the same length (too few parts and ions to measure the scatter)"


def block_contributions(found: Windows, start: int, line: Line, longest: int | None = None) -> Array:
    """What each part of the run adds to the slope, less its share.

    A part is at least ``BLOCK_LAGS`` times ``longest`` frames long (the shortest lag of the fit unless given).
    """
    import numpy as np

    rows = [found.row(start * k) for k in MULTIPLES]
    counts = found.counts[rows]
    sums = found.sums[rows].sum(axis=1) / found.n_ions
    total = counts.sum(axis=1)
    share = np.asarray(line.slope) / total
    excess = share @ (sums - counts * (sums.sum(axis=1) / total)[:, None])
    n_base = counts.shape[1]
    longest = longest or start
    wanted = int((found.n_frames - longest * MULTIPLES[-1] / 2) // (BLOCK_LAGS * longest))
    n_parts = max(1, min(n_base, wanted))
    edges = np.arange(n_parts) * n_base // n_parts
    parts: Array = np.add.reduceat(excess, edges)
    return parts


def block_freedom(n_parts: int, relative_variance: float) -> float:
    """Degrees of freedom of a variance from parts that are themselves close to chi-squared.

    A part has nu = 2/(n v) degrees of freedom and the excess kurtosis 12/nu, which widens the spread of the variance.
    """
    kurtosis = min(6.0 * n_parts * relative_variance, 2.0 * n_parts)
    return max((n_parts - 1.0) / (1.0 + kurtosis / 2.0), 2.0)


def scatter(parts: Array) -> float:
    """Variance of the sum of independent parts whose mean is zero."""
    n = len(parts)
    return float((parts**2).sum()) * n / (n - 1) if n > 1 else 0.0


def shared_motion(haven: float, n_ions: int) -> float:
    """Correlation of two ions' squared displacements if all pairs are alike.

    The collective displacement grows 1/H times faster than that of independent ions, so a pair's displacements are
    correlated by c = (1/H - 1)/(N - 1), and their squares by c^2 (Isserlis' theorem).
    """
    if n_ions < 2 or haven <= 0:
        return 0.0
    return float(min(1.0, abs(1.0 / haven - 1.0) / (n_ions - 1)) ** 2)


def difference(found: Windows, short: Slope, long: Slope, together: float = 0.0) -> tuple[float, float, float]:
    """Change of the slope from one shortest lag to a longer one, its variance, and that variance's freedom."""
    change = long.slope - short.slope
    lines = [_line(found, item.start)[0] for item in (short, long)]
    parts = [
        block_contributions(found, item.start, line, long.start)
        for item, line in zip((short, long), lines, strict=True)
    ]
    if len(parts[0]) >= FEW_BLOCKS:
        variance = scatter(parts[1] - parts[0])
        relative = min(variance / long.slope**2 if long.slope else inf, long.relative_variance)
        return change, variance, block_freedom(len(parts[0]), relative)
    if found.n_ions >= ENOUGH_IONS:
        each = []
        for item, line in zip((short, long), lines, strict=True):
            rows = [found.row(item.start * k) for k in MULTIPLES]
            each.append(line.slope / found.counts[rows].sum(axis=1) @ found.sums[rows].sum(axis=2))
        free = [
            model_variance(line, item.slope, item.anisotropy) for line, item in zip(lines, (short, long), strict=True)
        ]
        shared = max(free[1] - free[0], 0.0) * together
        return change, float((each[1] - each[0]).var(ddof=1)) / found.n_ions + shared, found.n_ions - 1.0
    return change, max(long.variance - short.variance, 0.1 * long.variance), inf
