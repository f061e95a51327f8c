"""A user's own pymatgen entries: a JSON file of ``ComputedEntry`` or ``ComputedStructureEntry`` dictionaries."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from antiperovskite.engines.model import EngineCard
from antiperovskite.errors import DataError
from antiperovskite.stability.providers.checked_entry import CheckedEntry, check_entry
from antiperovskite.stability.providers.imported import imported_set, require_elements
from antiperovskite.stability.providers.protocol import check_elements
from antiperovskite.stability.providers.schemes import Scheme, one_scheme
from antiperovskite.stability.references import ReferenceSet

LARGEST_FILE = 200_000_000  # bytes, unpacked; some 40,000 entries with structures


@dataclass(frozen=True)
class EntriesFileProvider:
    """The entries of one file as the set ``name``.

    ``scheme`` chooses one energy scale of a file that holds several.
    """

    path: Path
    name: str
    scheme: str = ""

    def fetch(self, elements: Iterable[str] = ()) -> ReferenceSet:
        """Return the phases of the file; only those of ``elements`` if any are named.

        Raises
        ------
        DataError
            The file, or an entry that would be used, is malformed.
        OptionError
            The file mixes energy scales and none was chosen.
        MissingReferenceError
            A named element is in no entry.
        """
        entries = read_entries(self.path)
        named = frozenset(elements)
        if named:
            wanted = check_elements(named)
            entries = tuple(entry for entry in entries if entry.elements.keys() <= wanted)
        if not entries:
            raise DataError(f"{self.path}: it holds no entries{' of these elements only' if named else ''}")
        chosen = one_scheme(entries, self.scheme, self.path)
        found = imported_set(
            chosen.entries,
            _card(self.name, chosen),
            settings=f"as given by the file: {chosen.name}",
            trust="user",
            source=self.path.name,
        )
        require_elements(found, named, str(self.path))
        return found


def _card(name: str, scheme: Scheme) -> EngineCard:
    words = {"mp2020": "GGA and GGA+U with the Materials Project's 2020 corrections"}
    return EngineCard(
        name=name,
        version="as imported",
        description=f"imported entries, {scheme.name}",
        reference_method=words.get(scheme.name, f"{scheme.name} (as the file states it)"),
        energy_scale=name,
        licence="the user's own",
        known_bias=("energies and settings are taken from the file; nothing was recomputed",),
        citations=("wang2021",) if scheme.name == "mp2020" else (),
    )


def read_entries(path: Path) -> tuple[CheckedEntry, ...]:
    """Read and check every entry of a file (JSON, or gzipped JSON).

    Raises
    ------
    DataError
        The file cannot be read, is too large, is not JSON or holds something else than entries.
    """
    parsed = _parse(_read(path), path)
    if isinstance(parsed, dict):
        parsed = parsed.get("entries", parsed)
        if isinstance(parsed, dict) and "energy" in parsed:
            parsed = [parsed]  # one entry alone
    if not isinstance(parsed, list):
        raise DataError(f"{path}: expected a list of pymatgen entries (as_dict), found {type(parsed).__name__}")
    return tuple(check_entry(item, number, path) for number, item in enumerate(parsed))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            packed = stream.read(2) == b"\x1f\x8b"
            stream.seek(0)
            if not packed:
                return _limited(stream, path)
            with gzip.open(stream) as unpacked:
                return _limited(unpacked, path)
    except (OSError, EOFError, ValueError) as error:  # ValueError: a NUL character in the name
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"cannot read {str(path)[:200]!r}: {reason}") from error


def _limited(stream: Any, path: Path) -> bytes:
    data: bytes = stream.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise DataError(f"{path} is larger than {LARGEST_FILE // 10**6} MB; split it by chemical system")
    return data


def _parse(data: bytes, path: Path) -> Any:
    try:
        return json.loads(data)
    except RecursionError as error:
        raise DataError(f"{path}: nested too deeply to be a list of entries") from error
    except ValueError as error:  # not JSON, not UTF-8, or a number of thousands of digits
        raise DataError(f"{path} is not JSON: {' '.join(str(error).split())[:160]}") from error
