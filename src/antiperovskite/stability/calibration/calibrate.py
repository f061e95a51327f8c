"""Calibrated phase energies: formation enthalpies at 298.15 K with correlated standard uncertainties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from antiperovskite.engines.model import EngineCard
from antiperovskite.errors import MissingReferenceError
from antiperovskite.stability.calibration.experiment import FormationEnthalpy, formation_enthalpies
from antiperovskite.stability.calibration.groups import (
    FIXED_CHARGES,
    cations,
    composition_groups,
    group_atoms,
    group_charge,
    ionic_groups,
)
from antiperovskite.stability.calibration.regression import Datum, Posterior, Weights, fit, prior_scale
from antiperovskite.stability.energies import display_formula
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.references import ReferenceEntry, ReferenceSet, reference_set
from antiperovskite.stability.scales import HUBBARD_ANIONS, HUBBARD_METALS

# the engine's own energy of these elements is not used: molecules and van der Waals solids are what it describes worst
FREE_ELEMENTS: Final = frozenset({"H", "N", "O", "F", "Cl", "Br", "I"})
DETERMINED_BELOW: Final = 0.5  # eV per atom; an element with a larger posterior spread has no usable reference
FEWEST_DATA: Final = 12
NEGLIGIBLE: Final = 1e-6  # eV; loadings below it are dropped


@dataclass(frozen=True)
class Calibration:
    """One engine's energies against experiment."""

    engine: EngineCard
    data: tuple[Datum, ...]
    posterior: Posterior
    element_energies: Mapping[str, float]
    measured: Mapping[str, FormationEnthalpy] = field(repr=False)
    formulas: Mapping[str, str] = field(repr=False)

    def phase(
        self, name: str, formula: str, elements: Mapping[str, float], energy: float, groups: Weights
    ) -> PhaseEnergy:
        """Return a phase with its calibrated formation enthalpy (eV per formula unit, 298.15 K) and loadings.

        ``energy`` is the engine's total energy of the formula unit, ``groups`` its ions
        (:func:`~antiperovskite.stability.calibration.groups.ionic_groups`).

        Raises
        ------
        MissingReferenceError
            An element, or a 3d metal on the GGA+U scale, has no measured compound to fit its reference to.
        """
        if len(elements) == 1:
            return self._element(name, formula, elements, energy)
        weights = phase_weights(name, elements, groups, self.engine, self.element_energies)
        self._check(weights)
        computed = energy - sum(count * self.element_energies.get(e, 0.0) for e, count in elements.items())
        correction, loadings = self._propagate(weights)
        return PhaseEnergy(name, formula, dict(elements), computed + correction, loadings)

    @property
    def measured_elements(self) -> frozenset[str]:
        """Elements that occur in a compound with a measured enthalpy."""
        variables = (variable for datum in self.data for variable in datum.weights)
        return frozenset(v.partition(":")[2] for v in variables if v.startswith("element:"))

    def formula_of(self, name: str) -> str:
        """Reduced formula of a measured phase by its name."""
        return self.formulas[name]

    def entry(self, entry: ReferenceEntry) -> PhaseEnergy:
        """Return a reference phase, calibrated."""
        groups = entry_groups(entry)
        return self.phase(entry.name, display_formula(entry), entry.elements, entry.energy, groups)

    def _element(self, name: str, formula: str, elements: Mapping[str, float], energy: float) -> PhaseEnergy:
        """The reference allotrope is zero by definition; others keep the engine's difference to it."""
        ((element, count),) = elements.items()
        excess = energy - count * self.element_energies.get(element, energy / count)
        own = self.posterior.scales["valence"] * count if excess > NEGLIGIBLE else 0.0
        return PhaseEnergy(name, formula, dict(elements), excess, {f"own:{name}": own} if own else {})

    def _check(self, weights: Weights) -> None:
        for variable, spread in self.spreads(weights).items():
            kind, _, what = variable.partition(":")
            if kind == "shift" and spread > DETERMINED_BELOW:
                raise MissingReferenceError(
                    f"{self.engine.name} mixes PBE and PBE+U energies of {what} and no measured oxide or fluoride of "
                    "it fixes the shift; use the engine 7net-mf-0-r2scan, which has no U"
                )
            if kind == "element" and spread > DETERMINED_BELOW:
                raise MissingReferenceError(
                    f"no reference for the element {what} with {self.engine.name}: neither its own energy nor a "
                    "compound with a measured formation enthalpy is among the phases"
                )

    def spreads(self, variables: Iterable[str]) -> dict[str, float]:
        """Posterior standard deviation (eV) of variables, the prior's where no datum speaks of them."""
        import numpy as np

        index = {variable: row for row, variable in enumerate(self.posterior.variables)}
        return {
            variable: float(np.linalg.norm(self.posterior.loadings[index[variable]]))
            if variable in index
            else prior_scale(variable, self.posterior.scales)
            for variable in variables
        }

    def _propagate(self, weights: Weights) -> tuple[float, dict[str, float]]:
        """Correction (eV) of a phase and its loadings."""
        import numpy as np

        index = {variable: row for row, variable in enumerate(self.posterior.variables)}
        correction, row = 0.0, np.zeros(self.posterior.loadings.shape[1])
        loadings: dict[str, float] = {}
        for variable, weight in weights.items():
            if variable in index:
                correction += weight * float(self.posterior.mean[index[variable]])
                row += weight * self.posterior.loadings[index[variable]]
            else:
                loadings[variable] = weight * prior_scale(variable, self.posterior.scales)
        kept = np.flatnonzero(np.abs(row) > NEGLIGIBLE)
        loadings.update({f"fit:{number}": float(row[number]) for number in kept})
        return correction, loadings


