"""How diffusion and conductivity grow with the share of vacancies, temperature by temperature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.transport.study.model import ShareLaw, Step

if TYPE_CHECKING:
    from antiperovskite.transport.study.model import ConductivityStudy

CONDUCTIVITY: Final = "conductivity of independent ions"


def share_laws(study: ConductivityStudy) -> tuple[ShareLaw, ...]:
    """Exponents of D and of the conductivity of independent ions in the share of vacancies.

    ln D = n ln c + const by least squares, weighted by inverse variances. n = 1 where each vacancy moves as if it were
    alone; less where vacancies hinder or bind each other; 0 where something else than the vacancies put in carries.
    """
    found = []
    for kelvin, steps in study.at_shares().items():
        for species in study.species:
            values = [
                (step, next((one.diffusion_coefficient for one in step.results if one.species == species), None))
                for step in steps
            ]
            known = [(step, value) for step, value in values if value is not None]
            found.append(_law(kelvin, f"D of {species}", known))
        found.append(_law(kelvin, CONDUCTIVITY, [(step, step.nernst_einstein_conductivity) for step in steps]))
    return tuple(found)


def _law(kelvin: float, what: str, values: Sequence[tuple[Step, AnyQuantity]]) -> ShareLaw:
    import numpy as np

    points = [
        (share.value, value.value, value.uncertainty)
        for step, value in values
        if isinstance(share := step.vacancy_share, Quantity)
        and isinstance(value, Quantity)
        and value.uncertainty
        and share.value > 0.0 < value.value
    ]
    shares = tuple(point[0] for point in points)
    if len(set(shares)) < 2:
        why = "needs D at two shares of vacancies above zero; the others were refused or hold none"
        return ShareLaw(temperature_K=kelvin, what=what, shares=shares, exponent=NotComputed(unit="1", method=why))
    c, values_there, error = np.array(points).T
    x, y, sigma = np.log(c), np.log(values_there), error / values_there
    weight = sigma**-2
    centre = float((weight * x).sum() / weight.sum())
    spread = float((weight * (x - centre) ** 2).sum())
    slope = float((weight * (x - centre) * y).sum()) / spread
    left = y - slope * (x - centre)
    left = left - float((weight * left).sum() / weight.sum())
    scatter = float((weight * left**2).sum()) / (len(points) - 2) if len(points) > 2 else 0.0
    wide = f", widened {scatter**0.5:.1f} times because the points scatter" if scatter > 1.0 else ""
    exponent = Quantity(
        value=slope,
        uncertainty=spread**-0.5 * max(1.0, scatter) ** 0.5,
        unit="1",
        n=len(points),
        method=f"slope of ln({what}) against ln(share of vacancies), {len(points)} shares from {c.min():.2g} to "
        f"{c.max():.2g} %, weighted by inverse variances{wide}; one arrangement of vacancies a share",
        source="temperature ladder",
    )
    return ShareLaw(temperature_K=kelvin, what=what, shares=shares, exponent=exponent)


def share_words(laws: Sequence[ShareLaw]) -> tuple[str, ...]:
    """Each law as a sentence."""
    said = []
    for law in laws:
        if isinstance(law.exponent, NotComputed):
            said.append(f"{law.temperature_K:g} K: the dependence of {law.what} on the vacancies {law.exponent.method}")
        else:
            said.append(
                f"{law.temperature_K:g} K: {law.what} grows as the share of vacancies to the power {law.exponent} "
                f"({law.exponent.n} shares; 1: each vacancy moves as if alone)"
            )
    return tuple(said)
