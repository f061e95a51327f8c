"""What the electrochemistry room answers for a claim: limits of windows, first products, contact reactions."""

from __future__ import annotations

import math
from typing import Final

from antiperovskite.assessment.contacts import contact_cell
from antiperovskite.assessment.windows import windows_of
from antiperovskite.electrochemistry.contact_model import Contact
from antiperovskite.electrochemistry.model import Window
from antiperovskite.errors import MissingEngineError, MissingReferenceError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.scorecard.capabilities.composition import FORMULA
from antiperovskite.scorecard.context import Context
from antiperovskite.scorecard.registry import Argument, Arguments, Capability, Result

SAMPLES: Final = 400
_COMPOUND: Final = Argument("text", "a compound: an anti-perovskite or one of the reference phases")
_PARTNER: Final = Argument("text", "what it touches; see: antiperovskite contact --help")
_LIMITS: Final = Argument(
    "text",
    "of the phase equilibrium at its composition, or of the compound with its own energy",
    ("equilibrium", "itself"),
)
_DEPENDS: Final = (
    "rests on calibrated enthalpies at 298 K; the entropy of gases would lower oxidation limits with O2 or halogens by "
    "0.06 to 0.09 V, and kinetics are not considered"
)
_NOTHING_RESTS: Final = "thermodynamic driving force; whether an interphase then stops the reaction is another question"


def _window(text: str, context: Context) -> Window | NotComputed:
    try:
        found, failed = windows_of(
            [text], context.engine, samples=SAMPLES, store=context.store, progress=context.progress
        )
    except MissingReferenceError as error:
        return NotComputed(unit="V", method=str(error))
    for reason in failed.values():
        if isinstance(reason, MissingEngineError):
            raise reason
        return NotComputed(unit="V", method=str(reason))
    return found[0]


def _limit(text: str, context: Context, which: str) -> AnyQuantity:
    """The limit, with the uncertainty of sampled energies: at fixed products it would be too small."""
    window = _window(text, context)
    if isinstance(window, NotComputed):
        return window
    fixed = window.oxidation_limit if which == "equilibrium" else window.oxidation_onset_metastable
    if window.sampled is None or isinstance(fixed, NotComputed):
        return fixed
    sampled = window.sampled.oxidation_limit if which == "equilibrium" else window.sampled.oxidation_onset_metastable
    if isinstance(sampled, NotComputed) or sampled.uncertainty is None:
        return fixed
    return fixed.model_copy(
        update={
            "uncertainty": sampled.uncertainty,
            "method": f"{fixed.method}; uncertainty: standard deviation over {SAMPLES} draws of all phase energies, "
            "the hull solved anew",
        }
    )


def _oxidation(arguments: Arguments, context: Context) -> Result:
    return _limit(str(arguments["compound"]), context, str(arguments["of"]))


def _oxidation_difference(arguments: Arguments, context: Context) -> Result:
    first, second = (_limit(str(arguments[place]), context, "equilibrium") for place in ("first", "second"))
    for place, value in (("first", first), ("second", second)):
        if isinstance(value, NotComputed):
            return value.model_copy(update={"method": f"{arguments[place]}: {value.method}"})
    assert isinstance(first, Quantity)
    assert isinstance(second, Quantity)
    known = first.uncertainty is not None and second.uncertainty is not None
    return Quantity(
        value=first.value - second.value,
        uncertainty=math.hypot(first.uncertainty or 0.0, second.uncertainty or 0.0) if known else None,
        unit="V",
        n=min(first.n, second.n),
        method=f"difference of two oxidation limits, uncertainties taken as independent; each: {first.method}",
        source=first.source,
        citations=first.citations,
    )


def _oxidation_products(arguments: Arguments, context: Context) -> Result:
    window = _window(str(arguments["compound"]), context)
    if isinstance(window, NotComputed):
        return window.model_copy(update={"unit": "1"})
    step = next((step for step in window.steps if step.side == "oxidation"), None)
    if step is None:
        return NotComputed(unit="1", method="no oxidation step")
    return " + ".join(sorted(step.products))


