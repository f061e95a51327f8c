"""When did the run forget how it began? The start that leaves the most independent samples.

Chodera, J. Chem. Theory Comput. 12, 1799 (2016), 10.1021/acs.jctc.5b00784: for a series a_t of T values discard the
first t0 that maximises N_eff(t0) = (T - t0) / g(t0), where g = 1 + 2 sum_k (1 - k/n) C_k is the statistical
inefficiency of what is left.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

CANDIDATES: Final = 60
_SMALLEST_SAMPLE: Final = 10.0  # independent values below which nothing can be said of a trend
_BLOCKS: Final = 20
_EARLY: Final = 10
"""The part of a stationary series with slow fluctuations that is discarded: one over this."""
_TREND_LIMIT: Final = 3.0  # standard errors between the two halves


class Equilibrated(NamedTuple):
    """``start`` is the first index to keep, ``inefficiency`` the g of the rest in samples, ``effective`` their number.

    ``settled`` says whether the rest holds enough independent samples and no trend; ``reason`` says why not.
    """

    start: int
    inefficiency: float
    effective: float
    settled: bool
    reason: str


def statistical_inefficiency(series: Any) -> float:
    """Return g >= 1 of a stationary series, shape ``(n,)``; 1 for independent values, n for a constant.

    The autocorrelation is summed up to its first zero crossing (after lag 3), as in Chodera et al.,
    J. Chem. Theory Comput. 3, 26 (2007), 10.1021/ct0502864.
    """
    import numpy as np
    from scipy.fft import irfft, next_fast_len, rfft

    values = np.asarray(series, dtype=float)
    n = len(values)
    deviation = values - values.mean()
    variance = float((deviation**2).mean())
    scale = float(np.abs(values).max()) if n else 0.0
    if n < 3 or variance <= (1e-13 * scale) ** 2:
        return float(max(n, 1))
    size = next_fast_len(2 * n, real=True)
    spectrum = np.abs(rfft(deviation, size)) ** 2
    correlation = irfft(spectrum, size)[:n] / (np.arange(n, 0, -1) * variance)
    negative = np.flatnonzero(correlation[4:] <= 0.0)
    last = int(negative[0]) + 4 if len(negative) else n
    lags = np.arange(1, last)
    return max(1.0, 1.0 + 2.0 * float(((1.0 - lags / n) * correlation[1:last]).sum()))


def cautious_inefficiency(series: Any) -> float:
    """Return the larger of :func:`statistical_inefficiency` and that of the means of twenty blocks.

    A crystal's energies oscillate on top of a slow exchange with the thermostat; the autocorrelation then crosses zero
    long before the slow part has died, and the first estimate alone promises too much. Block means see the slow part.
    """
    import numpy as np

    values = np.asarray(series, dtype=float)
    first, length = statistical_inefficiency(values), len(values) // _BLOCKS
    variance = float(values.var()) if len(values) else 0.0
    if length < 2 or variance == 0.0:
        return first
    means = values[: length * _BLOCKS].reshape(_BLOCKS, length).mean(axis=1)
    return max(first, length * float(means.var(ddof=1)) / variance)


def detect_equilibration(series: Any) -> Equilibrated:
    """Find how much of the beginning of a series to discard.

    Parameters
    ----------
    series
        Equally spaced values, shape ``(n,)``, for example potential energies.

    Examples
    --------
    >>> import numpy as np
    >>> noise = np.random.default_rng(0).standard_normal(2000)
    >>> found = detect_equilibration(noise + 30 * np.exp(-np.arange(2000) / 50))
    >>> 150 < found.start < 600, found.settled
    (True, True)
    """
    import numpy as np

    values = np.asarray(series, dtype=float)
    n = len(values)
    if n < 2 * _SMALLEST_SAMPLE:
        return Equilibrated(0, float(max(n, 1)), 1.0, False, f"only {n} frames: too few to see an equilibrium")
    best, best_effective, best_g = 0, 0.0, float(n)
    for start in sorted({int(position) for position in np.linspace(0, n - _SMALLEST_SAMPLE, CANDIDATES)}):
        g = statistical_inefficiency(values[start:])
        if (n - start) / g > best_effective:
            best, best_effective, best_g = start, (n - start) / g, g
    if best > n / 2:
        # slow fluctuations make a short end look best as well; then the rest shows no trend, by its own slow error
        early = n // _EARLY
        slow = cautious_inefficiency(values[early:])
        effective = (n - early) / slow
        if effective >= _SMALLEST_SAMPLE and _trend(values[early:], slow) <= _TREND_LIMIT:
            return Equilibrated(early, slow, effective, True, "")
        # a steady drift leaves a short, flat-looking end: that is no equilibrium
        return Equilibrated(best, best_g, best_effective, False, "still changing in the second half: run longer")
    if best_effective < _SMALLEST_SAMPLE:
        reason = f"only {best_effective:.1f} independent values of the energy: run longer"
        return Equilibrated(best, best_g, best_effective, False, reason)
    trend = _trend(values[best:], cautious_inefficiency(values[best:]))
    if trend > _TREND_LIMIT:
        reason = f"the two halves of the run differ by {trend:.1f} standard errors: it still drifts"
        return Equilibrated(best, best_g, best_effective, False, reason)
    return Equilibrated(best, best_g, best_effective, True, "")


def _trend(values: Any, inefficiency: float) -> float:
    """Difference of the means of the two halves in standard errors."""
    half = len(values) // 2
    first, second = values[:half], values[half:]
    error = math.sqrt(float(first.var() + second.var()) * inefficiency / half)
    return abs(float(first.mean() - second.mean())) / error if error > 0.0 else 0.0
