"""Turning limits into records: the water content in ppm with its interval, per temperature and per atmosphere."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.stability.hydration import reactions
from antiperovskite.stability.hydration.grid import OpenSystem
from antiperovskite.stability.hydration.model import AtmosphereAnswer, DryRange, WaterLimit, WaterPoint, WidestWindow
from antiperovskite.stability.hydration.predominance import temperature_map
from antiperovskite.stability.hydration.water import PPM, ROOM, Atmosphere, atmospheres, dew_point
from antiperovskite.stability.hydration.window import (
    Limits,
    Question,
    dry_range,
    stability_probability,
    water_limits,
    widest,
)
from antiperovskite.stability.uncertainty import probability_negative

if TYPE_CHECKING:
    from antiperovskite.stability.hydration.study import Source

LOG10_PPM = math.log10(PPM)
LARGEST = 300.0  # decades; beyond them a float cannot hold the interval


@dataclass(frozen=True)
class Answers:
    """An open system with both sets of limits, computed once."""

    system: OpenSystem
    source: Source
    p_dioxide: float | None
    melting_points: Mapping[str, float]

    @cached_property
    def equilibrium(self) -> Limits:
        """Against everything."""
        return water_limits(self.system, "equilibrium", self.p_dioxide)

    @cached_property
    def metastable(self) -> Limits:
        """Against the products of water and CO2 only."""
        return water_limits(self.system, "metastable", self.p_dioxide)

    def limits(self, question: Question) -> Limits:
        """Limits of one question."""
        return self.equilibrium if question == "equilibrium" else self.metastable


def water_points(answers: Answers) -> tuple[WaterPoint, ...]:
    """Return the limit at every temperature of the system."""
    return tuple(_point(answers, k) for k in range(len(answers.system.temperatures)))


def _point(answers: Answers, k: int) -> WaterPoint:
    limits, system = answers.equilibrium, answers.system
    T, gap, u_gap, by = float(limits.temperatures[k]), float(limits.gap[k]), float(limits.u_gap[k]), limits.gap_by[k]
    above: AnyQuantity = NotComputed(unit="eV/formula", method="no other mixture of water-free phases is possible")
    probability, dry_products = 1.0, {}
    if math.isfinite(gap):
        probability = 1.0 - probability_negative(gap, u_gap)
        dry_products = reactions.products(system, int(by))
        above = Quantity(
            value=-gap,
            uncertainty=u_gap,
            unit="eV/formula",
            method=f"Gibbs energy of {system.formula} at {T:g} K minus that of {_mixture(dry_products)}; "
            f"{answers.source.method}",
            source=answers.source.source,
            citations=answers.source.citations,
        )
    return WaterPoint(
        temperature=exact_temperature(T),
        energy_above_dry_phases=above,
        dry_products=dry_products,
        probability_stable_when_dry=probability,
        metastable=(frozen := water_limit(answers, "metastable", k)),
        molten=tuple(
            formula
            for formula in dict.fromkeys([*dry_products, *frozen.limiting_products])
            if answers.melting_points.get(formula, math.inf) < T
        ),
        **dict(water_limit(answers, "equilibrium", k)),
    )


def exact_temperature(T: float) -> Quantity:
    """Return a temperature that was chosen, not measured."""
    return Quantity(value=T, uncertainty=None, unit="K", method="chosen, exact", source="input")


def water_limit(answers: Answers, question: Question, k: int) -> WaterLimit:
    """Return the highest water content at the temperature numbered ``k``, or the reason why there is none."""
    limits, system = answers.limits(question), answers.system
    T, gap, log_p = float(limits.temperatures[k]), float(limits.gap[k]), float(limits.log10_p[k])
    if gap < 0.0:
        found = _mixture(reactions.products(system, int(limits.gap_by[k])))
        chance = 1.0 - probability_negative(gap, float(limits.u_gap[k]))
        return no_limit(
            f"no water content keeps {system.formula} stable at {T:g} K: it lies {-1000 * gap:.0f} meV per formula "
            f"unit above {found} (probability that it does not: {chance:.2g})"
        )
    if math.isnan(log_p):
        return no_limit("no reaction with water is possible among the phases")
    value, u, mixture = log_p + LOG10_PPM, float(limits.u_log10_p[k]), int(limits.limited_by[k])
    capped = min(value, LOG10_PPM)
    equation = reactions.reaction_equation(system, mixture)
    what = (
        f"water pressure at which {equation} is at equilibrium at {T:g} K, in ppm by volume at 1 bar"
        f"{_carbon(answers.p_dioxide)}; {answers.source.method}"
    )
    cut = "; not reached: stable in pure steam at 1 bar" if value > LOG10_PPM else ""
    ppm = Quantity(
        value=10.0**capped,
        uncertainty=None,
        unit="ppm",
        method=f"{what}{cut}; interval in lower_ppm and upper_ppm, it is not symmetric",
        source=answers.source.source,
        citations=answers.source.citations,
    )
    return WaterLimit(
        max_water_ppm=ppm,
        log10_max_water_ppm=Quantity(
            value=value,
            uncertainty=u,
            unit="1",
            method=f"log10 of the {what}",
            source=answers.source.source,
            citations=answers.source.citations,
        ),
        lower_ppm=10.0 ** max(min(value - u, LOG10_PPM), -LARGEST),
        upper_ppm=10.0 ** max(min(value + u, LOG10_PPM), -LARGEST),
        dew_point=_dew_point(value, u),
        limiting_products=reactions.products(system, mixture),
        equation=equation,
    )


def no_limit(reason: str) -> WaterLimit:
    """A limit that does not exist, with the reason."""
    return WaterLimit(
        max_water_ppm=NotComputed(unit="ppm", method=reason),
        log10_max_water_ppm=NotComputed(unit="1", method=reason),
    )


def _dew_point(log10_ppm: float, u: float) -> AnyQuantity:
    found = dew_point(10.0 ** min(max(log10_ppm, -LARGEST) - LOG10_PPM, 2.0))
    if found is None:
        return NotComputed(unit="K", method="dew point outside 110-332 K, the range of the vapour-pressure formula")
    low, high = (dew_point(10.0 ** (log10_ppm + sign * u - LOG10_PPM)) for sign in (-1, 1))
    return Quantity(
        value=found,
        uncertainty=None if low is None or high is None else (high - low) / 2.0,
        unit="K",
        method="dew or frost point of that water content at 1 bar"
        + ("" if low and high else "; its interval leaves the range of the vapour-pressure formula"),
        source="Murphy and Koop 2005",
        citations=("murphy2005",),
    )


def widest_window(answers: Answers, question: Question) -> WidestWindow:
    """Return the temperature at which most water is tolerated."""
    limits = answers.limits(question)
    k = widest(limits)
    if k is None:
        T = limits.temperatures
        reason = (
            f"no window between {T[0]:g} and {T[-1]:g} K: {answers.system.formula} is above its water-free "
            "decomposition products throughout"
        )
        return WidestWindow(temperature=NotComputed(unit="K", method=reason))
    return WidestWindow(
        temperature=exact_temperature(float(limits.temperatures[k])),
        limit=water_limit(answers, question, k),
        probability_stable_when_dry=1.0
        if question == "metastable"
        else 1.0 - probability_negative(float(limits.gap[k]), float(limits.u_gap[k])),
        at_end_of_range=k == len(limits.temperatures) - 1,
    )


def atmosphere_answers(answers: Answers) -> tuple[AtmosphereAnswer, ...]:
    """Return what each usual atmosphere does."""
    return tuple(_atmosphere(answers, atmosphere) for atmosphere in atmospheres())


def _atmosphere(answers: Answers, atmosphere: Atmosphere) -> AtmosphereAnswer:
    system, water = answers.system, atmosphere.water
    point = dew_point(water)
    dew: AnyQuantity = NotComputed(unit="K", method="outside the range of the vapour-pressure formula")
    if point is not None:
        dew = Quantity(
            value=point,
            uncertainty=None,
            unit="K",
            method="dew or frost point at 1 bar, exact by definition of the atmosphere",
            source="Murphy and Koop 2005",
            citations=("murphy2005",),
        )
    return AtmosphereAnswer(
        atmosphere=atmosphere.name,
        water_ppm=Quantity(
            value=atmosphere.ppm, uncertainty=None, unit="ppm", method="definition of the atmosphere", source="input"
        ),
        dew_point=dew,
        products=stable_products(system, ROOM, water, answers.p_dioxide),
        probability_stable=stability_probability(system, "equilibrium", ROOM, water, answers.p_dioxide),
        probability_metastable=stability_probability(system, "metastable", ROOM, water, answers.p_dioxide),
        dry=_dry_range(answers, "equilibrium", water),
        metastable_dry=_dry_range(answers, "metastable", water),
    )


def _dry_range(answers: Answers, question: Question, water: float) -> DryRange:
    limits, system = answers.limits(question), answers.system
    T = limits.temperatures
    found = dry_range(limits, water)
    if found is None:
        unstable = bool((limits.gap < 0.0).all())
        why = "above its water-free decomposition products" if unstable else "hydrated, or above its dry products,"
        reason = f"{system.formula} is {why} from {T[0]:g} to {T[-1]:g} K"
        return DryRange(above=NotComputed(unit="K", method=reason), below=NotComputed(unit="K", method=reason))
    wider, narrower = dry_range(limits, water, offset=1.0), dry_range(limits, water, offset=-1.0)
    what = f"dry phase in {water * PPM:.3g} ppm of water at 1 bar{_carbon(answers.p_dioxide)}; {answers.source.method}"
    return DryRange(
        above=_end(answers, found[0], float(T[0]), f"lowest temperature of the {what}", wider, narrower),
        below=NotComputed(unit="K", method=f"dry to the highest temperature computed, {T[-1]:g} K")
        if found[1] >= float(T[-1])
        else _end(answers, found[1], None, f"highest temperature of the {what}", None, None),
        interval=(None if wider is None else wider[0], None if narrower is None else narrower[0]),
    )


def _end(
    answers: Answers,
    value: float,
    lowest: float | None,
    what: str,
    wider: tuple[float, float] | None,
    narrower: tuple[float, float] | None,
) -> Quantity:
    """One end of a range of temperatures; its uncertainty is half the way between its ends at one u up and down."""
    at_start = lowest is not None and value <= lowest
    known = wider is not None and narrower is not None and not at_start
    return Quantity(
        value=value,
        uncertainty=(narrower[0] - wider[0]) / 2.0 if known and wider and narrower else None,
        unit="K",
        method=what + ("; the lowest computed, it may be lower" if at_start else ""),
        source=answers.source.source,
        citations=answers.source.citations,
    )


def stable_products(system: OpenSystem, temperature_K: float, water: float, dioxide: float | None) -> dict[str, float]:
    """Return the stable assemblage at one temperature (K), p(H2O) and p(CO2) in bar, per formula unit."""
    import numpy as np

    found = temperature_map(system, np.array([temperature_K]), np.array([math.log10(water)]), dioxide)
    return reactions.products(system, int(found.stable[0, 0]))


def _mixture(products: dict[str, float]) -> str:
    return " + ".join(formula if amount == 1.0 else f"{amount:.4g} {formula}" for formula, amount in products.items())


def _carbon(p_dioxide: float | None) -> str:
    return "" if p_dioxide is None else f", p(CO2) {p_dioxide:.3g} bar"
