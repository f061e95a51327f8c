"""The barrier of one hop: saddle first, then down to both ends, everything proved and kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path as FilePath
from typing import Any, Final

from antiperovskite._files import write_atomically
from antiperovskite.engines.quasi_newton import InverseHessian, Minimum, crystal_preconditioner, minimise
from antiperovskite.errors import NotConvergedError, OptionError, StructureError
from antiperovskite.migration.coordinate import Coordinate, Guess, sample, top_of
from antiperovskite.migration.descent import Descent, RisesBesideError, astray, descend
from antiperovskite.migration.ends import Ends
from antiperovskite.migration.evaluations import Evaluations
from antiperovskite.migration.exchange import Operation, exchanging
from antiperovskite.migration.interpolation import idpp, shortest, straight
from antiperovskite.migration.saddle import Top, find_top

Report = Callable[[str, str], None]
_APART: Final = 0.5  # angstrom; relaxed ends nearer than this are one minimum
_DIP: Final = 0.02
"""eV; a minimum on the way deeper than this makes two hops of one. One shallower than kT of room temperature (26 meV)
holds an ion for about a vibration: one rate describes the hop, wrong by a factor of two at most (two equal saddles)."""
_LOWERED: Final = 0.003  # eV; an end found by descent that is lower by more than this replaces the one relaxed first
_SAME_LEVEL: Final = 0.001  # eV
_ROUNDS: Final = 4
_MOST_SADDLES: Final = 4
_CLIMBS: Final = 3
_RELEASE: Final = 0.04  # angstrom; what shows whether a saddle of the symmetric subspace has a lower one beside it
_BRIDGE: Final = (0.25, 0.5, 0.75)
_FAR: Final = 4.5  # angstrom from every ion that hops
_TURNED: Final = 0.2  # angstrom
_SKETCH_FORCE: Final = 0.2  # eV/angstrom; an end without a symmetric twin is only sketched: the descent relaxes it
_SKETCH_STEPS: Final = 20


@dataclass(frozen=True)
class Settings:
    """Criteria of a search. ``fmax`` (eV/angstrom) and ``fall`` (eV left by the quasi-Newton model) hold at both ends
    and at the saddle. ``images`` is how many points of the path are kept between the ends. ``rattle`` (angstrom)
    displaces the starts of minimisations: a vacancy on a symmetric site would otherwise stay on a ridge where the
    framework wants to tilt."""

    images: int = 7
    fmax: float = 0.05
    fall: float = 0.0003
    max_steps: int = 150
    use_symmetry: bool = True
    rattle: float = 0.05

    def shake(self, atoms: int, seed: int) -> Any:
        """Small displacements ``(atoms, 3)``, always the same, that let a start leave a symmetric ridge."""
        import numpy as np

        return np.random.default_rng((seed, 5)).normal(0.0, self.rattle, (atoms, 3))

    def __post_init__(self) -> None:
        if not 1 <= self.images <= 25:
            raise OptionError(f"{self.images} images are not possible; give 1 to 25 between the ends")
        for name in ("fmax", "fall"):
            if not 0.0 < getattr(self, name) <= 0.5:
                raise OptionError(f"{name} is {getattr(self, name):g}; it must lie above 0 and not above 0.5")


@dataclass
class FoundPath:
    """A path: images with energies (eV), the saddle among them, and how well each criterion was met."""

    positions: list[Any]
    energies: list[float]
    saddle: int
    symmetric: bool
    end_force: float
    end_fall: float
    saddle_force: float
    saddle_fall: float
    calls: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def fractions(self) -> tuple[float, ...]:
        """Length of the path up to each image over the whole length."""
        import numpy as np

        steps = [0.0, *(float(np.linalg.norm(b - a)) for a, b in zip(self.positions, self.positions[1:], strict=False))]
        total = np.cumsum(steps)
        return tuple(float(q) for q in total / total[-1])


@dataclass
class Chain:
    """Minimum, saddle, minimum (, saddle, minimum): points ``(positions, energy)`` that fall from saddle to minimum."""

    minima: list[Minimum]
    tops: list[Top]
    sides: list[tuple[list[tuple[Any, float]], list[tuple[Any, float]]]]
    """For every saddle the points between it and the minimum before, and those to the minimum after it."""

    def highest(self) -> Top:
        """The saddle that counts."""
        return max(self.tops, key=lambda top: top.energy)

    def points(self) -> list[tuple[Any, float]]:
        """All points in order, minima included."""
        found = [(self.minima[0].positions, self.minima[0].energy)]
        for k, top in enumerate(self.tops):
            before, after = self.sides[k]
            end = self.minima[k + 1]
            found += [*before, (top.x, top.energy), *after, (end.positions, end.energy)]
        return found

    def joined(self, other: Chain) -> Chain:
        """This chain and the one that begins where it ends."""
        return Chain([*self.minima, *other.minima[1:]], [*self.tops, *other.tops], [*self.sides, *other.sides])


def find_path(
    ends: Ends, force: Evaluations, settings: Settings, *, keep: FilePath | None, report: Report
) -> FoundPath:
    """Find the saddle between two ends, and prove that it joins them.

    The saddle is the highest point along the way of the hopping ions with everything else relaxed
    (:mod:`antiperovskite.migration.coordinate`). From it the energy is followed down on both sides: the two minima must
    be the wanted ends. Where they are lower than the ends relaxed first (the framework turned), the search is repeated
    from them, and the barrier counts from the lowest state known of each end. Where an operation of the crystal
    exchanges the ends, the saddle is first sought in the symmetric subspace and one side is computed.

    Raises
    ------
    StructureError
        One end relaxes into the other, the path has no maximum, or it is a sequence of hops.
    NotConvergedError
        A criterion was not met. The path so far is kept in ``keep`` and named in the message.
    """
    return _Search(ends, force, settings, keep, report).run()


class SequenceOfHopsError(StructureError):
    """The way passes a minimum that ions stay in: there is no barrier of its own, those of its parts count."""


class _Search:
    """One search; what it has found so far is kept when it fails."""

    def __init__(
        self, ends: Ends, force: Evaluations, settings: Settings, keep: FilePath | None, report: Report
    ) -> None:
        self.ends, self.force, self.settings, self.keep, self.report = ends, force, settings, keep, report
        self.box = ends.atoms.cell.array
        self.movers = list(ends.movers)
        self.seen: list[tuple[Any, float]] = []
        self.notes: list[str] = []
        self.calls = {"saddle": 0, "band": 0}

    def run(self) -> FoundPath:
        one, two, exchange = self._ends()
        relaxed = self.force.calls
        chain, symmetric = self._first(one, two, exchange)
        best, lowest = chain, [one, two]
        for number in range(_ROUNDS):
            fell = self._lower(lowest, chain, exchange)
            turned = self._turned(lowest)
            if fell <= _LOWERED and not (turned and number == 0):
                break
            self.report("ends", f"the framework turned (an end is {1000 * fell:.0f} meV lower); again from there")
            try:
                chain = self._connect(lowest[0], lowest[1])
            except (NotConvergedError, StructureError) as error:
                self.notes.append(f"a further search, from the lowest ends found, failed: {error}")
                break
            if chain.highest().energy < best.highest().energy:
                best, symmetric = chain, False
        else:
            self.notes.append(
                "the framework of this cell has many states of nearly one energy: after several searches the ends "
                "still became lower, so the barrier holds for the lowest ones found"
            )
        if turned:
            self.notes.append(
                f"the framework of this supercell turns far from the hop (atoms beyond {_FAR:g} angstrom move by up to "
                f"{turned:.2f} angstrom): it has many states of nearly one energy, and the barrier is that of the "
                "lowest saddle and ends found, uncertain by some 10 meV; relax the crystal into a tilted structure, or "
                "use a supercell that does not fit the tilt"
            )
        self._check_dips(best)
        points = self._bridged(best, lowest)
        return self._found(points, best, lowest, symmetric, relaxed)

    def _trouble(self, kind: type[Exception], text: str) -> Exception:
        where = ""
        if self.keep is not None and self.seen:
            write_path(self.keep, self.ends.atoms, [x for x, _ in self.seen], [e for _, e in self.seen])
            where = f"; the path is kept in {self.keep}"
        return kind(f"{text}{where}")

    def _relaxed(self, x: Any, inverse: InverseHessian, name: str) -> Minimum:
        s = self.settings
        self.report("ends", name)
        found = minimise(self.force, x, inverse, fmax=s.fmax, fall=s.fall, max_steps=s.max_steps)
        self.seen.append((found.positions, found.energy))
        if not found.converged:
            raise self._trouble(NotConvergedError, _short(f"the {name} end", found.left, found.fall, found.steps, s))
        return found

    def _ends(self) -> tuple[Minimum, Minimum, Operation | None]:
        """Both ends relaxed, the second by the shortest way from the first, and what exchanges them."""
        import numpy as np

        ends, n = self.ends, len(self.ends.atoms)
        inverse = InverseHessian(crystal_preconditioner(ends.atoms))
        one = self._relaxed(ends.first + self.settings.shake(n, 1), inverse, "first")
        exchange, other = _second(ends, self.settings, self.box)
        operation = exchange or other
        if operation is None:
            self.report("ends", "last, roughly")
            start = ends.last + self.settings.shake(n, 2)
            two = minimise(self.force, start, one.inverse.copy(), fmax=_SKETCH_FORCE, max_steps=_SKETCH_STEPS)
            two = replace(two, converged=False)
        else:
            two = _image(one, operation)
        two = self._beside(two, one.positions)
        self.seen = [(one.positions, one.energy), (two.positions, two.energy)]
        apart = float(np.linalg.norm((two.positions - one.positions)[self.movers], axis=1).max())
        if apart < _APART:
            raise self._trouble(
                StructureError,
                f"one end relaxes into the other: the ions that hop end {apart:.2f} angstrom apart; there is no "
                "barrier between these places in this structure",
            )
        return one, two, exchange

    def _beside(self, end: Minimum, x: Any) -> Minimum:
        """The same minimum at the periodic images nearest to ``x``."""
        return replace(end, positions=x + shortest(end.positions - x, self.box))

    def _first(self, one: Minimum, two: Minimum, exchange: Operation | None) -> tuple[Chain, bool]:
        """The first chain, by symmetry where the saddle has it."""
        if exchange is not None:
            try:
                return self._by_symmetry(one, two, exchange)
            except NotConvergedError as error:  # the middle of the way is no top: a minimum, or a cusp
                self.report("saddle", f"not in the middle ({error}); without symmetry")
        return self._connect(one, two), False

    def _by_symmetry(self, one: Minimum, two: Minimum, exchange: Operation) -> tuple[Chain, bool]:
        top, kept = self._symmetric_top(one, two, exchange)
        if kept:
            down = self._descend(top, -1, one)
            if down.arrived or (down.minimum is not None and self._at(down.minimum.positions, one)):
                end = one if down.minimum is None else down.minimum
                image = self._beside(_image(end, exchange), two.positions)
                mirrored = [(exchange.positions(x), e) for x, e in down.points]
                mirrored = [(top.x + shortest(x - top.x, self.box), e) for x, e in mirrored]
                return Chain([end, image], [top], [(down.points[::-1], mirrored)]), True
        return self._around(one, two, top, 0), False

    def _symmetric_top(self, one: Minimum, two: Minimum, exchange: Operation) -> tuple[Top, bool]:
        """The minimum of the symmetric subspace, and whether it stays one when the framework is let go."""
        s = self.settings
        self.report("saddle", "in the symmetric subspace")
        before = self.force.calls
        middle = idpp(one.positions, two.positions, self.box, [0.5])[0]
        middle = middle + 0.5 * shortest(exchange.positions(middle) - middle, self.box)
        middle = middle + exchange.symmetric(s.shake(len(middle), 3))
        inside = minimise(
            self.force, middle, one.inverse.copy(), fmax=s.fmax, fall=s.fall, max_steps=s.max_steps,
            project=exchange.symmetric,
        )  # fmt: skip
        if not inside.converged:
            self.seen.insert(1, (inside.positions, inside.energy))
            raise self._trouble(NotConvergedError, _short("the saddle", inside.left, inside.fall, inside.steps, s))
        coordinate = Coordinate.of_ions(one.positions, two.positions, self.movers)
        symmetric = Top(
            inside.positions, inside.energy, inside.forces, coordinate, inside.inverse, inside.left, inside.fall, True
        )
        noise = coordinate.across(s.shake(len(middle), 4)) * (_RELEASE / s.rattle)
        self.report("saddle", "let go of symmetry")
        free = self._top(Guess(inside.positions + noise, -1.0, inside.inverse.copy()), coordinate)
        self.calls["saddle"] += self.force.calls - before
        if free.energy < inside.energy - _LOWERED:
            return free, False
        return symmetric, True

    def _top(self, guess: Guess, coordinate: Coordinate) -> Top:
        s = self.settings
        top = find_top(self.force, guess, coordinate, fmax=s.fmax, fall=s.fall, max_steps=s.max_steps)
        self.seen.insert(len(self.seen) - 1, (top.x, top.energy))
        if not top.converged:
            raise self._trouble(NotConvergedError, _short("the saddle", top.left, top.fall, top.steps, s))
        return top

    def _connect(self, one: Minimum, two: Minimum, depth: int = 0) -> Chain:
        """Find the top between two minima and what it joins."""
        two = self._beside(two, one.positions)
        coordinate = Coordinate.of_ions(one.positions, two.positions, self.movers)
        before = self.force.calls
        self.report("saddle", "rough points on the way")
        samples = sample(self.force, one, two, two.positions, coordinate, self.box)
        self.seen = [(p.x, p.energy) for p in samples]
        guess = top_of(samples)
        if guess is None:
            raise self._trouble(StructureError, "the path has no maximum between its ends: no barrier")
        self.report("saddle", "the highest point climbs")
        top = self._top(guess, coordinate)
        self.calls["saddle"] += self.force.calls - before
        for left in reversed(range(_CLIMBS)):
            try:
                return self._around(one, two, top, depth)
            except RisesBesideError as error:  # a hollow between two tops: the higher one lies on that side
                if not left:
                    raise self._trouble(NotConvergedError, str(error)) from error
                beside = error.beside
            self.report("saddle", "the energy rises beside it; the climb goes on there")
            before = self.force.calls
            top = self._top(Guess(beside.positions, guess.bend, beside.inverse.copy()), coordinate)
            self.calls["saddle"] += self.force.calls - before
        raise AssertionError("the last climb returns or raises")

    def _around(self, one: Minimum, two: Minimum, top: Top, depth: int) -> Chain:
        """Down from a saddle on both sides; what lies between it and the ends is searched too."""
        reached = []
        for sign, end in ((-1, one), (1, two)):
            down = self._descend(top, sign, end)
            reached.append((end if down.minimum is None else down.minimum, down.points))
        (before, back), (after, ahead) = reached
        if self._at(before.positions, two) or self._at(after.positions, one) or self._at(before.positions, after):
            raise self._trouble(
                NotConvergedError,
                "both sides of the saddle that was found lead to one minimum; it is not that of this hop",
            )
        chain = Chain([before, after], [top], [(back[::-1], ahead)])
        for side, end in ((0, one), (1, two)):
            minimum = chain.minima[0 if side == 0 else -1]
            wrong = astray(minimum.positions, end.positions, self.ends.atoms.numbers, self.movers, self.box)
            if wrong is None:
                continue
            if wrong == "framework":
                raise self._trouble(
                    StructureError,
                    "the ions that hop arrive, but other atoms move to other sites: this is no hop of these ions alone",
                )
            if depth + 1 >= _MOST_SADDLES:
                raise self._trouble(
                    SequenceOfHopsError, f"more than {_MOST_SADDLES} saddles lie on the path: no single hop"
                )
            self.report("saddle", "the way passes another minimum")
            chain = (
                self._connect(end, minimum, depth + 1).joined(chain)
                if side == 0
                else chain.joined(self._connect(minimum, end, depth + 1))
            )
        return chain

    def _descend(self, top: Top, sign: int, end: Minimum) -> Descent:
        s = self.settings
        self.report("path", f"down to the {'first' if sign < 0 else 'last'} end")
        before = self.force.calls
        try:
            return descend(
                self.force, top, sign, self._beside(end, top.x), self.box, fmax=s.fmax, fall=s.fall,
                max_steps=s.max_steps,
            )  # fmt: skip
        except RisesBesideError:
            raise
        except NotConvergedError as error:
            raise self._trouble(NotConvergedError, str(error)) from error
        finally:
            self.calls["band"] += self.force.calls - before

    def _at(self, x: Any, end: Minimum) -> bool:
        return astray(x, end.positions, self.ends.atoms.numbers, self.movers, self.box) is None

    def _lower(self, lowest: list[Minimum], chain: Chain, exchange: Operation | None) -> float:
        """Take over ends that are lower than those known; by how much (eV) the best improved."""
        fell = 0.0
        for k, end in ((0, chain.minima[0]), (1, chain.minima[-1])):
            if not lowest[k].converged:
                lowest[k] = end
            fell = max(fell, lowest[k].energy - end.energy)
            if end.energy < lowest[k].energy:
                lowest[k] = end
        if exchange is not None and abs(lowest[0].energy - lowest[1].energy) > _SAME_LEVEL:
            low = min((0, 1), key=lambda k: lowest[k].energy)
            fell = max(fell, lowest[1 - low].energy - lowest[low].energy)
            lowest[1 - low] = self._beside(_image(lowest[low], exchange), lowest[1 - low].positions)
        return fell

    def _turned(self, lowest: list[Minimum]) -> float:
        """How far (angstrom) atoms far from the hop moved, where that is more than a vacancy's own strain; else 0."""
        import numpy as np

        first = self.ends.first
        away = shortest(lowest[0].positions - first, self.box)
        away = away - np.median(away, axis=0)
        gaps = [shortest(x - x[m], self.box) for x in (first, self.ends.last) for m in self.movers]
        far = np.min([np.linalg.norm(gap, axis=1) for gap in gaps], axis=0) > _FAR
        if not far.any():
            return 0.0
        moved = float(np.linalg.norm(away[far], axis=1).max())
        return moved if moved > _TURNED else 0.0

    def _check_dips(self, chain: Chain) -> None:
        self.seen = chain.points()
        for k, minimum in enumerate(chain.minima[1:-1]):
            depth = min(chain.tops[k].energy, chain.tops[k + 1].energy) - minimum.energy
            if depth > _DIP:
                level = chain.minima[0].energy
                said = ", ".join(f"{top.energy - level:.3f}" for top in chain.tops)
                raise self._trouble(
                    SequenceOfHopsError,
                    f"the path has several saddles ({said} eV above the first end) with a minimum {depth:.3f} eV deep "
                    "between them, so this is a sequence of hops; compute each of them",
                )

    def _bridged(self, chain: Chain, lowest: list[Minimum]) -> list[tuple[Any, float]]:
        """Points of the chain, led on to the lowest state of each end, which must lie below the saddle all the way."""
        points, top = chain.points(), chain.highest().energy
        for k in (0, 1):
            near = chain.minima[-k]
            if near.energy <= lowest[k].energy + _SAME_LEVEL:
                continue
            far = self._beside(lowest[k], near.positions)
            way = straight(near.positions, far.positions, _BRIDGE)
            between = [(x, self.force(x)[0]) for x in way]
            if max(e for _, e in between) >= top:
                raise self._trouble(
                    NotConvergedError,
                    f"the {'last' if k else 'first'} end has a state {near.energy - lowest[k].energy:.3f} eV lower "
                    "than the one the saddle leads to, and no way between them below the saddle was found",
                )
            self.notes.append(
                f"the framework turns beside the hop: the saddle leads to a state "
                f"{1000 * (near.energy - lowest[k].energy):.0f} meV above the lowest one of the "
                f"{'last' if k else 'first'} end, from which the barrier counts"
            )
            led = [*between, (far.positions, far.energy)]
            points = [*points, *led] if k else [*led[::-1], *points]
        return points

    def _found(
        self, points: list[tuple[Any, float]], chain: Chain, lowest: list[Minimum], symmetric: bool, relaxed: int
    ) -> FoundPath:
        top = chain.highest()
        if top.energy <= max(points[0][1], points[-1][1]) + _SAME_LEVEL:
            self.seen = points
            raise self._trouble(StructureError, "the path has no maximum between its ends: no barrier")
        must = {0, len(points) - 1} | {k for k, (_, e) in enumerate(points) if any(e == t.energy for t in chain.tops)}
        kept = [points[k] for k in thinned([x for x, _ in points], must, self.settings.images)]
        found = FoundPath(
            [x for x, _ in kept],
            [e for _, e in kept],
            next(k for k, (_, e) in enumerate(kept) if e == top.energy),
            symmetric,
            max(end.left for end in lowest),
            max(end.fall for end in lowest),
            top.left,
            top.fall,
            {"ends": relaxed, **self.calls},
            tuple(self.notes),
        )
        if self.keep is not None:
            write_path(self.keep, self.ends.atoms, found.positions, found.energies)
        return found


