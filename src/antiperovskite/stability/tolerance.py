"""Tolerance factors of an anti-perovskite from its ionic radii, with the assumptions said.

The result places a composition among the known ones; it is not a verdict. The perspective shows that neither
factor tells synthesisable from not (DOI 10.1039/d1ta03680g, section 3).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from antiperovskite.errors import ChargeBalanceError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.stability.factors import (
    TAU_LIMIT,
    bartel_tau,
    bartel_tau_gradient,
    goldschmidt,
    goldschmidt_gradient,
    octahedral_factor,
    octahedral_gradient,
)
from antiperovskite.stability.model import GoldschmidtPair, MapPosition, Tolerance, UsedRadius
from antiperovskite.stability.site_radii import SiteRadius, site_radii

if TYPE_CHECKING:
    from collections.abc import Mapping

    from antiperovskite.composition.model import Formula
    from antiperovskite.ions.model import RadiusScale

MAP_RANGE = (0.75, 0.90)
"""Most synthesised compositions lie in this range of t (perspective, section 3 and Fig. 2)."""
MAP_ANIONS = ("O", "OH", "H")
"""B-site anions of those compositions (the same place)."""

ASSUMPTIONS = (
    "t = (r_A + r_X) / (sqrt(2) (r_B + r_X)) with X the cation, B the anion at the octahedron's centre and A the anion "
    "in the cuboctahedron",
    "cations have Shannon radii on both scales, six-coordinate (two B and four A neighbours; the perspective names "
    "none); B anions six-, A anions twelve-coordinate, else the nearest coordination Shannon lists",
    "a site shared by several ions has their mean radius weighted by amount; vacancies have no radius and are left out",
    "of two thermochemical radii the mean is taken and half their difference counts as standard uncertainty; one ion "
    "on two sites is fully correlated, different ions are independent",
    "octahedral factor mu = r_B / r_X, centre over vertex: the centre is the larger ion here, so mu > 1 and the "
    "perovskite limits (0.414 to 0.732) do not apply",
    "tau = r_X/r_B - n_A (n_A - (r_A/r_B) / ln(r_A/r_B)) of Bartel et al. with every role inverted: X the cation, B "
    f"and A the anions, n_A the magnitude of the A anion's charge; below {TAU_LIMIT} means perovskite for compounds "
    "it was fitted to, none of which is an anti-perovskite; it is defined for r_A > r_B only",
)


@dataclass(frozen=True)
class _Site:
    """Mean radius of one site (``None`` with the reason) and its derivative by each ion's radius."""

    radius: float | None
    reason: str
    shares: Mapping[str, float]


def tolerance(formula: Formula | str) -> Tolerance:
    """Compute Goldschmidt's t on both radius scales, the octahedral factor, Bartel's tau and the map position.

    Parameters
    ----------
    formula
        A resolved formula, or text for :func:`antiperovskite.composition.resolve`.

    Returns
    -------
    Tolerance
        Every number is a quantity, or says why it is not computed (no Shannon radius of a cluster ion or of
        hydride; tau where r_A <= r_B). Equations, radii and sources are in ``assumptions`` and ``radii``.

    Raises
    ------
    FormulaError
        The text is not an anti-perovskite formula.

    Notes
    -----
    Sources: 10.1007/BF01507527 (t), 10.1107/S0567739476001551 and 10.1039/d1ta03680g (radii),
    10.1126/sciadv.aav0693 (tau). Uncertainties are propagated with the analytic derivatives:
    u(t)^2 = sum over ions of (dt/dr_i u(r_i))^2.

    Examples
    --------
    >>> result = tolerance("Li3OCl")
    >>> str(result.goldschmidt.thermochemical), f"{result.goldschmidt.shannon.value:.3f}"
    ('0.787(16)', '0.841')
    """
    if isinstance(formula, str):
        from antiperovskite.composition import resolve

        formula = resolve(formula)
    if formula.charge != 0:
        raise ChargeBalanceError(
            f"{formula.formula} carries the charge {formula.charge:+d}; tolerance factors are for neutral formulas"
        )
    shannon = _Radii(site_radii(formula, "shannon"), "shannon")
    thermochemical = _Radii(site_radii(formula, "thermochemical"), "thermochemical")
    pair = GoldschmidtPair(shannon=_goldschmidt(shannon), thermochemical=_goldschmidt(thermochemical))
    return Tolerance(
        formula=formula.formula,
        goldschmidt=pair,
        octahedral=_octahedral(shannon),
        tau=_tau(shannon),
        octahedral_thermochemical=_octahedral(thermochemical),
        tau_thermochemical=_tau(thermochemical),
        map_position=_map_position(formula, thermochemical, pair.thermochemical),
        radii=_used(shannon, thermochemical),
        assumptions=ASSUMPTIONS,
        notes=_notes(formula, shannon, thermochemical),
    )


