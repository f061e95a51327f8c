"""How different two powder patterns are, once the scale factor is refined."""

from __future__ import annotations

from antiperovskite.diffraction.model import PowderPattern
from antiperovskite.errors import OptionError


def pattern_distance(first: PowderPattern, second: PowderPattern) -> float:
    """Profile distance R = sum |I1 - k I2| / sum I1 with k = sum(I1 I2) / sum(I2^2), the least-squares scale.

    0: the profiles cannot be told apart; it is the R factor of fitting one noise-free pattern with the other.

    Raises
    ------
    OptionError
        The patterns do not share radiation, wavelength and grid.
    """
    import numpy as np

    alike = (
        first.radiation == second.radiation
        and abs(first.wavelength.value - second.wavelength.value) < 1e-9
        and first.two_theta == second.two_theta
    )
    if not alike:
        raise OptionError(
            f"patterns {first.label!r} and {second.label!r} differ in radiation, wavelength or grid; compute both alike"
        )
    one, two = np.asarray(first.profile), np.asarray(second.profile)
    scale = float(one @ two) / float(two @ two)
    return float(np.abs(one - scale * two).sum() / one.sum())
