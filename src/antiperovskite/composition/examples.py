"""The formulas this package promises to resolve, used by the documentation and the tests."""

from __future__ import annotations

from typing import Final

EXAMPLES: Final[tuple[str, ...]] = (
    "Li3OCl",
    "Li3OCl0.5Br0.5",
    "Li2OHCl",
    "Li2(OH)Br",
    "Li2(OH)0.9F0.1Cl",
    "Li2.5(OH)0.5Cl",
    "Na3OBH4",
    "Na3O(BH4)",
    "Na3NO3",
    "Na3ONO2",
    "Na3OCN",
    "Li3SBF4",
    "Na3S(BCl4)0.5I0.5",
    "Na3FSO4",
    "Li3HS",
    "Na3HSe",
    "Na2.9H(Se0.9I0.1)",
    "Li6OSI2",
    "Na4OI2",
    "Na3LiS0.5O0.5I2",
    "Li4OCl2",
    "Li5OCl3",
    "Li6OCl4",
    "Li2NaOCl",
    "LiNa2OCl",
    "Li2.75Ca0.125OCl",
    "Na2.75Ca0.125OCl",
    "Li2FeOS",
    "Li2FeSO",
    "Li2MnOSe",
    "Na2Fe2OS2",
    "Mg3NAs",
    "Ca3PSb",
    "Ag3SI",
)
