"""Quasi-Newton steps: limited-memory BFGS over a preconditioner of the crystal, in few force calls.

The inverse Hessian starts from that of springs between neighbours (Packwood et al., J. Chem. Phys. 2016,
10.1063/1.4947024), P_ij = -mu exp(-A (r_ij / r_nn - 1)), and learns from differences of true forces. What the
relaxation of one endpoint learnt is handed on to every image: the framework is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

Force = Callable[[Any], tuple[float, Any]]
"""Energy in eV and forces ``(n, 3)`` in eV/angstrom at positions ``(n, 3)`` in angstrom."""

MEMORY: Final = 40
MAX_STEP: Final = 0.15  # angstrom, of one atom in one step
_STABILISER: Final = 0.1
_DECAY: Final = 3.0
_START_STIFFNESS: Final = 1.0  # eV/angstrom^2 a neighbour; corrected by the first pair of forces
_DIMER: Final = 0.05  # angstrom, length of the finite difference along the path
_TURNS: Final = 4
_TURNED: Final = 0.9
_TURN_EVERY: Final = 8
_RISE: Final = 0.003  # eV; a step that raises the energy by more is taken back


@dataclass
class Preconditioner:
    """Factorised P of a crystal; ``None`` for the unit matrix times ``stiffness``."""

    factor: Any = None
    stiffness: float = _START_STIFFNESS

    def solve(self, vector: Any) -> Any:
        """P^-1 v for vectors of shape ``(n, 3)``."""
        if self.factor is None:
            return vector / self.stiffness
        from scipy.linalg import cho_solve

        return cho_solve(self.factor, vector, check_finite=False) / self.stiffness


def crystal_preconditioner(atoms: Any) -> Preconditioner:
    """The preconditioner of periodic ``ase.Atoms`` (sites need not be relaxed)."""
    import numpy as np
    from ase.neighborlist import neighbor_list
    from scipy.linalg import cho_factor

    n = len(atoms)
    reach = 1.5 * (atoms.get_volume() / n) ** (1.0 / 3.0)
    first, distance = neighbor_list("id", atoms, reach)
    nearest = np.full(n, reach)
    np.minimum.at(nearest, first, distance)
    typical = float(nearest.max())
    i, j, d = neighbor_list("ijd", atoms, 2.0 * typical)
    weight = np.exp(-_DECAY * (d / typical - 1.0))
    matrix = np.zeros((n, n))
    np.add.at(matrix, (i, j), -weight)
    np.fill_diagonal(matrix, matrix.diagonal() - matrix.sum(axis=1) + _STABILISER)
    return Preconditioner(cho_factor(matrix))


@dataclass
class InverseHessian:
    """Limited memory of pairs (s, y = change of the gradient) over a preconditioner."""

    preconditioner: Preconditioner
    pairs: list[tuple[Any, Any, float]] = field(default_factory=list)
    own: int = 0

    def copy(self) -> InverseHessian:
        """A copy whose own memory is empty; inherited pairs serve as its start."""
        return InverseHessian(self.preconditioner, list(self.pairs))

    def forget(self) -> None:
        """Drop all pairs."""
        self.pairs.clear()

    def learn(self, s: Any, y: Any) -> None:
        """Take in one pair; those of no or negative curvature are left out, so that steps stay downhill."""
        import numpy as np

        sy = float(np.vdot(s, y))
        if sy <= 1e-4 * float(np.linalg.norm(s)) * float(np.linalg.norm(y)):
            return
        self.own += 1
        self.pairs.append((s, y, sy))
        del self.pairs[:-MEMORY]

    def apply(self, vector: Any) -> Any:
        """H v by the two-loop recursion."""
        import numpy as np

        q = vector.copy()
        weights = []
        for s, y, sy in reversed(self.pairs):
            a = float(np.vdot(s, q)) / sy
            weights.append(a)
            q -= a * y
        r = self.preconditioner.solve(q)
        if self.pairs:
            _, y, sy = self.pairs[-1]
            r *= sy / float(np.vdot(y, self.preconditioner.solve(y)))
        for (s, y, sy), a in zip(self.pairs, reversed(weights), strict=True):
            r += (a - float(np.vdot(y, r)) / sy) * s
        return r


def largest(vectors: Any) -> float:
    """Length of the longest of vectors ``(n, 3)``."""
    return float((vectors**2).sum(axis=-1).max() ** 0.5)


def capped(step: Any, limit: float) -> Any:
    """The step, shortened so that no atom moves further than ``limit`` angstrom."""
    length = largest(step)
    return step if length <= limit else step * (limit / length)


@dataclass(frozen=True)
class Minimum:
    """Where a minimisation ended. ``left`` is the longest force in eV/angstrom, ``fall`` the energy in eV that the
    quasi-Newton model still sees below."""

    positions: Any
    energy: float
    forces: Any
    left: float
    fall: float
    steps: int
    converged: bool
    inverse: InverseHessian


def minimise(
    force: Force,
    positions: Any,
    inverse: InverseHessian,
    *,
    fmax: float,
    fall: float = float("inf"),
    max_steps: int = 200,
    project: Callable[[Any], Any] | None = None,
    max_step: float = MAX_STEP,
) -> Minimum:
    """Minimise, within the subspace ``project`` maps vectors to where one is given.

    Parameters
    ----------
    force
        The function.
    positions
        Start, angstrom, shape ``(n, 3)``; must lie in the subspace.
    inverse
        Start of the inverse Hessian; it is changed.
    fmax
        Longest force allowed, eV/angstrom.
    fall
        Largest energy in eV the quadratic model may still see below. Soft turns of the framework hide tens of meV
        behind forces of 0.05 eV/angstrom.
    max_steps
        Force calls after the first.
    project
        Orthogonal projection of vectors ``(n, 3)``.
    max_step
        Longest displacement of an atom in one step, angstrom.
    """
    import numpy as np

    def projected(vector: Any) -> Any:
        return vector if project is None else project(vector)

    x = np.array(positions, dtype=float)
    energy, forces = force(x)
    f = projected(forces)
    limit, steps = max_step, 0
    while steps < max_steps:
        step = projected(inverse.apply(f))
        if float(np.vdot(step, f)) < 0.0:  # rounding, or pairs of another surface
            inverse.forget()
            step = projected(inverse.apply(f))
        if largest(f) <= fmax and 0.5 * float(np.vdot(step, f)) <= fall:
            break
        step = capped(step, limit)
        new_energy, new_forces = force(x + step)
        steps += 1
        new_f = projected(new_forces)
        inverse.learn(step, f - new_f)
        if new_energy > energy + _RISE and limit > 1e-3:
            limit = 0.3 * largest(step)
            continue
        limit = min(max_step, 2.0 * limit)
        x, energy, forces, f = x + step, new_energy, new_forces, new_f
    left = largest(f)
    below = 0.5 * abs(float(np.vdot(f, projected(inverse.apply(f)))))
    return Minimum(x, energy, forces, left, below, steps, left <= fmax and below <= fall, inverse)


def climb(
    force: Force,
    positions: Any,
    direction: Any,
    inverse: InverseHessian,
    *,
    curvature: float,
    fmax: float,
    fall: float = float("inf"),
    max_steps: int = 100,
    max_step: float = MAX_STEP,
) -> Minimum:
    """Refine a saddle: uphill along the softest direction by Newton steps, downhill across it by quasi-Newton steps.

    ``direction`` (along the path) is turned towards the direction of least curvature by dimer rotations (Henkelman and
    Jonsson, J. Chem. Phys. 111, 7010 (1999), 10.1063/1.480097) now and then, which also give the curvature.

    Parameters
    ----------
    direction
        Unit vector ``(n, 3)`` along the path at the highest image.
    """
    import numpy as np

    t, x = direction, np.array(positions, dtype=float)
    energy, forces = force(x)
    steps, bend = 0, curvature
    inherited = list(inverse.pairs)

    def across(v: Any) -> Any:
        return v - float(np.vdot(v, t)) * t

    def downhill(f: Any) -> Any:
        step = across(inverse.apply(f))
        if float(np.vdot(step, f)) < 0.0:
            inverse.forget()
            step = across(inverse.apply(f))
        return step

    since, limit = _TURN_EVERY, max_step
    while True:
        if since >= _TURN_EVERY and (largest(forces) > fmax or bend >= 0.0):
            before = t
            t, bend, used = _softest(force, x, forces, t, inverse, _TURNS if largest(forces) < 4.0 * fmax else 1)
            steps, since = steps + used, 0
            if abs(float(np.vdot(t, before))) < _TURNED:  # what was learnt across the old direction misleads
                inverse.pairs[:] = inherited
        f, along = across(forces), float(np.vdot(forces, t))
        step = downhill(f)
        down = 0.5 * float(np.vdot(step, f)) + 0.5 * along**2 / max(abs(bend), 0.1)
        if (largest(forces) <= fmax and down <= fall and bend < 0.0) or steps >= max_steps:
            break
        step = capped(step, limit)
        norm = float((t**2).sum(axis=-1).max() ** 0.5)
        wanted = along / min(bend, -0.3) if bend < 0.0 else -np.sign(along) * limit / norm
        uphill = float(np.clip(wanted, -limit / norm, limit / norm))
        energy, new_forces = force(x + step + uphill * t)
        steps, since = steps + 1, since + 1
        change = new_forces - forces
        worse = largest(new_forces) > 1.3 * largest(forces)
        limit = max(0.5 * limit, 0.01) if worse else min(1.25 * limit, max_step)
        if float((step**2).sum()) > 4.0 * uphill**2:
            inverse.learn(step, -across(change))
        x, forces = x + step + uphill * t, new_forces
    left = largest(forces)
    done = left <= fmax and down <= fall and bend < 0.0
    return Minimum(x, energy, forces, left, down, steps, done, inverse)


def _softest(force: Force, x: Any, forces: Any, t: Any, inverse: InverseHessian, turns: int) -> tuple[Any, float, int]:
    """Turn ``t`` towards the direction of least curvature by dimer rotations; (direction, curvature, calls).

    Far from the saddle only the curvature is measured: the softest direction there is a turn of the framework, no hop.
    """
    import numpy as np

    bend = 0.0
    for turn in range(1, turns + 1):
        _, beyond = force(x + _DIMER * t)
        product = (forces - beyond) / _DIMER
        bend = float(np.vdot(t, product))
        rest = product - bend * t
        if float(np.linalg.norm(rest)) < 0.25 * abs(bend) or turn == turns:
            return t, bend, turn
        correction = inverse.apply(rest)
        correction -= float(np.vdot(correction, t)) * t
        size = float(np.linalg.norm(correction))
        t = t - correction * min(1.0, 0.5 / max(size, 1e-12))
        t = t / np.linalg.norm(t)
    return t, bend, turns
