"""Real sources of the study's energies: calibrated engines, their bare static energies, and DFT."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from antiperovskite.errors import OptionError
from antiperovskite.stability.competing import CITATIONS, at_temperature, competing_phases
from antiperovskite.stability.energies import hull_phases
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.hydroxide_study.system import System, system_of
from antiperovskite.stability.references import ReferenceEntry, reference_set


def _elements(cation: str, halide: str) -> frozenset[str]:
    return frozenset({cation, halide, "O", "H"})


@dataclass(frozen=True)
class CalibratedEngine:
    """An engine calibrated to measured formation enthalpies; water is vapour from NIST-JANAF."""

    name: str

    @property
    def method(self) -> str:
        """One line."""
        return "calibrated to measured formation enthalpies, u from its covariance; H2O as vapour from NIST-JANAF"

    @property
    def citations(self) -> tuple[str, ...]:
        """Works behind the energies."""
        return CITATIONS

    def phases(self, cation: str, halide: str) -> tuple[PhaseEnergy, ...]:
        """All phases of the system, enthalpies at 298.15 K."""
        return competing_phases(self.name, _elements(cation, halide)).phases

    def system(self, cation: str, halide: str, temperature: float | None = None) -> System:
        """Return the phases that are lowest in enthalpy; at a temperature, the same crystals with thermal parts.

        Raises
        ------
        OptionError, MissingReferenceError
            The temperature is outside the tables, or the engine has no calibration.
        """
        from antiperovskite.stability.hydration.study import gases_at, room_gases

        solids = [phase for phase in self.phases(cation, halide) if set(phase.elements) != {"H", "O"}]
        room = system_of(cation, halide, tuple(solids))
        if temperature is None:
            gas = room_gases()
            return System(cation, halide, {**room.phases, "water": _water(gas)})
        warm = {}
        for role, phase in room.phases.items():
            heated, _ = at_temperature(self.name, (phase,), temperature)
            if heated:
                warm[role] = heated[0]
        return System(cation, halide, {**warm, "water": _water(gases_at(temperature))})


def _water(gases: Iterable[PhaseEnergy]) -> PhaseEnergy:
    return next(gas for gas in gases if gas.elements.keys() == {"H", "O"})


@dataclass(frozen=True)
class StaticEngine:
    """An engine's own energies at 0 K without vibrations, water as ice: what DFT is set beside."""

    name: str

    @property
    def method(self) -> str:
        """One line."""
        return "difference of bare static energies, water as ice; not calibrated"

    @property
    def citations(self) -> tuple[str, ...]:
        """Works behind the energies."""
        return reference_set(self.name).engine.citations

    def system(self, cation: str, halide: str, temperature: float | None = None) -> System:
        """Return the lowest phase of each role.

        Raises
        ------
        OptionError
            A temperature was given; static energies have none.
        """
        _no_temperature(self.name, temperature)
        return system_of(cation, halide, tuple(hull_phases(reference_set(self.name), _elements(cation, halide))))


@dataclass(frozen=True)
class ShippedDFT:
    """The shipped density-functional energies, as far as they were computed; water as ice."""

    @cached_property
    def _phases(self) -> tuple[PhaseEnergy, ...]:
        from antiperovskite.stability.dft.results import dft_results

        return tuple(PhaseEnergy(p.name, p.formula, p.elements, p.energy) for p in dft_results().phases)

    @property
    def name(self) -> str:
        """The DFT engine."""
        from antiperovskite.stability.dft.results import dft_results

        return dft_results().engine.name

    @property
    def method(self) -> str:
        """One line."""
        return (
            "difference of static DFT energies, water as ice; not calibrated, the functional's own error is not known"
        )

    @property
    def citations(self) -> tuple[str, ...]:
        """Works behind the energies."""
        from antiperovskite.stability.dft.results import dft_results

        return dft_results().engine.citations

    def system(self, cation: str, halide: str, temperature: float | None = None) -> System:
        """Return the phases that were computed.

        Raises
        ------
        OptionError
            A temperature was given; static energies have none.
        """
        _no_temperature(self.name, temperature)
        allowed = _elements(cation, halide)
        return system_of(cation, halide, tuple(p for p in self._phases if p.elements.keys() <= allowed))


def _no_temperature(name: str, temperature: float | None) -> None:
    if temperature is not None:
        raise OptionError(f"{name} gives static energies, not Gibbs energies at {temperature:g} K; leave it out")


def entry_of(engine: str, phase: PhaseEnergy) -> ReferenceEntry | None:
    """Return the reference entry of a phase, with its structure."""
    return next((entry for entry in reference_set(engine).entries if entry.name == phase.name), None)
