"""From the steps of a ladder to activation energies, room temperature, Haven ratio, cost, and what to say of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from antiperovskite.composition import resolve
from antiperovskite.distillation.model import DistillationCard
from antiperovskite.engines.model import EngineCard
from antiperovskite.errors import DataError, FormulaError
from antiperovskite.evidence import evidence_for
from antiperovskite.evidence.model import ConductivityRow
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.transport.activation import Arrhenius, Point, arrhenius
from antiperovskite.transport.activation.model import Kind
from antiperovskite.transport.model import Interval
from antiperovskite.transport.study.coverage import outside_range, static_barrier
from antiperovskite.transport.study.model import ConductivityStudy, Series, SeriesKind, SizeCheck, Step
from antiperovskite.transport.study.shares import share_laws, share_words
from antiperovskite.transport.study.size import finite_size_words, weighted_mean

ROOM_K: Final = 298.15
SOURCE: Final = "temperature ladder"
LARGEST_SHARE: Final = 0.05
"""Share of framework ions off their sites up to which the framework is said to be intact."""


def summarise(
    formula: str,
    engine: EngineCard,
    steps: Sequence[Step],
    *,
    species: tuple[str, ...],
    cell_notes: tuple[str, ...] = (),
    size_checks: Sequence[SizeCheck] = (),
    other_shares: Sequence[Step] = (),
    card: DistillationCard | None = None,
    made_by: str = "",
) -> ConductivityStudy:
    """Draw everything that a ladder of analysed runs gives."""
    ordered = tuple(sorted(steps, key=lambda step: step.temperature_K))
    series = all_series(ordered, species)
    main = next((one.law for one in series if one.kind == "self diffusion" and one.species == species[0]), None)
    why = next(one.reason for one in series if one.kind == "self diffusion") if main is None else ""
    joint, joint_ends = _room(series, "conductivity")
    independent, independent_ends = _room(series, "conductivity of independent ions")
    study = ConductivityStudy(
        formula=formula,
        engine=engine,
        species=species,
        steps=ordered,
        series=series,
        size_checks=tuple(size_checks),
        other_shares=tuple(other_shares),
        activation_energy=main.activation_energy if main else NotComputed(unit="eV", method=why, source=SOURCE),
        activation_energy_intervals=main.activation_energy_intervals if main else (),
        conductivity_298K=joint,
        conductivity_298K_intervals=joint_ends,
        nernst_einstein_conductivity_298K=independent,
        nernst_einstein_conductivity_298K_intervals=independent_ends,
        haven_ratio=_haven(ordered),
        barrier=static_barrier(card),
        published=published_rows(formula),
        framework=framework_words(ordered),
        finite_size=finite_size_words(ordered, size_checks),
        core_hours=_cost([*ordered, *other_shares], size_checks),
        statement="",
        notes=(
            *cell_notes,
            *outside_range(card, formula, tuple(step.temperature_K for step in ordered)),
            "the vacancies are put in, not found: conductivities are those of this share of empty sites",
        ),
        made_by=made_by,
        citations=tuple(
            dict.fromkeys(
                (*engine.citations, *(key for step in ordered for one in step.results for key in one.citations))
            )
        ),
    )
    laws = share_laws(study)
    notes = (*study.notes, *share_words(laws))
    return study.model_copy(update={"statement": statement(study), "share_laws": laws, "notes": notes})


def all_series(steps: Sequence[Step], species: tuple[str, ...]) -> tuple[Series, ...]:
    """Arrhenius laws of each species' self diffusion and of both conductivities."""
    found = [_series("self diffusion", steps, one) for one in species]
    kinds: tuple[SeriesKind, ...] = ("conductivity", "conductivity of independent ions")
    return (*found, *(_series(kind, steps, "") for kind in kinds))


def _series(kind: SeriesKind, steps: Sequence[Step], species: str) -> Series:
    law_of: Kind = "diffusion" if kind == "self diffusion" else "conductivity"
    points = [point for step in steps if (point := _point(kind, step, species)) is not None]
    try:
        return Series(kind=kind, species=species, law=arrhenius(points, kind=law_of))
    except DataError as error:
        return Series(kind=kind, species=species, law=None, reason=str(error))


def _point(kind: SeriesKind, step: Step, species: str) -> Point | None:
    """One temperature of a series; ``None`` where the step has no such value."""
    if kind == "self diffusion":
        own = next((one for one in step.results if one.species == species), None)
        return Point.of(own) if own is not None else None
    if kind == "conductivity" and len(step.results) == 1:
        only = step.results[0]
        return Point.of(only, "conductivity") if only.collective_quantiles else None
    value = step.conductivity if kind == "conductivity" else step.nernst_einstein_conductivity
    if not isinstance(value, Quantity) or not value.uncertainty or value.value <= 0:
        return None
    first = step.results[0]
    return Point.measured(step.temperature_K, value, "conductivity").model_copy(
        update={
            "n_ions": sum(one.n_ions for one in step.results),
            "run_length_ps": first.run_length.value,
            "hops": min(one.regime.hops.value for one in step.results),
        }
    )


