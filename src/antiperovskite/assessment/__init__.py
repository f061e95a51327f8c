"""The main job: plan the steps, run or reuse them, draw the verdicts.

The exports load on first use: windows, contacts and targets live in this room too and do without the rest of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from antiperovskite.assessment.model import Assessment, RelaxedStructure, Verdict
    from antiperovskite.assessment.run import assess

_EXPORTS = {
    "Assessment": "antiperovskite.assessment.model",
    "RelaxedStructure": "antiperovskite.assessment.model",
    "Verdict": "antiperovskite.assessment.model",
    "assess": "antiperovskite.assessment.run",
}

__all__ = ["Assessment", "RelaxedStructure", "Verdict", "assess"]


def __getattr__(name: str) -> Any:
    if name in _EXPORTS:
        return getattr(import_module(_EXPORTS[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
