"""The coordinate a saddle is sought along: the way of the ions that hop, with the framework free to follow.

Of all directions only that of the hopping ions is held. E(q), the energy with everything else relaxed at a given q, has
its maximum at a saddle of the whole surface: across a direction t with t H^-1 t < 0 a Hessian with one negative
eigenvalue is positive definite. Soft turns of octahedra, which mislead bands and dimers in these crystals because they
are often softer than the hop itself, lie across t and are simply relaxed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from antiperovskite.engines.quasi_newton import Force, InverseHessian, Minimum, largest, minimise
from antiperovskite.migration.interpolation import idpp, straight

SAMPLES: Final = 3
_ROUGH: Final = 0.3  # eV/angstrom across the way; enough to see where the top is
_ROUGH_STEPS: Final = 12
_LEAST_BEND: Final = 0.3  # eV/angstrom^2; a flatter top would give giant steps
_GRID: Final = 401


@dataclass(frozen=True)
class Coordinate:
    """Unit vector ``t`` ``(n, 3)``; q = x . t in angstrom."""

    t: Any

    @classmethod
    def of_ions(cls, first: Any, last: Any, movers: list[int]) -> Coordinate:
        """The way of the ions that hop, relative to the others where there are others."""
        import numpy as np

        way = np.zeros_like(first)
        way[movers] = (last - first)[movers]
        if len(first) > 2 * len(movers):
            way = way - way.mean(axis=0)
        return cls(way / np.linalg.norm(way))

    @classmethod
    def between(cls, first: Any, last: Any) -> Coordinate:
        """From one arrangement to another."""
        import numpy as np

        return cls((last - first) / np.linalg.norm(last - first))

    def value(self, x: Any) -> float:
        """Value of q at positions ``(n, 3)``."""
        import numpy as np

        return float(np.vdot(x, self.t))

    def across(self, vector: Any) -> Any:
        """The part of displacements or forces that leaves q alone."""
        return vector - self.value(vector) * self.t

    def moves(self, length: float) -> float:
        """Change of q that moves the ion which moves most by ``length`` angstrom."""
        return length / largest(self.t)


@dataclass(frozen=True)
class Sample:
    """A point on the way: energy (eV), slope dE/dq (eV/angstrom), and what its relaxation learnt."""

    q: float
    x: Any
    energy: float
    slope: float
    inverse: InverseHessian


@dataclass(frozen=True)
class Guess:
    """Where the top of the way should be; ``bend`` is d2E/dq2 there (eV/angstrom^2), negative."""

    x: Any
    bend: float
    inverse: InverseHessian


def sample(
    force: Force, one: Minimum, two: Minimum, last: Any, coordinate: Coordinate, box: Any, count: int = SAMPLES
) -> list[Sample]:
    """Points between two minima, roughly relaxed across the way, and the minima themselves, in the order of q.

    Parameters
    ----------
    last
        Positions of ``two`` by the shortest way from ``one``, angstrom.
    """
    import numpy as np

    fractions = np.arange(1, count + 1) / (count + 1)
    starts = idpp(one.positions, last, box, fractions)
    values = [coordinate.value(x) for x in (one.positions, *starts, last)]
    if (np.diff(values) <= 0.0).any():
        starts = straight(one.positions, last, fractions)

    def point(found: Minimum, x: Any) -> Sample:
        return Sample(coordinate.value(x), x, found.energy, -coordinate.value(found.forces), found.inverse)

    found = [point(one, one.positions)]
    inverse = one.inverse
    for x in starts:
        rough = minimise(
            force, x, inverse.copy(), fmax=_ROUGH, max_steps=_ROUGH_STEPS, project=coordinate.across
        )  # fmt: skip
        inverse = rough.inverse
        found.append(point(rough, rough.positions))
    return [*found, point(two, last)]


def top_of(samples: list[Sample]) -> Guess | None:
    """Highest point of the cubic curve through energies and slopes; ``None`` if that is one of the ends."""
    import numpy as np
    from scipy.interpolate import CubicHermiteSpline

    q = np.array([one.q for one in samples])
    curve = CubicHermiteSpline(q, [one.energy for one in samples], [one.slope for one in samples])
    fine = np.linspace(q[0], q[-1], _GRID)
    k = int(np.argmax(curve(fine)))
    if k in (0, _GRID - 1):
        return None
    i = min(int(np.searchsorted(q, fine[k], side="right")) - 1, len(q) - 2)
    share = (fine[k] - q[i]) / (q[i + 1] - q[i])
    x = (1.0 - share) * samples[i].x + share * samples[i + 1].x
    near = samples[i if share < 0.5 else i + 1]
    return Guess(x, min(float(curve(fine[k], 2)), -_LEAST_BEND), near.inverse.copy())
