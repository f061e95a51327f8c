"""Folders of finished runs as one study, whoever made them (``conductivity``, ``md``) and in whatever order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from antiperovskite.distillation.model import DistillationCard
from antiperovskite.dynamics.model import RunSettings
from antiperovskite.dynamics.run import SETTINGS
from antiperovskite.engines import get_engine
from antiperovskite.engines.lammps.engine import PREFIX
from antiperovskite.engines.model import EngineCard
from antiperovskite.errors import AntiperovskiteError, DataError, OptionError
from antiperovskite.transport.study.coverage import distillation_card
from antiperovskite.transport.study.model import ConductivityStudy, SizeCheck, Step, StudyScenes
from antiperovskite.transport.study.sites import octahedron_centre
from antiperovskite.transport.study.size import size_check
from antiperovskite.transport.study.step import analyse_step, mobile_species, open_tail, run_of, vacancies_of
from antiperovskite.transport.study.summary import summarise

Note = Callable[[str], None]


def run_folders(root: Path) -> list[Path]:
    """Folders of runs below ``root``, sorted."""
    return sorted(path.parent for path in root.rglob(SETTINGS))


def study_of_folder(
    root: Path,
    formula: str,
    *,
    engine_name: str = "",
    made_by: str = "",
    vacancies: float | None = None,
    note: Note | None = None,
) -> ConductivityStudy:
    """Analyse every finished run below a folder.

    Runs of one cell make the ladder: the cell with the most temperatures, the smallest of them. Runs of larger cells
    at temperatures of the ladder are its size checks (where several have another share of vacancies, those nearest to
    the ladder's). Runs of cells as large with another share of vacancies show how much depends on it.

    Parameters
    ----------
    root
        Folder that holds run folders, at any depth.
    formula
        The compound.
    engine_name
        Name under which the engine's card of a distilled potential is found; the runs' own if not given.
    made_by
        Command that repeats the study.
    vacancies
        Share of the ladder, where several shares have as many temperatures; the largest if not given.
    note
        Called with what was left out and why.

    Raises
    ------
    DataError
        No finished run is there.
    OptionError
        The runs were made with different engines.
    """
    groups: dict[_Cell, dict[float, Path]] = {}
    engines: dict[str, EngineCard] = {}
    species: tuple[str, ...] = ()
    for folder in run_folders(root):
        try:
            settings, _ = run_of(folder)
        except DataError as error:
            if note is not None:
                note(f"left out: {error}")
            continue
        engines[settings.engine.version] = settings.engine
        species = species or mobile_species(settings)
        groups.setdefault(_cell(settings), {})[settings.conditions.temperature_K] = folder
    if not groups:
        raise DataError(
            f"no finished run in {root}; make them with: antiperovskite conductivity {formula} --out {root}"
        )
    if len(engines) > 1:
        raise OptionError(f"the runs in {root} were made with different engines ({', '.join(engines)}); separate them")

    def rank(cell: _Cell) -> tuple[float, ...]:
        away = 0.0 if vacancies is None else abs(cell.share - vacancies)
        return (len(groups[cell]), -cell.sites, -away, -len(cell.symbols))

    ladder = max(groups, key=rank)
    steps = {kelvin: analyse_step(folder) for kelvin, folder in sorted(groups[ladder].items())}
    settings, _ = run_of(next(iter(groups[ladder].values())))
    checks = _checks(groups, ladder, steps, species)
    (engine,) = engines.values()
    study = summarise(
        formula,
        engine,
        list(steps.values()),
        species=species,
        cell_notes=settings.notes,
        size_checks=checks,
        other_shares=[
            analyse_step(folder)
            for cell in sorted(groups, key=lambda cell: -len(cell.symbols))
            if cell != ladder and cell.sites == ladder.sites
            for _, folder in sorted(groups[cell].items())
        ],
        card=_card(engine_name or engine.name, engine.version),
        made_by=made_by,
    )
    return study.model_copy(update={"scenes": _scenes(steps, groups[ladder], species)})


def _scenes(steps: dict[float, Step], folders: dict[float, Path], species: tuple[str, ...]) -> StudyScenes | None:
    """Density and hops of the hottest run in which every species was measured."""
    from antiperovskite.transport.study.scenes import study_scenes

    measured = [kelvin for kelvin, step in steps.items() if step.results and not step.refused]
    if not measured:
        return None
    folder = folders[max(measured)]
    settings, result = run_of(folder)
    return study_scenes(open_tail(folder, settings, result), species, octahedron_centre(settings), max(measured))


class _Cell(NamedTuple):
    """What tells cells apart: their ions, and how many cation sites they had before vacancies were made."""

    symbols: tuple[str, ...]
    sites: int
    share: float


def _cell(settings: RunSettings) -> _Cell:
    symbols = tuple(sorted(settings.atoms().get_chemical_symbols()))
    found = vacancies_of(settings)
    if found is None:
        return _Cell(symbols, sum(symbols.count(one) for one in mobile_species(settings)), 0.0)
    return _Cell(symbols, found.sites, found.share)


def _checks(
    groups: dict[_Cell, dict[float, Path]],
    ladder: _Cell,
    steps: dict[float, Step],
    species: tuple[str, ...],
) -> list[SizeCheck]:
    found = []
    larger: dict[int, list[_Cell]] = {}
    for cell in groups:
        if cell.sites > ladder.sites:
            larger.setdefault(cell.sites, []).append(cell)
    for _, cells in sorted(larger.items()):
        folders = groups[min(cells, key=lambda cell: abs(cell.share - ladder.share))]
        for kelvin in sorted(set(folders) & set(steps)):
            large = analyse_step(folders[kelvin])
            found += [size_check(steps[kelvin], large, one) for one in species]
    return found


def _card(name: str, version: str) -> DistillationCard | None:
    """The card of the potential that made the runs, if it is still where the name says and the same."""
    if not name.startswith(PREFIX):
        return None
    try:
        engine = get_engine(name)
    except AntiperovskiteError:
        return None
    return distillation_card(engine) if engine.card.version == version else None
