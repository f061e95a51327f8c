"""Conclusions in words, chosen by the sign of the computed values and by how many standard uncertainties they have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from antiperovskite.quantity import AnyQuantity, Quantity
from antiperovskite.stability.hydroxide_study.model import (
    Contrast,
    Correlation,
    Cycle,
    Disorder,
    Ionic,
    OxideHydration,
    Statement,
    TermKey,
    Verdict,
)
from antiperovskite.stability.hydroxide_study.system import PUZZLE_HALIDES, REFERENCE, formula

NAMES: Final = {"Li": "lithium", "Na": "sodium", "K": "potassium"}
CONTACT: Final = 0.25  # angstrom beyond the sum of radii; below it two anions count as touching
JUDGEMENT: Final[dict[Verdict, str]] = {
    "decided": "this is decided",
    "likely": "this is likely, not certain",
    "open": "the numbers do not decide the sign",
    "not computed": "this was not computed",
}


def number(quantity: AnyQuantity, *, signed: bool = True) -> str:
    """Write a value with its standard uncertainty, without unit: ``-149 ± 69``.

    Examples
    --------
    >>> number(Quantity(value=-148.6, uncertainty=69.2, unit="meV", method="m", source="s"))
    '−149 ± 69'
    """
    if not isinstance(quantity, Quantity):
        return "not computed"
    value = quantity.value if signed else abs(quantity.value)
    text = f"{value:+z.0f}" if signed else f"{value:z.0f}"
    text = text.replace("-", "−")
    return text if quantity.uncertainty is None else f"{text} ± {quantity.uncertainty:.0f}"


def judged(contrast: Contrast) -> str:
    """Say how far a contrast is decided, with its z and what engines and DFT say."""
    value = contrast.difference
    if not isinstance(value, Quantity):
        return JUDGEMENT["not computed"]
    found = [q.value for q in contrast.by_engine.values() if isinstance(q, Quantity)]
    same = sum((other > 0) == (value.value > 0) for other in found)
    z = f"{abs(value.value) / value.uncertainty:.1f} u from zero, " if value.uncertainty else ""
    engines = f"{same} of {len(found)} engines agree on the sign"
    judge = ""
    if isinstance(contrast.dft, Quantity):
        agrees = (contrast.dft.value > 0) == (value.value > 0)
        judge = f", DFT {'agrees' if agrees else 'disagrees'} ({number(contrast.dft)})"
    return f"{z}{engines}{judge}: {JUDGEMENT[contrast.verdict]}"


def _values(cycles: Sequence[Cycle], cation: str, key: TermKey) -> list[tuple[str, AnyQuantity]]:
    found = [(cycle.halide, cycle.term(key).energy) for cycle in cycles if cycle.cation == cation]
    return [(halide, energy) for halide, energy in found if isinstance(energy, Quantity)]


def _listed(cycles: Sequence[Cycle], cation: str, key: TermKey) -> str:
    return "; ".join(f"A = {halide} {number(energy)}" for halide, energy in _values(cycles, cation, key))


def stability_sentence(cycles: Sequence[Cycle], key: TermKey, cations: Sequence[str]) -> str:
    """List the terms of every cation and what their signs mean.

    ``dry`` above zero and ``wet`` below zero mean a stable phase.
    """
    parts = []
    for cation in cations:
        values = _values(cycles, cation, key)
        if not values:
            parts.append(f"{formula('dry' if key == 'dry' else 'wet', cation, 'A')}: not computed")
            continue
        state = _state([value for _, value in values if isinstance(value, Quantity)], 1.0 if key == "dry" else -1.0)
        compound = formula("dry" if key == "dry" else "wet", cation, "A")
        parts.append(f"{compound} {state} ({_listed(cycles, cation, key)})")
    return "; ".join(parts)


def _state(values: Sequence[Quantity], sign: float) -> str:
    """Stable, unstable or neither; ``sign`` is that of a stable phase's term."""
    if all(value.uncertainty and abs(value.value) < value.uncertainty for value in values):
        return "within one standard uncertainty of its salts"
    stable = [value.value * sign > 0.0 for value in values]
    return "stable" if all(stable) else "unstable" if not any(stable) else "stable or not by A"


