"""Loading the tables: each file is read once, every row validated, every reference resolved."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, TypeVar

from antiperovskite._files import package_data, read_yaml, validate
from antiperovskite._model import Model
from antiperovskite.errors import DataError, OptionError
from antiperovskite.evidence.model import CompositionRow, ConductivityRow, Row, SynthesisRow
from antiperovskite.evidence.raw import (
    RawComposition,
    RawConductivity,
    RawSynthesis,
    composition_row,
    conductivity_row,
    synthesis_row,
)

R = TypeVar("R", bound=Row)


class _File(Model):
    table: Literal[1, 2, 4]
    source: str
    rows: list[dict[str, Any]]


class _Reader(NamedTuple):
    schema: Any
    build: Callable[[Any, str], Row]


_READERS: Final[dict[int, _Reader]] = {
    1: _Reader(RawComposition, composition_row),
    2: _Reader(RawSynthesis, synthesis_row),
    4: _Reader(RawConductivity, conductivity_row),
}

TABLES: Final[tuple[int, ...]] = tuple(_READERS)


def read_table(path: Path | Traversable) -> tuple[Row, ...]:
    """Read one table file.

    Raises
    ------
    DataError
        With file, row and reason: a value without a unit, a reference that is not known, an uncertain reading without
        a reason, a duplicate row.
    """
    file = validate(read_yaml(path), _File, path)
    reader = _READERS[file.table]
    rows: list[Row] = []
    names: dict[str, int] = {}
    contents: dict[str, str] = {}
    for position, written in enumerate(file.rows):
        name = str(written.get("id", f"number {position + 1}"))
        where = f"{path}: row {name!r}"
        raw = validate(written, reader.schema, where)
        if name in names:
            raise DataError(f"{where}: the id was used by row number {names[name] + 1}; ids must be unique")
        names[name] = position
        content = repr({key: value for key, value in sorted(written.items()) if key != "id"})
        if content in contents:
            raise DataError(f"{where}: repeats row {contents[content]!r}; remove one")
        contents[content] = name
        rows.append(_build(reader, raw, f"{file.source}, row {name}", where))
    return tuple(rows)


def _build(reader: _Reader, raw: Any, source: str, where: str) -> Row:
    from pydantic import ValidationError

    try:
        return reader.build(raw, source)
    except ValidationError as error:
        raise DataError(f"{where}: {error.errors()[0]['msg']}") from error
    except DataError as error:
        raise DataError(f"{where}: {error}") from error


@cache
def _shipped(number: int) -> tuple[Row, ...]:
    return read_table(package_data("evidence", f"table{number}.yaml"))


def rows_of(number: int) -> tuple[Row, ...]:
    """Return all rows of one shipped table.

    Raises
    ------
    OptionError
        The table is not entered.
    """
    if number not in _READERS:
        raise OptionError(f"table {number} is not entered; entered are {', '.join(map(str, TABLES))}")
    return _shipped(number)


def _of(number: int, kind: type[R]) -> tuple[R, ...]:
    return tuple(row for row in rows_of(number) if isinstance(row, kind))


def compositions() -> tuple[CompositionRow, ...]:
    """Table 1."""
    return _of(1, CompositionRow)


def syntheses() -> tuple[SynthesisRow, ...]:
    """Table 2."""
    return _of(2, SynthesisRow)


def conductivities() -> tuple[ConductivityRow, ...]:
    """Table 4."""
    return _of(4, ConductivityRow)
