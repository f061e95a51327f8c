"""The front door to calibrated thermodynamics: which phases compete, with which energies, at which temperature."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from antiperovskite.errors import MissingReferenceError, OptionError
from antiperovskite.stability.calibration.calibrate import Calibration, calibration
from antiperovskite.stability.energies import find_phase, scaled_phase
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.phase_set import PhaseSet
from antiperovskite.stability.references import reference_set

ROOM = 298.15  # K, the temperature of the measured formation enthalpies
DIATOMIC = frozenset({"H", "N", "O", "F", "Cl", "Br", "I"})
CITATIONS = ("chase1998", "wang2021")


@cache
def calibrated_references(engine_name: str, elements: frozenset[str]) -> tuple[PhaseEnergy, ...]:
    """All reference phases within ``elements``: formation enthalpies at 298.15 K, eV per formula unit."""
    calibrated = calibration(engine_name)
    return tuple(calibrated.entry(entry) for entry in reference_set(engine_name).within(elements))


def reference_compound(engine_name: str, formula: str, elements: Mapping[str, float]) -> PhaseEnergy | None:
    """The lowest reference phase of a composition per formula unit as written, ``None`` where the set has none."""
    phase = find_phase(calibrated_references(engine_name, frozenset(elements)), elements)
    return None if phase is None else scaled_phase(phase, formula, elements)


def competing_phases(
    engine_name: str,
    elements: Iterable[str],
    *,
    temperature: float | None = None,
    gases: Mapping[str, float] | None = None,
) -> PhaseSet:
    """Return every phase that competes within ``elements``, calibrated against experiment.

    Parameters
    ----------
    engine_name
        Engine whose energies are used throughout; sets never mix.
    elements
        Element symbols; each must have a reference.
    temperature
        K. ``None``: formation enthalpies at 298.15 K, no gases. Else Gibbs energies G(T) - sum x H_element(0 K), with
        the thermal parts of :mod:`antiperovskite.stability.thermal` and their uncertainty.
    gases
        Partial pressures in bar of the gases that take part, for example ``{"H2O": 0.01}``; needs a temperature.

    Raises
    ------
    MissingReferenceError
        No reference set or no calibration for this engine, or an element without a reference.
    OptionError
        A gas without a temperature, or a temperature or pressure that the tables do not cover.
    """
    wanted = frozenset(elements)
    phases = calibrated_references(engine_name, wanted)
    calibrated = calibration(engine_name)
    phases = (*phases, *_missing_elements(calibrated, wanted, phases))
    if temperature is None and gases:
        raise OptionError(f"gases ({', '.join(gases)}) need a temperature in K")
    pressures = dict(gases or {})
    left_out: tuple[str, ...] = ()
    if temperature is not None:
        phases, left_out = at_temperature(engine_name, phases, temperature)
        given = _gas_phases(pressures, temperature)
        phases = (*(phase for phase in phases if not _same_element(phase, given)), *given)
    return PhaseSet(
        engine=calibrated.engine,
        phases=phases,
        method=describe(calibrated, temperature),
        source=f"engine {engine_name}",
        temperature=temperature,
        gases=pressures,
        citations=CITATIONS,
        left_out=left_out,
    )


def describe(calibrated: Calibration, temperature: float | None) -> str:
    """Say in a sentence what the energies are."""
    state = (
        "formation enthalpies at 298.15 K"
        if temperature is None
        else f"Gibbs energies at {temperature:g} K (NIST-JANAF, phonons or Neumann-Kopp thermal parts)"
    )
    return (
        f"{state}, {calibrated.engine.name} calibrated to the measured formation enthalpies of {len(calibrated.data)} "
        "compounds; standard uncertainty from the covariance of that calibration"
    )


def at_temperature(
    engine_name: str, phases: Iterable[PhaseEnergy], temperature: float
) -> tuple[tuple[PhaseEnergy, ...], tuple[str, ...]]:
    """Turn formation enthalpies at Tr = 298.15 K into Gibbs energies against the elements at 0 K.

    G(T) = dfH(Tr) + sum_e x_e [H_e(Tr) - H_e(0)] + {[G(T) - H(0)] - [H(Tr) - H(0)]} of the phase, eV per formula unit;
    the uncertainty of the thermal part joins as a loading of its own. Phases without a thermal part are left out, and
    the second result says so.
    """
    heated, left_out = [], []
    for phase in phases:
        try:
            heated.append(_heated(engine_name, phase, temperature))
        except MissingReferenceError as error:
            left_out.append(f"{phase.name}: {error}")
    return tuple(heated), tuple(left_out)


@cache
def _room_enthalpy(engine_name: str, name: str, formula: str, elements: tuple[tuple[str, float], ...]) -> float:
    """H(Tr) - H(0 K) of a phase, G + T S of its own thermal part, eV per formula unit."""
    from antiperovskite.stability.thermal.solids import solid_thermal_part

    part = solid_thermal_part(name, formula, dict(elements), ROOM, engine_name)
    return part.value + ROOM * part.entropy


@cache
def _elements_room_enthalpy(elements: tuple[tuple[str, float], ...]) -> float:
    """Sum of H(Tr) - H(0 K) of the elements in their reference states, eV."""
    from antiperovskite.stability.thermal.janaf import element_room_enthalpy

    return sum(count * element_room_enthalpy(element) for element, count in elements)


def _heated(engine_name: str, phase: PhaseEnergy, temperature: float) -> PhaseEnergy:
    from antiperovskite.stability.thermal.solids import solid_thermal_part

    content = tuple(sorted(phase.elements.items()))
    if len(phase.elements) == 1:
        return _heated_element(phase, temperature)
    part = solid_thermal_part(phase.name, phase.formula, phase.elements, temperature, engine_name)
    loadings = dict(phase.loadings)
    if part.uncertainty:
        loadings[f"thermal:{phase.name}"] = part.uncertainty
    shift = _elements_room_enthalpy(content) - _room_enthalpy(engine_name, phase.name, phase.formula, content)
    return PhaseEnergy(phase.name, phase.formula, phase.elements, phase.energy + shift + part.value, loadings)


def _heated_element(phase: PhaseEnergy, temperature: float) -> PhaseEnergy:
    """An element: its NIST-JANAF reference state at 1 bar; another allotrope keeps its difference to it."""
    from antiperovskite.stability.thermal.janaf import element_part

    ((element, count),) = phase.elements.items()
    energy = phase.energy + count * element_part(element, temperature)
    return PhaseEnergy(phase.name, phase.formula, phase.elements, energy, phase.loadings)


def _gas_phases(pressures: Mapping[str, float], temperature: float) -> list[PhaseEnergy]:
    from antiperovskite.stability.thermal.janaf import gas_potential

    phases = []
    for formula, pressure in pressures.items():
        gas = gas_potential(formula, temperature, pressure)
        loadings = {f"gas:{formula}": gas.uncertainty} if gas.uncertainty else {}
        phases.append(PhaseEnergy(f"{formula}(g)", formula, dict(gas.elements), gas.energy, loadings))
    return phases


def _same_element(phase: PhaseEnergy, gases: Iterable[PhaseEnergy]) -> bool:
    """Whether a phase is the standard state of an element that is present as a gas at its own pressure."""
    return len(phase.elements) == 1 and any(gas.elements.keys() == phase.elements.keys() for gas in gases)


def _missing_elements(
    calibrated: Calibration, wanted: frozenset[str], phases: Iterable[PhaseEnergy]
) -> list[PhaseEnergy]:
    """Standard states of elements without a phase of their own: zero on this scale by definition."""
    phases = tuple(phases)
    alone = {element for phase in phases if len(phase.elements) == 1 for element in phase.elements}
    covered = {element for phase in phases for element in phase.elements} | set(calibrated.measured_elements)
    unknown = sorted(wanted - alone - covered)
    if unknown:
        raise MissingReferenceError(
            f"no reference phase of {calibrated.engine.name!r} contains {', '.join(unknown)}; add one with: "
            "antiperovskite references import or references fetch"
        )
    return [
        PhaseEnergy(
            f"{element}-standard-state",
            f"{element}2" if element in DIATOMIC else element,
            {element: 2.0 if element in DIATOMIC else 1.0},
            0.0,
        )
        for element in sorted(wanted - alone)
    ]
