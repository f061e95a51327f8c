"""Cubic interpolation of a Gibbs energy whose slope, minus the entropy, is known at both ends."""

from __future__ import annotations


def interpolate(
    temperature: float, low: tuple[float, float, float], high: tuple[float, float, float]
) -> tuple[float, float]:
    """Return G and S at ``temperature`` between two points (T, G, S), with dG/dT = -S at both.

    Examples
    --------
    Constant entropy gives a straight line:

    >>> interpolate(1.0, (0.0, 0.0, 2.0), (4.0, -8.0, 2.0))
    (-2.0, 2.0)
    """
    step = high[0] - low[0]
    x = (temperature - low[0]) / step
    start, end, rise = -low[2] * step, -high[2] * step, high[1] - low[1]
    square, cube = 3 * rise - 2 * start - end, start + end - 2 * rise
    value = low[1] + x * (start + x * (square + x * cube))
    slope = (start + x * (2 * square + 3 * x * cube)) / step
    return value, -slope
