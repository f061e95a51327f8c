"""Computing a shipped reaction again, to see whether this machine gets the shipped value."""

from __future__ import annotations

import time
from collections.abc import Callable

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.engines.gpaw import GPAWEngine, create_gpaw_pbe, import_gpaw
from antiperovskite.errors import OptionError
from antiperovskite.quantity import Quantity
from antiperovskite.stability.dft.compute import compute_phase, single_point
from antiperovskite.stability.dft.model import DFTPhase
from antiperovskite.stability.dft.results import (
    dft_energy,
    dft_results,
    energy_change,
    equation,
    missing_phases,
    planned_reaction,
)
from antiperovskite.stability.references import reference_set

TOLERANCE_MEV = 5.0
Report = Callable[[str, str], None]


class RerunPhase(Model):
    """One phase, shipped and computed again, eV per formula unit."""

    name: str
    shipped: float
    rerun: float
    seconds: float


class Rerun(Model):
    """JSON contract of ``antiperovskite dft run``."""

    key: str
    equation: str
    shipped: Quantity
    rerun: Quantity
    difference: Quantity
    reproduces: bool
    tolerance: float = Field(default=TOLERANCE_MEV, description="meV, on the difference")
    phases: tuple[RerunPhase, ...]
    code: str
    shipped_code: str


def rerun(key: str, *, relax: bool = False, report: Report | None = None, engine: GPAWEngine | None = None) -> Rerun:
    """Compute every phase of a shipped reaction again, at the shipped geometry or relaxed anew.

    Parameters
    ----------
    key
        Name of the reaction, as ``antiperovskite dft compare`` lists it.
    relax
        Start from the machine-learned geometry and relax again, instead of single points at the shipped geometry.
    report
        Called before each phase with (name, what is done).
    engine
        GPAW by default.

    Raises
    ------
    OptionError
        No shipped reaction has this name.
    MissingEngineError
        GPAW is not installed.
    """
    planned, phases = planned_reaction(key), {phase.name: phase for phase in dft_results().phases}
    missing = missing_phases(planned, phases)
    if missing:
        raise OptionError(
            f"reaction {key!r} has no shipped value: {', '.join(missing)} were not computed; choose another"
        )
    judge = engine or create_gpaw_pbe()
    code = f"GPAW {import_gpaw(judge.card.name).__version__}"
    done: list[RerunPhase] = []
    for name in (*planned.reactants, *planned.products):
        if report is not None:
            report(name, "relaxing again" if relax else "single point at the shipped geometry")
        done.append(_again(phases[name], judge, relax=relax))
    shipped = dft_energy(planned)
    assert isinstance(shipped, Quantity)
    value = 1000.0 * energy_change(planned, {phase.name: phase.rerun for phase in done})
    how = (
        "computed again: relaxed from the machine-learned geometry" if relax else "computed again at shipped geometries"
    )
    again = shipped.model_copy(update={"value": value, "method": f"{how}; as the shipped value in all else"})
    difference = Quantity(
        value=value - shipped.value,
        uncertainty=None,
        unit="meV",
        method="rerun minus shipped; a repetition, not a measurement with an uncertainty",
        source=f"{code} against {phases[done[0].name].code}",
    )
    return Rerun(
        key=key,
        equation=equation(planned),
        shipped=shipped,
        rerun=again,
        difference=difference,
        reproduces=abs(difference.value) <= TOLERANCE_MEV,
        phases=tuple(done),
        code=code,
        shipped_code=phases[done[0].name].code,
    )


def _again(phase: DFTPhase, engine: GPAWEngine, *, relax: bool) -> RerunPhase:
    """Compute one phase with the settings it was shipped with."""
    started = time.monotonic()
    same = engine.with_settings(**phase.settings.model_dump())
    if relax:
        entries = {entry.name: entry for entry in reference_set(phase.start_engine).entries}
        energy = compute_phase(entries[phase.name], same, phase.geometry, phase.start_engine).energy
    else:
        units = len(phase.structure.species) / sum(phase.elements.values())
        energy = single_point(phase.structure, same)[0] / units
    return RerunPhase(name=phase.name, shipped=phase.energy, rerun=energy, seconds=round(time.monotonic() - started, 1))