def _room(series: Sequence[Series], kind: SeriesKind) -> tuple[AnyQuantity, tuple[Interval, ...]]:
    found = next(one for one in series if one.kind == kind)
    if found.law is None:
        return NotComputed(unit="S/cm", method=found.reason, source=SOURCE), ()
    room = found.law.extrapolations[0]
    return room.value, room.intervals


def _haven(steps: Sequence[Step]) -> AnyQuantity:
    values = [step.haven_ratio for step in steps if isinstance(step.haven_ratio, Quantity)]
    if not any(value.uncertainty for value in values):
        why = next((step.haven_ratio.method for step in steps), "no run")
        return NotComputed(unit="1", method=why, source=SOURCE)
    mean, error, scatter = weighted_mean(values)
    wide = f", widened {scatter**0.5:.1f} times because they scatter" if scatter > 1 else ""
    return Quantity(
        value=mean,
        uncertainty=error,
        unit="1",
        n=len(values),
        method=f"mean over the temperatures, weighted by inverse variances{wide}",
        source=SOURCE,
        citations=values[0].citations,
    )


def _cost(steps: Sequence[Step], checks: Sequence[SizeCheck]) -> Quantity:
    runs = [*steps, *(check.large for check in {check.large.fingerprint: check for check in checks}.values())]
    return Quantity(
        value=sum(step.wall_seconds for step in runs) / 3600.0,
        uncertainty=None,
        unit="h",
        n=len(runs),
        method=f"wall time of {len(runs)} runs on one core each, the machine as loaded then; relaxation and making the "
        "potential not counted",
        source=SOURCE,
    )


def published_rows(formula: str) -> tuple[ConductivityRow, ...]:
    """Conductivities and activation energies that were published for a compound."""
    try:
        return evidence_for(resolve(formula)).conductivities
    except FormulaError:
        return ()


def framework_words(steps: Sequence[Step]) -> str:
    """Say what became of the framework at every temperature."""
    said = []
    for step in steps:
        share = step.framework_share_displaced
        at = f"{step.temperature_K:g} K"
        reason = next((one.reason for one in step.refused if one.kind in {"stopped", "framework moves"}), None)
        if reason is not None:
            said.append(f"{at}: {reason}")
        elif isinstance(share, NotComputed):
            said.append(f"{at}: not known, {share.method}")
        elif share.value > (LARGEST_SHARE if share.unit == "1" else 100 * LARGEST_SHARE):
            said.append(f"{at}: {_percent(share)} of its ions are off their sites")
    if not said:
        span = f"{steps[0].temperature_K:g} to {steps[-1].temperature_K:g} K" if steps else "any temperature"
        worst = max(
            (step.framework_share_displaced for step in steps if isinstance(step.framework_share_displaced, Quantity)),
            key=lambda share: share.value,
            default=None,
        )
        left = f", at most {_percent(worst)} of its ions off their sites at the end" if worst and worst.value else ""
        return f"The framework stays intact from {span}{left}"
    return "The framework is not intact everywhere: " + "; ".join(said)


def _percent(share: Quantity) -> str:
    return f"{share.magnitude('%'):.1f} %"


def statement(study: ConductivityStudy) -> str:
    """The study in one sentence."""
    energy, room = study.activation_energy, study.nernst_einstein_conductivity_298K
    analysed = [step for step in study.steps if not step.refused]
    where = f"{len(analysed)} of {len(study.steps)} temperatures"
    if isinstance(energy, NotComputed):
        return f"{study.formula}: no activation energy from {where}: {energy.method}"
    text = f"{study.formula}: {study.species[0]} diffuses with an activation energy of {energy} ({where})"
    if isinstance(room, Quantity):
        text += f"; extrapolated to 298 K the conductivity of independent ions is {room}"
    return text


def law_at(law: Arrhenius, temperature_K: float) -> tuple[float, float]:
    """Median of ln(quantity) of a law at a temperature of its band and its standard uncertainty, linear in 1/T."""
    import numpy as np

    inverse = np.array([1.0 / point.temperature_K for point in law.band])
    order = np.argsort(inverse)
    values = [
        np.interp(1.0 / temperature_K, inverse[order], np.array([getattr(p, name) for p in law.band])[order])
        for name in ("median", "low68", "high68")
    ]
    return float(values[0]), float(values[2] - values[1]) / 2.0