def _direction(contrast: Contrast, up: str, down: str) -> str:
    value = contrast.difference
    return up if isinstance(value, Quantity) and value.value > 0.0 else down


def _contrast(contrasts: Sequence[Contrast], key: TermKey, cation: str) -> Contrast | None:
    return next((c for c in contrasts if (c.key, c.cation, c.halide) == (key, cation, "mean")), None)


def _mean_clause(contrast: Contrast, up: str, down: str) -> str:
    """``Averaged over A = Cl, Br, <up or down> by 163 ± 71 meV (...)``."""
    if not isinstance(contrast.difference, Quantity):
        return (
            f"For {NAMES[contrast.cation]} against {NAMES[contrast.reference]} nothing can be said: a phase is missing."
        )
    return (
        f"Averaged over A = {', '.join(contrast.halides)}, {_direction(contrast, up, down)} by "
        f"{number(contrast.difference, signed=False)} meV ({judged(contrast)})."
    )


def term_statements(cycles: Sequence[Cycle], contrasts: Sequence[Contrast], cations: Sequence[str]) -> list[Statement]:
    """One statement a term."""
    others = [cation for cation in cations if cation != REFERENCE]
    wording: dict[TermKey, tuple[str, str, str, str]] = {
        "dry": (
            "Dry phase",
            "Energy of M3OA -> M2O + MA, meV per formula unit (positive: M3OA is stable)",
            "the dry phase of {m} is more stable than that of lithium",
            "the dry phase of {m} is less stable than that of lithium",
        ),
        "oxide": (
            "Oxide and water",
            "",
            "the oxide of {m} takes up water less strongly than Li2O",
            "the oxide of {m} takes up water more strongly than Li2O",
        ),
        "wet": (
            "Hydrated phase",
            "Energy of MOH + MA -> M2OHA, meV per formula unit (negative: M2OHA is stable)",
            "the hydrated phase of {m} is less stable against hydroxide and halide than that of lithium",
            "the hydrated phase of {m} is more stable against hydroxide and halide than that of lithium",
        ),
        "hydration": (
            "The whole hydration",
            "",
            "M3OA + H2O -> M2OHA + MOH frees less energy for {m} than for lithium",
            "M3OA + H2O -> M2OHA + MOH frees more energy for {m} than for lithium",
        ),
    }
    found = []
    for key, (topic, head, up, down) in wording.items():
        text = f"{head}: {stability_sentence(cycles, key, cations)}." if head else ""
        verdicts: list[Verdict] = []
        for cation in others:
            contrast = _contrast(contrasts, key, cation)
            if contrast is not None:
                name = NAMES[cation]
                clause = _mean_clause(contrast, up.format(m=name), down.format(m=name))
                text = f"{text} {clause}".strip()
                verdicts.append(contrast.verdict)
        found.append(Statement(topic=topic, text=text, verdict=verdicts[0] if verdicts else "not computed"))
    return found


def answer(cycles: Sequence[Cycle], contrasts: Sequence[Contrast], disorders: Sequence[Disorder]) -> Statement:
    """Say what explains the difference of lithium and sodium, and what stays open."""
    dry, wet, hydration = (_contrast(contrasts, key, "Na") for key in ("dry", "wet", "hydration"))
    if dry is None or wet is None or hydration is None or "not computed" in {dry.verdict, wet.verdict}:
        return Statement(
            topic="Answer", text="A phase of the cycle is missing, so nothing is concluded.", verdict="not computed"
        )
    parts = [_dry_half(dry), _wet_half(wet), _water_half(hydration)]
    weakest: Verdict = "open" if "open" in {dry.verdict, wet.verdict} else dry.verdict
    return Statement(topic="Answer", text=" ".join(part for part in parts if part), verdict=weakest)


