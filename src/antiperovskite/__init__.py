"""antiperovskite: from a formula to a verdict on anti-perovskite battery materials.

Everything below loads on first use, so that ``import antiperovskite`` stays instant.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from antiperovskite._version import __version__

if TYPE_CHECKING:
    from antiperovskite.assessment import assess
    from antiperovskite.composition import Formula, resolve
    from antiperovskite.ions import Ion, ion
    from antiperovskite.quantity import Quantity
    from antiperovskite.stability.tolerance import tolerance
    from antiperovskite.structures import StructureModel, build_structure

_EXPORTS = {
    "Formula": "antiperovskite.composition",
    "Ion": "antiperovskite.ions",
    "Quantity": "antiperovskite.quantity",
    "StructureModel": "antiperovskite.structures",
    "assess": "antiperovskite.assessment",
    "build_structure": "antiperovskite.structures",
    "ion": "antiperovskite.ions",
    "resolve": "antiperovskite.composition",
    "tolerance": "antiperovskite.stability.tolerance",
}

__all__ = [
    "Formula",
    "Ion",
    "Quantity",
    "StructureModel",
    "__version__",
    "assess",
    "build_structure",
    "ion",
    "resolve",
    "tolerance",
]


def __getattr__(name: str) -> Any:
    if name in _EXPORTS:
        return getattr(import_module(_EXPORTS[name]), name)
    raise AttributeError(f"module 'antiperovskite' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
