"""Trajectories: one model whatever they came from, stored in compressed chunks, read in bounded memory."""

from __future__ import annotations

from antiperovskite.dynamics.trajectory.arrays import ArrayTrajectory
from antiperovskite.dynamics.trajectory.model import Frames, Trajectory, TrajectoryInfo
from antiperovskite.dynamics.trajectory.opening import convert_trajectory, open_trajectory
from antiperovskite.dynamics.trajectory.stored import StoredTrajectory
from antiperovskite.dynamics.trajectory.writer import TrajectoryWriter

__all__ = [
    "ArrayTrajectory",
    "Frames",
    "StoredTrajectory",
    "Trajectory",
    "TrajectoryInfo",
    "TrajectoryWriter",
    "convert_trajectory",
    "open_trajectory",
]