def _dry_half(dry: Contrast) -> str:
    expected = isinstance(dry.difference, Quantity) and dry.difference.value > 0.0
    if dry.verdict == "open":
        lead = "Whether the dry phase is what differs is not decided"
        more = "more" if expected else "less"
        return f"{lead}: sodium's is {more} stable by {number(dry.difference, signed=False)} meV."
    if expected:
        return (
            f"That Na3OA can be made and Li3OA hardly is {'' if dry.verdict == 'decided' else 'likely '}thermodynamic: "
            "against oxide and halide the dry phase is "
            f"destabilised for lithium, by {number(dry.difference, signed=False)} meV relative to sodium "
            f"({dry.verdict})."
        )
    return (
        "The stability of the dry phase against oxide and halide runs against the observation: it is higher for "
        "lithium "
        f"by {number(dry.difference, signed=False)} meV ({dry.verdict})."
    )


def _wet_half(wet: Contrast) -> str:
    value = wet.difference
    expected = isinstance(value, Quantity) and value.value > 0.0
    if wet.verdict == "open":
        return (
            "That Li2OHA can be made and Na2OHA cannot is not explained by the competition with hydroxide and halide "
            "as "
            f"far as it can be computed here: the difference is {number(value)} meV, and its sign is not "
            f"decided{_excluded(value)}."
        )
    if expected:
        return (
            "That Li2OHA can be made and Na2OHA cannot follows from the competitor: NaOH + NaA lies lower against the "
            f"hydrated phase than LiOH + LiA, by {number(value, signed=False)} meV ({wet.verdict})."
        )
    return (
        "The competition with hydroxide and halide runs against the observation: the hydrated phase is more stable for "
        f"sodium by {number(value, signed=False)} meV ({wet.verdict})."
    )


def _excluded(value: AnyQuantity) -> str:
    """What an undecided difference still rules out, at two standard uncertainties."""
    if not isinstance(value, Quantity) or not value.uncertainty:
        return ""
    low, high = value.value - 2 * value.uncertainty, value.value + 2 * value.uncertainty
    return f" (beyond {low:+.0f} and {high:+.0f} meV it is excluded at two standard uncertainties)".replace("-", "−")


def _water_half(hydration: Contrast) -> str:
    if hydration.verdict == "open":
        return ""
    if isinstance(hydration.difference, Quantity) and hydration.difference.value < 0.0:
        return (
            "Dryness of Na3OA is no resistance to water: its hydration frees more energy than that of Li3OA "
            f"({number(hydration.difference)} meV, {hydration.verdict}), because the sodium oxide in it does."
        )
    return (
        "Na3OA resists water better than Li3OA: its hydration frees less energy "
        f"({number(hydration.difference)} meV, {hydration.verdict})."
    )


def ionic_statement(ionics: Sequence[Ionic], contrasts: Sequence[Contrast]) -> Statement:
    """Whether charges on lattice sites explain the differences of the dry and the hydrated phase."""
    parts = []
    for key, what in (("dry", "dry phase"), ("wet", "hydrated phase")):
        found = _contrast(contrasts, key, "Na")  # type: ignore[arg-type]
        pairs = [
            (a, b)
            for halide in (found.halides if found else ())
            if (a := _ionic(ionics, "Na", halide, key)) is not None
            and (b := _ionic(ionics, REFERENCE, halide, key)) is not None
        ]
        if found is None or not pairs or not isinstance(found.difference, Quantity):
            continue
        shift = sum(a - b for a, b in pairs) / len(pairs)
        same = (shift > 0) == (found.difference.value > 0)
        verb = "have the same sign as" if same else "run against"
        if found.verdict == "open":
            verb = "cannot be compared in sign with the undecided value of"
        parts.append(
            f"For the {what} the Madelung energies of full charges change by {shift:+.2f} eV from lithium to sodium "
            f"and {verb} "
            f"the calibrated difference of {number(found.difference)} meV".replace("-", "−")
        )
    if not parts:
        return Statement(topic="Charges", text="No structures to sum charges over.", verdict="not computed")
    bonds = _bond_clause(ionics)
    return Statement(
        topic="Charges",
        text=". ".join(parts) + f".{' ' + bonds if bonds else ''}",
        verdict=None,
    )


