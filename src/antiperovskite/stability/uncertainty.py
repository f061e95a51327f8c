"""Standard uncertainty of sums of phase energies, and the probability that such a sum is below zero.

The error of each phase's energy is a sum over independent standard-normal variables (``PhaseEnergy.loadings``), so

    u(sum_p nu_p E_p)^2 = sum_k (sum_p nu_p L_pk)^2,

which is the usual propagation of a covariance matrix C = L L^T (GUM, JCGM 100:2008, eq. 13) in factored form.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from antiperovskite.stability.hull import PhaseEnergy

Terms = Iterable[tuple[PhaseEnergy, float]]
"""Phases with signed amounts: products positive, reactants negative."""


def summed_loadings(terms: Terms) -> dict[str, float]:
    """Return the loadings (eV) of sum_p nu_p E_p on the independent variables."""
    total: dict[str, float] = {}
    for phase, amount in terms:
        for variable, loading in phase.loadings.items():
            total[variable] = total.get(variable, 0.0) + amount * loading
    return total


def standard_uncertainty(terms: Terms) -> float:
    """Return u(sum_p nu_p E_p) in eV; 0 where no phase carries an error."""
    return math.sqrt(math.fsum(loading * loading for loading in summed_loadings(terms).values()))


def loading_norm(loadings: Mapping[str, float]) -> float:
    """Return the standard deviation that loadings describe."""
    return math.sqrt(math.fsum(loading * loading for loading in loadings.values()))


def probability_negative(value: float, uncertainty: float) -> float:
    """Return P(x < 0) for x normal with this mean and standard uncertainty (a step function at u = 0)."""
    if uncertainty <= 0.0:
        return 1.0 if value < 0.0 else 0.0
    return 0.5 * math.erfc(value / (uncertainty * math.sqrt(2.0)))
