"""Reactions along the mixing line of two compounds, with the energies and error terms of each.

Closed: the mixture keeps all its atoms, energies are per atom. Open to a reservoir of one element at chemical potential
mu: the grand potential E - mu N takes the place of the energy and the atoms of that element are not counted (Richards
et al., Chem. Mater. 2016, 10.1021/acs.chemmater.5b04082).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from antiperovskite.electrochemistry.mixing_line import Breakpoint, MixingLine
from antiperovskite.stability.energies import same_composition
from antiperovskite.stability.hull import PhaseEnergy

Amounts = tuple[tuple[PhaseEnergy, float], ...]
END = 1e-9
"""Mixing ratios closer than this to 0 or 1 are the pure compound."""


@dataclass(frozen=True)
class Reservoir:
    """A metal that is exchanged freely: the phase that sets zero volts, and the voltage against it."""

    metal: PhaseEnergy
    element: str
    voltage: float

    @property
    def potential(self) -> float:
        """Chemical potential of the element, eV per atom: E(metal) - e V."""
        return self.metal.energy / self.metal.atoms - self.voltage


@dataclass(frozen=True)
class Reaction:
    """One point of the mixing line, per counted atom.

    ``terms`` are the phases whose energies make up ``energy`` (eV), ``mutual_terms`` those of ``mutual``; both with
    signed amounts, as :mod:`antiperovskite.stability.uncertainty` wants them. ``released`` is the number of reservoir
    atoms that leave.
    """

    ratio: float
    products: Amounts
    released: float
    energy: float
    terms: Amounts
    mutual: float
    mutual_terms: Amounts


class ReactionLine:
    """All that two compounds can do to each other among a set of phases.

    Parameters
    ----------
    electrolyte, partner
        The compounds as given; both must be among ``phases``.
    phases
        Every phase that may form.
    reservoir
        The open element; ``None`` for a closed system.
    """

    def __init__(
        self,
        electrolyte: PhaseEnergy,
        partner: PhaseEnergy,
        phases: Sequence[PhaseEnergy],
        reservoir: Reservoir | None = None,
    ) -> None:
        self.electrolyte, self.partner, self.reservoir = electrolyte, partner, reservoir
        element = None if reservoir is None else reservoir.element
        present = electrolyte.elements.keys() | partner.elements.keys()
        self.elements = sorted(present - {element})
        allowed = present | ({element} if element else set())
        self.phases = [p for p in phases if p.elements.keys() <= allowed and self.counted(p) > 0]

    def counted(self, phase: PhaseEnergy) -> float:
        """Atoms of a phase that the mixing ratio and the energy per atom refer to."""
        element = None if self.reservoir is None else self.reservoir.element
        return sum(amount for symbol, amount in phase.elements.items() if symbol != element)

    def cost(self, phase: PhaseEnergy) -> float:
        """Energy, or grand potential, of one formula unit in eV."""
        if self.reservoir is None:
            return phase.energy
        return phase.energy - self.reservoir.potential * phase.elements.get(self.reservoir.element, 0.0)

    def reactants(self, ratio: float) -> Amounts:
        """Both compounds in the amounts that hold one counted atom."""
        sides = (
            (self.electrolyte, (1.0 - ratio) / self.counted(self.electrolyte)),
            (self.partner, ratio / self.counted(self.partner)),
        )
        return tuple((phase, amount) for phase, amount in sides if amount > END)

    def reactions(self, without: Sequence[PhaseEnergy] = ()) -> list[Reaction]:
        """Return the reaction at every kink, ends included, in order of the mixing ratio.

        ``without`` leaves compositions out of the products; the list is empty where the others do not span the line.
        The mutual part of every reaction refers to the ends of the full line.
        """
        points = self._points(without) if without else self._full
        return [self._with_mutual(point, self._full[0], self._full[-1]) for point in points]

    def spans_without(self, phase: PhaseEnergy) -> bool:
        """Whether the other phases can make up the composition of ``phase`` (else nothing competes with it)."""
        import numpy as np

        others = [p for p in self.phases if not same_composition(p.elements, phase.elements)]
        if not others:
            return False
        content = np.array([[p.elements.get(symbol, 0.0) for p in others] for symbol in self.elements])
        here = self._composition(phase)
        return MixingLine(content, [self.cost(p) for p in others], here, here).at(0.0) is not None

    def _composition(self, phase: PhaseEnergy) -> list[float]:
        counted = self.counted(phase)
        return [phase.elements.get(symbol, 0.0) / counted for symbol in self.elements]

    @cached_property
    def _full(self) -> list[Reaction]:
        return self._points(())

    def _points(self, without: Sequence[PhaseEnergy]) -> list[Reaction]:
        """Reactions at the kinks of the hull without some compositions; the mutual part is left open."""
        import numpy as np

        phases = [p for p in self.phases if not any(same_composition(p.elements, w.elements) for w in without)]
        if not phases:
            return []
        content = np.array([[p.elements.get(symbol, 0.0) for p in phases] for symbol in self.elements])
        ends = self._composition(self.electrolyte), self._composition(self.partner)
        line = MixingLine(content, [self.cost(p) for p in phases], *ends)
        return [self._plain(point, phases) for point in line.breakpoints()]

    def _plain(self, point: Breakpoint, phases: Sequence[PhaseEnergy]) -> Reaction:
        """Read one breakpoint as a reaction; the mutual part comes later."""
        products = tuple((phases[column], amount) for column, amount in point.amounts)
        reactants = self.reactants(point.position)
        energy = point.value - sum(amount * self.cost(phase) for phase, amount in reactants)
        terms = (*products, *((phase, -amount) for phase, amount in reactants))
        released = 0.0
        if self.reservoir is not None:
            element = self.reservoir.element
            released = -sum(amount * phase.elements.get(element, 0.0) for phase, amount in terms)
            terms = (*terms, (self.reservoir.metal, released / self.reservoir.metal.atoms))
        return Reaction(point.position, products, released, energy, terms, 0.0, ())

    @staticmethod
    def _with_mutual(point: Reaction, first: Reaction, last: Reaction) -> Reaction:
        """Take off what the two compounds give off on their own: dE(x) - (1 - x) dE(0) - x dE(1)."""
        shares = ((first, 1.0 - point.ratio), (last, point.ratio))
        mutual = point.energy - sum(share * end.energy for end, share in shares)
        alone = tuple((phase, -share * amount) for end, share in shares for phase, amount in end.terms)
        return Reaction(
            ratio=point.ratio,
            products=point.products,
            released=point.released,
            energy=point.energy,
            terms=point.terms,
            mutual=mutual,
            mutual_terms=(*point.terms, *alone),
        )
