"""Hull distance and reaction energies of a relaxed compound in every engine, with the spread as uncertainty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from antiperovskite.assessment.relaxation import RelaxedModel
from antiperovskite.composition.model import Formula
from antiperovskite.errors import AntiperovskiteError, MissingReferenceError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity, spread
from antiperovskite.stability import reactions
from antiperovskite.stability.energies import hull_phases
from antiperovskite.stability.equations import participants, write_equation
from antiperovskite.stability.model import Decomposition, Reaction
from antiperovskite.stability.reactions import EnergyChange
from antiperovskite.stability.references import ReferenceSet, reference_set
from antiperovskite.stability.scales import mixed_scale_reason

Question = Callable[[Formula, float, ReferenceSet], EnergyChange]
STATIC = "static lattice energies at 0 K, no zero-point or thermal terms"


@dataclass
class Thermodynamics:
    """What the stability room says about one compound."""

    quantities: dict[str, AnyQuantity] = field(default_factory=dict)
    reactions: list[Reaction] = field(default_factory=list)
    decomposition: Decomposition | None = None


def assess_thermodynamics(formula: Formula, relaxed: RelaxedModel, main_engine: str) -> Thermodynamics:
    """Answer every question in every engine that may answer it."""
    energies, reasons = _usable_engines(formula, relaxed)
    result = Thermodynamics()
    lead = main_engine if main_engine in energies else next(iter(energies), None)
    changes = _ask(reactions.decomposition, formula, energies, lead)
    _add_decomposition(result, formula, changes, lead, reasons)
    questions: tuple[tuple[str, str, Question], ...] = (
        ("reaction_energy_from_binaries", "from binaries", reactions.formation_from_binaries),
        ("hydration_energy_to_hydrated_phase", "hydration", reactions.hydration_to_hydrated_phase),
        ("hydration_energy_to_hydroxide", "hydration", reactions.hydrolysis),
    )
    for name, role, question in questions:
        _add_reaction(result, name, role, _ask(question, formula, energies, lead), lead, reasons)
    first, second = (result.quantities[f"hydration_energy_to_{way}"] for way in ("hydrated_phase", "hydroxide"))
    result.quantities["hydration_energy"] = second if isinstance(first, NotComputed) else first
    return result


def _usable_engines(
    formula: Formula, relaxed: RelaxedModel
) -> tuple[dict[str, tuple[float, ReferenceSet]], dict[str, str]]:
    """Engines with a reference set on one scale; for the others the reason they may not answer."""
    energies: dict[str, tuple[float, ReferenceSet]] = {}
    reasons: dict[str, str] = {}
    for name, relaxation in relaxed.by_engine.items():
        reason = mixed_scale_reason(formula.elements, relaxation.engine)
        if reason is not None:
            reasons[name] = reason
            continue
        try:
            energies[name] = (relaxed.energy_per_formula(name), reference_set(name))
        except AntiperovskiteError as error:
            reasons[name] = str(error)
    return energies, reasons


def _ask(
    question: Question, formula: Formula, energies: dict[str, tuple[float, ReferenceSet]], lead: str | None
) -> dict[str, EnergyChange] | str:
    """Ask one question of every engine; the reason, if the leading engine cannot answer."""
    answers: dict[str, EnergyChange] = {}
    for name, (energy, references) in energies.items():
        try:
            answers[name] = question(formula, energy, references)
        except MissingReferenceError as error:
            if name == lead:
                return str(error)
    return answers


def _why_not(answers: dict[str, EnergyChange] | str, reasons: dict[str, str]) -> str:
    if isinstance(answers, str):
        return answers
    return "; ".join(reasons.values()) or "no engine could answer"


def _quantity(values: dict[str, float], lead: str, method: str, unit: str, reasons: dict[str, str]) -> Quantity:
    """The leading engine's value with the spread over engines as standard uncertainty."""
    deviation = spread(list(values.values()))
    others = ", ".join(name for name in values if name != lead)
    if deviation is None:
        method += "; no uncertainty: only one engine could answer"
    else:
        method += f"; uncertainty: sample standard deviation over {lead}, {others} (not calibrated to experiment)"
    if reasons:
        method += f"; left out: {'; '.join(reasons.values())}"
    return Quantity(
        value=values[lead],
        uncertainty=deviation,
        unit=unit,
        n=len(values),
        method=method,
        source=f"engine {lead}",
    )


