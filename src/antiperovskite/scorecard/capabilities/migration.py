"""What the shipped migration studies answer for a claim: barriers, how many there are, and which is lower."""

from __future__ import annotations

from itertools import pairwise
from math import hypot
from typing import Final, get_args

from antiperovskite.errors import MissingReferenceError
from antiperovskite.migration.lowest import height, with_size_error
from antiperovskite.migration.model import Mechanism
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.scorecard.capabilities.composition import FORMULA
from antiperovskite.scorecard.context import Context
from antiperovskite.scorecard.registry import Argument, Arguments, Capability, Result

MECHANISMS: Final = get_args(Mechanism)
CLEARLY: Final = 0.05
"""eV; barriers nearer to each other than this are not told apart: what machine-learned engines are good to."""
DISTINCT: Final = 0.02
"""eV; hops whose barriers differ by less count as one barrier."""
_RANKS: Final = ("lowest", "highest", *(str(rank) for rank in range(1, 10)))
_EXTENT: Final = {"2": 2, "3": 3}

Heights = dict[int, dict[tuple[int, int, int], Quantity]]
"""Hop number -> supercell -> saddle above the lower of both ends."""


def _command(formula: str, mechanism: str, engine: str) -> str:
    return f"antiperovskite migrate {formula} --mechanism {mechanism} --engine {engine}"


def _heights(formula: str, mechanism: str, engine: str) -> Heights | NotComputed:
    """Every barrier of a mechanism by hop and supercell; a hop that failed is the reason for having none.

    One that is a sequence of other hops has no barrier of its own and is left out.
    """
    from antiperovskite.migration.records import migration_set

    missing = f"no {mechanism} barrier of {formula} comes with the package"
    run = f"; run: {_command(formula, mechanism, engine)}"
    try:
        shipped = migration_set(engine)
    except MissingReferenceError:
        return NotComputed(unit="eV", method=f"{missing} for {engine}{run}")
    barriers = shipped.barriers(formula, mechanism)
    if not barriers:
        tried = [why for key, why in shipped.failed.items() if key.split()[:2] == [formula, mechanism]]
        return NotComputed(unit="eV", method=f"{missing} for {engine}{': ' + tried[0] if tried else ''}{run}")
    found: Heights = {}
    for barrier in barriers:
        top = height(barrier)
        if isinstance(top, Quantity):
            found.setdefault(barrier.hop.number, {})[barrier.supercell] = top
    lost = next((b for b in barriers if b.hop.number not in found and not b.composed), None)
    if lost is not None:
        return NotComputed(
            unit="eV",
            method=f"{formula}: {mechanism} hop {lost.hop.number} ({lost.hop.label}) has no barrier, so the others "
            f"cannot be ranked: {lost.problem or lost.forward.method}",
        )
    return found


def _at_size(heights: Heights, size: str) -> dict[int, tuple[tuple[int, int, int], Quantity]]:
    """The barrier of every hop in the supercell asked for; in the largest one with the change from the next smaller."""
    chosen = {}
    for hop, cells in heights.items():
        ordered = sorted(cells, key=lambda times: times[0] * times[1] * times[2])
        if size != "largest":
            ordered = [times for times in ordered if max(times) == _EXTENT[size]]
        if ordered:
            best = cells[ordered[-1]]
            if size == "largest" and len(ordered) > 1:
                best = with_size_error(best, cells[ordered[-2]], ordered[-2])
            chosen[hop] = (ordered[-1], best)
    return chosen


def _ranked(formula: str, mechanism: str, which: str, size: str, engine: str) -> AnyQuantity:
    """One barrier of a formula, hops ordered by height."""
    heights = _heights(formula, mechanism, engine)
    if isinstance(heights, NotComputed):
        return heights
    at = _at_size(heights, size)
    lacking = sorted(set(heights) - set(at))
    if lacking:
        return NotComputed(
            unit="eV",
            method=f"{formula}: {mechanism} hop {lacking[0]} was not computed in a supercell of size {size}; run: "
            f"{_command(formula, mechanism, engine)} --supercells {size}",
        )
    ordered = sorted(at.items(), key=lambda item: item[1][1].value)
    place = {"lowest": 1, "highest": len(ordered)}.get(which) or int(which)
    if place > len(ordered):
        return NotComputed(
            unit="eV", method=f"{formula} has {len(ordered)} computed {mechanism} hop(s), so none is number {place}"
        )
    hop, (times, height) = ordered[place - 1]
    note = f"{formula}, {mechanism} hop {hop} in {'x'.join(map(str, times))}, {place} of {len(ordered)} by height"
    return height.model_copy(update={"method": f"{note}, above the lower end: {height.method}"})


def _barrier(arguments: Arguments, context: Context) -> Result:
    names = ("formula", "mechanism", "which", "size")
    formula, mechanism, which, size = (str(arguments[name]) for name in names)
    return _ranked(formula, mechanism, which, size, context.engine)


def _count(arguments: Arguments, context: Context) -> Result:
    formula, mechanism = str(arguments["formula"]), str(arguments["mechanism"])
    heights = _heights(formula, mechanism, context.engine)
    if isinstance(heights, NotComputed):
        return heights.model_copy(update={"unit": "1"})
    values = sorted(height.value for _, height in _at_size(heights, "largest").values())
    distinct = 1 + sum(high - low > DISTINCT for low, high in pairwise(values))
    some = next(iter(_at_size(heights, "largest").values()))[1]
    return Quantity(
        value=distinct,
        uncertainty=None,
        unit="1",
        n=len(values),
        method=f"groups of the {len(values)} {mechanism} hops that symmetry tells apart, more than {DISTINCT:g} eV "
        f"between them ({', '.join(f'{value:.3f}' for value in values)} eV); no uncertainty: a count",
        source=some.source,
        citations=some.citations,
    )


