"""Fitting one model to another's expected counts: scale, background, overall B by least squares, lattice by a scan."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from antiperovskite.diffraction.expectation import Expected

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MOST_STRAINS = 401
_STRAIN_STEP = 1e-5
"""For the derivative by the lattice parameter."""


@dataclass(frozen=True)
class Family:
    """All patterns one model can give: its profile at any strain plus a smooth background.

    ``terms`` Legendre polynomials make the background; ``displacement`` adds the profile's derivative by an overall
    temperature factor.
    """

    model: Expected
    terms: int
    displacement: bool

    def design(self, strain: float, lattice: bool = False) -> Array:
        """Columns ``(n_points, n_parameters)``: profile, overall B, [lattice,] background; scaled to order one."""
        profile, slope = self.model.bragg_and_slope(strain).T
        columns = [profile, slope] if self.displacement else [profile]
        if lattice:
            ahead, behind = (self.model.bragg(strain + step) for step in (_STRAIN_STEP, -_STRAIN_STEP))
            columns.append((ahead - behind) / (2.0 * _STRAIN_STEP))
        x = np.linspace(-1.0, 1.0, len(profile))
        background = np.polynomial.legendre.legvander(x, self.terms - 1)
        whole = np.column_stack([*columns, background])
        return np.asarray(whole / np.abs(whole).max(axis=0), dtype=np.float64)


@dataclass(frozen=True)
class Fit:
    """The closest a family comes to given counts."""

    chi2: float
    strain: float
    fitted: Array


def linear_fit(design: Array, counts: Array, variance: Array) -> tuple[float, Array]:
    """Weighted least squares; returns sum (counts - fit)^2 / variance and the fit."""
    weight = 1.0 / np.sqrt(variance)
    coefficients = np.linalg.lstsq(design * weight[:, None], counts * weight, rcond=None)[0]
    fitted = design @ coefficients
    return float(np.sum(((counts - fitted) * weight) ** 2)), fitted


def closest(family: Family, counts: Array, variance: Array, window: tuple[float, float]) -> Fit:
    """Minimise over scale, background and overall B (linear) and over the lattice strain (scan, then refined)."""
    from scipy.optimize import minimize_scalar

    weight = 1.0 / np.sqrt(variance)
    weighted = counts * weight
    square = float(weighted @ weighted)

    def misfit(strain: float) -> float:
        # normal equations: fast, and exact enough to find the minimum; the fit itself is by linear_fit
        design = family.design(strain) * weight[:, None]
        target = design.T @ weighted
        return square - float(target @ np.linalg.lstsq(design.T @ design, target, rcond=1e-13)[0])

    strains = _strains(family.model, window)
    values = [misfit(strain) for strain in strains]
    best = int(np.argmin(values))
    strain = float(strains[best])
    if len(strains) > 1:
        around = (float(strains[max(best - 1, 0)]), float(strains[min(best + 1, len(strains) - 1)]))
        refined = minimize_scalar(misfit, bounds=around, method="bounded", options={"xatol": 1e-8})
        if refined.fun < values[best]:
            strain = float(refined.x)
    chi2, fitted = linear_fit(family.design(strain), counts, variance)
    return Fit(chi2, strain, fitted)


def _strains(model: Expected, window: tuple[float, float]) -> Array:
    """Strains that shift lines by half their width at the highest angle."""
    low, high = window
    if high - low < 1e-12:
        return np.array([low])
    end = float(model.setting.grid[-1])
    width = math.radians(float(model.setting.resolution.fwhm(np.array([end]))[0]))
    step = width / (4.0 * math.tan(math.radians(end) / 2.0))
    number = min(max(math.ceil((high - low) / step) + 1, 5), MOST_STRAINS)
    return np.unique(np.concatenate([np.linspace(low, high, number), [0.0] if low <= 0.0 <= high else []]))


def projector_distance(first: Array, second: Array, variance: Array) -> float:
    """tr((P1 - P2)^2) of the projections on two design matrices' columns: how differently the two absorb noise."""
    weight = 1.0 / np.sqrt(variance)
    one, two = (_basis(design * weight[:, None]) for design in (first, second))
    return float(max(one.shape[1] + two.shape[1] - 2.0 * np.sum((one.T @ two) ** 2), 0.0))


def _basis(matrix: Array) -> Array:
    left, singular, _ = np.linalg.svd(matrix, full_matrices=False)
    return np.asarray(left[:, singular > 1e-10 * singular[0]])
