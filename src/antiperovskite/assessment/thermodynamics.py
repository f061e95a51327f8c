"""Hull distance and reaction energies of a relaxed compound in every engine, calibrated where that is possible.

The value is the main engine's; its standard uncertainty comes from the covariance of its calibration to measured
formation enthalpies. An engine without a calibration (toys, a user's own) gives bare 0 K energies, and the spread over
engines stands in for the uncertainty. The other engines' answers are always shown beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from antiperovskite.assessment.relaxation import RelaxedModel
from antiperovskite.composition.model import Formula
from antiperovskite.errors import AntiperovskiteError, MissingReferenceError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity, spread
from antiperovskite.stability import reactions
from antiperovskite.stability.calibration.calibrate import calibrated_structure, calibration, is_calibrated
from antiperovskite.stability.competing import CITATIONS, calibrated_references
from antiperovskite.stability.energies import hull_phases
from antiperovskite.stability.equations import participants, write_equation
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.model import Decomposition, Reaction, ReactionRole
from antiperovskite.stability.reactions import EnergyChange, Question
from antiperovskite.stability.references import reference_set
from antiperovskite.stability.scales import mixed_scale_reason
from antiperovskite.stability.uncertainty import probability_negative

STATIC = "static lattice energies at 0 K, no zero-point or thermal terms"
CALIBRATED = "formation enthalpies at 298 K, calibrated to experiment"


@dataclass(frozen=True)
class EngineView:
    """One engine's energies: the compound's own and those of everything it could become."""

    target: PhaseEnergy
    phases: Sequence[PhaseEnergy]
    calibrated: bool


@dataclass(frozen=True)
class Answers:
    """One question answered by several engines; ``reason`` where the leading one could not."""

    lead: str | None
    changes: Mapping[str, EnergyChange]
    calibrated: bool
    reason: str = ""

    @property
    def leading(self) -> EnergyChange | None:
        """The leading engine's answer."""
        return self.changes.get(self.lead) if self.lead else None


@dataclass
class Thermodynamics:
    """What the stability room says about one compound."""

    quantities: dict[str, AnyQuantity] = field(default_factory=dict)
    reactions: list[Reaction] = field(default_factory=list)
    decomposition: Decomposition | None = None


def assess_thermodynamics(formula: Formula, relaxed: RelaxedModel, main_engine: str) -> Thermodynamics:
    """Answer every question in every engine that may answer it."""
    views, reasons = _engine_views(formula, relaxed)
    result = Thermodynamics()
    lead = main_engine if main_engine in views else next(iter(views), None)
    _add_decomposition(result, formula, _ask(reactions.decomposition, formula, views, lead, reasons), views)
    questions: tuple[tuple[str, ReactionRole, Question], ...] = (
        ("reaction_energy_from_binaries", "from binaries", reactions.formation_from_binaries),
        ("hydration_energy_to_hydrated_phase", "hydration", reactions.hydration_to_hydrated_phase),
        ("hydration_energy_to_hydroxide", "hydration", reactions.hydrolysis),
    )
    for name, role, question in questions:
        _add_reaction(result, name, role, _ask(question, formula, views, lead, reasons))
    first, second = (result.quantities[f"hydration_energy_to_{way}"] for way in ("hydrated_phase", "hydroxide"))
    result.quantities["hydration_energy"] = second if isinstance(first, NotComputed) else first
    return result


def _engine_views(formula: Formula, relaxed: RelaxedModel) -> tuple[dict[str, EngineView], dict[str, str]]:
    """The engines that may answer; for the others the reason they may not."""
    views: dict[str, EngineView] = {}
    reasons: dict[str, str] = {}
    for name in relaxed.by_engine:
        try:
            views[name] = _view(formula, relaxed, name)
        except AntiperovskiteError as error:
            reasons[name] = str(error)
    return views, reasons


def calibrated_target(
    formula: Formula, relaxed: RelaxedModel, engine_name: str, name: str = reactions.TARGET_NAME
) -> PhaseEnergy:
    """Return the relaxed compound as a calibrated phase of one engine, eV per formula unit as written.

    Raises
    ------
    MissingReferenceError
        The compound was not relaxed with this engine, or the engine has no references or no calibration.
    """
    if engine_name not in relaxed.by_engine:
        raise MissingReferenceError(f"{formula.formula} was not relaxed with {engine_name}")
    if not is_calibrated(reference_set(engine_name)):
        raise MissingReferenceError(
            f"the energies of {engine_name} are not calibrated to measured formation enthalpies: too few of them are "
            "among its reference phases"
        )
    return calibrated_structure(
        calibration(engine_name),
        name,
        formula.formula,
        formula.elements,
        relaxed.energy_per_formula(engine_name),
        relaxed.by_engine[engine_name].to_pymatgen(),
    )


def _view(formula: Formula, relaxed: RelaxedModel, name: str) -> EngineView:
    """Calibrated energies, or bare ones of an engine that has too few measured compounds to be calibrated."""
    elements = frozenset({*formula.elements, "H", "O"})
    references = reference_set(name)
    if not is_calibrated(references):
        reason = mixed_scale_reason(formula.elements, references.engine)
        if reason is not None:
            raise MissingReferenceError(reason)
        bare = reactions.target_phase(formula, relaxed.energy_per_formula(name))
        return EngineView(bare, hull_phases(references, elements), False)
    return EngineView(calibrated_target(formula, relaxed, name), calibrated_references(name, elements), True)


