"""Does it survive water, and how dry is dry enough?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from antiperovskite.assessment.model import Verdict
from antiperovskite.assessment.surroundings_quantities import WaterQuestion, limit_of, most_water, room_point
from antiperovskite.assessment.verdicts import words
from antiperovskite.composition.model import Formula
from antiperovskite.quantity import AnyQuantity, Quantity
from antiperovskite.stability.hydration.model import Hydration, WaterPoint
from antiperovskite.stability.model import Reaction

ICE_CAVEAT = (
    "the energy takes water as ice; from vapour the reaction releases more by the heat of sublimation, at the price of "
    "the vapour's entropy"
)
MELT_CAVEAT = "mixed melts are not considered; where they form, water is taken up earlier"


def water_verdict(
    formula: Formula,
    quantities: Mapping[str, AnyQuantity],
    reactions: Sequence[Reaction],
    water: Hydration | None = None,
) -> Verdict | None:
    """Does it survive water, and below which content does it stay dry?"""
    energy = quantities.get("hydration_energy")
    candidates = [r for r in reactions if r.role == "hydration"]
    if not isinstance(energy, Quantity) or not candidates:
        return None
    takes_up = words.answer_if_negative(energy)
    reasons = tuple(f"{r.equation}: {words.value(r.energy)}; by engine: {words.by_engine(r)}" for r in candidates)
    attacked = energy.value < 0
    headline = (
        f"Reacts with water, releasing {words.value(energy.model_copy(update={'value': -energy.value}))}."
        if attacked
        else f"Taking up water costs {words.value(energy)} {words.state(energy)}."
    )
    if takes_up == "unclear":
        headline = f"Taking up water is nearly balanced {words.state(energy)}: {words.value(energy)}."
    caveats = [ICE_CAVEAT, words.energy_caveats(energy)[1]]
    facts: tuple[str, ...] = ()
    if water is not None:
        headline, facts = " ".join((headline, _how_dry(water))), _atmospheres(water)
        caveats.append(MELT_CAVEAT)
    elif takes_up in {"yes", "likely"}:
        headline = f"{headline[:-1]}: handle it dry."
    return Verdict(
        question="Does it survive contact with water?",
        answer=words.OPPOSITE[takes_up],
        headline=headline,
        reasons_for=() if attacked else reasons,
        reasons_against=(*(reasons if attacked else ()), *facts),
        caveats=tuple(caveats),
    )


def _question(water: Hydration) -> WaterQuestion:
    """Against everything where the dry phase has a window at all, else against the products of water only."""
    return "equilibrium" if most_water(water, "equilibrium") is not None else "metastable"


def _how_dry(water: Hydration) -> str:
    """The one number an experimentalist wants: how many ppm, at which temperature; and at room temperature."""
    question = _question(water)
    best, room = most_water(water, question), room_point(water)
    if best is None:
        return "There is no water content at which the dry phase lasts."
    subject = "It stays dry" if question == "equilibrium" else "As a metastable phase it stays dry"
    said = f"{subject} up to {_content(best, question)} of water at {best.temperature.value:.0f} K"
    if room is not None and room is not best and limit_of(room, question).max_water_ppm.value is not None:
        said += f", {words.ppm(limit_of(room, question).max_water_ppm.value)} at 298 K"
    return f"{said} (1 bar)."


def _content(point: WaterPoint, question: WaterQuestion) -> str:
    return words.water_content(limit_of(point, question))


def _atmospheres(water: Hydration) -> tuple[str, ...]:
    """What usual atmospheres do, and what it becomes in air."""
    frozen = _question(water) == "metastable"
    found = [
        f"{answer.atmosphere}: dry {words.dry_range(answer.metastable_dry if frozen else answer.dry)}"
        for answer in water.atmospheres
    ]
    room = room_point(water)
    if frozen and room is not None and room.dry_products:
        found.append(f"{_mixture(room.dry_products)} lie lower than the dry phase at any water content")
    found.append(f"in moist air at 25 °C it becomes {_mixture(water.products)}")
    if water.products_with_dioxide is not None and water.products_with_dioxide != water.products:
        found.append(f"with the air's CO2 as well it becomes {_mixture(water.products_with_dioxide)}")
    return tuple(found)


def _mixture(products: Mapping[str, float]) -> str:
    return " + ".join(formula if amount == 1.0 else f"{amount:.3g} {formula}" for formula, amount in products.items())
