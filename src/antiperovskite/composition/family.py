"""The family of a resolved composition (rule R11: the first that applies)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from antiperovskite.composition.assign import Assignment
from antiperovskite.composition.model import Family
from antiperovskite.composition.rules import quote
from antiperovskite.ions.model import Ion

CATHODE_SHARE: Final = Fraction(1, 10)


def family_of(sites: Assignment, ions: Mapping[str, Ion]) -> tuple[Family, tuple[str, ...]]:
    """Return the family, and the note that quotes rule R11 where more than one family applies.

    The order is: cathode (redox-active 3d metals are at least a tenth of X), multivalent (no monovalent cation),
    hydrated (OH on B), hydride (H on B), ruddlesden-popper, chain, cluster (by framework), double (two B ions in
    equal whole amounts and one ion each on X and A), mixed (several ions share a site), cubic.
    """
    redox = sum((n for s, n in sites.X.items() if ions[s].other_charges), Fraction(0))
    shared = max(len(sites.X), len(sites.B), len(sites.A)) > 1
    conditions: list[tuple[Family, bool]] = [
        ("cathode", redox >= CATHODE_SHARE * sum(sites.X.values(), Fraction(0))),
        ("multivalent", all(ions[s].charge > 1 for s in sites.X)),
        ("hydrated", "OH" in sites.B),
        ("hydride", "H" in sites.B),
        ("ruddlesden-popper", sites.framework == "2D"),
        ("chain", sites.framework == "1D"),
        ("cluster", sites.framework == "0D"),
        ("double", is_double(sites)),
        ("mixed", shared),
    ]
    applying = [family for family, applies in conditions if applies]
    if not applying:
        return "cubic", ()
    family, *others = applying
    return family, (quote("R11", f"{family} before {', '.join(others)}"),) if others else ()


def is_double(sites: Assignment) -> bool:
    """Whether B holds two ions 1:1 in whole amounts, as the rock-salt ordered Li6OSI2 is written."""
    amounts = list(sites.B.values())
    return (
        len(amounts) == 2
        and amounts[0] == amounts[1]
        and amounts[0].denominator == 1
        and len(sites.X) == 1
        and len(sites.A) == 1
    )
