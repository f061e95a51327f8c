"""Finished runs on disk whose diffusion is known: walks of the mobile ions around a rattling framework."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from antiperovskite.dynamics.conditions import Conditions
from antiperovskite.dynamics.framework import FrameworkMonitor
from antiperovskite.dynamics.model import RunResult, RunSettings, Vacancies
from antiperovskite.dynamics.results import summarise
from antiperovskite.dynamics.run import RECORDS, RESULT, SETTINGS, TRAJECTORY
from antiperovskite.dynamics.trajectory import TrajectoryWriter
from antiperovskite.engines.model import EngineCard

CARD = EngineCard(
    name="walk", version="1", description="a walk", reference_method="none", energy_scale="walk", licence="MIT",
    known_bias=("made up",), citations=(), for_verdicts=False,
)  # fmt: skip
BOLTZMANN = 8.617333262e-5
FRAME_PS = 0.05


def diffusion_of(temperature_K: float, energy: float = 0.3, D0: float = 2e-3) -> float:
    """D in cm^2/s of the walks."""
    return D0 * math.exp(-energy / (BOLTZMANN * temperature_K))


def write_run(
    folder: Path, temperature_K: float, *, mobile: tuple[str, ...] = ("Li",), cells: int = 2, frames: int = 1500,
    scale: float = 1.0, energy: float = 0.3, still: bool = False, stopped: str | None = None, seed: int = 0,
    vacancies: int = 0, recorded: bool = True,
) -> RunResult:  # fmt: skip
    """Write one run of X3OCl in ``cells``^3 unit cells as the program leaves it."""
    from pymatgen.core import Lattice, Structure

    rng = np.random.default_rng((seed, round(temperature_K), cells))
    a = 3.9
    grid = np.array(np.meshgrid(*[np.arange(cells)] * 3)).reshape(3, -1).T * a
    corners = [[0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]]
    sites = np.concatenate([grid + a * np.array(at) for at in (*corners, [0, 0, 0], [0.5, 0.5, 0.5])])
    n = len(grid)
    symbols = [mobile[k % len(mobile)] for k in range(3 * n)] + ["O"] * n + ["Cl"] * n
    keep = np.arange(vacancies, len(sites))
    sites, symbols = sites[keep], [symbols[k] for k in keep]
    structure = Structure(Lattice.cubic(a * cells), symbols, sites, coords_are_cartesian=True).as_dict()
    structure["lattice"]["pbc"] = [True] * 3
    settings = RunSettings(
        name="Li3OCl", structure=structure, engine=CARD,
        conditions=Conditions(temperature_K=temperature_K, timestep_fs=1.0, seed=seed),
        frame_steps=round(FRAME_PS * 1000), segment_frames=20, framework=("Cl", "O"),
        vacancies=Vacancies(count=vacancies, sites=3 * n) if recorded else None,
        notes=(f"{vacancies} Li and {vacancies} Cl vacancies (0.05 of the cations), neutral",) if vacancies else (),
    )  # fmt: skip
    walkers = np.isin(symbols, mobile)
    step = math.sqrt(2.0 * diffusion_of(temperature_K, energy) * scale * 1e4 * FRAME_PS)  # angstrom, each axis
    steps = np.zeros((frames, len(symbols), 3))
    if not still:
        steps[1:, walkers] = step * rng.standard_normal((frames - 1, int(walkers.sum()), 3))
    positions = sites + np.cumsum(steps, axis=0) + 0.08 * rng.standard_normal(steps.shape)
    folder.mkdir(parents=True)
    (folder / SETTINGS).write_text(settings.model_dump_json())
    records: dict[str, Any] = {
        name: level + rng.standard_normal(frames)
        for name, level in zip(RECORDS, (-9.0, 9.0, temperature_K, 0.0), strict=True)
    }
    writer = TrajectoryWriter(
        folder / TRAJECTORY, symbols, frame_interval_ps=FRAME_PS, temperature_K=temperature_K, engine="walk",
        source="Li3OCl", settings={}, notes=(), records=RECORDS,
    )  # fmt: skip
    with writer:
        writer.extend(positions, np.broadcast_to(a * cells * np.eye(3), (frames, 3, 3)), records=records)
    monitor = FrameworkMonitor.of(settings.atoms(), settings.framework, temperature_K)
    result = summarise(settings, folder / TRAJECTORY, monitor, stopped, 12.0)
    (folder / RESULT).write_text(result.model_dump_json())
    return result
