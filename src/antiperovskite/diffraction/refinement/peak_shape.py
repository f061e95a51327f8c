"""Thompson-Cox-Hastings pseudo-Voigt lines and their derivatives, on any ascending grid.

Gaussian part: FWHM_G^2 = U tan^2(theta) + V tan(theta) + W (Caglioti); Lorentzian part: FWHM_L = X / cos(theta) +
Y tan(theta), from crystallite size and strain. Both combine to one width and mixing after P. Thompson, D. E. Cox,
J. B. Hastings, J. Appl. Cryst. 20, 79 (1987), DOI 10.1107/S0021889887087090. Widths in degree of two-theta.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

WIDTH_NAMES: Final = ("U", "V", "W", "X", "Y")
NARROWEST: Final = 1e-3
"""Degree; keeps the Gaussian width real where U, V and W would give none."""
REACH: Final = 20.0
"""Lines are drawn this many widths to each side (a Lorentzian keeps 98.4 % of its area there)."""
LN2: Final = float(np.log(2.0))


def widths(theta: Array, parameters: Any) -> tuple[Any, Any]:
    """Return FWHM (degree) and Lorentzian share of lines at ``theta`` (radian); complex parameters are allowed."""
    U, V, W, X, Y = parameters
    tan = np.tan(theta)
    square = (U * tan + V) * tan + W
    square = np.where(np.real(square) > NARROWEST**2, square, NARROWEST**2)
    g = np.sqrt(square)
    l = X / np.cos(theta) + Y * tan  # noqa: E741
    l = np.where(np.real(l) > 0.0, l, 0.0)  # noqa: E741
    fifth = g**5 + 2.69269 * g**4 * l + 2.42843 * g**3 * l**2 + 4.47163 * g**2 * l**3 + 0.07842 * g * l**4 + l**5
    width = fifth**0.2
    q = l / width
    return width, 1.36603 * q - 0.47719 * q**2 + 0.11116 * q**3


def width_derivatives(theta: Array, parameters: Array) -> tuple[Array, Array]:
    """d FWHM and d share by U, V, W, X, Y, each ``(n_lines, 5)``, exact to rounding (complex step)."""
    by_width, by_share = [], []
    for index in range(5):
        stepped = np.array(parameters, dtype=np.complex128)
        stepped[index] += 1e-30j
        width, share = widths(theta, stepped)
        by_width.append(np.imag(width) / 1e-30)
        by_share.append(np.imag(share) / 1e-30)
    return np.array(by_width).T, np.array(by_share).T


@dataclass
class Window:
    """Which grid points each line reaches: columns of a sparse matrix."""

    points: NDArray[np.int64]
    starts: NDArray[np.int64]
    lines: NDArray[np.int64]
    n_points: int

    def matrix(self, values: Array) -> Any:
        """Sparse ``(n_points, n_lines)`` matrix of values given for each reached point."""
        from scipy.sparse import csc_matrix

        return csc_matrix((values, self.points, self.starts), shape=(self.n_points, len(self.starts) - 1))


def window(grid: Array, centres: Array, reach: Array) -> Window:
    """Find the points within ``reach`` (degree) of each centre."""
    low = np.searchsorted(grid, centres - reach)
    high = np.searchsorted(grid, centres + reach)
    count = np.maximum(high - low, 0)
    starts = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    lines = np.repeat(np.arange(len(centres)), count)
    points = np.arange(starts[-1]) - starts[lines] + low[lines]
    return Window(points, starts, lines, len(grid))


def shapes(grid: Array, centres: Array, width: Array, share: Array, where: Window) -> Array:
    """Unit-area pseudo-Voigt of each line at the points it reaches, ``(n_reached,)``."""
    return _parts(grid, centres, width, share, where)[0]


def shapes_with_derivatives(
    grid: Array, centres: Array, width: Array, share: Array, where: Window
) -> tuple[Array, Array, Array, Array]:
    """The shapes and their derivatives by centre, width and share."""
    value, u, w, gauss, lorentz, eta = _parts(grid, centres, width, share, where)
    quotient = 8.0 * u / (1.0 + 4.0 * u * u)
    by_centre = ((1.0 - eta) * gauss * 8.0 * LN2 * u + eta * lorentz * quotient) / w
    by_width = u * by_centre - value / w
    return value, by_centre, by_width, lorentz - gauss


def _parts(grid: Array, centres: Array, width: Array, share: Array, where: Window) -> tuple[Array, ...]:
    w, eta = width[where.lines], share[where.lines]
    u = (grid[where.points] - centres[where.lines]) / w
    gauss = 2.0 * np.sqrt(LN2 / np.pi) / w * np.exp(-4.0 * LN2 * u * u)
    lorentz = (2.0 / np.pi) / w / (1.0 + 4.0 * u * u)
    return (1.0 - eta) * gauss + eta * lorentz, u, w, gauss, lorentz, eta
