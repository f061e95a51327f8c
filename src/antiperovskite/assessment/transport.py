"""How fast do its ions move? The shipped study of the compound, or a ladder of runs with a shipped potential."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from antiperovskite.assessment.options import Options, Progress
from antiperovskite.composition.model import Formula
from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import MissingEngineError
from antiperovskite.quantity import AnyQuantity, NotComputed
from antiperovskite.transport.study.coverage import AUTO, UncoveredError, conduction_engine
from antiperovskite.transport.study.model import ConductivityStudy

CONDUCTION_QUANTITIES: Final = {
    "activation_energy": "eV",
    "conductivity_298K": "S/cm",
    "nernst_einstein_conductivity_298K": "S/cm",
    "haven_ratio": "1",
}
"""Quantities of an assessment at depth deep, computed or with the reason why not."""
TEMPERATURES_K: Final = (800.0, 900.0, 1000.0, 1100.0)
VACANCIES: Final = 0.025
PS: Final = 50.0


@dataclass(frozen=True)
class Conduction:
    """The study, or the reason why there is none."""

    study: ConductivityStudy | None = None
    reason: str = ""
    asked: bool = False

    @property
    def quantities(self) -> dict[str, AnyQuantity]:
        """The numbers that stand among the assessment's quantities; none where the depth does not ask for them."""
        if self.study is not None:
            return {name: getattr(self.study, name) for name in CONDUCTION_QUANTITIES}
        if not self.asked:
            return {}
        return {name: NotComputed(unit=unit, method=self.reason) for name, unit in CONDUCTION_QUANTITIES.items()}


def assess_conduction(formula: Formula, options: Options, folder: Path, progress: Progress) -> Conduction:
    """Return the conduction of a compound at depth deep, the reason why not at any other.

    A study that comes with the package is taken as it is; otherwise a distilled potential that comes with the package
    runs a ladder in ``folder``, where the same call goes on.

    Raises
    ------
    EngineError
        The potential failed; what was finished is kept.
    """
    name = formula.formula
    if not options.settings.conduction:
        return Conduction(reason=f"computed at depth deep, or with: antiperovskite conductivity {name}")
    from antiperovskite.transport.study import shipped_study

    known = shipped_study(name)
    if known is not None:
        progress("conduction", "a study of this compound comes with the package")
        return Conduction(known, asked=True)
    try:
        engine = conduction_engine(AUTO, name)
        return Conduction(_run(name, engine, folder, progress), asked=True)
    except (UncoveredError, MissingEngineError) as error:  # without LAMMPS everything else still stands
        return Conduction(reason=str(error), asked=True)


def _run(formula: str, engine: Engine, folder: Path, progress: Progress) -> ConductivityStudy:
    from antiperovskite.dynamics.plan import CellChoice
    from antiperovskite.transport.study import Ladder, run_ladder, study_of_folder

    ladder = Ladder(
        formula=formula, temperatures_K=TEMPERATURES_K, cell=CellChoice(supercell="3", vacancies=VACANCIES), ps=PS
    )
    out = folder / f"{formula}-{engine.card.version.split()[-1]}"
    progress(
        "conduction", f"{len(TEMPERATURES_K)} runs of {PS:g} ps with {engine.card.name}: about 10 core-minutes each"
    )

    def report(run: str, done: float, wanted: float) -> None:
        progress("conduction", f"{run}: step {done:g} of {wanted:g} ps")

    run_ladder(ladder, engine, out, report=report)
    command = f"antiperovskite assess {formula} --depth deep"
    return study_of_folder(out, formula, engine_name=engine.card.name, made_by=command)
