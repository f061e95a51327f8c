"""Electrochemical windows: at which voltages a compound's phases begin to take up or release the mobile ion.

The phase equilibrium at a fixed composition of everything but the mobile ion A is followed along the content of A
(:mod:`antiperovskite.electrochemistry.profile`). Each step between two equilibria, with n_1 < n_2 ions, happens at

    V = -(E_2 - E_1 - (n_2 - n_1) E_A) / ((n_2 - n_1) z)

against the metal A. At fixed products this is linear in the phase energies, so its standard uncertainty follows from
their correlated errors (Richards et al., Chem. Mater. 2016, for the method; GUM for the propagation).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from antiperovskite.electrochemistry.exchange import METAL_VOLTAGE, Exchange, Plateau, open_to
from antiperovskite.electrochemistry.model import Product, Side, Window, WindowStep
from antiperovskite.electrochemistry.passivation import classify, passivates
from antiperovskite.electrochemistry.reference_metal import main_cation
from antiperovskite.errors import OptionError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.stability.energies import same_composition
from antiperovskite.stability.equations import participants, write_equation
from antiperovskite.stability.hull import PhaseEnergy, stable_mixture
from antiperovskite.stability.phase_set import PhaseSet
from antiperovskite.stability.uncertainty import probability_negative, standard_uncertainty

CITATIONS: Final = ("ong2008", "richards2016")


def electrochemical_window(
    formula: str,
    elements: Mapping[str, float],
    phases: PhaseSet,
    target: PhaseEnergy | None = None,
    *,
    against: str | None = None,
) -> Window:
    """Return the window of a compound with every decomposition step, products and uncertainties.

    Parameters
    ----------
    formula, elements
        The compound's name and its atoms per formula unit.
    phases
        Competing phases of one engine, a pure phase of each element among them.
    target
        The compound's own energy (eV per formula unit of the same atoms); without it nothing that depends on it is
        computed.
    against
        The metal at 0 V; the compound's most abundant mobile cation by default.

    Raises
    ------
    MissingReferenceError
        An element or the metal has no pure phase.
    OptionError
        No mobile cation, a metal that is not in the compound, or a target of another composition.
    """
    if target is not None and not _same_atoms(target.elements, elements):
        raise OptionError(f"the energy given is of {target.formula}, which has not the atoms of {formula}")
    metal = main_cation(elements, against)
    everything = phases.with_phases([target]) if target is not None else phases
    exchange = open_to(elements, everything, metal)
    return _Reader(formula, exchange, phases, target).window()


def _same_atoms(first: Mapping[str, float], second: Mapping[str, float]) -> bool:
    return first.keys() == second.keys() and all(abs(first[e] - second[e]) < 1e-6 for e in first)


class _Reader:
    """Reads one exchange as a :class:`Window`."""

    def __init__(self, formula: str, exchange: Exchange, phases: PhaseSet, target: PhaseEnergy | None) -> None:
        self.formula, self.exchange, self.phases, self.target = formula, exchange, phases, target
        self.metal = exchange.element
        self.plateaus = exchange.plateaus()
        content, tolerance = exchange.content, 1e-7 * max(exchange.content, 1.0)
        self.oxidations = [p for p in self.plateaus if p.contents[0] < content - tolerance][::-1]
        self.reductions = [p for p in self.plateaus if p.contents[1] > content + tolerance]
        self.on_plateau = bool(
            self.oxidations and self.reductions and self.oxidations[0].contents == self.reductions[0].contents
        )
        slope = exchange.profile.slopes[exchange.profile.sides(content)[0] or 0]
        self.holds_metal = content > 0.0 and exchange.volts(float(slope)) <= METAL_VOLTAGE
        self.equilibrium = exchange.hull.decompose(
            {e: float(n) for e, n in zip(exchange.hull.elements, exchange.host, strict=True) if n > 0.0}
        )

    def volts(self, terms: Sequence[tuple[PhaseEnergy, float]], what: str) -> Quantity:
        """Return volts with the uncertainty at fixed products."""
        return Quantity(
            value=sum(amount * phase.energy for phase, amount in terms),
            uncertainty=standard_uncertainty(terms),
            unit="V",
            method=f"{what}, against {self.metal} metal; {self.phases.method}; uncertainty at fixed products",
            source=self.phases.source,
            citations=(*CITATIONS, *self.phases.citations),
        )

    def window(self) -> Window:
        """Put everything together."""
        oxidation, reduction = self._oxidation_limit(), self._reduction_limit()
        steps = [self._step("oxidation", p) for p in self.oxidations]
        steps += [self._step("reduction", p) for p in self.reductions]
        decomposition, probability = self._decomposition()
        equilibrium = tuple(classify(phase, amount) for phase, amount in self.equilibrium)
        on_hull = None if self.target is None else [p for p, _ in self.equilibrium] == [self.target]
        return Window(
            formula=self.formula,
            reference=self.metal,
            oxidation_limit=oxidation,
            reduction_limit=reduction,
            steps=tuple(sorted(steps, key=lambda step: (step.voltage.value, step.side))),
            width=self._width(),
            oxidation_onset_metastable=self._onset("oxidation"),
            reduction_onset_metastable=self._onset("reduction"),
            decomposition_energy=decomposition,
            probability_stable=probability,
            on_hull=on_hull,
            equilibrium={product.formula: product.amount for product in equilibrium},
            equilibrium_phases=equilibrium,
            passivation=self._passivation(),
            engine=self.phases.engine.name,
            temperature=self._temperature(),
            energies=self.phases.method,
            competing=len(self.exchange.hull.phases) - (self.target is not None),
            notes=tuple(self._notes(on_hull, equilibrium)),
            citations=tuple(dict.fromkeys((*CITATIONS, "barber1996", *self.phases.citations))),
        )

    def _oxidation_limit(self) -> AnyQuantity:
        if self.holds_metal:
            return self._at_the_metal(
                f"the phases of {self.formula} hold {self.metal} as the metal, released from 0 V on"
            )
        if not self.oxidations:
            reason = f"the composition holds no {self.metal} that could be released"
            return NotComputed(unit="V", method=reason, source=self.phases.source)
        return self.volts(
            self.oxidations[0].terms,
            f"lowest voltage at which the phase equilibrium of {self.formula} releases {self.metal}",
        )

    def _reduction_limit(self) -> AnyQuantity:
        if self.reductions:
            what = f"highest voltage at which the phase equilibrium of {self.formula} takes up {self.metal}"
            return self.volts(self.reductions[0].terms, what)
        return self._at_the_metal(f"the phase equilibrium of {self.formula} coexists with {self.metal} metal")

    def _at_the_metal(self, why: str) -> Quantity:
        return Quantity(
            value=0.0,
            uncertainty=None,
            unit="V",
            method=f"{why}; the metal is 0 V by definition, without error; {self.phases.method}",
            source=self.phases.source,
            citations=(*CITATIONS, *self.phases.citations),
        )

    def _width(self) -> AnyQuantity:
        if self.holds_metal or not self.oxidations:
            return NotComputed(
                unit="V", method="there is no oxidation limit above the metal", source=self.phases.source
            )
        terms = list(self.oxidations[0].terms)
        if self.reductions:
            terms += [(phase, -amount) for phase, amount in self.reductions[0].terms]
        return self.volts(terms, "oxidation limit minus reduction limit, errors they share cancelling")

    def _onset(self, side: Side) -> AnyQuantity:
        """The voltage at which the compound itself reaches the products of its first step."""
        steps = self.oxidations if side == "oxidation" else self.reductions
        if self.target is None:
            return NotComputed(unit="V", method=f"the energy of {self.formula} itself is not known")
        if self.holds_metal:
            reason = f"{self.formula} would release {self.metal} as the metal, without a voltage"
            return NotComputed(unit="V", method=reason, source=self.phases.source)
        if not steps:
            reason = (
                f"there is no {side} step above 0 V" if side == "reduction" else f"there is no {self.metal} to release"
            )
            return NotComputed(unit="V", method=reason, source=self.phases.source)
        own = [(self.target, 1.0)]
        if side == "oxidation":
            ions = self.exchange.content - steps[0].contents[0]
            terms = self.exchange.voltage_terms(steps[0].low, own, ions)
        else:
            ions = steps[0].contents[1] - self.exchange.content
            terms = self.exchange.voltage_terms(own, steps[0].high, ions)
        verb = "releases" if side == "oxidation" else "takes up"
        return self.volts(
            terms,
            f"voltage at which {self.formula} itself {verb} {self.metal} to the products of its first {side} step",
        )

    def _step(self, side: Side, plateau: Plateau) -> WindowStep:
        content = self.exchange.content
        end = plateau.low if side == "oxidation" else plateau.high
        ions = abs(content - plateau.contents[0 if side == "oxidation" else 1])
        products = tuple(classify(phase, amount) for phase, amount in end)
        kind, reason = passivates(products)
        verb = "release" if side == "oxidation" else "uptake"
        return WindowStep(
            side=side,
            voltage=self.volts(plateau.terms, f"plateau of the {verb} of {self.metal}"),
            products=_amounts(products),
            phases=products,
            exchanged=ions,
            contents=plateau.contents,
            equation=self._equation(side, end, ions),
            passivation=kind,
            passivation_reason=reason,
        )

    def _equation(self, side: Side, end: Sequence[tuple[PhaseEnergy, float]], ions: float) -> str:
        compound = PhaseEnergy(self.formula, self.formula, {}, 0.0)
        metal = PhaseEnergy(self.metal, self.metal, {}, 0.0)
        before, after = [(compound, 1.0)], list(end)
        (after if side == "oxidation" else before).append((metal, ions))
        return write_equation(participants(before), participants(after))

    def _decomposition(self) -> tuple[AnyQuantity, AnyQuantity]:
        """Energy of the compound above all other phases, per atom, and the probability that it is below zero."""
        if self.target is None:
            unknown = f"the energy of {self.formula} itself is not known"
            return NotComputed(unit="eV/atom", method=unknown), NotComputed(unit="1", method=unknown)
        others = [p for p in self.exchange.hull.phases if not same_composition(p.elements, self.target.elements)]
        mixture = stable_mixture(self.target.elements, others)
        atoms = self.target.atoms
        terms = [(self.target, 1.0 / atoms), *((phase, -amount / atoms) for phase, amount in mixture.amounts)]
        value, uncertainty = (self.target.energy - mixture.energy) / atoms, standard_uncertainty(terms)
        names = " + ".join(phase.formula for phase, _ in mixture.amounts)
        energy = Quantity(
            value=value,
            uncertainty=uncertainty,
            unit="eV/atom",
            method=f"{self.formula} against {names}; {self.phases.method}",
            source=self.phases.source,
            citations=self.phases.citations,
        )
        probability = Quantity(
            value=probability_negative(value, uncertainty),
            uncertainty=None,
            unit="1",
            method="probability that the decomposition energy is below zero, its error being normal",
            source=self.phases.source,
        )
        return energy, probability

    def _temperature(self) -> AnyQuantity:
        if self.phases.temperature is None:
            return NotComputed(unit="K", method="energies without temperature: " + self.phases.method)
        return Quantity(
            value=self.phases.temperature, uncertainty=None, unit="K", method="as asked, taken as exact", source="input"
        )

    def _passivation(self) -> dict[Side, str]:
        result: dict[Side, str] = {}
        for side, plateaus in (("reduction", self.reductions), ("oxidation", self.oxidations)):
            if not plateaus:
                none = "no reduction step above 0 V, so nothing has to passivate" if side == "reduction" else "no step"
                result[side] = none  # type: ignore[index]
                continue
            end = plateaus[0].low if side == "oxidation" else plateaus[0].high
            kind, reason = passivates([classify(phase, amount) for phase, amount in end])
            said = {"possible": "passivation is possible", "no": "no passivation", "unknown": "passivation unknown"}[
                kind
            ]
            result[side] = f"{said}: {reason}"  # type: ignore[index]
        return result

    def _notes(self, on_hull: bool | None, equilibrium: Sequence[Product]) -> Iterable[str]:
        phases = " + ".join(product.formula for product in equilibrium)
        if on_hull is False:
            yield (
                f"{self.formula} is above the hull: the limits are those of {phases}; the metastable onsets use "
                "its own energy"
            )
        if on_hull is None:
            yield f"the energy of {self.formula} itself is not known: the limits are those of {phases}"
        if self.holds_metal:
            yield f"{phases} hold {self.metal} as the metal: there is no window"
        if self.on_plateau:
            yield (
                f"at this composition {phases} coexist on a plateau, so they exchange {self.metal} at any other "
                "voltage: there is no window"
            )
        left_out = [text.split(":")[0] for text in self.phases.left_out]
        if left_out:
            yield f"without a thermal part and so without a place at this temperature: {', '.join(left_out)}"
        yield "thermodynamic limits; slow kinetics and passivation can widen what is observed"


def _amounts(products: Sequence[Product]) -> dict[str, float]:
    """Amounts by formula; two polymorphs of one formula add up."""
    total: dict[str, float] = {}
    for product in products:
        total[product.formula] = total.get(product.formula, 0.0) + product.amount
    return total
