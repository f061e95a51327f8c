"""The final examination of a distilled potential, and the card it earns."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.distillation.card import potential_name, write_card, write_engine_card
from antiperovskite.distillation.checks import bulk, reaction_energy, relax_cell
from antiperovskite.distillation.design import Designer, pair_commands
from antiperovskite.distillation.errors import element_errors, force_error, rms_quantity
from antiperovskite.distillation.hop import (
    HOP,
    Hop,
    barrier_of,
    difference,
    hop_or_reason,
    mobile_ions,
    vacancy_hop,
    wrong_barriers,
)
from antiperovskite.distillation.model import Comparison, Cost, DistillationCard, Round, ValidRange
from antiperovskite.distillation.settings import DistillationSettings
from antiperovskite.distillation.starts import too_close
from antiperovskite.distillation.training import TrainingSet
from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import AntiperovskiteError, EngineError
from antiperovskite.migration.study import CITATIONS as HOP_CITATIONS
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity

if TYPE_CHECKING:
    from antiperovskite.distillation.distil import Progress, Subject
    from antiperovskite.distillation.fit import Solution
    from antiperovskite.distillation.frames import Labeller
    from antiperovskite.distillation.progress import Journal

GRADE_LIMIT: Final = 2.0
_TIMED_ATOMS: Final = 135
_TIMED_STEPS: Final = 100
_TIMED_RUNS: Final = 3
CITATIONS: Final = ("thompson2022", "ziegler1985", *HOP_CITATIONS)


def examine(
    settings: DistillationSettings,
    subject: Subject,
    engine: Engine,
    design: Designer,
    training: TrainingSet,
    solution: Solution,
    labeller: Labeller,
    rounds: tuple[Round, ...],
    journal: Journal,
    directory: Path,
    began: float,
    progress: Progress,
) -> DistillationCard:
    """Label fresh frames of the finished potential's dynamics, compare its physics with the teacher's, write the card.

    Raises
    ------
    EngineError
        No run of the finished potential gave a frame.
    """
    from antiperovskite._version import __version__
    from antiperovskite.distillation.distil import explore

    samples = explore(settings, subject, design, training, solution, directory, len(rounds) + 1, progress, stop=False)
    fresh = [frame for s in samples for frame in s.spaced if not too_close(frame)]
    if not fresh:
        raise EngineError(f"the finished potential does not run ({samples[0].ended}); begin with more --frames")
    fresh = labeller.label(fresh, lambda done: progress("label", f"examination {done}/{len(fresh)}"))
    journal.keep_frames("examination", fresh)
    residuals = training.residuals(fresh, solution.coefficients)
    source = f"{labeller.identity}, {len(training.frames)} training frames"
    broken = tuple(f"examination: {s.ended}" for s in samples if s.ended != "completed")
    commands = pair_commands(design.form, design.core, directory)
    write_engine_card(settings, subject.formula, engine.card, design.form, commands, directory)
    checks = compare(subject, engine, directory, source, progress)
    spent = journal.spent(process_time() - began, labeller.computed, labeller.seconds)
    card = DistillationCard(
        name=potential_name(directory),
        formula=subject.formula,
        teacher=engine.card.name,
        teacher_version=engine.card.version,
        teacher_method=engine.card.reference_method,
        form=design.form.label,
        form_kind=design.form.kind,
        form_settings=form_settings(design.form),
        coefficients=len(solution.coefficients),
        ridge=solution.ridge,
        curvature=solution.curvature,
        seed=settings.seed,
        training=training.groups(),
        held_out_frames=training.held_out,
        rounds=rounds,
        force_rmse=force_error(residuals, source),
        energy_rmse=rms_quantity(
            [r.energy for r in residuals], "eV/atom", "root mean square error per atom on the same frames", source
        ),
        stress_rmse=rms_quantity(
            [r.stress for r in residuals], "eV/angstrom^3", "root mean square of components on the same frames", source
        ).to("GPa"),
        errors=element_errors(residuals, source),
        checks=checks,
        valid=ValidRange(
            elements=design.form.elements,
            temperatures_K=(min(settings.temperatures_K), max(settings.temperatures_K)),
            compositions=training.formulas(),
            grade_limit=GRADE_LIMIT,
            largest_grade_seen=max(s.worst_grade for s in samples),
            core=None if design.core is None else (design.core.inner, design.core.outer),
        ),
        cost=Cost(
            teacher_labels=spent.labels,
            core_seconds=spent.core_seconds,
            label_seconds=spent.label_seconds,
            seconds_per_atom_step=speed(subject, design, commands),
        ),
        made_with=f"antiperovskite {__version__}",
        citations=tuple(dict.fromkeys((*engine.card.citations, *design.form.citations, *CITATIONS))),
        notes=(*given_notes(settings), *contact_notes(training), *broken, *wrong_barriers(checks)),
    )
    write_card(card, directory)
    return card


def given_notes(settings: DistillationSettings) -> tuple[str, ...]:
    """What the reader of the card must know of frames that were handed in."""
    if not settings.labelled:
        return ()
    return (
        f"begun from labelled frames that were handed in, taken for answers of {settings.teacher} as they are; "
        "no frames were constructed",
    )


def contact_notes(training: TrainingSet) -> tuple[str, ...]:
    """What was taught of ions nearer than the teacher may be asked about."""
    if not training.contacts:
        return ()
    return (
        f"{training.contacts} further frames hold two ions at or below the teacher's shortest distance, there with the "
        "universal nuclear repulsion: they only keep the form from a hole, and no run may go there",
    )


def form_settings(form: Any) -> dict[str, Any]:
    """The form's knobs as plain JSON, without its elements."""
    from dataclasses import asdict

    plain = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(form).items()}
    del plain["elements"]
    return plain


