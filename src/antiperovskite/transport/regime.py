"""Where the mean squared displacement is a straight line: the shortest lag that agrees with every longer one.

Each candidate's slope is compared with those of all longer lags (paired, so that what both share cancels). Of the
candidates that agree with all longer ones the one with the smallest variance is taken (Lepski's principle: bias falls
and variance grows with the lag). Motion without a plateau of the slope over at least a factor of four is refused; it is
named by the exponent of the mean squared displacement at the longest lags, not by whether its slope rises or falls: a
trapped ion that begins to move has a rising slope and an exponent far below one.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt
from typing import Final

from antiperovskite.transport.slope import Slope, candidates, difference, fit
from antiperovskite.transport.windows import Windows

DISAGREE: Final = 0.01
"""Two-sided probability below which the slopes at longer lags are said to differ from one at a shorter lag."""
PLATEAU: Final = 4
"""The plateau of the slope spans at least this factor in lag."""
TRAPPED: Final = 0.25
"""Exponent below which the displacement hardly grows."""
BALLISTIC: Final = 1.75
"""Exponent from which motion is told from flight at constant velocity (2) no more."""
WIDE: Final = 1.96
REASONS: Final = {
    "trapped": "the ions are trapped: the mean squared displacement hardly grows with time",
    "subdiffusive": "the mean squared displacement grows more slowly than time, and not as a straight line",
    "undecided": "the mean squared displacement is no straight line, and its exponent does not say which way it bends",
    "superdiffusive": "the mean squared displacement grows faster than time: driven motion or drift",
    "ballistic": "the mean squared displacement grows as time squared: ballistic or driven motion, or drift",
}


@dataclass(frozen=True)
class Search:
    """Slopes of every candidate; ``chosen`` is where the line starts, or ``None`` with the reason."""

    slopes: tuple[Slope, ...]
    chosen: Slope | None
    kind: str
    reason: str
    exponent: tuple[float, float] | None


def find_line(found: Windows, *, shortest: int = 1, together: float = 0.0) -> Search:
    """Find the straight part of the mean squared displacement.

    ``shortest`` leaves out shorter lags in frames; ``together`` is the correlation between the squared displacements
    of two ions (:func:`~antiperovskite.transport.slope.shared_motion`).
    """
    starts = [start for start in candidates(found) if start >= shortest]
    if len(starts) < 3:
        need = 4 * 16 * max(shortest, 1)
        return Search((), None, "too short", f"{found.n_frames} frames are too few; at least {need} are needed", None)
    slopes = tuple(fit(found, start, together=together) for start in starts)
    agrees = [
        all(_agree(found, item, longer, together, len(slopes)) for longer in slopes[k + 1 :])
        for k, item in enumerate(slopes)
    ]
    allowed = [item for item, good in zip(slopes, agrees, strict=True) if good and item.start * PLATEAU <= starts[-1]]
    if not allowed:
        exponent = local_exponent(found, slopes[-1])
        kind = regime_name(exponent)
        return Search(slopes, None, kind, f"{REASONS[kind]} ({_said(exponent)})", exponent)
    chosen = min(allowed, key=lambda item: _expected_variance(found, item))
    return Search(slopes, chosen, "diffusive", "", local_exponent(found, chosen))


def _agree(found: Windows, short: Slope, long: Slope, together: float, n_slopes: int) -> bool:
    from scipy.special import ndtri, stdtrit

    change, variance, freedom = difference(found, short, long, together)
    if variance <= 0.0:
        return abs(change) <= 1e-9 * max(abs(short.slope), abs(long.slope))
    tail = DISAGREE / 2 / max(n_slopes - 1, 1)  # so many longer lags may each disagree by accident
    limit = -stdtrit(freedom, tail) if freedom < 1e6 else -ndtri(tail)
    return bool(abs(change) <= limit * sqrt(variance))


def _expected_variance(found: Windows, item: Slope) -> float:
    """Variance of the model in place of the measured one, whose own noise would favour accidents."""
    from antiperovskite.transport.covariance import best_line

    slope = max(item.slope, 0.0) or abs(item.slope)
    return float(best_line(item.start, found.n_frames, item.rattle).variance[1, 1]) * slope**2


def regime_name(exponent: tuple[float, float] | None) -> str:
    """Name motion by its exponent and standard uncertainty; ``None`` is no displacement at all.

    Examples
    --------
    >>> [regime_name((value, 0.1)) for value in (0.1, 0.6, 0.95, 1.4, 2.0)]
    ['trapped', 'subdiffusive', 'undecided', 'superdiffusive', 'ballistic']
    """
    if exponent is None:
        return "trapped"
    value, error = exponent
    if value + WIDE * error < 1.0:
        return "trapped" if value < TRAPPED else "subdiffusive"
    if value - WIDE * error > 1.0:
        return "ballistic" if value >= BALLISTIC else "superdiffusive"
    return "undecided"


def _said(exponent: tuple[float, float] | None) -> str:
    if exponent is None:
        return "it is zero"
    value, error = exponent
    return f"exponent {value:.2f}, 95 %: {value - WIDE * error:.2f} to {value + WIDE * error:.2f}, at the longest lags"


def local_exponent(found: Windows, item: Slope) -> tuple[float, float] | None:
    """Exponent d ln MSD / d ln t between the shortest lag and four times it, with its standard uncertainty."""
    mean = found.mean()
    low, high = (float(mean[found.row(item.start * k)]) for k in (1, 4))
    if low <= 0.0 or high <= 0.0:
        return None
    spread = sqrt(item.variance) * 3 * item.start / high / log(4.0)
    return log(high / low) / log(4.0), spread
