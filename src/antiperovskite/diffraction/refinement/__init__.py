"""Whole-pattern refinement: Pawley and Rietveld refinement of measured powder patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from antiperovskite.diffraction.refinement.parameters import Choices
    from antiperovskite.diffraction.refinement.whole_pattern import Phase, refine

__all__ = ["Choices", "Phase", "refine"]


def __getattr__(name: str) -> Any:
    """Import on first use, so that importing this room stays instant."""
    if name in __all__:
        from antiperovskite.diffraction.refinement import parameters, whole_pattern

        return getattr(parameters if name == "Choices" else whole_pattern, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