class _Radii:
    """The site radii on one scale and what follows from them."""

    def __init__(self, rows: tuple[SiteRadius, ...], scale: RadiusScale) -> None:
        self.rows = rows
        self.scale = scale
        self.X, self.B, self.A = (self._mean(site) for site in "XBA")

    def _mean(self, site: str) -> _Site:
        here = [row for row in self.rows if row.site == site]
        total = math.fsum(row.amount for row in here)
        if not here or total <= 0.0:
            return _Site(None, f"no ion on the {site} site", {})
        missing = [row for row in here if row.value is None]
        if missing:
            return _Site(None, "; ".join(f"{row.how} ({site} site)" for row in missing), {})
        mean = math.fsum(row.amount * (row.value or 0.0) for row in here) / total
        return _Site(mean, "", {row.symbol: row.amount / total for row in here})

    def missing(self, sites: str) -> str:
        """Why a descriptor of these sites is not defined, or an empty string."""
        return "; ".join(getattr(self, site).reason for site in sites if getattr(self, site).reason)

    def uncertainty(self, slopes: Mapping[str, float]) -> tuple[float | None, str]:
        """Propagate the radii's uncertainties: site derivatives in, standard uncertainty and its wording out."""
        if self.scale == "shannon":
            return None, "no uncertainty: Shannon's table gives none for the radii"
        used = {row.symbol: row for row in self.rows if row.site in slopes and row.site != "X"}
        without = sorted(symbol for symbol, row in used.items() if row.uncertainty is None)
        if without:
            return None, f"no uncertainty: {', '.join(without)} has one published radius and no uncertainty with it"
        square = 0.0
        for symbol, row in used.items():
            slope = math.fsum(value * getattr(self, site).shares.get(symbol, 0.0) for site, value in slopes.items())
            square += (slope * (row.uncertainty or 0.0)) ** 2
        return math.sqrt(
            square
        ), "uncertainty by linear propagation of the anion radii's (Shannon gives none for cations)"

    def quantity(self, value: float, slopes: Mapping[str, float], method: str, extra: tuple[str, ...]) -> Quantity:
        """Wrap a descriptor that rests on the sites named in ``slopes``."""
        uncertainty, words = self.uncertainty(slopes)
        rows = [row for row in self.rows if row.site in slopes]
        unverified = sorted({row.symbol for row in rows if not row.verified})
        if unverified:
            words += f"; rests on unverified radii of {', '.join(unverified)}"
        keys = [key for row in rows for key in row.citations]
        return Quantity(
            value=value,
            uncertainty=uncertainty,
            unit="1",
            method=f"{method} with {self.scale} anion radii and Shannon cation radii; {words}",
            source="; ".join(dict.fromkeys(row.source for row in rows)),
            citations=tuple(dict.fromkeys([*extra, *keys])),
        )


def _goldschmidt(radii: _Radii) -> AnyQuantity:
    a, b, x = radii.A.radius, radii.B.radius, radii.X.radius
    if a is None or b is None or x is None:
        return NotComputed(unit="1", method=radii.missing("XBA"))
    slopes = dict(zip("ABX", goldschmidt_gradient(a, b, x), strict=True))
    return radii.quantity(goldschmidt(a, b, x), slopes, "(r_A + r_X) / (sqrt(2) (r_B + r_X))", ("goldschmidt1926",))


def _octahedral(radii: _Radii) -> AnyQuantity:
    b, x = radii.B.radius, radii.X.radius
    if b is None or x is None:
        return NotComputed(unit="1", method=radii.missing("XB"))
    slopes = dict(zip("BX", octahedral_gradient(b, x), strict=True))
    return radii.quantity(octahedral_factor(b, x), slopes, "r_B / r_X", ())


def _tau(radii: _Radii) -> AnyQuantity:
    a, b, x = radii.A.radius, radii.B.radius, radii.X.radius
    if a is None or b is None or x is None:
        return NotComputed(unit="1", method=radii.missing("XBA"), citations=("bartel2019",))
    if a <= b:
        return NotComputed(
            unit="1",
            method=f"tau is defined for r_A > r_B; here r_A = {a:.3f} and r_B = {b:.3f} angstrom ({radii.scale})",
            citations=("bartel2019",),
        )
    on_A = [row for row in radii.rows if row.site == "A"]
    charge = math.fsum(row.amount * abs(row.charge) for row in on_A) / math.fsum(row.amount for row in on_A)
    slopes = dict(zip("ABX", bartel_tau_gradient(a, b, x, charge), strict=True))
    method = f"r_X/r_B - n_A (n_A - (r_A/r_B) / ln(r_A/r_B)), n_A = {charge:.3g}, not fitted to anti-perovskites,"
    return radii.quantity(bartel_tau(a, b, x, charge), slopes, method, ("bartel2019",))


