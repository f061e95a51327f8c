"""Is there a range of voltages for it, and does it survive the metal of its own ion?"""

from __future__ import annotations

from collections.abc import Iterable

from antiperovskite.assessment.model import Verdict
from antiperovskite.assessment.verdicts import words
from antiperovskite.electrochemistry.contact_model import Contact, Kink
from antiperovskite.electrochemistry.model import Side, Window, WindowStep
from antiperovskite.quantity import NotComputed, Quantity

KINETICS_CAVEAT = "thermodynamic limits; slow kinetics and passivation can widen what is observed"
END = 1e-3
INTERFACE_CAVEAT = "driving force only: a slow reaction or an insulating layer of products can hide it"


def window_verdict(window: Window | None) -> Verdict | None:
    """Is it stable over a range of voltages, and over which?"""
    if window is None or window.on_hull is None:
        return None
    stable = window.probability_stable
    if isinstance(stable, NotComputed):
        return None
    chance = f"probability that it is stable at all: {words.percent(stable.value)}"
    later = tuple(_passivation(window))
    return Verdict(
        question="Is it stable over a range of voltages?",
        answer=words.answer_of(stable.value),
        headline=_own_window(window, stable.value) if window.on_hull else _no_window(window, stable.value),
        reasons_for=(chance, *_sampled(window)) if window.on_hull else later,
        reasons_against=later if window.on_hull else (chance, *_sampled(window)),
        caveats=(KINETICS_CAVEAT, words.CALIBRATION_CAVEAT),
    )


def first_step(window: Window, side: Side) -> WindowStep | None:
    """Return the step next to the window on one side, if there is one."""
    steps = [step for step in window.steps if step.side == side]
    by_voltage = sorted(steps, key=lambda step: step.voltage.value, reverse=side == "reduction")
    return by_voltage[0] if by_voltage else None


def _span(window: Window) -> str:
    """The range in words: ``from 0 V to 1.78(13) V against Na``."""
    low, high = window.reduction_limit, window.oxidation_limit
    if isinstance(high, NotComputed) or isinstance(low, NotComputed):
        return f"at no voltage against {window.reference}"
    return f"from {words.value(low)} to {words.value(high)} against {window.reference}"


def _own_window(window: Window, probability: float) -> str:
    oxidation, reduction = first_step(window, "oxidation"), first_step(window, "reduction")
    sure = words.answer_of(probability) in {"yes", "likely"}
    parts = [f"{'Stable' if sure else 'If it is stable at all,'} {_span(window)}"]
    if oxidation is not None:
        parts.append(f"above, oxidation gives {_mixture(oxidation.products)}")
    parts.append(
        f"below, reduction gives {_mixture(reduction.products)}"
        if reduction is not None
        else f"it lasts down to {window.reference} metal"
    )
    return "; ".join(parts) + "."


def _no_window(window: Window, probability: float) -> str:
    sure = words.answer_of(probability) in {"no", "unlikely"}
    lower = _mixture(window.equilibrium)
    said = f"{'None' if sure else 'Perhaps none'} of its own: {lower} lie lower, and last {_span(window)}"
    onset = window.oxidation_onset_metastable
    if isinstance(onset, Quantity):
        said += f"; a metastable sample is open to oxidation from {words.value(onset)}"
    return f"{said}."


def _sampled(window: Window) -> Iterable[str]:
    """What remains when the energies move within their errors and the products may change."""
    sampled = window.sampled
    if sampled is None or isinstance(sampled.oxidation_limit, NotComputed):
        return
    said = f"oxidation from {words.value(sampled.oxidation_limit)}"
    reduction = sampled.reduction_limit
    if isinstance(reduction, Quantity) and reduction.value > 0.0:
        said += f", reduction from {words.value(reduction)} down"
    yield f"with all energies drawn within their errors, products free ({sampled.samples} draws): {said}"


def _passivation(window: Window) -> Iterable[str]:
    for side, text in window.passivation.items():
        if first_step(window, side) is not None:
            yield f"{side}: {text}"


def metal_verdict(contact: Contact | None, window: Window | None) -> Verdict | None:
    """Does it survive the metal of its own ion? Asked of reactions that need both."""
    if contact is None or isinstance(contact.mutual_reaction_energy, NotComputed):
        return None
    energy, probability = contact.mutual_reaction_energy, contact.mutual_probability
    reacts = probability.value if isinstance(probability, Quantity) else 0.0
    size = f"{contact.threshold.value:g} meV/atom"
    chance = f"probability that a reaction of the two gives off more than {size}: {words.percent(reacts)}"
    survives = energy.value >= 0.0
    facts = tuple(_metal_facts(contact, window, reacts=not survives))
    return Verdict(
        question="Does it survive its own metal?",
        answer=words.answer_of(1.0 - reacts),
        headline=_metal_headline(contact, energy),
        reasons_for=(chance, *facts) if survives else (),
        reasons_against=() if survives else (chance, *facts),
        caveats=(INTERFACE_CAVEAT, words.CALIBRATION_CAVEAT),
    )


def _worst(contact: Contact) -> Kink | None:
    """Where the two release most together."""
    return min(contact.kinks, key=lambda kink: kink.mutual_reaction_energy.value, default=None)


def _metal_headline(contact: Contact, energy: Quantity) -> str:
    worst = _worst(contact)
    if energy.value < 0.0 and worst is not None:
        released = words.value(energy.model_copy(update={"value": -energy.value}))
        return f"{contact.partner} metal attacks it: {worst.equation}, releasing {released}."
    said = f"No reaction with {contact.partner} metal goes downhill"
    total = contact.reaction_energy
    if isinstance(total, Quantity) and total.value < 0.0:
        return f"{said}; it can only fall apart by itself, into {_mixture(p.formula for p in contact.products)}."
    return f"{said}."


def _metal_facts(contact: Contact, window: Window | None, *, reacts: bool) -> Iterable[str]:
    nearest = contact.nearest
    if nearest is not None and END < nearest.mixing_ratio < 1.0 - END:  # at an end only one of the two takes part
        yield f"the nearest reaction, {nearest.equation}, costs {words.value(nearest.mutual_reaction_energy)}"
    if window is not None and window.sampled is not None and window.reference == contact.partner:
        share = words.percent(window.sampled.stable_against_metal)
        yield (
            f"its phases last down to 0 V in {share} of {window.sampled.samples} draws of all energies within their "
            "errors"
        )
    if reacts and window is not None and window.reference == contact.partner:
        yield f"reduction: {window.passivation['reduction']}"


def _mixture(names: Iterable[str]) -> str:
    return " + ".join(names)
