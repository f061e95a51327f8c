"""What the shipped defect studies answer for a claim: reaction energies, which defect dominates, how dopants bind."""

from __future__ import annotations

from collections.abc import Iterable
from math import hypot
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

from antiperovskite.composition import resolve
from antiperovskite.errors import MissingReferenceError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.scorecard.capabilities.composition import FORMULA
from antiperovskite.scorecard.context import Context
from antiperovskite.scorecard.registry import Argument, Arguments, Capability, Result

if TYPE_CHECKING:
    from antiperovskite.defects.results import CombinationResult, DefectStudy

SURE: Final = 0.975
INTRINSIC: Final = ("schottky", "frenkel", "antisite")
"""Kinds whose energies need nothing from outside but the salts of the crystal itself."""
Energies = dict[str, Quantity]


def defects_command(formula: str, engine: str, kinds: Iterable[str] = INTRINSIC, dopants: Iterable[str] = ()) -> str:
    """The command that computes what is missing."""
    wanted = f" --dopants {','.join(dopants)}" if dopants else ""
    return f"antiperovskite defects {formula} --kinds {','.join(kinds)}{wanted} --engine {engine}"


def missing(formula: str, engine: str, command: str, what: str = "defect study", unit: str = "eV") -> NotComputed:
    """The answer where nothing is shipped: what is missing, and the command that makes it."""
    return NotComputed(unit=unit, method=f"no {what} of {formula} comes with the package for {engine}; run: {command}")


def combinations(formula: str, engine: str) -> dict[str, CombinationResult]:
    """Every shipped combination of a host by name, that of the most supercells where two studies have it."""
    study = judged_study(formula, engine)
    return {} if study is None else {item.name: item for item in study.combinations}


def judged_study(formula: str, engine: str) -> DefectStudy | None:
    """All that is shipped of a host, every energy with the uncertainty that verdicts use; ``None`` if nothing is."""
    from antiperovskite.defects.shipped import shipped_study
    from antiperovskite.defects.size_errors import with_size_errors

    try:
        return with_size_errors(shipped_study(formula, engine))
    except MissingReferenceError:
        return None


def energy(item: CombinationResult, state: str) -> AnyQuantity:
    """Energy of one reaction, eV."""
    reactions = {"bound": item.bound, "dispersed": item.dispersed}
    wanted = list(reactions) if state == "lowest" else [state]
    found = [reaction.energy for name in wanted if (reaction := reactions[name]) is not None]
    if not found:
        why = "; ".join(item.notes) or "it did not stay as it was put, or the phases of its reaction are not known"
        return NotComputed(unit="eV", method=f"{item.name} has no {state} energy: {why}")
    return min(found, key=lambda one: one.value)


def _reaction(formula: str, reaction: str, state: str, engine: str) -> AnyQuantity:
    found = combinations(formula, engine)
    if not found:
        return missing(formula, engine, defects_command(formula, engine))
    if reaction not in found:
        return NotComputed(
            unit="eV", method=f"the shipped studies of {formula} have no reaction {reaction!r}, only {', '.join(found)}"
        )
    value = energy(found[reaction], state)
    if isinstance(value, NotComputed):
        return value
    return value.model_copy(update={"method": f"{reaction} in {formula}, {state}, per reaction: {value.method}"})


def _energy(arguments: Arguments, context: Context) -> Result:
    formula, reaction, state = (str(arguments[name]) for name in ("formula", "reaction", "state"))
    return _reaction(formula, reaction, state, context.engine)


def _per_defect(formula: str, reaction: str, state: str, engine: str) -> AnyQuantity:
    value = _reaction(formula, reaction, state, engine)
    if isinstance(value, NotComputed):
        return value
    return _share(value, sum(combinations(formula, engine)[reaction].defects.values()))


def _share(value: Quantity, count: int) -> Quantity:
    error = None if value.uncertainty is None else value.uncertainty / count
    return value.model_copy(
        update={"value": value.value / count, "uncertainty": error, "method": f"per defect: {value.method}"}
    )


def _surely_first(values: Energies, *, highest: bool = False) -> str | NotComputed:
    """The name whose value is below (above) every other with 97.5 % each; of unknown errors nothing is sure."""
    ordered = sorted(values, key=lambda name: values[name].value, reverse=highest)
    side = "above" if highest else "below"
    best, listed = ordered[0], ", ".join(f"{name} {values[name]}" for name in ordered)
    for other in ordered[1:]:
        low, high = (values[other], values[best]) if highest else (values[best], values[other])
        sure = _probability(low, high)
        if sure is None:
            return NotComputed(unit="1", method=f"undecided: the error of the supercell's size is not known ({listed})")
        if sure < SURE:
            return NotComputed(
                unit="1", method=f"undecided: {best} is {side} {other} with {100 * sure:.0f} % ({listed})"
            )
    return best


