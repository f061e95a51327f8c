"""The barrier of one hop: ends relaxed, saddle found, path relaxed, everything checked and kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path as FilePath
from typing import Any, Final

from antiperovskite._files import write_atomically
from antiperovskite.errors import NotConvergedError, OptionError, StructureError
from antiperovskite.migration.band import Image, relax_band, tangents
from antiperovskite.migration.ends import Ends
from antiperovskite.migration.evaluations import Evaluations
from antiperovskite.migration.exchange import Operation, exchanging
from antiperovskite.migration.interpolation import idpp, shortest
from antiperovskite.migration.quasi_newton import InverseHessian, Minimum, climb, crystal_preconditioner, minimise

Report = Callable[[str, str], None]
_APART: Final = 0.5  # angstrom; relaxed ends nearer than this are one minimum
_ROUGH: Final = 0.3  # eV/angstrom, across the path; the band that the highest image starts to climb from
_TORN: Final = 2.5
_BELOW: Final = 0.005  # eV; what an image may lie below the lower end, for the ends are relaxed to a millielectronvolt
_DIP: Final = 0.02  # eV; a minimum between two maxima deeper than this makes two hops of one


@dataclass(frozen=True)
class Settings:
    """Criteria of a search. ``fmax`` (eV/angstrom) and ``fall`` (eV) hold at the ends and at the saddle, ``band_fmax``
    across the path on the other images. ``rattle`` (angstrom) displaces the starts of minimisations: a vacancy on a
    symmetric site would otherwise stay on a ridge where the framework wants to tilt."""

    images: int = 5
    fmax: float = 0.05
    fall: float = 0.001
    band_fmax: float = 0.1
    max_steps: int = 150
    use_symmetry: bool = True
    rattle: float = 0.02

    def shake(self, atoms: int, seed: int) -> Any:
        """Small displacements ``(atoms, 3)``, always the same, that let a start leave a symmetric ridge."""
        import numpy as np

        return np.random.default_rng((seed, 5)).normal(0.0, self.rattle, (atoms, 3))

    def __post_init__(self) -> None:
        if not 1 <= self.images <= 25:
            raise OptionError(f"{self.images} images are not possible; give 1 to 25 between the ends")
        for name in ("fmax", "band_fmax", "fall"):
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
    band_force: float
    calls: dict[str, int] = field(default_factory=dict)
    inverse: InverseHessian | None = None
    notes: tuple[str, ...] = ()

    def fractions(self) -> tuple[float, ...]:
        """Length of the path up to each image over the whole length."""
        import numpy as np

        steps = [0.0, *(float(np.linalg.norm(b - a)) for a, b in zip(self.positions, self.positions[1:], strict=False))]
        total = np.cumsum(steps)
        return tuple(float(q) for q in total / total[-1])


def find_path(
    ends: Ends, force: Evaluations, settings: Settings, *, keep: FilePath | None, report: Report
) -> FoundPath:
    """Find the saddle between two ends.

    Where an operation of the crystal exchanges the ends, the second end is the image of the first, the saddle is sought
    in the symmetric subspace, and half of the path is computed. Otherwise all images are relaxed roughly and the
    highest one climbs.

    Raises
    ------
    StructureError
        One end relaxes into the other, or the path has several saddles.
    NotConvergedError
        A criterion was not met. The path so far is kept in ``keep`` and named in the message.
    """
    import numpy as np

    box = ends.atoms.cell.array
    inverse = InverseHessian(crystal_preconditioner(ends.atoms))
    found = FoundPath([], [], 0, False, 0, 0, 0, 0, 0)

    def trouble(kind: type[Exception], text: str, images: list[Any], energies: list[float]) -> Exception:
        where = ""
        if keep is not None and images:
            write_path(keep, ends.atoms, images, energies)
            where = f"; the path is kept in {keep}"
        return kind(f"{text}{where}")

    report("ends", "first")

    def relaxed(x: Any, start: InverseHessian) -> Minimum:
        return minimise(force, x, start, fmax=settings.fmax, fall=settings.fall, max_steps=settings.max_steps)

    one = relaxed(ends.first + settings.shake(len(ends.atoms), 1), inverse)
    if not one.converged:
        raise trouble(NotConvergedError, _short("the first end", one, settings), [one.positions], [one.energy])
    exchange, other = _second(ends, one, settings, box)
    if exchange is None and other is None:
        report("ends", "last")
        two = relaxed(ends.last + settings.shake(len(ends.atoms), 2), one.inverse.copy())
        if not two.converged:
            raise trouble(NotConvergedError, _short("the last end", two, settings), [two.positions], [two.energy])
    else:
        operation = exchange or other
        assert operation is not None
        two = Minimum(
            operation.positions(one.positions), one.energy, operation.vectors(one.forces), one.left, one.fall, 0, True,
            one.inverse,
        )  # fmt: skip
    last = one.positions + shortest(two.positions - one.positions, box)
    _check_apart(ends, one.positions, last, trouble, [one.energy, two.energy])
    found.end_force, found.end_fall = max(one.left, two.left), max(one.fall, two.fall)
    found.calls["ends"] = force.calls
    if exchange is not None:
        _symmetric(ends, one, last, exchange, force, settings, found, trouble, report)
    else:
        _whole(ends, one, two, last, force, settings, found, trouble, report)
    _check_single(found, trouble)
    if keep is not None:
        write_path(keep, ends.atoms, found.positions, found.energies)
    if not np.isfinite(found.energies).all():
        raise trouble(StructureError, "the path has energies that are not numbers", found.positions, found.energies)
    return found


def _second(ends: Ends, one: Minimum, settings: Settings, box: Any) -> tuple[Operation | None, Operation | None]:
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


def _check_apart(ends: Ends, first: Any, last: Any, trouble: Any, energies: list[float]) -> None:
    import numpy as np

    movers = list(ends.movers)
    apart = float(np.linalg.norm((last - first)[movers], axis=1).max())
    if apart < _APART:
        raise trouble(
            StructureError,
            f"one end relaxes into the other: the ions that hop end {apart:.2f} angstrom apart; there is no barrier "
            "between these places in this structure",
            [first, last],
            energies,
        )


def _symmetric(
    ends: Ends, one: Minimum, last: Any, exchange: Operation, force: Evaluations, settings: Settings, found: FoundPath,
    trouble: Any, report: Report,
) -> None:  # fmt: skip
    import numpy as np

    box = ends.atoms.cell.array
    middle = idpp(one.positions, last, box, [0.5])[0]
    middle = 0.5 * (middle + exchange.positions(middle))
    middle = middle + exchange.symmetric(settings.shake(len(ends.atoms), 3))
    report("saddle", "in the symmetric subspace")
    before = force.calls
    top = minimise(
        force, middle, one.inverse.copy(), fmax=settings.fmax, fall=settings.fall, max_steps=settings.max_steps,
        project=exchange.symmetric,
    )  # fmt: skip
    found.calls["saddle"] = force.calls - before
    if not top.converged:
        ends_ = [one.positions, top.positions, last]
        raise trouble(
            NotConvergedError, _short("the saddle", top, settings), ends_, [one.energy, top.energy, one.energy]
        )
    half = settings.images // 2
    inner: list[Minimum] = []
    residual = 0.0
    before = force.calls
    if half:
        report("band", f"{half} images, the others by symmetry")
        fractions = np.arange(1, half + 1) / (half + 1)
        starts = idpp(one.positions, top.positions, box, fractions)
        residual, inner = _in_planes(
            [one.positions, *starts, top.positions], [one.inverse, top.inverse], force, settings, trouble
        )
    found.calls["band"] = force.calls - before
    xs = [one.positions, *(b.positions for b in inner), top.positions]
    energies = [one.energy, *(b.energy for b in inner), top.energy]
    mirrored = [exchange.positions(x) for x in reversed(xs[:-1])]
    found.positions, found.energies = [*xs, *mirrored], [*energies, *reversed(energies[:-1])]
    found.saddle, found.symmetric = len(xs) - 1, True
    found.saddle_force, found.saddle_fall, found.band_force = top.left, top.fall, residual
    found.inverse = top.inverse


def _whole(
    ends: Ends, one: Minimum, two: Minimum, last: Any, force: Evaluations, settings: Settings, found: FoundPath,
    trouble: Any, report: Report,
) -> None:  # fmt: skip
    import numpy as np

    box = ends.atoms.cell.array
    fractions = np.arange(1, settings.images + 1) / (settings.images + 1)
    starts = idpp(one.positions, last, box, fractions)
    band = [
        Image(one.positions, one.energy, one.forces),
        *(Image(x, inverse=(one if t < 0.5 else two).inverse.copy()) for x, t in zip(starts, fractions, strict=True)),
        Image(last, two.energy, two.forces),
    ]
    report("band", f"{settings.images} images")
    before = force.calls
    state = relax_band(band, force, fmax=_ROUGH, climb=False, max_steps=settings.max_steps // 2)
    rough = force.calls - before
    images, energies = [b.x for b in band], [b.energy for b in band]
    if not state.converged:
        raise trouble(
            NotConvergedError,
            f"the rough band is left with {max(state.residuals):.2g} eV/angstrom across the path ({_ROUGH:g} wanted); "
            "give more --images",
            images,
            energies,
        )
    highest = max(range(1, len(band) - 1), key=lambda k: energies[k])
    _check_maxima(energies, trouble, images)
    if energies[highest] <= max(energies[0], energies[-1]):
        raise trouble(StructureError, "the path has no maximum between its ends: no barrier", images, energies)
    report("saddle", "the highest image climbs")
    start = band[highest]
    inverse = start.inverse
    assert inverse is not None
    t = tangents(band)[highest]
    behind, ahead = (float(np.linalg.norm(band[k].x - start.x)) for k in (highest - 1, highest + 1))
    down = (energies[highest - 1] - energies[highest]) / behind + (energies[highest + 1] - energies[highest]) / ahead
    before = force.calls
    top = climb(
        force, start.x, t, inverse.copy(), curvature=2.0 * down / (behind + ahead), fmax=settings.fmax,
        fall=settings.fall, max_steps=settings.max_steps,
    )  # fmt: skip
    found.calls["saddle"] = force.calls - before
    images[highest], energies[highest] = top.positions, top.energy
    if not top.converged:
        raise trouble(NotConvergedError, _short("the climbing image", top, settings), images, energies)
    before, residual = force.calls, 0.0
    sides = []
    for begin, end, n, near in (
        (one.positions, top.positions, highest - 1, [one.inverse, top.inverse]),
        (top.positions, last, len(band) - 2 - highest, [top.inverse, two.inverse]),
    ):
        starts = idpp(begin, end, box, np.arange(1, n + 1) / (n + 1))
        worst, inner = _in_planes([begin, *starts, end], near, force, settings, trouble)
        residual = max(residual, worst)
        sides.append(inner)
    found.calls["band"] = rough + force.calls - before
    found.positions = [one.positions, *(m.positions for m in sides[0]), top.positions]
    found.positions += [*(m.positions for m in sides[1]), last]
    found.energies = [one.energy, *(m.energy for m in sides[0]), top.energy, *(m.energy for m in sides[1]), two.energy]
    found.saddle = highest
    found.saddle_force, found.saddle_fall, found.band_force = top.left, top.fall, residual
    found.inverse = top.inverse


def _in_planes(
    band: list[Any], near: list[InverseHessian], force: Evaluations, settings: Settings, trouble: Any
) -> tuple[float, list[Minimum]]:
    """Relax the inner images of ``band`` (positions) in planes across it; the ends are a minimum and the saddle.

    The planes stay where the interpolated path crosses them, so that no image slides down and none is computed twice.
    """
    import numpy as np

    found = []
    for k in range(1, len(band) - 1):
        t = band[k + 1] - band[k - 1]
        t = t / np.linalg.norm(t)

        def across(v: Any, t: Any = t) -> Any:
            return v - float(np.vdot(v, t)) * t

        inverse = near[0 if 2 * k < len(band) - 1 else 1].copy()
        one = minimise(force, band[k], inverse, fmax=settings.band_fmax, max_steps=settings.max_steps, project=across)
        found.append(one)
    positions = [band[0], *(m.positions for m in found), band[-1]]
    worst = max((m.left for m in found), default=0.0)
    if not all(m.converged for m in found):
        raise trouble(
            NotConvergedError,
            f"the images between end and saddle are left with {worst:.2g} eV/angstrom across the path "
            f"({settings.band_fmax:g} wanted); loosen --band-fmax",
            positions,
            [float("nan"), *(m.energy for m in found), float("nan")],
        )
    steps = [float(np.linalg.norm(b - a)) for a, b in pairwise(positions)]
    if max(steps) > _TORN * sum(steps) / len(steps):
        raise trouble(
            StructureError,
            f"the path is torn: one step of it is {max(steps):.2f} angstrom long where the mean is "
            f"{sum(steps) / len(steps):.2f}; it leads through another minimum; give more --images",
            positions,
            [float("nan"), *(m.energy for m in found), float("nan")],
        )
    return worst, found


def _check_maxima(energies: list[float], trouble: Any, images: list[Any]) -> None:
    """No minimum between two maxima that is deeper than both by more than 20 meV."""
    for k in range(1, len(energies) - 1):
        depth = min(max(energies[:k]), max(energies[k + 1 :])) - energies[k]
        left, right = max(energies[:k]) > energies[0] + _DIP, max(energies[k + 1 :]) > energies[-1] + _DIP
        if depth > _DIP and left and right and energies[k] <= min(energies[k - 1], energies[k + 1]):
            raise trouble(
                StructureError,
                f"the path has several saddles: image {k} is a minimum {depth:.3f} eV below its neighbours' maxima, so "
                "this is a sequence of hops; compute each of them",
                images,
                energies,
            )


def _check_single(found: FoundPath, trouble: Any) -> None:
    """The saddle is the highest point of the path, and the only one."""
    energies = found.energies
    highest = max(range(len(energies)), key=lambda k: energies[k])
    if highest in (0, len(energies) - 1):
        raise trouble(StructureError, "the path has no maximum between its ends: no barrier", found.positions, energies)
    if energies[highest] > energies[found.saddle] + 0.002:
        raise trouble(
            StructureError,
            f"image {highest} lies {energies[highest] - energies[found.saddle]:.3f} eV above the saddle that was "
            "found: the path has several saddles; compute it without symmetry and with more images",
            found.positions,
            energies,
        )
    _check_basins(energies, trouble, found.positions)
    _check_maxima(energies, trouble, found.positions)


def _check_basins(energies: list[float], trouble: Any, images: list[Any]) -> None:
    """A barrier counts from the bottom: where an image is lower than both ends, the ends sit on a shelf."""
    lowest = min(range(len(energies)), key=lambda k: energies[k])
    depth = min(energies[0], energies[-1]) - energies[lowest]
    if depth > _BELOW:
        raise trouble(
            StructureError,
            f"image {lowest} lies {depth:.3f} eV below both ends: the framework has a lower state that the ends "
            "were not relaxed into, and the barrier would count from the wrong level; relax the crystal into it first "
            "(structure phonons --follow), or use another supercell",
            images,
            energies,
        )


def _short(what: str, found: Minimum, settings: Settings) -> str:
    if found.left <= settings.fmax and found.fall <= settings.fall:
        return f"{what} ended in a minimum, where the energy has no maximum along any direction; give more --images"
    return (
        f"{what} is left with {found.left:.2g} eV/angstrom and {found.fall:.1g} eV to fall after {found.steps} steps "
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
