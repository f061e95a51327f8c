"""Where ions sit and how they jump: sites, transitions between them, jumps, and jumps made together."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from antiperovskite.transport.jumps.collective import collective_jumps
    from antiperovskite.transport.jumps.sites import Sites, sites_between, sites_from_density, sites_from_structure
    from antiperovskite.transport.jumps.statistics import jump_statistics
    from antiperovskite.transport.jumps.transitions import Jumps, Transitions, find_transitions

__all__ = [
    "Jumps",
    "Sites",
    "Transitions",
    "collective_jumps",
    "find_transitions",
    "jump_statistics",
    "sites_between",
    "sites_from_density",
    "sites_from_structure",
]

_HOMES = {
    "Jumps": "transitions",
    "Sites": "sites",
    "Transitions": "transitions",
    "collective_jumps": "collective",
    "find_transitions": "transitions",
    "jump_statistics": "statistics",
    "sites_between": "sites",
    "sites_from_density": "sites",
    "sites_from_structure": "sites",
}


def __getattr__(name: str) -> Any:
    """Import the kernels on first use, so that importing this room stays instant."""
    if name in _HOMES:
        return getattr(import_module(f"antiperovskite.transport.jumps.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
