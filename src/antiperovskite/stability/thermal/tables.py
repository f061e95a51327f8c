"""Reading the NIST-JANAF tables that the ``janaf`` package carries, without importing that package.

``import janaf`` brings polars (0.6 s); its data files are plain text and read in a millisecond each. Sources: Chase,
NIST-JANAF Thermochemical Tables, 4th edition, J. Phys. Chem. Ref. Data Monograph 9 (1998).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from antiperovskite.errors import DataError

GAS_FLOOR = 100.0  # K; the entropy of an ideal gas has no meaning at the tables' 0 K row
TOLERANCE = 0.4  # kJ/mol; rounding and transitions stay below 0.15, misprints are above 0.6
ROOM = 298.15  # K, the tables' reference temperature
# display lines of janaf 1.4 whose formula contradicts the head of their own table (found by comparing all of them)
_MISPRINTED = {"C-092": "CNa2O3"}
_DISPLAY = re.compile(r"^(?P<formula>[^,]+), (?P<name>.+) \((?P<phase>[^)]+)\)$")
_AMOUNT = re.compile(r"([A-Z][a-z]?)(\d*\.?\d*)")
_MELTING = re.compile(r"^(?!GLASS).*<--> LIQ")


@dataclass(frozen=True)
class TableEntry:
    """One line of the index: which table holds which substance."""

    code: str
    formula: str
    name: str
    phase: str
    elements: Mapping[str, float]

    @property
    def atoms(self) -> float:
        """Atoms per formula."""
        return sum(self.elements.values())


@dataclass(frozen=True)
class Row:
    """One temperature: g = G - H(298.15 K) in kJ/mol, Cp and S in J/(K mol), formation values in kJ/mol or None."""

    temperature: float
    gibbs: float
    entropy: float
    heat_capacity: float
    formation_enthalpy: float | None
    formation_gibbs: float | None
    log_formation_constant: float | None
    note: str


@dataclass(frozen=True)
class Table:
    """One NIST-JANAF table, rows in order of temperature (a transition is two rows at one temperature).

    ``damage`` says where G and S of a table contradict each other; such a table answers nothing.
    """

    entry: TableEntry
    rows: tuple[Row, ...]
    damage: str = ""

    @property
    def lowest(self) -> float:
        """The lowest temperature that may be asked for, K."""
        first = self.rows[0].temperature
        return max(first, GAS_FLOOR) if self.entry.phase == "g" or self.is_gaseous_element else first

    @property
    def highest(self) -> float:
        """The highest tabulated temperature, K."""
        return self.rows[-1].temperature

    @property
    def is_gaseous_element(self) -> bool:
        """Whether this is the reference state of an element that is a gas at 298 K."""
        return self.entry.phase == "ref" and self.entry.formula in GASEOUS_ELEMENTS

    @property
    def melting_temperature(self) -> float | None:
        """Where the table says that the crystal melts, K."""
        return next((row.temperature for row in self.rows if _MELTING.match(row.note)), None)

    @property
    def at_room_temperature(self) -> Row | None:
        """The row at 298.15 K."""
        return next((row for row in self.rows if row.temperature == ROOM), None)

    @property
    def starts_at_zero(self) -> bool:
        """Whether H(298.15 K) - H(0 K) is tabulated."""
        return self.rows[0].temperature == 0.0

    def row_at(self, temperature: float) -> Row | None:
        """Return the row of formation values at exactly this temperature, if it is tabulated."""
        matches = [row for row in self.rows if row.temperature == temperature and row.formation_gibbs is not None]
        return matches[0] if matches else None


GASEOUS_ELEMENTS = frozenset({"H2", "N2", "O2", "F2", "Cl2", "He", "Ne", "Ar", "Kr", "Xe", "Rn"})


def parse_elements(formula: str) -> dict[str, float]:
    """Return the atoms in a plain formula such as ``Li2CO3`` (no brackets, no charge); empty if it is not one."""
    found: dict[str, float] = {}
    end = 0
    for match in _AMOUNT.finditer(formula):
        if match.start() != end:
            return {}
        end = match.end()
        found[match[1]] = found.get(match[1], 0.0) + (float(match[2]) if match[2] else 1.0)
    return found if end == len(formula) else {}


@cache
def _directory() -> Path:
    """Where the installed ``janaf`` package keeps its files; the package itself is not imported."""
    from importlib.util import find_spec

    spec = find_spec("janaf")
    if spec is None or not spec.submodule_search_locations:
        raise DataError("the NIST-JANAF tables are missing; install them: pip install janaf")
    return Path(next(iter(spec.submodule_search_locations)))


@cache
def table_index() -> tuple[TableEntry, ...]:
    """Return every neutral substance that has a table.

    Raises
    ------
    DataError
        The ``janaf`` package is not installed, or its index is not what it was.
    """
    path = _directory() / "janaf.json"
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        pairs = list(zip(raw["display"], raw["index"], strict=True))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"cannot read the index of NIST-JANAF tables {path}: {error}; reinstall janaf") from error
    entries = []
    for display, code in pairs:
        match = _DISPLAY.match(display)
        formula = _MISPRINTED.get(code, match["formula"]) if match else ""
        elements = parse_elements(formula)
        if match and elements:
            entries.append(TableEntry(code, formula, match["name"], match["phase"], elements))
    return tuple(entries)


@cache
def _by_elements() -> dict[frozenset[str], list[TableEntry]]:
    grouped: dict[frozenset[str], list[TableEntry]] = {}
    for entry in table_index():
        grouped.setdefault(frozenset(entry.elements), []).append(entry)
    return grouped


@cache
def _by_code() -> dict[str, TableEntry]:
    return {entry.code: entry for entry in table_index()}


def entries_of(elements: Mapping[str, float]) -> tuple[tuple[TableEntry, float], ...]:
    """Return the tables of this composition, each with the number of its formulas in ``elements``."""
    found = []
    for entry in _by_elements().get(frozenset(elements), []):
        ratios = [amount / entry.elements[element] for element, amount in elements.items()]
        if max(ratios) - min(ratios) < 1e-6 * max(ratios):
            found.append((entry, ratios[0]))
    return tuple(found)


def entries_within(elements: frozenset[str]) -> tuple[TableEntry, ...]:
    """Return the tables of substances made only of ``elements``."""
    return tuple(entry for group, found in _by_elements().items() if group <= elements for entry in found)


@cache
def read_table(entry_code: str) -> Table:
    """Read one table by its code, for example ``H-064`` for steam.

    Raises
    ------
    DataError
        There is no such table, or its file is damaged.
    """
    entry = _by_code().get(entry_code)
    if entry is None:
        raise DataError(f"no NIST-JANAF table has the code {entry_code!r}")
    path = _directory() / "data" / f"{entry_code}.txt"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()[2:]
        rows = [row for row in map(_row, lines) if row is not None]
    except (OSError, ValueError, IndexError) as error:
        raise DataError(f"cannot read the NIST-JANAF table {path}: {error}; reinstall janaf") from error
    if len(rows) < 2:
        raise DataError(f"the NIST-JANAF table {path} holds no values; reinstall janaf")
    rows.sort(key=lambda row: row.temperature)
    if any(row.temperature <= ROOM for row in _contradictions(entry, rows)):
        rows = [
            row for row in rows if row.temperature >= ROOM
        ]  # NaAlO2, SrCl2, Mg(OH)2: the rows in the cold are wrong
    wrong = _contradictions(entry, rows)
    damage = f"G and S contradict each other at {wrong[0].temperature:g} K" if wrong else ""
    return Table(entry, tuple(rows), damage)


def _contradictions(entry: TableEntry, rows: list[Row]) -> list[Row]:
    """Return the rows from whose predecessor G does not fall by between S_low dT and S_high dT, within TOLERANCE."""
    found = []
    for low, high in pairwise(rows):
        step = (high.temperature - low.temperature) / 1000.0
        if low.temperature == 0.0 and not entry.phase.startswith("cr"):
            continue  # an ideal gas has no entropy at 0 K, and a reference state may be one
        fall = low.gibbs - high.gibbs
        if not low.entropy * step - TOLERANCE <= fall <= high.entropy * step + TOLERANCE:
            found.append(high)
    return found


def _row(line: str) -> Row | None:
    """Read T, S, -[G-H(Tr)]/T, H-H(Tr) and the formation values; None for a line without them."""
    cells = [cell.strip() for cell in line.split("\t")]
    if len(cells) < 5 or not cells[0] or not cells[2] or not cells[4]:
        return None
    temperature, entropy, enthalpy = float(cells[0]), float(cells[2]), float(cells[4])
    # the Gibbs energy function keeps its digits where H - T S would lose them; at 0 K it is infinite and G = H
    gibbs = enthalpy if temperature == 0.0 else -temperature * float(cells[3]) / 1000.0
    note, formation = "", (None, None, None)
    if len(cells) >= 8 and _is_number(cells[5]):
        formation = tuple(float(cell) if _is_number(cell) else None for cell in cells[5:8])  # type: ignore[assignment]
    elif len(cells) > 5:
        note = cells[5]
    heat_capacity = float(cells[1]) if _is_number(cells[1]) else 0.0
    return Row(temperature, gibbs, entropy, heat_capacity, *formation, note)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
