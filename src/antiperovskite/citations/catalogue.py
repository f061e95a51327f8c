"""Looking up works by key or by their number in the perspective's reference list."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from antiperovskite._files import package_data, read_yaml, validate
from antiperovskite.citations.bibtex import to_bibtex
from antiperovskite.citations.model import Citation
from antiperovskite.errors import DataError, best_match, one_line


@cache
def _catalogue() -> dict[str, Citation]:
    entries: dict[str, Citation] = {}
    for path in sorted(package_data("citations", "").iterdir(), key=lambda path: path.name):
        for entry in validate(read_yaml(path), tuple[Citation, ...], path):
            if entry.key in entries:
                raise DataError(f"{path}: duplicate citation key {entry.key!r}; keys must be unique")
            entries[entry.key] = entry
    return entries


@cache
def _numbered() -> dict[int, str]:
    return {number: key for key, entry in _catalogue().items() for number in entry.numbers}


# Works that a lab's own evidence files bring along; shipped entries always win.
_registered: dict[str, Citation] = {}


def register_citations(entries: Iterable[Citation]) -> None:
    """Add works for the rest of this process; the same key replaces an entry registered before.

    Raises
    ------
    DataError
        A key belongs to another, shipped work; nothing is registered then.
    """
    wanted = {entry.key: entry for entry in entries}
    for key, entry in wanted.items():
        shipped = _catalogue().get(key)
        if shipped is not None and shipped != entry:
            raise DataError(f"citation {key!r} is the shipped work {shipped.text}; leave it out or give another key")
    _registered.update({key: entry for key, entry in wanted.items() if key not in _catalogue()})


def key_of_doi(doi: str) -> str | None:
    """Return the key of the work with this DOI (case does not matter), or ``None`` where no entry has it."""
    everything = [*_catalogue().values(), *_registered.values()]
    return next((entry.key for entry in everything if entry.doi.lower() == doi.lower()), None)


def known_keys() -> tuple[str, ...]:
    """Every citation key, sorted."""
    return tuple(sorted({*_catalogue(), *_registered}))


def citation(key: str) -> Citation:
    """Return one work.

    Raises
    ------
    DataError
        No work has this key; the message names the nearest one.

    Examples
    --------
    >>> citation("shannon1976").doi
    '10.1107/S0567739476001551'
    """
    found = _catalogue().get(key) or _registered.get(key)
    if found is None:
        hint = best_match(key, [*_catalogue(), *_registered])
        raise DataError(f"unknown citation key {one_line(key)!r}{hint}; known keys look like 'zhao2012'")
    return found


def key_of_reference(number: int) -> str:
    """Return the key of reference ``number`` in the perspective's list (45 to 179 are entered).

    Raises
    ------
    DataError
        The number is outside what is entered.

    Examples
    --------
    >>> key_of_reference(45)
    'zhao2012'
    """
    found = _numbered().get(number)
    if found is None:
        known = sorted(_numbered())
        raise DataError(f"reference {number} of dawson2021 is not entered; entered are {known[0]} to {known[-1]}")
    return found


def bibtex(keys: Iterable[str]) -> str:
    """Return BibTeX for the keys, each once, in the order given.

    Raises
    ------
    DataError
        A key is unknown.
    """
    return to_bibtex(citation(key) for key in dict.fromkeys(keys))
