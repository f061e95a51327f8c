"""Activation energy, prefactor and extrapolation from a temperature series, by sampling its points' posteriors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import log
from typing import Any, Final

import numpy as np

from antiperovskite.errors import DataError, OptionError
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.transport.activation.densities import Densities, densities
from antiperovskite.transport.activation.laws import Sampled, boltzmann_eV, curved, straight
from antiperovskite.transport.activation.model import Arrhenius, BandPoint, Extrapolation, Kind, Law, LawFit, Point
from antiperovskite.transport.model import Interval
from antiperovskite.transport.posterior import half_width, interval

STRONG: Final = 6.0
"""Difference of BIC from which another law than the straight line is taken (strong evidence)."""
HINT: Final = 2.0
ROOM_K: Final = 298.15
SOURCE: Final = "temperature series"


def arrhenius(
    points: Sequence[Point], *, kind: Kind = "diffusion", extrapolate_to: Sequence[float] = (ROOM_K,)
) -> Arrhenius:
    """Return activation energy, prefactor and extrapolations with intervals.

    The likelihood of ln D = ln D0 - E/kT is the product of the points' posterior densities, so a badly known
    temperature counts little and an asymmetric one pulls to its side. A straight line, a curved law and two lines with
    a break are compared by BIC; another law than the straight line needs strong evidence (a difference of 6).

    Parameters
    ----------
    points
        Three or more temperatures, in any order.
    kind
        What the points are; for conductivities the law is that of sigma T.
    extrapolate_to
        Temperatures in K.

    Raises
    ------
    DataError
        Fewer than three different temperatures.
    OptionError
        A temperature that is not positive.
    """
    ordered = tuple(sorted(points, key=lambda point: point.temperature_K))
    T = np.array([point.temperature_K for point in ordered])
    if len(np.unique(T)) < 3:
        raise DataError(f"{len(np.unique(T))} different temperatures; an activation energy with an interval needs 3")
    if any(not 0 < wanted < 1e5 for wanted in extrapolate_to):
        raise OptionError("extrapolate to temperatures between 0 and 100000 K")
    data = densities(ordered)
    laws: dict[Law, tuple[Sampled, ...]] = {"straight": (straight(T, data),)}
    if len(ordered) >= 4:
        laws["curved"] = (curved(T, data),)
    cut = _best_break(T, data)
    if cut is not None:
        laws["two lines"] = tuple(straight(T[part], _part(data, part), 5 + k) for k, part in enumerate(_sides(T, cut)))
    fits = tuple(_fit(law, parts, len(ordered)) for law, parts in laws.items())
    best = min(fits, key=lambda fit: fit.bic - (0.0 if fit.law != "straight" else STRONG))
    return _answer(ordered, T, kind, laws[best.law], best.law, fits, cut, extrapolate_to)


def _sides(T: Any, cut: float) -> tuple[Any, Any]:
    return cut > T, cut < T


def _part(data: Densities, part: Any) -> Densities:
    return replace(data, median=data.median[part], low=data.low[part], high=data.high[part], freedom=data.freedom[part])


def _best_break(T: Any, data: Densities) -> float | None:
    """Middle of the two temperatures between which a break fits best; at least three points on each side."""
    best: tuple[float, float] | None = None
    for cut in (np.unique(T)[:-1] + np.unique(T)[1:]) / 2:
        sides = _sides(T, cut)
        if any(len(np.unique(T[part])) < 3 for part in sides):
            continue
        value = sum(straight(T[part], _part(data, part)).log_likelihood for part in sides)
        if best is None or value > best[0]:
            best = (value, float(cut))
    return best[1] if best else None


def _fit(law: Law, parts: tuple[Sampled, ...], n: int) -> LawFit:
    count = sum(part.parameters for part in parts) + (len(parts) - 1)  # the place of a break is a parameter too
    likelihood = sum(part.log_likelihood for part in parts)
    return LawFit(
        law=law,
        parameters=count,
        bic=-2.0 * likelihood + count * log(n),
        misfit=sum(part.misfit for part in parts),
    )


def _answer(
    points: tuple[Point, ...],
    T: Any,
    kind: Kind,
    parts: tuple[Sampled, ...],
    law: Law,
    fits: tuple[LawFit, ...],
    cut: float | None,
    wanted: Sequence[float],
) -> Arrhenius:
    middle = float(1.0 / np.mean(1.0 / T[cut > T] if law == "two lines" else 1.0 / T))
    lowest = parts[0]
    energy = lowest.slope(lowest.draws, middle)
    said = {
        "straight": "slope of the straight line",
        "curved": f"apparent, at {middle:.0f} K, of a Vogel-Fulcher-Tammann law",
        "two lines": "of the line below the break",
    }[law]
    prefactor = (
        _quantity(lowest.draws[:, 0] / log(10.0), "1", f"intercept, {said}", len(T))
        if law != "curved"
        else NotComputed(unit="1", method="a curved law has no Arrhenius prefactor", source=SOURCE)
    )
    return Arrhenius(
        kind=kind,
        points=points,
        law=law,
        fits=fits,
        activation_energy=_quantity(energy, "eV", f"{said}, sampled over the posteriors of all temperatures", len(T)),
        activation_energy_intervals=_intervals(energy, "eV"),
        branches=tuple(
            _quantity(part.slope(part.draws, middle), "eV", f"line {where} {cut:.0f} K", len(T))
            for part, where in zip(parts, ("below", "above"), strict=True)
        )
        if law == "two lines" and cut is not None
        else (),
        break_between=(float(T[cut > T].max()), float(T[cut < T].min())) if law == "two lines" and cut else None,
        log10_prefactor=prefactor,
        extrapolations=tuple(_extrapolate(parts, law, cut, float(value), kind, T) for value in wanted),
        band=_band(parts, law, cut, T, wanted),
        notes=_notes(points, T, fits, parts, law),
    )


def _branch(parts: tuple[Sampled, ...], law: Law, cut: float | None, T: float) -> Sampled:
    return parts[1] if law == "two lines" and cut is not None and cut < T else parts[0]


def _extrapolate(
    parts: tuple[Sampled, ...], law: Law, cut: float | None, T: float, kind: Kind, known: Any
) -> Extrapolation:
    part = _branch(parts, law, cut, T)
    draws = part.at(part.draws, np.array([T]))[:, 0]
    unit = "S/cm" if kind == "conductivity" else "cm^2/s"
    values = np.exp(np.clip(draws - (log(T) if kind == "conductivity" else 0.0), -700, 700))
    beyond = "interpolated" if known.min() <= T <= known.max() else f"extrapolated from {known.min():.0f} K and above"
    value = Quantity(
        value=float(np.median(values)),
        uncertainty=half_width(values),
        unit=unit,
        n=len(known),
        method=f"median of the {law} law's posterior, {beyond}; valid if no transition lies between",
        source=SOURCE,
    )
    temperature = Quantity(value=T, uncertainty=None, unit="K", method="chosen; no uncertainty", source=SOURCE)
    return Extrapolation(temperature=temperature, value=value, intervals=_intervals(values, unit))


def _band(
    parts: tuple[Sampled, ...], law: Law, cut: float | None, T: Any, wanted: Sequence[float]
) -> tuple[BandPoint, ...]:
    low, high = min(float(T.min()), *wanted, float(T.max())), max(float(T.max()), *wanted)
    found = []
    for inverse in np.linspace(1.0 / (high * 1.02), 1.0 / (low * 0.98), 61):
        part = _branch(parts, law, cut, 1.0 / inverse)
        values = part.at(part.draws, np.array([1.0 / inverse]))[:, 0]
        q = np.quantile(values, [0.5, 0.1587, 0.8413, 0.025, 0.975])
        found.append(
            BandPoint(
                temperature_K=float(1.0 / inverse),
                median=float(q[0]),
                low68=float(q[1]),
                high68=float(q[2]),
                low95=float(q[3]),
                high95=float(q[4]),
            )
        )
    return tuple(found)


def _notes(
    points: tuple[Point, ...], T: Any, fits: tuple[LawFit, ...], parts: tuple[Sampled, ...], law: Law
) -> tuple[str, ...]:
    by = {fit.law: fit for fit in fits}
    notes = []
    for name in ("curved", "two lines"):
        other = by.get(name)
        if other is None:
            need = 4 if name == "curved" else 6
            notes.append(f"{name}: not compared, {len(points)} points are fewer than {need} or lie badly")
        elif law == "straight" and by["straight"].bic - other.bic > HINT:
            notes.append(
                f"a {name} law is hinted at (BIC lower by {by['straight'].bic - other.bic:.1f}, 6 would be strong)"
            )
    widened = max(part.widened for part in parts)
    if widened > 1.0:
        notes.append(f"points scatter more than their intervals: all widened {widened:.1f} times")
    sizes = sorted({point.n_ions for point in points if point.n_ions})
    notes.append(
        f"finite size: cells of {', '.join(map(str, sizes))} mobile ions; "
        + ("compare with a larger cell" if len(sizes) < 2 else "sizes are mixed in one line")
        if sizes
        else "finite size: the numbers of ions are not known"
    )
    few = [f"{point.temperature_K:.0f} K" for point in points if point.hops is not None and point.hops < 100]
    if few:
        notes.append(f"finite time: fewer than 100 net hops at {', '.join(few)}")
    reach = (1.0 / ROOM_K - 1.0 / T.min()) / (1.0 / T.min() - 1.0 / T.max())
    if reach > 1.0:
        notes.append(f"room temperature is {reach:.1f} times further in 1/T than the points span")
    return tuple(notes)


def _quantity(draws: Any, unit: str, method: str, n: int) -> Quantity:
    return Quantity(
        value=float(np.median(draws)),
        uncertainty=half_width(draws),
        unit=unit,
        n=n,
        method=f"{method}; median and half of the central 68 %",
        source=SOURCE,
    )


def _intervals(draws: Any, unit: str) -> tuple[Interval, ...]:
    return tuple(
        Interval(low=low, high=high, level=level, unit=unit)
        for level, (low, high) in ((level, interval(draws, level)) for level in (68, 95))
    )


__all__ = ["arrhenius", "boltzmann_eV"]
