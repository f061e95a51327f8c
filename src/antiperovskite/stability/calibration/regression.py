"""Gaussian-process regression of formation-enthalpy errors on ions, ion pairs and the compounds themselves.

The error of an engine, measured minus computed formation enthalpy of phase p (eV per formula unit), is written

    y_p = sum_k A_pk u_k + e_p,   u_k ~ N(0, s_k^2),   e_p ~ N(0, u_exp^2),

with one variable for each ion (counted per formula unit), each cation-anion pair (weighted by the atoms of its neutral
salt) and each phase itself (weighted by its atoms). What phases share cancels between the two sides of a reaction. The
standard deviations of the classes of variables maximise the marginal likelihood (type-II maximum likelihood; Rasmussen
and Williams, Gaussian Processes for Machine Learning, 2006, ch. 5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

Weights = dict[str, float]

FREE_SCALE: Final = 30.0  # eV; reference energies of elements the engine's own value of which is not used
SHIFT_SCALE: Final = 3.0  # eV; GGA against GGA+U, per metal atom
START: Final = {
    "cation": 0.1,
    "group": 0.1,
    "pair": 0.03,
    "own": 0.02,
    "valence": 0.04,
    "own3d": 0.08,
}  # eV; where the likelihood search starts
LIMITS: Final = (1e-4, 2.0)  # eV; allowed range of the fitted scales


@dataclass(frozen=True)
class Datum:
    """One phase with a measured enthalpy: ``error`` = measured - computed, eV per formula unit."""

    name: str
    error: float
    uncertainty: float
    weights: Weights
    atoms: float = 1.0


@dataclass(frozen=True)
class Posterior:
    """Mean and factored covariance of the variables after the fit.

    ``loadings[k, j]``: variable k moves by this much (eV) when the j-th independent standard-normal variable does.
    """

    variables: tuple[str, ...]
    mean: Any
    loadings: Any
    scales: dict[str, float]
    log_likelihood: float


def variable_class(variable: str) -> str:
    """Return the class a variable's prior belongs to: the part of its name before the colon."""
    return variable.split(":", 1)[0]


def prior_scale(variable: str, scales: dict[str, float]) -> float:
    """Prior standard deviation of a variable in eV."""
    kind = variable_class(variable)
    if kind == "element":
        return FREE_SCALE
    if kind == "shift":
        return SHIFT_SCALE
    return scales[kind]


def design_matrix(data: Sequence[Datum], variables: Sequence[str]) -> Any:
    """Return A, shape (data, variables)."""
    import numpy as np

    column = {variable: number for number, variable in enumerate(variables)}
    matrix = np.zeros((len(data), len(variables)))
    for row, datum in enumerate(data):
        for variable, weight in datum.weights.items():
            matrix[row, column[variable]] = weight
    return matrix


def data_covariance(data: Sequence[Datum], scales: dict[str, float]) -> Any:
    """Prior covariance of the data, A S A^T + u_exp^2, eV^2."""
    import numpy as np

    variables = sorted({variable for datum in data for variable in datum.weights})
    scaled = design_matrix(data, variables) * np.array([prior_scale(variable, scales) for variable in variables])
    return scaled @ scaled.T + np.diag([datum.uncertainty**2 for datum in data])


