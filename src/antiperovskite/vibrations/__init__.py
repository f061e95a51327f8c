"""Lattice vibrations with any engine: force constants, dispersion, unstable modes and where they lead."""

from antiperovskite.vibrations.ground_state import follow, ground_state
from antiperovskite.vibrations.model import GroundState, PhononStudy
from antiperovskite.vibrations.study import phonon_study

__all__ = ["GroundState", "PhononStudy", "follow", "ground_state", "phonon_study"]
