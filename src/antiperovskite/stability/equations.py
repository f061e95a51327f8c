"""Balanced reactions: solving for coefficients and writing them down."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from antiperovskite.errors import StructureError
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.model import Participant


def balance(
    reactants: Sequence[tuple[PhaseEnergy, float]], products: Sequence[PhaseEnergy]
) -> tuple[tuple[PhaseEnergy, float], ...]:
    """Return the amounts of ``products`` that balance the given reactants.

    Raises
    ------
    StructureError
        No non-negative amounts balance the reaction.
    """
    import numpy as np
    from scipy.optimize import nnls

    total: dict[str, float] = {}
    for phase, amount in reactants:
        for element, count in phase.elements.items():
            total[element] = total.get(element, 0.0) + amount * count
    elements = sorted({*total, *(element for phase in products for element in phase.elements)})
    content = np.array([[phase.elements.get(element, 0.0) for phase in products] for element in elements])
    wanted = np.array([total.get(element, 0.0) for element in elements])
    amounts, residual = nnls(content, wanted)
    if residual > 1e-8:
        names = " + ".join(phase.formula for phase in products)
        raise StructureError(f"no amounts of {names} balance {' + '.join(phase.formula for phase, _ in reactants)}")
    return tuple((p, float(n)) for p, n in zip(products, amounts, strict=True) if n > 1e-9)


def participants(side: Sequence[tuple[PhaseEnergy, float]]) -> tuple[Participant, ...]:
    """Turn phases with amounts into result records."""
    return tuple(Participant(formula=p.formula, phase=p.name, coefficient=round(n, 9)) for p, n in side)


def write_equation(reactants: Sequence[Participant], products: Sequence[Participant]) -> str:
    """Write ``"Li2O + LiCl -> Li3OCl"``; coefficients that are simple fractions are written as such."""
    return f"{_write_side(reactants)} -> {_write_side(products)}"


def _write_side(side: Sequence[Participant]) -> str:
    return " + ".join(f"{_coefficient(p.coefficient)}{p.formula}" for p in side)


def _coefficient(value: float) -> str:
    if abs(value - 1.0) < 1e-6:
        return ""
    fraction = Fraction(value).limit_denominator(24)
    if abs(float(fraction) - value) < 1e-6:
        return f"{fraction} "
    return f"{value:.4g} "


def conventional_formula(elements: Mapping[str, float]) -> str:
    """Write a salt the way chemists do (``LiOH``, ``LiBH4``): by pymatgen's reduced formula, hydroxides put right."""
    from pymatgen.core import Composition

    formula: str = Composition(dict(elements)).reduced_formula
    return re.sub(r"^(Li|Na|K)HO$", r"\1OH", formula)
