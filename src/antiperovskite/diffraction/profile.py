"""Line shapes: from reflections to a profile on a two-theta or time-of-flight grid."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from antiperovskite.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Profile = Callable[[Array], Array]

TAIL_IN_FWHM = 15.0
"""Lines are cut this many widths from their centre (a Lorentzian keeps 98 % of its area there)."""
GAUSSIAN_TAIL_IN_FWHM = 3.5
"""The same for purely Gaussian lines, whose height there is 2e-15."""
CROWDED = 3000
"""Lines beyond which the profile is summed in dense blocks."""
SHARED, LARGEST_BLOCK = 8, 256
"""A block's lines start within this fraction of a line's reach of each other, and are at most so many."""
SCHERRER_K = 0.9
"""Shape factor of the Scherrer equation; 0.9 is the customary choice for equiaxed grains."""


@dataclass(frozen=True)
class Resolution:
    """Pseudo-Voigt lines whose width follows Caglioti: FWHM^2 = U tan^2(theta) + V tan(theta) + W.

    ``U``, ``V``, ``W`` in degree^2 (of two-theta). The Lorentzian share comes in one of two ways: ``eta``, a fixed
    share from 0 (Gaussian) to 1 of a line whose whole width follows Caglioti; or ``X``, ``Y``, ``Z`` (degree),
    a Lorentzian width X / cos(theta) + Y tan(theta) + Z that is convolved with the Gaussian of Caglioti's width, in the
    approximation of P. Thompson, D. E. Cox, J. B. Hastings, J. Appl. Cryst. 20, 79 (1987),
    DOI 10.1107/S0021889887087090. X is what small grains do (see :meth:`with_size`), Y what
    microstrain does.
    Source of the width function: G. Caglioti, A. Paoletti, F. P. Ricci, Nucl. Instrum. 3, 223 (1958),
    DOI 10.1016/0369-643X(58)90029-X.
    """

    U: float
    V: float
    W: float
    eta: float = 0.0
    X: float = 0.0
    Y: float = 0.0
    Z: float = 0.0

    def fwhm(self, two_theta: Array) -> Array:
        """Full width at half maximum (degree of two-theta) at ``two_theta`` (degree).

        Raises
        ------
        OptionError
            The parameters give no positive width somewhere, or ``eta`` is outside 0 to 1.
        """
        return self.shape(two_theta)[0]

    def shape(self, two_theta: Array) -> tuple[Array, Array]:
        """Full width at half maximum (degree of two-theta) and Lorentzian share at ``two_theta`` (degree).

        Raises
        ------
        OptionError
            As :meth:`fwhm`, or both ``eta`` and ``X``, ``Y`` are given.
        """
        theta = np.radians(two_theta) / 2.0
        tan = np.tan(theta)
        square = (self.U * tan + self.V) * tan + self.W
        lorentzian = self.X / np.cos(theta) + self.Y * tan + self.Z
        convolved = bool(self.X or self.Y or self.Z)
        if self.eta and convolved:
            raise OptionError(f"eta={self.eta:g} and Lorentzian widths X, Y, Z exclude each other; give one of them")
        whole = np.concatenate([square.ravel(), lorentzian.ravel()])
        if (
            not np.all(np.isfinite(whole))
            or np.any(square <= 0.0)
            or np.any(lorentzian < 0.0)
            or not 0.0 <= self.eta <= 1.0
        ):
            raise OptionError(
                f"U={self.U:g}, V={self.V:g}, W={self.W:g}, eta={self.eta:g}, X={self.X:g}, Y={self.Y:g}, "
                f"Z={self.Z:g} is no line shape over this range; U tan^2 + V tan + W must stay positive, "
                "X / cos + Y tan + Z not negative, and eta between 0 and 1"
            )
        width = np.sqrt(square)
        if not convolved:
            return width, np.full_like(width, self.eta)
        return thompson_cox_hastings(width, lorentzian)

    def with_size(self, size: float, wavelength: float) -> Resolution:
        """Add the Scherrer broadening K lambda / (size cos(theta)), K = 0.9, of grains of ``size`` angstrom.

        A fixed ``eta`` is first taken apart into the Gaussian and Lorentzian widths that give it (U = V = 0 only).

        Raises
        ------
        OptionError
            The size is not 10 to 1e6 angstrom, or ``eta`` is used with an angle-dependent width.
        """
        if not 10.0 <= size <= 1e6:
            raise OptionError(f"grain size {size:g} angstrom is out of range; give 10 to 1e6 angstrom (1 nm to 0.1 mm)")
        broadening = math.degrees(SCHERRER_K * wavelength / size)
        if not self.eta:
            return replace(self, X=self.X + broadening)
        if self.U or self.V:
            raise OptionError(
                f"grain size with eta={self.eta:g} and an angle-dependent width is not defined; give X, Y, Z, not eta"
            )
        gaussian, lorentzian = _parts(self.eta)
        width = math.sqrt(max(self.W, 0.0))
        return Resolution(U=0.0, V=0.0, W=(gaussian * width) ** 2, X=broadening, Z=lorentzian * width)

    def __str__(self) -> str:
        caglioti = f"Caglioti U={self.U:g}, V={self.V:g}, W={self.W:g} degree^2"
        if self.X or self.Y or self.Z:
            widths = f"X={self.X:.4g}, Y={self.Y:.4g}, Z={self.Z:.4g} degree"
            return f"Thompson-Cox-Hastings pseudo-Voigt, {caglioti}, {widths}"
        shape = "Gaussian" if self.eta == 0 else f"pseudo-Voigt (eta {self.eta:g})"
        return f"{shape}, {caglioti}"


def thompson_cox_hastings(gaussian: Array, lorentzian: Array) -> tuple[Array, Array]:
    """Width and Lorentzian share of the pseudo-Voigt that approximates a convolution of the two widths (FWHM).

    Gamma^5 = G^5 + 2.69269 G^4 L + 2.42843 G^3 L^2 + 4.47163 G^2 L^3 + 0.07842 G L^4 + L^5 and
    eta = 1.36603 q - 0.47719 q^2 + 0.11116 q^3 with q = L / Gamma (DOI 10.1107/S0021889887087090).
    """
    G, L = gaussian, lorentzian
    fifth = G**5 + 2.69269 * G**4 * L + 2.42843 * G**3 * L**2 + 4.47163 * G**2 * L**3 + 0.07842 * G * L**4 + L**5
    width = fifth**0.2
    q = L / width
    return width, np.clip(q * (1.36603 + q * (-0.47719 + 0.11116 * q)), 0.0, 1.0)


@cache
def _parts(eta: float) -> tuple[float, float]:
    """Gaussian and Lorentzian widths of a pseudo-Voigt of unit width and share ``eta``."""
    from scipy.optimize import brentq

    def share(lorentzian_per_gaussian: float) -> float:
        one = np.ones(1)
        return float(thompson_cox_hastings(one, lorentzian_per_gaussian * one)[1][0])

    top = 1e3
    ratio = top if eta >= share(top) else float(brentq(lambda r: share(r) - eta, 0.0, top))
    width = float(thompson_cox_hastings(np.ones(1), ratio * np.ones(1))[0][0])
    return 1.0 / width, ratio / width


DEFAULT_RESOLUTION = {
    # Plain choices in the range of real instruments, not those of any one: a laboratory diffractometer with lines
    # of 0.10 degree, and a constant-wavelength neutron powder diffractometer with its best resolution near 64
    # degree (0.29 degree).
    "xray": Resolution(U=0.0, V=0.0, W=0.01, eta=0.5),
    "neutron": Resolution(U=0.20, V=-0.25, W=0.16, eta=0.0),
}


def line_profile(grid: Array, centres: Array, resolution: Resolution) -> Profile:
    """Return a function that turns line intensities ``(n_lines,)`` into a profile on ``grid`` ``(n_points,)``.

    The shape weights are computed once, so that many intensity vectors (one per element left out) cost little.
    Each line has unit area before it is cut at ``TAIL_IN_FWHM``.
    """
    if len(centres) > CROWDED:
        return partial(_crowded_profile, grid, centres, *resolution.shape(centres))
    weights = line_weights(grid, centres, *resolution.shape(centres))

    def profile(intensities: Array) -> Array:
        return np.asarray(weights @ intensities, dtype=np.float64)

    return profile


def _crowded_profile(grid: Array, centres: Array, width: Array, eta: Array, intensities: Array) -> Array:
    """The profile of very many ascending lines, in blocks of neighbours that share their points.

    Each block is one product of a small dense matrix, so that the weights of all lines never exist at once.
    """
    reach = np.where(eta > 0.0, TAIL_IN_FWHM, GAUSSIAN_TAIL_IN_FWHM)
    columns = intensities.reshape(len(centres), -1)
    total = np.zeros((len(grid), columns.shape[1]))
    root = math.sqrt(math.log(2.0))
    heights = _column(2.0 * root / math.sqrt(math.pi) * (1.0 - eta) / width)
    tails = _column(2.0 / math.pi * eta / width)
    scale = (2.0 * root / width)[:, None]
    furthest = _column((2.0 * root * reach) ** 2)
    low, high = np.searchsorted(grid, centres - reach * width), np.searchsorted(grid, centres + reach * width, "right")
    line = 0
    while line < len(centres):
        # neighbours whose points coincide for the most part
        most = low[line] + max((high[line] - low[line]) // SHARED, 1)
        stop = min(int(np.searchsorted(low, most)), line + LARGEST_BLOCK)
        lines = slice(line, max(stop, line + 1))
        span = slice(int(low[lines].min()), int(high[lines].max()))
        square = ((grid[span] - centres[lines, None]) * scale[lines]).astype(np.float32)
        square *= square
        shape = np.exp(-square)
        shape *= heights[lines]
        if tails[lines].any():
            shape += tails[lines] / (np.float32(1.0 / math.log(2.0)) * square + np.float32(1.0))
        shape *= square <= furthest[lines]
        total[span] += (shape.T @ columns[lines].astype(np.float32)).astype(np.float64)
        line = lines.stop
    return total.reshape(len(grid), *intensities.shape[1:])


def line_weights(grid: Array, centres: Array, width: Array, eta: Array) -> Any:
    """Sparse matrix ``(n_points, n_lines)`` whose columns are lines of unit area on any ascending grid.

    Parameters
    ----------
    grid, centres, width
        In one unit; ``width`` is the full width at half maximum, shape ``(n_lines,)``.
    eta
        Lorentzian share, shape ``(n_lines,)``.
    """
    from scipy.sparse import csc_array

    reach = width * np.where(eta > 0.0, TAIL_IN_FWHM, GAUSSIAN_TAIL_IN_FWHM)
    first = np.searchsorted(grid, centres - reach, side="left")
    count = np.searchsorted(grid, centres + reach, side="right") - first
    ends = np.concatenate([[0], np.cumsum(count)])
    root = math.sqrt(math.log(2.0))
    heights = _column(2.0 * root / math.sqrt(math.pi) * (1.0 - eta) / width)
    tails = _column(2.0 / math.pi * eta / width)
    scale = (2.0 * root / width)[:, None]
    value, points = np.empty(ends[-1]), np.empty(ends[-1], dtype=np.int32)
    padded = np.append(grid, np.full(int(count.max(initial=0)), grid[-1]))  # blocks may reach past the end
    for lines in _blocks(count):
        steps = np.arange(count[lines].max(initial=0), dtype=np.int32)
        point = (first[lines, None] + steps).astype(np.int32)
        u = padded[point]
        u -= centres[lines, None]
        u *= scale[lines]
        square = u.astype(np.float32)  # the distance was taken in double precision; the shape needs seven digits
        square *= square
        shape = np.exp(-square)
        shape *= heights[lines]
        if tails.any():
            square *= np.float32(1.0 / math.log(2.0))
            square += np.float32(1.0)
            shape += tails[lines] / square
        here = slice(ends[lines.start], ends[lines.stop])
        reached = steps < count[lines, None]
        value[here] = shape.ravel() if reached.all() else shape[reached]
        points[here] = point.ravel() if reached.all() else point[reached]
    return csc_array((value, points, ends.astype(np.int32)), shape=(len(grid), len(centres)))


def _column(values: Array) -> NDArray[np.float32]:
    return values.astype(np.float32)[:, None]


def _blocks(count: NDArray[np.int64], size: int = 65536) -> Iterator[slice]:
    """Runs of lines whose rectangle of points has about ``size`` entries, to stay in the processor's cache."""
    step = max(size // max(int(count.max(initial=1)), 1), 1)
    for start in range(0, len(count), step):
        yield slice(start, min(start + step, len(count)))
