"""From a ladder of runs to a conductivity: which potential, which temperatures, what law, what cell, what cost."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from antiperovskite.transport.study.collect import study_of_folder
    from antiperovskite.transport.study.coverage import conduction_engine
    from antiperovskite.transport.study.ladder import Ladder, run_ladder
    from antiperovskite.transport.study.model import ConductivityStudy
    from antiperovskite.transport.study.records import shipped_studies, shipped_study

__all__ = [
    "ConductivityStudy",
    "Ladder",
    "conduction_engine",
    "run_ladder",
    "shipped_studies",
    "shipped_study",
    "study_of_folder",
]

_HOMES = {
    "ConductivityStudy": "model",
    "Ladder": "ladder",
    "conduction_engine": "coverage",
    "run_ladder": "ladder",
    "shipped_studies": "records",
    "shipped_study": "records",
    "study_of_folder": "collect",
}


def __getattr__(name: str) -> Any:
    """Import on first use, so that importing this room stays instant."""
    if name in _HOMES:
        return getattr(import_module(f"antiperovskite.transport.study.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
