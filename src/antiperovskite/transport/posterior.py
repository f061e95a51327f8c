"""Posterior draws of a diffusion coefficient, and of ratios of two.

The slope of a Gaussian walk is a quadratic form, so slope / D is close to chi-squared with nu = 2 / v degrees of
freedom (v its relative variance; Satterthwaite), and D given the slope to the inverse (prior 1/D). The variance v was
itself measured with few degrees of freedom m and is drawn from its own posterior, which gives t-like tails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from antiperovskite.transport.slope import Slope

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

DRAWS: Final = 20000
SEED: Final = 20230529
LEVELS: Final = {68: (0.1587, 0.8413), 95: (0.025, 0.975)}


def draw(estimate: Slope, seed: int = 0, n_draws: int = DRAWS) -> Array:
    """Draws of the slope (angstrom^2 per frame), sorted; the same estimate gives the same draws."""
    import numpy as np

    rng = np.random.default_rng((SEED, seed))
    relative = np.full(n_draws, max(estimate.relative_variance, 1e-12))
    if np.isfinite(estimate.freedom):
        relative = relative * estimate.freedom / rng.chisquare(estimate.freedom, n_draws)
    freedom = 2.0 / relative
    found: Array = np.sort(estimate.slope * freedom / np.maximum(rng.chisquare(freedom), 1e-300))
    return found


def draw_ratio(top: Slope, bottom: Slope, correlation: float, n_draws: int = DRAWS) -> tuple[Array, Array, Array]:
    """Draws of both slopes and of top / bottom whose ranks are correlated, in the same order."""
    import numpy as np
    from scipy.stats import norm

    rng = np.random.default_rng((SEED, 7))
    first = rng.standard_normal(n_draws)
    limited = min(max(correlation, -1.0), 1.0)
    second = limited * first + np.sqrt(1.0 - limited**2) * rng.standard_normal(n_draws)
    levels = (np.arange(n_draws) + 0.5) / n_draws
    a = np.interp(norm.cdf(first), levels, draw(top, 1, n_draws))
    b = np.interp(norm.cdf(second), levels, draw(bottom, 2, n_draws))
    return a, b, a / b


def correlation_of(tracer: Slope, collective: Slope, n_ions: int) -> float:
    """Correlation of the errors of self and collective diffusion if all ions are alike (Isserlis' theorem).

    Relative covariance = v_collective / (N H): one for a rigid cloud of ions, 1/sqrt(N) for independent ions.
    """
    from math import sqrt

    if tracer.relative_variance <= 0 or collective.relative_variance <= 0 or tracer.slope <= 0:
        return 0.0
    inverse_haven = max(collective.slope, 0.0) / tracer.slope
    ratio = sqrt(collective.relative_variance / tracer.relative_variance)
    return min(1.0, ratio * inverse_haven / n_ions)


def interval(draws: Any, level: int) -> tuple[float, float]:
    """Central interval of this credibility in percent (68 or 95)."""
    import numpy as np

    low, high = np.quantile(draws, LEVELS[level])
    return float(low), float(high)


def half_width(draws: Any) -> float:
    """Half of the central 68 % interval: one standard uncertainty."""
    low, high = interval(draws, 68)
    return (high - low) / 2.0
