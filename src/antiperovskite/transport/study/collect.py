"""Folders of finished runs as one study, whoever made them (``conductivity``, ``md``) and in whatever order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from antiperovskite.distillation.model import DistillationCard
from antiperovskite.dynamics.run import SETTINGS
from antiperovskite.engines import get_engine
from antiperovskite.engines.lammps.engine import PREFIX
from antiperovskite.engines.model import EngineCard
from antiperovskite.errors import AntiperovskiteError, DataError, OptionError
from antiperovskite.transport.study.coverage import distillation_card
from antiperovskite.transport.study.model import ConductivityStudy, SizeCheck, Step
from antiperovskite.transport.study.size import size_check
from antiperovskite.transport.study.step import analyse_step, mobile_species, run_of
from antiperovskite.transport.study.summary import summarise

Note = Callable[[str], None]


def run_folders(root: Path) -> list[Path]:
    """Folders of runs below ``root``, sorted."""
    return sorted(path.parent for path in root.rglob(SETTINGS))


def study_of_folder(
    root: Path, formula: str, *, engine_name: str = "", made_by: str = "", note: Note | None = None
) -> ConductivityStudy:
    """Analyse every finished run below a folder.

    Runs of one cell make the ladder: the cell with the most temperatures, the smallest of them. Runs of larger cells
    at temperatures of the ladder are its size checks.

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
    note
        Called with what was left out and why.

    Raises
    ------
    DataError
        No finished run is there.
    OptionError
        The runs were made with different engines.
    """
    groups: dict[tuple[str, ...], dict[float, Path]] = {}
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
        key = tuple(sorted(settings.atoms().get_chemical_symbols()))
        groups.setdefault(key, {})[settings.conditions.temperature_K] = folder
    if not groups:
        raise DataError(
            f"no finished run in {root}; make them with: antiperovskite conductivity {formula} --out {root}"
        )
    if len(engines) > 1:
        raise OptionError(f"the runs in {root} were made with different engines ({', '.join(engines)}); separate them")
    ladder = max(groups, key=lambda key: (len(groups[key]), -len(key)))
    steps = {kelvin: analyse_step(folder) for kelvin, folder in sorted(groups[ladder].items())}
    settings, _ = run_of(next(iter(groups[ladder].values())))
    checks = _checks(groups, ladder, steps, species)
    (engine,) = engines.values()
    return summarise(
        formula,
        engine,
        list(steps.values()),
        species=species,
        cell_notes=settings.notes,
        size_checks=checks,
        card=_card(engine_name or engine.name, engine.version),
        made_by=made_by,
    )


def _checks(
    groups: dict[tuple[str, ...], dict[float, Path]],
    ladder: tuple[str, ...],
    steps: dict[float, Step],
    species: tuple[str, ...],
) -> list[SizeCheck]:
    found = []
    for key, folders in sorted(groups.items(), key=lambda item: len(item[0])):
        if len(key) <= len(ladder):
            continue
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
