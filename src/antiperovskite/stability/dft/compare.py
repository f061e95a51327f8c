"""Machine-learned reaction energies against DFT, each method at its own geometries."""

from __future__ import annotations

import math
from collections.abc import Sequence

from antiperovskite.engines.registry import CROSS_CHECK_ENGINES, DEFAULT_ENGINE
from antiperovskite.errors import MissingReferenceError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity, spread
from antiperovskite.stability.dft.model import DFTComparison, DFTReaction, EngineAgreement, PlannedReaction
from antiperovskite.stability.dft.plan import plan
from antiperovskite.stability.dft.results import (
    dft_energy,
    dft_results,
    energy_change,
    equation,
    geometry_text,
    missing_phases,
)
from antiperovskite.stability.references import reference_set

COMPARED_ENGINES = (DEFAULT_ENGINE, *CROSS_CHECK_ENGINES)


def load_dft_reactions(engines: Sequence[str] = COMPARED_ENGINES) -> tuple[DFTReaction, ...]:
    """Return every reaction whose phases were all computed with DFT, with the same reaction of each engine.

    Energies are static differences at 0 K in meV for the amounts as written, bare: no calibration to experiment, so
    that the engines are compared with the calculation they imitate.

    Examples
    --------
    >>> first = load_dft_reactions()[0]
    >>> first.equation
    'Li2O + LiCl -> Li3OCl'
    """
    return tuple(
        _reaction(planned, engines)
        for planned in plan().reactions
        if not missing_phases(planned, {phase.name: phase for phase in dft_results().phases})
    )


def _reaction(planned: PlannedReaction, engines: Sequence[str]) -> DFTReaction:
    phases = {phase.name: phase for phase in dft_results().phases}
    return DFTReaction(
        key=planned.key,
        decides=planned.decides,
        equation=equation(planned),
        reactants=planned.reactants,
        products=planned.products,
        energy=dft_energy(planned),
        by_engine={name: engine_energy(planned, name) for name in engines},
        geometry=geometry_text([phases[name] for name in (*planned.reactants, *planned.products)]),
    )


def engine_energy(planned: PlannedReaction, engine_name: str) -> AnyQuantity:
    """Return the energy of a reaction from an engine's reference set, meV for the amounts as written."""
    try:
        references = reference_set(engine_name)
    except MissingReferenceError as error:
        return NotComputed(unit="meV", method=str(error))
    energies = {entry.name: entry.energy for entry in references.entries}
    missing = missing_phases(planned, energies)
    if missing:
        return NotComputed(unit="meV", method=f"not among the reference phases of {engine_name}: {', '.join(missing)}")
    return Quantity(
        value=1000.0 * energy_change(planned, energies),
        uncertainty=None,
        unit="meV",
        method="difference of bare static energies of relaxed reference phases; its difference to DFT is its error",
        source=f"{references.engine.name} ({references.engine.version})",
        citations=references.engine.citations,
    )


def compare(engines: Sequence[str] = COMPARED_ENGINES) -> DFTComparison:
    """Put every DFT reaction beside the engines, and sum up each engine's agreement."""
    results, reactions = dft_results(), load_dft_reactions(engines)
    computed = {reaction.key for reaction in reactions}
    return DFTComparison(
        engine=results.engine,
        settings=results.phases[0].settings.text() if results.phases else "",
        reactions=reactions,
        agreement=tuple(found for name in engines if (found := agreement(name, reactions)) is not None),
        checks=results.checks,
        not_computed=tuple(planned.key for planned in plan().reactions if planned.key not in computed),
    )


def _imitates(engine_name: str) -> str:
    from antiperovskite.engines import get_engine, known_engines

    return get_engine(engine_name).card.reference_method if engine_name in known_engines() else ""


def agreement(engine_name: str, reactions: Sequence[DFTReaction]) -> EngineAgreement | None:
    """Summarise engine minus DFT over the reactions both have; ``None`` for fewer than two."""
    pairs = [
        (reaction, own.value, judge.value)
        for reaction in reactions
        if isinstance(own := reaction.by_engine.get(engine_name), Quantity)
        and isinstance(judge := reaction.energy, Quantity)
    ]
    differences = [own - judge for _, own, judge in pairs]
    deviation = spread(differences)
    if deviation is None:
        return None
    count = len(differences)
    root = math.sqrt(math.fsum(x * x for x in differences) / count)
    largest = max(pairs, key=lambda pair: abs(pair[1] - pair[2]))[0]
    source = f"{engine_name} minus DFT, {count} reactions that share phases"
    return EngineAgreement(
        engine=engine_name,
        imitates=_imitates(engine_name),
        reactions=count,
        mean_difference=Quantity(
            value=math.fsum(differences) / count,
            uncertainty=deviation / math.sqrt(count),
            unit="meV",
            n=count,
            method="mean and its standard error, as if the reactions were independent (they share phases)",
            source=source,
        ),
        rms_difference=Quantity(
            value=root,
            uncertainty=root / math.sqrt(2 * count),
            unit="meV",
            n=count,
            method="root mean square; uncertainty rms / sqrt(2 n) of normal, independent differences",
            source=source,
        ),
        largest=largest.equation,
        same_sign=sum((own < 0) == (judge < 0) for _, own, judge in pairs),
    )
