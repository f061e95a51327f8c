"""Driving force, competitors and probability of one precursor set at one temperature.

With G of the phases at T and gases at their pressures,

    driving force = G(product) + m G(gas) - sum_i n_i G(precursor i)
    selectivity   = G(product) + m G(gas) - min over mixtures without the product of G(mixture),

the mixtures being those of the atoms weighed in plus or minus what the atmosphere exchanges, the precursors as they are
among them. The minimum is a linear programme (:func:`antiperovskite.stability.hull.stable_mixture`); gas taken up
enters as a phase with negative atoms and energy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from antiperovskite.errors import MissingReferenceError
from antiperovskite.stability.energies import find_phase, same_composition
from antiperovskite.stability.hull import AMOUNT_TOLERANCE, PhaseEnergy, stable_mixture
from antiperovskite.stability.routes.balancing import PrecursorSet
from antiperovskite.stability.routes.conditions import State
from antiperovskite.stability.routes.model import Outcome
from antiperovskite.stability.uncertainty import standard_uncertainty, summed_loadings

Terms = tuple[tuple[PhaseEnergy, float], ...]
DRAWS: Final = 20_000
SEED: Final = 20211
LOWERED_BY: Final = 2.0  # standard uncertainties by which each absent phase is lowered to find its mixtures
NOT_CONDENSED: Final = ("(g)", "from the atmosphere")
"""Ends of the names of gases and of what is taken up."""
SMALLEST_LOWERING: Final = 0.02  # eV per formula unit, for phases without an error


@dataclass(frozen=True)
class Balanced:
    """A precursor set with its phases at one temperature: what goes in and what comes out."""

    reactants: Terms
    products: Terms

    @property
    def terms(self) -> Terms:
        """Products minus reactants."""
        return (*self.products, *((phase, -amount) for phase, amount in self.reactants))

    @property
    def driving_force(self) -> float:
        """Gibbs energy of the reaction, eV per formula unit of the product."""
        return total_energy(self.terms)

    @property
    def uncertainty(self) -> float:
        """Its standard uncertainty, eV."""
        return standard_uncertainty(self.terms)


@dataclass(frozen=True)
class Contest:
    """The product against the best mixture without it."""

    balanced: Balanced
    competitor: Terms

    @property
    def selectivity(self) -> float:
        """G(product and gas) - G(competitor), eV per formula unit."""
        return total_energy(self.balanced.products) - total_energy(self.competitor)

    @property
    def uncertainty(self) -> float:
        """Its standard uncertainty, eV."""
        return standard_uncertainty(difference(self.balanced.products, self.competitor))


def total_energy(terms: Iterable[tuple[PhaseEnergy, float]]) -> float:
    """Sum of amounts times energies, eV."""
    return sum(amount * phase.energy for phase, amount in terms)


def difference(first: Terms, second: Terms) -> Terms:
    """Terms of ``first`` minus ``second``."""
    return (*first, *((phase, -amount) for phase, amount in second))


def balanced_phases(chosen: PrecursorSet, target: PhaseEnergy, state: State) -> Balanced:
    """Look up the phases of a precursor set.

    Raises
    ------
    MissingReferenceError
        A precursor is not among the phases; the message names it.
    """
    reactants = []
    for precursor, amount in chosen.precursors:
        phase = find_phase(state.condensed, precursor.elements)
        if phase is None:
            raise MissingReferenceError(f"the precursor {precursor.label} is not among the phases at this temperature")
        scale = sum(precursor.elements.values()) / phase.atoms
        reactants.append((phase, amount * scale))
    products: list[tuple[PhaseEnergy, float]] = [(target, 1.0)]
    if chosen.gas:
        if chosen.gas not in state.gases:
            raise MissingReferenceError(f"the gas {chosen.gas} is not among the phases")
        products.append((state.gases[chosen.gas], chosen.gas_amount))
    return Balanced(tuple(reactants), tuple(products))


def contest(chosen: PrecursorSet, target: PhaseEnergy, state: State) -> Contest:
    """Return the product against everything else that the same precursors can become."""
    balanced = balanced_phases(chosen, target, state)
    atoms = _atoms(chosen, state)
    others = rivals(target, state)
    return Contest(balanced, _mixture(atoms, others))


def equilibrium(chosen: PrecursorSet, target: PhaseEnergy, state: State) -> Terms:
    """Return the stable mixture of everything, the product included."""
    return _mixture(_atoms(chosen, state), (target, *rivals(target, state)))


def rivals(target: PhaseEnergy, state: State) -> tuple[PhaseEnergy, ...]:
    """All phases of another composition than the product, gases released and taken up included."""
    condensed = [phase for phase in state.condensed if not same_composition(phase.elements, target.elements)]
    return (*condensed, *state.gases.values(), *state.uptake)


def _atoms(chosen: PrecursorSet, state: State) -> dict[str, float]:
    """Atoms weighed in; elements that only the atmosphere brings are there with none."""
    brought = {element: 0.0 for gas in state.uptake for element in gas.elements}
    return brought | chosen.elements


def _mixture(atoms: Mapping[str, float], phases: Sequence[PhaseEnergy]) -> Terms:
    return stable_mixture(atoms, phases).amounts


def competing_mixtures(chosen: PrecursorSet, target: PhaseEnergy, state: State) -> tuple[Terms, ...]:
    """Return the mixtures without the product that could be the best one within the errors.

    The best one, the precursors themselves, and for every absent phase the best one when that phase is lowered by two
    standard uncertainties.
    """
    atoms = _atoms(chosen, state)
    others = rivals(target, state)
    best = _mixture(atoms, others)
    found = {_names(best): best}
    balanced = balanced_phases(chosen, target, state)
    found.setdefault(_names(balanced.reactants), balanced.reactants)
    present = {phase.name for phase, _ in best}
    by_name = {phase.name: phase for phase in others}
    for number, phase in enumerate(others):
        # gases are known to a tenth of a kJ/mol, and lowering one would make the atmosphere flow through the mixture
        if phase.name in present or _is_gas(phase) or not phase.elements.keys() <= atoms.keys():
            continue
        lowered = LOWERED_BY * max(standard_uncertainty([(phase, 1.0)]), SMALLEST_LOWERING)
        trial = (*others[:number], replace(phase, energy=phase.energy - lowered), *others[number + 1 :])
        mixture = _mixture(atoms, trial)
        found.setdefault(_names(mixture), tuple((by_name[p.name], amount) for p, amount in mixture))
    return tuple(found.values())


def _names(terms: Terms) -> frozenset[str]:
    return frozenset(phase.name for phase, _ in terms)


def probability_of_winning(products: Terms, mixtures: Sequence[Terms]) -> float:
    """Return P(product and gas lie below every one of the mixtures), from the joint normal distribution of the errors.

    Draws are fixed by a seed, so that the same phases give the same number; their own error is below 0.004.
    """
    import numpy as np

    gaps = [difference(products, mixture) for mixture in mixtures]
    means = np.array([total_energy(gap) for gap in gaps])
    loadings = [summed_loadings(gap) for gap in gaps]
    variables = sorted({variable for row in loadings for variable in row})
    matrix = np.array([[row.get(variable, 0.0) for variable in variables] for row in loadings]).reshape(len(gaps), -1)
    covariance = matrix @ matrix.T
    # the draws are made in as many dimensions as there are mixtures, however many variables the errors have
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.clip(values, 0.0, None))
    drawn = np.random.default_rng(SEED).standard_normal((DRAWS, len(gaps))) @ root.T + means
    return float((drawn < 0.0).all(axis=1).mean())


def outcome_of(left: Terms, target: PhaseEnergy, balanced: Balanced) -> Outcome:
    """Say in a word what equilibrium leaves of the precursors."""
    condensed = {phase.name: amount for phase, amount in left if not _is_gas(phase)}
    share = condensed.get(target.name, 0.0)
    if share > 1.0 - 1e-6:
        return "target"
    if share > AMOUNT_TOLERANCE:
        return "target in part"
    if condensed.keys() <= {phase.name for phase, _ in balanced.reactants}:
        return "unreacted precursors"
    phases = [phase for phase, _ in left if phase.name in condensed]
    anions = target.elements.keys()
    if any({"O", "H"} <= phase.elements.keys() for phase in phases) and "H" not in anions:
        return "hydrated phase"
    if all(len(phase.elements) <= 2 for phase in phases):
        return "simple salts"
    return "other phases"


def _is_gas(phase: PhaseEnergy) -> bool:
    return phase.name.endswith(NOT_CONDENSED)


def amounts_of(terms: Terms) -> dict[str, float]:
    """Formulas with amounts per formula unit; gas taken up is negative."""
    found: dict[str, float] = {}
    for phase, amount in terms:
        name = f"{phase.formula}(g)" if _is_gas(phase) else phase.formula
        signed = -amount if phase.name.endswith("from the atmosphere") else amount
        found[name] = round(found.get(name, 0.0) + signed, 9)
    return {name: amount for name, amount in found.items() if abs(amount) > AMOUNT_TOLERANCE}
