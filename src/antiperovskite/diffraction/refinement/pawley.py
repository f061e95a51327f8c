"""Pawley's method: reflection intensities as parameters of the fit, beside lattice and profile.

G. S. Pawley, J. Appl. Cryst. 14, 357 (1981), DOI 10.1107/S0021889881009618. The pattern is linear in the intensities,
so that at each lattice and profile they are solved for (variable projection) and only the rest is searched. They may
be negative: a bound at zero would bias weak lines and the background under them.

Where lines overlap, the data give their sum and hardly their difference. A weak restraint to Le Bail's partition
settles that: its width is ten uncertainties of the line as if it stood alone, or the mean intensity around, whichever
is larger, so that it costs a line of its own at most one per cent of an uncertainty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from antiperovskite.diffraction.refinement.peak_shape import widths
from antiperovskite.errors import OptionError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from antiperovskite.diffraction.refinement.pattern_model import PatternModel

    Array = NDArray[np.float64]

LOOSE: Final = 10.0
"""Width of the restraint in uncertainties of a line standing alone."""
NEAR: Final = 1.0
"""Lines within this many widths of each other overlap."""
UNDETERMINED: Final = 0.5
"""Share of the restraint's variance from which an intensity is not determined apart from its neighbours."""
MOST_REFLECTIONS: Final = 3000


@dataclass(frozen=True)
class Restraint:
    """Which reflections are solved for, and what each is weakly restrained to.

    ``phases`` and ``rows`` (reflections of that phase) name the columns; ``mean`` and ``width`` are in units of
    ``|F|^2``, shape ``(n_columns,)``.
    """

    phases: NDArray[np.int64]
    rows: NDArray[np.int64]
    mean: Array
    width: Array


@dataclass(frozen=True)
class Intensities:
    """Solved intensities of one phase: rows, values and uncertainties (unscaled), and which are not determined."""

    rows: NDArray[np.int64]
    value: Array
    sigma: Array
    entangled: NDArray[np.bool_]


def make_restraint(model: PatternModel, values: Array, root: Array) -> Restraint | None:
    """Restrain the reflections inside the pattern to their present values; ``None`` where no phase extracts.

    Raises
    ------
    OptionError
        More reflections than can be solved for together.
    """
    parts: list[tuple[NDArray[np.int64], NDArray[np.int64], Array, Array]] = []
    for number, phase in enumerate(model.phases):
        if not phase.pawley:
            continue
        centres = model.first_centres(values, number)
        shape = model.line_shapes(values, number)[0].multiply(root[:, None]).tocsc()
        strength = np.sqrt(np.asarray(shape.multiply(shape).sum(axis=0)).ravel())
        rows = np.flatnonzero((centres >= model.grid[0]) & (centres <= model.grid[-1]) & (strength > 0.0))
        mean = phase.extracted[rows]
        theta = np.radians(np.clip(centres[rows], 0.1, 179.0)) / 2.0
        around = _around(centres[rows], widths(theta, values[model._widths_of(number)])[0], np.abs(mean))
        width = np.maximum(LOOSE / strength[rows], around)
        parts.append((np.full(len(rows), number), rows, mean, width))
    if not parts:
        return None
    phases, rows, mean, width = (np.concatenate(column) for column in zip(*parts, strict=True))
    if not 0 < len(rows) <= MOST_REFLECTIONS:
        raise OptionError(
            f"{len(rows)} reflections would be extracted; Pawley refinement takes 1 to {MOST_REFLECTIONS}: "
            "use a shorter range, or a structure instead (Rietveld)"
        )
    return Restraint(phases, rows, mean, width)


def _around(centres: Array, full: Array, intensity: Array) -> Array:
    """Mean intensity of the lines within one width of each."""
    order = np.argsort(centres)
    x = centres[order]
    total = np.concatenate([[0.0], np.cumsum(intensity[order])])
    low = np.searchsorted(x, centres - NEAR * full)
    high = np.searchsorted(x, centres + NEAR * full, side="right")
    return np.asarray((total[high] - total[low]) / np.maximum(high - low, 1))


class Projection:
    """The intensities solved for at one set of the other parameters, and what remains of residual and Jacobian.

    With S the weighted line shapes, D the inverse widths of the restraint and N = S'S + D'D: c = N^-1 (S'r + D'D m),
    and the Jacobian by the other parameters loses what a change of c can do (Kaufman's form of variable projection).
    """

    def __init__(self, model: PatternModel, values: Array, observed: Array, root: Array, to: Restraint) -> None:
        from scipy.linalg import cho_factor
        from scipy.sparse import hstack

        self.to = to
        columns = []
        for number, phase in enumerate(model.phases):
            if phase.pawley:
                rows = to.rows[to.phases == number]
                columns.append(model.line_shapes(values, number)[0].tocsc()[:, rows])
                phase.extracted = phase.extracted.copy()
                phase.extracted[rows] = 0.0
        self.shape = hstack(columns).multiply(root[:, None]).tocsc()
        self.data = (self.shape.T @ self.shape).toarray()
        inverse = 1.0 / to.width**2
        self.factor: Any = cho_factor(self.data + np.diag(inverse))
        rest = (observed - model.evaluate(values)) * root
        self.solved = self._solve(self.shape.T @ rest + inverse * to.mean)
        for number, phase in enumerate(model.phases):
            if phase.pawley:
                phase.extracted[to.rows[to.phases == number]] = self.solved[to.phases == number]

    def _solve(self, right: Array) -> Array:
        from scipy.linalg import cho_solve

        return np.asarray(cho_solve(self.factor, right))

    def residual(self, weighted: Array) -> Array:
        """The pattern's residuals followed by those of the restraint."""
        return np.concatenate([weighted, (self.solved - self.to.mean) / self.to.width])

    def jacobian(self, weighted: Array) -> Array:
        """Derivatives of :meth:`residual` with the intensities following."""
        follow = self._solve(self.shape.T @ weighted)
        return np.concatenate([weighted - self.shape @ follow, -follow / self.to.width[:, None]])

    @property
    def effective(self) -> float:
        """Parameters that the data, not the restraint, determine: trace of N^-1 S'S."""
        return float(np.trace(self._solve(self.data)))

    def intensities(self, weighted: Array, others: Array) -> dict[int, Intensities]:
        """Values and unscaled uncertainties by phase; ``others`` is the covariance of the remaining parameters."""
        follow = self._solve(self.shape.T @ weighted)
        inverse = self._solve(np.eye(len(self.solved)))
        variance = np.diag(inverse) + np.einsum("ij,jk,ik->i", follow, others, follow)
        entangled = np.diag(inverse) > UNDETERMINED * self.to.width**2
        return {
            int(number): Intensities(
                self.to.rows[mine], self.solved[mine], np.sqrt(np.maximum(variance[mine], 0.0)), entangled[mine]
            )
            for number in np.unique(self.to.phases)
            for mine in (self.to.phases == number,)
        }
