"""Precursor sets that balance: non-negative amounts that give one formula unit and the gas of the rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from antiperovskite.stability.routes.rules import GASES, Precursor, Rule

TOLERANCE: Final = 1e-8
MOST_SETS: Final = 4
"""Sets of one rule that are kept, those with the fewest precursors first."""


@dataclass(frozen=True)
class PrecursorSet:
    """Precursors with amounts per formula unit of the product, and the gas that leaves."""

    kind: str
    precursors: tuple[tuple[Precursor, float], ...]
    gas: str = ""
    gas_amount: float = 0.0

    @property
    def elements(self) -> dict[str, float]:
        """Atoms that are weighed in per formula unit."""
        total: dict[str, float] = {}
        for precursor, amount in self.precursors:
            for element, count in precursor.elements.items():
                total[element] = total.get(element, 0.0) + amount * count
        return total


def balanced_sets(rule: Rule, target: Mapping[str, float]) -> tuple[PrecursorSet, ...]:
    """Return the precursor sets of a rule that balance to one formula unit of ``target`` (atoms).

    Each set uses every required kind of precursor, and no more substances than the balance needs (the amounts are then
    unique); sum_i n_i c_i = target + m gas, n_i > 0, and m > 0 where the rule has a gas.

    Examples
    --------
    >>> from antiperovskite.composition import resolve
    >>> from antiperovskite.stability.routes.rules import route_rules
    >>> formula = resolve("Na3OBr")
    >>> (found,) = balanced_sets(route_rules(formula)[2], formula.elements)
    >>> [(p.label, n) for p, n in found.precursors], found.gas, found.gas_amount
    ([('NaOH', 1.0), ('NaBr', 1.0), ('Na', 1.0)], 'H2', 0.5)
    """
    found: list[PrecursorSet] = []
    needed = len(rule.required)
    for size in range(max(needed, 1), min(len(rule.pool), len(target) + 1) + 1):
        for chosen in combinations(rule.pool, size):
            if not rule.required <= {precursor.word for precursor in chosen}:
                continue
            balanced = _solve(chosen, target, rule.gas)
            if balanced is not None:
                amounts, gas = balanced
                pairs = tuple(zip(chosen, amounts, strict=True))
                found.append(PrecursorSet(rule.kind, pairs, rule.gas, gas))
        if len(found) >= MOST_SETS:
            break
    return tuple(found[:MOST_SETS])


def _solve(
    chosen: Sequence[Precursor], target: Mapping[str, float], gas: str
) -> tuple[tuple[float, ...], float] | None:
    """Amounts of all chosen precursors and of the gas, if they are unique and positive."""
    import numpy as np

    columns = [dict(precursor.elements) for precursor in chosen]
    if gas:
        columns.append({element: -count for element, count in GASES[gas].items()})
    elements = sorted({*target, *(element for column in columns for element in column)})
    content = np.array([[column.get(element, 0.0) for column in columns] for element in elements])
    wanted = np.array([target.get(element, 0.0) for element in elements])
    amounts, _, rank, _ = np.linalg.lstsq(content, wanted, rcond=None)
    if rank < len(columns) or np.abs(content @ amounts - wanted).max() > TOLERANCE or (amounts <= TOLERANCE).any():
        return None
    values = [round(float(amount), 9) for amount in amounts]
    return (tuple(values[:-1]), values[-1]) if gas else (tuple(values), 0.0)
