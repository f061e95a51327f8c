"""Weights, covariance and agreement of a weighted least-squares fit to a pattern."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from antiperovskite.diffraction.data_files import MeasuredPattern

    Array = NDArray[np.float64]

DEPENDENT: Final = 1e-10
"""Smallest eigenvalue of the normal matrix (unit diagonal) that still counts as determined."""


def weights(pattern: MeasuredPattern, expected: Array) -> Array:
    """1 / sigma^2 of each point: the file's sigma, else Poisson with the expected counts as variance.

    The observed counts as variance would pull the fit down by about one count a point; the expected counts, renewed
    until nothing changes, make the fit the maximum-likelihood one. Intensities that are no counts get the same form
    in arbitrary units.
    """
    if pattern.sigma is not None:
        return np.asarray(1.0 / pattern.sigma**2)
    floor = 1.0 if pattern.counts else 1e-3 * float(pattern.intensity.max())
    return np.asarray(1.0 / np.maximum(expected, floor))


def absolute(pattern: MeasuredPattern) -> bool:
    """Whether the weights are absolute, so that chi^2 near one means a fit within counting statistics."""
    return pattern.sigma is not None or pattern.counts


@dataclass(frozen=True)
class Covariance:
    """Unscaled covariance of the determined parameters, and which of them are not determined."""

    matrix: Array
    dependent: NDArray[np.bool_]


def covariance(weighted_jacobian: Array) -> Covariance:
    """Inverse of the normal matrix on its well-determined subspace.

    Parameters that take part in a combination the data do not determine are flagged, not given an uncertainty.
    """
    normal = weighted_jacobian.T @ weighted_jacobian
    diagonal = np.sqrt(np.clip(np.diag(normal), 0.0, None))
    dead = diagonal <= 0.0
    safe = np.where(dead, 1.0, diagonal)
    scaled = normal / np.outer(safe, safe)
    scaled[dead, :] = scaled[:, dead] = 0.0
    values, vectors = np.linalg.eigh(scaled)
    null = values < DEPENDENT * len(values)
    inverse = np.where(null, 0.0, 1.0 / np.where(null, 1.0, values))
    matrix = (vectors * inverse) @ vectors.T / np.outer(safe, safe)
    dependent = dead | np.any(np.abs(vectors[:, null]) > 1e-2, axis=1) if null.any() else dead
    return Covariance(matrix, np.asarray(dependent))


def serial_correlation(residuals: Array, longest: int) -> float:
    """1 + 2 sum of the residuals' autocorrelation up to where it is lost in noise; 1 for independent residuals.

    After J.-F. Bérar, P. Lelann, J. Appl. Cryst. 24, 1 (1991), DOI 10.1107/S0021889890008391: misfit repeats over a
    line's width, so that a pattern holds fewer independent points than it has.
    """
    total = float(residuals @ residuals)
    if total <= 0.0:
        return 1.0
    noise = 2.0 / np.sqrt(len(residuals))
    factor = 1.0
    for lag in range(1, min(longest, len(residuals) // 4) + 1):
        value = float(residuals[lag:] @ residuals[:-lag]) / total
        if value < noise:
            break
        factor += 2.0 * value
    return factor
