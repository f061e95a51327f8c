"""Ions and cluster anions: charge, point group, geometry, Shannon and thermochemical radii."""

from antiperovskite.ions.model import AtomPosition, Ion, Radius
from antiperovskite.ions.registry import ion, known_ions, register_ion_file

__all__ = ["AtomPosition", "Ion", "Radius", "ion", "known_ions", "register_ion_file"]
