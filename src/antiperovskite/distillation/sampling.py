"""Short molecular dynamics with the potential being made, watched for surroundings it has not been taught."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from antiperovskite.distillation.design import Core, Designer, pair_commands
from antiperovskite.distillation.forms import Form
from antiperovskite.distillation.frames import Frame, frame_of
from antiperovskite.distillation.grade import Grader
from antiperovskite.distillation.starts import too_close
from antiperovskite.engines.lammps import load_structure, session, set_potential
from antiperovskite.errors import EngineError

CHECK_EVERY_PS: Final = 0.1
GRADE_EVERY_STEPS: Final = 20  # a bad potential tears a cell apart within a tenth of a picosecond: catch it on the way
SELECT_ABOVE: Final = 1.0
STOP_ABOVE: Final = 2.5
TOO_HOT: Final = 3.0  # times the temperature wanted: the run is blowing up, and LAMMPS may crash on what comes next
LEARN_BELOW: Final = 10.0  # what lies further out is debris, and its forces would rule the fit
_EXPANSION: Final = 3.5e-5  # 1/K, linear; typical of these soft salts, only to start an NVT cell near its volume


@dataclass(frozen=True)
class Run:
    """A sampling run.

    Parameters
    ----------
    frame
        Start.
    temperature_K, time_ps, timestep_fs
        Conditions.
    seed
        Of the velocities.
    constant_pressure
        Zero pressure (all three lengths free) instead of the cell of the start, expanded for the temperature.
    """

    frame: Frame
    temperature_K: float
    time_ps: float
    timestep_fs: float
    seed: int
    constant_pressure: bool


@dataclass(frozen=True)
class Sample:
    """What a run gave: evenly spaced frames, frames beyond the training set, and how it ended."""

    spaced: tuple[Frame, ...]
    strange: tuple[Frame, ...]
    strange_grades: tuple[float, ...]
    completed_ps: float
    ended: str
    worst_grade: float


def sample(
    run: Run,
    form: Form,
    core: Core | None,
    grader: Grader,
    directory: Path,
    design: Designer,
    *,
    spaced: int = 3,
    strange: int = 4,
    stop: bool = True,
) -> Sample:
    """Run dynamics, grading the configuration every 20 steps.

    Frames whose grade exceeds 1 are kept (the first few, at least 0.1 ps apart, and the last before the run's end); the
    run ends when the grade exceeds 2.5, when atoms are lost, or when its time is over.
    """
    atoms = run.frame.atoms()
    if not run.constant_pressure:
        atoms.set_cell(atoms.cell.array * (1.0 + _EXPANSION * run.temperature_K), scale_atoms=True)
    start = replace(frame_of(atoms, "md", run.temperature_K))
    between = max(1, min(GRADE_EVERY_STEPS, round(CHECK_EVERY_PS * 1000.0 / run.timestep_fs)))
    per_check = max(1, round(CHECK_EVERY_PS * 1000.0 / run.timestep_fs / between))
    checks = max(1, round(run.time_ps * 1000.0 / run.timestep_fs / between))
    wanted = {round((k + 1) * checks / spaced) for k in range(spaced)}
    kept: list[Frame] = []
    odd = _Strange(strange, per_check)
    worst, ended, done = 0.0, "completed", 0
    try:
        with session() as lmp:
            _prepare(lmp, run, start, form, core, directory)
            for check in range(1, checks + 1):
                lmp.command(f"run {between} post no")
                if lmp.extract_global("ntimestep") < check * between:
                    ended = f"the cell became over {TOO_HOT:g} times too hot: the run blew up"
                    break
                done = check
                frame = _read(lmp, start)
                if too_close(frame):
                    ended = "two atoms met"
                    break
                grade = float(grader.grades(design.per_atom(frame), design.types(frame)).max())
                worst = max(worst, grade)
                odd.see(check, grade, frame)
                if check in wanted:
                    kept.append(frame)
                if stop and grade > STOP_ABOVE:
                    ended = f"left the range of the training set (grade {grade:.1f})"
                    break
    except EngineError as error:
        ended = str(error)
    chosen = odd.chosen(ended != "completed")
    return Sample(
        tuple(kept),
        tuple(frame for _, frame in chosen),
        tuple(grade for grade, _ in chosen),
        done * between * run.timestep_fs / 1000.0,
        ended,
        worst,
    )


class _Strange:
    """The frames of a run worth learning: the first few beyond the training set, and the last before it broke off."""

    def __init__(self, most: int, apart: int) -> None:
        self._most = most
        self._apart = apart
        self._first: list[tuple[int, float, Frame]] = []
        self._last: tuple[int, float, Frame] | None = None

    def see(self, check: int, grade: float, frame: Frame) -> None:
        """Take note of a graded frame."""
        if not SELECT_ABOVE < grade < LEARN_BELOW:
            return
        self._last = (check, grade, frame)
        if len(self._first) < self._most and (not self._first or check - self._first[-1][0] >= self._apart):
            self._first.append(self._last)

    def chosen(self, broke_off: bool) -> list[tuple[float, Frame]]:
        """Grades and frames, in the order of time."""
        frames = list(self._first)
        if broke_off and self._last is not None and (not frames or frames[-1][0] != self._last[0]):
            frames.append(self._last)
        return [(grade, frame) for _, grade, frame in frames]


def _prepare(lmp: Any, run: Run, start: Frame, form: Form, core: Core | None, directory: Path) -> None:
    load_structure(lmp, start.atoms(), elements=form.elements)
    set_potential(lmp, pair_commands(form, core, directory), skin=1.0)
    T = run.temperature_K
    lmp.command(f"timestep {run.timestep_fs / 1000.0:g}")
    lmp.command(
        f"velocity all create {2.0 * T:g} {run.seed} mom yes rot no dist gaussian"
    )  # half goes into the lattice
    if run.constant_pressure:
        lmp.command(f"fix move all npt temp {T:g} {T:g} 0.05 aniso 0.0 0.0 0.5")
    else:
        lmp.command(f"fix move all nvt temp {T:g} {T:g} 0.05")
    lmp.command("compute heat all temp")
    lmp.command("variable heat equal c_heat")
    lmp.command(f"fix guard all halt 1 v_heat > {TOO_HOT * T:g} error soft message no")
    lmp.command("fix still all momentum 100 linear 1 1 1")
    lmp.command("thermo 1000000")


def _read(lmp: Any, start: Frame) -> Frame:
    """The present configuration, in LAMMPS's frame (which for sampling is as good as any)."""
    import numpy as np

    low, high, xy, yz, xz, _, _ = lmp.extract_box()
    lengths = np.array(high) - np.array(low)
    cell = np.array([[lengths[0], 0.0, 0.0], [xy, lengths[1], 0.0], [xz, yz, lengths[2]]])
    n = len(start.numbers)
    positions = np.array(lmp.gather_atoms("x", 1, 3), dtype=float).reshape(n, 3) - np.array(low)
    return replace(start, positions=positions, cell=cell)


def sampling_runs(
    cells: list[Frame], temperatures: list[float], time_ps: float, timestep_fs: float, seed: int
) -> list[Run]:
    """Every cell at every temperature, every other run at constant pressure."""
    runs = []
    for i, cell in enumerate(cells):
        for j, temperature in enumerate(temperatures):
            pressure = (i + j) % 2 == 1
            runs.append(Run(cell, temperature, time_ps, timestep_fs, seed + 101 * i + 7 * j + 1, pressure))
    return runs


Progress = Callable[[str, str], None]
