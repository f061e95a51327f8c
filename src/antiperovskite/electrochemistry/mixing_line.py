"""The lower convex hull along a straight line between two compositions: all its kinks, exactly.

H(t) = min_n sum_p n_p cost_p  subject to  sum_p n_p content_ep = (1 - t) start_e + t end_e,  n_p >= 0,

is convex and piecewise linear in t. The dual solution at any t gives a straight line that touches H there and lies
below it everywhere, so two such lines can only meet on H or below it. Where the lines of two points meet on H, the
point is a kink and both sides are known; where they meet below, the dual solution there is a new line, and both halves
are searched again. (Eisner and Severance, J. ACM 23, 619, 1976: every segment costs at most two linear programmes.)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

TOUCHING: Final = 1e-9
"""eV per counted atom within which a line touches the hull."""
AMOUNT: Final = 1e-8
"""Amounts below this are round-off of the solver."""


@dataclass(frozen=True)
class Breakpoint:
    """One corner of the hull along the line: place in [0, 1], height (eV), and phases (column, amount) there."""

    position: float
    value: float
    amounts: tuple[tuple[int, float], ...] = field(compare=False)


@dataclass(frozen=True)
class _Touch:
    """H at one point, with a line that touches it there: height = intercept + slope t."""

    breakpoint: Breakpoint
    intercept: float
    slope: float

    def height(self, position: float) -> float:
        return self.intercept + self.slope * position


class MixingLine:
    """The hull of phases between two compositions.

    Parameters
    ----------
    content
        Atoms of each counted element in each phase, shape (n_elements, n_phases).
    costs
        Energies (eV) of the phases, shape (n_phases,).
    start, end
        The two compositions, shape (n_elements,) each.
    """

    def __init__(self, content: Any, costs: Any, start: Any, end: Any) -> None:
        import numpy as np

        self._content = np.asarray(content, dtype=float)
        self._start = np.asarray(start, dtype=float)
        self._change = np.asarray(end, dtype=float) - self._start
        # energies against a fitted sum over the elements, so that the solver's tolerances act on meV, not on keV
        costs = np.asarray(costs, dtype=float)
        self._offsets, *_ = np.linalg.lstsq(self._content.T, costs, rcond=None)
        self._costs = costs - self._content.T @ self._offsets

    def at(self, position: float) -> Breakpoint | None:
        """Return the stable mixture at one place; ``None`` if no mixture has that composition."""
        touch = self._touch(position)
        return None if touch is None else touch.breakpoint

    def breakpoints(self) -> list[Breakpoint]:
        """Return both ends and every kink between them, in order; empty if an end cannot be reached."""
        first, last = self._touch(0.0), self._touch(1.0)
        if first is None or last is None:
            return []
        points = [first.breakpoint, *self._between(first, last), last.breakpoint]
        return _without_straight_points(points)

    def _touch(self, position: float) -> _Touch | None:
        from scipy.optimize import linprog

        wanted = self._start + position * self._change
        result = linprog(
            self._costs,
            A_eq=self._content,
            b_eq=wanted,
            bounds=(0, None),
            method="highs-ds",
            options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
        )
        if result.status != 0:
            return None
        prices = result.eqlin.marginals + self._offsets
        value = float(result.fun + self._offsets @ wanted)
        slope = float(prices @ self._change)
        amounts = tuple((k, float(n)) for k, n in enumerate(result.x) if n > AMOUNT)
        return _Touch(Breakpoint(position, value, amounts), value - slope * position, slope)

    def _between(self, left: _Touch, right: _Touch) -> list[Breakpoint]:
        """Kinks strictly between two places, found without recursion so that no depth limit applies."""
        found: list[Breakpoint] = []
        open_pairs = [(left, right)]
        while open_pairs:
            low, high = open_pairs.pop()
            a, b = low.breakpoint.position, high.breakpoint.position
            gap = high.slope - low.slope
            # one line touches both ends: H is straight between them
            if gap <= 0 or high.height(a) >= low.height(a) - TOUCHING or low.height(b) >= high.height(b) - TOUCHING:
                continue
            crossing = (low.intercept - high.intercept) / gap
            middle = self._touch(crossing)
            if middle is None:  # round-off at the rim; the ends are feasible and so is everything between them
                continue
            if crossing - a > AMOUNT and b - crossing > AMOUNT:
                found.append(middle.breakpoint)
            if middle.breakpoint.value > low.height(crossing) + TOUCHING:
                open_pairs += [(low, middle), (middle, high)]
        return sorted(found, key=lambda point: point.position)


def _without_straight_points(points: list[Breakpoint]) -> list[Breakpoint]:
    """Drop points at which the hull does not bend."""
    kept = [points[0]]
    for here, after in pairwise(points[1:]):
        before = kept[-1]
        share = (here.position - before.position) / (after.position - before.position)
        if (1.0 - share) * before.value + share * after.value - here.value > TOUCHING:
            kept.append(here)
    return [*kept, points[-1]]
