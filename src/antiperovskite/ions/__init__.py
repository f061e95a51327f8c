"""Ions and cluster anions: charge, point group, geometry, Shannon and thermochemical radii."""

from antiperovskite.ions.model import AtomPosition, Ion, Radius
from antiperovskite.ions.radii import RadiusChoice, select_radius
from antiperovskite.ions.registry import ion, known_ions, register_ion_file

__all__ = [
    "AtomPosition",
    "Ion",
    "Radius",
    "RadiusChoice",
    "ion",
    "known_ions",
    "register_ion_file",
    "select_radius",
]
