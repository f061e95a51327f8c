"""Weighted, regularised linear least squares on energies, forces and stresses.

minimise  sum_k w_k^2 (D_k c - y_k)^2 + lambda |S c|^2

with S the column scale; lambda is chosen by the error on frames that were held out. Splines are kept smooth instead, by

minimise  sum_k w_k^2 (D_k c - y_k)^2 + lambda |c|^2 + mu |second differences of c|^2

with both factors chosen that way (Xie, Rupp and Hennig, npj Comput. Mater. 9, 162 (2023), 10.1038/s41524-023-01092-7).
Rows are added to the normal equations frame by frame, so that memory does not grow with the training set and a later
round only adds to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from antiperovskite.distillation.design import Designer, Rows
from antiperovskite.distillation.frames import Frame
from antiperovskite.errors import EngineError

RIDGES: Final = tuple(10.0**power for power in range(-14, -3))
"""Relative to the mean eigenvalue of the scaled normal matrix."""

SPLINE_RIDGES: Final = (1e-11, 1e-9, 1e-7, 1e-5)
SPLINE_CURVATURES: Final = (1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3)
"""Relative to the mean diagonal element of the normal matrix, constants of the elements left out."""


@dataclass(frozen=True)
class Weights:
    """What counts as an equally bad error of energy, force and stress.

    Forces far above ``force_scale`` count less: a frame with two ions pressed together must not decide the rest.
    """

    energy: float = 0.0007  # eV/atom; at 0.002 hop barriers came out 50 meV low, because only energies see them
    force: float = 0.05  # eV/angstrom
    stress: float = 0.002  # eV/angstrom^3
    force_scale: float = 2.0  # eV/angstrom


@dataclass(frozen=True)
class Solution:
    """Fitted numbers: coefficients, the ridge that was chosen and the score it was chosen by.

    ``curvature`` is the factor of the second differences, 0 for forms without.
    """

    coefficients: Any
    ridge: float
    score: float
    rank: int
    curvature: float = 0.0


@dataclass(frozen=True)
class Target:
    """What the form has to reproduce: the teacher less the core repulsion."""

    energy: float
    forces: Any
    stress: Any  # None where the teacher gave none


def target_of(frame: Frame, design: Designer) -> Target:
    """Subtract the core, so that form plus core is fitted to the teacher."""
    if not frame.labelled:
        raise EngineError("a frame without the teacher's answer cannot be fitted")
    energy, forces, stress = design.core_part(frame)
    left = None if frame.stress is None else frame.stress - stress
    return Target(float(frame.energy or 0.0) - energy, frame.forces - forces, left)


class LeastSquares:
    """The normal equations of a growing training set.

    Parameters
    ----------
    weights
        Relative weights of the three kinds of rows.
    curvature
        Second differences of the coefficients as a sparse matrix, for splines; columns it leaves out are constants.
    """

    def __init__(self, weights: Weights | None = None, curvature: Any = None) -> None:
        self.weights = weights or Weights()
        self.curvature = curvature
        self.gram: Any = None
        self.moment: Any = None
        self.held_out: list[tuple[Any, Any]] = []
        self.frames = 0

    def add(self, frame: Frame, rows: Rows, target: Target, weight: float = 1.0) -> None:
        """Add a frame to the training set, its residuals multiplied by ``weight``."""
        D, y = self.weighted(frame, rows, target)
        D, y = weight * D, weight * y
        if self.gram is None:
            self.gram, self.moment = D.T @ D, D.T @ y
        else:
            self.gram += D.T @ D
            self.moment += D.T @ y
        self.frames += 1

    def hold_out(self, frame: Frame, rows: Rows, target: Target) -> None:
        """Keep a frame for choosing the ridge."""
        self.held_out.append(self.weighted(frame, rows, target))

    def weighted(self, frame: Frame, rows: Rows, target: Target) -> tuple[Any, Any]:
        """Weighted rows and right-hand sides of a frame."""
        import numpy as np

        n = len(frame.numbers)
        sizes = np.linalg.norm(frame.forces, axis=1)
        per_atom = 1.0 / (self.weights.force * (1.0 + (sizes / self.weights.force_scale) ** 2) ** 0.5)
        force_weight = np.repeat(per_atom, 3)
        # one energy against 3 n forces: its weight is that of sqrt(n) atoms, or it would never be heard
        energy_weight = n**0.5 / (self.weights.energy * n)
        D = [rows.energy[None, :] * energy_weight, rows.forces * force_weight[:, None]]
        y = [np.array([target.energy]) * energy_weight, target.forces.ravel() * force_weight]
        if rows.stress is not None and target.stress is not None:
            D.append(rows.stress / self.weights.stress)
            y.append(target.stress / self.weights.stress)
        return np.concatenate(D), np.concatenate(y)

    def solve(self, ridges: Sequence[float] = RIDGES) -> Solution:
        """Solve for every ridge from one eigendecomposition and keep the one that predicts held-out rows best.

        Raises
        ------
        EngineError
            Nothing was added, or no ridge gives finite numbers.
        """
        import numpy as np

        if self.gram is None:
            raise EngineError("there is no training frame to fit to")
        if self.curvature is not None:
            return self._solve_splines()
        scale = np.sqrt(np.diag(self.gram))
        scale[scale == 0.0] = 1.0
        values, vectors = np.linalg.eigh(self.gram / np.outer(scale, scale))
        projected = vectors.T @ (self.moment / scale)
        unit = float(values.mean())
        best: Solution | None = None
        for ridge in ridges:
            damping = np.maximum(values, 0.0) + ridge * unit
            coefficients = (vectors @ (projected / damping)) / scale
            score = self._score(coefficients)
            if np.isfinite(score) and (best is None or score < best.score):
                rank = int((values > ridge * unit).sum())
                best = Solution(coefficients, ridge, score, rank)
        if best is None:
            raise EngineError("the fit gives no finite numbers; the training set is too small for this form")
        return best

    def _solve_splines(self) -> Solution:
        """Try all pairs of ridge and curvature."""
        import numpy as np
        from scipy.linalg import LinAlgError, cho_factor, cho_solve

        bent = (self.curvature.T @ self.curvature).toarray()
        unit = float(np.diag(self.gram)[np.diag(bent) > 0.0].mean())
        best: Solution | None = None
        for curvature in SPLINE_CURVATURES:
            for ridge in SPLINE_RIDGES:
                matrix = self.gram + curvature * unit * bent
                matrix[np.diag_indices_from(matrix)] += ridge * unit
                scale = np.sqrt(np.diag(matrix))
                try:
                    factor = cho_factor(matrix / np.outer(scale, scale), lower=True, overwrite_a=True)
                except LinAlgError:  # too little of both; the next one is larger
                    continue
                coefficients = cho_solve(factor, self.moment / scale) / scale
                score = self._score(coefficients)
                if np.isfinite(score) and (best is None or score < best.score):
                    best = Solution(coefficients, ridge, score, len(coefficients), curvature)
        if best is None:
            raise EngineError("the fit gives no finite numbers; the training set is too small for these splines")
        return best

    def _score(self, coefficients: Any) -> float:
        """Root mean square of weighted residuals on held-out rows, or generalised to the training set without them."""
        import numpy as np

        if not self.held_out:
            return float(coefficients @ (self.gram @ coefficients) - 2.0 * self.moment @ coefficients)
        squares = [float(((D @ coefficients - y) ** 2).mean()) for D, y in self.held_out]
        return float(np.sqrt(np.mean(squares)))
