"""Can the dry compound exist: against its simple salts, and against all reference phases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from antiperovskite.assessment.model import Verdict
from antiperovskite.assessment.verdicts import words
from antiperovskite.composition.model import Formula
from antiperovskite.quantity import AnyQuantity, Quantity
from antiperovskite.stability.model import Decomposition, Reaction


def binaries_verdict(
    formula: Formula, quantities: Mapping[str, AnyQuantity], reactions: Sequence[Reaction]
) -> Verdict | None:
    """Does the reaction from the simple salts run downhill?"""
    energy = quantities.get("reaction_energy_from_binaries")
    reaction = next((r for r in reactions if r.role == "from binaries"), None)
    if not isinstance(energy, Quantity) or reaction is None:
        return None
    downhill = energy.value < 0
    headline = (
        f"{reaction.equation} runs {'downhill' if downhill else 'uphill'} by "
        f"{words.value(energy.model_copy(update={'value': abs(energy.value)}), 'meV/formula')} {words.state(energy)}."
    )
    reason = (f"reaction energy {words.value(energy, 'meV/formula')}; by engine: {words.by_engine(reaction)}",)
    note = words.probability_note(energy, "it is downhill")
    answer = words.answer_if_negative(energy)
    if answer == "unclear":
        amount = f"{words.value(energy, 'meV/formula')} {words.state(energy)}"
        headline = f"{reaction.equation} is balanced within the uncertainty: {amount}."
    return Verdict(
        question="Is it favoured over its simple salts?",
        answer=answer,
        headline=headline,
        reasons_for=reason + note if downhill else note,
        reasons_against=() if downhill else reason,
        caveats=words.energy_caveats(energy),
    )


def hull_verdict(
    formula: Formula, quantities: Mapping[str, AnyQuantity], decomposition: Decomposition | None
) -> Verdict | None:
    """Is it on the convex hull of the shipped reference phases?"""
    energy = quantities.get("decomposition_energy")
    if not isinstance(energy, Quantity) or decomposition is None:
        return None
    products = decomposition.equation.split(" -> ")[1]
    stable = energy.value <= 0
    headline = (
        f"On the hull, {words.value(energy.model_copy(update={'value': -energy.value}), 'meV/atom')} below {products}."
        if stable
        else f"{words.value(energy, 'meV/atom')} above the hull; decomposes to {products}."
    )
    reason = (f"{decomposition.competing} reference phases of these elements in engine {decomposition.engine}",)
    note = words.probability_note(energy, "it is stable")
    return Verdict(
        question="Is it stable against decomposition?",
        answer=words.answer_if_negative(energy),
        headline=headline,
        reasons_for=reason + note if stable else note,
        reasons_against=() if stable else reason,
        caveats=(
            *words.energy_caveats(energy),
            "a phase missing from the set could lower the hull",
        ),
    )