def _add_reaction(
    result: Thermodynamics,
    name: str,
    role: str,
    answers: dict[str, EnergyChange] | str,
    lead: str | None,
    reasons: dict[str, str],
) -> None:
    unit = "eV/H2O" if role == "hydration" else "eV/formula"
    if isinstance(answers, str) or lead is None or lead not in answers:
        result.quantities[name] = NotComputed(unit=unit, method=_why_not(answers, reasons))
        return
    change = answers[lead]
    before, after = participants(change.reactants), participants(change.products)
    equation = write_equation(before, after)
    values = {engine: answer.energy for engine, answer in answers.items()}
    water = "; water as ice XI" if role == "hydration" else ""
    quantity = _quantity(values, lead, f"{equation}, {STATIC}{water}", unit, reasons)
    result.quantities[name] = quantity
    result.reactions.append(
        Reaction(
            name=name,
            role=role,
            reactants=before,
            products=after,
            equation=equation,
            energy=quantity,
            by_engine=values,
        )
    )


def _no_hull(result: Thermodynamics, reason: str) -> None:
    for name in ("energy_above_hull", "decomposition_energy"):
        result.quantities[name] = NotComputed(unit="eV/atom", method=reason)


def _add_decomposition(
    result: Thermodynamics,
    formula: Formula,
    answers: dict[str, EnergyChange] | str,
    lead: str | None,
    reasons: dict[str, str],
) -> None:
    if isinstance(answers, str) or lead is None or lead not in answers:
        _no_hull(result, _why_not(answers, reasons))
        return
    missing = reactions.anions_without_a_salt(formula, reference_set(lead))
    if missing and answers[lead].energy >= 0.0:
        # too few competitors can only make a compound look too stable
        _no_hull(
            result,
            f"no salt of {', '.join(formula.sites.X)} with {', '.join(missing)} is among the reference phases, so that "
            "nothing it could decompose to was compared",
        )
        return
    atoms = sum(formula.elements.values())
    change = answers[lead]
    before, after = participants(change.reactants), participants(change.products)
    equation = write_equation(before, after)
    bound = f"; a lower bound: no salt with {', '.join(missing)} is among the phases" if missing else ""
    # positive: the compound lies above the mixture it decomposes to
    values = {engine: -answer.energy / atoms for engine, answer in answers.items()}
    signed = _quantity(
        values, lead, f"energy above the best mixture of other phases, {equation}, {STATIC}{bound}", "eV/atom", reasons
    )
    result.quantities["decomposition_energy"] = signed
    clipped = signed.model_copy(
        update={
            "value": max(signed.value, 0.0),
            "method": f"distance to the convex hull, zero if stable (signed: decomposition_energy), {signed.method}",
        }
    )
    result.quantities["energy_above_hull"] = clipped
    result.decomposition = Decomposition(
        products=after,
        equation=equation,
        stable=signed.value <= 0.0,
        competing=len(hull_phases(reference_set(lead), formula.elements)),
        engine=lead,
        note="" if signed.value > 0 else "the compound is lower in energy than this mixture, the best of other phases",
    )
    result.reactions.append(
        Reaction(
            name="decomposition",
            role="decomposition",
            reactants=before,
            products=after,
            equation=equation,
            energy=_quantity(
                {engine: answer.energy for engine, answer in answers.items()},
                lead,
                f"{equation}, {STATIC}",
                "eV/formula",
                reasons,
            ),
            by_engine={engine: answer.energy for engine, answer in answers.items()},
        )
    )
