"""Bond-valence site energies: where a cation can be, over which passes it percolates, and what stands in its way."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from antiperovskite.landscape.crystal import ChargedCrystal, charged_crystal
    from antiperovskite.landscape.model import Landscape
    from antiperovskite.landscape.study import EnergyMap, landscape_study

_HOMES = {
    "ChargedCrystal": "crystal",
    "EnergyMap": "study",
    "Landscape": "model",
    "charged_crystal": "crystal",
    "landscape_study": "study",
}

__all__ = ["ChargedCrystal", "EnergyMap", "Landscape", "charged_crystal", "landscape_study"]


def __getattr__(name: str) -> Any:
    """Import the kernel on first use, so that importing this room stays instant."""
    if name in _HOMES:
        return getattr(import_module(f"antiperovskite.landscape.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
