"""Published structure models of the compound, where the shipped study of Table 3 holds any."""

from __future__ import annotations

from antiperovskite.composition.model import Formula
from antiperovskite.diffraction.published_study.model import Found
from antiperovskite.stability.energies import same_composition

STUDIED = {"Li": 2.0, "O": 1.0, "H": 1.0, "Cl": 1.0}
"""Table 3 of the 2021 perspective is about this compound alone."""


def published_models_of(formula: Formula) -> tuple[Found, ...]:
    """Return the rebuilt models with energies, lowest first, then those without; nothing for another compound."""
    if not same_composition(formula.elements, STUDIED):
        return ()
    from antiperovskite.diffraction.published_study.study import table3_study

    models = table3_study().models
    return tuple(sorted(models, key=lambda m: (m.above_lowest.value is None, m.above_lowest.value or 0.0)))
