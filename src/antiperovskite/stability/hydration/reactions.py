"""What water and CO2 turn the compound into, reaction by reaction: each assemblage is one reaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.stability.equations import write_equation
from antiperovskite.stability.hydration.assemblages import VALENCE, framework, gas_content
from antiperovskite.stability.hydration.grid import OpenSystem
from antiperovskite.stability.hydration.model import WaterReaction
from antiperovskite.stability.model import Participant

if TYPE_CHECKING:
    from antiperovskite.stability.hydration.study import Source

# sets of product classes with the name of the reaction that makes them
CHANNELS: Final[dict[frozenset[str], str]] = {
    frozenset({"hydroxide halide", "hydroxide"}): "hydrated phase and hydroxide",
    frozenset({"hydroxide", "halide"}): "hydroxide and halide",
    frozenset({"hydroxide hydrate", "halide"}): "hydroxide hydrate and halide",
    frozenset({"hydroxide", "halide hydrate"}): "hydroxide and halide hydrate",
    frozenset({"hydroxide hydrate", "halide hydrate"}): "hydrates of hydroxide and halide",
    frozenset({"carbonate", "halide"}): "carbonate and halide",
    frozenset({"hydrogencarbonate", "halide"}): "hydrogencarbonate and halide",
    frozenset({"oxide", "halide"}): "oxide and halide (no water)",
}
WATER_CHANNELS: Final = ("hydrated phase and hydroxide", "hydroxide and halide")
CARBONATION: Final = "carbonate and halide"


def compound_class(elements: Mapping[str, float]) -> str:
    """Return what a chemist calls a compound of the system: oxide, halide, hydroxide, hydrate, carbonate ..."""
    halide = any(VALENCE[element] < 0 for element in framework(elements))
    water, dioxide = gas_content(elements)
    charge = sum(VALENCE[e] * n for e, n in framework(elements).items())  # carried by O2-, OH-, CO3 2-
    if dioxide:
        name = "carbonate" if not water else "hydrogencarbonate" if abs(dioxide - charge) < 1e-6 else "other carbonate"
        return f"{name} halide" if halide else name
    if abs(charge) < 1e-9:
        return "halide hydrate" if water else "halide"
    if not water:
        return "oxide halide" if halide else "oxide"
    excess = water - charge / 2.0  # H2O beyond one OH- per charge
    kind = "hydroxide" if abs(excess) < 1e-6 else "hydroxide hydrate" if excess > 0 else "oxide hydroxide"
    return f"{kind} halide" if halide else kind


def named_channels(system: OpenSystem, row: int) -> dict[str, int]:
    """Return the best assemblage of each named reaction at the temperature numbered ``row``."""
    found: dict[str, int] = {}
    for mixture in range(len(system.water)):
        classes = frozenset(compound_class(c.elements) for c, _ in system.assemblages.members(mixture))
        name = CHANNELS.get(classes)
        if name is None or mixture == system.own:
            continue
        if name not in found or system.energies[row, mixture] < system.energies[row, found[name]]:
            found[name] = mixture
    return found


def reaction_equation(system: OpenSystem, mixture: int) -> str:
    """Write the balanced reaction to one assemblage, per formula unit of the compound."""
    return write_equation(*_sides(system, mixture))


def _sides(system: OpenSystem, mixture: int) -> tuple[tuple[Participant, ...], tuple[Participant, ...]]:
    before = [Participant(formula=system.formula, phase="the compound", coefficient=1.0)]
    after = [
        Participant(formula=compound.formula, phase=compound.formula, coefficient=round(amount, 9))
        for compound, amount in system.assemblages.members(mixture)
    ]
    for gas, amount in (("H2O", float(system.water[mixture])), ("CO2", float(system.dioxide[mixture]))):
        if amount > 1e-9:
            before.append(Participant(formula=gas, phase="gas", coefficient=round(amount, 9)))
        elif amount < -1e-9:
            after.append(Participant(formula=gas, phase="gas", coefficient=round(-amount, 9)))
    return tuple(before), tuple(after)


def products(system: OpenSystem, mixture: int) -> dict[str, float]:
    """Return the compounds of one assemblage with their amounts per formula unit of the target."""
    return {compound.formula: round(amount, 9) for compound, amount in system.assemblages.members(mixture)}


def reaction_quantity(
    system: OpenSystem | None,
    mixture: int | None,
    source: Source,
    what: str,
    *,
    per: float = 1.0,
    unit: str = "eV/formula",
    shift: float = 0.0,
    temperature: float | None = None,
    missing: str = "the products are not among the reference phases",
) -> AnyQuantity:
    """Return the energy of one reaction as a quantity, divided by ``per`` (H2O or CO2 molecules) after ``shift``."""
    import numpy as np

    if system is None or mixture is None:
        return NotComputed(unit=unit, method=missing)
    T = float(system.temperatures[0]) if temperature is None else temperature
    value = float(system.at(np.asarray(T))[mixture])
    u = float(np.sqrt((system.loadings_at(T)[mixture] ** 2).sum()))
    return Quantity(
        value=(value + shift) / per,
        uncertainty=u / abs(per),
        unit=unit,
        method=f"{reaction_equation(system, mixture)}; {what}; {source.method}",
        source=source.source,
        citations=source.citations,
    )


def water_reactions(
    free: OpenSystem, enthalpies: OpenSystem | None, row: int, source: Source
) -> tuple[WaterReaction, ...]:
    """Return every named reaction, enthalpy and free energy at the temperature numbered ``row`` of ``free``."""
    found = []
    for name, mixture in named_channels(free, row).items():
        before, after = _sides(free, mixture)
        T = float(free.temperatures[row])
        same = matching(enthalpies, free, mixture)
        found.append(
            WaterReaction(
                name=name,
                equation=write_equation(before, after),
                reactants=before,
                products=after,
                water=round(float(free.water[mixture]), 9),
                dioxide=round(float(free.dioxide[mixture]), 9),
                enthalpy=reaction_quantity(
                    enthalpies, same, source, "enthalpy at 298.15 K, gases", missing="no enthalpies at 298.15 K"
                ),
                free_energy=reaction_quantity(
                    free, mixture, source, f"Gibbs energy at {T:g} K, gases at 1 bar", temperature=T
                ),
            )
        )
    order = list(CHANNELS.values())
    return tuple(sorted(found, key=lambda reaction: order.index(reaction.name)))


def matching(other: OpenSystem | None, system: OpenSystem, mixture: int) -> int | None:
    """Return the number in ``other`` of the assemblage that is ``mixture`` in ``system``."""
    if other is None:
        return None
    wanted = products(system, mixture)
    return next((k for k in range(len(other.water)) if products(other, k) == wanted), None)
