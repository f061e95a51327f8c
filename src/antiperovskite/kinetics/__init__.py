"""Kinetic Monte Carlo and percolation: from barriers of single hops to conductivity on the real lattice."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from antiperovskite.kinetics.gas import HopRates, LatticeGas
    from antiperovskite.kinetics.lattice import HopLattice, hop_lattice, plain_lattice
    from antiperovskite.kinetics.measure import measure, record
    from antiperovskite.kinetics.percolation import percolation_study, percolation_threshold
    from antiperovskite.kinetics.sites import system_of_formula, system_of_structure
    from antiperovskite.kinetics.study import kinetic_study, studies_joined
    from antiperovskite.kinetics.table import RateTable, read_rate_table

_HOMES = {
    "HopLattice": "lattice",
    "HopRates": "gas",
    "LatticeGas": "gas",
    "RateTable": "table",
    "hop_lattice": "lattice",
    "kinetic_study": "study",
    "measure": "measure",
    "percolation_study": "percolation",
    "percolation_threshold": "percolation",
    "plain_lattice": "lattice",
    "read_rate_table": "table",
    "record": "measure",
    "studies_joined": "study",
    "system_of_formula": "sites",
    "system_of_structure": "sites",
}

__all__ = [
    "HopLattice",
    "HopRates",
    "LatticeGas",
    "RateTable",
    "hop_lattice",
    "kinetic_study",
    "measure",
    "percolation_study",
    "percolation_threshold",
    "plain_lattice",
    "read_rate_table",
    "record",
    "studies_joined",
    "system_of_formula",
    "system_of_structure",
]


def __getattr__(name: str) -> Any:
    """Import the kernel on first use, so that importing this room stays instant."""
    if name in _HOMES:
        return getattr(import_module(f"antiperovskite.kinetics.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
