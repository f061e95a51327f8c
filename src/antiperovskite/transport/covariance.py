"""How mean squared displacements at several lags vary together, and the best straight line through them.

Model: free diffusion plus a bounded rattling that is forgotten between windows, the simplest motion whose mean squared
displacement is a straight line with an intercept. For windows X = [s, s + a] and Y = [s', s' + b] of one Gaussian
coordinate, cov(X^2, Y^2) = 2 cov(X, Y)^2, and cov(X, Y) is the common time of the windows times 2 D, plus the rattling
where end points coincide. The sum over all origins is exact; nothing is fitted but D and the rattling's amplitude.

References
----------
Bullerjahn, von Bülow, Hummer, J. Chem. Phys. 153 (2020) 024116, doi:10.1063/5.0008312; McCluskey, Coles, Morgan,
J. Chem. Theory Comput. 21 (2025) 79, doi:10.1021/acs.jctc.4c01249 (the long-time form of the same covariance).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MULTIPLES: Final = (1, 2, 3, 4)
"""Lags of a fit, in units of its shortest."""
GRID: Final = 32
"""Steps into which the shortest lag is divided at most; finer ones change the weights by less than 1 %."""


@dataclass(frozen=True)
class Line:
    """Weights of the straight line: ``slope @ msd`` and ``intercept @ msd``, and the variance of both for one ion.

    ``variance`` (2, 2) is of (intercept, slope per frame) for one coordinate whose variance grows by 1 per frame.
    """

    slope: Any
    intercept: Any
    variance: Any


def lag_covariance(lags: tuple[int, ...], origins: tuple[int, ...], rattle: float, per_step: int = 1) -> Array:
    """Covariance of the mean squares of one coordinate at several lags.

    Parameters
    ----------
    lags, origins
        Lags and the number of consecutive time origins of each, in steps.
    rattle
        Variance of the rattling over the growth of the variance in one step.
    per_step
        Frames in one step: end points coincide in one of ``per_step`` pairs of origins only.

    Returns
    -------
    numpy.ndarray
        ``(n_lags, n_lags)`` in units of the squared growth of the variance per step.
    """
    import numpy as np

    found = np.zeros((len(lags), len(lags)))
    for i, (a, n) in enumerate(zip(lags, origins, strict=True)):
        for j in range(i, len(lags)):
            b, m = lags[j], origins[j]
            shift = np.arange(-b, a + 1)  # start of the second window after that of the first
            pairs = np.maximum(np.minimum(n, m - shift) - np.maximum(0, -shift), 0.0)
            common = np.maximum(np.minimum(a, shift + b) - np.maximum(0, shift), 0.0)
            ends = ((shift == 0).astype(float) + (shift == a - b) - (shift == a) - (shift == -b)) * rattle
            square = common**2 + (2.0 * common * ends + ends**2) / per_step
            found[i, j] = found[j, i] = 2.0 * float(pairs @ square) / (n * m)
    return found


@lru_cache(maxsize=512)
def best_line(start: int, n_frames: int, rattle: float) -> Line:
    """Return generalised least squares through the lags ``start * MULTIPLES``.

    Parameters
    ----------
    start
        Shortest lag in frames.
    n_frames
        Length of the run.
    rattle
        Variance of the rattling over the growth of the variance in one frame (one coordinate).
    """
    import numpy as np

    per_step = max(1, start // GRID)
    steps = tuple(max(1, round(start * k / per_step)) for k in MULTIPLES)
    total = n_frames / per_step
    origins = tuple(max(1, int(total - step)) for step in steps)
    covariance = lag_covariance(steps, origins, rattle / per_step, per_step) * per_step**2
    design = np.column_stack([np.ones(len(steps)), start * np.array(MULTIPLES, dtype=float)])
    weighted = np.linalg.solve(covariance, design)
    variance = np.linalg.inv(design.T @ weighted)
    rows = variance @ weighted.T
    return Line(slope=rows[1], intercept=rows[0], variance=variance)


@lru_cache(maxsize=512)
def block_correction(start: int, n_frames: int, n_blocks: int, rattle: float) -> float:
    """How much larger the variance of the slope is than its blocks say, because windows reach into the next block."""
    import numpy as np

    per_step = max(1, start // GRID)
    steps = tuple(max(1, round(start * k / per_step)) for k in MULTIPLES)
    slope = np.asarray(best_line(start, n_frames, rattle).slope)
    total = n_frames / per_step

    def variance(origins: tuple[int, ...]) -> float:
        matrix = lag_covariance(steps, origins, rattle / per_step, per_step)
        return float(slope @ matrix @ slope)

    whole = variance(tuple(max(1, int(total - step)) for step in steps))
    block = variance((max(1, int((total - steps[-1] / 2) / n_blocks)),) * len(steps))
    return max(1.0, whole * n_blocks / block)


def round_rattle(value: float) -> float:
    """Steps of 0.05, or two significant digits above one: equal values share a result, and weights vary weakly."""
    limited = min(max(value, 0.0), 1e6)
    return float(f"{limited:.1e}") if limited > 1.0 else round(limited * 20.0) / 20.0
