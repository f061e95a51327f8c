"""How fast ions move and by what law: displacements, diffusion, conductivity, Haven ratio, Arrhenius."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from antiperovskite.transport.activation import arrhenius
    from antiperovskite.transport.coefficient import diffusion
    from antiperovskite.transport.coupling import onsager
    from antiperovskite.transport.displacement import mean_squared_displacement
    from antiperovskite.transport.refusal import DiffusionRefusedError

__all__ = ["DiffusionRefusedError", "arrhenius", "diffusion", "mean_squared_displacement", "onsager"]

_HOMES = {
    "DiffusionRefusedError": "refusal",
    "arrhenius": "activation",
    "diffusion": "coefficient",
    "mean_squared_displacement": "displacement",
    "onsager": "coupling",
}


def __getattr__(name: str) -> Any:
    """Import the kernel on first use, so that importing this room stays instant."""
    if name in _HOMES:
        return getattr(import_module(f"antiperovskite.transport.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
