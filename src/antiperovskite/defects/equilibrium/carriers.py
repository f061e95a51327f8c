"""From defect concentrations to the carriers that hop: vacancies and interstitials per cation site."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING, Final

from antiperovskite.defects.equilibrium.model import Carriers
from antiperovskite.defects.equilibrium.names import INTERSTITIAL, parse_defect
from antiperovskite.defects.equilibrium.species import Crystal
from antiperovskite.errors import OptionError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.units import BOLTZMANN_EV_PER_K

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

ROUNDING: Final = 1e-9
LARGEST: Final = 700.0  # exponents beyond it are no floats


def check_barriers(barriers: Mapping[str, float], crystal: Crystal) -> None:
    """Refuse barriers of defects that are not the mobile cation's vacancy or interstitial, or that are negative.

    Raises
    ------
    OptionError
        One of them is not allowed.
    """
    known = (f"V_{crystal.mobile}", f"{crystal.mobile}_i")
    for name, value in barriers.items():
        if name not in known:
            raise OptionError(f"a barrier of {name} has no use here; give {known[0]} and {known[1]}")
        if not (isfinite(value) and value >= 0.0):
            raise OptionError(f"the barrier of {name} is {value:g} eV; give zero or more")
    if len(barriers) == 1:
        raise OptionError(f"shares of the conductivity need both barriers: {known[0]} and {known[1]}")


def carriers(
    crystal: Crystal,
    logs: Array,
    temperature: Quantity,
    *,
    source: str,
    barriers: Mapping[str, float] | None = None,
    sampled: bool = True,
) -> Carriers:
    """Return the mobile carriers of one equilibrium.

    Parameters
    ----------
    crystal
        Species of the host.
    logs
        ln of amounts per formula unit (n, n_species), the energies as given in row 0, their draws below.
    temperature
        Of the point.
    barriers
        Migration barriers (eV) of ``V_Li`` and ``Li_i``; then shares of the conductivity follow from
        c exp(-E_m/kT) with equal prefactors.
    sampled
        Whether the draws differ, so that intervals mean something.
    """
    import numpy as np

    ion = crystal.mobile
    n_sites = float(crystal.formula.sites.X[ion])
    index = {species.name: k for k, species in enumerate(crystal.species)}
    vacancy = [index[f"V_{ion}"]] if f"V_{ion}" in index else []
    interstitial = [
        k
        for name, k in index.items()
        if not crystal.species[k].bound and (p := parse_defect(name)).site == INTERSTITIAL and p.added == ion
    ]
    method = "per cation site, from the defect equilibrium"

    def per_site(columns: list[int], what: str) -> tuple[AnyQuantity, AnyQuantity, Array | None]:
        if not columns:
            lacking = f"no {what} is among the defects"
            return NotComputed(unit="1", method=lacking), NotComputed(unit="1", method=lacking), None
        logarithm = np.logaddexp.reduce(logs[:, columns], axis=1) - np.log(n_sites)
        ten = logarithm / np.log(10.0)
        u = _half_width(ten) if sampled else None
        note = method if u is not None else f"{method}; no uncertainty: the energies have none"
        value = float(np.exp(logarithm[0]))
        return (
            Quantity(
                value=value,
                uncertainty=None,
                unit="1",
                method=f"{method}; its interval is that of the logarithm",
                source=source,
            ),
            Quantity(
                value=float(ten[0]),
                uncertainty=u,
                unit="1",
                n=max(len(ten) - 1, 1),
                method=f"log10, {note}",
                source=source,
            ),
            np.asarray(logarithm),
        )

    vacancies, log_v, v = per_site(vacancy, f"vacancy of {ion}")
    interstitials, log_i, i = per_site(interstitial, f"interstitial of {ion}")
    counts = np.array([float(s.members.get(f"V_{ion}", 0)) if s.bound else 0.0 for s in crystal.species])
    bound: AnyQuantity = Quantity(
        value=float((np.exp(logs[0]) * counts).sum() / n_sites), uncertainty=None, unit="1",
        method=f"{method}; in the clusters given", source=source,
    )  # fmt: skip
    if not counts.any():
        bound = NotComputed(unit="1", method="no cluster with a vacancy is among the reactions")
    share, conducting, more = _shares(crystal, v, i, temperature.value, barriers or {}, source, sampled)
    return Carriers(
        ion=ion, temperature=temperature, vacancies=vacancies, bound_vacancies=bound, interstitials=interstitials,
        log10_vacancies=log_v, log10_interstitials=log_i, vacancy_share=share, vacancy_conductivity_share=conducting,
        more_vacancies=more,
    )  # fmt: skip


def _shares(
    crystal: Crystal,
    v: Array | None,
    i: Array | None,
    T: float,
    barriers: Mapping[str, float],
    source: str,
    sampled: bool,
) -> tuple[AnyQuantity, AnyQuantity, AnyQuantity]:
    import numpy as np

    if v is None or i is None:
        lacking = NotComputed(unit="1", method="vacancies and interstitials must both be among the defects")
        return lacking, lacking, lacking

    def share(excess: Array, method: str) -> Quantity:
        values = 1.0 / (1.0 + np.exp(np.clip(-excess, -LARGEST, LARGEST)))
        u = _half_width(values) if sampled else None
        return Quantity(value=float(values[0]), uncertainty=u, unit="1", method=method, source=source)

    counted = share(v - i, "vacancies over vacancies and interstitials")
    more: AnyQuantity = NotComputed(unit="1", method="the energies have no uncertainty")
    if sampled:
        more = Quantity(
            value=float((v[1:] > i[1:]).mean()), uncertainty=None, unit="1", n=len(v) - 1,
            method="share of the draws of the energies", source=source,
        )  # fmt: skip
    ion = crystal.mobile
    if not barriers:
        return counted, NotComputed(unit="1", method="no migration barriers were given"), more
    shift = (barriers[f"{ion}_i"] - barriers[f"V_{ion}"]) / (BOLTZMANN_EV_PER_K * T)
    words = f"barriers {barriers[f'V_{ion}']:g} (vacancy) and {barriers[f'{ion}_i']:g} eV (interstitial) as given"
    return counted, share(v - i + shift, f"c exp(-E_m/kT) with equal prefactors; {words}"), more


def _half_width(values: Array) -> float:
    return half_width(*quantiles(values, (0.1587, 0.8413)))


def quantiles(values: Array, levels: tuple[float, ...]) -> tuple[float, ...]:
    """Quantiles of the draws, the energies as given left out."""
    import numpy as np

    return tuple(float(q) for q in np.quantile(values[1:], levels))


def half_width(low: float, high: float) -> float:
    """Half of an interval; zero where a balance fixes the amount and only rounding is left."""
    return 0.5 * (high - low) if high - low > ROUNDING else 0.0
