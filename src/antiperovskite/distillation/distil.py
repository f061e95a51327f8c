"""From a slow engine to a potential LAMMPS runs: constructed frames, rounds of active learning, a final examination."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any, Final

from antiperovskite._files import check_writable
from antiperovskite.distillation.card import write_engine_card
from antiperovskite.distillation.contacts import GROUP as CONTACT
from antiperovskite.distillation.contacts import contact_frames, pressed
from antiperovskite.distillation.design import Core, Designer, designer, pair_commands
from antiperovskite.distillation.errors import force_error
from antiperovskite.distillation.examine import examine
from antiperovskite.distillation.fit import Solution
from antiperovskite.distillation.forms import Form, Pod, Snap
from antiperovskite.distillation.frames import Frame, Labeller, frame_key, frame_of
from antiperovskite.distillation.hop import hop_or_reason, mobile_ions, vacancy_hop
from antiperovskite.distillation.labelled import check_labelled, fingerprint
from antiperovskite.distillation.model import DistillationCard, Round
from antiperovskite.distillation.outside import GROUP as OUTSIDE
from antiperovskite.distillation.progress import Journal
from antiperovskite.distillation.sampling import Sample, sample, sampling_runs
from antiperovskite.distillation.settings import DistillationSettings
from antiperovskite.distillation.starts import (
    Crystal,
    binary_cells,
    binary_frames,
    crystal_of,
    dressed,
    remove_pair,
    repeats,
    scattered_crystal,
    starting_frames,
    too_close,
)
from antiperovskite.distillation.training import (
    PATH_WEIGHT,
    TrainingSet,
    core_distances,
    shortest_distance,
    write_potential,
)
from antiperovskite.distillation.uf3 import Uf3
from antiperovskite.engines.lammps.engine import create_lammps
from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import AntiperovskiteError, EngineError
from antiperovskite.structures.model import StructureModel

Progress = Callable[[str, str], None]
_BINARY_FRAMES: Final = 10
_DEFECTIVE_CELLS: Final = 2
_PATH_SHAKE: Final = 0.03  # angstrom


@dataclass(frozen=True)
class Subject:
    """The crystal being learnt: one relaxed cell, the supercell of the training set, its relaxed binaries."""

    formula: str
    model: StructureModel
    cell: Crystal
    supercell: Crystal
    binaries: list[tuple[str, Any]]
    timestep_fs: float


def distil(
    settings: DistillationSettings,
    engine: Engine,
    directory: Path,
    progress: Progress = lambda step, detail: None,
    labelled: Sequence[Frame] = (),
    outside: Sequence[Frame] = (),
) -> DistillationCard:
    """Distil ``engine`` for a compound into a potential in ``directory``.

    Labels and finished rounds are kept there; the same call after an interruption goes on where it stopped.

    Parameters
    ----------
    settings
        What and for which conditions.
    engine
        The teacher.
    directory
        Gets ``potential.json`` (which ``lammps:DIRECTORY`` runs), the coefficients, ``grade.npz``, ``card.json``, and
        under ``work/`` the labels and training frames.
    progress
        Called with (step, detail).
    labelled
        Frames with the teacher's answers to begin from instead of constructed ones, see
        :func:`~antiperovskite.distillation.labelled.read_labelled`.
    outside
        Frames of runs that left the range of the potential in ``directory``, see
        :func:`~antiperovskite.distillation.outside.frames_outside`: labelled, kept there, and learnt.

    Raises
    ------
    OptionError
        The directory holds another distillation, or cannot be written; or the frames given do not fit the compound.
    EngineError
        The teacher failed, or the fitted potential never ran.
    """
    began = process_time()
    check_writable(directory)
    settings = settings.model_copy(update={"labelled": fingerprint(labelled)})
    journal = Journal(directory / "work", settings, engine.card)
    labeller = Labeller(engine, directory / "work" / "labels")
    subject = prepare(settings, engine, journal, progress)
    form, core = _form(settings, subject)
    check_labelled(labelled, form.elements)
    with designer(form, core) as design:
        training = TrainingSet(design)
        start = journal.frames("start") or _start(settings, subject, labeller, journal, progress, labelled)
        journal.spent(process_time() - began, labeller.computed, labeller.seconds)
        progress("fit", f"{len(start)} {'given' if labelled else 'constructed'} frames")
        training.add(start)
        training.warn_of(pressed(_contacts(subject, labeller, journal, progress)))
        training.add(_outside(outside, labeller, journal, progress))
        rounds = _rounds(settings, subject, design, training, labeller, journal, progress, directory)
        journal.spent(process_time() - began, labeller.computed, labeller.seconds)
        path = journal.frames("path") or _path(settings, subject, engine, training, labeller, journal, progress)
        training.add(path, PATH_WEIGHT)
        solution = training.solve()
        write_potential(form, core, solution.coefficients, training.grader(), directory)
        return examine(
            settings, subject, engine, design, training, solution, labeller, rounds, journal, directory, began, progress
        )


def prepare(settings: DistillationSettings, engine: Engine, journal: Journal, progress: Progress) -> Subject:
    """Build the compound, relax it and its binaries with the teacher."""
    from antiperovskite.composition import resolve
    from antiperovskite.structures import build_structure

    formula = resolve(settings.formula)
    model = build_structure(formula)
    kept = journal.crystals()
    if kept is None:
        cell, binaries = relaxed_crystals(model, engine, progress)
        journal.keep_crystals(cell.atoms, binaries)
    else:
        cell = dressed(model, kept[0])
        binaries = kept[1]
    return subject_of(formula.canonical, model, cell, binaries, settings.cell_atoms)


def relaxed_crystals(
    model: StructureModel, engine: Engine, progress: Progress
) -> tuple[Crystal, list[tuple[str, Any]]]:
    """The crystal and its binaries, relaxed with the teacher."""
    from antiperovskite.distillation.checks import relax_cell
    from antiperovskite.engines import relax

    progress("relax", model.formula)
    cell = crystal_of(model, relax(model.to_pymatgen(), engine, keep_symmetry=True).to_pymatgen())
    binaries = []
    for name, atoms in binary_cells(cell):
        progress("relax", name)
        try:
            binaries.append((name, relax_cell(atoms, engine.calculator()).copy()))
        except AntiperovskiteError:  # a binary that has no such structure teaches nothing
            continue
    return cell, binaries


def subject_of(
    formula: str, model: StructureModel, cell: Crystal, binaries: list[tuple[str, Any]], cell_atoms: int
) -> Subject:
    """What is learnt about a relaxed crystal, in supercells of about ``cell_atoms`` atoms."""
    from antiperovskite.dynamics.conditions import default_timestep_fs

    timestep, _ = default_timestep_fs(set(cell.atoms.get_chemical_symbols()))
    supercell = cell.repeat(repeats(cell.atoms, cell_atoms))
    return Subject(formula, model, cell, supercell, binaries, min(timestep, 1.0))


def _form(settings: DistillationSettings, subject: Subject) -> tuple[Form, Core]:
    symbols = subject.cell.atoms.get_chemical_symbols()
    elements = tuple(dict.fromkeys(symbols))  # in the order of the sites: X, B, A
    core, inner = core_distances(shortest_distance(subject.cell.atoms))
    if settings.form == "snap":
        return Snap(elements, settings.cutoff), core
    if settings.form == "uf3":
        return Uf3(
            elements, settings.cutoff, inner, settings.pair_intervals, settings.three_cutoff, settings.splines
        ), core
    form = Pod(
        elements,
        cutoff=settings.cutoff,
        inner=inner,
        two_body=settings.two_body,
        three_body=settings.three_body,
        four_body=settings.four_body,
    )
    return form, core


def _start(
    settings: DistillationSettings,
    subject: Subject,
    labeller: Labeller,
    journal: Journal,
    progress: Progress,
    labelled: Sequence[Frame],
) -> list[Frame]:
    import numpy as np

    if labelled:
        journal.keep_frames("start", list(labelled))
        return list(labelled)
    random = np.random.default_rng(settings.seed)
    frames = starting_frames(subject.supercell, settings.frames, settings.seed)
    for name, atoms in subject.binaries:
        frames += binary_frames(name, atoms, _BINARY_FRAMES, random)
    answered = _label(frames, labeller, progress, "constructed frames")
    journal.keep_frames("start", answered)
    return answered


def _label(frames: list[Frame], labeller: Labeller, progress: Progress, what: str) -> list[Frame]:
    def told(done: int) -> None:
        per_frame = labeller.seconds / labeller.computed if labeller.computed else 0.0
        left = per_frame * (len(frames) - done)
        progress("label", f"{what} {done}/{len(frames)}, about {left:.0f} s left")

    return labeller.label(frames, told)


def _contacts(subject: Subject, labeller: Labeller, journal: Journal, progress: Progress) -> list[Frame]:
    """Every pair of elements at the shortest distance the teacher may be asked at, and on the way there."""
    kept = journal.frames(CONTACT)
    if kept is None:
        kept = _label(contact_frames(subject.supercell), labeller, progress, "contacts")
        journal.keep_frames(CONTACT, kept)
    return kept


def _outside(given: Sequence[Frame], labeller: Labeller, journal: Journal, progress: Progress) -> list[Frame]:
    """Frames from beyond the range that were learnt before, and those given now."""
    kept = journal.frames(OUTSIDE) or []
    known = {frame_key(frame, "") for frame in kept}
    new = [frame for frame in given if frame_key(frame, "") not in known]
    if new:
        kept += _label(new, labeller, progress, "frames from outside the range")
        journal.keep_frames(OUTSIDE, kept)
    return kept


def _rounds(
    settings: DistillationSettings,
    subject: Subject,
    design: Designer,
    training: TrainingSet,
    labeller: Labeller,
    journal: Journal,
    progress: Progress,
    directory: Path,
) -> tuple[Round, ...]:
    """Active learning: run, label what is strange and what is ordinary, say how wrong it was, add it, fit again."""
    rounds: list[Round] = []
    for number in range(1, settings.rounds + 1):
        kept = journal.round(number)
        if kept is not None:
            record, frames = kept
            training.add(frames)
            rounds.append(record)
        else:
            record, frames = _round(number, settings, subject, design, training, labeller, progress, directory)
            training.add(frames)
            rounds.append(record)
            journal.keep_round(record, frames)
        error = record.force_rmse
        if error is not None and error.value <= settings.target and not record.unfinished_runs:
            break
    return tuple(rounds)


def _round(
    number: int,
    settings: DistillationSettings,
    subject: Subject,
    design: Designer,
    training: TrainingSet,
    labeller: Labeller,
    progress: Progress,
    directory: Path,
) -> tuple[Round, list[Frame]]:
    solution = training.solve()
    samples = explore(settings, subject, design, training, solution, directory, number, progress)
    ordinary = [frame for s in samples for frame in s.spaced if not too_close(frame)]
    strange = [frame for s in samples for frame in s.strange if not too_close(frame)]
    if not ordinary and not strange:
        raise EngineError(
            f"round {number}: no run of the fitted potential gave a usable frame ({samples[0].ended}); "
            "begin with more --frames"
        )
    ordinary = _label(ordinary, labeller, progress, f"round {number}, ordinary frames")
    strange = _label(strange, labeller, progress, f"round {number}, strange frames")
    residuals = training.residuals(ordinary, solution.coefficients)
    record = Round(
        number=number,
        training_frames=len(training.frames),
        force_rmse=force_error(residuals, labeller.identity) if residuals else None,
        strange_frames=len(strange),
        unfinished_runs=tuple(s.ended for s in samples if s.ended != "completed"),
    )
    error = f"{1000 * record.force_rmse.value:.0f} meV/angstrom" if record.force_rmse else "unknown"
    progress("round", f"{number}: {record.training_frames} frames, force error {error}, {len(strange)} strange frames")
    return record, ordinary + strange


def _path(
    settings: DistillationSettings,
    subject: Subject,
    engine: Engine,
    training: TrainingSet,
    labeller: Labeller,
    journal: Journal,
    progress: Progress,
) -> list[Frame]:
    """The hops as the fitted potential sees them, labelled: dynamics hardly ever visits the saddles."""
    import numpy as np

    progress("run", "vacancy hops, to be learnt")
    scratch = journal.directory / "present"
    solution = training.solve()
    write_potential(training.form, training.core, solution.coefficients, training.grader(), scratch)
    commands = pair_commands(training.form, training.core, scratch)
    write_engine_card(settings, subject.formula, engine.card, training.form, commands, scratch)
    potential = create_lammps(f"lammps:{scratch}")
    images: list[Any] = []
    for ion in mobile_ions(subject.model):
        found = hop_or_reason(partial(vacancy_hop, subject.model, potential, ion))
        if isinstance(found, str):  # a compound without such a hop, or a potential that cannot find it yet
            progress("run", f"no vacancy hop of {ion}: {found}")
            continue
        images += found.images
    random = np.random.default_rng(settings.seed + 5)
    frames = [frame_of(image, "path") for image in images]
    for image in images:
        shaken = image.copy()
        shaken.positions += _PATH_SHAKE * random.normal(size=shaken.positions.shape)
        frames.append(frame_of(shaken, "path"))
    labelled = _label([frame for frame in frames if not too_close(frame)], labeller, progress, "hop")
    if labelled:
        journal.keep_frames("path", labelled)
    return labelled


def explore(
    settings: DistillationSettings,
    subject: Subject,
    design: Designer,
    training: TrainingSet,
    solution: Solution,
    directory: Path,
    number: int,
    progress: Progress,
    *,
    stop: bool = True,
) -> list[Sample]:
    """Run the potential of this moment in the perfect and the defective cells at every temperature."""
    scratch = directory / "work" / "present"
    check_writable(scratch)
    grader = training.grader()
    write_potential(design.form, design.core, solution.coefficients, grader, scratch)
    runs = sampling_runs(
        sampling_cells(settings, subject, number),
        list(settings.sampling_temperatures),
        settings.time_ps,
        subject.timestep_fs,
        settings.seed + 1000 * number,
    )
    samples = []
    for index, run in enumerate(runs, start=1):
        progress("run", f"round {number}, {run.temperature_K:g} K, {index}/{len(runs)}")
        samples.append(sample(run, design.form, design.core, grader, scratch, design, spaced=2, strange=2, stop=stop))
    return samples


def sampling_cells(settings: DistillationSettings, subject: Subject, number: int) -> list[Frame]:
    """The perfect supercell, a disordered one if there is, and two with pairs taken out unless none are wanted.

    The last pairs leave the disordered cell, whose ions have the surroundings of a real sample.
    """
    import numpy as np

    disordered = scattered_crystal(subject.model, subject.cell, settings.cell_atoms, settings.seed + number)
    perfect = [subject.supercell, *([] if disordered is None else [disordered])]
    cells = [frame_of(crystal.atoms, "md") for crystal in perfect]
    if settings.vacancies <= 0.0:
        return cells
    random = np.random.default_rng(settings.seed + 77 * number)
    wanted = max(1, round(settings.vacancies * len(subject.supercell.ions("X"))))
    for k in range(_DEFECTIVE_CELLS):
        crystal = perfect[k % len(perfect)]
        for _ in range(wanted):
            crystal, _, _ = remove_pair(crystal, random)
        cells.append(frame_of(crystal.atoms, "md"))
    return cells
