"""Line shapes: from reflections to a profile on a uniform two-theta grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from antiperovskite.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Profile = Callable[[NDArray[np.float64]], NDArray[np.float64]]

TAIL_IN_FWHM = 15.0
"""Lines are cut this many widths from their centre (a Lorentzian keeps 98 % of its area there)."""


@dataclass(frozen=True)
class Resolution:
    """Pseudo-Voigt lines whose width follows Caglioti: FWHM^2 = U tan^2(theta) + V tan(theta) + W.

    ``U``, ``V``, ``W`` in degree^2 (of two-theta); ``eta`` is the Lorentzian share, 0 (Gaussian) to 1.
    Source of the width function: G. Caglioti, A. Paoletti, F. P. Ricci, Nucl. Instrum. 3, 223 (1958),
    DOI 10.1016/0369-643X(58)90029-X.
    """

    U: float
    V: float
    W: float
    eta: float

    def fwhm(self, two_theta: NDArray[np.float64]) -> NDArray[np.float64]:
        """Full width at half maximum (degree of two-theta) at ``two_theta`` (degree).

        Raises
        ------
        OptionError
            The parameters give no positive width somewhere, or ``eta`` is outside 0 to 1.
        """
        tan = np.tan(np.radians(two_theta) / 2.0)
        square = (self.U * tan + self.V) * tan + self.W
        if not np.all(np.isfinite(square)) or np.any(square <= 0.0) or not 0.0 <= self.eta <= 1.0:
            raise OptionError(
                f"U={self.U:g}, V={self.V:g}, W={self.W:g}, eta={self.eta:g} is no line shape over this range; "
                "U tan^2 + V tan + W must stay positive and eta between 0 and 1"
            )
        return np.asarray(np.sqrt(square))

    def __str__(self) -> str:
        shape = "Gaussian" if self.eta == 0 else f"pseudo-Voigt (eta {self.eta:g})"
        return f"{shape}, Caglioti U={self.U:g}, V={self.V:g}, W={self.W:g} degree^2"


DEFAULT_RESOLUTION = {
    # Plain choices in the range of real instruments, not those of any one: a laboratory diffractometer with lines
    # of 0.10 degree, and a constant-wavelength neutron powder diffractometer with its best resolution near 64
    # degree (0.29 degree).
    "xray": Resolution(U=0.0, V=0.0, W=0.01, eta=0.5),
    "neutron": Resolution(U=0.20, V=-0.25, W=0.16, eta=0.0),
}


def line_profile(grid: NDArray[np.float64], centres: NDArray[np.float64], resolution: Resolution) -> Profile:
    """Return a function that turns line intensities ``(n_lines,)`` into a profile on ``grid`` ``(n_points,)``.

    The shape weights are computed once, so that many intensity vectors (one per element left out) cost little.
    Each line has unit area before it is cut at ``TAIL_IN_FWHM``.
    """
    n_points = len(grid)
    step = float(grid[1] - grid[0])
    width = resolution.fwhm(centres)[:, None]
    reach = int(np.ceil(TAIL_IN_FWHM * float(width.max(initial=0.0)) / step)) if len(centres) else 0
    nearest = np.rint((centres - grid[0]) / step).astype(np.int64)
    index = nearest[:, None] + np.arange(-reach, reach + 1)
    inside = (index >= 0) & (index < n_points)
    x = (grid[0] + index * step - centres[:, None]) / width
    weight = (1.0 - resolution.eta) * 2.0 * np.sqrt(np.log(2.0) / np.pi) * np.exp(-4.0 * np.log(2.0) * x * x)
    if resolution.eta:
        weight = weight + resolution.eta * (2.0 / np.pi) / (1.0 + 4.0 * x * x)
    weight = np.where(inside & (np.abs(x) <= TAIL_IN_FWHM), weight / width, 0.0)
    index = np.where(inside, index, 0)

    def profile(intensities: NDArray[np.float64]) -> NDArray[np.float64]:
        spread = (weight * intensities[:, None]).ravel()
        return np.asarray(np.bincount(index.ravel(), weights=spread, minlength=n_points), dtype=np.float64)

    return profile