def _ionic(ionics: Sequence[Ionic], cation: str, halide: str, key: str) -> float | None:
    for item in ionics:
        if (item.cation, item.halide) == (cation, halide):
            return (item.dry if key == "dry" else item.wet).value
    return None


def _bond_clause(ionics: Sequence[Ionic]) -> str:
    """Lengths behind the charges, and whether the anions of the lithium compound are in each other's way."""
    means: dict[str, tuple[float, float, float]] = {}
    for cation in dict.fromkeys(item.cation for item in ionics):
        rows = [
            (item.bond_oxide.value, item.bond_halide.value, item.anion_gap.value)
            for item in ionics
            if item.cation == cation and item.halide in PUZZLE_HALIDES
        ]
        whole = [(o, h, g) for o, h, g in rows if o is not None and h is not None and g is not None]
        if whole:
            means[cation] = (
                sum(row[0] for row in whole) / len(whole),
                sum(row[1] for row in whole) / len(whole),
                sum(row[2] for row in whole) / len(whole),
            )
    if not means:
        return ""
    listed = "; ".join(f"{c} {o:+.0f} %, {h:+.0f} %, {g:+.2f} Å" for c, (o, h, g) in means.items()).replace("-", "−")
    text = (
        "Lengths behind this, averaged over the same A (change of M–O from M2O to M3OA; change of M–A from MA to "
        "M3OA; O···A "
        f"distance beyond the sum of the radii): {listed}."
    )
    if {"Li", "Na"} <= means.keys() and means["Li"][2] < CONTACT and means["Na"][2] > 2 * CONTACT:
        shorter = means["Na"][0] < means["Li"][0]
        text += (
            " In Li3OA oxide and halide touch, so that the small cation cannot draw its oxide closer"
            + (", as sodium does" if shorter else "")
            + "."
        )
    return text


def oxide_statement(oxides: Sequence[OxideHydration]) -> Statement:
    """What the cycle over gaseous ions says about the oxide term."""
    known = [item for item in oxides if isinstance(item.term, Quantity) and isinstance(item.kapustinskii, Quantity)]
    by_cation = {item.cation: item for item in known}
    if REFERENCE not in by_cation or len(known) < 2:
        return Statement(topic="Oxide", text="An oxide or hydroxide is missing.", verdict="not computed")
    first, parts = by_cation[REFERENCE], []
    constants = [item.implied_constant.value for item in known if isinstance(item.implied_constant, Quantity)]
    for item in known:
        if item.cation == REFERENCE:
            continue
        assert isinstance(item.term, Quantity) and isinstance(first.term, Quantity)
        assert isinstance(item.kapustinskii, Quantity) and isinstance(first.kapustinskii, Quantity)
        assert isinstance(item.oxide_against_lithium, Quantity) and isinstance(
            item.hydroxides_against_lithium, Quantity
        )
        change = item.term.value - first.term.value
        sizes = item.kapustinskii.value - first.kapustinskii.value
        parts.append(
            f"from lithium to {NAMES[item.cation]} the oxide loses {-item.oxide_against_lithium.value:.0f} kJ/mol of "
            "lattice "
            f"enthalpy and two hydroxides {-item.hydroxides_against_lithium.value:.0f}, so that the term changes by "
            f"{change:+.0f} kJ/mol; charges and radii alone (Kapustinskii) give {sizes:+.0f}".replace(
                "+-", "-"
            ).replace("-", "−")
        )
    width = max(constants) - min(constants)
    text = (
        "The O–H bond is the same for every cation: it stands in O2−(g) + H2O(g) → 2 OH−(g), which drops out of "
        "every difference. "
        "What is left is lattice: " + "; ".join(parts) + ". "
        f"The constant that Kapustinskii's sizes leave for the gas reaction is equal within {width:.0f} kJ/mol over "
        "the cations."
    )
    same = all(
        (item.term.value - first.term.value > 0) == (item.kapustinskii.value - first.kapustinskii.value > 0)  # type: ignore[operator]
        for item in known
        if item.cation != REFERENCE
    )
    ending = (
        " Size explains the trend of this term." if same else " Size alone does not explain the trend of this term."
    )
    return Statement(topic="Oxide", text=text + ending, verdict=None)


