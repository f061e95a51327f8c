"""Gases and condensed phases at temperature and pressure from the NIST-JANAF tables.

All energies are eV per formula unit (gases: per molecule). With H_element(0 K) = 0,

    mu(T, p) = dfH(0 K) + [H(T) - H(0)] - T S(T) + k T ln(p / 1 bar)

for an ideal gas, and G(T) - H(0) = [H(T) - H(0)] - T S(T) for a condensed phase. Between tabulated temperatures G is
the cubic that matches G and its slope -S at both ends, so G is continuous with its slope within a phase, and a
transition inside a table keeps its two slopes.

Some crystals (LiBr, LiI, K2O, Na2S) are tabulated from 298.15 K only. Their H(298.15 K) - H(0) is then estimated from
Cp and S at 298.15 K by a relation fitted to the crystals that are tabulated from 0 K; see :func:`increment_at_room`.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from antiperovskite._files import package_data, read_yaml, validate
from antiperovskite._model import Model
from antiperovskite.errors import DataError, MissingReferenceError, OptionError, one_line
from antiperovskite.stability.thermal.hermite import interpolate
from antiperovskite.stability.thermal.tables import (
    Row,
    Table,
    TableEntry,
    entries_of,
    parse_elements,
    read_table,
    table_index,
)
from antiperovskite.units import conversion_factor

CONDENSED = ("cr,l", "cr", "ref", "l")
GASES = ("g", "ref")
CITATION = "chase1998"


@dataclass(frozen=True)
class GasPotential:
    """Chemical potential of an ideal gas, eV per molecule against the elements at 0 K.

    ``uncertainty`` is the standard uncertainty of the formation enthalpy.
    """

    formula: str
    elements: Mapping[str, float]
    energy: float
    uncertainty: float
    source: str


def gas_potential(formula: str, temperature: float, pressure_bar: float) -> GasPotential:
    """Return mu(T, p) of a gas, eV per molecule, relative to the elements at 0 K.

    Parameters
    ----------
    formula
        The molecule, for example ``"H2O"``, ``"O2"``, ``"S8"``; not a reduced formula.
    temperature
        K, at least 100 K and within the table.
    pressure_bar
        Partial pressure in bar, above zero.

    Raises
    ------
    OptionError
        The temperature is outside the table or the pressure is not a positive number.
    MissingReferenceError
        NIST-JANAF has no table of this gas.

    Examples
    --------
    >>> round(gas_potential("O2", 298.15, 1.0).energy, 3)
    -0.544
    """
    from scipy.constants import Boltzmann, electron_volt

    if not (isinstance(pressure_bar, (int, float)) and math.isfinite(pressure_bar) and pressure_bar > 0.0):
        raise OptionError(f"the pressure of {one_line(formula)} is {pressure_bar!r} bar; give a number above 0")
    table = find_table(formula, "g")
    standard = standard_gibbs_energy(table, temperature)
    log_term = Boltzmann / electron_volt * temperature * math.log(pressure_bar)
    return GasPotential(
        formula=formula,
        elements=dict(table.entry.elements),
        energy=standard + log_term,
        uncertainty=gas_uncertainty(formula),
        source=f"NIST-JANAF table {table.entry.code} ({table.entry.name}), ideal gas",
    )


def formation_enthalpy_0K(formula: str, phase: str) -> float:
    """Return dfH(0 K), eV per formula unit of ``formula``.

    ``phase`` is ``"g"``, ``"cr"``, ``"cr,l"`` or ``"l"``, or ``"condensed"`` for the first of the condensed tables.

    Raises
    ------
    MissingReferenceError
        No table of this substance, or the table does not begin at 0 K.
    """
    table = find_table(formula, phase)
    return _per_formula(formula, table) * table_formation_enthalpy(table)


def thermal_part(formula: str, phase: str, temperature: float) -> float:
    """Return G(T) - H(0 K) of a tabulated phase, eV per formula unit of ``formula``.

    Raises
    ------
    OptionError
        The temperature is outside the table.
    MissingReferenceError
        No table of this substance, or the table does not begin at 0 K.
    """
    table = find_table(formula, phase)
    return _per_formula(formula, table) * gibbs_increment(table, temperature)


def formation_gibbs_energy(formula: str, phase: str, temperature: float) -> float:
    """Return dfG(T), eV per formula unit, against the elements in their reference states at T.

    Raises
    ------
    OptionError
        The temperature is outside a table.
    MissingReferenceError
        A table is missing or does not begin at 0 K.
    """
    table = find_table(formula, phase)
    value = standard_gibbs_energy(table, temperature) - _elements_part(table.entry.elements, temperature)
    return _per_formula(formula, table) * value


def find_table(formula: str, phase: str) -> Table:
    """Return the table of a substance; of several polymorphs or isomers the one lowest in dfH(0 K).

    A gas is found by its molecule, a condensed phase by any multiple of its formula.

    Raises
    ------
    MissingReferenceError
        There is none; the message lists the phases that are tabulated.
    """
    code = _find_code(formula, phase)
    if code is None:
        known = sorted({entry.phase for entry, _ in entries_of(parse_elements(formula))})
        has = f"it has {', '.join(known)}" if known else "it has no table of this composition"
        raise MissingReferenceError(f"NIST-JANAF has no table of {one_line(formula)} ({one_line(phase)}); {has}")
    return read_table(code)


def has_table(formula: str, phase: str) -> bool:
    """Whether NIST-JANAF has this substance in this phase, with H(0 K) tabulated or estimated."""
    code = _find_code(formula, phase)
    return code is not None and _has_origin(read_table(code))


@cache
def _find_code(formula: str, phase: str) -> str | None:
    labels = {"g": GASES, "condensed": CONDENSED}.get(phase, (phase,))
    candidates = [
        (entry, ratio) for entry, ratio in entries_of(parse_elements(formula)) if phase != "g" or abs(ratio - 1) < 1e-9
    ]
    for label in labels:
        matching = [entry for entry, _ in candidates if entry.phase == label]
        tables = [read_table(entry.code) for entry in matching]
        if label == "ref" and phase in {"g", "condensed"}:
            tables = [table for table in tables if table.is_gaseous_element == (phase == "g")]
        if phase == "condensed":
            tables = [table for table in tables if _has_origin(table)]
        if tables:
            return min(tables, key=_order).entry.code
    return None


def _order(table: Table) -> tuple[bool, bool, float]:
    """Sound tables first, then those from 0 K, then the lowest formation enthalpy: the stable polymorph or isomer."""
    enthalpy = table.rows[0].formation_enthalpy
    return (bool(table.damage), not table.starts_at_zero, math.inf if enthalpy is None else enthalpy)


def _has_origin(table: Table) -> bool:
    """Whether H(0 K) is tabulated or can be estimated; a melt has none."""
    if table.damage:
        return False
    return table.starts_at_zero or (table.entry.phase.startswith("cr") and table.at_room_temperature is not None)


def _per_formula(formula: str, table: Table) -> float:
    elements = parse_elements(formula)
    element, amount = next(iter(elements.items()))
    return amount / table.entry.elements[element]


def standard_gibbs_energy(table: Table, temperature: float) -> float:
    """Return dfH(0 K) + G(T) - H(0 K) at 1 bar, eV per formula of the table.

    A table that begins above 0 K (liquid water) is placed by its dfG at its tabulated temperatures instead.
    """
    check_temperature(table, temperature)
    if table.starts_at_zero:
        return table_formation_enthalpy(table) + gibbs_increment(table, temperature)
    first = next(row for row in table.rows if row.formation_gibbs is not None)
    assert first.formation_gibbs is not None
    factor = conversion_factor("kJ/mol", "eV")
    anchor = first.formation_gibbs * factor + _elements_part(table.entry.elements, first.temperature)
    return anchor + (_interpolate(table, temperature)[0] - first.gibbs) * factor


def gibbs_increment(table: Table, temperature: float) -> float:
    """Return G(T) - H(0 K) at 1 bar, eV per formula of the table.

    Raises
    ------
    OptionError
        The temperature is outside the table.
    MissingReferenceError
        H(0 K) is neither tabulated nor can it be estimated.
    """
    return gibbs_and_entropy(table, temperature)[0]


def increment_at_room(table: Table) -> float:
    """Return H(298.15 K) - H(0 K), kJ/mol per formula of the table; estimated where the table begins at 298.15 K.

    The estimate is n (a Cp/n + b S/n + c (Cp/n)^2 + d (S/n)^2 + e Cp S/n^2) for n atoms, fitted to the NIST-JANAF
    crystals that begin at 0 K; ``scripts/thermal_statistics.py`` fits it and measures its error.

    Raises
    ------
    MissingReferenceError
        The table is of a melt, or has no row at 298.15 K.
    """
    if table.starts_at_zero:
        return -table.rows[0].gibbs
    row = table.at_room_temperature
    if row is None or not _has_origin(table):
        raise MissingReferenceError(
            f"the NIST-JANAF table of {table.entry.formula} ({table.entry.phase}) begins at "
            f"{table.rows[0].temperature:g} K, so its energy cannot be placed against 0 K"
        )
    atoms = table.entry.atoms
    terms = increment_terms(row, atoms)
    return atoms * math.fsum(c * term for c, term in zip(increment_fit().coefficients, terms, strict=True))


def increment_terms(row: Row, atoms: float) -> tuple[float, ...]:
    """Return the terms of the estimate of H(298.15 K) - H(0 K): Cp, S, Cp^2, S^2, Cp S per atom, J/(K mol)."""
    cp, s = row.heat_capacity / atoms, row.entropy / atoms
    return (cp, s, cp * cp, s * s, cp * s)


def origin_uncertainty(table: Table) -> float:
    """Return the standard uncertainty of H(298.15 K) - H(0 K), eV per formula: 0 where it is tabulated."""
    if table.starts_at_zero:
        return 0.0
    return increment_fit().uncertainty_per_atom * table.entry.atoms * conversion_factor("kJ/mol", "eV")


class IncrementFit(Model):
    """The relation that estimates H(298.15 K) - H(0 K) of a crystal, kJ/mol per atom; measured by leave-one-out."""

    coefficients: tuple[float, float, float, float, float]
    n_crystals: int
    rms_per_atom: float
    uncertainty_per_atom: float
    coverage_68: float
    method: str


@cache
def increment_fit() -> IncrementFit:
    """Return the shipped fit."""
    path = package_data("stability/thermal", "increment.yaml")
    return validate(read_yaml(path), IncrementFit, path)


class GasUncertainties(Model):
    """Standard uncertainties of the formation enthalpies of gases, kJ/mol, and where they were read."""

    values: dict[str, float]
    verified: tuple[str, ...]
    source: str


@cache
def _gas_uncertainties() -> GasUncertainties:
    path = package_data("stability/thermal", "gas_uncertainties.yaml")
    return validate(read_yaml(path), GasUncertainties, path)


def gas_uncertainty(formula: str) -> float:
    """Return the standard uncertainty of dfH of a gas, eV per molecule; for a gas not listed, the largest listed."""
    values = _gas_uncertainties().values
    value = values.get(formula, max(values.values()))
    return value * conversion_factor("kJ/mol", "eV")


def gibbs_and_entropy(table: Table, temperature: float) -> tuple[float, float]:
    """Return G(T) - H(0 K) in eV and S(T) in eV/K at 1 bar, per formula of the table.

    At a transition the entropy is that of the phase stable below it.

    Raises
    ------
    OptionError
        The temperature is outside the table.
    MissingReferenceError
        H(0 K) is neither tabulated nor can it be estimated.
    """
    check_temperature(table, temperature)
    gibbs, entropy = _interpolate(table, temperature)
    factor = conversion_factor("kJ/mol", "eV")
    return (gibbs + increment_at_room(table)) * factor, entropy * factor


def _interpolate(table: Table, temperature: float) -> tuple[float, float]:
    """G(T) - H(298.15 K) in kJ/mol and S in kJ/(K mol)."""
    rows = table.rows
    after = bisect_left(rows, temperature, key=lambda row: row.temperature)
    high = rows[after]
    if high.temperature == temperature:
        return high.gibbs, high.entropy / 1000.0
    low = rows[after - 1]
    return interpolate(
        temperature,
        (low.temperature, low.gibbs, low.entropy / 1000.0),
        (high.temperature, high.gibbs, high.entropy / 1000.0),
    )


def check_temperature(table: Table, temperature: float) -> None:
    """Raise :class:`OptionError` unless the temperature is a number within the table, DataError for a misprint."""
    if table.damage:
        raise DataError(
            f"the NIST-JANAF table {table.entry.code} of {table.entry.formula} ({table.entry.phase}) is misprinted: "
            f"{table.damage}; nothing is computed from it"
        )
    number = isinstance(temperature, (int, float)) and math.isfinite(temperature)
    if not number or not table.lowest <= temperature <= table.highest:
        raise OptionError(
            f"the temperature {temperature!r} K is outside the NIST-JANAF table of {table.entry.formula} "
            f"({table.entry.phase}); it covers {table.lowest:g} to {table.highest:g} K"
        )


def table_formation_enthalpy(table: Table) -> float:
    """dfH(0 K), eV; from dfH(298.15 K) and the increments of compound and elements where the table begins there."""
    factor = conversion_factor("kJ/mol", "eV")
    first = table.rows[0] if table.starts_at_zero else table.at_room_temperature
    if first is None or first.formation_enthalpy is None:
        raise MissingReferenceError(
            f"the NIST-JANAF table of {table.entry.formula} ({table.entry.phase}) has no formation enthalpy"
        )
    if table.starts_at_zero:
        return first.formation_enthalpy * factor
    elements = math.fsum(amount * element_room_enthalpy(element) for element, amount in table.entry.elements.items())
    return (first.formation_enthalpy - increment_at_room(table)) * factor + elements


def element_room_enthalpy(element: str) -> float:
    """Return H(298.15 K) - H(0 K) of an element in its reference state, eV per atom."""
    entry = _reference_table(element)
    increment = increment_at_room(read_table(entry.code)) / entry.elements[element]
    return increment * conversion_factor("kJ/mol", "eV")


@cache
def _reference_table(element: str) -> TableEntry:
    for entry in table_index():
        if entry.phase == "ref" and set(entry.elements) == {element}:
            return entry
    raise MissingReferenceError(f"NIST-JANAF has no reference state of the element {element}")


def element_part(element: str, temperature: float) -> float:
    """Return G(T) - H(0 K) of an element in its reference state at T and 1 bar, eV per atom."""
    if temperature == 0.0:
        return 0.0  # also for gases, whose tables answer from 100 K
    entry = _reference_table(element)
    return gibbs_increment(read_table(entry.code), temperature) / entry.elements[element]


def _elements_part(elements: Mapping[str, float], temperature: float) -> float:
    return math.fsum(amount * element_part(element, temperature) for element, amount in elements.items())
