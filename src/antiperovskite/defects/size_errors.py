"""An error for energies of one supercell, where a verdict needs one: the largest effect of size in the same host."""

from __future__ import annotations

from typing import Final

from antiperovskite.defects.model import DefectReaction
from antiperovskite.defects.results import DefectStudy

FOREIGN: Final = ("dopant", "proton")
"""Kinds that bring foreign ions, whose misfit makes size matter more than for the crystal's own."""


def largest_size_effect(study: DefectStudy, *, bound: bool, foreign: bool) -> float | None:
    """Largest distance in eV of an energy from its limit, over near or far arrangements of several sizes."""
    fits = [
        fit
        for item in study.combinations
        if (item.kind in FOREIGN) == foreign
        for fit in ([s.fit for s in item.separations] if bound else [item.far_fit])
        if fit is not None and len(fit.lengths) > 1
    ]
    return max((abs(energy - fit.limit) for fit in fits for energy in fit.energies), default=None)


def with_size_errors(study: DefectStudy) -> DefectStudy:
    """The study with that effect as the uncertainty of every reaction that has none; unchanged where it is not known.

    Bound energies take that of bound ones, those of foreign ions that of foreign ones. The method of each says so.
    Bindings are left as they are.
    """
    either = (True, False)
    effects = {(b, f): largest_size_effect(study, bound=b, foreign=f) for b in either for f in either}

    def guessed(reaction: DefectReaction) -> DefectReaction:
        effect = effects[reaction.bound, reaction.kind in FOREIGN]
        if effect is None or reaction.energy.uncertainty is not None:
            return reaction
        how = f"{reaction.energy.method}; taken as {effect:.2f} eV, the largest in {study.formula}"
        return reaction.model_copy(
            update={"energy": reaction.energy.model_copy(update={"uncertainty": effect, "method": how})}
        )

    items = tuple(
        item.model_copy(
            update={
                name: guessed(reaction)
                for name, reaction in (("bound", item.bound), ("dispersed", item.dispersed))
                if reaction is not None
            }
        )
        for item in study.combinations
    )
    return study.model_copy(
        update={"combinations": items, "reactions": tuple(guessed(reaction) for reaction in study.reactions)}
    )
