"""Activation energies, breaks and extrapolation from a temperature series."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from antiperovskite.transport.activation.model import Arrhenius, Point
    from antiperovskite.transport.activation.series import arrhenius

__all__ = ["Arrhenius", "Point", "arrhenius"]

_HOMES = {"Arrhenius": "model", "Point": "model", "arrhenius": "series"}


def __getattr__(name: str) -> Any:
    """Import the kernel on first use, so that importing this room stays instant."""
    if name in _HOMES:
        return getattr(import_module(f"antiperovskite.transport.activation.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
