"""Numbers from counts: Poisson rates, censored residence times, and their intervals."""

from __future__ import annotations

from typing import Any, Final

from antiperovskite.transport.model import Interval

LEVELS: Final = (68, 95)


def poisson_intervals(count: int, exposure: float, unit: str) -> tuple[Interval, ...]:
    """Exact central intervals of a rate from ``count`` events in ``exposure``.

    Limits are chi^2 quantiles over twice the exposure (Garwood, Biometrika 28 (1936) 437,
    doi:10.1093/biomet/28.3-4.437); they hold the truth at least as often as they say. Without an event the lower limit
    is zero.

    Examples
    --------
    >>> [round(item.high, 2) for item in poisson_intervals(0, 1.0, "1")]
    [1.83, 3.69]
    """
    from scipy.special import gammaincinv  # chi^2 quantiles without the import of scipy.stats

    found = []
    for level in LEVELS:
        tail = (1.0 - level / 100) / 2
        low = float(gammaincinv(count, tail)) if count else 0.0
        high = float(gammaincinv(count + 1, 1.0 - tail))
        found.append(Interval(low=low / exposure, high=high / exposure, level=level, unit=unit))
    return tuple(found)


def residence_intervals(departures: int, exposure: float, unit: str) -> tuple[Interval, ...]:
    """Intervals of the mean residence time exposure / departures, visits cut off by the run's ends included."""
    rates = poisson_intervals(departures, 1.0, unit)
    return tuple(
        Interval(low=exposure / item.high, high=exposure / item.low, level=item.level, unit=unit)
        for item in rates
        if item.low > 0
    )


def survival(lengths: Any, ended: Any) -> tuple[Any, Any]:
    """Kaplan-Meier estimate of the share of visits that last longer than each time.

    Parameters
    ----------
    lengths
        Durations of visits, shape ``(n,)``.
    ended
        Whether a visit ended by a jump (True) or by the end of the run (False).

    Returns
    -------
    tuple
        Times at which visits ended, and the share that lasts longer (Kaplan and Meier, J. Am. Stat. Assoc. 53 (1958)
        457, doi:10.1080/01621459.1958.10501452).
    """
    import numpy as np

    lengths, ended = np.asarray(lengths, float), np.asarray(ended, bool)
    if not ended.any():
        return np.empty(0), np.empty(0)
    times, deaths = np.unique(lengths[ended], return_counts=True)
    at_risk = len(lengths) - np.searchsorted(np.sort(lengths), times, side="left")
    return times, np.cumprod(1.0 - deaths / at_risk)


def dispersion(times: Any, n_frames: int, parts: int = 20) -> tuple[float, float]:
    """Variance over mean of the number of events in equal parts of a run, and its standard uncertainty for Poisson."""
    import numpy as np

    counts, _ = np.histogram(times, bins=parts, range=(0, n_frames))
    mean = float(counts.mean())
    return (float(counts.var(ddof=1)) / mean if mean else 1.0), float(np.sqrt(2.0 / (parts - 1)))
