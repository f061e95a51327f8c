"""Writing an imported set where ``reference_set(name)`` finds it."""

from __future__ import annotations

import re
from pathlib import Path

from antiperovskite._files import check_writable, write_atomically
from antiperovskite.engines import known_engines
from antiperovskite.errors import DataError, OptionError, one_line
from antiperovskite.stability.reference_lock import reference_lock
from antiperovskite.stability.references import (
    ReferenceEntry,
    ReferenceSet,
    load_reference_set,
    reference_set,
)

USER_PREFIX = "user-"
_NAME = re.compile(r"[a-z0-9][a-z0-9._+-]{0,59}")


def user_set_name(name: str) -> str:
    """Return the name an imported file gets: ``user-`` and what the user called it.

    Raises
    ------
    OptionError
        The name holds other characters than a file name should.

    Examples
    --------
    >>> user_set_name("my-dft")
    'user-my-dft'
    """
    if not _NAME.fullmatch(name):
        raise OptionError(
            f"cannot call a set {one_line(name, 40)!r}; use up to 60 small letters, digits and . _ + -, the first a "
            "letter or digit"
        )
    return name if name.startswith(USER_PREFIX) else USER_PREFIX + name


def save_reference_set(found: ReferenceSet, directory: Path, *, again: bool = False) -> Path:
    """Write ``<directory>/<name>.json``, whole or not at all.

    Raises
    ------
    OptionError
        The set exists (and not ``again``), has the name of an engine, or the directory cannot be written.
    """
    name = found.engine.name
    if name in known_engines():
        raise OptionError(f"{name!r} is an engine; its set comes from: antiperovskite references build --engine {name}")
    check_writable(directory)
    path = directory / f"{name}.json"
    with reference_lock(directory, name):
        if path.exists() and not again:
            raise OptionError(f"{path} exists; choose another name, or replace it with --again")
        write_atomically(path, found.model_dump_json() + "\n")
    reference_set.cache_clear()
    return path


def joined_with_saved(found: ReferenceSet, directory: Path) -> ReferenceSet:
    """Return a fetched set together with what was fetched before under the same name; new energies win.

    Raises
    ------
    DataError
        The saved set is another energy scale or another release of the source.
    """
    path = directory / f"{found.engine.name}.json"
    if not path.is_file():
        return found
    saved = load_reference_set(path)
    mine, theirs = found.engine, saved.engine
    if (mine.energy_scale, mine.version) != (theirs.energy_scale, theirs.version):
        raise DataError(
            f"{path} holds {theirs.energy_scale} of {theirs.version}, which {mine.energy_scale} of {mine.version} must "
            "not join; replace it with --again"
        )
    entries: dict[str, ReferenceEntry] = {entry.name: entry for entry in (*saved.entries, *found.entries)}
    return found.model_copy(update={"entries": tuple(entries[name] for name in sorted(entries))})
