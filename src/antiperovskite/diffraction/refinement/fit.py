"""Weighted least squares in stages: scales and background, lattices and zero, profile, atoms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from antiperovskite.diffraction.refinement.parameters import ATOMS, LATTICE, NEVER, PROFILE, SCALES
from antiperovskite.diffraction.refinement.pawley import Intensities, Projection, Restraint, make_restraint
from antiperovskite.diffraction.refinement.peak_shape import widths
from antiperovskite.diffraction.refinement.statistics import Covariance, covariance, weights
from antiperovskite.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from antiperovskite.diffraction.data_files import MeasuredPattern
    from antiperovskite.diffraction.refinement.pattern_model import PatternModel

    Array = NDArray[np.float64]

WIDER: Final = (4.0, 1.0)
"""Lines are widened by these factors while the lattices move, so that distant lines still feel each other."""
MOST_EVALUATIONS: Final = 60
LE_BAIL_STEPS: Final = 12
REWEIGHTINGS: Final = 3
PAWLEY_ROUNDS: Final = 8
ROUGH, TIGHT = 1e-4, 1e-10
"""Relative change of chi^2 at which a stage ends, and at which the last one does."""


@dataclass(frozen=True)
class Fitted:
    """Where a fit ended: all parameters, the free ones, those at a bound, and the unscaled covariance."""

    values: Array
    free: NDArray[np.int64]
    at_bound: NDArray[np.bool_]
    covariance: Covariance
    calculated: Array
    weights: Array
    converged: bool
    n_extracted: int
    extracted: dict[int, Intensities]

    @property
    def chi2(self) -> float:
        """Weighted sum of squared residuals over what is left of the points after the parameters."""
        return self.total / max(len(self.weights) - self.n_parameters, 1)

    @property
    def n_parameters(self) -> int:
        """Refined parameters, with the extracted intensities that the data determine."""
        return int((~self.at_bound).sum()) + self.n_extracted

    total: float = 0.0


def fit_pattern(
    model: PatternModel,
    pattern: MeasuredPattern,
    start: Array,
    stages: Sequence[int] = (LATTICE, PROFILE, ATOMS),
    *,
    tolerance: float = TIGHT,
) -> Fitted:
    """Refine in stages from ``start`` (all parameters, in the order of the model's table).

    Raises
    ------
    OptionError
        More parameters than points.
    """
    values = start.copy()
    model.refresh(values, max(WIDER))
    w = weights(pattern, pattern.intensity)
    values = linear_start(model, pattern, values, w)
    extract = any(phase.pawley for phase in model.phases)
    converged = True
    for stage in stages:
        if stage != LATTICE and not _has(model, stage):
            continue
        for wider in WIDER if stage == LATTICE else (1.0,):
            widened = _widen(model, values, wider)
            model.refresh(widened)
            if extract:
                extract_intensities(model, pattern, widened, steps=LE_BAIL_STEPS)
            elif wider > 1.0:
                widened = linear_start(model, pattern, widened, w)
            moved, converged = _solve(model, pattern, widened, w, stage, ROUGH)
            if wider > 1.0:
                moved = _keep_widths(model, values, moved)
                moved = moved if extract else _keep_better_cells(model, pattern, values, moved, w)
            values = moved
        w = weights(pattern, model.evaluate(values))
    values, w, converged = _settle(model, pattern, values, w, max(stages), extract, tolerance)
    return _finish(model, pattern, values, w, max(stages), converged)


def _settle(
    model: PatternModel,
    pattern: MeasuredPattern,
    values: Array,
    w: Array,
    stage: int,
    extract: bool,
    tolerance: float,
) -> tuple[Array, Array, bool]:
    """Repeat with renewed weights (and restraints of the extracted intensities) until nothing moves.

    Le Bail's alternation brought extracted intensities near; from here on they are solved for with everything else.
    """
    converged = True
    rounds = PAWLEY_ROUNDS if extract else REWEIGHTINGS if tolerance <= TIGHT else 1
    for turn in range(rounds):
        model.refresh(values)
        if extract and turn == 0:
            extract_intensities(model, pattern, values, steps=LE_BAIL_STEPS)
        before = values
        values, converged = _solve(model, pattern, values, w, stage, tolerance, pawley=extract)
        renewed = weights(pattern, model.evaluate(values))
        still = np.allclose(values, before, rtol=1e-7, atol=1e-9)
        same = float(np.abs(np.sqrt(renewed / w) - 1.0).mean()) < 1e-5
        w = renewed
        if still and same:
            break
    return values, w, converged


def linear_start(model: PatternModel, pattern: MeasuredPattern, values: Array, w: Array) -> Array:
    """Best background and non-negative scales at the current lattices and widths."""
    from scipy.optimize import lsq_linear

    root = np.sqrt(w)
    scales = [model._at("scale", k) for k in range(len(model.phases))]
    fixed = np.zeros(len(model.grid))
    columns, places = [model.chebyshev], []
    unit = values.copy()
    for number, place in enumerate(scales):
        if model.phases[number].pawley:
            fixed = fixed + model.phase_profile(values, number)
            continue
        unit[place] = 1.0
        columns.append(model.phase_profile(unit, number)[:, None])
        places.append(int(place[0]))
    matrix = np.concatenate(columns, axis=1) * root[:, None]
    size = np.linalg.norm(matrix, axis=0)
    size[size == 0.0] = 1.0
    lower = np.concatenate([np.full(model.chebyshev.shape[1], -np.inf), np.zeros(len(places))])
    found = lsq_linear(matrix / size, (pattern.intensity - fixed) * root, bounds=(lower, np.inf), max_iter=100)
    solution = found.x / size
    result = values.copy()
    n = model.chebyshev.shape[1]
    result[model._at("background", -1)] = solution[:n]
    result[places] = solution[n:]
    return result


def extract_intensities(model: PatternModel, pattern: MeasuredPattern, values: Array, steps: int) -> None:
    """Le Bail's partition: each line takes its share of what was observed above the background.

    I_new = I sum_i p_i (o_i - b_i) / (c_i - b_i) / sum_i p_i; A. Le Bail, H. Duroy, J. L. Fourquet, Mater. Res. Bull.
    23, 447 (1988), DOI 10.1016/0025-5408(88)90019-0.
    """
    background = model.background(values)
    shapes = [model.line_shapes(values, k) if p.pawley else None for k, p in enumerate(model.phases)]
    others = sum(
        (model.phase_profile(values, k) for k, p in enumerate(model.phases) if not p.pawley), np.zeros_like(background)
    )
    for _ in range(steps):
        peaks = others.copy()
        for phase, shape in zip(model.phases, shapes, strict=True):
            if shape is not None:
                peaks = peaks + shape[0] @ phase.extracted
        ratio = np.divide(pattern.intensity - background, peaks, out=np.zeros_like(peaks), where=peaks > 1e-12)
        ratio = np.maximum(ratio, 0.0)
        for phase, shape in zip(model.phases, shapes, strict=True):
            if shape is not None:
                share = np.divide(shape[0].T @ ratio, shape[1], out=np.ones(len(shape[1])), where=shape[1] > 1e-12)
                phase.extracted = np.maximum(phase.extracted * share, 1e-12)


def _has(model: PatternModel, stage: int) -> bool:
    return any(parameter.stage == stage for parameter in model.table)


def _widen(model: PatternModel, values: Array, factor: float) -> Array:
    """Add a Gaussian width so that the lines at mid-range become ``factor`` times as wide."""
    if factor == 1.0:
        return values
    result = values.copy()
    middle = np.array([np.radians(model.grid.mean()) / 2.0])
    full = float(widths(middle, values[model._widths_of(0)])[0][0])
    place = model._widths_of(0)[2]
    result[place] = min(values[place] + (factor**2 - 1.0) * full**2, model.table[place].upper)
    return result


def _keep_widths(model: PatternModel, before: Array, after: Array) -> Array:
    result = after.copy()
    for index, parameter in enumerate(model.table):
        if parameter.kind == "width":
            result[index] = before[index]
    return result


def _keep_better_cells(model: PatternModel, pattern: MeasuredPattern, before: Array, after: Array, w: Array) -> Array:
    """Put back, phase by phase, each cell that fitted better before the lines were widened.

    Widened lines of a minor phase vanish under those of a strong one, and its lattice then follows the misfit.
    """

    def total(values: Array) -> tuple[float, Array]:
        model.refresh(values)
        fitted = linear_start(model, pattern, values, w)
        residual = (model.evaluate(fitted) - pattern.intensity) * np.sqrt(w)
        return float(residual @ residual), fitted

    zero = model._at("zero", -1)
    least, best = total(after)
    for cells in (model._at("cell", number) for number in range(len(model.phases))):
        trial = best.copy()
        trial[cells] = before[cells]
        for shift in {float(best[zero][0]), float(before[zero][0])}:
            trial[zero] = shift
            value, fitted = total(trial)
            if value < least:
                least, best = value, fitted
    model.refresh(best)
    return best


def _solve(
    model: PatternModel,
    pattern: MeasuredPattern,
    values: Array,
    w: Array,
    stage: int,
    tolerance: float,
    *,
    pawley: bool = False,
) -> tuple[Array, bool]:
    """One least-squares run over everything released up to ``stage``, extracted intensities too where asked."""
    from scipy.optimize import least_squares

    free = np.array([k for k, parameter in enumerate(model.table) if parameter.stage <= stage], dtype=np.int64)
    if len(free) >= len(model.grid):
        raise OptionError(f"{len(free)} parameters for {len(model.grid)} points; refine fewer or measure more")
    root = np.sqrt(w)
    lower = np.array([model.table[k].lower for k in free])
    upper = np.array([model.table[k].upper for k in free])
    base = values.copy()
    state: dict[str, Any] = {"at": None}
    restraint = make_restraint(model, values, root) if pawley else None

    def both(x: Array) -> tuple[Array, Array]:
        if state["at"] is None or not np.array_equal(state["at"], x):
            base[free] = x
            residual, jacobian, _ = _weighted(model, pattern, base, free, root, restraint)
            state.update(at=x.copy(), residual=residual, jacobian=jacobian)
        return state["residual"], state["jacobian"]

    span = np.where(np.isfinite(upper - lower), upper - lower, 1.0)
    start = np.clip(values[free], lower + 1e-9 * span, upper - 1e-9 * span)
    found = least_squares(
        lambda x: both(x)[0],
        start,
        jac=lambda x: both(x)[1],
        bounds=(lower, upper),
        x_scale="jac",
        ftol=tolerance,
        xtol=1e-3 * tolerance if tolerance > TIGHT else tolerance,
        gtol=tolerance,
        max_nfev=MOST_EVALUATIONS,
    )
    result = values.copy()
    result[free] = found.x
    both(found.x)  # the last point tried may be another: leave the extracted intensities of the best one
    return result, bool(found.status > 0)


def _weighted(
    model: PatternModel,
    pattern: MeasuredPattern,
    values: Array,
    free: NDArray[np.int64],
    root: Array,
    restraint: Restraint | None,
) -> tuple[Array, Array, Projection | None]:
    """Weighted residuals and Jacobian; with a restraint, at the best extracted intensities and with them following."""
    projection = None if restraint is None else Projection(model, values, pattern.intensity, root, restraint)
    calculated, jacobian = model.evaluate_with_jacobian(values, free)
    residual, weighted = (calculated - pattern.intensity) * root, jacobian * root[:, None]
    if projection is None:
        return residual, weighted, None
    return projection.residual(residual), projection.jacobian(weighted), projection


def _finish(
    model: PatternModel, pattern: MeasuredPattern, values: Array, w: Array, stage: int, converged: bool
) -> Fitted:
    """Covariance at the end, extracted intensities included."""
    free = np.array([k for k, parameter in enumerate(model.table) if parameter.stage <= stage], dtype=np.int64)
    at_bound = np.array([_at_bound(model, values, int(k)) for k in free])
    inside, root = free[~at_bound], np.sqrt(w)
    _, projected, projection = _weighted(model, pattern, values, inside, root, make_restraint(model, values, root))
    found = covariance(projected)
    calculated, jacobian = model.evaluate_with_jacobian(values, inside)
    residual = (calculated - pattern.intensity) * root
    effective, extracted = 0, {}
    if projection is not None:
        effective = round(projection.effective)
        extracted = projection.intensities(jacobian * root[:, None], found.matrix)
    total = float(residual @ residual)
    return Fitted(values, free, at_bound, found, calculated, w, converged, effective, extracted, total)


def _at_bound(model: PatternModel, values: Array, index: int) -> bool:
    parameter = model.table[index]
    if parameter.stage == NEVER:
        return True
    span = parameter.upper - parameter.lower
    near = 1e-6 * span if np.isfinite(span) else 1e-9 * max(abs(values[index]), 1e-30)
    return bool(values[index] - parameter.lower < near or parameter.upper - values[index] < near)


__all__ = ["SCALES", "Fitted", "extract_intensities", "fit_pattern", "linear_start"]
