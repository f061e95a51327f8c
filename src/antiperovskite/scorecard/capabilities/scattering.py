"""What a diffractometer would see of the relaxed structure."""

from __future__ import annotations

from typing import Final

from antiperovskite.assessment.contrast import dry_and_hydrated
from antiperovskite.composition import resolve
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.scorecard.capabilities.composition import FORMULA
from antiperovskite.scorecard.context import Context
from antiperovskite.scorecard.registry import Argument, Arguments, Capability, Result

RADIATIONS: Final = ("xray", "neutron", "neutron_deuterated")


def _xray_contrast(arguments: Arguments, context: Context) -> Result:
    text = str(arguments["formula"])
    if dry_and_hydrated(resolve(text)) is None:
        return NotComputed(unit="1", method="defined for X3OA and X2OHA with one alkali metal and one atomic A ion")
    neutron, xray = (context.quantity(text, f"dry_hydrated_contrast_{kind}") for kind in ("neutron", "xray"))
    if isinstance(neutron, NotComputed) or isinstance(xray, NotComputed):
        return neutron if isinstance(neutron, NotComputed) else xray
    return Quantity(
        value=neutron.value / xray.value,
        uncertainty=None,
        unit="1",
        method=f"dry-hydrated pattern distance for neutrons over that for X-rays; each: {neutron.method}",
        source=f"{neutron.source}; {xray.source}",
        citations=tuple(dict.fromkeys((*neutron.citations, *xray.citations))),
    )


def _visibility(arguments: Arguments, context: Context) -> Result:
    name = f"visibility_{arguments['radiation']}_{arguments['element']}"
    found = context.quantity(str(arguments["formula"]), name)
    if isinstance(found, NotComputed):
        return found.model_copy(update={"unit": "%"})
    return found.to("%")


CAPABILITIES: Final = (
    Capability(
        "xray_contrast",
        "how many times better neutrons tell the dry from the hydrated compound than X-rays do",
        {"formula": FORMULA},
        _xray_contrast,
        "1",
        engine=True,
    ),
    Capability(
        "visibility",
        "how much a powder pattern changes when an element is taken out",
        {
            "formula": FORMULA,
            "element": Argument("text", "element symbol"),
            "radiation": Argument("text", "kind of measurement", RADIATIONS),
        },
        _visibility,
        "%",
        engine=True,
    ),
)
