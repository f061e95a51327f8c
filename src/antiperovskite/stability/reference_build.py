"""Relaxing the reference phases with an engine, one or several at a time, resumable after any interruption."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from antiperovskite._files import check_writable, write_atomically
from antiperovskite._model import Model
from antiperovskite._version import __version__
from antiperovskite.engines.candidates import lowest_candidate
from antiperovskite.engines.model import Relaxation
from antiperovskite.engines.protocol import Engine
from antiperovskite.engines.relax import relax
from antiperovskite.errors import AntiperovskiteError, OptionError
from antiperovskite.stability.phases import ConstructedPhase, ReferencePhase, build_phase
from antiperovskite.stability.reference_lock import reference_lock
from antiperovskite.stability.references import (
    CompactStructure,
    FailedReference,
    ReferenceEntry,
    ReferenceSet,
    load_reference_set,
    reference_set,
)
from antiperovskite.structures.model import StructureModel

Report = Callable[[str, int, int], None]
"""Called before each phase with (name, number, total); with several workers after it."""

FMAX = 0.01
MAX_STEPS = 600
SYMPREC = 0.05  # angstrom
RATTLE = 0.02  # angstrom; lets clusters of constructed phases leave symmetric saddle points
SETTINGS = (
    f"quasi-Newton (ase LBFGS or BFGS), cell and positions, space group kept, fmax {FMAX:g} eV/angstrom; constructed "
    f"phases: all candidates rattled by {RATTLE:g} angstrom, symmetry free, the lowest kept"
)


class StructurePhase(Model):
    """A competing phase known by a structure from elsewhere, such as a database."""

    name: str
    formula: str
    kind: str
    trust: str
    source: str
    structure: CompactStructure

    @property
    def elements(self) -> frozenset[str]:
        """Elements in the phase."""
        return frozenset(self.structure.species)


AnyPhase = ReferencePhase | ConstructedPhase | StructurePhase
Outcome = tuple[str, ReferenceEntry | FailedReference]


def build_references(
    phases: Sequence[AnyPhase],
    engine: Engine,
    directory: Path,
    *,
    report: Report | None = None,
    again: bool = False,
    workers: int = 1,
) -> ReferenceSet:
    """Relax ``phases`` with ``engine`` and keep ``<directory>/<engine>.json`` up to date after each.

    Finished phases are not computed again; failed ones are retried. With ``again`` everything is. With several
    ``workers`` phases are relaxed in as many processes of one thread; this process alone writes, and the result does
    not depend on their number.

    Raises
    ------
    MissingEngineError
        The engine's packages are not installed; nothing is written.
    OptionError
        Another process writes this set, or the engine is not registered and so unknown to worker processes.
    """
    check_writable(directory)
    path = directory / f"{engine.card.name}.json"
    if workers > 1:
        check_registered(engine)
    if any(phase.name not in _finished(path, again) for phase in phases):
        engine.calculator()  # a missing engine is one error here, not a failure of every phase
    with reference_lock(directory, engine.card.name):
        entries = _finished(path, again)
        earlier = load_reference_set(path).failures if path.is_file() and not again else ()
        named = [phase.name for phase in phases]
        failures = {failure.name: failure for failure in earlier if failure.name not in named}
        order = {name: number for number, name in enumerate(dict.fromkeys([*named, *entries]))}
        open_phases = [phase for phase in phases if phase.name not in entries]
        done = len(phases) - len(open_phases)
        for name, outcome in _outcomes(open_phases, engine, workers, report, done):
            if isinstance(outcome, FailedReference):
                failures[name] = outcome
            else:
                entries[name] = outcome
            _write(path, engine, entries, failures, order)
        result = _write(path, engine, entries, failures, order)
    reference_set.cache_clear()
    return result


def _finished(path: Path, again: bool) -> dict[str, ReferenceEntry]:
    done = load_reference_set(path) if path.is_file() and not again else None
    return {entry.name: entry for entry in done.entries} if done else {}


def _outcomes(
    phases: Sequence[AnyPhase], engine: Engine, workers: int, report: Report | None, done: int
) -> Iterator[Outcome]:
    """Relax the phases and give each result as soon as there is one."""
    total = done + len(phases)
    if workers > 1 and len(phases) > 1:
        from antiperovskite.stability.reference_workers import relax_in_processes

        finished = relax_in_processes(phases, engine.card.name, min(workers, len(phases)))
        for number, (name, outcome) in enumerate(finished, start=done + 1):
            if report is not None:
                report(name, number, total)
            yield name, outcome
        return
    for number, phase in enumerate(phases, start=done + 1):
        if report is not None:
            report(phase.name, number, total)
        yield phase.name, relax_or_reason(phase, engine)


def relax_or_reason(phase: AnyPhase, engine: Engine) -> ReferenceEntry | FailedReference:
    """Relax one phase; a phase that cannot be relaxed gives the reason instead of an exception."""
    try:
        return relax_phase(phase, engine)
    except AntiperovskiteError as error:
        return FailedReference(name=phase.name, reason=str(error))


def check_registered(engine: Engine) -> None:
    """Check that a worker process finds the engine by its name.

    Raises
    ------
    OptionError
        It does not; one worker needs no name.
    """
    from antiperovskite.engines.registry import get_engine, known_engines

    if engine.card.name not in known_engines() or get_engine(engine.card.name).card != engine.card:
        raise OptionError(
            f"engine {engine.card.name!r} is not registered, so that worker processes cannot load it; use one worker"
        )


def _write(
    path: Path,
    engine: Engine,
    entries: dict[str, ReferenceEntry],
    failures: dict[str, FailedReference],
    order: dict[str, int],
) -> ReferenceSet:
    """Write what there is, in the order of the phases whatever the order they were finished in."""
    result = ReferenceSet(
        engine=engine.card,
        settings=SETTINGS,
        package_version=__version__,
        entries=tuple(sorted(entries.values(), key=lambda entry: order[entry.name])),
        failures=tuple(sorted(failures.values(), key=lambda failure: order.get(failure.name, len(order)))),
    )
    write_atomically(path, result.model_dump_json(indent=None) + "\n")
    return result


def relax_phase(phase: AnyPhase, engine: Engine) -> ReferenceEntry:
    """Relax one reference phase; a constructed one through all its candidate structures."""
    if isinstance(phase, ConstructedPhase):
        return _relax_constructed(phase, engine)
    start = phase.structure.to_pymatgen() if isinstance(phase, StructurePhase) else build_phase(phase)
    relaxed = relax(start, engine, fmax=FMAX, max_steps=MAX_STEPS, keep_symmetry=True)
    return _entry(phase.name, phase.kind, phase.trust, phase.source, start, relaxed, compare_lattice=True)


def _relax_constructed(phase: ConstructedPhase, engine: Engine) -> ReferenceEntry:
    """Relax every candidate (clusters slightly displaced, symmetry free) and keep the lowest in energy."""
    from antiperovskite.composition import resolve
    from antiperovskite.structures import candidate_structures

    def relax_one(candidate: StructureModel) -> Relaxation:
        return relax(candidate.to_pymatgen(), engine, fmax=FMAX, max_steps=MAX_STEPS, rattle=RATTLE, seed=1)

    lowest = lowest_candidate(candidate_structures(resolve(phase.formula)), relax_one)
    chosen, relaxed = lowest.model, lowest.relaxation
    source = f"constructed: {chosen.description} (lowest of the candidates in {engine.card.name})"
    return _entry(
        phase.name, "antiperovskite", "constructed", source, chosen.to_pymatgen(), relaxed, compare_lattice=False
    )


def _entry(
    name: str, kind: str, trust: str, source: str, start: Any, relaxed: Relaxation, *, compare_lattice: bool
) -> ReferenceEntry:
    from antiperovskite.structures.symmetry import spacegroup

    structure = relaxed.to_pymatgen()
    composition = structure.composition.element_composition
    formula, factor = composition.get_reduced_formula_and_factor()
    ratios = [after / before - 1.0 for after, before in zip(structure.lattice.abc, start.lattice.abc, strict=True)]
    linear = (structure.volume / start.volume) ** (1 / 3) - 1
    return ReferenceEntry(
        name=name,
        formula=formula,
        kind=kind,
        trust=trust,
        source=source,
        elements={str(element): amount / factor for element, amount in composition.items()},
        energy=relaxed.energy / factor,
        lattice_error=round(100 * linear, 3) if compare_lattice else None,
        cell_length_error=round(100 * max(ratios, key=abs), 3) if compare_lattice else None,
        spacegroup=spacegroup(structure, SYMPREC)[0],
        steps=relaxed.steps,
        max_force=round(relaxed.max_force, 5),
        structure=CompactStructure(
            lattice=tuple(tuple(round(float(x), 6) for x in row) for row in structure.lattice.matrix),
            species=tuple(site.species_string for site in structure),
            coordinates=tuple(tuple(round(float(x), 6) for x in site.frac_coords) for site in structure),
        ),
    )
