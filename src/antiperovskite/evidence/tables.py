"""The tables: each shipped file is read once, and a lab's own rows stand behind the shipped ones."""

from __future__ import annotations

from functools import cache
from typing import TypeVar

from antiperovskite._files import package_data
from antiperovskite.errors import OptionError
from antiperovskite.evidence.model import (
    CompositionRow,
    ConductivityRow,
    RadiusRow,
    Row,
    StructureRow,
    SynthesisRow,
)
from antiperovskite.evidence.reading import TABLES, read_table

R = TypeVar("R", bound=Row)

__all__ = [
    "TABLES",
    "compositions",
    "conductivities",
    "radii",
    "read_table",
    "rows_of",
    "shipped_rows",
    "structures",
    "syntheses",
]


@cache
def shipped_rows(number: int) -> tuple[Row, ...]:
    """The rows of one shipped table, without a lab's own."""
    return read_table(package_data("evidence", f"table{number}.yaml"))


def rows_of(number: int) -> tuple[Row, ...]:
    """Return all rows of one table: the shipped ones, then those a lab registered.

    Raises
    ------
    OptionError
        There is no such table.
    DataError
        A registered file does not validate.
    """
    from antiperovskite.evidence.registered import registered_rows

    if number not in TABLES:
        raise OptionError(f"table {number} is not entered; entered are {', '.join(map(str, TABLES))}")
    return (*shipped_rows(number), *registered_rows(number))


def _of(number: int, kind: type[R]) -> tuple[R, ...]:
    return tuple(row for row in rows_of(number) if isinstance(row, kind))


def compositions() -> tuple[CompositionRow, ...]:
    """Table 1, its compositions."""
    return _of(1, CompositionRow)


def radii() -> tuple[RadiusRow, ...]:
    """Table 1, its lines of radii."""
    return _of(1, RadiusRow)


def syntheses() -> tuple[SynthesisRow, ...]:
    """Table 2."""
    return _of(2, SynthesisRow)


def structures() -> tuple[StructureRow, ...]:
    """Table 3."""
    return _of(3, StructureRow)


def conductivities() -> tuple[ConductivityRow, ...]:
    """Table 4."""
    return _of(4, ConductivityRow)
