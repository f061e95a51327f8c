"""Peaks that a calculated pattern leaves over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from antiperovskite.diffraction.identify.model import UnexplainedPeak

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

LEAST_SIGNIFICANCE: Final = 6.0
LEAST_HEIGHT_percent: Final = 0.3
MOST_PEAKS: Final = 40


def unexplained_peaks(
    grid: Array,
    observed: Array,
    calculated: Array,
    background: Array,
    weights: Array,
    *,
    width: float,
    wavelength: float,
    variance_scale: float,
) -> tuple[UnexplainedPeak, ...]:
    """Find peaks of the residual, smoothed over one line width, that stand out from its noise.

    A residual beside a strong line is often that line's own misfit of shape; a peak counts only where it exceeds a
    tenth of what is calculated there above the background.

    Parameters
    ----------
    width
        Line width (FWHM) in degree.
    variance_scale
        Factor on the variance 1/w of each point (chi^2 of the fit, at least one for counts).
    """
    from scipy.signal import find_peaks

    step = float(np.median(np.diff(grid)))
    half = max(round(width / step), 1)
    kernel = np.exp(-4.0 * np.log(2.0) * (np.arange(-2 * half, 2 * half + 1) / half) ** 2)
    kernel /= kernel.sum()
    smooth = np.convolve(observed - calculated, kernel, mode="same")
    variance = np.convolve(variance_scale / weights, kernel**2, mode="same")
    significance = smooth / np.sqrt(variance)
    top = float((observed - background).max())
    floor = np.maximum(LEAST_HEIGHT_percent / 100.0 * top, 0.1 * np.maximum(calculated - background, 0.0))
    places, _ = find_peaks(np.where(smooth > floor, significance, 0.0), height=LEAST_SIGNIFICANCE, distance=half)
    strongest = sorted(places, key=lambda k: -smooth[k])[:MOST_PEAKS]
    return tuple(
        UnexplainedPeak(
            two_theta=float(grid[k]),
            d=float(wavelength / (2.0 * np.sin(np.radians(grid[k]) / 2.0))),
            height=float(100.0 * smooth[k] / top),
            significance=float(significance[k]),
        )
        for k in sorted(strongest)
    )