def _probability(low: Quantity, high: Quantity) -> float | None:
    """Probability that the first is below the second, errors independent; ``None`` where one error is not known."""
    if low.uncertainty is None or high.uncertainty is None:
        return None
    error = hypot(low.uncertainty, high.uncertainty)
    gap = high.value - low.value
    return NormalDist().cdf(gap / error) if error else float(gap > 0)


def _dominating(formula: str, engine: str) -> str | NotComputed:
    found = combinations(formula, engine)
    intrinsic = {name: item for name, item in found.items() if item.kind in INTRINSIC}
    lacking = [kind for kind in ("schottky", "frenkel") if kind not in {item.kind for item in intrinsic.values()}]
    if lacking:
        what = f"study of {' and '.join(lacking)} defects"
        return missing(formula, engine, defects_command(formula, engine), what, "1")
    values: Energies = {}
    for name, item in intrinsic.items():
        value = energy(item, "dispersed")
        if isinstance(value, NotComputed):
            return NotComputed(unit="1", method=f"undecided: {value.method}")
        values[name] = _share(value, sum(item.defects.values()))
    return _surely_first(values)


def _dominant(arguments: Arguments, context: Context) -> Result:
    return _dominating(str(arguments["formula"]), context.engine)


def _halide_schottky(arguments: Arguments, context: Context) -> Result:
    """The claim's word if the alkali halide Schottky pair dominates in every formula."""
    from antiperovskite.defects.catalogue import salt_name

    against = []
    for formula in str(arguments["formulas"]).split():
        sites = resolve(formula).sites
        salts = [f"{salt_name(x, 1, a, 1)} Schottky" for x in sites.X for a in sites.A]
        found = _dominating(formula, context.engine)
        if isinstance(found, NotComputed):
            return found.model_copy(update={"method": f"{formula}: {found.method}"})
        if found not in salts:
            against.append(f"{formula}: {found}")
    return "; ".join(against) or str(arguments["called"])


def _cheaper(arguments: Arguments, context: Context) -> Result:
    """The claim's word if the first reaction surely costs less per defect than the second."""
    states = ("bound", "dispersed") if arguments["state"] == "lowest" else (str(arguments["state"]),)
    values: list[list[Quantity]] = []
    names = []
    for side in ("first", "second"):
        formula, reaction = str(arguments[side]), str(arguments[f"{side}_reaction"])
        found = [_per_defect(formula, reaction, state, context.engine) for state in states]
        known = [one for one in found if isinstance(one, Quantity)]
        if not known:
            return found[0].model_copy(update={"unit": "1"})
        values.append(known)
        names.append(f"{reaction} in {formula}")
    first, second = values
    if names[0] == names[1]:
        return NotComputed(unit="1", method="a reaction cannot be compared with itself")
    listed = ", ".join(f"{n} {' or '.join(map(str, v))}" for n, v in zip(names, values, strict=True))
    below, above = _surely_below(first, second), _surely_below(second, first)
    if below is None or above is None:
        return NotComputed(unit="1", method=f"undecided: the error of the supercell's size is not known ({listed})")
    if max(below, above) < SURE:
        return NotComputed(
            unit="1", method=f"undecided: {names[0]} costs less with {100 * below:.0f} % ({listed}, per defect)"
        )
    return str(arguments["called"]) if below >= SURE else f"{names[1]} costs less"


def _surely_below(low: list[Quantity], high: list[Quantity]) -> float | None:
    """Least probability that the lower state of one is below the lower state of the other: one state below all."""
    found = [[_probability(a, b) for b in high] for a in low]
    rows = [[p for p in row if p is not None] for row in found]
    complete = [row for row, known in zip(found, rows, strict=True) if len(row) == len(known)]
    return max((min(p for p in row if p is not None) for row in complete), default=None)


def _binding(formula: str, dopant: str, engine: str) -> AnyQuantity:
    """Binding of a dopant to the cation vacancy that makes its charge good; over its sites the strongest."""
    bound = {
        name: item.binding
        for name, item in combinations(formula, engine).items()
        if item.kind == "dopant"
        and any(defect.startswith(f"{dopant}_") for defect in item.defects)
        and any(defect.startswith("V_") for defect in item.defects)
    }
    if not bound:
        command = defects_command(formula, engine, ["dopant"], [dopant])
        return missing(formula, engine, command, f"binding of {dopant} and a vacancy")
    values = {name: one for name, one in bound.items() if isinstance(one, Quantity)}
    if not values:
        name, why = next(iter(bound.items()))
        return NotComputed(unit="eV", method=f"{name} in {formula}: {why.method}")
    name = min(values, key=lambda one: values[one].value)
    return values[name].model_copy(update={"method": f"{name} in {formula}: {values[name].method}"})