def _difference(arguments: Arguments, context: Context) -> Result:
    names = ("first", "first_mechanism", "second", "second_mechanism", "size")
    first, first_mechanism, second, second_mechanism, size = (str(arguments[name]) for name in names)
    return difference(first, first_mechanism, second, second_mechanism, size, context.engine)


def difference(
    first: str, first_mechanism: str, second: str, second_mechanism: str, size: str, engine: str
) -> AnyQuantity:
    """Lowest barrier of the first formula and mechanism minus that of the second, eV."""
    return _minus(
        _ranked(first, first_mechanism, "lowest", size, engine),
        _ranked(second, second_mechanism, "lowest", size, engine),
    )


def _minus(first: AnyQuantity, second: AnyQuantity) -> AnyQuantity:
    if isinstance(first, NotComputed) or isinstance(second, NotComputed):
        return first if isinstance(first, NotComputed) else second
    known = [one.uncertainty for one in (first, second) if one.uncertainty is not None]
    said = "" if known else "; no uncertainty: one supercell of each"
    return Quantity(
        value=first.value - second.value,
        uncertainty=hypot(*known) if known else None,
        unit="eV",
        method=f"difference of two lowest barriers{said} ({first.method}; {second.method})",
        source=f"{first.source}; {second.source}" if first.source != second.source else first.source,
        citations=tuple(dict.fromkeys((*first.citations, *second.citations))),
    )


def _farthest(arguments: Arguments, context: Context) -> Result:
    """Of the lowest barriers of several compounds the one farthest from a value: it fails a range first."""
    around = float(arguments["around"])
    found = []
    for formula in str(arguments["formulas"]).split():
        one = _ranked(formula, str(arguments["mechanism"]), "lowest", str(arguments["size"]), context.engine)
        if isinstance(one, NotComputed):
            return one
        found.append((formula, one))
    worst = max((one for _, one in found), key=lambda one: abs(one.value - around))
    listed = ", ".join(f"{formula} {one.value:.3f}" for formula, one in found)
    return worst.model_copy(
        update={"method": f"farthest from {around:g} eV of {listed} eV: {worst.method}", "n": len(found)}
    )


def _dumbbell_below(arguments: Arguments, context: Context) -> Result:
    """The claim's word if the dumbbell's barrier is clearly below the vacancy's in every compound."""
    against = []
    for formula in str(arguments["formulas"]).split():
        found = difference(formula, "dumbbell", formula, "vacancy", "largest", context.engine)
        if isinstance(found, NotComputed):
            return found.model_copy(update={"unit": "1"})
        if abs(found.value) <= max(CLEARLY, 2.0 * (found.uncertainty or 0.0)):
            return NotComputed(unit="1", method=f"undecided: {formula}, dumbbell minus vacancy {found}")
        if found.value > 0:
            against.append(f"{formula}: dumbbell above vacancy by {found}")
    return "; ".join(against) or str(arguments["called"])


_MECHANISM: Final = Argument("text", "what moves", MECHANISMS)
_SIZE: Final = Argument(
    "text", "largest extent of the supercell in unit cells, or the largest there is", ("2", "3", "largest")
)
_FORMULAS: Final = Argument("text", "formulas, with spaces")
_CAVEAT: Final = (
    "static barriers at 0 K of a bulk crystal at fixed cell, one carrier in a neutral cell without compensation; a "
    "machine-learned engine is good to some 0.05 eV and its soft energy surfaces tend to make barriers too low; rank "
    "and count are those of the hops that were computed"
)

CAPABILITIES: Final = (
    Capability(
        "migration_barrier",
        "one barrier of the shipped migration study, hops ranked from the lowest (1, 2, ...), above the lower end",
        {"formula": FORMULA, "mechanism": _MECHANISM, "which": Argument("text", "rank", _RANKS), "size": _SIZE},
        _barrier,
        "eV",
        engine=True,
        energetic=True,
        caveat=_CAVEAT,
    ),
    Capability(
        "migration_barrier_difference",
        "lowest barrier of the first formula and mechanism minus that of the second",
        {
            "first": FORMULA,
            "first_mechanism": _MECHANISM,
            "second": FORMULA,
            "second_mechanism": _MECHANISM,
            "size": _SIZE,
        },
        _difference,
        "eV",
        engine=True,
        energetic=True,
        caveat=_CAVEAT,
    ),
    Capability(
        "farthest_barrier",
        "of the lowest barriers of several formulas the one farthest from a value, so that a range holds all or not",
        {
            "formulas": _FORMULAS,
            "mechanism": _MECHANISM,
            "size": _SIZE,
            "around": Argument("number", "eV, middle of the range"),
        },
        _farthest,
        "eV",
        engine=True,
        energetic=True,
        caveat=_CAVEAT,
    ),
    Capability(
        "barrier_count",
        "how many barriers more than 0.02 eV apart the hops of a mechanism have",
        {"formula": FORMULA, "mechanism": _MECHANISM},
        _count,
        "1",
        engine=True,
        energetic=True,
        caveat=_CAVEAT,
    ),
    Capability(
        "dumbbell_below_vacancy",
        "the claim's word, if the dumbbell's barrier is below the vacancy's in every formula by more than 0.05 eV (and "
        "twice the effect of size), else where it is above",
        {"formulas": _FORMULAS, "called": Argument("text", "the word of the claim")},
        _dumbbell_below,
        None,
        engine=True,
        energetic=True,
        caveat=_CAVEAT,
    ),
)
