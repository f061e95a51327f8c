"""The ways a pool of atoms can be divided into registered ions (rules R1, R2 and R5), most literal first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Final

from antiperovskite.composition.elements import ATOMIC_NUMBERS
from antiperovskite.composition.parse import SMALLEST, Amounts, Parsed
from antiperovskite.ions.model import Ion

_MOST_READINGS: Final = 256


@dataclass(frozen=True)
class Reading:
    """Ions and their amounts, and the clusters that were put together from unbracketed atoms."""

    ions: Mapping[str, Fraction]
    formed: tuple[str, ...] = ()


def central_element(ion: Ion) -> str:
    """Return the element that a cluster must use up: its rarest one, hydrogen for OH."""
    return min(ion.elements, key=lambda e: (ion.elements[e], e == "O", -ATOMIC_NUMBERS.get(e, 0)))


def readings(parsed: Parsed, ions: Mapping[str, Ion]) -> Iterator[Reading]:
    """Yield every division of the parsed atoms into registered ions, larger clusters first (rule R2)."""
    clusters = [ion for ion in ions.values() if ion.is_cluster and ion.sites and set(ion.elements) <= set(parsed.pool)]
    clusters.sort(key=lambda ion: (-len(ion.atoms), ion.symbol))
    for formed, rest in islice(_divide(clusters, dict(parsed.pool)), _MOST_READINGS):
        if all(_is_atomic(element, ions) for element in rest):
            amounts = dict(parsed.clusters)
            for source in (formed, rest):
                for symbol, amount in source.items():
                    amounts[symbol] = amounts.get(symbol, Fraction(0)) + amount
            yield Reading(amounts, tuple(formed))


def _divide(clusters: list[Ion], pool: Amounts) -> Iterator[tuple[Amounts, Amounts]]:
    if not clusters:
        yield {}, pool
        return
    first, others = clusters[0], clusters[1:]
    amount = min(pool.get(element, Fraction(0)) / count for element, count in first.elements.items())
    centre = central_element(first)
    if amount >= SMALLEST and amount * first.elements[centre] == pool[centre]:
        left = {e: n - amount * first.elements.get(e, 0) for e, n in pool.items()}
        for formed, rest in _divide(others, {e: n for e, n in left.items() if n > 0}):
            yield {first.symbol: amount, **formed}, rest
    yield from _divide(others, pool)


def _is_atomic(element: str, ions: Mapping[str, Ion]) -> bool:
    return element in ions and not ions[element].is_cluster and bool(ions[element].sites)


def unreadable(parsed: Parsed, ions: Mapping[str, Ion]) -> tuple[str, tuple[str, ...]]:
    """Return the first element no reading can place, and the clusters it could be part of."""
    for element in parsed.pool:
        if not _is_atomic(element, ions):
            return element, tuple(ion.symbol for ion in ions.values() if ion.is_cluster and element in ion.elements)
    raise AssertionError("every element is an ion")


def completed_hydroxide(reading: Reading, charge: Fraction, ions: Mapping[str, Ion]) -> Reading | None:
    """Add the oxide that ``(OH)x`` leaves unprinted, if that makes the formula neutral and fills B (rule R5)."""
    if charge <= 0 or "OH" not in reading.ions or "O" in reading.ions or "O" not in ions:
        return None
    oxide = Fraction(round(charge / 2 * 10**6), 10**6)
    b = oxide + sum(n for s, n in reading.ions.items() if ions[s].charge < 0 and ions[s].sites[0] == "B")
    a = sum(n for s, n in reading.ions.items() if ions[s].charge < 0 and ions[s].sites[0] != "B")
    if abs(a - b) > Fraction(1, 200) * b:
        return None
    return Reading({**reading.ions, "O": oxide}, reading.formed)
