"""Energy along a frozen displacement, and where it is lowest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

AMPLITUDES: Final = (0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0, 1.3)  # angstrom, of the atom that moves most


def scan_minimum(
    energy: Callable[[float], float], amplitudes: Sequence[float] = AMPLITUDES, *, refinements: int = 2
) -> tuple[list[float], list[float], float, float]:
    """Follow an even energy profile from 0 to its first minimum.

    Parameters
    ----------
    energy
        Energy at an amplitude; ``energy(0)`` is the reference.
    amplitudes
        Where to look, rising; the scan stops after the energy rose twice in a row, or passed its start.
    refinements
        How often the minimum of a parabola in amplitude squared through the three points around the lowest is
        added: for E = -a x^2 + b x^4 the first is exact.

    Returns
    -------
    tuple
        Amplitudes and energies above ``energy(0)`` in rising order, the amplitude of the lowest, its energy.

    Examples
    --------
    >>> *_, where, depth = scan_minimum(lambda x: x**4 - 0.18 * x**2)
    >>> round(where, 6), round(depth, 6)
    (0.3, -0.0081)
    """
    start = energy(0.0)
    found = {0.0: 0.0}
    for amplitude in amplitudes:
        found[amplitude] = energy(amplitude) - start
        ordered = [found[x] for x in sorted(found)]
        if len(ordered) > 3 and ordered[-1] > ordered[-2] > ordered[-3]:
            break
    for _ in range(refinements):
        better = _parabola(found)
        if better is None or min(abs(better - x) for x in found) < 1e-3:
            break
        found[better] = energy(better) - start
    order = sorted(found)
    best = min(order, key=lambda x: found[x])
    return order, [found[x] for x in order], best, found[best]


def _parabola(found: dict[float, float]) -> float | None:
    """Amplitude where the parabola in x^2 through the lowest point and its neighbours is lowest."""
    order = sorted(found)
    best = min(range(len(order)), key=lambda k: found[order[k]])
    if best in (0, len(order) - 1):
        return None
    (x0, y0), (x1, y1), (x2, y2) = ((order[k] ** 2, found[order[k]]) for k in (best - 1, best, best + 1))
    slope01, slope12 = (y1 - y0) / (x1 - x0), (y2 - y1) / (x2 - x1)
    curvature = (slope12 - slope01) / (x2 - x0)
    if curvature <= 0:
        return None
    square = (x0 + x1) / 2 - slope01 / (2 * curvature)
    return float(square**0.5) if x0 < square < x2 else None
