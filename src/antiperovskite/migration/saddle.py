"""The top of the way: across the coordinate downhill, along it to where the slope vanishes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from antiperovskite.engines.quasi_newton import Force, InverseHessian, Minimum, capped, largest, minimise
from antiperovskite.migration.coordinate import Coordinate, Guess

_LOOSE_FORCE: Final = 0.1
_LOOSE_FALL: Final = 0.004  # eV; how well the framework follows before the next step along the way
_LONGEST: Final = 0.25  # angstrom of the ion, one step along the way
_UPHILL: Final = 0.15  # angstrom; where the curvature along the way has the wrong sign
_NARROW: Final = 0.03  # angstrom; the slope changes sign within this although it is not small: a cusp
_CLOSED: Final = 0.002  # angstrom; nothing is left to halve
_CONCAVE: Final = -0.05
_STEEPEST: Final = -50.0


@dataclass
class Top:
    """A stationary point with energy at its highest along the coordinate; ``response`` is d x/dq across it."""

    x: Any
    energy: float
    forces: Any
    coordinate: Coordinate
    inverse: InverseHessian
    left: float
    fall: float
    converged: bool
    response: Any = None
    steps: int = 0


@dataclass
class _Trail:
    """Points where the framework has followed: (q, force along, positions), and the slopes that enclose the top."""

    points: list[tuple[float, float, Any]] = field(default_factory=list)

    def bend(self) -> float | None:
        """Curvature of E(q) by the last two points."""
        if len(self.points) < 2:
            return None
        (q, f, _), (other, g, _) = self.points[-1], self.points[-2]
        return -(f - g) / (q - other) if abs(q - other) > 1e-3 else None

    def response(self, coordinate: Coordinate) -> Any:
        """How the framework follows, by the last two points."""
        if len(self.points) < 2:
            return None
        (q, _, x), (other, _, y) = self.points[-1], self.points[-2]
        return coordinate.across(x - y) / (q - other) if abs(q - other) > 1e-3 else None

    def enclosed(self) -> tuple[tuple[float, float, Any], tuple[float, float, Any]] | None:
        """Nearest point below the top (energy rises there) and above it."""
        rising = [p for p in self.points if p[1] < 0.0]
        falling = [p for p in self.points if p[1] > 0.0]
        if not rising or not falling:
            return None
        return max(rising, key=lambda p: p[0]), min(falling, key=lambda p: p[0])


def find_top(
    force: Force,
    guess: Guess,
    coordinate: Coordinate,
    *,
    fmax: float,
    fall: float,
    max_steps: int,
    turned: bool = False,
) -> Top:
    """Find the stationary point that is a maximum along ``coordinate`` and a minimum across it.

    Where the framework jumps between two states while the ion passes, the energy has a cusp and no smooth top; the
    search then goes on along the jump.

    Parameters
    ----------
    guess
        A point near it and the curvature along the coordinate.
    fmax, fall
        Longest force allowed, eV/angstrom, and energy in eV that the quadratic model may still see, along and across.
    max_steps
        Force calls before giving up.
    """
    trail, used, bend = _Trail(), 0, guess.bend
    x, inverse, known = guess.x, guess.inverse, None
    tight = False
    while True:
        found = minimise(
            force, x, inverse, project=coordinate.across, start=known, max_steps=max(max_steps - used, 1),
            fmax=fmax if tight else max(fmax, _LOOSE_FORCE), fall=0.5 * fall if tight else max(fall, _LOOSE_FALL),
        )  # fmt: skip
        used += found.steps + (known is None)
        along, q = coordinate.value(found.forces), coordinate.value(found.positions)
        if tight and trail.points and abs(trail.points[-1][0] - q) < 1e-9:
            trail.points.pop()
        trail.points.append((q, along, found.positions))
        bend = _bend(trail, bend)
        left = 0.5 * along**2 / max(abs(bend), 0.3)
        flat = left <= 0.5 * fall and abs(along) * largest(coordinate.t) <= fmax
        if (flat and tight and found.converged and largest(found.forces) <= fmax) or used >= max_steps:
            return _top(found, coordinate, trail, fall_left=found.fall + left, done=flat and found.converged, used=used)
        sides = trail.enclosed()
        narrow = sides is not None and abs(sides[1][0] - sides[0][0]) < coordinate.moves(_NARROW)
        if (flat or narrow) and not tight:
            # what was found with a framework that follows only roughly does not enclose the top any more
            x, known, tight, trail = found.positions, (found.energy, found.forces), True, _Trail(trail.points[-1:])
            continue
        if narrow and not turned:
            return _over_the_cusp(force, sides, coordinate, inverse, fmax, fall, max_steps - used)
        if sides is not None and abs(sides[1][0] - sides[0][0]) < coordinate.moves(_CLOSED):
            return _top(found, coordinate, trail, fall_left=found.fall + left, done=False, used=used)
        step = _along(coordinate, along, bend, q, sides)
        follow = trail.response(coordinate)
        move = step * coordinate.t + (0.0 if follow is None else capped(step * follow, _UPHILL))
        x, known = found.positions + move, None


def _bend(trail: _Trail, before: float) -> float:
    measured = trail.bend()
    if measured is None:
        return before
    return max(measured, _STEEPEST)


def _along(coordinate: Coordinate, along: float, bend: float, q: float, sides: Any) -> float:
    """Newton step to where the slope vanishes, kept between points that enclose the top."""
    longest = coordinate.moves(_LONGEST)
    step = along / bend if bend < _CONCAVE else (-1.0 if along > 0.0 else 1.0) * coordinate.moves(_UPHILL)
    step = min(max(step, -longest), longest)
    if sides is not None and sides[0][0] < sides[1][0]:
        low, high = sides[0][0], sides[1][0]
        if not low < q + step < high:
            step = 0.5 * (low + high) - q
    return step


def _top(found: Minimum, coordinate: Coordinate, trail: _Trail, *, fall_left: float, done: bool, used: int) -> Top:
    left = largest(found.forces)
    return Top(
        found.positions, found.energy, found.forces, coordinate, found.inverse, left, fall_left, done,
        trail.response(coordinate), used,
    )  # fmt: skip


def _over_the_cusp(
    force: Force, sides: Any, coordinate: Coordinate, inverse: InverseHessian, fmax: float, fall: float, max_steps: int
) -> Top:
    """Search along the difference of the two states the framework has at the cusp."""
    (_, _, before), (_, _, after) = sides
    new = Coordinate.between(before, after)
    guess = Guess(0.5 * (before + after), -1.0, inverse.copy())
    return find_top(force, guess, new, fmax=fmax, fall=fall, max_steps=max(max_steps, 30), turned=True)
