"""The phases of one cation and one halide, and where their energies come from.

The cycle, per formula unit of the anti-perovskite::

    dry        M3OA             -> M2O + MA       minus the stability of the dry phase
    oxide      M2O + H2O        -> 2 MOH          hydration of the oxide
    wet        MOH + MA         -> M2OHA          stability of the hydrated phase against its two salts
    hydration  M3OA + H2O       -> M2OHA + MOH    dry + oxide + wet
    hydrolysis M3OA + H2O       -> 2 MOH + MA     dry + oxide
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from antiperovskite.errors import MissingReferenceError
from antiperovskite.stability.energies import find_phase, scaled_phase
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.hydroxide_study.model import TermKey

CATIONS: Final = ("Li", "Na", "K")
HALIDES: Final = ("Cl", "Br", "I")
REFERENCE: Final = "Li"
PUZZLE_HALIDES: Final = (
    "Cl",
    "Br",
)  # of which the dry sodium and the hydrated lithium compound were made; means use them

Role = Literal["oxide", "halide", "hydroxide", "dry", "wet", "water"]
ROLES: Final[tuple[Role, ...]] = ("oxide", "halide", "hydroxide", "dry", "wet", "water")

PARTS: Final[Mapping[TermKey, Mapping[Role, float]]] = {
    "dry": {"oxide": 1.0, "halide": 1.0, "dry": -1.0},
    "oxide": {"hydroxide": 2.0, "oxide": -1.0, "water": -1.0},
    "wet": {"wet": 1.0, "hydroxide": -1.0, "halide": -1.0},
}
SUMS: Final[Mapping[TermKey, tuple[TermKey, ...]]] = {
    "hydration": ("dry", "oxide", "wet"),
    "hydrolysis": ("dry", "oxide"),
}
KEYS: Final[tuple[TermKey, ...]] = (*PARTS, *SUMS)


def coefficients(key: TermKey) -> dict[Role, float]:
    """Return the signed amounts of a term; sums are added up from their parts, so that the cycle closes.

    Examples
    --------
    >>> coefficients("hydration")
    {'hydroxide': 1.0, 'dry': -1.0, 'water': -1.0, 'wet': 1.0}
    """
    total: dict[Role, float] = {}
    for part in SUMS.get(key, (key,)):
        for role, amount in PARTS[part].items():
            total[role] = total.get(role, 0.0) + amount
    return {role: amount for role, amount in total.items() if amount}


def composition(role: Role, cation: str, halide: str) -> dict[str, float]:
    """Return the atoms of a role's formula unit."""
    atoms: dict[Role, dict[str, float]] = {
        "oxide": {cation: 2.0, "O": 1.0},
        "halide": {cation: 1.0, halide: 1.0},
        "hydroxide": {cation: 1.0, "O": 1.0, "H": 1.0},
        "dry": {cation: 3.0, "O": 1.0, halide: 1.0},
        "wet": {cation: 2.0, "O": 1.0, "H": 1.0, halide: 1.0},
        "water": {"H": 2.0, "O": 1.0},
    }
    return atoms[role]


def formula(role: Role, cation: str, halide: str) -> str:
    """Write a role's formula as chemists do.

    Examples
    --------
    >>> formula("wet", "Na", "Cl")
    'Na2OHCl'
    """
    texts: dict[Role, str] = {
        "oxide": f"{cation}2O",
        "halide": f"{cation}{halide}",
        "hydroxide": f"{cation}OH",
        "dry": f"{cation}3O{halide}",
        "wet": f"{cation}2OH{halide}",
        "water": "H2O",
    }
    return texts[role]


def equation(key: TermKey, cation: str, halide: str) -> str:
    """Write a term's reaction: ``Li2O + H2O -> 2 LiOH``."""
    sides: dict[bool, list[str]] = {True: [], False: []}
    amounts = coefficients(key)
    for role in ("dry", "wet", "oxide", "hydroxide", "halide", "water"):
        amount = amounts.get(role, 0.0)
        if amount:
            number = "" if abs(amount) == 1.0 else f"{abs(amount):g} "
            sides[amount > 0].append(f"{number}{formula(role, cation, halide)}")
    return f"{' + '.join(sides[False])} -> {' + '.join(sides[True])}"


@dataclass(frozen=True)
class System:
    """The phases of one cation and one halide in one source; a role without a phase is missing."""

    cation: str
    halide: str
    phases: Mapping[Role, PhaseEnergy]

    def terms(self, key: TermKey) -> list[tuple[PhaseEnergy, float]]:
        """Return the phases of a term with signed amounts (formula units).

        Raises
        ------
        MissingReferenceError
            A phase is missing; the message names it.
        """
        missing = self.missing(key)
        if missing:
            raise MissingReferenceError(f"{', '.join(missing)} is not among the phases")
        return [(self.phases[role], amount) for role, amount in coefficients(key).items()]

    def missing(self, key: TermKey) -> tuple[str, ...]:
        """Return the formulas a term lacks."""
        return tuple(formula(role, self.cation, self.halide) for role in coefficients(key) if role not in self.phases)


def system_of(cation: str, halide: str, phases: tuple[PhaseEnergy, ...]) -> System:
    """Pick the lowest phase of each role.

    Amounts of a term are formula units of :func:`composition`, so a phase written with another multiple is scaled.
    """
    found: dict[Role, PhaseEnergy] = {}
    for role in ROLES:
        wanted = composition(role, cation, halide)
        phase = find_phase(phases, wanted)
        if phase is not None:
            factor = sum(wanted.values()) / phase.atoms
            found[role] = scaled_phase(phase, phase.formula, {e: factor * n for e, n in phase.elements.items()})
    return System(cation, halide, found)


class Source(Protocol):
    """Where energies come from: one engine, or DFT; never two in one system."""

    @property
    def name(self) -> str:
        """What to call it."""

    @property
    def method(self) -> str:
        """How its energies were obtained."""

    @property
    def citations(self) -> tuple[str, ...]:
        """Works behind them."""

    def system(self, cation: str, halide: str, temperature: float | None = None) -> System:
        """Return the phases: enthalpies at 298.15 K, or Gibbs energies at ``temperature`` (K)."""
