"""How long a run will take: a few real steps are timed, nothing is written."""

from __future__ import annotations

from time import perf_counter
from typing import Final

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.dynamics.engine_dynamics import propagator
from antiperovskite.dynamics.model import RunSettings
from antiperovskite.engines.lammps.dynamics import thermal_velocities
from antiperovskite.engines.protocol import Engine

_ENOUGH_SECONDS: Final = 1.0
_BYTES_PER_COORDINATE: Final = 2.1  # measured on stored trajectories: int32 offsets, shuffled and compressed


class Estimate(Model):
    """What a run would take on this machine as loaded now."""

    temperature_K: float
    n_atoms: int
    steps: int
    seconds_per_step: float = Field(description="measured over a few steps from the start, wall clock")
    seconds: float
    megabytes: float = Field(description="stored positions, rough")
    notes: tuple[str, ...] = ()


def estimate_run(settings: RunSettings, engine: Engine, ps: float) -> Estimate:
    """Time the first steps of a run: 2, 4, 8... until a second has passed; the first call, which loads, is not counted.

    Raises
    ------
    EngineError
        The engine fails on this structure.
    """
    atoms = settings.atoms()
    moves = propagator(engine, settings.conditions, atoms.get_chemical_symbols())
    velocities = thermal_velocities(atoms, settings.conditions.temperature_K, settings.conditions.seed)
    state = moves.begin(atoms, velocities)
    cell = atoms.cell.array
    moves.advance(state, cell, 1, 1, lambda frame: None)
    steps, taken = 1, 0.0
    while taken < _ENOUGH_SECONDS and steps < settings.segment_steps:
        steps *= 2
        begin = perf_counter()
        moves.advance(state, cell, steps, steps, lambda frame: None)
        taken = perf_counter() - begin
    total = settings.segments(ps) * settings.segment_steps
    each = taken / (steps + 1)  # the set-up of a segment costs one evaluation more
    return Estimate(
        temperature_K=settings.conditions.temperature_K,
        n_atoms=len(atoms),
        steps=total,
        seconds_per_step=each,
        seconds=each * total,
        megabytes=total / settings.frame_steps * len(atoms) * 3 * _BYTES_PER_COORDINATE / 1e6,
        notes=settings.notes,
    )
