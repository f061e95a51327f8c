"""Where the energies of a synthesis come from: the phases and the product at any temperature, gases at 1 bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from antiperovskite.errors import MissingReferenceError
from antiperovskite.stability.energies import same_composition
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.phase_set import PhaseSet
from antiperovskite.stability.routes.balancing import PrecursorSet
from antiperovskite.stability.routes.conditions import Conditions, State, state_at
from antiperovskite.stability.routes.rules import GASES

if TYPE_CHECKING:
    from antiperovskite.composition.model import Formula

UNKNOWN_SHARE: Final = 12.0**-0.5
"""Standard deviation of a uniform distribution of width 1: disorder gains anything between nothing and the ideal."""

StandardPhases = Callable[[float], PhaseSet]
"""Temperature in K to all phases, gases at 1 bar, under the names ``H2O(g)``, ``H2(g)``..."""
ProductAt = Callable[[float], PhaseEnergy]
"""Temperature in K to the product, per formula unit as written."""


@dataclass
class Bench:
    """Phases over temperature, each asked for once."""

    formula: Formula
    standard: StandardPhases
    product: ProductAt
    engine: str
    method: str
    source: str
    citations: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    _sets: dict[float, PhaseSet] = field(default_factory=dict, repr=False)
    _products: dict[float, PhaseEnergy] = field(default_factory=dict, repr=False)

    def phases(self, temperature: float) -> PhaseSet:
        """All phases at a temperature (K), gases at 1 bar."""
        if temperature not in self._sets:
            self._sets[temperature] = self.standard(temperature)
        return self._sets[temperature]

    def target(self, temperature: float) -> PhaseEnergy:
        """The product at a temperature (K)."""
        if temperature not in self._products:
            self._products[temperature] = self.product(temperature)
        return self._products[temperature]

    def state(self, temperature: float, conditions: Conditions, chosen: PrecursorSet) -> State:
        """The phases at a temperature (K) and pressures, with the atmosphere that suits these precursors."""
        return state_at(self.phases(temperature), conditions, conditions.exchanged(chosen.elements))


def prepare_bench(
    formula: Formula, target: PhaseEnergy, engine_name: str, sets: Sequence[PrecursorSet], conditions: Conditions
) -> Bench:
    """Gather an engine's calibrated phases for a product and its precursor sets.

    Raises
    ------
    MissingReferenceError
        The engine has no references or calibration, or an element of the product has none.
    """
    from antiperovskite.stability.competing import at_temperature, competing_phases
    from antiperovskite.stability.routes.mixing import mixing_shift

    elements = involved_elements(formula, sets, conditions)
    described = competing_phases(engine_name, elements)

    def standard(temperature: float) -> PhaseSet:
        gases = {gas: 1.0 for gas, atoms in GASES.items() if atoms.keys() <= elements}
        return competing_phases(engine_name, elements, temperature=temperature, gases=gases)

    def product(temperature: float) -> PhaseEnergy:
        heated, reasons = at_temperature(engine_name, [target], temperature)
        if not heated:
            raise MissingReferenceError("; ".join(reasons))
        return mixing_shift(formula, heated[0], temperature)

    return Bench(
        formula=formula,
        standard=standard,
        product=product,
        engine=engine_name,
        method=described.method.replace(
            "formation enthalpies at 298.15 K",
            "Gibbs energies (formation enthalpies at 298.15 K with NIST-JANAF, phonon or Neumann-Kopp thermal parts)",
            1,
        ),
        source=described.source,
        citations=described.citations,
    )


def involved_elements(formula: Formula, sets: Sequence[PrecursorSet], conditions: Conditions) -> frozenset[str]:
    """Return the elements of the product, of all precursors, and of the gases of the atmosphere."""
    elements = {*formula.elements, *(element for chosen in sets for element in chosen.elements)}
    if "O" in elements:
        elements.add("H")
        if conditions.dioxide is not None:
            elements.add("C")
    return frozenset(elements)


def without_phase_reason(bench: Bench, temperature: float, elements: dict[str, float], label: str) -> str:
    """Say why a precursor has no energy: no reference phase at all, or none that could be heated."""
    phases = bench.phases(temperature)
    if any(same_composition(phase.elements, elements) for phase in phases.phases):
        return ""
    left = next((text for text in phases.left_out if text.split(":")[0].split("-")[0] == label), "")
    if left:
        return f"the precursor {label} has no Gibbs energy at {temperature:g} K ({left})"
    return (
        f"the precursor {label} is not among the reference phases of {bench.engine}; if it is shipped, antiperovskite "
        f"references build --engine {bench.engine} --elements {','.join(sorted(elements))} computes it"
    )
