"""The ions the package knows: shipped data files, a lab's own files, and look-up by symbol.

Another ion is a data file, not code. A file looks like the shipped ones::

    ions:
      - symbol: PF6
        name: hexafluorophosphate
        charge: -1
        elements: {P: 1, F: 6}
        point_group: Oh
        atoms:                      # angstrom, the centre of rotation at the origin
          - {element: P, xyz: [0.0, 0.0, 0.0]}
          - {element: F, xyz: [0.0, 0.0, 1.6]}
          # ... one line an atom
        geometry_source: where the bond length comes from
        sites: [A]
        radii:
          - {value: 2.42, scale: thermochemical, source: table or page, citation: key}

Files are read, later ones replacing ions of the same symbol, from the package, from
``<user configuration>/antiperovskite/ions/*.yaml``, from those listed in the environment variable
``ANTIPEROVSKITE_IONS`` (separated as in ``PATH``), and from :func:`register_ion_file`.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from antiperovskite._files import package_data, read_yaml, validate
from antiperovskite.errors import DataError, UnknownIonError, best_match, one_line
from antiperovskite.ions.model import Ion

ENVIRONMENT_VARIABLE = "ANTIPEROVSKITE_IONS"
_SHIPPED = ("cations.yaml", "anions.yaml", "clusters.yaml")
_registered: list[Path] = []


def ion(symbol: str) -> Ion:
    """Return the ion with this symbol.

    Raises
    ------
    UnknownIonError
        No such ion; the message names the closest one.

    Examples
    --------
    >>> ion("BH4").charge
    -1
    """
    ions = _load()
    if symbol not in ions:
        hint = best_match(symbol, list(ions))
        raise UnknownIonError(
            f"unknown ion {one_line(symbol)!r}{hint}; known ions: {', '.join(ions)}; register another with a data file"
        )
    return ions[symbol]


def known_ions() -> dict[str, Ion]:
    """Return every registered ion by symbol, in file order (a new dictionary)."""
    return dict(_load())


def register_ion_file(path: str | Path) -> tuple[str, ...]:
    """Add the ions of one YAML file for the rest of this process and return their symbols.

    Raises
    ------
    DataError
        The file cannot be read or an entry does not validate; nothing is registered then.
    """
    source = Path(path).expanduser().resolve()
    symbols = tuple(entry.symbol for entry in _read(source))
    if source not in _registered:
        _registered.append(source)
    _load.cache_clear()
    return symbols


@cache
def _load() -> dict[str, Ion]:
    sources: list[Any] = [package_data("ions", name) for name in _SHIPPED]
    sources += [*_user_files(), *_registered]
    return {entry.symbol: entry for source in sources for entry in _read(source)}


def _user_files() -> list[Path]:
    from platformdirs import user_config_path

    found = sorted((user_config_path("antiperovskite") / "ions").glob("*.yaml"))
    listed = os.environ.get(ENVIRONMENT_VARIABLE, "")
    return found + [Path(name).expanduser() for name in listed.split(os.pathsep) if name.strip()]


def _read(source: Any) -> tuple[Ion, ...]:
    data = read_yaml(source)
    if not isinstance(data, dict) or "ions" not in data:
        raise DataError(f"{source}: expected a mapping with the key 'ions' (a list); see antiperovskite.ions.registry")
    entries = validate(data["ions"], tuple[Ion, ...], source)
    symbols = [entry.symbol for entry in entries]
    twice = {symbol for symbol in symbols if symbols.count(symbol) > 1}
    if twice:
        raise DataError(f"{source}: ions listed more than once: {', '.join(sorted(twice))}")
    return entries
