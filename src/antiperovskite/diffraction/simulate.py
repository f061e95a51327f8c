"""Simulated measurements: draw Poisson counts, fit both models, see how often the right one wins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from antiperovskite.diffraction.nuisance import Family, linear_fit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

ROUNDS = 3


def poisson_deviance(counts: Array, expected: Array) -> float:
    """2 sum (m - y + y ln(y / m)), which tends to chi^2 for many counts; infinite where m <= 0."""
    if np.any(expected <= 0.0):
        return float("inf")
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(counts > 0.0, counts * np.log(counts / expected), 0.0)
    return float(2.0 * np.sum(expected - counts + logs))


def poisson_fit(design: Array, counts: Array, start: Array) -> float:
    """Deviance of the maximum-likelihood fit by reweighted least squares (weights 1/fit), from the fit ``start``."""
    fitted = start
    for _ in range(ROUNDS):
        fitted = linear_fit(design, counts, np.maximum(fitted, 1e-3 * float(start.mean())))[1]
    return poisson_deviance(counts, fitted)


def right_choices(truth: Family, other: Family, counts: Array, strain: float, *, draws: int, seed: int) -> int:
    """Number of ``draws`` in which the true model fits simulated counts better than the other.

    Parameters
    ----------
    truth, other
        The model the counts are drawn from, and the rival.
    counts
        Expected counts of the true model, shape ``(n_points,)``.
    strain
        Where the rival's lattice fits best; both lattices are refined linearly around their optima.
    draws, seed
        Number of simulated measurements, seed of the random generator.
    """
    generator = np.random.default_rng(seed)
    own, rival = truth.design(0.0, lattice=True), other.design(strain, lattice=True)
    rival_start = linear_fit(rival, counts, counts)[1]
    right = 0
    for _ in range(draws):
        drawn = generator.poisson(counts).astype(np.float64)
        right += poisson_fit(own, drawn, counts) < poisson_fit(rival, drawn, rival_start)
    return right
