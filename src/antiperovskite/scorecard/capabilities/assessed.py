"""What an assessment computes with an engine: numbers, differences, ratios, space group, decomposition."""

from __future__ import annotations

import math
from typing import Final

from antiperovskite.assessment import RelaxedStructure
from antiperovskite.assessment.options import DEPTHS
from antiperovskite.assessment.run import CONTRACT_QUANTITIES
from antiperovskite.composition import resolve
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.scorecard.capabilities.composition import FORMULA
from antiperovskite.scorecard.context import Context
from antiperovskite.scorecard.registry import Argument, Arguments, Capability, NeedsDepth, Result
from antiperovskite.structures import candidate_structures
from antiperovskite.structures.symmetry import crystal_system

# Left out on purpose: `lattice_a_reported` and `lattice_a_deviation`, which rest on a literature value.
QUANTITIES: Final[dict[str, str]] = {
    **CONTRACT_QUANTITIES,
    "volume_per_formula": "angstrom^3",
    "density": "g/cm^3",
    "hydration_energy_to_hydrated_phase": "eV/H2O",
    "hydration_energy_to_hydroxide": "eV/H2O",
    "dry_hydrated_contrast_xray": "1",
    "dry_hydrated_contrast_neutron": "1",
    "dry_hydrated_contrast_neutron_deuterated": "1",
}
_NAME: Final = Argument("text", "which quantity of the assessment", tuple(QUANTITIES))
_SYMMETRY: Final = (
    "the space group at 0 K of the lowest of a few starting structures; without clusters or vacancies each relaxation "
    "keeps the symmetry it starts from, so other tilts or orders than those tried cannot appear; measured groups are "
    "averages over time and orientations"
)
_PAIR: Final = {"first": FORMULA, "second": FORMULA}


def _unit(arguments: Arguments) -> str:
    return QUANTITIES[str(arguments["name"])]


def _energetic(arguments: Arguments) -> bool:
    return "energy" in str(arguments["name"]) or "phonon" in str(arguments["name"])


def _quantity(arguments: Arguments, context: Context) -> Result:
    return context.quantity(str(arguments["formula"]), str(arguments["name"]))


def _two(arguments: Arguments, context: Context, name: str) -> tuple[Quantity, Quantity] | NotComputed:
    found: list[Quantity] = []
    for place in ("first", "second"):
        value: AnyQuantity = context.quantity(str(arguments[place]), name)
        if isinstance(value, NotComputed):
            return value.model_copy(update={"method": f"{arguments[place]}: {value.method}"})
        found.append(value)
    return found[0], found[1]


def _difference(arguments: Arguments, context: Context) -> Result:
    name = str(arguments["name"])
    found = _two(arguments, context, name)
    if isinstance(found, NotComputed):
        return found
    first, second = found
    return _combined(first, second, first.value - second.value, (1.0, 1.0), first.unit, f"{name}, difference")


def _lattice_ratio(arguments: Arguments, context: Context) -> Result:
    found = _two(arguments, context, "lattice_a")
    if isinstance(found, NotComputed):
        return found
    first, second = found
    ratio = first.value / second.value
    slopes = (1.0 / second.value, ratio / second.value)
    return _combined(first, second, ratio, slopes, "1", "lattice parameter a, ratio")


def _combined(
    first: Quantity, second: Quantity, value: float, slopes: tuple[float, float], unit: str, what: str
) -> Quantity:
    """Two assessed quantities as one, uncertainties taken as independent."""
    if first.uncertainty is None or second.uncertainty is None:
        uncertainty, words = None, "no uncertainty: one of the two has none"
    else:
        uncertainty = math.hypot(slopes[0] * first.uncertainty, slopes[1] * second.uncertainty)
        words = "uncertainties taken as independent, although engines tend to err alike (an upper bound then)"
    return Quantity(
        value=value,
        uncertainty=uncertainty,
        unit=unit,
        n=min(first.n, second.n),
        method=f"{what} of two assessments; {words}; each: {first.method}",
        source="; ".join(dict.fromkeys((first.source, second.source))),
        citations=tuple(dict.fromkeys((*first.citations, *second.citations))),
    )


def _relaxed(arguments: Arguments, context: Context) -> RelaxedStructure | NotComputed:
    """The relaxed structure, if its symmetry was free to come out otherwise.

    At a depth without tilts a compound of spheres on full sites is relaxed from the cubic structure alone, symmetry
    kept: its space group would be that of the start, whatever the engine says.
    """
    formula = resolve(str(arguments["formula"]))
    if not DEPTHS[context.depth].tilts:
        with_tilts, without = (len(candidate_structures(formula, tilts=tilts)) for tilts in (True, False))
        if with_tilts > without:
            return NeedsDepth(
                unit="1",
                method=f"tilted structures of {formula.formula} are not tried at depth {context.depth}, so its "
                "symmetry would be that of the cubic start; use --depth standard",
            )
    assessment = context.assessment(str(arguments["formula"]))
    if assessment.relaxed is None:
        context.raise_failure(assessment)
        return NotComputed(unit="1", method=f"{assessment.formula} has no relaxed structure")
    return assessment.relaxed


def _spacegroup(arguments: Arguments, context: Context) -> Result:
    found = _relaxed(arguments, context)
    return found if isinstance(found, NotComputed) else found.spacegroup


def _crystal_system(arguments: Arguments, context: Context) -> Result:
    found = _relaxed(arguments, context)
    if isinstance(found, NotComputed):
        return found
    return crystal_system(found.spacegroup_number)


def _decomposition(arguments: Arguments, context: Context) -> Result:
    assessment = context.assessment(str(arguments["formula"]))
    if assessment.decomposition is None:
        context.raise_failure(assessment)
        return NotComputed(unit="1", method=assessment.quantities["energy_above_hull"].method)
    return " + ".join(sorted(part.formula for part in assessment.decomposition.products))


CAPABILITIES: Final = (
    Capability(
        "quantity",
        "a quantity of the assessment, at the run's depth",
        {"formula": FORMULA, "name": _NAME},
        _quantity,
        _unit,
        engine=True,
        energetic=_energetic,
    ),
    Capability(
        "difference",
        "the same quantity of two formulas, first minus second (for trends; each per its own formula unit or atom)",
        {**_PAIR, "name": _NAME},
        _difference,
        _unit,
        engine=True,
        energetic=_energetic,
    ),
    Capability(
        "lattice_ratio",
        "a of the first formula over a of the second, both relaxed with the same engine",
        _PAIR,
        _lattice_ratio,
        "1",
        engine=True,
    ),
    Capability(
        "relaxed_spacegroup",
        "Hermann-Mauguin symbol of the relaxed structure, 0 K",
        {"formula": FORMULA},
        _spacegroup,
        None,
        engine=True,
        caveat=_SYMMETRY,
    ),
    Capability(
        "relaxed_crystal_system", "crystal system of the relaxed structure, 0 K", {"formula": FORMULA},
        _crystal_system, None, engine=True, caveat=_SYMMETRY,
    ),
    Capability(
        "decomposition_products",
        "phases at the hull below (or, for a stable compound, the best mixture of others), joined by ' + '",
        {"formula": FORMULA},
        _decomposition,
        None,
        engine=True,
        energetic=True,
    ),
)  # fmt: skip
