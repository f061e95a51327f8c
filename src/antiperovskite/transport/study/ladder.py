"""Run a ladder of temperatures, and one of them in a larger cell, in a folder where the same call goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.dynamics.plan import FRAME_PS, CellChoice
from antiperovskite.errors import OptionError

if TYPE_CHECKING:
    from antiperovskite.dynamics.cell import SimulationCell
    from antiperovskite.dynamics.model import RunResult, RunSettings
    from antiperovskite.engines.protocol import Engine

Report = Callable[[str, float, float], None]
"""Called with (which run, ps done, ps wanted)."""
LARGER: Final = "larger"
SHARE: Final = "vacancies-{:g}"
"""Folder of the runs with another share of vacancies."""


class Ladder(Model):
    """What is asked for: temperatures, cell, length, the larger cell of the size check, other shares of vacancies."""

    formula: str
    temperatures_K: tuple[float, ...] = Field(min_length=1)
    cell: CellChoice
    ps: float = Field(gt=0)
    size_check: str = Field(default="", description="supercell of the larger cell; empty: none")
    other_shares: tuple[float, ...] = Field(default=(), description="every temperature is run with these as well")
    ensemble: str = "nvt"
    frame_ps: float = FRAME_PS
    timestep_fs: float | None = Field(default=None, description="by the lightest element if not given")

    @property
    def checked_K(self) -> float:
        """Temperature of the size check: the upper one of the two in the middle, where hops are many."""
        return sorted(self.temperatures_K)[len(self.temperatures_K) // 2]


def plan_ladder(ladder: Ladder, unit: SimulationCell, engine: Engine, out: Path) -> list[tuple[Path, RunSettings]]:
    """Settings and folder of every run: the ladder, those with other shares of vacancies, the larger cell.

    Raises
    ------
    OptionError
        A choice this crystal does not offer, a size check that is not larger, or shares that are one number of
        vacancies in this cell.
    """
    from antiperovskite.dynamics.plan import build_cell, plan_run

    def settings(cell: SimulationCell, kelvin: float) -> RunSettings:
        return plan_run(
            ladder.formula, cell, engine, temperature_K=kelvin, ensemble=ladder.ensemble, frame_ps=ladder.frame_ps,
            seed=ladder.cell.seed, timestep_fs=ladder.timestep_fs,
        )  # fmt: skip

    cell = build_cell(unit, ladder.cell)
    plans = [(out / f"{kelvin:g}K", settings(cell, kelvin)) for kelvin in ladder.temperatures_K]
    made = {len(cell.symbols): ladder.cell.vacancies}
    for share in ladder.other_shares:
        other = build_cell(unit, ladder.cell.model_copy(update={"vacancies": share}))
        if len(other.symbols) in made:
            raise OptionError(
                f"shares of vacancies of {made[len(other.symbols)]:g} and {share:g} leave the same "
                f"{len(other.symbols)} ions in this cell; give shares further apart, or a larger --supercell"
            )
        made[len(other.symbols)] = share
        plans += [(out / SHARE.format(share) / f"{kelvin:g}K", settings(other, kelvin)) for kelvin in
                  ladder.temperatures_K]  # fmt: skip
    if ladder.size_check and ladder.cell.scattered:
        raise OptionError(
            "a larger disordered cell is another sample: instead of --size-check run it with its own --supercell and "
            "--out"
        )
    if ladder.size_check:
        larger = build_cell(unit, ladder.cell.model_copy(update={"supercell": ladder.size_check}))
        if len(larger.symbols) <= len(cell.symbols):
            raise OptionError(
                f"the size check has {len(larger.symbols)} atoms, the ladder {len(cell.symbols)}; give a larger one"
            )
        plans.append((out / LARGER / f"{ladder.checked_K:g}K", settings(larger, ladder.checked_K)))
    return plans


def run_ladder(
    ladder: Ladder,
    engine: Engine,
    out: Path,
    *,
    report: Report | None = None,
    note: Callable[[str], None] | None = None,
) -> list[RunResult]:
    """Relax the unit cell once and bring every run to its length, from wherever it stands.

    A run that has to stop (melting, lost atoms, outside the potential's range) does not end the ladder.

    Raises
    ------
    OptionError
        A choice this crystal does not offer, or the folder holds other runs.
    EngineError
        The engine failed; what was finished is kept.
    """
    from antiperovskite._files import check_writable
    from antiperovskite.distillation.monitor import range_monitors
    from antiperovskite.dynamics.run import run_dynamics
    from antiperovskite.dynamics.sources import starting_model, unit_cell_of_formula

    check_writable(out)
    unit = unit_cell_of_formula(starting_model(ladder.formula, ladder.cell), engine, out)
    results = []
    for folder, settings in plan_ladder(ladder, unit, engine, out):
        name = str(folder.relative_to(out))

        def progress(done: float, wanted: float, _frame: Any, name: str = name) -> None:
            if report is not None:
                report(name, done, wanted)

        symbols = settings.atoms().get_chemical_symbols()
        with range_monitors(engine, symbols) as monitors:
            results.append(run_dynamics(settings, engine, folder, ladder.ps, monitors=monitors, progress=progress))
            if note is not None:
                for monitor in monitors:
                    if monitor.excursions:
                        note(f"{name}: {monitor.summary()}")
    return results
