"""Relaxing the reference phases with an engine, one at a time, resumable after any interruption."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from antiperovskite._files import check_writable, write_atomically
from antiperovskite._version import __version__
from antiperovskite.engines.candidates import lowest_candidate
from antiperovskite.engines.model import Relaxation
from antiperovskite.engines.protocol import Engine
from antiperovskite.engines.relax import relax
from antiperovskite.errors import AntiperovskiteError
from antiperovskite.stability.phases import ConstructedPhase, ReferencePhase, build_phase
from antiperovskite.stability.references import (
    CompactStructure,
    FailedReference,
    ReferenceEntry,
    ReferenceSet,
    load_reference_set,
)
from antiperovskite.structures.model import StructureModel

Report = Callable[[str, int, int], None]
"""Called before each phase with (name, number, total)."""

FMAX = 0.01
MAX_STEPS = 600
SYMPREC = 0.05  # angstrom
RATTLE = 0.02  # angstrom; lets clusters of constructed phases leave symmetric saddle points
SETTINGS = (
    f"quasi-Newton (ase LBFGS or BFGS), cell and positions, space group kept, fmax {FMAX:g} eV/angstrom; constructed "
    f"phases: all candidates rattled by {RATTLE:g} angstrom, symmetry free, the lowest kept"
)


def build_references(
    phases: Sequence[ReferencePhase | ConstructedPhase],
    engine: Engine,
    directory: Path,
    *,
    report: Report | None = None,
    again: bool = False,
) -> ReferenceSet:
    """Relax ``phases`` with ``engine`` and keep ``<directory>/<engine>.json`` up to date after each.

    Finished phases are not computed again; failed ones are retried. With ``again`` everything is.

    Raises
    ------
    MissingEngineError
        The engine's packages are not installed; nothing is written.
    """
    check_writable(directory)
    path = directory / f"{engine.card.name}.json"
    done = load_reference_set(path) if path.is_file() and not again else None
    entries = {entry.name: entry for entry in done.entries} if done else {}
    failures: dict[str, FailedReference] = {}
    if any(phase.name not in entries for phase in phases):
        engine.calculator()  # a missing engine is one error here, not a failure of every phase
    for number, phase in enumerate(phases, start=1):
        if phase.name in entries:
            continue
        if report is not None:
            report(phase.name, number, len(phases))
        try:
            entries[phase.name] = relax_phase(phase, engine)
        except AntiperovskiteError as error:
            failures[phase.name] = FailedReference(name=phase.name, reason=str(error))
        _write(path, engine, entries, failures)
    return _write(path, engine, entries, failures)


def _write(
    path: Path, engine: Engine, entries: dict[str, ReferenceEntry], failures: dict[str, FailedReference]
) -> ReferenceSet:
    result = ReferenceSet(
        engine=engine.card,
        settings=SETTINGS,
        package_version=__version__,
        entries=tuple(entries.values()),
        failures=tuple(failures.values()),
    )
    write_atomically(path, result.model_dump_json(indent=None) + "\n")
    return result


def relax_phase(phase: ReferencePhase | ConstructedPhase, engine: Engine) -> ReferenceEntry:
    """Relax one reference phase; a constructed one through all its candidate structures."""
    if isinstance(phase, ConstructedPhase):
        return _relax_constructed(phase, engine)
    start = build_phase(phase)
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
