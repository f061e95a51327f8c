"""What is held fixed: temperature, gas, coexisting phases, composition, and what a quench froze."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp, isfinite, log
from typing import Final

from antiperovskite.errors import OptionError
from antiperovskite.units import BOLTZMANN_EV_PER_K, conversion_factor

COLDEST: Final = 100.0
HOTTEST: Final = 3000.0


@dataclass(frozen=True)
class Conditions:
    """One point.

    Parameters
    ----------
    temperature_K
        Temperature of the equilibrium (after the quench, if there is one).
    coexisting
        Phases whose chemical potentials are those of the pure phase, beside the host.
    between
        Two phases and a share from 0 (the first coexists) to 1 (the second does); instead of ``coexisting``.
    p_water_bar
        Partial pressure of water vapour.
    halide_deficiency
        x of M3-xBA1-x: the composition is closed to the exchange of halide; instead of coexisting phases.
    dopants
        Element -> atoms per formula unit.
    quench_from_K
        Temperature at which everything was in equilibrium before ``frozen`` defects stopped moving.
    frozen
        Names of defects (isolated and in clusters together) that keep their number; ``None``: all but vacancies and
        interstitials of the mobile cation.
    site_exclusion
        ``False``: the dilute limit.
    debye_hueckel
        Screened interaction of isolated charged defects.
    """

    temperature_K: float
    coexisting: tuple[str, ...] = ()
    between: tuple[str, str, float] | None = None
    p_water_bar: float | None = None
    halide_deficiency: float | None = None
    dopants: Mapping[str, float] = field(default_factory=dict)
    quench_from_K: float | None = None
    frozen: tuple[str, ...] | None = None
    site_exclusion: bool = True
    debye_hueckel: bool = False

    def check(self) -> None:
        """Refuse what is no condition.

        Raises
        ------
        OptionError
            A number is outside what is allowed, or two conditions exclude each other.
        """
        for what, T in (("temperature", self.temperature_K), ("quench temperature", self.quench_from_K)):
            if T is not None and not COLDEST <= T <= HOTTEST:
                raise OptionError(
                    f"the {what} is {T:g} K; defect equilibria are computed from {COLDEST:g} to {HOTTEST:g} K"
                )
        if self.quench_from_K is not None and self.quench_from_K < self.temperature_K:
            raise OptionError(
                f"a quench goes down: {self.quench_from_K:g} K is below {self.temperature_K:g} K; give a higher one"
            )
        if self.p_water_bar is not None and not (isfinite(self.p_water_bar) and 0.0 < self.p_water_bar <= 1e3):
            raise OptionError(f"p(H2O) is {self.p_water_bar:g} bar; give a pressure above 0 and at most 1000 bar")
        x = self.halide_deficiency
        if x is not None and not -0.9 <= x <= 0.9:
            raise OptionError(f"a halide deficiency of {x:g} per formula unit is not allowed; give -0.9 to 0.9")
        if x is not None and (self.coexisting or self.between):
            raise OptionError(
                "a fixed halide deficiency closes the crystal to the exchange of halide: give it or coexisting phases"
            )
        for element, amount in self.dopants.items():
            if not (isfinite(amount) and 0.0 < amount <= 3.0):
                raise OptionError(
                    f"{amount:g} {element} per formula unit is not allowed; give more than 0 and at most 3"
                )
        if self.between is not None and not 0.0 <= self.between[2] <= 1.0:
            raise OptionError(f"a share of {self.between[2]:g} between two phases is outside 0 to 1")


def water_potential(temperature_K: float, pressure_bar: float, reference: str) -> float:
    """Chemical potential of water vapour (eV per molecule) against the gas or ice at 0 K.

    [H(T) - H(0)] - T S(T) + kT ln p from NIST-JANAF; against ice with the heat of sublimation at 0 K added.

    Examples
    --------
    >>> round(water_potential(298.15, 1.0, "gas"), 3)
    -0.481
    """
    from antiperovskite.stability.thermal.janaf import thermal_part

    increment = thermal_part("H2O", "g", temperature_K)
    shift = sublimation_enthalpy(0.0) if reference == "ice" else 0.0
    return shift + increment + BOLTZMANN_EV_PER_K * temperature_K * log(pressure_bar)


def sublimation_enthalpy(temperature_K: float) -> float:
    """Heat of sublimation of ice, eV per molecule.

    L/(J/mol) = 46782.5 + 35.8925 T - 0.07414 T^2 + 541.5 exp(-(T/123.75)^2); Murphy and Koop's eq. 5,
    DOI 10.1256/qj.04.94; at 0 K its limit.
    """
    T = temperature_K
    joule = 46782.5 + 35.8925 * T - 0.07414 * T * T + 541.5 * exp(-((T / 123.75) ** 2))
    return joule * 1e-3 * conversion_factor("kJ/mol", "eV")


def hydroxide_gibbs_energy(cation: str, temperature_K: float) -> float:
    """Gibbs energy (eV) of M2O + H2O(gas, 1 bar) -> 2 MOH from NIST-JANAF.

    Raises
    ------
    MissingReferenceError
        NIST-JANAF lacks the oxide or the hydroxide.
    """
    from antiperovskite.stability.thermal.janaf import formation_gibbs_energy

    T = temperature_K
    hydroxide = formation_gibbs_energy(f"{cation}OH", "condensed", T)
    oxide = formation_gibbs_energy(f"{cation}2O", "condensed", T)
    return 2.0 * hydroxide - oxide - formation_gibbs_energy("H2O", "g", T)