def _ask(
    question: Question,
    formula: Formula,
    views: Mapping[str, EngineView],
    lead: str | None,
    reasons: Mapping[str, str],
) -> Answers:
    """Put one question to every engine."""
    changes: dict[str, EnergyChange] = {}
    reason = "; ".join(reasons.values()) or "no engine could answer"
    for name, view in views.items():
        try:
            changes[name] = question(formula, view.target, view.phases)
        except MissingReferenceError as error:
            if name == lead:
                reason = str(error)
    calibrated = lead is not None and views[lead].calibrated
    left_out = "; ".join(f"{name} left out: {why}" for name, why in reasons.items())
    return Answers(lead, changes, calibrated, left_out if lead in changes else reason)


def _quantity(answers: Answers, change: EnergyChange, method: str, unit: str, factor: float = 1.0) -> Quantity:
    """The leading engine's value with its calibrated uncertainty, or without one the spread over the engines."""
    values = {name: factor * other.energy for name, other in answers.changes.items()}
    deviation = spread(list(values.values()))
    lead = answers.lead or ""
    others = ", ".join(name for name in values if name != lead)
    text = f"{method}, {CALIBRATED if answers.calibrated else STATIC}"
    if answers.calibrated:
        text += "; uncertainty: covariance of the calibration"
        if deviation is not None:
            text += f"; sample standard deviation over {lead}, {others}: {deviation:.3g} {unit}"
    elif deviation is None:
        text += "; no uncertainty: only one engine could answer and it is not calibrated"
    else:
        text += f"; uncertainty: sample standard deviation over {lead}, {others} (not calibrated to experiment)"
    if answers.reason:
        text += f"; {answers.reason}"
    return Quantity(
        value=values[lead],
        uncertainty=abs(factor) * change.uncertainty if answers.calibrated else deviation,
        unit=unit,
        n=len(values),
        method=text,
        source=f"engine {lead}",
        citations=CITATIONS if answers.calibrated else (),
    )


def _add_reaction(result: Thermodynamics, name: str, role: ReactionRole, answers: Answers) -> None:
    unit = "eV/H2O" if role == "hydration" else "eV/formula"
    change = answers.leading
    if change is None:
        result.quantities[name] = NotComputed(unit=unit, method=answers.reason)
        return
    water = ", water as ice" if role == "hydration" else ""
    reaction = _reaction(answers, change, name, role, unit, water)
    result.quantities[name] = reaction.energy
    result.reactions.append(reaction)


def _reaction(
    answers: Answers, change: EnergyChange, name: str, role: ReactionRole, unit: str = "eV/formula", remark: str = ""
) -> Reaction:
    before, after = participants(change.reactants), participants(change.products)
    equation = write_equation(before, after)
    return Reaction(
        name=name,
        role=role,
        reactants=before,
        products=after,
        equation=equation,
        energy=_quantity(answers, change, f"{equation}{remark}", unit),
        by_engine={engine: answer.energy for engine, answer in answers.changes.items()},
    )


def _no_hull(result: Thermodynamics, reason: str) -> None:
    for name in ("energy_above_hull", "decomposition_energy"):
        result.quantities[name] = NotComputed(unit="eV/atom", method=reason)


def _add_decomposition(
    result: Thermodynamics, formula: Formula, answers: Answers, views: Mapping[str, EngineView]
) -> None:
    change = answers.leading
    if change is None or answers.lead is None:
        _no_hull(result, answers.reason)
        return
    missing = reactions.anions_without_a_salt(formula, views[answers.lead].phases)
    if missing and change.energy >= 0.0:
        # too few competitors can only make a compound look too stable
        _no_hull(
            result,
            f"no salt of {', '.join(formula.sites.X)} with {', '.join(missing)} is among the reference phases, so that "
            "nothing it could decompose to was compared",
        )
        return
    reaction = _reaction(answers, change, "decomposition", "decomposition")
    bound = f"; a lower bound: no salt with {', '.join(missing)} is among the phases" if missing else ""
    # positive: the compound lies above the mixture it decomposes to
    signed = _quantity(
        answers,
        change,
        f"energy above the best mixture of other phases, {reaction.equation}{bound}",
        "eV/atom",
        factor=-1.0 / sum(formula.elements.values()),
    )
    result.quantities["decomposition_energy"] = signed
    method = f"distance to the convex hull, zero if stable (signed: decomposition_energy), {signed.method}"
    clipped = signed.model_copy(update={"value": max(signed.value, 0.0), "method": method})
    result.quantities["energy_above_hull"] = clipped
    if signed.uncertainty:
        result.quantities["stability_probability"] = _stability_probability(signed)
    result.decomposition = Decomposition(
        products=reaction.products,
        equation=reaction.equation,
        stable=signed.value <= 0.0,
        competing=sum(phase.elements.keys() <= formula.elements.keys() for phase in views[answers.lead].phases),
        engine=answers.lead,
        note="" if signed.value > 0 else "the compound is lower in energy than this mixture, the best of other phases",
    )
    result.reactions.append(reaction)


def _stability_probability(signed: Quantity) -> Quantity:
    """P(E < 0) of the signed distance to the hull."""
    return Quantity(
        value=probability_negative(signed.value, signed.uncertainty or 0.0),
        uncertainty=None,
        unit="1",
        n=signed.n,
        method="probability that the compound lies below the best mixture of other phases, normal distribution of "
        "decomposition_energy; it has no uncertainty of its own",
        source=signed.source,
        citations=signed.citations,
    )
