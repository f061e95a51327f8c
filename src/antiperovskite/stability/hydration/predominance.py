"""Predominance maps: which assemblage is stable over temperature and p(H2O), or over p(H2O) and p(CO2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from antiperovskite.stability.hydration.grid import OpenSystem
from antiperovskite.stability.hydration.window import Question, competitors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class Predominance:
    """The stable assemblage at each point.

    Attributes
    ----------
    x, y
        Axis values: temperature (K) or log10 p(CO2)/bar along x, log10 p(H2O)/bar along y.
    stable
        Number of the stable mixture in ``system.assemblages``, ``(len(y), len(x))``.
    margin
        Delta Omega (eV) of the best competitor of the target: positive where the target is stable.
    """

    system: OpenSystem
    x: Array
    y: Array
    stable: NDArray[np.intp]
    margin: Array


def temperature_map(
    system: OpenSystem,
    temperatures: Array,
    log10_water: Array,
    p_dioxide: float | None = None,
    question: Question = "equilibrium",
) -> Predominance:
    """Return the stable assemblage over temperature (K) and log10 p(H2O)/bar, at one p(CO2) in bar or without CO2."""
    import numpy as np

    T, log_p = np.meshgrid(temperatures, log10_water)
    return _map(system, temperatures, log10_water, system.potentials(T, 10.0**log_p, p_dioxide), p_dioxide, question)


def pressure_map(
    system: OpenSystem,
    temperature_K: float,
    log10_dioxide: Array,
    log10_water: Array,
    question: Question = "equilibrium",
) -> Predominance:
    """Return the stable assemblage over log10 p(CO2)/bar and log10 p(H2O)/bar at one temperature (K)."""
    import numpy as np

    dioxide, water = np.meshgrid(log10_dioxide, log10_water)
    potentials = system.potentials(np.full_like(water, temperature_K), 10.0**water, 10.0**dioxide)
    return _map(system, log10_dioxide, log10_water, potentials, 1.0, question)


def _map(
    system: OpenSystem, x: Array, y: Array, potentials: Array, p_dioxide: float | None, question: Question
) -> Predominance:
    import numpy as np

    others = competitors(system, question, carbon=p_dioxide is not None)
    competing = np.where(others, potentials, np.inf)
    best = competing.argmin(axis=-1)
    margin = np.take_along_axis(competing, best[..., None], axis=-1)[..., 0]
    return Predominance(system, x, y, np.where(margin >= 0.0, system.own, best), margin)
