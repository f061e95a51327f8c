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
    start: tuple[float, Any] | None = None,
    watch: Callable[[Any, float, float], bool] | None = None,
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
    start
        Energy and forces at ``positions`` where they are known.
    watch
        Called with positions, energy (eV) and what the model sees below (eV) at every point the search goes on from,
        each lower than the one before but for ``_RISE``; ``True`` ends it.
    """
    import numpy as np

    def projected(vector: Any) -> Any:
        return vector if project is None else project(vector)

    x = np.array(positions, dtype=float)
    energy, forces = force(x) if start is None else start
    f = projected(forces)
    limit, steps = max_step, 0
    while steps < max_steps:
        step = projected(inverse.apply(f))
        if float(np.vdot(step, f)) < 0.0:  # rounding, or pairs of another surface
            inverse.forget()
            step = projected(inverse.apply(f))
        if largest(f) <= fmax and 0.5 * float(np.vdot(step, f)) <= fall:
            break
        if watch is not None and watch(x, energy, 0.5 * float(np.vdot(step, f))):
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
