"""Which rows concern a formula: equal sites, membership in a series, or the same text where neither is defined."""

from __future__ import annotations

import unicodedata
from functools import cache

from antiperovskite.composition import Formula, resolve
from antiperovskite.errors import FormulaError
from antiperovskite.evidence.model import RadiusRow, Row, Series

# (site, ion) -> amount per B-centred octahedron, so that Li6OSI2 and Li3O0.5S0.5I are one material.
SiteAmounts = tuple[tuple[str, str, float], ...]

_TOLERANCE = 1e-5


def site_amounts(formula: Formula) -> SiteAmounts:
    """Ions on their sites, per B-centred octahedron, in a fixed order."""
    sites = {"X": formula.sites.X, "B": formula.sites.B, "A": formula.sites.A}
    return tuple(
        sorted(
            (site, ion, amount / formula.multiplicity) for site, ions in sites.items() for ion, amount in ions.items()
        )
    )


@cache
def amounts_of_text(text: str) -> SiteAmounts | None:
    """Site amounts of a formula text, or ``None`` where it does not resolve (``"M3HCh"``, ``"Na2.875OCl"``)."""
    try:
        return site_amounts(resolve(text))
    except FormulaError:
        return None


def same_sites(first: SiteAmounts, second: SiteAmounts) -> bool:
    """Whether two materials have the same ions on the same sites in the same amounts."""
    return len(first) == len(second) and all(
        a[:2] == b[:2] and abs(a[2] - b[2]) < _TOLERANCE for a, b in zip(first, second, strict=True)
    )


def position_in(series: Series, amounts: SiteAmounts) -> float | None:
    """Return x where ``amounts = (1 - x) start + x end`` holds for every site, else ``None``."""
    start, end = amounts_of_text(series.start), amounts_of_text(series.end)
    if start is None or end is None:
        return None
    low, high, here = ({(site, ion): n for site, ion, n in side} for side in (start, end, amounts))
    places = low.keys() | high.keys() | here.keys()
    change = {place: high.get(place, 0.0) - low.get(place, 0.0) for place in places}
    steepest = max(sorted(places), key=lambda place: abs(change[place]))
    if abs(change[steepest]) < _TOLERANCE:
        return None
    x = (here.get(steepest, 0.0) - low.get(steepest, 0.0)) / change[steepest]
    on_line = all(abs(low.get(place, 0.0) + x * change[place] - here.get(place, 0.0)) < _TOLERANCE for place in places)
    return x if on_line else None


def plain(text: str) -> str:
    """Strip what differs between spellings of one text: subscripts, TeX marks, spaces."""
    return "".join(char for char in unicodedata.normalize("NFKC", text) if char not in " \t\n_{}$\\")


def concerns_sites(row: Row, amounts: SiteAmounts) -> bool:
    """Whether a row concerns the material with these site amounts; radii concern every one with the ion there."""
    if isinstance(row, RadiusRow):
        return any((row.site, row.formula) == (site, ion) for site, ion, _ in amounts)
    for text in row.concerns:
        listed = amounts_of_text(text)
        if listed is not None and same_sites(listed, amounts):
            return True
    if row.series is None:
        return False
    x = position_in(row.series, amounts)
    return x is not None and row.series.contains(x)


def concerns_text(row: Row, text: str) -> bool:
    """Whether a row names exactly this text as its formula."""
    return plain(text) in {plain(name) for name in (row.formula, *row.concerns)}
