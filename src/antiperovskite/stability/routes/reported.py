"""Which published syntheses used a route's precursors, and what the computation says they should have given."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product as choices
from typing import TYPE_CHECKING, Final

from antiperovskite.evidence.model import SynthesisRow
from antiperovskite.quantity import AnyQuantity, NotComputed
from antiperovskite.stability.energies import same_composition
from antiperovskite.stability.routes.balancing import PrecursorSet
from antiperovskite.stability.routes.model import Outcome, ReportedRoute

if TYPE_CHECKING:
    from antiperovskite.composition.model import Formula

_CHEMICAL: Final = re.compile(r"^(?:[A-Z][a-z]?|[().\d])+$")
SQUEEZED: Final = 0.05  # GPa; there a volume change of 1 angstrom^3 is 0.3 meV, and gases are no longer ideal


@dataclass(frozen=True)
class Verdict:
    """What equilibrium leaves under one set of conditions; ``where`` names them."""

    where: str
    outcome: Outcome
    left_behind: Mapping[str, float]
    probability: AnyQuantity


def published(formula: Formula) -> tuple[SynthesisRow, ...]:
    """Return the rows of Table 2, shipped or a lab's own, that concern a formula."""
    from antiperovskite.evidence import evidence_for

    return evidence_for(formula).syntheses


def reagent_sets(row: SynthesisRow) -> tuple[tuple[dict[str, float], ...], ...]:
    """Return the reagents of a row as atoms, once for every choice where it prints "NaCl or NaBr".

    Empty where a reagent is no formula ("Li3OCl target").
    """
    options = [[_atoms(text) for text in re.split(r"\s+or\s+", reagent)] for reagent in row.reagents]
    if not options or any(atoms is None for option in options for atoms in option):
        return ()
    return tuple(tuple(atoms for atoms in chosen if atoms is not None) for chosen in choices(*options))


def _atoms(text: str) -> dict[str, float] | None:
    from pymatgen.core import Composition

    if not _CHEMICAL.match(text.strip()):
        return None
    try:
        found = Composition(text.strip()).get_el_amt_dict()
    except ValueError:
        return None
    return {str(element): float(n) for element, n in found.items()}


def used_by(row: SynthesisRow, chosen: PrecursorSet) -> bool:
    """Whether a published synthesis weighed in exactly these precursors (in whatever ratio)."""
    wanted = [precursor.elements for precursor, _ in chosen.precursors]
    return any(_same(reagents, wanted) for reagents in reagent_sets(row))


def _same(first: Sequence[Mapping[str, float]], second: Sequence[Mapping[str, float]]) -> bool:
    return len(first) == len(second) and all(any(same_composition(a, b) for b in second) for a in first)


def is_aqueous(row: SynthesisRow) -> bool:
    """Whether water is among the reagents."""
    return any(same_composition(atoms, {"H": 2.0, "O": 1.0}) for option in reagent_sets(row) for atoms in option)


def highest_temperature(row: SynthesisRow) -> float | None:
    """The highest reported temperature, K."""
    return max((quantity.magnitude("K") for quantity in row.temperature), default=None)


def reported_routes(
    rows: Iterable[SynthesisRow], product: str, judge: Callable[[float], Verdict | None] | None
) -> tuple[ReportedRoute, ...]:
    """Write rows as records, each judged at its highest temperature.

    ``judge`` is None where the route is not computed at all, and gives None at temperatures outside what is.
    """
    return tuple(_reported(row, product, judge) for row in rows)


def _reported(row: SynthesisRow, product: str, judge: Callable[[float], Verdict | None] | None) -> ReportedRoute:
    temperature = highest_temperature(row)
    verdict = None if temperature is None or judge is None else judge(temperature)
    record = ReportedRoute(
        id=row.id,
        product=row.formula,
        reagents=row.reagents,
        procedure=row.procedure,
        temperature=row.temperature,
        pressure=row.pressure,
        atmosphere=row.atmosphere,
        remarks=" ".join(text for text in (row.remarks, row.remark) if text),
        citations=row.citations,
    )
    if verdict is None:
        why = "no temperature is reported" if temperature is None else f"{temperature:g} K could not be computed"
        why = "the route is not computed" if judge is None else why
        return record.model_copy(update={"probability": NotComputed(unit="1", method=why)})
    return record.model_copy(
        update={
            "outcome": verdict.outcome,
            "left_behind": dict(verdict.left_behind),
            "probability": verdict.probability,
            "flag": _flag(verdict, product) + _squeezed(row),
        }
    )


def _flag(verdict: Verdict, product: str) -> str:
    """Say where equilibrium contradicts the reported product."""
    if verdict.outcome in {"target", "not computed"}:
        return ""
    mixture = " + ".join(verdict.left_behind)
    words = {
        "target in part": f"{product} beside other phases",
        "unreacted precursors": "the precursors unreacted",
        "hydrated phase": "hydroxide or a hydrated phase",
        "simple salts": "simple salts",
        "other phases": "other phases",
    }[verdict.outcome]
    sure = verdict.probability.value
    chance = "" if sure is None else f"; probability that {product} wins: {sure:.2f}"
    return f"{verdict.where} equilibrium is {words} ({mixture}){chance}"


def _squeezed(row: SynthesisRow) -> str:
    """Say so where the synthesis was made under a pressure that changes energies of solids."""
    highest = max((q.magnitude("GPa") for q in row.pressure), default=0.0)
    return f"; made at {highest:g} GPa, computed without pressure" if highest > SQUEEZED else ""
