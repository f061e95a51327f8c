"""The laws that are compared, and draws of their parameters from the points' posteriors.

straight: y = a - E x with x = 1/kT. curved: y = a - B/(k(T - T0)) (Vogel, Fulcher, Tammann). two lines: a straight line
on each side of a break between two neighbouring temperatures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.special import expit

from antiperovskite.transport.activation.densities import Densities

DRAWS: Final = 10000
SEED: Final = 20210401


@dataclass(frozen=True)
class Sampled:
    """A law with its best parameters and draws, ``(n_draws, n_parameters)``; ``at(parameters, T)`` evaluates it."""

    law: str
    parameters: int
    log_likelihood: float
    misfit: float
    draws: Any
    at: Callable[[Any, Any], Any]
    slope: Callable[[Any, float], Any]
    widened: float


def boltzmann_eV() -> float:
    """Boltzmann's constant in eV/K."""
    from scipy.constants import elementary_charge, k

    return float(k / elementary_charge)


def straight(temperatures: Any, data: Densities, seed: int = 0) -> Sampled:
    """The straight line: parameters (a, E in eV)."""
    k = boltzmann_eV()

    def at(theta: Any, T: Any) -> Any:
        return theta[..., 0, None] - theta[..., 1, None] / (k * np.asarray(T))

    x = 1.0 / (k * temperatures)
    start = _least_squares(np.column_stack([np.ones_like(x), -x]), data)
    return _sample("straight", start, at, lambda theta, T: theta[..., 1], temperatures, data, seed)


def curved(temperatures: Any, data: Densities) -> Sampled:
    """The Vogel-Fulcher-Tammann law: parameters (a, B in eV, logit of T0 over the lowest temperature)."""
    k, lowest = boltzmann_eV(), 0.98 * float(temperatures.min())

    def zero(theta: Any) -> Any:
        return lowest * expit(theta[..., 2])

    def at(theta: Any, T: Any) -> Any:
        gap = np.maximum(np.asarray(T) - zero(theta)[..., None], 1e-3)
        return theta[..., 0, None] - theta[..., 1, None] / (k * gap)

    def slope(theta: Any, T: float) -> Any:
        return theta[..., 1] * (T / np.maximum(T - zero(theta), 1e-3)) ** 2

    best: tuple[float, Any] | None = None
    for logit in np.linspace(-4.0, 4.0, 33):
        gap = temperatures - lowest * expit(logit)
        ab = _least_squares(np.column_stack([np.ones_like(gap), -1.0 / (k * gap)]), data)
        theta = np.array([*ab, logit])
        value = float(data.log(at(theta, temperatures)))
        if best is None or value > best[0]:
            best = (value, theta)
    assert best is not None
    return _sample("curved", best[1], at, slope, temperatures, data, 3, lambda theta: -0.5 * (theta[..., 2] / 2.5) ** 2)


def _least_squares(design: Any, data: Densities) -> Any:
    weight = 1.0 / data.scale
    return np.linalg.lstsq(design * weight[:, None], data.median * weight, rcond=None)[0]


def _sample(
    law: str,
    start: Any,
    at: Callable[[Any, Any], Any],
    slope: Callable[[Any, float], Any],
    temperatures: Any,
    data: Densities,
    seed: int,
    prior: Callable[[Any], Any] = lambda theta: 0.0 * theta[..., 0],
) -> Sampled:
    """Best parameters by the simplex method, draws by importance sampling from a wide t distribution around them."""
    from scipy.optimize import minimize

    def target(theta: Any, widen: float = 1.0) -> Any:
        return data.log(at(theta, temperatures), widen) + prior(theta)

    step = np.maximum(np.abs(start), 1e-3) * 1e-4
    root = _root(start, at, temperatures, data, step)
    found = minimize(
        lambda u: -float(target(start + root @ u)), np.zeros(len(start)), method="Nelder-Mead",
        options={"maxiter": 4000, "xatol": 1e-6, "fatol": 1e-9},
    )  # fmt: skip
    best = start + root @ found.x
    root = _root(best, at, temperatures, data, step)
    residual = (at(best, temperatures) - data.median) / data.scale
    misfit = float((residual**2).sum())
    spare = len(temperatures) - len(best)
    # points that scatter more than their posteriors allow: widen as the Particle Data Group does
    widen = float(np.sqrt(misfit / spare)) if spare > 0 and misfit > spare * 1.5 and _unlikely(misfit, spare) else 1.0
    rng = np.random.default_rng((SEED, seed))
    n, nu = 4 * DRAWS, 4.0
    normal = rng.standard_normal((n, len(best)))
    tail = np.sqrt(nu / rng.chisquare(nu, n))[:, None]
    u = normal * tail * 1.2
    theta = best + widen * u @ root.T
    log_proposal = -(nu + len(best)) / 2 * np.log1p(((u / 1.2) ** 2).sum(axis=1) / nu)
    log_weight = target(theta, widen) - log_proposal
    weight = np.exp(log_weight - log_weight.max())
    chosen = rng.choice(n, DRAWS, p=weight / weight.sum())
    return Sampled(law, len(best), float(data.log(at(best, temperatures))), misfit, theta[chosen], at, slope, widen)


def _unlikely(misfit: float, spare: int) -> bool:
    from scipy.stats import chi2

    return bool(chi2.sf(misfit, spare) < 0.05)


def _root(theta: Any, at: Callable[[Any, Any], Any], temperatures: Any, data: Densities, step: Any) -> Any:
    """Square root of the covariance that least squares gives at ``theta``."""
    columns = []
    for k in range(len(theta)):
        shift = np.zeros(len(theta))
        shift[k] = step[k]
        columns.append((at(theta + shift, temperatures) - at(theta - shift, temperatures)) / (2 * step[k]))
    jacobian = np.column_stack(columns) / data.scale[:, None]
    scale = np.linalg.norm(jacobian, axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    scaled = jacobian / scale
    covariance = np.linalg.inv(scaled.T @ scaled + 1e-6 * np.eye(len(theta)))
    return np.linalg.cholesky(covariance) / scale[:, None]