def entry_groups(entry: ReferenceEntry) -> dict[str, float]:
    """Return the ions of a reference phase, from its structure or, without one, from an unambiguous composition.

    Raises
    ------
    MissingReferenceError
        There is no structure and the composition fits several kinds of ions.
    """
    if len(entry.elements) == 1:
        return dict(entry.elements)
    if entry.structure is not None:
        return ionic_groups(entry.structure.to_pymatgen())
    groups = composition_groups(entry.elements)
    if groups is None:
        raise MissingReferenceError(
            f"phase {entry.name!r} has no structure, and {entry.formula} alone does not say which ions it is made of; "
            "import it with its structure"
        )
    return groups


def phase_weights(
    name: str,
    elements: Mapping[str, float],
    groups: Weights,
    card: EngineCard,
    element_energies: Mapping[str, float],
) -> Weights:
    """Return how often each variable of the error model occurs in one formula unit of a phase."""
    atoms = sum(elements.values())
    weights: Weights = {}
    for element, count in elements.items():
        if element in FREE_ELEMENTS or element not in element_energies:
            weights[f"element:{element}"] = count
    positive = cations(groups)
    anions = {group: n for group, n in groups.items() if group not in positive and not group.endswith("-net")}
    weights[f"{own_error(elements, positive, anions)}:{name}"] = atoms
    if not anions:  # alloys and intercalated carbon: no ions to correct
        return weights
    for group, count in anions.items():
        weights[f"group:{group}"] = count * group_atoms(group)
    on_u_scale = card.mixes_gga_u and bool(HUBBARD_ANIONS & elements.keys())
    for metal, count in positive.items():
        shifted = on_u_scale and metal in HUBBARD_METALS
        weights[f"shift:{metal}" if shifted else f"cation:{metal}"] = count
    weights.update(_pair_weights(positive, anions))
    return weights


def own_error(elements: Mapping[str, float], positive: Weights, anions: Weights) -> str:
    """Return the class of a phase's own error, beyond those of its ions and pairs.

    Salts of metals of fixed valence are easiest (``own``), phases without ions or of metals whose valence changes
    harder (``valence``), 3d metals hardest. Each class has its own scale because that is most likely given the data.
    """
    if HUBBARD_METALS & elements.keys():
        return "own3d"
    if not anions or not positive or not positive.keys() <= FIXED_CHARGES.keys():
        return "valence"
    return "own"


