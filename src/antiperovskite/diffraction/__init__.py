"""Powder patterns with X-rays and neutrons, isotopes included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from antiperovskite.diffraction.powder import powder_pattern

__all__ = ["powder_pattern"]


def __getattr__(name: str) -> Any:
    """Import the kernel on first use, so that importing this room stays instant."""
    if name in __all__:
        from antiperovskite.diffraction import powder

        return getattr(powder, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
