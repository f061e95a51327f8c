"""Which combinations of unstable modes to freeze in: the stars of each degenerate set, and pairs of sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.vibrations import modes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from antiperovskite.vibrations.patterns import Framework

    Array = NDArray[np.float64]

MAX_SETS: Final = 3  # pairs are made of the softest sets only


@dataclass(frozen=True)
class Direction:
    """A displacement pattern of the supercell ``(n, 3)``, largest displacement 1 angstrom, and its name."""

    name: str
    moves: Any
    softness: float


def directions(phonon: Any, frame: Framework, unstable: Sequence[modes.Level]) -> list[Direction]:
    """Return what is worth freezing in, softest first.

    Of one set of n equal modes: one of them, two, and three of them with equal amplitude. Of two sets of three modes
    about three axes (the tilts at R and M): every mixture of one or two axes of one set with the axes left of the
    other, among them the two-out-of-phase, one-in-phase tilt of the GdFeO3 type. Equal amplitudes are a start: the
    relaxation that follows sets their ratio.
    """
    sets = [_waves(phonon, frame, level) for level in unstable]
    found: list[Direction] = []
    for level, waves in zip(unstable, sets, strict=True):
        found += [_combine([(level, waves, chosen)]) for chosen in _subsets(len(waves))]
    soft = list(zip(unstable, sets, strict=True))[:MAX_SETS]
    for number, (first, waves) in enumerate(soft):
        for second, others in soft[number + 1 :]:
            for a, b in _pairs(waves, others):
                found.append(_combine([(first, waves, a), (second, others, b)]))
    return found


def _waves(phonon: Any, frame: Framework, level: modes.Level) -> list[tuple[int | None, Array]]:
    import numpy as np

    waves: list[tuple[int | None, Array]] = []
    for mode in level.modes:
        waves.append((mode.axis, modes.freeze(phonon, frame, mode)))
        if not modes.is_real(np.asarray(mode.q)):
            waves.append((mode.axis, modes.freeze(phonon, frame, mode, quadrature=True)))
    return waves


def _subsets(count: int) -> list[tuple[int, ...]]:
    """(1,0,0), (1,1,0), (1,1,1) of a set; of a larger set one, the first two and the first three."""
    return [tuple(range(size)) for size in range(1, min(count, 3) + 1)]


def _pairs(waves: Any, others: Any) -> list[tuple[Any, Any]]:
    by_axis = [{axis: k for k, (axis, _) in enumerate(group)} for group in (waves, others)]
    three = all(
        set(axes) == {0, 1, 2} and len(group) == 3 for axes, group in zip(by_axis, (waves, others), strict=True)
    )
    if not three:
        return [((0,), (len(others) - 1,))]
    one, two = ({axis: (axes[axis],) for axis in (0, 1, 2)} for axes in by_axis)
    return [
        (one[0] + one[1], two[2]),  # a- a- c+
        (one[0], two[2]),  # a- b0 c+
        (one[0], two[1] + two[2]),  # a- b+ b+
    ]


def _combine(parts: list[tuple[modes.Level, Any, tuple[int, ...]]]) -> Direction:
    import numpy as np

    total = sum(wave for _, waves, chosen in parts for wave in (waves[k][1] for k in chosen))
    largest = float(np.linalg.norm(total, axis=1).max())
    words = [_name(level, waves, chosen) for level, waves, chosen in parts]
    softness = min(level.frequency for level, _, _ in parts)
    return Direction(" + ".join(words), total / largest, softness)


def _name(level: modes.Level, waves: Any, chosen: tuple[int, ...]) -> str:
    """Say which star, which motion, and about or along which axes (or how many of how many modes)."""
    motion = level.name.replace("octahedral ", "")
    axes = [waves[k][0] for k in chosen]
    if all(axis is not None for axis in axes) and len(set(axes)) == len(axes):
        word = "about" if "tilt" in motion or "libration" in motion else "along"
        return f"{level.label} {motion}, {word} {', '.join(_axis(axis) for axis in axes)}"
    return f"{level.label} {motion}, {len(chosen)} of {len(waves)} equal modes"


def _axis(axis: int) -> str:
    return "xyz"[axis]
