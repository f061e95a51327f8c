"""Numbers taken out of the window, the contact and the water records, so that they stand among the quantities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from antiperovskite.electrochemistry.contact_model import Contact
from antiperovskite.electrochemistry.model import Window
from antiperovskite.quantity import AnyQuantity, NotComputed
from antiperovskite.stability.hydration.model import Hydration, WaterLimit, WaterPoint
from antiperovskite.stability.hydration.water import ROOM

WaterQuestion = Literal["equilibrium", "metastable"]

SURROUNDINGS_QUANTITIES: Final[dict[str, tuple[str, str]]] = {
    # name: (unit, part that gives it)
    "reduction_limit": ("V", "window"),
    "oxidation_limit": ("V", "window"),
    "oxidation_onset_metastable": ("V", "window"),
    "contact_with_metal": ("meV/atom", "metal_contact"),
    "contact_with_metal_mutual": ("meV/atom", "metal_contact"),
    "contact_with_metal_probability": ("1", "metal_contact"),
    "max_water_ppm": ("ppm", "water"),
    "max_water_temperature": ("K", "water"),
    "max_water_ppm_298K": ("ppm", "water"),
    "max_water_ppm_metastable": ("ppm", "water"),
    "max_water_temperature_metastable": ("K", "water"),
    "max_water_ppm_metastable_298K": ("ppm", "water"),
}
"""Quantities of every assessment beyond the structure and its reactions, computed or with the reason why not."""


def surroundings_quantities(
    window: Window | None, metal: Contact | None, water: Hydration | None, reasons: Mapping[str, str]
) -> dict[str, AnyQuantity]:
    """Return every quantity of ``SURROUNDINGS_QUANTITIES``; ``reasons`` are those of the parts that are missing."""
    found: dict[str, AnyQuantity] = {
        name: NotComputed(unit=unit, method=reasons.get(part, "the step that gives it was not run"))
        for name, (unit, part) in SURROUNDINGS_QUANTITIES.items()
    }
    if window is not None:
        found["reduction_limit"] = window.reduction_limit
        found["oxidation_limit"] = window.oxidation_limit
        found["oxidation_onset_metastable"] = window.oxidation_onset_metastable
    if metal is not None:
        found["contact_with_metal"] = metal.reaction_energy
        found["contact_with_metal_mutual"] = metal.mutual_reaction_energy
        found["contact_with_metal_probability"] = metal.mutual_probability
    if water is not None:
        found |= _water("equilibrium", water, "")
        found |= _water("metastable", water, "_metastable")
    return {name: _says_why(quantity) for name, quantity in found.items()}


def _says_why(quantity: AnyQuantity) -> AnyQuantity:
    """Every number without an uncertainty says so in words."""
    if isinstance(quantity, NotComputed) or quantity.uncertainty is not None or "uncertainty" in quantity.method:
        return quantity
    return quantity.model_copy(update={"method": f"{quantity.method}; it has no uncertainty of its own"})


def limit_of(point: WaterPoint, question: WaterQuestion) -> WaterLimit:
    """Return a point's water limit against everything, or against the products of water only."""
    return point if question == "equilibrium" else point.metastable


def most_water(water: Hydration, question: WaterQuestion) -> WaterPoint | None:
    """Return the point where the dry phase tolerates most water while no product melts, if there is one.

    The tolerated content rises with temperature, so this is as hot as the answer can be trusted: mixed melts, which are
    not among the phases, take up water earlier.
    """
    solid = [p for p in water.max_water_ppm if not p.molten and limit_of(p, question).max_water_ppm.value is not None]
    return max(solid, key=lambda p: limit_of(p, question).log10_max_water_ppm.value or 0.0, default=None)


def room_point(water: Hydration) -> WaterPoint | None:
    """Return the point at 298.15 K."""
    return next((point for point in water.max_water_ppm if point.temperature.value == ROOM), None)


def _water(question: WaterQuestion, water: Hydration, ending: str) -> dict[str, AnyQuantity]:
    room, best = room_point(water), most_water(water, question)
    found: dict[str, AnyQuantity] = {}
    if room is not None:
        limit = limit_of(room, question)
        found[f"max_water_ppm{ending}_298K"] = _with_interval(limit)
    if best is None:
        why = "the dry phase has no window at any temperature at which all products are solid"
        reason = f"{why}; at 298.15 K: {limit_of(room, question).max_water_ppm.method}" if room else why
        found[f"max_water_ppm{ending}"] = NotComputed(unit="ppm", method=reason)
        found[f"max_water_temperature{ending}"] = NotComputed(unit="K", method=reason)
        return found
    chosen = "of the temperatures computed at which all products are solid, the one where most water is tolerated"
    found[f"max_water_ppm{ending}"] = _with_interval(limit_of(best, question))
    found[f"max_water_temperature{ending}"] = best.temperature.model_copy(
        update={"method": f"{chosen}; a point of a grid, so it has no uncertainty"}
    )
    return found


def _with_interval(limit: WaterLimit) -> AnyQuantity:
    """The content in ppm; its interval, which is not symmetric, in words."""
    quantity = limit.max_water_ppm
    if isinstance(quantity, NotComputed) or limit.lower_ppm is None or limit.upper_ppm is None:
        return quantity
    interval = f"one standard uncertainty: {limit.lower_ppm:.2g} to {limit.upper_ppm:.2g} ppm"
    return quantity.model_copy(update={"method": f"{quantity.method}; {interval}"})