def fit_scales(data: Sequence[Datum]) -> dict[str, float]:
    """Return the class standard deviations (eV) of largest marginal likelihood."""
    import numpy as np
    from scipy.linalg import cho_factor, cho_solve
    from scipy.optimize import minimize

    kinds = list(START)
    variables = sorted({variable for datum in data for variable in datum.weights})
    matrix = design_matrix(data, variables)
    errors = np.array([datum.error for datum in data])
    columns = [matrix[:, [variable_class(variable) == kind for variable in variables]] for kind in kinds]
    blocks = np.array([block @ block.T for block in columns])
    fixed = [prior_scale(v, {}) if variable_class(v) not in kinds else 0.0 for v in variables]
    base = (matrix * fixed) @ (matrix * fixed).T + np.diag([datum.uncertainty**2 for datum in data])

    def cost(logarithms: Any) -> tuple[float, Any]:
        """Negative log-likelihood and its gradient s^2 (tr K^-1 P - a^T P a) with a = K^-1 y, in log s."""
        variances = np.exp(2 * logarithms)
        factor = cho_factor(base + np.tensordot(variances, blocks, axes=1), lower=True)
        solved = cho_solve(factor, errors)
        inverse = cho_solve(factor, np.eye(len(errors)))
        value = 0.5 * errors @ solved + np.log(np.diag(factor[0])).sum()
        slope = variances * (np.einsum("ij,kij->k", inverse, blocks) - np.einsum("i,kij,j->k", solved, blocks, solved))
        return float(value), slope

    start = np.log([START[kind] for kind in kinds])
    bounds = [tuple(np.log(LIMITS))] * len(kinds)
    # Tight: a loosely converged fit moves printed energies by an meV between linear-algebra libraries.
    options = {"ftol": 1e-15, "gtol": 1e-9, "maxiter": 500}
    result = minimize(cost, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return {kind: float(np.exp(value)) for kind, value in zip(kinds, result.x, strict=True)}


def fit(
    data: Sequence[Datum], extra_variables: Sequence[str] = (), scales: dict[str, float] | None = None
) -> Posterior:
    """Fit the variables of ``data``; ``extra_variables`` join with their prior (phases without a measurement).

    The posterior of u is N(m, C) with G = S A^T (A S A^T + N)^-1, m = G y, C = S - G A S.
    """
    import numpy as np
    from scipy.linalg import cho_factor, cho_solve, eigh

    chosen = fit_scales(data) if scales is None else scales
    variables = tuple(sorted({*extra_variables, *(v for datum in data for v in datum.weights)}))
    prior = np.array([prior_scale(variable, chosen) for variable in variables])
    scaled = design_matrix(data, variables) * prior
    noise = np.diag([datum.uncertainty**2 for datum in data])
    errors = np.array([datum.error for datum in data])
    factor = cho_factor(scaled @ scaled.T + noise, lower=True)
    mean = prior * (scaled.T @ cho_solve(factor, errors))
    reduced = np.eye(len(variables)) - scaled.T @ cho_solve(factor, scaled)
    values, vectors = eigh((reduced + reduced.T) / 2)
    root = vectors * np.sqrt(np.clip(values, 0.0, None))
    likelihood = -0.5 * (
        errors @ cho_solve(factor, errors) + 2 * np.log(np.diag(factor[0])).sum() + len(data) * np.log(2 * np.pi)
    )
    return Posterior(variables, mean, prior[:, None] * root, chosen, float(likelihood))


@dataclass(frozen=True)
class LeftOut:
    """Prediction of one datum from all others: measured error minus predicted, and its standard uncertainty, eV."""

    name: str
    residual: float
    uncertainty: float

    @property
    def z(self) -> float:
        """Residual in standard uncertainties."""
        return self.residual / self.uncertainty


def leave_one_out(data: Sequence[Datum], scales: dict[str, float]) -> list[LeftOut]:
    """Predict every datum from the others at fixed scales: r_i = [K^-1 y]_i / [K^-1]_ii, var = 1 / [K^-1]_ii."""
    import numpy as np

    inverse = np.linalg.inv(data_covariance(data, scales))
    errors = np.array([datum.error for datum in data])
    solved, diagonal = inverse @ errors, np.diag(inverse)
    return [
        LeftOut(datum.name, float(s / d), float(d**-0.5)) for datum, s, d in zip(data, solved, diagonal, strict=True)
    ]


def leave_group_out(data: Sequence[Datum], group: Sequence[bool], scales: dict[str, float]) -> list[LeftOut]:
    """Predict the marked data together from the unmarked ones."""
    import numpy as np

    covariance = data_covariance(data, scales)
    mask = np.array(group)
    errors = np.array([datum.error for datum in data])
    known, cross = covariance[np.ix_(~mask, ~mask)], covariance[np.ix_(mask, ~mask)]
    gain = cross @ np.linalg.inv(known)
    predicted = gain @ errors[~mask]
    variance = np.diag(covariance[np.ix_(mask, mask)] - gain @ cross.T)
    names = [datum.name for datum, marked in zip(data, group, strict=True) if marked]
    return [
        LeftOut(name, float(error - value), float(np.sqrt(var)))
        for name, error, value, var in zip(names, errors[mask], predicted, variance, strict=True)
    ]
