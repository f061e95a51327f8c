"""Trajectories that other programs have measured too: made again from their seeds, so that none is shipped."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np

from antiperovskite.dynamics.trajectory import ArrayTrajectory
from antiperovskite.kinetics import HopRates, LatticeGas, plain_lattice, record

_spec = importlib.util.spec_from_file_location("moving_ions", Path(__file__).with_name("moving_ions.py"))
assert _spec is not None and _spec.loader is not None
_moving = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_moving)

INTERVAL_PS = 0.1
TEMPERATURE_K = 800.0
FRAMES = 1200


def shared_trajectories() -> dict[str, ArrayTrajectory]:
    """A vacancy gas with correlated hops, a rattling walk, and walkers that a collective mode carries along."""
    rng = np.random.default_rng(20)
    gas = LatticeGas(plain_lattice("simple cubic", 5, a=3.0), HopRates(10.0, 0.3), 4, TEMPERATURE_K, seed=3)
    hopping = record(gas, FRAMES, 1.0)  # about one hop of each vacancy a frame; the clock is set below
    lithium = hopping.series(np.arange(hopping.info.n_ions))
    start = rng.uniform(0.0, 60.0, (40, 3))
    walk = start + 0.3 * _moving.walks(rng, FRAMES, 40, rattle=1.0)
    carried = start + 0.3 * _moving.walks(rng, FRAMES, 40, together=0.05)
    made = {"vacancy gas": (lithium, 15.0), "rattling walk": (walk, 60.0), "collective mode": (carried, 60.0)}
    return {
        name: _moving.trajectory(
            positions, cell=cell, interval=INTERVAL_PS, temperature=TEMPERATURE_K, rng=np.random.default_rng(21)
        )
        for name, (positions, cell) in made.items()
    }


def fingerprint(trajectory: ArrayTrajectory) -> str:
    """Changes with the motion, not with the last digits."""
    positions = trajectory.series(np.arange(trajectory.info.n_ions))
    rounded = np.round(positions - positions[0], 4) + 0.0
    return hashlib.sha256(np.ascontiguousarray(rounded).tobytes()).hexdigest()[:16]


def haven_of_blocks(trajectory: ArrayTrajectory, species: str, length: int) -> tuple[float, float]:
    """Haven ratio by another way: displacements of ions and of their charge centre over whole parts of the run.

    H = sum_i |dr_i|^2 / |sum_i dr_i|^2, each averaged over parts of ``length`` frames, the framework's centre taken
    off; the standard error is that of leaving out one part in turn (jackknife).
    """
    info = trajectory.info
    mobile = trajectory.series(info.of(species))
    others = [symbol for symbol in dict.fromkeys(info.symbols) if symbol != species]
    mobile = mobile - trajectory.series(info.of(*others)).mean(axis=1, keepdims=True)
    steps: Any = mobile[length::length] - mobile[:-length:length]
    own = (steps**2).sum(axis=(1, 2))
    centre = (steps.sum(axis=1) ** 2).sum(axis=1)
    n = len(steps)
    left_out = (own.sum() - own) / (centre.sum() - centre)
    error = np.sqrt((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum())
    return float(own.sum() / centre.sum()), float(error)
