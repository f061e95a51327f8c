"""Powder patterns with X-rays and neutrons, isotopes included, and what they can tell apart."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from antiperovskite.diffraction.cif import read_cif
    from antiperovskite.diffraction.discrimination import distinguish
    from antiperovskite.diffraction.powder import powder_pattern
    from antiperovskite.diffraction.tof import tof_pattern

__all__ = ["distinguish", "powder_pattern", "read_cif", "tof_pattern"]

_HOMES = {"distinguish": "discrimination", "powder_pattern": "powder", "read_cif": "cif", "tof_pattern": "tof"}


def __getattr__(name: str) -> Any:
    """Import the kernel on first use, so that importing this room stays instant."""
    if name in _HOMES:
        return getattr(import_module(f"antiperovskite.diffraction.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
