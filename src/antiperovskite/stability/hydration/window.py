"""How dry is dry: between which water pressures a phase is stable, at which temperature, and how sure that is.

Against assemblage a, which holds n_a more H2O than the target, the target is stable while Delta Omega_a >= 0, so that

    ln p_max(T) = min over n_a > 0 of  Delta G_a(T) / (n_a k T)

An assemblage with n_a = 0 below the target leaves no window at any pressure. The standard uncertainty is
u(ln p_max) = u(Delta G_a) / (n_a k T) for the limiting assemblage a.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from antiperovskite.stability.hydration.grid import OpenSystem
from antiperovskite.stability.uncertainty import probability_negative
from antiperovskite.units import BOLTZMANN_EV_PER_K

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Question = Literal["equilibrium", "metastable"]
SAMPLES: Final = 8192
SEED: Final = 20211118
LOG10_E: Final = math.log10(math.e)
EPSILON: Final = 1e-9


@dataclass(frozen=True)
class Limits:
    """Bounds on log10 p(H2O)/bar at several temperatures, each array ``(n_T,)``; ``nan`` where nothing bounds.

    ``gap`` (eV) is the best assemblage that needs no water minus the target: negative where the target is unstable at
    any pressure; ``+inf`` where the question leaves such assemblages out.
    """

    temperatures: Array
    gap: Array
    gap_by: NDArray[np.intp]
    u_gap: Array
    log10_p: Array
    u_log10_p: Array
    limited_by: NDArray[np.intp]


def competitors(system: OpenSystem, question: Question, *, carbon: bool) -> NDArray[np.bool_]:
    """Return which assemblages count.

    ``"equilibrium"``: all. ``"metastable"``: only those without a dry oxide or another dry anti-perovskite, that is,
    the products of water (and CO2) acting on a phase whose decomposition without them is taken to be frozen.
    """
    allowed = system.allowed(carbon=carbon)
    if question == "metastable":
        allowed &= ~system.assemblages.forms_oxide
    return allowed


def water_limits(
    system: OpenSystem, question: Question, p_dioxide: float | None = None, temperatures: Array | None = None
) -> Limits:
    """Return the highest water pressure that leaves the target stable, against temperature.

    Parameters
    ----------
    p_dioxide
        bar; ``None`` for a gas without CO2.
    temperatures
        K; the system's own if not given.
    """
    import numpy as np

    grid = system.temperatures if temperatures is None else np.asarray(temperatures, dtype=float)
    shifted = system.potentials(grid, np.ones_like(grid), p_dioxide)
    allowed = competitors(system, question, carbon=p_dioxide is not None)
    dry = allowed & (np.abs(system.water) < EPSILON)
    wet = allowed & (system.water > EPSILON)
    rows = np.arange(len(grid))
    gaps = np.where(dry, shifted, np.inf)
    gap_by = gaps.argmin(axis=1)
    slopes = np.where(wet, system.water, 1.0) * BOLTZMANN_EV_PER_K * grid[:, None] / LOG10_E
    logs = np.where(wet, shifted / slopes, np.inf)
    limited_by = logs.argmin(axis=1)
    u = np.array([np.sqrt((system.loadings_at(T) ** 2).sum(axis=1)) for T in grid])
    found = logs[rows, limited_by]
    return Limits(
        temperatures=grid,
        gap=gaps[rows, gap_by],
        gap_by=gap_by,
        u_gap=u[rows, gap_by],
        log10_p=np.where(np.isfinite(found), found, np.nan),
        u_log10_p=u[rows, limited_by] / slopes[rows, limited_by],
        limited_by=limited_by,
    )


def stability_probability(
    system: OpenSystem, question: Question, temperature_K: float, p_water: float, p_dioxide: float | None = None
) -> float:
    """Return the probability that no competing assemblage lies below the target at this temperature and gas.

    All assemblages share phases and therefore errors, so their joint distribution is sampled (fixed seed, 8192 draws,
    antithetic: the standard error is at most 0.6 %). With one competitor this is Phi(Delta Omega / u).
    """
    import numpy as np

    allowed = competitors(system, question, carbon=p_dioxide is not None)
    potentials = system.potentials(np.asarray(temperature_K), np.asarray(p_water), p_dioxide)[allowed]
    errors = system.loadings_at(temperature_K)[allowed]
    u = np.sqrt((errors**2).sum(axis=1))
    near = potentials < 6.0 * u + EPSILON  # the rest cannot matter
    if not near.any():
        return 1.0
    if near.sum() == 1:
        return 1.0 - probability_negative(float(potentials[near][0]), float(u[near][0]))
    half = np.random.default_rng(SEED).standard_normal((SAMPLES // 2, errors.shape[1]))
    draws = np.concatenate([half, -half]) @ errors[near].T + potentials[near]
    return float((draws >= 0.0).all(axis=1).mean())


def dry_range(limits: Limits, p_water: float, *, offset: float = 0.0) -> tuple[float, float] | None:
    """Return the widest range of temperatures (K) in which the target stands this much water, if any.

    ``offset`` (in standard uncertainties of log10 p) shifts the limit to give the interval of the ends; the question
    whether the target is stable without water has its own uncertainty and is not shifted.
    """
    import numpy as np

    margin = limits.log10_p + offset * limits.u_log10_p - math.log10(p_water)
    margin = np.where(np.isnan(margin), np.inf, margin)
    stable = (margin >= 0.0) & (limits.gap >= 0.0)
    if not stable.any():
        return None
    edges = np.flatnonzero(np.diff(np.concatenate([[False], stable, [False]]).astype(int)))
    T = limits.temperatures
    runs = [(int(first), int(end) - 1) for first, end in edges.reshape(-1, 2)]
    first, last = max(runs, key=lambda run: T[run[1]] - T[run[0]])
    low = float(T[0]) if first == 0 else max(_crossings(T, (margin, limits.gap), first - 1, first))
    high = float(T[-1]) if last == len(T) - 1 else min(_crossings(T, (margin, limits.gap), last + 1, last))
    return low, high


def _crossings(T: Array, curves: tuple[Array, ...], outside: int, inside: int) -> list[float]:
    """Where curves that are negative at the point ``outside`` reach zero on the way to ``inside``, linearly."""
    found = []
    for curve in curves:
        start, end = float(curve[outside]), float(curve[inside])
        if start < 0.0:
            share = -start / (end - start) if math.isfinite(end) else 1.0
            found.append(float(T[outside] + share * (T[inside] - T[outside])))
    return found


def widest(limits: Limits) -> int | None:
    """Return the place of the temperature at which most water is tolerated, among those with a window."""
    import numpy as np

    usable = (limits.gap >= 0.0) & np.isfinite(limits.log10_p)
    if not usable.any():
        return None
    return int(np.where(usable, limits.log10_p, -np.inf).argmax())
