"""The thermal part G(T) - H(0 K) of a solid: measured, or estimated from phonons and from its neighbours.

1. The NIST-JANAF table of the substance, in its stable condensed phase (molten above its melting point).
2. Otherwise up to two estimates, whose errors were measured against NIST-JANAF (``scripts/thermal_statistics.py``):
   harmonic phonons, with the engine's frequencies scaled by a factor fitted to tabulated crystals of its elements,
   and Neumann and Kopp's sum over the crystals that the composition divides into. Where both exist, their mean
   weighted by the inverse squares of those errors; where they disagree by more than their errors, the uncertainty
   grows by the ratio (the scale factor of the Particle Data Group).

A harmonic free energy with all frequencies times s is s F(T / s), so scaling needs no new calculation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from antiperovskite.errors import MissingReferenceError, OptionError
from antiperovskite.stability.thermal import janaf
from antiperovskite.stability.thermal.measured import measured_errors
from antiperovskite.stability.thermal.neighbours import (
    Composition,
    Neighbour,
    composition_key,
    needs_elements,
    neighbours,
)
from antiperovskite.stability.thermal.records import phonon_record
from antiperovskite.stability.thermal.tables import Table

Method = Literal["janaf", "phonons", "neumann-kopp", "phonons and neumann-kopp"]
State = Literal["crystal", "liquid"]
PHONON_CITATION = "togo2015"
WEIGHING = 600.0  # K, the temperature whose errors weigh the two estimates


@dataclass(frozen=True)
class ThermalPart:
    """G(T) - H(0 K) of a condensed phase, eV per formula unit, with its standard uncertainty, and S in eV/K.

    ``state`` is ``"liquid"`` where NIST-JANAF's stable condensed phase at this temperature is the melt. H(T) - H(0 K)
    is ``value + T entropy``.
    """

    value: float
    uncertainty: float
    source: str
    method: Method
    entropy: float
    state: State = "crystal"
    citations: tuple[str, ...] = ()


def solid_thermal_part(
    name: str, formula: str, elements: Mapping[str, float], temperature: float, engine: str
) -> ThermalPart:
    """Return G(T) - H(0 K) of a phase, eV per formula unit.

    Parameters
    ----------
    name
        Name of the reference phase, for phonons.
    formula, elements
        Its formula and atoms per formula unit; the result is per these atoms.
    temperature
        K, zero or above.
    engine
        Whose phonons are preferred; the shipped ones are used where it has none, and the source says so.

    Raises
    ------
    OptionError
        The temperature is negative or outside the tables.
    MissingReferenceError
        The substance is a gas, or nothing tabulated or computed adds up to its composition.

    Examples
    --------
    >>> part = solid_thermal_part("Li2O-antifluorite", "Li2O", {"Li": 2.0, "O": 1.0}, 600.0, "7net-0")
    >>> part.method, round(part.value, 3)
    ('janaf', -0.236)
    """
    if not (isinstance(temperature, (int, float)) and math.isfinite(temperature) and temperature >= 0.0):
        raise OptionError(f"the temperature is {temperature!r} K; give a number of 0 or above")
    composition = composition_key(elements)
    found = _tabulated(composition, temperature)
    return found or _estimated(name, formula, composition, temperature, engine)


def _tabulated(composition: Composition, temperature: float) -> ThermalPart | None:
    found = _condensed_table(composition)
    if found is None:
        return None
    table, amount = found
    notes = [f"NIST-JANAF table {table.entry.code} ({table.entry.name}, {table.entry.phase})"]
    if temperature == 0.0:
        return ThermalPart(0.0, 0.0, notes[0], "janaf", 0.0, citations=(janaf.CITATION,))
    if temperature < table.lowest:  # begins at 298.15 K: below, the next method answers
        return None
    value, entropy = janaf.gibbs_and_entropy(table, temperature)
    melting = table.melting_temperature if table.entry.phase == "cr,l" else None
    state: State = "liquid" if melting is not None and temperature > melting else "crystal"
    if state == "liquid":
        notes.append(f"molten above {melting:g} K")
    if not table.starts_at_zero:
        notes.append("H(298.15 K) - H(0 K) estimated from Cp and S")
    uncertainty = amount * janaf.origin_uncertainty(table)
    return ThermalPart(
        amount * value, uncertainty, "; ".join(notes), "janaf", amount * entropy, state, (janaf.CITATION,)
    )


@cache
def _condensed_table(composition: Composition) -> tuple[Table, float] | None:
    formula = "".join(f"{element}{amount:.12g}" for element, amount in composition)
    if not janaf.has_table(formula, "condensed"):
        return None
    table = janaf.find_table(formula, "condensed")
    element, amount = composition[0]
    return table, amount / table.entry.elements[element]


def _estimated(name: str, formula: str, composition: Composition, temperature: float, engine: str) -> ThermalPart:
    """Combine the estimates there are."""
    vibrational = _vibrational(name, composition, temperature, engine)
    try:
        parts = neighbours(formula, composition, engine)
    except MissingReferenceError:
        if vibrational is None:
            raise
        return vibrational
    if vibrational is None:
        return _summed(parts, composition, temperature)
    if needs_elements(parts) or any(neighbour.record for neighbour, _ in parts):
        return vibrational  # a sum with elements, or of phonons, adds nothing to the phase's own phonons
    return _combined(vibrational, _summed(parts, composition, temperature))


def _vibrational(name: str, composition: Composition, temperature: float, engine: str) -> ThermalPart | None:
    found = phonon_record(name, engine)
    if found is None:
        return None
    record, source_engine = found
    errors = measured_errors()
    known = source_engine == errors.phonon_engine
    scale, rule = (errors.scale_of(record.elements), errors.phonons_scaled) if known else (1.0, errors.phonons)
    atoms = sum(amount for _, amount in composition)
    value, entropy = record.gibbs_and_entropy(temperature / scale)
    scaling = f", frequencies times {scale:.3f}" if known else ""
    cell = f"{record.structure}; {record.atoms_in_supercell} atoms"
    return ThermalPart(
        value=atoms / record.atoms * scale * value,
        uncertainty=rule.at(temperature) * atoms,
        source=f"harmonic phonons with {source_engine}{scaling} ({cell})",
        method="phonons",
        entropy=atoms / record.atoms * entropy,
        citations=(PHONON_CITATION,),
    )


def _summed(parts: tuple[tuple[Neighbour, float], ...], composition: Composition, temperature: float) -> ThermalPart:
    values = [(neighbour.gibbs_and_entropy(temperature), amount) for neighbour, amount in parts]
    errors = measured_errors()
    rule = errors.neumann_kopp_with_elements if needs_elements(parts) else errors.neumann_kopp
    atoms = sum(amount for _, amount in composition)
    computed = [amount * n.record.atoms * errors.phonons.at(temperature) for n, amount in parts if n.record]
    return ThermalPart(
        value=math.fsum(amount * gibbs for (gibbs, _), amount in values),
        uncertainty=math.hypot(rule.at(temperature) * atoms, *computed),
        source=f"Neumann-Kopp sum of crystals: {_equation(parts)}",
        method="neumann-kopp",
        entropy=math.fsum(amount * entropy for (_, entropy), amount in values),
        citations=(janaf.CITATION, *((PHONON_CITATION,) if computed else ())),
    )


def _combined(phonons: ThermalPart, kopp: ThermalPart) -> ThermalPart:
    """The weighted mean of two independent estimates; the weights do not depend on temperature, so dG/dT = -S holds."""
    errors = measured_errors()
    weights = [rule.at(WEIGHING) ** -2 for rule in (errors.phonons_scaled, errors.neumann_kopp)]
    share = weights[0] / sum(weights)
    internal = math.hypot(share * phonons.uncertainty, (1.0 - share) * kopp.uncertainty)
    expected = math.hypot(phonons.uncertainty, kopp.uncertainty)
    stretch = max(1.0, abs(phonons.value - kopp.value) / expected) if expected else 1.0
    return ThermalPart(
        value=share * phonons.value + (1.0 - share) * kopp.value,
        uncertainty=internal * stretch,
        source=f"{100 * share:.0f} % {phonons.source} ({phonons.value:.4f} eV), "
        f"{100 * (1 - share):.0f} % {kopp.source} ({kopp.value:.4f} eV)",
        method="phonons and neumann-kopp",
        entropy=share * phonons.entropy + (1.0 - share) * kopp.entropy,
        citations=(*kopp.citations, *phonons.citations),
    )


def _equation(parts: list[tuple[Neighbour, float]] | tuple[tuple[Neighbour, float], ...]) -> str:
    return " + ".join(
        f"{'' if abs(amount - 1.0) < 1e-6 else f'{amount:.4g} '}{neighbour.formula}" for neighbour, amount in parts
    )
