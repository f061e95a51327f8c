"""What a solid electrolyte does in contact with an electrode, a metal or another electrolyte.

The interface may mix in any proportion: x parts of the partner with 1 - x parts of the electrolyte, by atoms. Its
reaction energy is

    dE(x) = E_hull(x c_p + (1 - x) c_e) - x E_p - (1 - x) E_e,

never positive, convex in parts and straight between kinks; the lowest point is the driving force of the contact. What
either compound gives off by decomposing on its own is (1 - x) dE(0) + x dE(1); the rest is the mutual reaction energy.
At a voltage V the alkali metal is exchanged with the circuit, and grand potentials per atom of the other elements take
the place of the energies (Richards et al., Chem. Mater. 2016, 10.1021/acs.chemmater.5b04082; Zhu, He and Mo, J. Mater.
Chem. A 2016, 10.1039/c5ta08574h; Xiao et al., Nat. Rev. Mater. 2020, 10.1038/s41578-019-0157-5).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from antiperovskite.electrochemistry.contact_model import ENERGY_UNIT, Contact, Kink
from antiperovskite.electrochemistry.reaction_line import END, Reaction, ReactionLine, Reservoir
from antiperovskite.errors import MissingReferenceError, OptionError, one_line
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.stability.energies import same_composition
from antiperovskite.stability.equations import participants, write_equation
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.model import Participant
from antiperovskite.stability.phase_set import PhaseSet
from antiperovskite.stability.uncertainty import Terms, probability_negative, standard_uncertainty

DEFAULT_THRESHOLD: Final = 25.0
"""meV per atom, about kT at room temperature: the size below which a driving force is hard to tell from none."""
MAX_VOLTAGE: Final = 6.0
NO_REACTION: Final = 1e-7
"""eV per atom; smaller driving forces are round-off."""
CITATIONS: Final = ("richards2016", "zhu2016c", "xiao2020")
ALKALI: Final = ("Li", "Na", "K")


def contact(
    electrolyte: PhaseEnergy,
    partner: PhaseEnergy,
    phases: PhaseSet,
    *,
    voltage: float | None = None,
    reservoir: str | None = None,
    threshold: float = DEFAULT_THRESHOLD,
    partner_name: str = "",
) -> Contact:
    """Return the worst reaction of two compounds, closed or at a voltage.

    Parameters
    ----------
    electrolyte, partner
        The compounds as given, on the scale of ``phases``; they join the phases if they are not among them.
    phases
        Everything that may form, from one engine.
    voltage
        Volts against the metal of ``reservoir``; ``None`` for a closed system.
    reservoir
        The element exchanged at this voltage; the electrolyte's alkali metal by default.
    threshold
        Driving force in meV per counted atom from which the contact counts as reactive.
    partner_name
        How to print the partner; its formula by default.

    Returns
    -------
    Contact
        Energies in meV per counted atom, each with the uncertainty of its phases at fixed products. The probability
        is that of the most probable single reaction, a lower bound of the probability that anything reacts.

    Raises
    ------
    OptionError
        The voltage is outside 0 to 6 V, the threshold is negative, the compounds are the same, or the partner is the
        reservoir's own metal.
    MissingReferenceError
        No other phases make up one of the compounds, so that nothing would compete with it.

    Examples
    --------
    ``contact(set.named("Li3OCl"), set.named("LiCoO2"), set).reaction_energy``
    """
    _check(electrolyte, partner, voltage, threshold)
    if partner.name == electrolyte.name:  # two phases, one name: the set would lose one of them
        partner = _renamed(partner, f"{partner.name} (partner)")
    known = phases.with_phases([electrolyte, partner])
    open_to = None if voltage is None else _reservoir(electrolyte, known, voltage, reservoir)
    if open_to is not None and not partner.elements.keys() - {open_to.element}:
        raise OptionError(
            f"{partner.formula} is the reservoir itself at a voltage; leave the voltage out for the contact with the "
            "metal"
        )
    line = ReactionLine(electrolyte, partner, known.phases, open_to)
    for compound in (electrolyte, partner):
        if len(compound.elements) > 1 and line.counted(compound) and not line.spans_without(compound):
            raise MissingReferenceError(
                f"no other phases computed with {phases.engine.name} make up {compound.formula}, so nothing would "
                "compete with it; build the reference phases of its elements"
            )
    return _Report(line, known, threshold).contact(partner_name or partner.formula)


def voltage_profile(
    electrolyte: PhaseEnergy,
    partner: PhaseEnergy,
    phases: PhaseSet,
    voltages: Iterable[float],
    *,
    reservoir: str | None = None,
    threshold: float = DEFAULT_THRESHOLD,
    partner_name: str = "",
) -> tuple[Contact, ...]:
    """Return the contact at each voltage against the alkali metal; arguments as in :func:`contact`."""
    return tuple(
        contact(
            electrolyte,
            partner,
            phases,
            voltage=voltage,
            reservoir=reservoir,
            threshold=threshold,
            partner_name=partner_name,
        )
        for voltage in voltages
    )


def working_ion(elements: Mapping[str, float]) -> str:
    """Return the alkali metal that an electrolyte conducts.

    Raises
    ------
    OptionError
        It has none, or several.
    """
    found = [element for element in ALKALI if element in elements]
    if len(found) == 1:
        return found[0]
    what = "no alkali metal" if not found else f"several alkali metals ({', '.join(found)})"
    raise OptionError(f"the electrolyte has {what}; name the element that the voltage refers to")


def check_conditions(voltage: float | None, threshold: float) -> None:
    """Raise OptionError for a voltage or a threshold that means nothing."""
    if voltage is not None and not (math.isfinite(voltage) and 0.0 <= voltage <= MAX_VOLTAGE):
        raise OptionError(f"a voltage of {voltage:g} V is outside 0 to {MAX_VOLTAGE:g} V against the alkali metal")
    if not (math.isfinite(threshold) and threshold >= 0.0):
        raise OptionError(f"a threshold of {threshold:g} meV/atom is not a driving force; give 0 or more")


def given_quantity(value: float, unit: str) -> Quantity:
    """A condition of the calculation as a quantity."""
    return Quantity(value=value, uncertainty=None, unit=unit, method="chosen by the user", source="input")


def _check(electrolyte: PhaseEnergy, partner: PhaseEnergy, voltage: float | None, threshold: float) -> None:
    check_conditions(voltage, threshold)
    if same_composition(electrolyte.elements, partner.elements):
        raise OptionError(f"{electrolyte.formula} and its partner have the same composition; nothing can mix")


def _renamed(phase: PhaseEnergy, name: str) -> PhaseEnergy:
    return PhaseEnergy(name, phase.formula, phase.elements, phase.energy, phase.loadings)


def _reservoir(electrolyte: PhaseEnergy, phases: PhaseSet, voltage: float, element: str | None) -> Reservoir:
    element = element or working_ion(electrolyte.elements)
    if element not in electrolyte.elements:
        raise OptionError(f"{one_line(element, 20)!r} is not in {electrolyte.formula}; give the ion it conducts")
    metal = phases.lowest({element: 1.0})
    if metal is None:
        raise MissingReferenceError(f"{element} metal, which sets zero volts, is not among the reference phases")
    return Reservoir(metal, element, voltage)


class _Report:
    """Turns the reactions of one line into the records that leave the room."""

    def __init__(self, line: ReactionLine, phases: PhaseSet, threshold: float) -> None:
        self.line, self.phases, self.threshold = line, phases, threshold
        per = "" if line.reservoir is None else f" that is not {line.reservoir.element}"
        state = "" if line.reservoir is None else f", open to {line.reservoir.element}"
        self.what = f"lowest mixture of {len(line.phases)} phases{state}, per atom{per}; {phases.method}"
        self.citations = tuple(dict.fromkeys((*CITATIONS, *phases.citations)))

    def contact(self, partner_name: str) -> Contact:
        line = self.line
        reactions = line.reactions()
        worst = min(reactions, key=lambda r: r.energy)
        mutual = min(reactions, key=lambda r: r.mutual)
        reacts, together = worst.energy < -NO_REACTION, mutual.mutual < -NO_REACTION
        alternatives = [*reactions, *self._alternatives(reactions)]
        total_probability, likely = self._most_probable([(r, r.energy, r.terms) for r in alternatives])
        both_probability, likely_both = self._most_probable(
            [(r, r.mutual, r.mutual_terms) for r in alternatives if END < r.ratio < 1.0 - END]
        )
        nearest = likely_both or likely
        open_to = line.reservoir
        return Contact(
            electrolyte=line.electrolyte.formula,
            partner=partner_name,
            partner_formula=line.partner.formula,
            partner_phase=line.partner.name,
            voltage=None if open_to is None else given_quantity(open_to.voltage, "V"),
            reservoir=None if open_to is None else open_to.element,
            worst_ratio=self._ratio(worst, reacts, "no mixture reacts"),
            reaction_energy=self._worst_energy(worst.energy, worst.terms, reacts),
            mutual_reaction_energy=self._worst_energy(mutual.mutual, mutual.mutual_terms, together),
            mutual_worst_ratio=self._ratio(mutual, together, "the compounds do not react with each other"),
            electrolyte_decomposition=self._end(reactions[0], line.electrolyte),
            partner_decomposition=self._end(reactions[-1], line.partner),
            products=self._products(worst) if reacts else (),
            equation=self._equation(worst) if reacts else "",
            probability=self._probability(total_probability, likely),
            mutual_probability=self._probability(both_probability, likely_both),
            threshold=given_quantity(self.threshold, ENERGY_UNIT),
            nearest=None if reacts or nearest is None else self._kink(nearest),
            kinks=tuple(self._kink(reaction) for reaction in reactions),
            competing=len(line.phases),
            engine=self.phases.engine.name,
            notes=self._notes(worst, reacts, together),
        )

    def _alternatives(self, reactions: Sequence[Reaction]) -> list[Reaction]:
        """Reactions that would happen if a compound of the contact were less stable than computed."""
        produced = [phase for reaction in reactions for phase, _ in reaction.products]
        stable = [
            compound
            for compound in (self.line.electrolyte, self.line.partner)
            if any(same_composition(phase.elements, compound.elements) for phase in produced)
        ]
        subsets = [[compound] for compound in stable] + ([stable] if len(stable) == 2 else [])
        return [reaction for subset in subsets for reaction in self.line.reactions(without=subset)]

    def _most_probable(self, candidates: Iterable[tuple[Reaction, float, Terms]]) -> tuple[float, Reaction | None]:
        """The largest probability that one reaction passes the threshold, and the reaction; trivial ones left out."""
        best: tuple[float, float, Reaction | None] = (0.0, -math.inf, None)
        for reaction, energy, terms in candidates:
            uncertainty = standard_uncertainty(terms)
            if abs(energy) <= NO_REACTION and uncertainty < NO_REACTION:  # the reactants are the products
                continue
            probability = probability_negative(energy + self.threshold / 1000.0, uncertainty)
            best = max(best, (probability, -energy, reaction), key=lambda item: item[:2])
        return best[0], best[2]

    def _energy(self, energy: float, terms: Terms) -> Quantity:
        uncertainty = standard_uncertainty(terms)
        how = "uncertainty of the phases' energies at these products"
        if uncertainty < NO_REACTION:
            how = "no uncertainty: the energies of these phases carry no error, or no phase changes"
        return Quantity(
            value=1000.0 * energy if abs(energy) > NO_REACTION else 0.0,
            uncertainty=1000.0 * uncertainty if uncertainty >= NO_REACTION else None,
            unit=ENERGY_UNIT,
            method=f"{self.what}; {how}",
            source=self.phases.source,
            citations=self.citations,
        )

    def _worst_energy(self, energy: float, terms: Terms, reacts: bool) -> Quantity:
        if reacts:
            return self._energy(energy, terms)
        return Quantity(
            value=0.0,
            uncertainty=None,
            unit=ENERGY_UNIT,
            method=f"{self.what}; no reaction goes downhill, so there are no products whose error could be taken: see "
            "the probability and the nearest reaction",
            source=self.phases.source,
            citations=self.citations,
        )

    def _end(self, reaction: Reaction, compound: PhaseEnergy) -> AnyQuantity:
        return self._worst_energy(reaction.energy, reaction.terms, reaction.energy < -NO_REACTION).model_copy(
            update={"method": f"{compound.formula} on its own: {self.what}"}
        )

    def _ratio(self, reaction: Reaction, exists: bool, otherwise: str) -> AnyQuantity:
        if not exists:
            return NotComputed(unit="1", method=otherwise, source=self.phases.source)
        return Quantity(
            value=reaction.ratio,
            uncertainty=None,
            unit="1",
            method="share of the partner among the counted atoms; fixed by the formulas of the products, so it has no "
            "uncertainty of its own",
            source=self.phases.source,
        )

    def _probability(self, value: float, reaction: Reaction | None) -> AnyQuantity:
        if reaction is None:
            return NotComputed(unit="1", method="no reaction needs both compounds", source=self.phases.source)
        return Quantity(
            value=value,
            uncertainty=None,
            unit="1",
            method=f"probability that {self._equation(reaction)} gives off more than {self.threshold:g} meV per "
            "counted atom, from the error of the phases' energies; the most probable of all single reactions",
            source=self.phases.source,
            citations=self.citations,
        )

    def _kink(self, reaction: Reaction) -> Kink:
        return Kink(
            mixing_ratio=min(max(reaction.ratio, 0.0), 1.0),
            reaction_energy=self._energy(reaction.energy, reaction.terms),
            mutual_reaction_energy=self._energy(reaction.mutual, reaction.mutual_terms),
            products=self._products(reaction),
            equation=self._equation(reaction),
        )

    def _scale(self, reaction: Reaction) -> float:
        """From one counted atom to one formula unit of the electrolyte, or of the partner where it is alone."""
        return 1.0 / self.line.reactants(reaction.ratio)[0][1]

    def _products(self, reaction: Reaction) -> tuple[Participant, ...]:
        factor = self._scale(reaction)
        return participants([(phase, amount * factor) for phase, amount in reaction.products])

    def _equation(self, reaction: Reaction) -> str:
        factor = self._scale(reaction)
        reactants = list(
            participants([(phase, amount * factor) for phase, amount in self.line.reactants(reaction.ratio)])
        )
        products = list(self._products(reaction))
        if self.line.reservoir is not None and abs(reaction.released) * factor > 1e-6:
            exchanged = Participant(
                formula=self.line.reservoir.element,
                phase=f"reservoir at {self.line.reservoir.voltage:g} V",
                coefficient=round(abs(reaction.released) * factor, 9),
            )
            (products if reaction.released > 0 else reactants).append(exchanged)
        return write_equation(reactants, products)

    def _notes(self, worst: Reaction, reacts: bool, together: bool) -> tuple[str, ...]:
        line = self.line
        notes = []
        if not reacts:
            notes.append("no reaction goes downhill")
        elif worst.ratio < END or worst.ratio > 1.0 - END:
            which, other = (line.electrolyte, line.partner) if worst.ratio < END else (line.partner, line.electrolyte)
            how = "decomposing" if line.reservoir is None else f"reacting with the {line.reservoir.element} reservoir"
            notes.append(f"the worst case is {which.formula} {how} on its own; {other.formula} takes no part")
        if reacts and not together:
            notes.append("the compounds do not react with each other; what is released comes from decomposition alone")
        unjoined = _unjoined(line)
        if unjoined:
            notes.append(
                f"no reference phase holds both elements of {', '.join(unjoined)}; products that join them are not "
                "considered"
            )
        return tuple(notes)


def _unjoined(line: ReactionLine) -> list[str]:
    """Pairs of elements, one from each side only, that no phase of the hull joins."""
    first, second = line.electrolyte.elements.keys(), line.partner.elements.keys()
    pairs = [(a, b) for a in sorted(first - second) for b in sorted(second - first)]
    return [f"{a}-{b}" for a, b in pairs if not any({a, b} <= phase.elements.keys() for phase in line.phases)]
