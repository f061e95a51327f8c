"""What the formula alone decides: family, sites, vacancies, capacity."""

from __future__ import annotations

from typing import Final

from antiperovskite.composition import resolve
from antiperovskite.composition.capacity import theoretical_capacity
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.scorecard.context import Context
from antiperovskite.scorecard.registry import Argument, Arguments, Capability, Result

FORMULA: Final = Argument("formula", "an anti-perovskite formula")
_BY_RULE: Final = "follows from this program's written rules for formulas, not from a calculation"


def _family(arguments: Arguments, _context: Context) -> Result:
    return str(resolve(str(arguments["formula"])).family)


def _framework(arguments: Arguments, _context: Context) -> Result:
    return str(resolve(str(arguments["formula"])).framework)


def _site(arguments: Arguments, _context: Context) -> Result:
    formula = resolve(str(arguments["formula"]))
    wanted = str(arguments["ion"])
    sites = [name for name, ions in formula.sites.model_dump().items() if wanted in ions]
    return " + ".join(sites) or NotComputed(unit="1", method=f"{formula.formula} holds no ion {wanted!r}")


def _vacancies(arguments: Arguments, _context: Context) -> Result:
    formula = resolve(str(arguments["formula"]))
    return Quantity(
        value=formula.vacancies,
        uncertainty=None,
        unit="1",
        method="empty X sites per formula unit that charge balance asks for; no uncertainty: a count",
        source="composition rules",
    )


def _capacity(arguments: Arguments, _context: Context) -> Result:
    return theoretical_capacity(str(arguments["formula"]), float(arguments["ions"]))


CAPABILITIES: Final = (
    Capability(
        "family", "the structural family the formula belongs to", {"formula": FORMULA}, _family, None, caveat=_BY_RULE
    ),
    Capability(
        "framework",
        "connectivity of the octahedra: 3D, 2D, 1D or 0D",
        {"formula": FORMULA},
        _framework,
        None,
        caveat=_BY_RULE,
    ),
    Capability(
        "site",
        "the site (X, B or A) on which the rules place an ion",
        {"formula": FORMULA, "ion": Argument("text", "ion symbol, such as OH or Cl")},
        _site,
        None,
        caveat=_BY_RULE,
    ),
    Capability("vacancies", "empty X sites per formula unit", {"formula": FORMULA}, _vacancies, "1", caveat=_BY_RULE),
    Capability(
        "theoretical_capacity",
        "n F / (3.6 M) for n alkali ions per formula unit",
        {"formula": FORMULA, "ions": Argument("number", "alkali ions taken out per formula unit")},
        _capacity,
        "mAh/g",
    ),
)
