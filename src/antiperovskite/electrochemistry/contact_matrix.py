"""Many electrolytes against many partners: which engine answers, and a reason in each cell that has no answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from antiperovskite.electrochemistry.contact import (
    DEFAULT_THRESHOLD,
    check_conditions,
    contact,
    given_quantity,
    working_ion,
)
from antiperovskite.electrochemistry.contact_model import ENERGY_UNIT, Contact, contact_not_computed
from antiperovskite.electrochemistry.partners import Partner, partner_phase
from antiperovskite.engines.registry import DEFAULT_ENGINE, get_engine
from antiperovskite.errors import AntiperovskiteError, InputError, MissingReferenceError
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.phase_set import PhaseSet
from antiperovskite.stability.scales import mixed_scale_reason

T = TypeVar("T")

NO_U_ENGINE: Final = "7net-mf-0-r2scan"
"""One scale for metals, oxides and everything else: no Hubbard U anywhere."""

PhasesOf = Callable[[str, frozenset[str]], PhaseSet]
"""Engine and elements to the calibrated competing phases."""
TargetOf = Callable[[str, str], PhaseEnergy]
"""Formula and engine to a compound on the same scale, relaxed if need be."""


def choose_engine(elements: Iterable[str]) -> tuple[str, str]:
    """Return the engine that can answer for a chemistry, and the reason if it is not the default one.

    Models trained on GGA and GGA+U put 3d metals with O or F on another scale than the rest; there the r2SCAN head,
    which has no U, is used for every phase.
    """
    reason = mixed_scale_reason(elements, get_engine(DEFAULT_ENGINE).card)
    if reason is None:
        return DEFAULT_ENGINE, ""
    return NO_U_ENGINE, f"{NO_U_ENGINE} for every phase of this contact, because {reason}"


class ContactMatrix:
    """Contacts of electrolytes with partners; phase sets and targets are asked for once each.

    Parameters
    ----------
    phases_of, target_of
        Where energies come from.
    engine
        One engine for everything; chosen for each contact by its chemistry if ``None``.
    threshold
        Driving force in meV per counted atom from which a contact counts as reactive.
    """

    def __init__(
        self,
        phases_of: PhasesOf,
        target_of: TargetOf,
        *,
        engine: str | None = None,
        threshold: float = DEFAULT_THRESHOLD,
    ) -> None:
        check_conditions(None, threshold)
        if engine is not None:
            get_engine(engine)
        self._phases_of, self._target_of = phases_of, target_of
        self._engine, self._threshold = engine, threshold
        self._sets: dict[tuple[str, frozenset[str]], PhaseSet | AntiperovskiteError] = {}
        self._targets: dict[tuple[str, str], PhaseEnergy | AntiperovskiteError] = {}

    def cell(
        self, electrolyte: str, elements: Iterable[str], partner: Partner, voltages: Sequence[float | None] = (None,)
    ) -> list[Contact]:
        """Return one contact a voltage; a cell that cannot be computed holds the reason.

        Parameters
        ----------
        electrolyte
            Formula; ``elements`` are its elements.
        partner
            What touches it.
        voltages
            Volts against the electrolyte's alkali metal; ``None`` is the closed system.

        Raises
        ------
        OptionError
            A voltage is outside what is allowed.
        """
        for voltage in voltages:
            check_conditions(voltage, self._threshold)
        own = frozenset(elements)
        together = own.union(partner.elements)
        chosen, why = choose_engine(together) if self._engine is None else (self._engine, "")
        threshold = given_quantity(self._threshold, ENERGY_UNIT)
        found = []
        for voltage in voltages:
            try:
                found.append(self._compute(electrolyte, own, partner, voltage, chosen, why))
            except AntiperovskiteError as error:
                found.append(
                    contact_not_computed(
                        electrolyte,
                        partner.key,
                        str(error),
                        engine=chosen,
                        threshold=threshold,
                        partner_formula=partner.formula,
                        voltage=None if voltage is None else given_quantity(voltage, "V"),
                    )
                )
        return found

    def _compute(
        self, electrolyte: str, own: frozenset[str], partner: Partner, voltage: float | None, engine: str, why: str
    ) -> Contact:
        reservoir = None if voltage is None else working_ion(dict.fromkeys(own, 1.0))
        phases = self._phases(engine, own.union(partner.elements))
        touching = self._partner(partner, phases, engine)
        result = contact(
            self._target(electrolyte, engine),
            touching,
            phases,
            voltage=voltage,
            reservoir=reservoir,
            threshold=self._threshold,
            partner_name=partner.key,
        )
        notes = [note for note in (why, partner.note, working_voltage_note(partner, voltage)) if note]
        return result.model_copy(update={"electrolyte": electrolyte, "notes": (*result.notes, *notes)})

    def _partner(self, partner: Partner, phases: PhaseSet, engine: str) -> PhaseEnergy:
        """The partner among the phases, or, where it is an anti-perovskite, relaxed like any target."""
        try:
            return partner_phase(partner, phases)
        except MissingReferenceError as missing:
            try:
                return self._target(partner.formula, engine)
            except InputError:  # no anti-perovskite: nothing here could build it
                raise missing from None

    def _phases(self, engine: str, elements: frozenset[str]) -> PhaseSet:
        key = (engine, elements)
        if key not in self._sets:
            try:
                self._sets[key] = self._phases_of(engine, elements)
            except AntiperovskiteError as error:
                self._sets[key] = error
        return _or_raise(self._sets[key])

    def _target(self, formula: str, engine: str) -> PhaseEnergy:
        key = (formula, engine)
        if key not in self._targets:
            try:
                self._targets[key] = self._target_of(formula, engine)
            except AntiperovskiteError as error:
                self._targets[key] = error
        return _or_raise(self._targets[key])


def working_voltage_note(partner: Partner, voltage: float | None) -> str:
    """Say at which voltage an electrode works, where the contact was not computed at one."""
    works = partner.working_voltage
    if works is None or voltage is not None:
        return ""
    span = f"{works.low:g}" if works.low == works.high else f"{works.low:g} to {works.high:g}"
    doubt = "" if works.trust == "read" else ", as remembered"
    return f"{partner.key} works at about {span} V against {works.against} ({works.citation}{doubt}); see --voltage"


def _or_raise(found: T | AntiperovskiteError) -> T:
    if isinstance(found, AntiperovskiteError):
        raise found
    return found
