"""The reaction that ties the phases of a host together, from the reference phases of the engine of its defects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from antiperovskite.defects.equilibrium.inputs import DefectInput, Reaction
from antiperovskite.errors import MissingReferenceError
from antiperovskite.quantity import Quantity

if TYPE_CHECKING:
    from antiperovskite.composition.model import Formula


def with_host_reaction(data: DefectInput, formula: Formula) -> DefectInput:
    """Add ``Li2O + LiCl -> Li3OCl`` in static energies of the same engine, where the file has no reaction of phases.

    Nothing is added where the engine has no such reference phases; what then is not fixed is refused later.
    """
    if not data.engine or any(not reaction.defects for reaction in data.reactions):
        return data
    from antiperovskite.stability.energies import find_phase, hull_phases, scaled_phase
    from antiperovskite.stability.reactions import formation_from_binaries
    from antiperovskite.stability.references import reference_set

    try:
        found = reference_set(data.engine)
        phases = hull_phases(found)
        host = find_phase(phases, formula.elements)
        if host is None:
            return data
        host = scaled_phase(host, formula.formula, formula.elements)
        change = formation_from_binaries(formula, host, [p for p in phases if p.name != host.name])
    except MissingReferenceError:
        return data
    energy = Quantity(
        value=change.energy,
        uncertainty=None,
        unit="eV",
        method="static energies of the reference phases, the engine of the defects; no uncertainty of a single engine",
        source=f"reference phases of {found.engine.name} {found.engine.version}",
    )
    salts = {phase.formula: amount for phase, amount in change.reactants}
    name = f"{' + '.join(salts)} -> {formula.formula}"
    reaction = Reaction(name=name, reactants=salts, products={formula.formula: 1.0}, energy=energy)
    return data.model_copy(update={"reactions": (*data.reactions, reaction)})
