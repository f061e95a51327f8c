"""Tolerance and octahedral factors: no engine needed."""

from __future__ import annotations

from operator import attrgetter
from typing import Final

from antiperovskite.quantity import AnyQuantity
from antiperovskite.scorecard.capabilities.composition import FORMULA
from antiperovskite.scorecard.context import Context
from antiperovskite.scorecard.registry import Argument, Arguments, Capability, Result
from antiperovskite.stability.tolerance import tolerance

NAMES: Final = (
    "goldschmidt.shannon",
    "goldschmidt.thermochemical",
    "octahedral",
    "octahedral_thermochemical",
    "tau",
    "tau_thermochemical",
    "map_position.a_site_radius",
)
"""Places of the descriptors in the result of ``antiperovskite tolerance --json``."""


def _tolerance(arguments: Arguments, _context: Context) -> Result:
    found: AnyQuantity = attrgetter(str(arguments["name"]))(tolerance(str(arguments["formula"])))
    return found


def _unit(arguments: Arguments) -> str:
    return "angstrom" if str(arguments["name"]).endswith("radius") else "1"


CAPABILITIES: Final = (
    Capability(
        "tolerance",
        "a tolerance factor, octahedral factor or tau, by its place in `antiperovskite tolerance --json`",
        {"formula": FORMULA, "name": Argument("text", "which descriptor", NAMES)},
        _tolerance,
        _unit,
    ),
)