def _map_position(formula: Formula, radii: _Radii, t: AnyQuantity) -> MapPosition:
    if radii.A.radius is None:
        radius: AnyQuantity = NotComputed(unit="angstrom", method=radii.missing("A"))
    else:
        plain = radii.quantity(radii.A.radius, {"A": 1.0}, "mean A-site radius", ("dawson2021",))
        radius = plain.model_copy(
            update={"unit": "angstrom", "method": plain.method.replace(" and Shannon cation radii", "")}
        )
    return MapPosition(a_site_radius=radius, goldschmidt=t, region=_region(formula, t))


def _region(formula: Formula, t: AnyQuantity) -> str:
    """Say in words where the composition lies on the perspective's Fig. 2."""
    low, high = MAP_RANGE
    anions = [symbol for symbol, amount in formula.sites.B.items() if amount > 0]
    centre = " and ".join(anions)
    if isinstance(t, NotComputed):
        return f"not on the map: {t.method}"
    margin = t.uncertainty or 0.0
    if low < t.value < high:
        where = f"inside {low:g} < t < {high:g}"
    else:
        where = f"{'below' if t.value <= low else 'above'} {low:g} < t < {high:g}"
    near_edge = margin > 0 and min(abs(t.value - low), abs(t.value - high)) <= margin
    known = set(anions) <= set(MAP_ANIONS)
    if low < t.value < high and known:
        text = f"{where} with B = {centre}, where most synthesised Li and Na compositions lie"
    elif known:
        text = f"{where}, outside the range of most synthesised compositions, though B = {centre} is usual"
    else:
        text = (
            f"{where}; B = {centre} is not among the centres of most synthesised compositions ({', '.join(MAP_ANIONS)})"
        )
    if near_edge:
        text += "; an edge of that range is within the uncertainty of t"
    if not set(formula.sites.X) <= {"Li", "Na"}:
        text += "; the map is drawn for Li and Na, so read it with care here"
    return text


def _used(shannon: _Radii, thermochemical: _Radii) -> tuple[UsedRadius, ...]:
    return tuple(
        UsedRadius(
            site=one.site,
            ion=one.symbol,
            amount=one.amount,
            charge=one.charge,
            shannon=_radius_quantity(one),
            thermochemical=_radius_quantity(two),
        )
        for one, two in zip(shannon.rows, thermochemical.rows, strict=True)
    )


def _radius_quantity(row: SiteRadius) -> AnyQuantity:
    if row.value is None:
        return NotComputed(unit="angstrom", method=row.how)
    missing = "" if row.uncertainty is not None else "; no uncertainty given in the source"
    return Quantity(
        value=row.value,
        uncertainty=row.uncertainty,
        unit="angstrom",
        method=f"{row.how}{missing}" + ("" if row.verified else "; unverified value"),
        source=row.source,
        citations=row.citations,
    )


def _notes(formula: Formula, shannon: _Radii, thermochemical: _Radii) -> tuple[str, ...]:
    notes = []
    if formula.vacancies > 0:
        notes.append(
            f"{formula.vacancies:g} empty X sites per formula unit are left out of the mean X radius; t ignores them"
        )
    if formula.framework != "3D":
        notes.append(
            f"the octahedra form a {formula.framework} network; the factors describe the perovskite-like block only"
        )
    one_scale = [
        other.symbol
        for row, other in zip(shannon.rows, thermochemical.rows, strict=True)
        if row.value is None and other.value is not None
    ]
    if one_scale:
        notes.append(
            f"no Shannon radius of {', '.join(one_scale)}: only the thermochemical scale can place this composition"
        )
    unverified = sorted({row.symbol for row in (*shannon.rows, *thermochemical.rows) if not row.verified})
    if unverified:
        notes.append(f"unverified radii (remembered, not read in their source): {', '.join(unverified)}")
    broken = [row for row in shannon.rows if row.site == "X" and abs(row.charge - round(row.charge)) > 1e-6]
    notes += [f"{row.symbol} has the average charge {row.charge:.3g}+; {row.how}" for row in broken]
    return tuple(notes)
