"""Relaxing the reference phases with an engine, one at a time, resumable after any interruption."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from antiperovskite._files import check_writable, write_atomically
from antiperovskite._version import __version__
from antiperovskite.engines.model import Relaxation
from antiperovskite.engines.protocol import Engine
from antiperovskite.engines.relax import relax
from antiperovskite.errors import AntiperovskiteError
from antiperovskite.stability.phases import ReferencePhase, build_phase
from antiperovskite.stability.references import (
    CompactStructure,
    FailedReference,
    ReferenceEntry,
    ReferenceSet,
    load_reference_set,
)

Report = Callable[[str, int, int], None]
"""Called before each phase with (name, number, total)."""

FMAX = 0.01
MAX_STEPS = 600


def build_references(
    phases: Sequence[ReferencePhase],
    engine: Engine,
    directory: Path,
    *,
    report: Report | None = None,
    again: bool = False,
) -> ReferenceSet:
    """Relax ``phases`` with ``engine`` and keep ``<directory>/<engine>.json`` up to date after each.

    Finished phases are not computed again; failed ones are retried. With ``again`` everything is.
    """
    check_writable(directory)
    path = directory / f"{engine.card.name}.json"
    done = load_reference_set(path) if path.is_file() and not again else None
    entries = {entry.name: entry for entry in done.entries} if done else {}
    failures: dict[str, FailedReference] = {}
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
        settings=f"LBFGS, cell and positions, symmetry kept, fmax {FMAX:g} eV/angstrom",
        package_version=__version__,
        entries=tuple(entries.values()),
        failures=tuple(failures.values()),
    )
    write_atomically(path, result.model_dump_json(indent=None) + "\n")
    return result


def relax_phase(phase: ReferencePhase, engine: Engine) -> ReferenceEntry:
    """Relax one reference phase, its space group kept, and compare the cell with the source."""
    start = build_phase(phase)
    relaxed = relax(start, engine, fmax=FMAX, max_steps=MAX_STEPS, keep_symmetry=True)
    return _entry(phase, start, relaxed)


def _entry(phase: ReferencePhase, start: Any, relaxed: Relaxation) -> ReferenceEntry:
    structure = relaxed.to_pymatgen()
    composition = structure.composition.element_composition
    formula, factor = composition.get_reduced_formula_and_factor()
    ratios = [after / before - 1.0 for after, before in zip(structure.lattice.abc, start.lattice.abc, strict=True)]
    return ReferenceEntry(
        name=phase.name,
        formula=formula,
        kind=phase.kind,
        trust=phase.trust,
        source=phase.source,
        elements={str(element): amount / factor for element, amount in composition.items()},
        energy=relaxed.energy / factor,
        lattice_error=round(100 * ((structure.volume / start.volume) ** (1 / 3) - 1), 3),
        cell_length_error=round(100 * max(ratios, key=abs), 3),
        spacegroup=phase.spacegroup,
        steps=relaxed.steps,
        max_force=round(relaxed.max_force, 5),
        structure=CompactStructure(
            lattice=tuple(tuple(round(float(x), 6) for x in row) for row in structure.lattice.matrix),
            species=tuple(site.species_string for site in structure),
            coordinates=tuple(tuple(round(float(x), 6) for x in site.frac_coords) for site in structure),
        ),
    )
