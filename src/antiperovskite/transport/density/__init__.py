"""Where ions spend their time: densities on a grid, free energies, peaks and isosurfaces."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from antiperovskite.transport.density.grid import IonDensity, ion_density
    from antiperovskite.transport.density.peaks import density_peaks
    from antiperovskite.transport.density.surface import isosurface

__all__ = ["IonDensity", "density_peaks", "ion_density", "isosurface"]

_HOMES = {"IonDensity": "grid", "density_peaks": "peaks", "ion_density": "grid", "isosurface": "surface"}


def __getattr__(name: str) -> Any:
    """Import on first use, so that importing this room stays instant."""
    if name in _HOMES:
        return getattr(import_module(f"antiperovskite.transport.density.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
