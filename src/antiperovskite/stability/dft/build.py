"""The long computation: planned phases into a directory, numerical tests, and collecting them into one file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from antiperovskite._files import check_writable, read_record, write_atomically
from antiperovskite._version import __version__
from antiperovskite.engines.gpaw import GPAWEngine, create_gpaw_pbe
from antiperovskite.errors import AntiperovskiteError, MissingEngineError
from antiperovskite.stability.dft.compute import compute_phase, single_point
from antiperovskite.stability.dft.model import ConvergenceCheck, DFTPhase, DFTResults
from antiperovskite.stability.dft.plan import plan
from antiperovskite.stability.dft.results import energy_change
from antiperovskite.stability.references import reference_set

Report = Callable[[str], None]
START_ENGINE = "7net-0"
CHECKED = ("Li3OCl-formation", "Li3OCl-hydration", "Na3OBr-formation")
CHANGES: Mapping[str, dict[str, float]] = {
    "cutoff 1000 eV instead of 800": {"cutoff": 1000.0},
    "k-points 0.2 instead of 0.3 1/angstrom apart": {"k_spacing": 0.2},
}


def compute_planned(scratch: Path, report: Report) -> None:
    """Compute every planned phase that has no file in ``scratch`` yet; a failure is reported and the next one tried.

    Raises
    ------
    MissingEngineError
        GPAW is not installed.
    """
    check_writable(scratch)
    engine = create_gpaw_pbe()
    entries = {entry.name: entry for entry in reference_set(START_ENGINE).entries}
    for planned in plan().phases:
        path = scratch / f"{planned.name}.json"
        if path.is_file():
            continue
        report(f"{planned.name}: {planned.relax}")
        try:
            phase = compute_phase(entries[planned.name], engine, planned.relax, START_ENGINE)
        except MissingEngineError:
            raise
        except AntiperovskiteError as error:
            report(f"{planned.name}: failed: {error}")
            continue
        write_atomically(path, phase.model_dump_json() + "\n")
        report(f"{planned.name}: {phase.energy:.5f} eV/f.u., {phase.steps} steps, {phase.seconds:.0f} s {phase.note}")


def finished(scratch: Path) -> dict[str, DFTPhase]:
    """Return the phases computed so far, in the order of the plan."""
    paths = {planned.name: scratch / f"{planned.name}.json" for planned in plan().phases}
    return {name: read_record(path, DFTPhase, "a DFT phase") for name, path in paths.items() if path.is_file()}


def converge(scratch: Path, report: Report) -> None:
    """Repeat a few reactions at their relaxed geometries with one numerical setting changed at a time."""
    phases, engine = finished(scratch), create_gpaw_pbe()
    for reaction in plan().reactions:
        names = [*reaction.reactants, *reaction.products]
        if reaction.key not in CHECKED or any(name not in phases for name in names):
            continue
        for number, (words, change) in enumerate(CHANGES.items()):
            path = scratch / "checks" / f"{reaction.key}-{number}.json"
            if path.is_file():
                continue
            check_writable(path.parent)
            changed = {name: _energy(phases[name], engine.with_settings(**change)) for name in names}
            shipped = {name: phases[name].energy for name in names}
            check = ConvergenceCheck(
                reaction=reaction.key,
                change=words,
                energy=energy_change(reaction, changed),
                shipped_settings=energy_change(reaction, shipped),
            )
            write_atomically(path, check.model_dump_json() + "\n")
            report(f"{reaction.key}: {words}: {1000 * (check.energy - check.shipped_settings):+.2f} meV")


def _energy(phase: DFTPhase, engine: GPAWEngine) -> float:
    """Return the single-point energy in eV per formula unit at the phase's geometry."""
    return single_point(phase.structure, engine)[0] / formula_units(phase)


def formula_units(phase: DFTPhase) -> float:
    """Return how many reduced formula units the phase's cell holds."""
    return len(phase.structure.species) / sum(phase.elements.values())


def collect(scratch: Path, target: Path) -> DFTResults:
    """Write all finished phases and checks into one file, keeping phases that only the file has."""
    before = read_record(target, DFTResults, "a set of DFT results") if target.is_file() else None
    phases = {phase.name: phase for phase in before.phases} if before else {}
    checks = {(check.reaction, check.change): check for check in before.checks} if before else {}
    phases |= finished(scratch)
    for path in sorted((scratch / "checks").glob("*.json")):
        check = read_record(path, ConvergenceCheck, "a convergence check")
        checks[check.reaction, check.change] = check
    order = {planned.name: number for number, planned in enumerate(plan().phases)}
    # the card of a machine without GPAW would say "not installed"; the codes are recorded with the phases
    card = create_gpaw_pbe().card.model_copy(update={"version": _versions(phases)})
    result = DFTResults(
        engine=card,
        package_version=__version__,
        phases=tuple(sorted(phases.values(), key=lambda phase: order.get(phase.name, len(order)))),
        checks=tuple(checks.values()),
    )
    write_atomically(target, result.model_dump_json(indent=1) + "\n")
    return result


def _versions(phases: Mapping[str, DFTPhase]) -> str:
    codes = {phase.code for phase in phases.values()}
    data = {setup.made_with for phase in phases.values() for setup in phase.setups if "gpaw-data" in setup.made_with}
    return ", ".join(sorted(codes) + sorted(data))
