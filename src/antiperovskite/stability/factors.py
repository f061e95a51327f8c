"""The tolerance factors of one composition and their derivatives, in plain floats.

The letters follow the anti-perovskite X3BA: X the cation at the octahedron's vertices, B the anion at its centre, A
the anion in the cuboctahedron; every radius is in angstrom. ``tolerance_kernel`` has the same for arrays; this module
stays free of NumPy so that one formula is answered at once.
"""

from __future__ import annotations

import math

SQRT2 = math.sqrt(2.0)
TAU_LIMIT = 4.18
"""Bartel's threshold: perovskites have tau below it (DOI 10.1126/sciadv.aav0693)."""


def goldschmidt(r_A: float, r_B: float, r_X: float) -> float:
    """Goldschmidt's tolerance factor t = (r_A + r_X) / (sqrt(2) (r_B + r_X)).

    Source: V. M. Goldschmidt, Naturwissenschaften 14, 477 (1926), DOI 10.1007/BF01507527.

    Examples
    --------
    >>> round(goldschmidt(1.81, 1.40, 0.76), 4)
    0.8413
    """
    return (r_A + r_X) / (SQRT2 * (r_B + r_X))


def goldschmidt_gradient(r_A: float, r_B: float, r_X: float) -> tuple[float, float, float]:
    """Analytic derivatives dt/dr_A, dt/dr_B, dt/dr_X (1/angstrom).

    dt/dr_A = 1 / (sqrt(2) (r_B + r_X)); dt/dr_B = -t / (r_B + r_X); dt/dr_X = dt/dr_A + dt/dr_B.
    """
    edge = r_B + r_X
    by_A = 1.0 / (SQRT2 * edge)
    by_B = -(r_A + r_X) / (SQRT2 * edge * edge)
    return by_A, by_B, by_A + by_B


def octahedral_factor(r_B: float, r_X: float) -> float:
    """Octahedral factor mu = r_B / r_X, centre over vertex, as in perovskites with the charges exchanged.

    In a perovskite the centre is the smaller ion and mu lies below 1; here the centre is the anion and mu lies
    above 1, so the perovskite limits (0.414 to 0.732) do not carry over.
    """
    return r_B / r_X


def octahedral_gradient(r_B: float, r_X: float) -> tuple[float, float]:
    """Analytic derivatives dmu/dr_B and dmu/dr_X (1/angstrom)."""
    return 1.0 / r_X, -r_B / (r_X * r_X)


def bartel_tau(r_A: float, r_B: float, r_X: float, n_A: float) -> float:
    """Bartel's tolerance factor tau = r_X/r_B - n_A (n_A - (r_A/r_B) / ln(r_A/r_B)).

    Defined for r_A > r_B only, as in the source (DOI 10.1126/sciadv.aav0693); ``nan`` elsewhere. ``n_A`` is the
    magnitude of the A ion's charge.

    Examples
    --------
    >>> round(bartel_tau(1.81, 1.40, 0.76, 1), 3)
    4.576
    """
    if not r_A > r_B:
        return math.nan
    ratio = r_A / r_B
    return r_X / r_B - n_A * (n_A - ratio / math.log(ratio))


def bartel_tau_gradient(r_A: float, r_B: float, r_X: float, n_A: float) -> tuple[float, float, float]:
    """Analytic derivatives dtau/dr_A, dtau/dr_B, dtau/dr_X (1/angstrom), for r_A > r_B.

    With u = r_A/r_B and g(u) = u/ln u: g' = (ln u - 1) / ln(u)^2; dtau/dr_A = n_A g'/r_B;
    dtau/dr_B = -r_X/r_B^2 - n_A g' r_A/r_B^2; dtau/dr_X = 1/r_B.
    """
    log = math.log(r_A / r_B)
    slope = (log - 1.0) / (log * log)
    return n_A * slope / r_B, -r_X / r_B**2 - n_A * slope * r_A / r_B**2, 1.0 / r_B