def compare(
    subject: Subject, engine: Engine, directory: Path, source: str, progress: Progress
) -> tuple[Comparison, ...]:
    """Lattice, stiffness, reaction energy and the shortest hop of each cation, by the teacher and by the potential."""
    from antiperovskite.engines.lammps.engine import create_lammps

    potential = create_lammps(f"lammps:{directory}")
    fast, slow = potential.calculator(), engine.calculator()
    found: list[Comparison] = []
    progress("check", "lattice and bulk modulus")
    solids = [_attempt(partial(bulk, subject.cell.atoms, calculator)) for calculator in (slow, fast)]
    lengths = [s if isinstance(s, str) else s.length for s in solids]
    moduli = [s if isinstance(s, str) else s.bulk_modulus for s in solids]
    found.append(_comparison("cube root of the relaxed cell's volume", "angstrom", lengths, source))
    found.append(_comparison("bulk modulus", "eV/angstrom^3", moduli, source, to="GPa"))
    progress("check", "reaction energy")
    reactions = [_reaction(subject, solid, calculator) for solid, calculator in zip(solids, (slow, fast), strict=True)]
    if all(r is not None for r in reactions):
        name = next((r[0] for r in reactions if isinstance(r, tuple)), "reaction")
        values = [r[1] if isinstance(r, tuple) else str(r) for r in reactions]
        found.append(_comparison(f"reaction {name}", "eV/formula", values, source, to="meV/formula"))
    return (*found, *hop_comparisons(subject, engine, potential, source, progress))


def hop_comparisons(
    subject: Subject, teacher: Engine, potential: Engine, source: str, progress: Progress
) -> tuple[Comparison, ...]:
    """The shortest vacancy hop of each cation, by one search with both engines."""
    found = []
    for ion in mobile_ions(subject.model):
        hops: list[Hop | str] = []
        for engine, who in ((teacher, "teacher"), (potential, "potential")):
            progress("check", f"vacancy hop of {ion}, {who}")
            hops.append(hop_or_reason(partial(vacancy_hop, subject.model, engine, ion)))
        slow, fast = (barrier_of(hop, source) for hop in hops)
        name = next((hop.name for hop in hops if isinstance(hop, Hop)), f"{HOP} {ion}")
        found.append(Comparison(name=name, teacher=slow, potential=fast, difference=difference(slow, fast, source)))
    return tuple(found)


def _attempt(work: Any) -> Any:
    """A result, or the reason why there is none."""
    try:
        return work()
    except AntiperovskiteError as error:
        return str(error)


def _reaction(subject: Subject, solid: Any, calculator: Any) -> Any:
    if isinstance(solid, str):
        return solid

    def energy_of(atoms: Any) -> float:
        return float(relax_cell(atoms, calculator).get_potential_energy())

    return _attempt(lambda: reaction_energy(subject.cell, subject.binaries, solid.energy, energy_of))


def _comparison(name: str, unit: str, values: Sequence[float | str], source: str, to: str | None = None) -> Comparison:
    method = "0 K, static; the same protocol by both engines; numerical error below the digits shown, none estimated"
    made: list[AnyQuantity] = []
    for value in values:
        if isinstance(value, str):
            made.append(NotComputed(unit=to or unit, method=value, source=source))
        else:
            q = Quantity(value=float(value), uncertainty=None, unit=unit, method=method, source=source)
            made.append(q.to(to) if to else q)
    difference: AnyQuantity
    if isinstance(made[0], Quantity) and isinstance(made[1], Quantity):
        difference = made[1].model_copy(
            update={"value": made[1].value - made[0].value, "method": f"potential minus teacher; {method}"}
        )
    else:
        difference = NotComputed(unit=to or unit, method="one of the two was not computed", source=source)
    return Comparison(name=name, teacher=made[0], potential=made[1], difference=difference)


def speed(subject: Subject, design: Designer, commands: Sequence[str]) -> AnyQuantity:
    """CPU seconds of one core per atom and step, for the card."""
    return Quantity(
        value=time_per_atom_step(subject.cell.atoms, design.form.elements, commands),
        uncertainty=None,
        unit="s",
        n=_TIMED_RUNS,
        method=(
            f"fastest of {_TIMED_RUNS} runs of {_TIMED_STEPS} steps of about {_TIMED_ATOMS} atoms at constant energy, "
            "CPU time of one core; depends on the machine and its load"
        ),
        source="LAMMPS",
    )


def time_per_atom_step(cell: Any, elements: Sequence[str], commands: Sequence[str]) -> float:
    """CPU seconds per atom and step of constant-energy dynamics at 300 K of about 135 atoms.

    Parameters
    ----------
    cell
        ``ase.Atoms``, repeated to that size.
    elements, commands
        Element of each LAMMPS type, and the pair commands.
    """
    from antiperovskite.distillation.starts import repeats
    from antiperovskite.engines.lammps import load_structure, session, set_potential

    atoms = cell.repeat(repeats(cell, _TIMED_ATOMS))
    times = []
    with session() as lmp:
        load_structure(lmp, atoms, elements=elements)
        set_potential(lmp, commands, skin=1.0)
        for line in ("timestep 0.0005", "velocity all create 300 1", "fix move all nve", "run 5 post no"):
            lmp.command(line)
        for _ in range(_TIMED_RUNS):
            start = process_time()
            lmp.command(f"run {_TIMED_STEPS} post no")
            times.append(process_time() - start)
    return min(times) / _TIMED_STEPS / len(atoms)
