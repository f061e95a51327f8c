"""Ideal configurational entropy of disordered sites: what vacancies, mixed ions and turning clusters can add at most.

Every arrangement counts as equally likely and every site as independent:

    S = -k sum_s m_s sum_i x_si ln x_si + k sum_c n_c ln W_c

with m_s sites of kind s per formula unit, fractions x_si of ions and vacancies on them, and n_c clusters with W_c
orientations. Repulsion between charges, and a hydroxide that must point at an empty site, make some arrangements rarer,
so the true entropy is smaller: -T S from here is the most that disorder can stabilise a phase.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from antiperovskite.errors import OptionError
from antiperovskite.quantity import Quantity

if TYPE_CHECKING:
    from antiperovskite.composition.model import Formula

_SLACK = 1e-9
METHOD = (
    "ideal configurational entropy: sites independent, all arrangements equally likely; the true entropy is smaller "
    "(charges repel, ions order), so this is the most that disorder can stabilise the phase"
)


@dataclass(frozen=True)
class DisorderedSite:
    """One kind of site: how many per formula unit, and the fraction of them that each ion occupies.

    What the fractions leave is empty. ``label`` is for messages and the source line.
    """

    label: str
    multiplicity: float
    fractions: Mapping[str, float] = field(default_factory=dict)

    def entropy_in_k(self) -> float:
        """Return S / k per formula unit, counting vacancies as a species of their own.

        Raises
        ------
        OptionError
            The multiplicity or a fraction is negative, or the fractions exceed 1.
        """
        values = list(self.fractions.values())
        good = all(math.isfinite(x) and x >= 0.0 for x in (self.multiplicity, *values))
        if not good or math.fsum(values) > 1.0 + _SLACK:
            given = ", ".join(f"{ion} {x:g}" for ion, x in self.fractions.items())
            raise OptionError(
                f"site {self.label} with multiplicity {self.multiplicity:g} and fractions {given}; give numbers of 0 "
                "or above whose fractions add up to at most 1"
            )
        values.append(max(0.0, 1.0 - math.fsum(values)))
        return -self.multiplicity * math.fsum(x * math.log(x) for x in values if x > 0.0)


def disordered_sites(formula: Formula) -> tuple[DisorderedSite, ...]:
    """Return the X, B and A sites of a resolved formula with their fractions, per formula unit as written.

    Li2OHCl has three X sites, two thirds of them filled.
    """
    amounts = formula.sites
    x_sites = math.fsum(amounts.X.values()) + formula.vacancies
    a_filled = math.fsum(amounts.A.values())
    a_sites = max(a_filled, formula.multiplicity) if formula.framework == "3D" else a_filled
    counts = {"X": (x_sites, amounts.X), "B": (math.fsum(amounts.B.values()), amounts.B), "A": (a_sites, amounts.A)}
    return tuple(
        DisorderedSite(label, count, {ion: amount / count for ion, amount in ions.items()})
        for label, (count, ions) in counts.items()
        if count > 0.0
    )


def mixing_entropy(
    sites: Sequence[DisorderedSite], orientations: Mapping[str, tuple[float, int]] | None = None
) -> float:
    """Return the ideal configurational entropy, eV/K per formula unit.

    Parameters
    ----------
    sites
        Kinds of sites with their occupations.
    orientations
        Clusters that turn: amount per formula unit and number W of equivalent orientations, ``{"OH": (1.0, 6)}``.

    Raises
    ------
    OptionError
        An occupation, amount or number of orientations is impossible.

    Examples
    --------
    Half chlorine, half bromine on one site gives k ln 2:

    >>> round(mixing_entropy([DisorderedSite("A", 1.0, {"Cl": 0.5, "Br": 0.5})]) * 1e5, 3)
    5.973
    """
    from scipy.constants import Boltzmann, electron_volt

    total = math.fsum(site.entropy_in_k() for site in sites)
    for cluster, (amount, ways) in (orientations or {}).items():
        if not (math.isfinite(amount) and amount >= 0.0 and ways >= 1):
            raise OptionError(
                f"{amount!r} {cluster} with {ways!r} orientations; give an amount of 0 or above and at least "
                "1 orientation"
            )
        total += amount * math.log(ways)
    return float(total * Boltzmann / electron_volt)


def mixing_free_energy(
    sites: Sequence[DisorderedSite],
    temperature: float,
    orientations: Mapping[str, tuple[float, int]] | None = None,
) -> Quantity:
    """Return -T S of ideal mixing, eV per formula unit (zero or negative); an upper bound of the effect.

    Raises
    ------
    OptionError
        The temperature is negative, or an occupation is impossible.
    """
    if not (isinstance(temperature, (int, float)) and math.isfinite(temperature) and temperature >= 0.0):
        raise OptionError(f"the temperature is {temperature!r} K; give a number of 0 or above")
    described = [
        f"{site.label} x {site.multiplicity:g} ({', '.join(f'{ion} {x:.4g}' for ion, x in site.fractions.items())})"
        for site in sites
        if site.entropy_in_k() > 0.0
    ]
    described += [
        f"{amount:g} {cluster} with {ways} orientations" for cluster, (amount, ways) in (orientations or {}).items()
    ]
    return Quantity(
        value=-temperature * mixing_entropy(sites, orientations),
        uncertainty=None,
        unit="eV/formula",
        method=METHOD,
        source=f"counting at {temperature:g} K: {'; '.join(described) or 'no disordered site'}",
    )
