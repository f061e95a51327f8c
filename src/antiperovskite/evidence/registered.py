"""A lab's own rows: files of the shipped form, merged into every query with their origin shown.

A file looks like the shipped ones; it cites works by key, and brings along those the catalogue does not have::

    table: 4
    source: our lab book 7
    citations:
      - {key: smith2025, authors: [A. Smith], journal: J. Exper. Sci., year: 2025, doi: 10.1000/example}
    rows:
      - id: smith-1
        formula: Li2OHCl
        citations: [smith2025]
        kind: experiment
        method: impedance
        conductivity: {value: 2.1e-7, uncertainty: 0.3e-7, unit: S/cm}
        temperature: {value: 25, unit: degC}
        activation_energy: {value: 0.61, unit: eV}

Files are read from ``<user configuration>/antiperovskite/evidence/*.yaml`` and from those listed in the environment
variable ``ANTIPEROVSKITE_EVIDENCE`` (separated as in ``PATH``). Unpublished work is a citation of ``type: misc``. A
file that does not validate is refused as a whole, with file, row and reason.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any, Final

from antiperovskite.errors import DataError, FormulaError
from antiperovskite.evidence.matching import amounts_of_text, plain
from antiperovskite.evidence.model import RadiusRow, Row
from antiperovskite.evidence.reading import TABLES, read_table
from antiperovskite.quantity import Quantity

ENVIRONMENT_VARIABLE: Final = "ANTIPEROVSKITE_EVIDENCE"


def registered_files() -> tuple[Path, ...]:
    """The lab's own files, in the order in which they are read."""
    from platformdirs import user_config_path

    found = sorted((user_config_path("antiperovskite") / "evidence").glob("*.yaml"))
    listed = os.environ.get(ENVIRONMENT_VARIABLE, "")
    names = [Path(name).expanduser() for name in listed.split(os.pathsep) if name.strip()]
    return tuple(dict.fromkeys([*found, *names]))


def registered_rows(number: int) -> tuple[Row, ...]:
    """Return a lab's own rows of one table; empty where none is registered.

    Raises
    ------
    DataError
        A file cannot be read, or a row does not validate: file, row and reason.
    """
    return tuple(row for row in _load(registered_files()) if row.table == number)


def load_registered() -> int:
    """Read a lab's own files, so that the works they bring along can be cited, and return how many rows they have."""
    return len(_load(registered_files()))


def read_own(path: Path) -> tuple[Row, ...]:
    """Read one file of a lab's own rows and compare it with the shipped tables.

    Raises
    ------
    DataError
        As :func:`registered_rows`; also an id or a row that a shipped table has already.
    """
    return _add(path, _shipped())


@cache
def _load(files: tuple[Path, ...]) -> tuple[Row, ...]:
    taken = _shipped() if files else _Taken()
    return tuple(row for path in files for row in _add(path, taken))


class _Taken:
    """Ids and contents in use: what each of them is called in a message."""

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}
        self.contents: dict[Any, str] = {}

    def add(self, row: Row) -> None:
        name = f"row {row.id!r} of {'the shipped table ' + str(row.table) if row.origin == 'shipped' else row.origin}"
        self.ids[row.id] = name
        self.contents[_content(row)] = name


def _shipped() -> _Taken:
    from antiperovskite.evidence.tables import shipped_rows

    taken = _Taken()
    for number in TABLES:
        for row in shipped_rows(number):
            taken.add(row)
    return taken


def _add(path: Path, taken: _Taken) -> tuple[Row, ...]:
    rows = tuple(row.model_copy(update={"origin": str(path)}) for row in read_table(path))
    for row in rows:
        where = f"{path}: row {row.id!r}"
        if row.id in taken.ids:
            raise DataError(f"{where}: the id is that of {taken.ids[row.id]}; choose another")
        if _content(row) in taken.contents:
            raise DataError(f"{where}: repeats {taken.contents[_content(row)]}; remove it")
        _check_subject(row, where)
        taken.add(row)
    return rows


def _check_subject(row: Row, where: str) -> None:
    """A row that no formula would ever find is a typing error, not evidence."""
    if isinstance(row, RadiusRow):
        raise DataError(f"{where}: radii belong to an ion; register it with ANTIPEROVSKITE_IONS instead")
    series = (row.series.start, row.series.end) if row.series else ()
    for text in (*row.concerns, *series):
        if amounts_of_text(text) is None:
            from antiperovskite.composition import resolve

            try:
                resolve(text)
            except FormulaError as error:
                raise DataError(f"{where}: {error}; correct it, or list formulas under 'applies_to'") from error


def _content(row: Row) -> Any:
    """What makes two rows the same: material, works and numbers (temperatures to the kelvin), however labelled."""
    material = amounts_of_text(row.formula) or plain(row.formula)
    numbers: list[Any] = []
    for name, value in dict(row).items():
        for quantity in value if isinstance(value, tuple) else (value,):
            if isinstance(quantity, Quantity):
                size = round(quantity.value) if quantity.unit == "K" else float(f"{quantity.value:.6g}")
                numbers.append((name, size))
    words = [
        getattr(row, name, "") for name in ("status", "site", "procedure", "space_group", "phase", "carrier", "form")
    ]
    if not numbers:
        words.append(getattr(row, "study", ""))
    return row.table, material, frozenset(row.citations), tuple(numbers), tuple(words)
