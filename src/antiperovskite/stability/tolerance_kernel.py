"""Array kernels of the tolerance descriptors: radii and amounts in, numbers out, nothing else.

The letters follow the anti-perovskite X3BA: X the cation at the octahedron's vertices, B the anion at its centre, A
the anion in the cuboctahedron. Every radius is in angstrom and every argument broadcasts. ``factors`` has the same
formulas, with their sources, for one composition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from antiperovskite.stability.factors import SQRT2

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class Descriptors(NamedTuple):
    """The three descriptors, each of the broadcast shape of the inputs; ``nan`` where one is not defined."""

    goldschmidt: NDArray[np.float64]
    octahedral: NDArray[np.float64]
    tau: NDArray[np.float64]


def site_mean(values: ArrayLike, amounts: ArrayLike) -> NDArray[np.float64]:
    """Amount-weighted mean of a property over the ions that occupy one site.

    Vacancies carry no radius and are simply not among the ions, so that the mean is one over occupied sites. An
    empty site and a site holding an ion without a value (``nan``) give ``nan``; an absent ion never spoils a mean.

    Parameters
    ----------
    values
        Shape ``(n_ions,)``, the property of each ion (``nan`` where it has none).
    amounts
        Shape ``(..., n_ions)``, non-negative amounts per formula unit.

    Returns
    -------
    Shape ``(...)``: sum(amount x value) / sum(amount).

    Examples
    --------
    >>> site_mean([1.81, 1.96], [[1.0, 0.0], [0.5, 0.5]]).round(3).tolist()
    [1.81, 1.885]
    """
    value = np.asarray(values, dtype=np.float64)
    amount = np.asarray(amounts, dtype=np.float64)
    missing = np.isnan(value)
    total = amount @ np.ones_like(value)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (amount @ np.where(missing, 0.0, value)) / total
    if missing.any():
        mean = np.where((amount[..., missing] > 0.0).any(axis=-1), np.nan, mean)
    return np.asarray(mean, dtype=np.float64)


def goldschmidt(r_A: ArrayLike, r_B: ArrayLike, r_X: ArrayLike) -> NDArray[np.float64]:
    """Goldschmidt's tolerance factor t = (r_A + r_X) / (sqrt(2) (r_B + r_X))."""
    a, b, x = (np.asarray(r, dtype=np.float64) for r in (r_A, r_B, r_X))
    return np.asarray((a + x) / (SQRT2 * (b + x)), dtype=np.float64)


def octahedral_factor(r_B: ArrayLike, r_X: ArrayLike) -> NDArray[np.float64]:
    """Octahedral factor mu = r_B / r_X, centre over vertex."""
    return np.asarray(np.asarray(r_B, dtype=np.float64) / np.asarray(r_X, dtype=np.float64))


def bartel_tau(r_A: ArrayLike, r_B: ArrayLike, r_X: ArrayLike, n_A: ArrayLike) -> NDArray[np.float64]:
    """Bartel's tau = r_X/r_B - n_A (n_A - (r_A/r_B) / ln(r_A/r_B)); ``nan`` where r_A <= r_B."""
    a, b, x, n = (np.asarray(r, dtype=np.float64) for r in (r_A, r_B, r_X, n_A))
    ratio = a / b
    with np.errstate(invalid="ignore", divide="ignore"):
        tau = x / b - n * (n - ratio / np.log(ratio))
    return np.where(ratio > 1.0, tau, np.nan)


def descriptors(r_A: ArrayLike, r_B: ArrayLike, r_X: ArrayLike, n_A: ArrayLike) -> Descriptors:
    """All three descriptors at once (equations and sources: ``factors``)."""
    return Descriptors(goldschmidt(r_A, r_B, r_X), octahedral_factor(r_B, r_X), bartel_tau(r_A, r_B, r_X, n_A))
