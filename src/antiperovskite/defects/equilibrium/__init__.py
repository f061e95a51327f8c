"""Ionic point-defect equilibria: who is there, and how many, under charge and site balance."""

from __future__ import annotations

from antiperovskite.defects.equilibrium.conditions import Conditions
from antiperovskite.defects.equilibrium.inputs import COUNTED, DefectInput, Reaction, energies_of, read_energies
from antiperovskite.defects.equilibrium.model import Carriers, EquilibriumPoint, EquilibriumStudy
from antiperovskite.defects.equilibrium.study import concentrations

__all__ = [
    "COUNTED",
    "Carriers",
    "Conditions",
    "DefectInput",
    "EquilibriumPoint",
    "EquilibriumStudy",
    "Reaction",
    "concentrations",
    "energies_of",
    "read_energies",
]
