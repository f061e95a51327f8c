"""One barrier for each mechanism, where a concentration or a sentence needs one number."""

from __future__ import annotations

from collections.abc import Iterable
from math import hypot

from antiperovskite.migration.model import Barrier, Mechanism
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity


def height(barrier: Barrier) -> AnyQuantity:
    """The saddle above the lower of both ends; nothing of a path with a problem."""
    if barrier.problem is not None:
        return NotComputed(unit="eV", method=barrier.problem)
    ends = [end for end in (barrier.forward, barrier.backward) if isinstance(end, Quantity)]
    return max(ends, key=lambda end: end.value, default=barrier.forward)


def lowest_barrier(barriers: Iterable[Barrier], mechanism: Mechanism) -> AnyQuantity:
    """The lowest barrier of a mechanism, each hop in its largest cell; uncertainty: the change from the next smaller.

    A lone carrier where both ways were computed: the compensated cell holds another question.
    """
    mine = [b for b in barriers if b.hop.mechanism == mechanism and b.compensation == "none"]
    if not mine:
        return NotComputed(unit="eV", method=f"no {mechanism} hop was searched for")
    heights = {
        number: [(b, h) for b in sorted(mine, key=lambda b: b.atoms)
                 if b.hop.number == number and isinstance(h := height(b), Quantity)]
        for number in dict.fromkeys(b.hop.number for b in mine)
    }  # fmt: skip
    best = min((cells for cells in heights.values() if cells), key=lambda cells: cells[-1][1].value, default=None)
    if best is None:
        return NotComputed(unit="eV", method=mine[-1].problem or mine[-1].forward.method)
    barrier, value = best[-1]
    cell = "x".join(map(str, barrier.supercell))
    missing = [str(number) for number, cells in heights.items() if not cells]
    lost = f"; hop {', '.join(missing)} has none" if missing else ""
    of = f"lowest of {len(heights)} distinct {mechanism} hops" if len(heights) > 1 else f"{mechanism} hop"
    plain = value.method.replace(", the effect of cell size and the engine's own error are not in it", "")
    method = f"{of} ({barrier.hop.label}) in {cell}{lost}; {plain}"
    if len(best) == 1:
        return value.model_copy(update={"method": f"{method}; no uncertainty: one supercell"})
    smaller, other = best[-2]
    value = value.model_copy(update={"method": method, "n": len(best)})
    return with_size_error(value, other, smaller.supercell)


def with_size_error(largest: Quantity, smaller: Quantity, times: tuple[int, int, int]) -> Quantity:
    """The value of the largest cell, with its change from the next smaller one as uncertainty."""
    change = abs(largest.value - smaller.value)
    return largest.model_copy(
        update={
            "uncertainty": hypot(change, largest.uncertainty or 0.0),
            "method": f"{largest.method}; uncertainty: change from {'x'.join(map(str, times))}, the engine's error is "
            "not in it",
        }
    )
