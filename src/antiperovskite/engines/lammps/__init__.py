"""LAMMPS in-process: sessions, structures in its box, evaluation, fast molecular dynamics, and engines from files."""

from antiperovskite.engines.lammps.box import Box, load_structure
from antiperovskite.engines.lammps.dynamics import Frame, LammpsDynamics, molecular_dynamics, thermal_velocities
from antiperovskite.engines.lammps.engine import LammpsEngine, create_lammps
from antiperovskite.engines.lammps.evaluate import Evaluation, evaluate, evaluate_in
from antiperovskite.engines.lammps.potential import LammpsPotential, PotentialFile, read_potential
from antiperovskite.engines.lammps.session import BrokenRunError, commands, session, set_potential, start

__all__ = [
    "Box",
    "BrokenRunError",
    "Evaluation",
    "Frame",
    "LammpsDynamics",
    "LammpsEngine",
    "LammpsPotential",
    "PotentialFile",
    "commands",
    "create_lammps",
    "evaluate",
    "evaluate_in",
    "load_structure",
    "molecular_dynamics",
    "read_potential",
    "session",
    "set_potential",
    "start",
    "thermal_velocities",
]
