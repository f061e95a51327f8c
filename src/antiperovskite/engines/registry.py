"""Engines by name: the built-in ones and those other packages announce by entry point.

A package adds an engine with::

    [project.entry-points."antiperovskite.engines"]
    my-engine = "my_package.engine:create"

where ``create()`` takes no argument and returns an object that follows
:class:`~antiperovskite.engines.protocol.Engine`. Test it with :mod:`antiperovskite.engines.testing`.

``lammps:FILE`` is a potential for LAMMPS, see :mod:`antiperovskite.engines.lammps.potential`.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import EngineError, OptionError, best_match

DEFAULT_ENGINE: Final = "7net-0"
CROSS_CHECK_ENGINES: Final = ("7net-mf-0-pbe", "7net-mf-0-r2scan", "7net-l3i5")
ENTRY_POINT_GROUP: Final = "antiperovskite.engines"

_BUILT_IN: Final[dict[str, tuple[str, str]]] = {
    "7net-0": ("antiperovskite.engines.sevennet", "create_7net_0"),
    "7net-l3i5": ("antiperovskite.engines.sevennet", "create_7net_l3i5"),
    "7net-mf-0-pbe": ("antiperovskite.engines.sevennet", "create_7net_mf_0_pbe"),
    "7net-mf-0-r2scan": ("antiperovskite.engines.sevennet", "create_7net_mf_0_r2scan"),
    "chgnet": ("antiperovskite.engines.chgnet", "create_chgnet"),
    "espresso": ("antiperovskite.engines.espresso", "create_espresso"),
    "gpaw-pbe": ("antiperovskite.engines.gpaw", "create_gpaw_pbe"),
    "gpaw-pbe-spin": ("antiperovskite.engines.gpaw", "create_gpaw_pbe_spin"),
    "toy-ionic": ("antiperovskite.engines.toys", "create_toy_ionic"),
}


def _announced() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}


def known_engines() -> list[str]:
    """Return the names of all engines, built in and announced, sorted; none is loaded."""
    return sorted({*_BUILT_IN, *_announced()})


@cache
def get_engine(name: str) -> Engine:
    """Return the engine called ``name``; its libraries load when it first computes.

    Raises
    ------
    OptionError
        No engine has that name; the message lists those that exist.
    EngineError
        Another package announces the engine but it cannot be created.
    """
    if name.startswith("lammps:"):
        from antiperovskite.engines.lammps.engine import create_lammps

        return create_lammps(name)
    if name in _BUILT_IN:
        module, factory = _BUILT_IN[name]
        engine: Engine = getattr(import_module(module), factory)()
        return engine
    announced = _announced()
    if name not in announced:
        names = known_engines()
        raise OptionError(
            f"unknown engine {name[:60]!r}; choose one of {', '.join(names)}, lammps:FILE{best_match(name, names)}"
        )
    try:
        created = announced[name].load()()
    except Exception as error:
        raise EngineError(f"engine {name!r} ({announced[name].value}) cannot be created: {error}") from error
    if not isinstance(created, Engine):
        raise EngineError(f"engine {name!r} ({announced[name].value}) does not follow the Engine protocol")
    return created
