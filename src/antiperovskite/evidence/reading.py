"""Reading one table file: every row validated, every reference resolved, duplicates refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import Field, ValidationError

from antiperovskite._files import read_yaml, validate
from antiperovskite._model import Model
from antiperovskite.citations import Citation
from antiperovskite.citations.catalogue import register_citations
from antiperovskite.errors import DataError, one_line
from antiperovskite.evidence.model import Row
from antiperovskite.evidence.raw import (
    RawComposition,
    RawConductivity,
    RawRadius,
    RawStructure,
    RawSynthesis,
    check_doi,
    composition_row,
    conductivity_row,
    radius_row,
    structure_row,
    synthesis_row,
)


class TableFile(Model):
    """What a table file holds; ``citations`` are works that the shipped catalogue does not have."""

    table: int
    source: str
    citations: list[dict[str, Any]] = Field(default_factory=list)
    rows: list[dict[str, Any]]


class _Reader(NamedTuple):
    schema: Any
    build: Callable[[Any, str], Row]


# Table 1 has rows of two kinds; the others have one, whose `kind` (if any) is an ordinary column.
_READERS: Final[dict[tuple[int, str], _Reader]] = {
    (1, "composition"): _Reader(RawComposition, composition_row),
    (1, "radii"): _Reader(RawRadius, radius_row),
    (2, ""): _Reader(RawSynthesis, synthesis_row),
    (3, ""): _Reader(RawStructure, structure_row),
    (4, ""): _Reader(RawConductivity, conductivity_row),
}

TABLES: Final[tuple[int, ...]] = (1, 2, 3, 4)


def read_table(path: Path | Traversable) -> tuple[Row, ...]:
    """Read one table file.

    Works listed under the file's ``citations`` are registered for this process.

    Raises
    ------
    DataError
        With file, row and reason: an unknown table, a value without a unit, a reference that is not known, a DOI
        that is none, an uncertain reading without a reason, a duplicate row.
    """
    file = validate(read_yaml(path), TableFile, path)
    if file.table not in TABLES:
        raise DataError(
            f"{path}: table: there is no table {file.table}; they are 1 (compositions), 2 (synthesis routes), "
            "3 (structures of Li2OHCl) and 4 (conductivities)"
        )
    _register(file.citations, path)
    rows: list[Row] = []
    names: dict[str, int] = {}
    contents: dict[str, str] = {}
    for position, written in enumerate(file.rows):
        name = one_line(written.get("id", f"number {position + 1}"), 40)
        where = f"{path}: row {name!r}"
        reader = _reader(file.table, written, where)
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


def _reader(table: int, written: dict[str, Any], where: str) -> _Reader:
    kind = str(written.get("kind", "composition")) if table == 1 else ""
    if (table, kind) not in _READERS:
        raise DataError(f"{where}: kind: rows of table 1 are of kind 'composition' or 'radii', not {kind!r}")
    return _READERS[table, kind]


def _build(reader: _Reader, raw: Any, source: str, where: str) -> Row:
    try:
        return reader.build(raw, source)
    except ValidationError as error:
        raise DataError(f"{where}: {error.errors()[0]['msg']}") from error
    except DataError as error:
        raise DataError(f"{where}: {error}") from error


def _register(written: Iterable[dict[str, Any]], path: Path | Traversable) -> None:
    entries: list[Citation] = []
    for number, entry in enumerate(written, start=1):
        where = f"{path}: citation {one_line(entry.get('key', f'number {number}'), 40)!r}"
        try:
            if entry.get("doi"):
                check_doi(str(entry["doi"]))
            if not re.fullmatch(r"[a-z]+[0-9]{4}[a-z]*", str(entry.get("key", ""))):
                raise DataError("a key is the first author's name in small letters and the year, such as 'smith2024'")
        except DataError as error:
            raise DataError(f"{where}: {error}") from error
        if any(entry["key"] == other.key for other in entries):
            raise DataError(f"{where}: the key is given twice")
        entries.append(validate(entry, Citation, where))
    try:
        register_citations(entries)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
