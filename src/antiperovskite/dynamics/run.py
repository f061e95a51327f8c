"""Run molecular dynamics in a folder: in segments, resumable at any moment, watched while it goes.

The run is a chain of segments of fixed length. Each begins from a saved state and ends by committing its frames, then
its state; a run that was interrupted begins again at the last saved state, which is where the undisturbed run passed
too. So the two agree to the last bit for a deterministic engine, whatever the engine keeps between steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, Final

from antiperovskite._files import check_writable, read_record, write_atomically
from antiperovskite.dynamics import checkpoint
from antiperovskite.dynamics.engine_dynamics import Propagator, propagator
from antiperovskite.dynamics.framework import FrameworkMonitor
from antiperovskite.dynamics.model import RunResult, RunSettings
from antiperovskite.dynamics.results import summarise
from antiperovskite.dynamics.trajectory import TrajectoryWriter
from antiperovskite.engines.lammps.dynamics import Frame, thermal_velocities
from antiperovskite.engines.lammps.session import BrokenRunError
from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import OptionError

SETTINGS: Final = "run.json"
RESULT: Final = "result.json"
TRAJECTORY: Final = "trajectory"
RECORDS: Final = (
    "potential_energy_eV",
    "kinetic_energy_eV",
    "temperature_K",
    "pressure_GPa",
)

Monitor = Callable[[Frame], str | None]
"""Looks at every frame; returns why the run must stop, or None."""
Progress = Callable[[float, float, Frame], None]
"""Called with (ps done, ps wanted, frame)."""


def run_dynamics(
    settings: RunSettings,
    engine: Engine,
    folder: Path,
    ps: float,
    *,
    monitors: Sequence[Monitor] = (),
    progress: Progress | None = None,
) -> RunResult:
    """Bring the run in ``folder`` to ``ps`` picoseconds, from wherever it stands.

    Parameters
    ----------
    settings
        The crystal and its conditions; see :func:`antiperovskite.dynamics.plan.plan_run`.
    engine
        What gives the forces.
    folder
        Made if needed. The same settings go on there; a longer ``ps`` lengthens a finished run.
    ps
        Wanted length, rounded up to whole segments.
    monitors
        Looked at in every frame beside the framework's own; the first reason given stops the run.
    progress
        Called at every frame.

    Returns
    -------
    RunResult
        Also written to ``folder/result.json``.

    Raises
    ------
    OptionError
        The folder holds another run, or cannot be written.
    StoreError
        Another process writes there, or the disk is full; what was finished is kept.
    EngineError
        The engine failed; what was finished is kept, the same call goes on.
    """
    if not 0.0 < ps < 1e9:
        raise OptionError(f"a run of {ps:g} ps is not possible; give a positive number of picoseconds")
    folder = Path(folder)
    check_writable(folder)
    _claim(folder, settings)
    atoms = settings.atoms()
    engine_moves = propagator(engine, settings.conditions, atoms.get_chemical_symbols())
    thermostat = None if settings.conditions.ensemble == "nve" else settings.conditions.temperature_K
    framework = FrameworkMonitor.of(atoms, settings.framework, thermostat)
    run = _Run(settings, folder, atoms, engine_moves, (framework, *monitors), progress, ps)
    run.go()
    result = summarise(settings, folder / TRAJECTORY, framework, run.stopped, run.seconds)
    write_atomically(folder / RESULT, result.model_dump_json(indent=1))
    return result


def _claim(folder: Path, settings: RunSettings) -> None:
    """Write the settings of a new run, or check that those of an old one are the same."""
    path = folder / SETTINGS
    if not path.exists():
        if (folder / checkpoint.NAME).exists():
            raise OptionError(f"{folder} holds a checkpoint without its {SETTINGS}; choose another folder")
        write_atomically(path, settings.model_dump_json(indent=1))
        return
    old = read_record(path, RunSettings, "the settings of a run")
    if old.fingerprint == settings.fingerprint:
        return
    raise OptionError(
        f"{folder} holds another run ({difference(old, settings)}); choose another folder, or repeat the command that "
        "began it"
    )


def difference(old: RunSettings, new: RunSettings) -> str:
    """Say in a few words in what two runs differ."""
    for name, before in old.conditions:
        after = getattr(new.conditions, name)
        if before != after:
            return f"{name} {before} there, {after} asked"
    if old.engine != new.engine:
        return f"engine {old.engine.name} ({old.engine.version}) there, {new.engine.name} ({new.engine.version}) asked"
    if old.structure != new.structure:
        return f"another structure of {old.name} there"
    return "other frames or another framework there"


class _Run:
    """The loop over segments and what it has to remember."""

    def __init__(
        self,
        settings: RunSettings,
        folder: Path,
        atoms: Any,
        moves: Propagator,
        monitors: Sequence[Monitor],
        progress: Progress | None,
        ps: float,
    ) -> None:
        self.settings = settings
        self.folder = folder
        self.atoms = atoms
        self.moves = moves
        self.monitors = monitors
        self.progress = progress
        self.wanted_steps = settings.segments(ps) * settings.segment_steps
        self.step = 0
        self.frames = 0
        self.seconds = 0.0
        self.stopped: str | None = None

    def go(self) -> None:
        """Do the segments that are missing."""
        saved = checkpoint.load(self.folder)
        if saved is None:
            state = self._begin()
        else:
            state = saved.state
            self.step, self.frames = saved.header.step, saved.header.frames
            self.seconds, self.stopped = saved.header.seconds, saved.header.stopped
        if self.stopped is not None or self.step >= self.wanted_steps:
            return
        with self._writer() as writer:
            while self.step < self.wanted_steps and self.stopped is None:
                state = self._segment(state, writer)

    def _begin(self) -> bytes:
        conditions = self.settings.conditions
        velocities = thermal_velocities(self.atoms, conditions.temperature_K, conditions.seed)
        return self.moves.begin(self.atoms, velocities)

    def _writer(self) -> TrajectoryWriter:
        path, settings = self.folder / TRAJECTORY, self.settings
        if (path / "trajectory.json").exists():
            return TrajectoryWriter.resume(path, n_frames=self.frames)
        conditions = settings.conditions
        return TrajectoryWriter(
            path,
            self.atoms.get_chemical_symbols(),
            frame_interval_ps=settings.frame_ps,
            temperature_K=conditions.temperature_K,
            engine=settings.engine.name,
            source=settings.name,
            settings={**conditions.model_dump(), "engine_version": settings.engine.version},
            notes=settings.notes,
            records=RECORDS,
        )

    def _segment(self, state: bytes, writer: TrajectoryWriter) -> bytes:
        """One segment: move, commit the frames, then save the state."""
        began, frames, reason = monotonic(), list[Frame](), None

        def look(frame: Frame) -> bool:
            nonlocal reason
            frames.append(frame)
            reason = next((said for monitor in self.monitors if (said := monitor(frame)) is not None), None)
            if self.progress is not None:
                fs = self.settings.conditions.timestep_fs
                self.progress(frame.step * fs / 1000.0, self.wanted_steps * fs / 1000.0, frame)
            return reason is not None

        steps, every = self.settings.segment_steps, self.settings.frame_steps
        try:
            state = self.moves.advance(state, self.atoms.cell.array, steps, every, look)
        except BrokenRunError as error:
            # the state before this segment stands; its own frames lead into the breakdown and are not kept
            reason, frames = str(error), []
        self.seconds += monotonic() - began
        if frames:
            self._keep(frames, writer)
            self.step = frames[-1].step
        if reason is not None:
            self.stopped = f"{reason} (at {self.step * self.settings.conditions.timestep_fs / 1000.0:g} ps)"
        checkpoint.save(
            self.folder,
            state,
            settings=self.settings.fingerprint,
            step=self.step,
            frames=self.frames,
            seconds=self.seconds,
            stopped=self.stopped,
        )
        return state

    def _keep(self, frames: list[Frame], writer: TrajectoryWriter) -> None:
        import numpy as np

        writer.extend(
            np.array([frame.positions for frame in frames]),
            np.array([frame.cell for frame in frames]),
            records={
                "potential_energy_eV": np.array([frame.potential_energy for frame in frames]),
                "kinetic_energy_eV": np.array([frame.kinetic_energy for frame in frames]),
                "temperature_K": np.array([frame.temperature for frame in frames]),
                "pressure_GPa": np.array([frame.pressure for frame in frames]),
            },
        )
        writer.flush()
        self.frames = writer.n_frames