def _one_binding(arguments: Arguments, context: Context) -> Result:
    return _binding(str(arguments["formula"]), str(arguments["dopant"]), context.engine)


def _ordered(arguments: Arguments, context: Context) -> str | NotComputed:
    """The dopant that binds its vacancy weakest or strongest, where that is sure."""
    formula = str(arguments["formula"])
    dopants = str(arguments["dopants"]).split()
    values: Energies = {}
    for dopant in dopants:
        found = _binding(formula, dopant, context.engine)
        if isinstance(found, NotComputed):
            return found.model_copy(update={"unit": "1"})
        values[dopant] = found
    return _surely_first(values, highest=arguments["which"] == "weakest")


def _order(arguments: Arguments, context: Context) -> Result:
    return _ordered(arguments, context)


def _binds(arguments: Arguments, context: Context) -> Result:
    """The claim's word if it is this dopant that binds weakest or strongest."""
    found = _ordered(arguments, context)
    if isinstance(found, NotComputed):
        return found
    return str(arguments["called"]) if found == arguments["dopant"] else f"{found} binds {arguments['which']}"


_STATE: Final = Argument(
    "text", "defects beside each other, far apart, or the lower of both", ("bound", "dispersed", "lowest")
)
_DOPANTS: Final = Argument("text", "elements, with spaces")
_WHICH: Final = Argument("text", "which end of the order", ("weakest", "strongest"))
_CALLED: Final = Argument("text", "the word of the claim")
_REACTION: Final = Argument("text", "as antiperovskite defects names it, such as LiCl Schottky")
_FORMULAS: Final = Argument("text", "formulas, with spaces")
_CAVEAT: Final = (
    "static energies at 0 K of neutral supercells at fixed cell; the engine knows no charges, so far defects do not "
    "attract each other beyond its reach; the uncertainty is that of the supercell's size (of one size: the largest "
    "effect of size in that host), the engine's own error is not in it"
)

CAPABILITIES: Final = (
    Capability(
        "defect_energy",
        "energy of one reaction of the shipped defect study, per reaction as written",
        {"formula": FORMULA, "reaction": _REACTION, "state": _STATE},
        _energy,
        "eV",
        engine=True,
        energetic=True,
        caveat=_CAVEAT,
    ),
    Capability(
        "dominant_defect",
        "the intrinsic reaction (Schottky, Frenkel, antisite) with the surely (97.5 %) lowest energy per defect",
        {"formula": FORMULA},
        _dominant,
        None,
        engine=True,
        energetic=True,
        caveat=_CAVEAT,
    ),
    Capability(
        "halide_schottky_dominates",
        "the claim's word, if the pair of cation and A-anion vacancies dominates in every formula, else what does",
        {"formulas": _FORMULAS, "called": _CALLED},
        _halide_schottky,
        None,
        engine=True,
        energetic=True,
        caveat=_CAVEAT,
    ),
    Capability(
        "defect_costs_less",
        "the claim's word, if the first reaction surely (97.5 %) costs less energy per defect than the second",
        {
            "first": FORMULA,
            "first_reaction": _REACTION,
            "second": FORMULA,
            "second_reaction": _REACTION,
            "state": _STATE,
            "called": _CALLED,
        },
        _cheaper,
        None,
        engine=True,
        energetic=True,
        caveat=_CAVEAT,
    ),
    Capability(
        "dopant_binding",
        "energy of a dopant beside its cation vacancy minus far from it; negative: they attract",
        {"formula": FORMULA, "dopant": Argument("text", "element")},
        _one_binding,
        "eV",
        engine=True,
        energetic=True,
        caveat=_CAVEAT,
    ),
    Capability(
        "dopant_binding_order",
        "the dopant that binds its cation vacancy surely (97.5 %) weakest or strongest",
        {"formula": FORMULA, "dopants": _DOPANTS, "which": _WHICH},
        _order,
        None,
        engine=True,
        energetic=True,
        caveat=_CAVEAT,
    ),
    Capability(
        "dopant_binds",
        "the claim's word, if this dopant of several binds surely (97.5 %) weakest or strongest, else which does",
        {
            "formula": FORMULA,
            "dopants": _DOPANTS,
            "dopant": Argument("text", "element, one of the dopants"),
            "which": _WHICH,
            "called": _CALLED,
        },
        _binds,
        None,
        engine=True,
        energetic=True,
        caveat=_CAVEAT,
    ),
)
