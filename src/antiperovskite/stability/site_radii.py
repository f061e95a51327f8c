"""One radius for each ion on its site, on each of the two scales, with how it was chosen.

Shannon: effective ionic radius at the coordination of the site (6 for X: two B and four A neighbours; 6 for B;
12 for A) or, where the source has none, at the nearest coordination listed. Thermochemical: the mean of the
published values; where there are two, half their difference is taken as the standard uncertainty.
Cations are always Shannon's, as in the perspective (DOI 10.1039/d1ta03680g).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, floor
from typing import TYPE_CHECKING

from antiperovskite.ions import ion
from antiperovskite.ions.radii import COORDINATION, select_radius

if TYPE_CHECKING:
    from collections.abc import Mapping

    from antiperovskite.composition.model import Formula
    from antiperovskite.ions.model import Ion, RadiusScale, Site


@dataclass(frozen=True)
class SiteRadius:
    """The radius used for one ion; ``value`` is ``None`` where the scale has none and ``how`` says why.

    ``uncertainty`` is ``None`` where the source gives none (always so for Shannon). Lengths in angstrom; ``charge``
    is the ion's own, or the average a 3d metal needs for balance.
    """

    symbol: str
    site: Site
    amount: float
    charge: float
    scale: RadiusScale
    value: float | None
    uncertainty: float | None
    how: str
    source: str
    citations: tuple[str, ...]
    verified: bool = True


def site_radii(formula: Formula, scale: RadiusScale) -> tuple[SiteRadius, ...]:
    """Return the radius of every ion of a resolved formula; anions on ``scale``, cations on Shannon's."""
    charges = cation_charges(formula)
    rows = [
        cation_radius(ion(symbol), amount, charges[symbol]) for symbol, amount in formula.sites.X.items() if amount > 0
    ]
    anions: tuple[tuple[Site, Mapping[str, float]], ...] = (("B", formula.sites.B), ("A", formula.sites.A))
    for site, amounts in anions:
        for symbol, amount in amounts.items():
            if amount > 0:
                anion = ion(symbol)
                rows.append(ion_radius(anion, site, amount, anion.charge, scale))
    return tuple(rows)


def cation_charges(formula: Formula) -> dict[str, float]:
    """Charge of each cation; a metal with several charge states takes the average that balances the anions.

    Of several such metals on the site the first carries all of it; sums within 0.2 % count as balanced, because
    printed amounts are rounded.
    """
    wanted = -sum(
        ion(symbol).charge * amount
        for amounts in (formula.sites.B, formula.sites.A)
        for symbol, amount in amounts.items()
    )
    charges = {symbol: float(ion(symbol).charge) for symbol in formula.sites.X}
    excess = wanted - sum(charges[symbol] * amount for symbol, amount in formula.sites.X.items())
    flexible = [symbol for symbol in charges if ion(symbol).other_charges and formula.sites.X[symbol] > 0]
    if flexible and abs(excess) > 2e-3 * abs(wanted):
        charges[flexible[0]] += excess / formula.sites.X[flexible[0]]
    return charges


def cation_radius(cation: Ion, amount: float, charge: float) -> SiteRadius:
    """Shannon radius of an X cation, interpolated linearly between whole charges where ``charge`` is an average."""
    whole = round(charge, 6)
    first = ion_radius(cation, "X", amount, floor(whole), "shannon")
    if ceil(whole) == floor(whole):
        return first
    second = ion_radius(cation, "X", amount, ceil(whole), "shannon")
    if first.value is None or second.value is None:
        return replace(first if first.value is None else second, charge=charge)
    share = whole - floor(whole)
    return replace(
        first,
        charge=charge,
        value=(1.0 - share) * first.value + share * second.value,
        how=f"{first.how}; interpolated between charges {floor(whole)}+ and {ceil(whole)}+ to {whole:.3g}+",
        verified=first.verified and second.verified,
    )


def ion_radius(entry: Ion, site: Site, amount: float, charge: int, scale: RadiusScale) -> SiteRadius:
    """The radius of one ion on one site and scale."""
    choice = select_radius(entry, scale, COORDINATION[site], charge=charge)
    found = choice.radius
    if found is None:
        why = "; a cluster has no unique spherical radius" if scale == "shannon" and entry.is_cluster else ""
        return SiteRadius(
            symbol=entry.symbol,
            site=site,
            amount=amount,
            charge=charge,
            scale=scale,
            value=None,
            uncertainty=None,
            how=f"{choice.note.replace('no shannon', 'no Shannon')}{why}",
            source="",
            citations=(),
        )
    if scale == "shannon":
        words = f"Shannon, coordination {found.coordination}"
    else:
        words = "thermochemical" if found.uncertainty else "thermochemical, one published value without an uncertainty"
    keys = [radius.citation for radius in choice.considered] if scale == "thermochemical" else [found.citation]
    keys += [found.alternative_citation] if found.alternative_citation else []
    return SiteRadius(
        symbol=entry.symbol,
        site=site,
        amount=amount,
        charge=charge,
        scale=scale,
        value=found.value,
        uncertainty=found.uncertainty if scale == "thermochemical" else None,
        how=f"{words} ({choice.note})" if choice.note else words,
        source=found.source,
        citations=tuple(dict.fromkeys(keys)),
        verified=found.trust == "verified",
    )
