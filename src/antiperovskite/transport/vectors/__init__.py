"""How bonds turn: vector autocorrelations and relaxation times of OH, BH4, NO2, CN and their like."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from antiperovskite.transport.vectors.autocorrelation import vector_autocorrelation
    from antiperovskite.transport.vectors.bonds import Bonds, bond_vectors
    from antiperovskite.transport.vectors.relaxation import Reorientation, reorientation

__all__ = ["Bonds", "Reorientation", "bond_vectors", "reorientation", "vector_autocorrelation"]

_HOMES = {
    "Bonds": "bonds",
    "Reorientation": "relaxation",
    "bond_vectors": "bonds",
    "reorientation": "relaxation",
    "vector_autocorrelation": "autocorrelation",
}


def __getattr__(name: str) -> Any:
    """Import on first use, so that importing this room stays instant."""
    if name in _HOMES:
        return getattr(import_module(f"antiperovskite.transport.vectors.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
