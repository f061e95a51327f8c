"""Convex-hull decomposition of one composition as a linear programme.

Among all mixtures of competing phases with the composition of the target, the stable one minimises the energy

    E_hull(x) = min_n sum_i n_i E_i   subject to   sum_i n_i c_ik = x_k,  n_i >= 0,

which is the lower convex hull evaluated at one point (Ong et al., Chem. Mater. 2008, 10.1021/cm702327g).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from antiperovskite.errors import MissingReferenceError

AMOUNT_TOLERANCE = 1e-7


@dataclass(frozen=True)
class PhaseEnergy:
    """A phase in a hull: atoms and energy (eV), both per formula unit.

    ``loadings`` (eV per formula unit) write the error of the energy as a sum over independent standard-normal variables
    z_k, E = energy + sum_k loadings[k] z_k. Phases share variables, so that what they share cancels in a reaction; see
    :mod:`antiperovskite.stability.uncertainty`.
    """

    name: str
    formula: str
    elements: Mapping[str, float]
    energy: float
    loadings: Mapping[str, float] = field(default_factory=dict, compare=False)

    @property
    def atoms(self) -> float:
        """Atoms per formula unit."""
        return sum(self.elements.values())


@dataclass(frozen=True)
class Mixture:
    """The stable mixture at a composition: phases with amounts, and its energy in eV."""

    amounts: tuple[tuple[PhaseEnergy, float], ...]
    energy: float


def stable_mixture(target: Mapping[str, float], phases: Sequence[PhaseEnergy]) -> Mixture:
    """Return the lowest-energy mixture of ``phases`` with the atoms of ``target``.

    Raises
    ------
    MissingReferenceError
        No mixture of the phases has this composition.
    """
    import numpy as np
    from scipy.optimize import linprog

    elements = sorted(target)
    usable = [phase for phase in phases if phase.elements.keys() <= set(elements)]
    if usable:
        # energies per atom of the best phase are subtracted so that the solver sees meV, not keV
        content = np.array([[phase.elements.get(element, 0.0) for phase in usable] for element in elements])
        energies = np.array([phase.energy for phase in usable])
        amounts = np.array([target[element] for element in elements])
        offsets, *_ = np.linalg.lstsq(content.T, energies, rcond=None)
        result = linprog(
            energies - content.T @ offsets, A_eq=content, b_eq=amounts, bounds=(0, None), method="highs-ds"
        )
        if result.status == 0:
            chosen = [(p, float(n)) for p, n in zip(usable, result.x, strict=True) if n > AMOUNT_TOLERANCE]
            return Mixture(tuple(chosen), float(result.fun + offsets @ amounts))
    formula = " ".join(f"{element}{target[element]:g}" for element in elements)
    raise MissingReferenceError(
        f"no mixture of the {len(usable)} reference phases of {', '.join(elements)} has the composition {formula}; "
        "add phases of the missing elements"
    )
