"""From numbers to plain words: each verdict with the reasons on both sides.

A stability question is answered by the probability P = Phi(-E / u) that the energy E with standard uncertainty u is
negative; u comes from the calibration to measured formation enthalpies (engines without one: the spread over engines):
yes/no above 97.5 %, likely/unlikely above 84 %, otherwise unclear. Without an uncertainty the answer is at most
likely/unlikely.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from antiperovskite.assessment.model import Answer, Verdict
from antiperovskite.composition.model import Formula
from antiperovskite.diffraction.model import PowderPattern
from antiperovskite.evidence.model import Evidence
from antiperovskite.evidence.trust import trust_report
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity, format_number
from antiperovskite.stability.competing import CITATIONS
from antiperovskite.stability.model import Decomposition, Reaction, Tolerance
from antiperovskite.stability.uncertainty import probability_negative
from antiperovskite.units import unit_symbol

SURE, LIKELY = 0.975, 0.84
VISIBLE = 0.05
OPPOSITE: Mapping[Answer, Answer] = {
    "yes": "no",
    "likely": "unlikely",
    "unclear": "unclear",
    "unlikely": "likely",
    "no": "yes",
}
STATIC_CAVEAT = "0 K lattice energies: entropy of disorder and vibrations at synthesis temperature is not included"
ENTHALPY_CAVEAT = "enthalpies at 298 K: entropy of disorder and vibrations at synthesis temperature is not included"
CALIBRATION_CAVEAT = "the uncertainty is measured on binary salts and their kin, none of them an anti-perovskite"
SPREAD_CAVEAT = "the uncertainty is the spread over engines that share much training data, not a calibrated error"


def negative_probability(quantity: Quantity) -> float | None:
    """P(E < 0) for a normal distribution; ``None`` without an uncertainty."""
    if not quantity.uncertainty:
        return None
    return probability_negative(quantity.value, quantity.uncertainty)


def answer_if_negative(quantity: Quantity) -> Answer:
    """Answer to "is this energy negative?"."""
    probability = negative_probability(quantity)
    if probability is None:
        return "likely" if quantity.value < 0 else "unlikely"
    if probability >= SURE:
        return "yes"
    if probability >= LIKELY:
        return "likely"
    if probability <= 1 - SURE:
        return "no"
    return "unlikely" if probability <= 1 - LIKELY else "unclear"


def _value(quantity: Quantity, unit: str | None = None) -> str:
    shown = quantity.to(unit) if unit else quantity
    number = format_number(shown.value, shown.uncertainty).replace("-", "−")
    return f"{number} {unit_symbol(shown.unit)}".strip()


def _probability_note(quantity: Quantity, what: str) -> tuple[str, ...]:
    probability = negative_probability(quantity)
    return () if probability is None else (f"probability that {what}: {100 * probability:.0f} %",)


def _calibrated(quantity: Quantity) -> bool:
    return CITATIONS[0] in quantity.citations


def _energy_caveats(quantity: Quantity) -> tuple[str, str]:
    """What the energy leaves out, and what its uncertainty rests on."""
    return (ENTHALPY_CAVEAT, CALIBRATION_CAVEAT) if _calibrated(quantity) else (STATIC_CAVEAT, SPREAD_CAVEAT)


def _state(quantity: Quantity) -> str:
    return "at 298 K" if _calibrated(quantity) else "at 0 K"


def draw_verdicts(
    formula: Formula,
    quantities: Mapping[str, AnyQuantity],
    reactions: Sequence[Reaction],
    decomposition: Decomposition | None,
    tolerance: Tolerance,
    patterns: Sequence[PowderPattern],
    evidence: Evidence,
) -> tuple[Verdict, ...]:
    """Draw every verdict for which there is something to go on."""
    drawn = [
        evidence_verdict(formula, evidence),
        binaries_verdict(formula, quantities, reactions),
        hull_verdict(formula, quantities, decomposition),
        water_verdict(formula, quantities, reactions),
        xray_verdict(formula, quantities, patterns),
        tolerance_verdict(tolerance),
    ]
    return tuple(verdict for verdict in drawn if verdict is not None)


def _doubts_about_dry_samples(formula: Formula) -> tuple[str, ...]:
    """What the trust rules say against samples that are called dry; empty unless they outweigh the others."""
    verdicts = [item.verdict for item in trust_report(formula)]
    asked = [verdict for verdict in verdicts if verdict != "not applicable"]
    hydrated, dry = asked.count("probably hydrated"), asked.count("probably dry")
    if hydrated <= dry:
        return ()
    return (
        f"of {len(asked)} samples and routes the trust rules find {hydrated} probably hydrated, {dry} probably dry, "
        f"{len(asked) - hydrated - dry} uncertain; row by row: antiperovskite evidence trust -f {formula.formula}",
    )


def evidence_verdict(formula: Formula, evidence: Evidence) -> Verdict:
    """Has it been made? From the shipped literature tables only."""
    question = "Has it been made?"
    statuses = {row.status for row in evidence.compositions}
    routes, measured = len(evidence.syntheses), [r for r in evidence.conductivities if r.kind == "experiment"]
    reasons = tuple(
        f"{row.formula} {row.status} (Table 1, {len(row.citations)} reference{'s' * (len(row.citations) != 1)})"
        for row in evidence.compositions
    )
    if routes:
        reasons += (f"{routes} published route{'s' if routes > 1 else ''} (Table 2)",)
    if measured:
        reasons += (f"{len(measured)} measured conductivit{'y' if len(measured) == 1 else 'ies'} (Table 4)",)
    caveats = ("only the tables of the 2021 perspective are searched here",)
    if "synthesised" in statuses:
        return Verdict(
            question=question, answer="yes", headline="Reported as synthesised.", reasons_for=reasons, caveats=caveats
        )
    if "reportedly synthesised" in statuses or routes or measured:
        doubt = _doubts_about_dry_samples(formula)
        return Verdict(
            question=question,
            answer="unclear" if doubt else "likely",
            headline="Reported, but the reports are open to doubt." if doubt else "Samples are reported.",
            reasons_for=reasons,
            reasons_against=doubt,
            caveats=caveats,
        )
    if statuses:
        headline = f"Only {' and '.join(sorted(statuses))} so far."
        return Verdict(question=question, answer="unlikely", headline=headline, reasons_for=reasons, caveats=caveats)
    return Verdict(question=question, answer="unclear", headline="No report in the shipped tables.", caveats=caveats)


def _reaction(reactions: Sequence[Reaction], role: str, name: str = "") -> Reaction | None:
    return next((r for r in reactions if r.role == role and (not name or r.name == name)), None)


def binaries_verdict(
    formula: Formula, quantities: Mapping[str, AnyQuantity], reactions: Sequence[Reaction]
) -> Verdict | None:
    """Does the reaction from the simple salts run downhill?"""
    energy = quantities.get("reaction_energy_from_binaries")
    reaction = _reaction(reactions, "from binaries")
    if not isinstance(energy, Quantity) or reaction is None:
        return None
    downhill = energy.value < 0
    headline = (
        f"{reaction.equation} runs {'downhill' if downhill else 'uphill'} by "
        f"{_value(energy.model_copy(update={'value': abs(energy.value)}), 'meV/formula')} {_state(energy)}."
    )
    reason = (f"reaction energy {_value(energy, 'meV/formula')}; by engine: {_by_engine(reaction)}",)
    note = _probability_note(energy, "it is downhill")
    answer = answer_if_negative(energy)
    if answer == "unclear":
        amount = f"{_value(energy, 'meV/formula')} {_state(energy)}"
        headline = f"{reaction.equation} is balanced within the uncertainty: {amount}."
    return Verdict(
        question="Is it favoured over its simple salts?",
        answer=answer,
        headline=headline,
        reasons_for=reason + note if downhill else note,
        reasons_against=() if downhill else reason,
        caveats=_energy_caveats(energy),
    )


def _by_engine(reaction: Reaction) -> str:
    return ", ".join(
        f"{engine} {1000 * value:+.0f} meV".replace(" -", " −") for engine, value in reaction.by_engine.items()
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
        f"On the hull, {_value(energy.model_copy(update={'value': -energy.value}), 'meV/atom')} below {products}."
        if stable
        else f"{_value(energy, 'meV/atom')} above the hull; decomposes to {products}."
    )
    reason = (f"{decomposition.competing} reference phases of these elements in engine {decomposition.engine}",)
    note = _probability_note(energy, "it is stable")
    return Verdict(
        question="Is it stable against decomposition?",
        answer=answer_if_negative(energy),
        headline=headline,
        reasons_for=reason + note if stable else note,
        reasons_against=() if stable else reason,
        caveats=(
            *_energy_caveats(energy),
            "a phase missing from the set could lower the hull",
        ),
    )


def water_verdict(
    formula: Formula, quantities: Mapping[str, AnyQuantity], reactions: Sequence[Reaction]
) -> Verdict | None:
    """Does it survive water?"""
    energy = quantities.get("hydration_energy")
    candidates = [r for r in reactions if r.role == "hydration"]
    if not isinstance(energy, Quantity) or not candidates:
        return None
    takes_up = answer_if_negative(energy)
    reasons = tuple(f"{r.equation}: {_value(r.energy)}; by engine: {_by_engine(r)}" for r in candidates)
    attacked = energy.value < 0
    headline = (
        f"Reacts with water, releasing {_value(energy.model_copy(update={'value': -energy.value}))}: handle it dry."
        if attacked
        else f"Taking up water costs {_value(energy)} {_state(energy)}."
    )
    if takes_up == "unclear":
        headline = f"Taking up water is nearly balanced {_state(energy)}: {_value(energy)}."
    return Verdict(
        question="Does it survive contact with water?",
        answer=OPPOSITE[takes_up],
        headline=headline,
        reasons_for=() if attacked else reasons,
        reasons_against=reasons if attacked else (),
        caveats=(
            "water is taken as ice; from vapour the reaction releases more by the heat of "
            "sublimation, at the price of the vapour's entropy",
            _energy_caveats(energy)[1],
        ),
    )


def xray_verdict(
    formula: Formula, quantities: Mapping[str, AnyQuantity], patterns: Sequence[PowderPattern]
) -> Verdict | None:
    """Can X-rays alone tell what the sample is?"""
    xray = next((p for p in patterns if p.radiation == "xray"), None)
    neutron = next((p for p in patterns if p.radiation == "neutron"), None)
    light = [element for element in ("H", "Li") if element in formula.elements]
    if xray is None or neutron is None or not light:
        return None
    reasons = tuple(
        f"without {element} the X-ray profile changes by {100 * xray.visibility[element].value:.1f} %, the neutron "
        f"profile by {100 * neutron.visibility[element].value:.0f} %"
        for element in light
    )
    hidden = [element for element in light if xray.visibility[element].value < VISIBLE]
    headline = f"The X-ray pattern hardly depends on {' and '.join(hidden)}: use neutrons." if hidden else ""
    answer: Answer = "no" if hidden else "unclear"
    xrays, neutrons = (quantities.get(f"dry_hydrated_contrast_{kind}") for kind in ("xray", "neutron"))
    if isinstance(xrays, Quantity) and isinstance(neutrons, Quantity):
        reasons = (
            f"fitting the dry compound's pattern with that of the hydrated one (X3OA with X2OHA, disordered, same "
            f"lattice) leaves R = {100 * xrays.value:.0f} % with X-rays and {100 * neutrons.value:.0f} % with neutrons",
            *reasons,
        )
        headline = headline or (
            f"Dry and hydrated forms differ by only {100 * xrays.value:.0f} % in an ideal X-ray pattern, by "
            f"{100 * neutrons.value:.0f} % in a neutron pattern."
        )
        answer = "no" if hidden or xrays.value < neutrons.value / 2 else "unclear"
    return Verdict(
        question="Can X-ray diffraction alone prove what the sample is?",
        answer=answer,
        headline=headline or f"An ideal X-ray pattern does depend on {' and '.join(light)}; refine the intensities.",
        reasons_against=reasons,
        caveats=("static atoms, ideal powder, no background; hydrogen adds incoherent background to neutron patterns",),
    )


def tolerance_verdict(tolerance: Tolerance) -> Verdict:
    """What the tolerance factor says, and why not to lean on it."""
    question = "Does the tolerance factor favour the structure?"
    caveats = (
        "the tolerance factor does not predict which Li and Na anti-perovskites can be made; the B-site anion is the "
        "better indicator (Dawson et al. 2021, section 3)",
    )
    t = tolerance.goldschmidt.thermochemical
    if isinstance(t, NotComputed):
        t = tolerance.goldschmidt.shannon
    if isinstance(t, NotComputed):
        return Verdict(
            question=question,
            answer="unclear",
            headline="It cannot be computed: a radius is missing.",
            reasons_against=(t.method,),
            caveats=caveats,
        )
    inside = 0.75 < t.value < 0.9
    return Verdict(
        question=question,
        answer="likely" if inside else "unclear",
        headline=f"t = {_value(t)}, {'inside' if inside else 'outside'} the range 0.75 to 0.9 of most that were made.",
        reasons_for=(tolerance.map_position.region,),
        caveats=caveats,
    )
