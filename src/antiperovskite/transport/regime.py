"""Where the mean squared displacement is a straight line: the shortest lag that agrees with every longer one.

Each candidate's slope is compared with those of all longer lags (paired, so that what both share cancels). Of the
candidates that agree with all longer ones the one with the smallest variance is taken (Lepski's principle: bias falls
and variance grows with the lag). Motion without a plateau of the slope over at least a factor of four is refused.
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
        kind, exponent = _trend(found, slopes, together)
        reason = {
            "superdiffusive": "the mean squared displacement still grows faster than time: ballistic or driven motion",
            "subdiffusive": "the mean squared displacement still grows more slowly than time: trapped or subdiffusive",
        }[kind]
        return Search(slopes, None, kind, reason, exponent)
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


def _trend(found: Windows, slopes: tuple[Slope, ...], together: float) -> tuple[str, tuple[float, float] | None]:
    first, last = slopes[0], slopes[-1]
    for item in slopes[:-1]:  # the first candidate that differs from the last says which way
        if not _agree(found, item, last, together, len(slopes)):
            first = item
    kind = "superdiffusive" if last.slope > first.slope else "subdiffusive"
    return kind, local_exponent(found, last)


def local_exponent(found: Windows, item: Slope) -> tuple[float, float] | None:
    """Exponent d ln MSD / d ln t between the shortest lag and four times it, with its standard uncertainty."""
    mean = found.mean()
    low, high = (float(mean[found.row(item.start * k)]) for k in (1, 4))
    if low <= 0.0 or high <= 0.0:
        return None
    spread = sqrt(item.variance) * 3 * item.start / high / log(4.0)
    return log(high / low) / log(4.0), spread
