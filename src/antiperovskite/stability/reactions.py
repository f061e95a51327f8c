"""The reactions a chemist asks about: formation from binaries, hydration, decomposition.

All energies come from one engine and one scale: formation enthalpies calibrated to experiment, or (for engines without
a calibration) static lattice energies at 0 K. Water is ice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from antiperovskite.composition.model import Formula
from antiperovskite.errors import MissingReferenceError, StructureError
from antiperovskite.ions import ion
from antiperovskite.stability.energies import find_phase, same_composition
from antiperovskite.stability.equations import balance
from antiperovskite.stability.hull import Mixture, PhaseEnergy, stable_mixture
from antiperovskite.stability.uncertainty import standard_uncertainty

Question = Callable[[Formula, PhaseEnergy, Sequence[PhaseEnergy]], "EnergyChange"]
"""A reaction asked of a formula, its phase and the phases that compete."""

WATER: Mapping[str, float] = {"H": 2.0, "O": 1.0}
TARGET_NAME = "this work"


@dataclass(frozen=True)
class EnergyChange:
    """A balanced reaction in one engine; ``energy`` in eV for the amounts given."""

    reactants: tuple[tuple[PhaseEnergy, float], ...]
    products: tuple[tuple[PhaseEnergy, float], ...]

    @property
    def energy(self) -> float:
        """Products minus reactants, eV."""
        after = sum(amount * phase.energy for phase, amount in self.products)
        return after - sum(amount * phase.energy for phase, amount in self.reactants)

    @property
    def uncertainty(self) -> float:
        """Standard uncertainty of the energy, eV; 0 where the phases carry no errors."""
        return standard_uncertainty([*self.products, *((phase, -amount) for phase, amount in self.reactants)])


def target_phase(formula: Formula, energy: float) -> PhaseEnergy:
    """The assessed compound as a phase; ``energy`` in eV per formula unit as written."""
    return PhaseEnergy(TARGET_NAME, formula.formula, formula.elements, energy)


def salt_composition(cation: str, anion: str) -> dict[str, float]:
    """Atoms of the neutral salt of one cation and one anion, e.g. Li and OH -> {Li 1, O 1, H 1}."""
    plus, minus = ion(cation), ion(anion)
    result: dict[str, float] = {}
    for part, amount in ((plus, float(abs(minus.charge))), (minus, float(plus.charge))):
        for element, count in part.elements.items():
            result[element] = result.get(element, 0.0) + amount * count
    return result


def _salts(cations: Sequence[str], anions: Sequence[str], phases: Sequence[PhaseEnergy]) -> list[PhaseEnergy]:
    found = [find_phase(phases, salt_composition(cation, anion)) for cation in cations for anion in anions]
    return [phase for phase in found if phase is not None]


def _within(phases: Sequence[PhaseEnergy], elements: Iterable[str]) -> list[PhaseEnergy]:
    """The phases made only of these elements."""
    allowed = frozenset(elements)
    return [phase for phase in phases if phase.elements.keys() <= allowed]


def anions_without_a_salt(formula: Formula, phases: Sequence[PhaseEnergy]) -> list[str]:
    """Anions of the compound whose simple salts are all absent from the phases.

    A hull without them is too high: the compound would look stable for want of competitors.
    """
    return _missing_salts(formula, _within(phases, formula.elements), [*formula.sites.B, *formula.sites.A])


def _missing_salts(formula: Formula, phases: Sequence[PhaseEnergy], anions: Sequence[str]) -> list[str]:
    """Anions of which no salt with any of the cations is among the phases."""
    return [anion for anion in anions if not _salts(list(formula.sites.X), [anion], phases)]


def formation_from_binaries(formula: Formula, target: PhaseEnergy, phases: Sequence[PhaseEnergy]) -> EnergyChange:
    """Binary salts of the same ions -> the compound, for example Li2O + LiCl -> Li3OCl.

    With several cations the mixture of salts that is lowest in energy is taken.

    Raises
    ------
    MissingReferenceError
        A salt is not among the reference phases.
    """
    anions = [*formula.sites.B, *formula.sites.A]
    missing = anions_without_a_salt(formula, phases)
    if missing:
        raise MissingReferenceError(
            f"no salt of {', '.join(formula.sites.X)} with {', '.join(missing)} is among the reference phases"
        )
    salts = _salts(list(formula.sites.X), anions, _within(phases, formula.elements))
    mixture = stable_mixture(formula.elements, salts)
    return EnergyChange(mixture.amounts, ((target, 1.0),))


def decomposition(formula: Formula, target: PhaseEnergy, phases: Sequence[PhaseEnergy]) -> EnergyChange:
    """The compound -> the stable mixture of all other phases; negative energy: the compound is unstable."""
    return EnergyChange(((target, 1.0),), competing_mixture(formula, phases).amounts)


def competing_mixture(formula: Formula, phases: Sequence[PhaseEnergy]) -> Mixture:
    """The stable mixture at the compound's composition, the compound itself left out."""
    within = _within(phases, formula.elements)
    others = [phase for phase in within if not same_composition(phase.elements, formula.elements)]
    return stable_mixture(formula.elements, others)


