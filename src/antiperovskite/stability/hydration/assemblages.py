"""All mixtures of phases that have a given framework composition, in a system open to H2O and CO2.

Cations and halide ions stay, H2O and CO2 come and go. A phase of framework atoms n_k (k = Li, Cl, ...) with H hydrogen
and C carbon atoms holds H/2 H2O and C CO2; its remaining oxygen is fixed by charge balance,

    O - H/2 - 2 C = 1/2 sum_k z_k n_k,

and phases that break this (metals, hydrides, peroxides, chlorates) need electrons or O2 and are not part of the system.
The mixtures with as many phases as framework elements, or fewer, are the vertices of all feasible mixtures, so that the
stable one at any temperature and gas pressure is among them (the simplex argument of linear programming).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

from antiperovskite.errors import MissingReferenceError
from antiperovskite.stability.energies import same_composition
from antiperovskite.stability.hull import PhaseEnergy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

    Flags = NDArray[np.bool_]

VALENCE: Final[dict[str, int]] = {
    **dict.fromkeys(("Li", "Na", "K", "Rb", "Cs"), 1),
    **dict.fromkeys(("Mg", "Ca", "Sr", "Ba"), 2),
    **dict.fromkeys(("F", "Cl", "Br", "I"), -1),
    "H": 1,
}
OPEN: Final = frozenset({"H", "O", "C"})
"""Elements that are not conserved in a system open to H2O and CO2."""
CLOSED_TO_WATER: Final = frozenset({"O", "C"})
"""The same where hydrogen stays: hydroxide hydrogen then counts as a framework atom of charge +1."""
TOLERANCE: Final = 1e-9


def framework(elements: Mapping[str, float], exchanged: frozenset[str] = OPEN) -> dict[str, float]:
    """Return the atoms that stay: by default those that neither H2O nor CO2 can carry away."""
    return {element: amount for element, amount in elements.items() if element not in exchanged}


def gas_content(elements: Mapping[str, float]) -> tuple[float, float]:
    """Return how many H2O and CO2 a phase holds per formula unit."""
    return elements.get("H", 0.0) / 2.0, elements.get("C", 0.0)


def balanced(elements: Mapping[str, float]) -> bool:
    """Whether a phase forms from oxides, halides, H2O and CO2 without any change of oxidation state."""
    kept = framework(elements)
    if not any(VALENCE.get(element, 0) > 0 for element in kept) or not kept.keys() <= VALENCE.keys():
        return False
    water, dioxide = gas_content(elements)
    oxygen = elements.get("O", 0.0) - water - 2.0 * dioxide
    return abs(oxygen - 0.5 * sum(VALENCE[e] * n for e, n in kept.items())) < 1e-6


def is_dry_oxide(elements: Mapping[str, float]) -> bool:
    """Whether a phase has oxygen that neither water nor carbon dioxide brought: oxides and dry anti-perovskites."""
    return elements.get("O", 0.0) > 0.0 and not elements.keys() & {"H", "C"}


@dataclass(frozen=True)
class Compound:
    """A composition with all its polymorphs; ``scales`` turn each polymorph's formula into the first one's."""

    formula: str
    elements: Mapping[str, float]
    polymorphs: tuple[int, ...]
    scales: tuple[float, ...]


@dataclass(frozen=True)
class Assemblages:
    """Every vertex mixture at one framework composition.

    Attributes
    ----------
    compounds
        The compounds of the system.
    amounts
        Formula units of each compound in each mixture, shape ``(n_mixtures, n_compounds)``.
    gases
        H2O and CO2 that each mixture holds, shape ``(n_mixtures, 2)``.
    forms_oxide
        Whether a mixture holds a dry oxide, shape ``(n_mixtures,)``.
    """

    compounds: tuple[Compound, ...]
    amounts: Array
    gases: Array
    forms_oxide: Flags

    def members(self, mixture: int) -> tuple[tuple[Compound, float], ...]:
        """Return the compounds of a mixture with their amounts."""
        row = self.amounts[mixture]
        return tuple((self.compounds[i], float(row[i])) for i in row.nonzero()[0])

    def pure(self, elements: Mapping[str, float]) -> int | None:
        """Return the number of the mixture that is this compound alone, if there is one."""
        for number, row in enumerate(self.amounts):
            (held,) = row.nonzero()
            if len(held) == 1 and same_composition(self.compounds[int(held[0])].elements, elements):
                return number
        return None


def group_polymorphs(phases: Sequence[PhaseEnergy]) -> tuple[Compound, ...]:
    """Return the compounds among ``phases`` that belong to the system, each with its polymorphs."""
    groups: list[tuple[PhaseEnergy, list[int]]] = []
    for number, phase in enumerate(phases):
        if not balanced(phase.elements):
            continue
        for first, members in groups:
            if same_composition(first.elements, phase.elements):
                members.append(number)
                break
        else:
            groups.append((phase, [number]))
    return tuple(
        Compound(
            first.formula,
            dict(first.elements),
            tuple(members),
            tuple(first.atoms / phases[number].atoms for number in members),
        )
        for first, members in groups
    )


def enumerate_assemblages(
    compounds: Sequence[Compound], elements: Mapping[str, float], exchanged: frozenset[str] = OPEN
) -> Assemblages:
    """Return every vertex mixture of ``compounds`` with the framework atoms of ``elements``.

    Raises
    ------
    MissingReferenceError
        No mixture of the compounds has this framework composition.
    """
    import numpy as np

    wanted = framework(elements, exchanged)
    kept = [c for c in compounds if framework(c.elements, exchanged).keys() <= wanted.keys()]
    symbols = sorted(wanted)
    content = np.array([[compound.elements.get(symbol, 0.0) for compound in kept] for symbol in symbols])
    target = np.array([wanted[symbol] for symbol in symbols])
    rows: list[Array] = []
    for size in range(1, len(symbols) + 1):
        rows += _mixtures_of(size, content, target)
    if not rows:
        raise MissingReferenceError(
            f"no mixture of the {len(kept)} phases that exchange only H2O and CO2 has the "
            f"{', '.join(f'{symbol}{wanted[symbol]:g}' for symbol in symbols)} of the compound; add its salts"
        )
    amounts = np.array(rows)
    gases = amounts @ np.array([gas_content(compound.elements) for compound in kept])
    oxides = np.array([is_dry_oxide(compound.elements) for compound in kept])
    forms_oxide: Flags = amounts @ oxides > 0.0
    return Assemblages(tuple(kept), amounts, gases, forms_oxide)


def _mixtures_of(size: int, content: Array, target: Array) -> list[Array]:
    """Mixtures of exactly ``size`` compounds, all in positive amounts, solved in one batch."""
    import numpy as np

    n_compounds = content.shape[1]
    chosen = np.array(list(combinations(range(n_compounds), size)), dtype=int).reshape(-1, size)
    if not len(chosen):
        return []
    columns = content[:, chosen].transpose(1, 0, 2)  # (combinations, elements, size)
    normal = np.einsum("nek,nel->nkl", columns, columns)
    regular = np.abs(np.linalg.det(normal)) > 1e-8
    chosen, columns, normal = chosen[regular], columns[regular], normal[regular]
    if not len(chosen):
        return []
    right = np.einsum("nek,e->nk", columns, target)
    solved = np.linalg.solve(normal, right[..., None])[..., 0]
    misfit = np.abs(np.einsum("nek,nk->ne", columns, solved) - target).max(axis=1)
    feasible = (solved > TOLERANCE).all(axis=1) & (misfit < 1e-7 * max(float(np.abs(target).max()), 1.0))
    rows = np.zeros((int(feasible.sum()), n_compounds))
    np.put_along_axis(rows, chosen[feasible], solved[feasible], axis=1)
    return list(rows)
