"""Sites as peaks of the density: smoothed, clustered, and moved to the centre of what they hold."""

from __future__ import annotations

from itertools import product
from typing import Any, Final

from antiperovskite.errors import DataError, OptionError
from antiperovskite.transport.density.grid import IonDensity

SMOOTHING: Final = 0.35
"""angstrom; a thermal ellipsoid's size, so that one site gives one peak."""
LOWEST: Final = 0.02
"""Share of the highest peak below which a maximum is a place passed through, not a site."""
CENTRINGS: Final = 4
SHARPEST: Final = 2.0
"""Times the mean density that peaks must reach; a liquid's smoothed density has none."""


def density_peaks(
    density: IonDensity,
    *,
    separation_angstrom: float = 1.2,
    smoothing_angstrom: float = SMOOTHING,
    lowest: float = LOWEST,
) -> Any:
    """Return fractional coordinates of the density's peaks, the most visited first, shape ``(n, 3)``.

    Parameters
    ----------
    density
        From ``ion_density``.
    separation_angstrom
        Peaks nearer than this to a higher one belong to it.
    smoothing_angstrom
        Standard deviation of the Gaussian the density is smoothed with.
    lowest
        Share of the highest peak below which maxima do not count.

    Raises
    ------
    OptionError
        The separation is not positive.
    DataError
        Nothing stands out from the mean density.
    """
    import numpy as np
    from scipy.ndimage import maximum_filter

    if not separation_angstrom > 0:
        raise OptionError(f"a separation of {separation_angstrom:g} angstrom is not positive")
    smooth = density.smoothed(smoothing_angstrom)
    highest = float(smooth.max())
    if highest < SHARPEST * float(smooth.mean()):
        raise DataError(
            f"the {density.species} density has no peaks (at most {highest / float(smooth.mean()):.1f} of its mean): "
            "the ions are everywhere, as in a melt; give sites from a structure"
        )
    peaks = (smooth == maximum_filter(smooth, size=3, mode="wrap")) & (smooth > lowest * highest)
    places = np.argwhere(peaks)
    order = np.argsort(-smooth[peaks], kind="stable")
    shape = np.array(smooth.shape)
    kept: list[Any] = []
    for place in places[order] / shape:
        if kept:
            apart = np.array(kept) - place
            apart -= np.round(apart)
            if float(np.square(apart @ density.cell).sum(axis=1).min()) < separation_angstrom**2:
                continue
        kept.append(place)
    return np.array([_centre(density, smooth, place, separation_angstrom / 2) for place in kept])


def _centre(density: IonDensity, smooth: Any, place: Any, radius: float) -> Any:
    """Centre of the density within ``radius`` of a peak."""
    import numpy as np

    shape = np.array(smooth.shape)
    spans = np.ceil(radius * np.linalg.norm(np.linalg.inv(density.cell), axis=0) * shape).astype(int) + 1
    offsets = np.array(list(product(*[range(-s, s + 1) for s in spans])))
    for _ in range(CENTRINGS):  # the sphere follows the centre it finds, off the grid point it began at
        middle = np.rint(place * shape).astype(int)
        apart = (middle + offsets) / shape - place
        near = np.square(apart @ density.cell).sum(axis=1) <= radius**2
        index = (middle + offsets[near]) % shape
        weight = smooth[index[:, 0], index[:, 1], index[:, 2]]
        place = place + (weight @ apart[near]) / weight.sum()
    return place % 1.0
