"""Phase identification: which candidates a measured pattern holds, how much of each, and what is left over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from antiperovskite.diffraction.identify.identification import Candidate, identify

__all__ = ["Candidate", "identify"]


def __getattr__(name: str) -> Any:
    """Import on first use, so that importing this room stays instant."""
    if name in __all__:
        from antiperovskite.diffraction.identify import identification

        return getattr(identification, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