def _water(phases: Sequence[PhaseEnergy]) -> PhaseEnergy:
    water = find_phase(_within(phases, WATER), WATER)
    if water is None:
        raise MissingReferenceError("water (ice XI) is not among the reference phases")
    return water


def hydration_to_hydrated_phase(formula: Formula, target: PhaseEnergy, phases: Sequence[PhaseEnergy]) -> EnergyChange:
    """X3OA + H2O -> X2OHA + XOH, the reaction by which a dry sample becomes a hydrated anti-perovskite.

    Raises
    ------
    MissingReferenceError
        The formula is not a dry oxide anti-perovskite of one alkali metal, or a product is not among the phases.
    """
    cations = list(formula.sites.X)
    if len(cations) != 1 or ion(cations[0]).charge != 1 or list(formula.sites.B) != ["O"] or formula.framework != "3D":
        raise MissingReferenceError("defined for X3OA with one alkali metal X and oxide alone on B")
    phases = _within(phases, {*formula.elements, "H"})
    hydroxide = find_phase(phases, salt_composition(cations[0], "OH"))
    hydrated_elements = {**formula.elements, "H": formula.elements.get("H", 0.0) + 1.0}
    hydrated_elements[cations[0]] -= 1.0
    hydrated = find_phase(phases, hydrated_elements)
    if hydroxide is None or hydrated is None:
        what = f"{cations[0]}OH" if hydroxide is None else "the hydrated anti-perovskite"
        raise MissingReferenceError(f"{what} is not among the reference phases")
    reactants = ((target, 1.0), (_water(phases), 1.0))
    return EnergyChange(reactants, balance(reactants, [hydrated, hydroxide]))


def hydrolysis(formula: Formula, target: PhaseEnergy, phases: Sequence[PhaseEnergy]) -> EnergyChange:
    """The compound + H2O -> hydroxide (or its hydrate) + salt of the A ion; one H2O per formula unit.

    Raises
    ------
    MissingReferenceError
        A product is not among the phases, or hydrogen gas would form (hydride or borohydride ions), which is not
        among them.
    StructureError
        The reaction cannot be balanced with these products.
    """
    anions = [*formula.sites.B, *formula.sites.A]
    reducing = [symbol for symbol in anions if symbol in {"H", "BH4", "AlH4", "NH2"}]
    if reducing:
        raise MissingReferenceError(f"water reacts with {', '.join(reducing)} to gas, which is not a reference phase")
    if "O" not in formula.sites.B and "OH" not in formula.sites.B:
        raise MissingReferenceError("defined where oxide or hydroxide sits on B")
    phases = _within(phases, {*formula.elements, "H", "O"})
    cations = list(formula.sites.X)
    products = _salts(cations, ["OH", *[a for a in anions if a not in {"O", "OH"}]], phases)
    if "OH" in formula.sites.B:
        monohydrates = [find_phase(phases, {cation: 1.0, "O": 2.0, "H": 3.0}) for cation in cations]
        products += [phase for phase in monohydrates if phase is not None]
    missing = _missing_salts(formula, phases, ["OH", *formula.sites.A])
    if missing:
        raise MissingReferenceError(f"no salt of {', '.join(cations)} with {', '.join(missing)} among the phases")
    reactants = ((target, 1.0), (_water(phases), 1.0))
    try:
        return EnergyChange(reactants, balance(reactants, products))
    except StructureError as error:
        raise MissingReferenceError(str(error)) from error