def _pair_weights(positive: Weights, anions: Weights) -> Weights:
    """Share the atoms out over cation-anion pairs as if the phase were a mixture of its neutral salts."""
    metal_atoms = sum(positive.values())
    charge = sum(count * group_charge(group) for group, count in anions.items())
    if not metal_atoms or not charge:
        return {}
    result: Weights = {}
    for group, count in anions.items():
        salt_atoms = count * group_atoms(group) + metal_atoms * count * group_charge(group) / charge
        for metal, metal_count in positive.items():
            result[f"pair:{metal}-{group}"] = salt_atoms * metal_count / metal_atoms
    return result


def _ground_states(references: ReferenceSet) -> dict[str, ReferenceEntry]:
    """The entry lowest in energy of each reduced formula."""
    lowest: dict[str, ReferenceEntry] = {}
    for entry in references.entries:
        if entry.formula not in lowest or entry.energy < lowest[entry.formula].energy:
            lowest[entry.formula] = entry
    return lowest


def element_energies(references: ReferenceSet) -> dict[str, float]:
    """Energy per atom of the lowest allotrope of each element among the phases."""
    result: dict[str, float] = {}
    for entry in references.entries:
        if len(entry.elements) == 1:
            ((element, count),) = entry.elements.items()
            result[element] = min(result.get(element, float("inf")), entry.energy / count)
    return result


def calibration_data(references: ReferenceSet) -> tuple[Datum, ...]:
    """Return the phases with a measured enthalpy, with measured minus computed formation energy."""
    measured = formation_enthalpies()
    energies = element_energies(references)
    data = []
    for formula, entry in sorted(_ground_states(references).items()):
        if formula not in measured or len(entry.elements) == 1:
            continue
        try:
            groups = entry_groups(entry)
        except MissingReferenceError:
            continue  # an imported entry without a structure: not usable as a datum
        computed = entry.energy - sum(count * energies.get(e, 0.0) for e, count in entry.elements.items())
        weights = phase_weights(entry.name, entry.elements, groups, references.engine, energies)
        enthalpy = measured[formula]
        atoms = sum(entry.elements.values())
        data.append(Datum(entry.name, enthalpy.value_ev - computed, enthalpy.uncertainty_ev, weights, atoms))
    return tuple(data)


def is_calibrated(references: ReferenceSet) -> bool:
    """Whether enough phases of a set have a measured enthalpy to calibrate its engine."""
    measured = formation_enthalpies()
    compounds = {entry.formula for entry in references.entries if len(entry.elements) > 1}
    return len(compounds & measured.keys()) >= FEWEST_DATA


def calibrate(references: ReferenceSet) -> Calibration:
    """Fit the error model of an engine to the measured compounds among its reference phases.

    Raises
    ------
    MissingReferenceError
        Too few of them are among the phases for the fit to mean anything.
    """
    data = calibration_data(references)
    if len(data) < FEWEST_DATA:
        raise MissingReferenceError(
            f"only {len(data)} phases of {references.engine.name!r} have a measured formation enthalpy; at least "
            f"{FEWEST_DATA} are needed to calibrate it: antiperovskite references build "
            f"--engine {references.engine.name}"
        )
    return Calibration(
        engine=references.engine,
        data=data,
        posterior=fit(data),
        element_energies=element_energies(references),
        measured=formation_enthalpies(),
        formulas={entry.name: entry.formula for entry in references.entries},
    )


@cache
def calibration(engine_name: str) -> Calibration:
    """Return the calibration of an engine with the reference set in use."""
    return calibrate(reference_set(engine_name))


def calibrated_structure(
    calibrated: Calibration, name: str, formula: str, elements: Mapping[str, float], energy: float, structure: Any
) -> PhaseEnergy:
    """Return a relaxed structure as a calibrated phase; ``energy`` in eV per formula unit of ``elements``."""
    units = structure.composition.num_atoms / sum(elements.values())
    _, factor = structure.composition.element_composition.get_reduced_formula_and_factor()
    groups = {group: count * factor / units for group, count in ionic_groups(structure).items()}
    return calibrated.phase(name, formula, elements, energy, groups)