def thinned(positions: list[Any], must: set[int], between: int) -> list[int]:
    """Numbers of ``between`` points besides the first and last, evenly along the path, those in ``must`` among them."""
    import numpy as np

    steps = [float(np.linalg.norm(b - a)) for a, b in pairwise(positions)]
    along = np.concatenate([[0.0], np.cumsum(steps)])
    chosen = set(must)
    left = [k for k in range(len(positions)) if k not in chosen]
    while left and len(chosen) < between + 2:
        far = max(left, key=lambda k: min(abs(along[k] - along[c]) for c in chosen))
        chosen.add(far)
        left.remove(far)
    return sorted(chosen)


def _second(ends: Ends, settings: Settings, box: Any) -> tuple[Operation | None, Operation | None]:
    """(an operation that exchanges the ends, or else one that copies the first onto the last label by label)."""
    import numpy as np

    if not settings.use_symmetry:
        return None, None
    exchange = exchanging(list(ends.operations), ends.first, ends.last)
    if exchange is not None:
        return exchange, None
    for operation in ends.operations:
        gap = shortest(operation.positions(ends.first) - ends.last, box)
        if abs(gap).max() < 0.12 and np.allclose(gap, 0.0, atol=0.12):
            return None, operation
    return None, None


def _image(end: Minimum, operation: Operation) -> Minimum:
    """A minimum carried over by symmetry."""
    return Minimum(
        operation.positions(end.positions), end.energy, operation.vectors(end.forces), end.left, end.fall, 0, True,
        end.inverse,
    )  # fmt: skip


def _short(what: str, left: float, fall: float, steps: int, settings: Settings) -> str:
    return (
        f"{what} is left with {left:.2g} eV/angstrom and {fall:.1g} eV to fall after {steps} steps "
        f"({settings.fmax:g} and {settings.fall:g} wanted); loosen --fmax or start from a better structure"
    )


def write_path(path: FilePath, atoms: Any, images: list[Any], energies: list[float]) -> None:
    """Write the images as extended XYZ, whole or not at all."""
    from io import StringIO

    from ase.calculators.singlepoint import SinglePointCalculator
    from ase.io import write

    frames = []
    for x, energy in zip(images, energies, strict=True):
        frame = atoms.copy()
        frame.positions[:] = x
        frame.calc = SinglePointCalculator(frame, energy=energy)
        frames.append(frame)
    text = StringIO()
    write(text, frames, format="extxyz")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, text.getvalue())
