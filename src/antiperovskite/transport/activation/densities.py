"""The posterior of one temperature as a smooth density: a t distribution with a scale of its own on each side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.special import gammaln
from scipy.stats import t as student

if TYPE_CHECKING:
    from antiperovskite.transport.activation.model import Point

FREEDOMS: Final = (2.0, 2.5, 3.0, 4.0, 5.0, 7.0, 10.0, 15.0, 25.0, 50.0, 1000.0)


@dataclass(frozen=True)
class Densities:
    """Medians, lower and upper scales, and degrees of freedom of all points, each of shape ``(n,)``."""

    median: Any
    low: Any
    high: Any
    freedom: Any

    @property
    def scale(self) -> Any:
        """Mean of both scales."""
        return (self.low + self.high) / 2.0

    def log(self, values: Any, widen: float = 1.0) -> Any:
        """Sum over points of the log density at ``values``, shape ``(..., n)``."""
        side = np.where(values < self.median, self.low, self.high) * widen
        z = (values - self.median) / side
        nu = self.freedom
        constant = gammaln((nu + 1) / 2) - gammaln(nu / 2) - 0.5 * np.log(nu * np.pi) - np.log(self.scale * widen)
        return (constant - (nu + 1) / 2 * np.log1p(z**2 / nu)).sum(axis=-1)


def densities(points: tuple[Point, ...]) -> Densities:
    """Describe each point's quantiles: median, 16 % and 84 %, and how much wider the tails are than a normal's."""
    rows = []
    for point in points:
        sample = np.asarray(point.quantiles)
        levels = (np.arange(len(sample)) + 0.5) / len(sample)
        q = np.interp([0.025, 0.1587, 0.5, 0.8413, 0.975], levels, sample)
        ratio = (q[4] - q[0]) / max(q[3] - q[1], 1e-12)
        tails = [student.ppf(0.975, nu) / student.ppf(0.8413, nu) for nu in FREEDOMS]
        nu = FREEDOMS[int(np.argmin(np.abs(np.array(tails) - ratio)))]
        one = student.ppf(0.8413, nu)
        rows.append((q[2], max(q[2] - q[1], 1e-6) / one, max(q[3] - q[2], 1e-6) / one, nu))
    median, low, high, freedom = np.array(rows).T
    return Densities(median, low, high, freedom)
