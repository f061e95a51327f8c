"""Water in a gas at 1 bar: ppm by volume, dew point, saturation, and the atmospheres people work in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from antiperovskite.errors import OptionError

TRIPLE_POINT: Final = 273.16  # K
LIQUID_RANGE: Final = (123.0, 332.0)  # K, where the fit over liquid water holds
ICE_LOWEST: Final = 110.0  # K, where the fit over ice begins
PPM: Final = 1e6  # ppm by volume at a total pressure of 1 bar: p(H2O) / 1 bar
ROOM: Final = 298.15  # K
AIR_CO2: Final = 4.2e-4  # bar; about 420 ppm, the open air of the early 2020s
CITATION: Final = "murphy2005"


def saturation_pressure(temperature_K: float) -> float:
    """Return the vapour pressure of water (bar): over ice below 273.16 K, over the liquid above.

    Murphy and Koop's fits, ln(p/Pa) = 9.550426 - 5723.265/T + 3.53068 ln T - 0.00728332 T over ice and their eq. 10
    over the liquid; DOI 10.1256/qj.04.94.

    Raises
    ------
    OptionError
        The temperature is outside 110-332 K.

    Examples
    --------
    >>> round(1e5 * saturation_pressure(273.16), 2)  # the triple point, 611.66 Pa
    611.66
    """
    T = temperature_K
    if not ICE_LOWEST <= T <= LIQUID_RANGE[1]:
        raise OptionError(
            f"the vapour pressure of water is tabulated from {ICE_LOWEST:g} to {LIQUID_RANGE[1]:g} K; got {T:g} K"
        )
    if T < TRIPLE_POINT:
        ln_pascal = 9.550426 - 5723.265 / T + 3.53068 * math.log(T) - 0.00728332 * T
    else:
        ln_pascal = (
            54.842763
            - 6763.22 / T
            - 4.210 * math.log(T)
            + 0.000367 * T
            + math.tanh(0.0415 * (T - 218.8)) * (53.878 - 1331.22 / T - 9.44523 * math.log(T) + 0.014025 * T)
        )
    return math.exp(ln_pascal) * 1e-5


def dew_point(pressure_bar: float) -> float | None:
    """Return the temperature (K) at which this pressure of water condenses, as frost below 273.16 K.

    ``None`` where it lies outside 110-332 K: the gas is drier, or wetter, than any hygrometer's scale.
    """
    low, high = ICE_LOWEST, LIQUID_RANGE[1]
    if not saturation_pressure(low) <= pressure_bar <= saturation_pressure(high):
        return None
    while high - low > 1e-6:
        middle = 0.5 * (low + high)
        if saturation_pressure(middle) < pressure_bar:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@dataclass(frozen=True)
class Atmosphere:
    """A gas people work in, with its water content in bar at 1 bar total."""

    name: str
    water: float

    @property
    def ppm(self) -> float:
        """Water in ppm by volume."""
        return self.water * PPM


def atmospheres() -> tuple[Atmosphere, ...]:
    """Return the usual ones, driest first: two glove boxes, a dry room, and air at 25 degrees Celsius."""
    return (
        Atmosphere("glove box, 0.1 ppm", 0.1 / PPM),
        Atmosphere("glove box, 1 ppm", 1.0 / PPM),
        Atmosphere("dry room, dew point -40 °C", saturation_pressure(233.15)),
        Atmosphere("air, 25 °C and 50 % humidity", 0.5 * saturation_pressure(ROOM)),
    )
