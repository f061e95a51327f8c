"""A composition open to one metal: the steps of its voltage profile as sums of phase energies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from antiperovskite.electrochemistry.profile import LineProfile, element_profile
from antiperovskite.electrochemistry.reference_metal import MOBILE, metal_phase
from antiperovskite.errors import OptionError
from antiperovskite.stability.convex_hull import ConvexHull, convex_hull
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.phase_set import PhaseSet
from antiperovskite.stability.uncertainty import standard_uncertainty

if TYPE_CHECKING:
    from antiperovskite.stability.convex_hull import Array

METAL_VOLTAGE: Final = 1e-7  # V; a plateau this close to the metal is the metal


@dataclass(frozen=True)
class Plateau:
    """A step of the profile: mixtures at its low- and high-content end, and volts as a sum of phase energies."""

    low: tuple[tuple[PhaseEnergy, float], ...]
    high: tuple[tuple[PhaseEnergy, float], ...]
    contents: tuple[float, float]
    terms: tuple[tuple[PhaseEnergy, float], ...]

    @property
    def voltage(self) -> float:
        """Volts against the metal."""
        return sum(amount * phase.energy for phase, amount in self.terms)

    @property
    def uncertainty(self) -> float:
        """Standard uncertainty at fixed products, V."""
        return standard_uncertainty(self.terms)


@dataclass(frozen=True)
class Exchange:
    """A composition in a hull, open to one metal."""

    hull: ConvexHull
    metal: PhaseEnergy
    element: str
    charge: int
    host: Array
    content: float
    profile: LineProfile

    def mixture(self, kink: int) -> tuple[tuple[PhaseEnergy, float], ...]:
        """Return the stable phases at a kink of the profile."""
        atoms = self.host.copy()
        atoms[self.hull.elements.index(self.element)] = self.profile.contents[kink]
        return self.hull.decompose({e: float(n) for e, n in zip(self.hull.elements, atoms, strict=True) if n > 0.0})

    def plateau(self, piece: int) -> Plateau:
        """Return the plateau to the right of a kink; the last one is the metal and no plateau."""
        low, high = self.mixture(piece), self.mixture(piece + 1)
        contents = float(self.profile.contents[piece]), float(self.profile.contents[piece + 1])
        return Plateau(low, high, contents, self.voltage_terms(low, high, contents[1] - contents[0]))

    def voltage_terms(
        self, low: Iterable[tuple[PhaseEnergy, float]], high: Iterable[tuple[PhaseEnergy, float]], ions: float
    ) -> tuple[tuple[PhaseEnergy, float], ...]:
        """Return V = (E_low + n E_A - E_high) / (n z) as phases with amounts per volt."""
        share = 1.0 / (ions * self.charge)
        metal = 1.0 / (self.metal.atoms * self.charge)
        return (*((p, n * share) for p, n in low), *((p, -n * share) for p, n in high), (self.metal, metal))

    def plateaus(self) -> list[Plateau]:
        """Return the plateaus above 0 V, in order of content."""
        last = len(self.profile.contents) - 1
        return [
            self.plateau(piece)
            for piece in range(last)
            if self.volts(float(self.profile.slopes[piece])) > METAL_VOLTAGE
        ]

    def volts(self, slope: float) -> float:
        """Return the voltage of a slope of the profile (eV per ion)."""
        return (self.metal.energy / self.metal.atoms - slope) / self.charge


def open_to(elements: Mapping[str, float], phases: PhaseSet, metal: str) -> Exchange:
    """Return a composition (atoms per formula unit) open to a metal, all phases of its elements competing.

    Raises
    ------
    MissingReferenceError
        The metal or another element has no pure phase in the set.
    OptionError
        The composition holds nothing but the metal.
    """
    if not elements.keys() - {metal}:
        raise OptionError(f"{metal} alone has no window; give a compound")
    reference = metal_phase(phases, metal)
    hull = convex_hull(phases.phases, sorted({*elements, metal}))
    host = hull.amounts(elements)
    return Exchange(
        hull=hull,
        metal=reference,
        element=metal,
        charge=MOBILE[metal],
        host=host,
        content=float(elements.get(metal, 0.0)),
        profile=element_profile(hull, host, metal),
    )