def disorder_statement(disorders: Sequence[Disorder], temperature: float) -> Statement:
    """Whether the entropy of disorder can stabilise M2OHA."""
    rows: dict[str, list[str]] = {"by itself": [], "with disorder": [], "only with all disorder": [], "not at all": []}
    for item in disorders:
        point = next((p for p in item.points if p.temperature == temperature), None)
        if point is None or not isinstance(point.ordered, Quantity):
            continue
        assert isinstance(point.bound, Quantity) and isinstance(point.restricted, Quantity)
        kind = (
            "by itself"
            if point.ordered.value < 0
            else "with disorder"
            if point.restricted.value < 0
            else "only with all disorder"
            if point.bound.value < 0
            else "not at all"
        )
        ends = f"{point.ordered.value:+z.0f} to {point.bound.value:+z.0f}".replace("-", "−")
        rows[kind].append(f"{item.hydrated_phase} ({ends})")
    if not any(rows.values()):
        return Statement(topic="Disorder", text="No Gibbs energies.", verdict="not computed")
    phrases = {
        "by itself": "stable as ordered crystals",
        "with disorder": "stable once cation vacancies are free and each hydroxide points to one of its empty "
        "neighbours",
        "only with all disorder": "stable only if hydroxide also turned freely",
        "not at all": "unstable even at the upper bound of disorder",
    }
    listed = "; ".join(f"{phrases[kind]}: {', '.join(found)}" for kind, found in rows.items() if found)
    return Statement(
        topic="Disorder",
        text=(
            f"Gibbs energy of MOH + MA → M2OHA at {temperature:g} K in meV, from the ordered crystal to the bound "
            "where empty cation sites and turning hydroxide have their ideal entropy, the same for every cation "
            f"(central values; for the uncertainties see the table): {listed}. "
            "Disorder therefore shifts all cations alike and cannot by itself tell sodium from lithium; it decides at "
            "which temperature a phase near zero appears."
        ),
        verdict=None,
    )


def correlation_statement(correlations: Sequence[Correlation]) -> Statement:
    """Which terms follow the cation's radius."""
    named = {"dry": "dry phase", "oxide": "oxide and water", "wet": "hydrated phase", "hydration": "whole hydration"}
    parts = [
        f"{named.get(c.key, c.key)} r = {c.pearson:+.2f} ({c.slope:+.0f} {c.unit}, {c.systems} systems)"
        for c in correlations
        if c.pearson is not None and c.slope is not None and c.descriptor == "cation radius"
    ]
    if not parts:
        return Statement(topic="Cation size", text="Too few systems to correlate.", verdict="not computed")
    strong = [
        c for c in correlations if c.descriptor == "cation radius" and c.pearson is not None and abs(c.pearson) > 0.9
    ]
    text = f"Correlation of each term with the cation's radius: {'; '.join(parts)}.".replace("-", "−")
    parts = [
        f"{named.get(c.key, c.key)} r = {c.pearson:+.2f}".replace("-", "−")
        for c in correlations
        if c.pearson is not None and c.descriptor == "Madelung part"
    ]
    charges = f" With the Madelung part of the same term: {'; '.join(parts)} (nine systems)." if parts else ""
    follow = ", ".join(named.get(c.key, c.key) for c in strong) or "none"
    return Statement(
        topic="Cation size",
        text=f"{text} Above 0.9 in size: {follow}. Three radii only: this describes and does not prove.{charges}",
        verdict=None,
    )
