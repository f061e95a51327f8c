"""Where a route starts to work: temperatures from its curve, and the gas pressures at one temperature."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

from antiperovskite.errors import OptionError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.stability.routes.conditions import BOLTZMANN, HIGHEST_PRESSURE, LOWEST_PRESSURE
from antiperovskite.stability.routes.energies import NOT_CONDENSED, Contest, Terms
from antiperovskite.stability.routes.model import PressureLimit, RoutePoint

LOG10_LOWEST: Final = -20.0
LOG10_HIGHEST: Final = 2.0
COARSE: Final = 1.0  # decades
FINE: Final = 2e-3  # decades


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
    per_decade = amount * BOLTZMANN * temperature * math.log(10.0)
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

    ``contest_at`` takes log10 of the pressure in bar, of an atmosphere that gives and takes water.
    """
    scanned = [(log10, found) for log10 in _decades() if (found := _possible(contest_at, log10)) is not None]
    wins = [log10 for log10, found in scanned if found.selectivity < 0.0]
    if not wins:
        none = _never(scanned, temperature)
        return none, none
    known = [log10 for log10, _ in scanned]
    limits = []
    for end, step in ((min(wins), -COARSE), (max(wins), COARSE)):
        beyond = end + step
        if beyond in known:
            limits.append(_edge(contest_at, end, beyond, temperature, source))
        else:
            limits.append(_no_limit(f"no limit: the product wins as far as computed, {10**end:.0e} bar"))
    return limits[0], limits[1]


def _decades() -> list[float]:
    return [LOG10_LOWEST + COARSE * k for k in range(round((LOG10_HIGHEST - LOG10_LOWEST) / COARSE) + 1)]


def _possible(contest_at: Callable[[float], Contest], log10: float) -> Contest | None:
    try:
        return contest_at(log10)
    except OptionError:  # steam would fall apart: there is no such atmosphere
        return None


def _never(scanned: Sequence[tuple[float, Contest]], temperature: float) -> PressureLimit:
    if not scanned:
        return _no_limit(f"no atmosphere of steam and H2 at {temperature:g} K could be computed")
    log10, closest = min(scanned, key=lambda pair: pair[1].selectivity)
    rivals = " + ".join(phase.formula for phase, _ in closest.competitor if not phase.name.endswith(NOT_CONDENSED))
    return _no_limit(
        f"the product wins at no p(H2O) at {temperature:g} K; it comes closest near {10**log10:.0e} bar, where {rivals} lie "
        f"{closest.selectivity:.3f} eV lower"
    )


def _no_limit(reason: str) -> PressureLimit:
    return PressureLimit(
        gas="H2O",
        pressure=NotComputed(unit="bar", method=reason),
        log10_pressure=NotComputed(unit="1", method=reason),
    )


def _edge(
    contest_at: Callable[[float], Contest],
    won: float,
    lost: float,
    temperature: float,
    source: tuple[str, str, tuple[str, ...]],
) -> PressureLimit:
    """Close in on the pressure between one where the product wins and one where it does not."""
    while abs(lost - won) > FINE:
        middle = 0.5 * (won + lost)
        if contest_at(middle).selectivity < 0.0:
            won = middle
        else:
            lost = middle
    there = contest_at(lost)
    gained = water_in(there.balanced.products) - water_in(there.competitor)  # H2O given up when the product forms
    per_decade = abs(gained) * BOLTZMANN * temperature * math.log(10.0)
    if per_decade <= 0.0:
        return _no_limit("the limit is not set by water")
    rivals = " + ".join(phase.formula for phase, _ in there.competitor if not phase.name.endswith(NOT_CONDENSED))
    what = f"equilibrium with {rivals} at {temperature:g} K in an atmosphere that gives and takes water"
    return pressure_limit("H2O", 0.5 * (won + lost), there.uncertainty / per_decade, what, source)


def water_in(terms: Terms) -> float:
    """H2O gas in a mixture; taken up from the atmosphere it counts negative."""
    total = 0.0
    for phase, amount in terms:
        if phase.formula == "H2O" and phase.name.endswith("(g)"):
            total += amount
        elif phase.formula == "H2O" and phase.name.endswith("from the atmosphere"):
            total -= amount
    return total
