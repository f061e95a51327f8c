"""Values of the terms with correlated uncertainties, their differences between cations, and how far those decide."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from antiperovskite.errors import MissingReferenceError, OptionError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity, spread
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.hydroxide_study.model import UNIT, Contrast, FreeEnergy, Term, TermKey, Verdict
from antiperovskite.stability.hydroxide_study.system import REFERENCE, Source, equation
from antiperovskite.stability.uncertainty import probability_negative, standard_uncertainty

DECIDED: Final = 2.0  # standard uncertainties from zero, all engines of one sign
LIKELY: Final = 1.0
MEV: Final = 1000.0

Weighted = list[tuple[PhaseEnergy, float]]


def weighted_sum(parts: Iterable[tuple[Sequence[tuple[PhaseEnergy, float]], float]]) -> Weighted:
    """Join signed phases with weights; the same phase met twice is added up, so that its error cancels."""
    amounts: dict[tuple[str, float], tuple[PhaseEnergy, float]] = {}
    for terms, weight in parts:
        for phase, amount in terms:
            key = (phase.name, phase.atoms)
            before = amounts.get(key, (phase, 0.0))[1]
            amounts[key] = (phase, before + weight * amount)
    return [(phase, amount) for phase, amount in amounts.values() if abs(amount) > 1e-12]


def quantity(terms: Weighted, source: Source, what: str, *, calibrated: bool) -> Quantity:
    """Return a signed sum of phase energies in meV per formula unit with its propagated uncertainty."""
    return Quantity(
        value=MEV * math.fsum(phase.energy * amount for phase, amount in terms),
        uncertainty=MEV * standard_uncertainty(terms) if calibrated else None,
        unit=UNIT,
        method=f"{what}; {source.method}",
        source=source.name,
        citations=source.citations,
    )


def term_energy(
    source: Source, key: TermKey, cation: str, halide: str, temperature: float | None = None, *, calibrated: bool = True
) -> AnyQuantity:
    """Return one term from one source, or why it cannot be had."""
    try:
        terms = source.system(cation, halide, temperature).terms(key)
    except (MissingReferenceError, OptionError) as error:
        return NotComputed(unit=UNIT, method=str(error), source=source.name)
    state = "enthalpy at 298.15 K" if temperature is None else f"Gibbs energy at {temperature:g} K, vapour at 1 bar"
    what = f"{equation(key, cation, halide)}; {state if calibrated else 'static at 0 K'}"
    return quantity(terms, source, what, calibrated=calibrated)


def engine_spread(values: Mapping[str, AnyQuantity]) -> AnyQuantity:
    """Return the sample standard deviation between engines."""
    found = [value.value for value in values.values() if isinstance(value, Quantity)]
    deviation = spread(found)
    if deviation is None:
        return NotComputed(unit=UNIT, method="fewer than two engines have all phases")
    return Quantity(
        value=deviation,
        uncertainty=deviation / math.sqrt(2 * (len(found) - 1)),
        unit=UNIT,
        n=len(found),
        method="sample standard deviation between engines; uncertainty s / sqrt(2 (n - 1)) as if they were independent",
        source=", ".join(name for name, value in values.items() if isinstance(value, Quantity)),
    )


def term(
    key: TermKey,
    cation: str,
    halide: str,
    *,
    leading: Source,
    engines: Sequence[Source],
    static: Sequence[Source],
    dft: Source | None,
    temperatures: Sequence[float],
    measured: AnyQuantity | None = None,
) -> Term:
    """Compute one term with every source."""
    by_engine = {source.name: term_energy(source, key, cation, halide) for source in engines}
    no_dft = NotComputed(unit=UNIT, method="no DFT results")
    return Term(
        key=key,
        equation=equation(key, cation, halide),
        energy=by_engine[leading.name],
        by_engine=by_engine,
        engine_spread=engine_spread(by_engine),
        dft=term_energy(dft, key, cation, halide, calibrated=False) if dft else no_dft,
        static_by_engine={source.name: term_energy(source, key, cation, halide, calibrated=False) for source in static},
        measured=measured or NotComputed(unit=UNIT, method="no measured formation enthalpy of the anti-perovskites"),
        free_energies=tuple(
            FreeEnergy(temperature=T, energy=term_energy(leading, key, cation, halide, T)) for T in temperatures
        ),
    )


def contrast_terms(source: Source, key: TermKey, cation: str, halides: Sequence[str], reference: str) -> Weighted:
    """Return the signed phases of mean over halides of [term(cation) - term(reference)].

    Raises
    ------
    MissingReferenceError
        A phase is missing for one of them.
    """
    weight = 1.0 / len(halides)
    parts = []
    for halide in halides:
        parts.append((source.system(cation, halide).terms(key), weight))
        parts.append((source.system(reference, halide).terms(key), -weight))
    return weighted_sum(parts)


def contrast_energy(
    source: Source,
    key: TermKey,
    cation: str,
    halides: Sequence[str],
    reference: str = REFERENCE,
    *,
    calibrated: bool = True,
) -> AnyQuantity:
    """Return mean over halides of [term(cation) - term(reference)] from one source."""
    if not halides:
        return NotComputed(unit=UNIT, method="no halide for which both have all phases", source=source.name)
    try:
        terms = contrast_terms(source, key, cation, halides, reference)
    except MissingReferenceError as error:
        return NotComputed(unit=UNIT, method=str(error), source=source.name)
    what = f"{key} term of {cation} minus that of {reference}, A = {', '.join(halides)}"
    return quantity(terms, source, what, calibrated=calibrated)


def complete_halides(source: Source, key: TermKey, cations: Sequence[str], halides: Sequence[str]) -> tuple[str, ...]:
    """Return the halides for which every cation has all phases of a term."""
    return tuple(h for h in halides if not any(source.system(cation, h).missing(key) for cation in cations))


def verdict(energy: AnyQuantity, by_engine: Mapping[str, AnyQuantity]) -> Verdict:
    """Say how far the sign of an energy is decided.

    ``decided``: two standard uncertainties from zero and every engine agrees; ``likely``: one, and every engine
    agrees, or two with a single engine; ``open`` otherwise. Without ``by_engine`` only the uncertainty counts.
    """
    if not isinstance(energy, Quantity):
        return "not computed"
    signs = {value.value > 0.0 for value in by_engine.values() if isinstance(value, Quantity)}
    signs.add(energy.value > 0.0)
    z = abs(energy.value) / energy.uncertainty if energy.uncertainty else math.inf
    if len(signs) > 1 or z < LIKELY:
        return "open"
    alone = len(by_engine) > 0 and sum(isinstance(value, Quantity) for value in by_engine.values()) < 2
    return "decided" if z >= DECIDED and not alone else "likely"


def contrast(
    key: TermKey,
    cation: str,
    halide: str,
    halides: Sequence[str],
    *,
    leading: Source,
    engines: Sequence[Source],
    dft: Source | None,
    reference: str = REFERENCE,
) -> Contrast:
    """Compare one term of two cations; ``halide`` names the halides it is averaged over."""
    by_engine = {source.name: contrast_energy(source, key, cation, halides, reference) for source in engines}
    energy = by_engine[leading.name]
    covered = complete_halides(dft, key, (cation, reference), halides) if dft else ()
    judge: AnyQuantity = NotComputed(unit=UNIT, method="DFT has not all phases of these halides")
    if dft and halides and covered == tuple(halides):
        judge = contrast_energy(dft, key, cation, halides, reference, calibrated=False)
    positive = None
    if isinstance(energy, Quantity):
        positive = 1.0 - probability_negative(energy.value, energy.uncertainty or 0.0)
    return Contrast(
        key=key,
        halide=halide,
        halides=tuple(halides),
        cation=cation,
        reference=reference,
        difference=energy,
        by_engine=by_engine,
        dft=judge,
        probability_positive=positive,
        verdict=verdict(energy, by_engine),
    )
