"""Carriers: concentrations, barriers, rates and walks joined into a conductivity, beside molecular dynamics."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from antiperovskite.carriers.model import CarrierStudy
    from antiperovskite.carriers.records import shipped_carriers
    from antiperovskite.carriers.study import carrier_study

__all__ = ["CarrierStudy", "carrier_study", "shipped_carriers"]

_HOMES = {"CarrierStudy": "model", "carrier_study": "study", "shipped_carriers": "records"}


def __getattr__(name: str) -> Any:
    """Import the science on first use, so that importing this room stays instant."""
    if name in _HOMES:
        return getattr(import_module(f"antiperovskite.carriers.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
