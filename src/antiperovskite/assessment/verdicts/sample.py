"""Verdicts on the sample: reports, powder patterns, the tolerance factor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from antiperovskite.assessment.model import Answer, Verdict
from antiperovskite.assessment.verdicts import words
from antiperovskite.composition.model import Formula
from antiperovskite.diffraction.model import PowderPattern
from antiperovskite.evidence.model import Evidence
from antiperovskite.evidence.trust import trust_report
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.stability.model import Tolerance

VISIBLE = 0.05


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
    where = "inside" if inside else "outside"
    return Verdict(
        question=question,
        answer="likely" if inside else "unclear",
        headline=f"t = {words.value(t)}, {where} the range 0.75 to 0.9 of most that were made.",
        reasons_for=(tolerance.map_position.region,),
        caveats=caveats,
    )
