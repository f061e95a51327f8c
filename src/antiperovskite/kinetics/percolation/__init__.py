"""Which hops have to be open before ions can cross: thresholds, critical paths, dimensionality."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from antiperovskite.kinetics.percolation.critical_path import percolation_study
    from antiperovskite.kinetics.percolation.thresholds import percolation_threshold

__all__ = ["percolation_study", "percolation_threshold"]

_HOMES = {"percolation_study": "critical_path", "percolation_threshold": "thresholds"}


def __getattr__(name: str) -> Any:
    """Import the kernel on first use, so that importing this room stays instant."""
    if name in _HOMES:
        return getattr(import_module(f"antiperovskite.kinetics.percolation.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
