"""Where a route starts to work: temperatures from its curve, and the gas pressures at one temperature."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from antiperovskite.errors import OptionError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.stability.routes.conditions import HIGHEST_PRESSURE, LOWEST_PRESSURE
from antiperovskite.stability.routes.energies import NOT_CONDENSED, Contest, Terms
from antiperovskite.stability.routes.model import PressureLimit, RoutePoint
from antiperovskite.units import BOLTZMANN_EV_PER_K

LOG10_LOWEST: Final = -20.0
LOG10_HIGHEST: Final = 2.0
RESOLUTION: Final = 1e-7  # eV, below which a selectivity counts as zero


def negative_ranges(points: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Return the ranges of x where a piecewise linear y(x) is negative; open ends stand at the first or last x.

    Examples
    --------
    >>> negative_ranges([(300.0, 0.1), (400.0, -0.1), (500.0, -0.2)])
    ((350.0, 500.0),)
    """
    ranges: list[tuple[float, float]] = []
    start = points[0][0] if points and points[0][1] < 0.0 else None
    for (x0, y0), (x1, y1) in pairwise(points):
        if (y0 < 0.0) == (y1 < 0.0):
            continue
        crossing = x0 + (x1 - x0) * y0 / (y0 - y1)
        if y1 < 0.0:
            start = crossing
        elif start is not None:
            ranges.append((start, crossing))
            start = None
    if start is not None:
        ranges.append((start, points[-1][0]))
    return tuple(ranges)


def onset(curve: Sequence[RoutePoint], method: str, source: str, citations: tuple[str, ...]) -> AnyQuantity:
    """Return the lowest temperature (K) with a negative driving force; u(T) = u(dG) / |d dG/dT| there."""
    if not curve:
        return NotComputed(unit="K", method="no temperature could be computed")
    ranges = negative_ranges([(point.temperature, point.driving_force) for point in curve])
    low, high = curve[0].temperature, curve[-1].temperature
    if not ranges:
        return NotComputed(unit="K", method=f"uphill at all temperatures computed, {low:g} to {high:g} K")
    start = ranges[0][0]
    if start <= low:
        return NotComputed(unit="K", method=f"downhill from the lowest temperature computed, {low:g} K")
    before, after = next((a, b) for a, b in pairwise(curve) if a.temperature <= start <= b.temperature)
    slope = (after.driving_force - before.driving_force) / (after.temperature - before.temperature)
    u = max(before.driving_force_uncertainty, after.driving_force_uncertainty) / abs(slope)
    return Quantity(
        value=start,
        uncertainty=u,
        unit="K",
        method=f"driving force zero, linear between {before.temperature:g} and {after.temperature:g} K; {method}",
        source=source,
        citations=citations,
    )


def released_gas_limit(
    gas: str,
    amount: float,
    driving_force: float,
    uncertainty: float,
    pressure: float,
    temperature: float,
    source: tuple[str, str, tuple[str, ...]],
) -> PressureLimit:
    """Return the pressure of a released gas at which the reaction comes to rest: ln p0 = ln p - dG / (m k T)."""
    per_decade = amount * BOLTZMANN_EV_PER_K * temperature * math.log(10.0)
    value = math.log10(pressure) - driving_force / per_decade
    return pressure_limit(gas, value, uncertainty / per_decade, f"driving force zero at {temperature:g} K", source)


def pressure_limit(
    gas: str, log10: float, uncertainty: float, what: str, source: tuple[str, str, tuple[str, ...]]
) -> PressureLimit:
    """Write a limit from the decimal logarithm of a pressure in bar; beyond what a gas can have only that is given."""
    method, origin, citations = source
    logarithm = Quantity(
        value=log10, uncertainty=uncertainty, unit="1", method=f"{what}; {method}", source=origin, citations=citations
    )
    if not math.log10(LOWEST_PRESSURE) <= log10 <= math.log10(HIGHEST_PRESSURE):
        word = f"above {HIGHEST_PRESSURE:g}" if log10 > 0.0 else f"below {LOWEST_PRESSURE:g}"
        none = NotComputed(unit="bar", method=f"{word} bar, where no ideal gas is; see log10_pressure; {what}")
        return PressureLimit(gas=gas, pressure=none, log10_pressure=logarithm)
    return PressureLimit(
        gas=gas,
        pressure=Quantity(
            value=10.0**log10,
            uncertainty=None,
            unit="bar",
            method=f"{what}; no symmetric uncertainty: see lower, upper and log10_pressure; {method}",
            source=origin,
            citations=citations,
        ),
        log10_pressure=logarithm,
        lower=_power(log10 - uncertainty),
        upper=_power(log10 + uncertainty),
    )