def _contact(arguments: Arguments, context: Context) -> Contact:
    return contact_cell(
        str(arguments["formula"]), str(arguments["partner"]), store=context.store, progress=context.progress
    )


def _contact_energy(arguments: Arguments, context: Context) -> Result:
    found = _contact(arguments, context)
    return found.mutual_reaction_energy if arguments["of"] == "mutual" else found.reaction_energy


def _contact_outcome(arguments: Arguments, context: Context) -> Result:
    """``reacts`` where the contact itself, not one compound on its own, gives off more than the threshold."""
    found = _contact(arguments, context)
    energy = found.mutual_reaction_energy
    if isinstance(energy, NotComputed):
        return energy.model_copy(update={"unit": "1"})
    return "reacts" if energy.value < -found.threshold.magnitude(energy.unit) else "stable"


def _contact_product(arguments: Arguments, context: Context) -> Result:
    found = _contact(arguments, context)
    if not found.computed:
        return NotComputed(unit="1", method="; ".join(found.notes) or "not computed")
    formulas = sorted(product.formula for product in found.products)
    return str(arguments["called"]) if arguments["product"] in formulas else f"none in {' + '.join(formulas)}"


def _contact_products(arguments: Arguments, context: Context) -> Result:
    found = _contact(arguments, context)
    if not found.computed:
        return NotComputed(unit="1", method="; ".join(found.notes) or "not computed")
    return " + ".join(sorted(product.formula for product in found.products)) or "no reaction"


CAPABILITIES: Final = (
    Capability(
        "oxidation_limit",
        "voltage against the metal of its main cation at which oxidation begins",
        {"compound": _COMPOUND, "of": _LIMITS},
        _oxidation,
        "V",
        engine=True,
        energetic=True,
        caveat=_DEPENDS,
    ),
    Capability(
        "oxidation_limit_difference",
        "oxidation limit of the first compound minus that of the second",
        {"first": _COMPOUND, "second": _COMPOUND},
        _oxidation_difference,
        "V",
        engine=True,
        energetic=True,
        caveat=_DEPENDS,
    ),
    Capability(
        "oxidation_products",
        "phases after the first step of oxidation, joined by ' + '",
        {"compound": _COMPOUND},
        _oxidation_products,
        None,
        engine=True,
        energetic=True,
        caveat=_DEPENDS,
    ),
    Capability(
        "contact_energy",
        "worst reaction energy with a partner, per atom: mutual, or total against both as given",
        {
            "formula": FORMULA,
            "partner": _PARTNER,
            "of": Argument("text", "which of the two", ("mutual", "total")),
        },
        _contact_energy,
        "meV/atom",
        engine=True,
        energetic=True,
        caveat=_NOTHING_RESTS,
    ),
    Capability(
        "contact_outcome",
        "'reacts' where the contact of two compounds gives off more than 25 meV/atom beyond what each does alone, else "
        "'stable'",
        {"formula": FORMULA, "partner": _PARTNER},
        _contact_outcome,
        None,
        engine=True,
        energetic=True,
        caveat=_NOTHING_RESTS,
    ),
    Capability(
        "contact_product",
        "what a phase is called, if it is among the products of the worst reaction with a partner",
        {
            "formula": FORMULA,
            "partner": _PARTNER,
            "product": Argument("text", "formula of the phase"),
            "called": Argument("text", "the word of the claim"),
        },
        _contact_product,
        None,
        engine=True,
        energetic=True,
        caveat=_NOTHING_RESTS,
    ),
    Capability(
        "contact_products",
        "products of the worst reaction with a partner, joined by ' + '",
        {"formula": FORMULA, "partner": _PARTNER},
        _contact_products,
        None,
        engine=True,
        energetic=True,
        caveat=_NOTHING_RESTS,
    ),
)
