"""Temperature and gases of a synthesis: which pressures hold, which gases only leave and which also come back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from antiperovskite.errors import OptionError
from antiperovskite.stability.energies import same_composition
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.routes.rules import GASES
from antiperovskite.units import BOLTZMANN_EV_PER_K

if TYPE_CHECKING:
    from antiperovskite.stability.phase_set import PhaseSet

LOWEST_TEMPERATURE: Final = 298.15  # K; several NIST-JANAF tables begin here
HIGHEST_TEMPERATURE: Final = 1500.0  # K; beyond, alkali halides boil off and no table of a solid means anything
LOWEST_PRESSURE: Final = 1e-30  # bar
HIGHEST_PRESSURE: Final = 1e3  # bar, beyond which the ideal gas is none
TRACE: Final = 1e-6  # bar, 1 ppm at 1 bar: a good glove box, or a rotary pump


@dataclass(frozen=True)
class Conditions:
    """What a mixture of precursors is heated in.

    Parameters
    ----------
    water, dioxide, hydrogen
        Partial pressures in bar against which these gases leave; without one for CO2, 1e-6 bar. Oxygen and nitrogen
        leave at 1 bar.
    open_to_air
        Whether water, and CO2 where a pressure is given, can also be taken up: a furnace with an endless supply of gas.
        Otherwise the atoms are those weighed in: a sealed tube, or a pump that only takes away.
    """

    water: float = TRACE
    dioxide: float | None = None
    hydrogen: float = 1.0
    open_to_air: bool = False

    def __post_init__(self) -> None:
        """Refuse pressures that are none."""
        for gas, pressure in (("H2O", self.water), ("CO2", self.dioxide), ("H2", self.hydrogen)):
            if pressure is not None:
                check_pressure(gas, pressure)

    @property
    def pressures(self) -> dict[str, float]:
        """Partial pressure of every gas, bar."""
        dioxide = TRACE if self.dioxide is None else self.dioxide
        return {"H2O": self.water, "H2": self.hydrogen, "O2": 1.0, "CO2": dioxide, "N2": 1.0}

    def exchanged(self, elements: Mapping[str, float]) -> tuple[str, ...]:
        """Return the gases that precursors of these elements can also take up.

        Water counts where oxygen is weighed in: what holds none is handled dry.
        """
        if not self.open_to_air or not elements.get("O", 0.0) > 0.0:
            return ()
        return ("H2O",) if self.dioxide is None else ("H2O", "CO2")


def check_pressure(gas: str, pressure: float) -> None:
    """Refuse a partial pressure (bar) outside what an ideal gas allows.

    Raises
    ------
    OptionError
        It is not between 1e-30 and 1000 bar.
    """
    if not (math.isfinite(pressure) and LOWEST_PRESSURE <= pressure <= HIGHEST_PRESSURE):
        raise OptionError(
            f"p({gas}) is {pressure:g} bar; give a pressure between {LOWEST_PRESSURE:g} and {HIGHEST_PRESSURE:g} bar"
        )


def check_temperature(temperature: float) -> None:
    """Refuse a temperature (K) that the tables do not cover.

    Raises
    ------
    OptionError
        It is outside 298.15-1500 K.
    """
    if not (math.isfinite(temperature) and LOWEST_TEMPERATURE <= temperature <= HIGHEST_TEMPERATURE):
        raise OptionError(
            f"the temperature is {temperature:g} K; the tables behind the routes cover {LOWEST_TEMPERATURE:g} to "
            f"{HIGHEST_TEMPERATURE:g} K"
        )


@dataclass(frozen=True)
class State:
    """The phases at one temperature under given pressures: condensed ones, gases, and what the atmosphere gives back.

    ``uptake`` are gases with all signs turned round, so that a mixture of positive amounts can take gas up.
    """

    temperature: float
    condensed: tuple[PhaseEnergy, ...]
    gases: Mapping[str, PhaseEnergy]
    uptake: tuple[PhaseEnergy, ...]


def state_at(standard: PhaseSet, conditions: Conditions, exchanged: tuple[str, ...]) -> State:
    """Bring the gases of a phase set at 1 bar to their pressures: mu = mu(1 bar) + k T ln p.

    Raises
    ------
    OptionError
        The set has no temperature, or steam would fall apart into H2 and O2 at these pressures.
    """
    temperature = standard.temperature
    if temperature is None:
        raise OptionError("synthesis routes need phases at a temperature")
    pressures = conditions.pressures
    gases: dict[str, PhaseEnergy] = {}
    condensed = []
    for phase in standard.phases:
        gas = next((g for g in GASES if phase.name == f"{g}(g)"), None)
        if gas is None:
            # ice beside steam at a fixed pressure would be an unlimited store of water, and none forms when one heats
            if not any(same_composition(phase.elements, atoms) for atoms in GASES.values()):
                condensed.append(phase)
            continue
        shift = BOLTZMANN_EV_PER_K * temperature * math.log(pressures[gas])
        gases[gas] = PhaseEnergy(phase.name, gas, phase.elements, phase.energy + shift, phase.loadings)
    _check_steam(gases, temperature)
    uptake = tuple(_negative(gases[gas]) for gas in exchanged if gas in gases)
    return State(temperature, tuple(condensed), gases, uptake)


def _negative(gas: PhaseEnergy) -> PhaseEnergy:
    return PhaseEnergy(
        f"{gas.formula} from the atmosphere",
        gas.formula,
        {element: -count for element, count in gas.elements.items()},
        -gas.energy,
        {variable: -loading for variable, loading in gas.loadings.items()},
    )


def _check_steam(gases: Mapping[str, PhaseEnergy], temperature: float) -> None:
    if not {"H2O", "H2", "O2"} <= gases.keys():
        return
    apart = gases["H2"].energy + 0.5 * gases["O2"].energy
    if apart < gases["H2O"].energy:
        raise OptionError(
            f"at {temperature:g} K steam at this p(H2O) would fall apart into H2 at this p(H2) and O2 at 1 bar, so no "
            "equilibrium exists; lower p(H2O) or raise p(H2)"
        )