def _power(log10: float) -> float | None:
    return 10.0**log10 if -300.0 < log10 < 300.0 else None


def water_limits(
    contest_at: Callable[[float], Contest], temperature: float, source: tuple[str, str, tuple[str, ...]]
) -> tuple[PressureLimit, PressureLimit]:
    """Return the lowest and the highest p(H2O) between 1e-20 and 100 bar at which the product beats every mixture.

    ``contest_at`` takes log10 of the pressure in bar, of an atmosphere that gives and takes water. The selectivity is a
    straight line minus the lowest of straight lines in ln p, so it is convex: the product wins in one range, whose ends
    Newton's tangents reach from outside in as many steps as there are other competitors on the way.
    """
    per_decade = BOLTZMANN_EV_PER_K * temperature * math.log(10.0)
    ends = [_newton(contest_at, start, per_decade) for start in (LOG10_LOWEST, LOG10_HIGHEST)]
    never = next((end for end in ends if end.misses), None)
    if never is not None:
        none = _never(never, temperature)
        return none, none
    low, high = (_limit_at(end, temperature, per_decade, source) for end in ends)
    return low, high


@dataclass(frozen=True)
class _End:
    """Where Newton's tangents came to rest: a root, the start if the product wins there, or nowhere (``misses``)."""

    log10: float
    there: Contest | None
    misses: bool = False
    at_start: bool = False


def _newton(contest_at: Callable[[float], Contest], start: float, per_decade: float) -> _End:
    """Follow tangents from one end of the range; beyond the other end, or where they turn round, there is no root."""
    direction = 1.0 if start < 0.0 else -1.0
    x, found = _first_possible(contest_at, start, direction)
    while found is not None:
        if found.selectivity <= RESOLUTION:
            return _End(x, found, at_start=x == start or found.selectivity < -RESOLUTION)
        slope = per_decade * _water_gained(found)
        if slope * direction >= -1e-12:
            return _End(x, found, misses=True)
        step = -found.selectivity / slope
        if not LOG10_LOWEST <= x + step <= LOG10_HIGHEST:
            return _End(x, found, misses=True)
        x += step
        found = _possible(contest_at, x)
    return _End(x, None, misses=True)


def _first_possible(
    contest_at: Callable[[float], Contest], start: float, direction: float
) -> tuple[float, Contest | None]:
    """Step inwards, by decades, from atmospheres in which steam would fall apart."""
    x = start
    while LOG10_LOWEST <= x <= LOG10_HIGHEST:
        found = _possible(contest_at, x)
        if found is not None:
            return x, found
        x += direction
    return start, None


def _possible(contest_at: Callable[[float], Contest], log10: float) -> Contest | None:
    try:
        return contest_at(log10)
    except OptionError:  # there is no such atmosphere
        return None


def _water_gained(found: Contest) -> float:
    """H2O that the gas gains when the product forms from the competitor."""
    return water_in(found.balanced.products) - water_in(found.competitor)


def _rivals(found: Contest) -> str:
    return " + ".join(phase.formula for phase, _ in found.competitor if not phase.name.endswith(NOT_CONDENSED))


def _never(end: _End, temperature: float) -> PressureLimit:
    if end.there is None:
        return _no_limit(f"no atmosphere of steam and H2 at {temperature:g} K could be computed")
    return _no_limit(
        f"the product wins at no p(H2O) at {temperature:g} K; near {10**end.log10:.0e} bar {_rivals(end.there)} lie "
        f"{end.there.selectivity:.3f} eV lower"
    )


def _no_limit(reason: str) -> PressureLimit:
    return PressureLimit(
        gas="H2O",
        pressure=NotComputed(unit="bar", method=reason),
        log10_pressure=NotComputed(unit="1", method=reason),
    )


def _limit_at(
    end: _End, temperature: float, per_decade: float, source: tuple[str, str, tuple[str, ...]]
) -> PressureLimit:
    if end.at_start or end.there is None:
        return _no_limit(f"no limit: the product still wins at {10**end.log10:.0e} bar, as far as is computed")
    gained = abs(_water_gained(end.there))
    if gained < 1e-9:
        return _no_limit("the limit is not set by water")
    what = f"equilibrium with {_rivals(end.there)} at {temperature:g} K in an atmosphere that gives and takes water"
    return pressure_limit("H2O", end.log10, end.there.uncertainty / (per_decade * gained), what, source)


def water_in(terms: Terms) -> float:
    """H2O gas in a mixture; taken up from the atmosphere it counts negative."""
    total = 0.0
    for phase, amount in terms:
        if phase.formula == "H2O" and phase.name.endswith("(g)"):
            total += amount
        elif phase.formula == "H2O" and phase.name.endswith("from the atmosphere"):
            total -= amount
    return total
