"""Van Hove functions, self and distinct, and the non-Gaussian parameter."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from antiperovskite.transport.van_hove.correlation import VanHove, van_hove

__all__ = ["VanHove", "van_hove"]


def __getattr__(name: str) -> Any:
    """Import on first use, so that importing this room stays instant."""
    if name in __all__:
        return getattr(import_module("antiperovskite.transport.van_hove.correlation"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
