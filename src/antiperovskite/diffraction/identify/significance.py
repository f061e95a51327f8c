"""Does a phase belong in the model? Information criterion and F-test with serially correlated residuals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Evidence:
    """Evidence for the larger of two nested models."""

    delta_bic: float
    p_value: float


def evidence(drop: float, chi2: float, n_points: int, n_left: int, more: int, correlation: float) -> Evidence:
    """Compare two nested least-squares models.

    Delta BIC = drop / (s tau) - more ln(n / tau) and F = drop / (more s tau), where s is chi^2 of the larger model
    (never below one: then counting statistics is met) and tau the serial correlation of its residuals: misfit repeats
    over a line's width, so that fewer than n points are independent.

    Parameters
    ----------
    drop
        Weighted sum of squares of the smaller model minus that of the larger.
    chi2
        Reduced chi^2 of the larger model.
    n_points, n_left
        Points, and points minus parameters of the larger model.
    more
        Parameters the larger model has more.
    correlation
        tau, 1 for independent residuals.
    """
    from scipy.stats import f

    tau = max(correlation, 1.0)
    scale = max(chi2, 1.0) * tau
    ratio = max(drop, 0.0) / (more * scale)
    independent = max(n_left / tau, 2.0)
    return Evidence(
        delta_bic=float(drop / scale - more * np.log(n_points / tau)),
        p_value=float(f.sf(ratio, more, independent)),
    )
