"""Records of the hydration study of M3OA and M2OHA; energies in meV per formula unit of the anti-perovskite."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.quantity import AnyQuantity

TermKey = Literal["dry", "oxide", "wet", "hydration", "hydrolysis"]
Verdict = Literal["decided", "likely", "open", "not computed"]
Outcome = Literal["agrees", "disagrees", "undecided", "not computed"]

UNIT = "meV/formula"


class FreeEnergy(Model):
    """A Gibbs energy at one temperature, water vapour at 1 bar."""

    temperature: float = Field(description="K")
    energy: AnyQuantity


class Term(Model):
    """One reaction of the cycle; ``energy`` is the enthalpy at 298.15 K with water as vapour."""

    key: TermKey
    equation: str
    energy: AnyQuantity = Field(description="of the leading engine, calibrated")
    by_engine: dict[str, AnyQuantity] = Field(description="calibrated, the same reaction in each engine")
    engine_spread: AnyQuantity = Field(description="sample standard deviation between engines")
    dft: AnyQuantity = Field(description="static DFT energy at 0 K, water as ice; not calibrated")
    static_by_engine: dict[str, AnyQuantity] = Field(description="the engines' own static energies, to set beside DFT")
    measured: AnyQuantity = Field(description="from measured formation enthalpies alone, where there are any")
    free_energies: tuple[FreeEnergy, ...] = ()


class Competitor(Model):
    """The stable mixture of all other phases at the composition of the dry or the hydrated phase."""

    role: Literal["dry", "wet"]
    mixture: str = Field(description="in words: 1/2 Na2O + 1/2 Na4OBr2")
    below_salts: float = Field(
        description="meV per formula unit that it lies below the two salts of the term; 0: it is them"
    )
    above_mixture: AnyQuantity = Field(description="energy of the phase above that mixture; negative: stable")


class Cycle(Model):
    """M3OA + H2O -> M2OHA + MOH as the sum of three terms: ``dry`` + ``oxide`` + ``wet`` = ``hydration``."""

    cation: str
    halide: str
    dry_phase: str
    hydrated_phase: str
    terms: tuple[Term, ...] = Field(description="dry, oxide, wet, hydration, hydrolysis")
    structures: dict[str, str] = Field(description="phase of each role with the space group it relaxed to")
    competitors: tuple[Competitor, ...] = ()

    def term(self, key: TermKey) -> Term:
        """Return one term."""
        return next(term for term in self.terms if term.key == key)


class Contrast(Model):
    """One term for one cation minus the same term for lithium; what the two share cancels in the uncertainty."""

    key: TermKey
    halide: str = Field(description="Cl, Br, I, or 'mean' over Cl and Br, of which Na3OA and Li2OHA were made")
    halides: tuple[str, ...]
    cation: str
    reference: str
    difference: AnyQuantity
    by_engine: dict[str, AnyQuantity]
    dft: AnyQuantity
    probability_positive: float | None = Field(description="of the leading engine")
    verdict: Verdict


class Ionic(Model):
    """What charges and sizes alone say about one system: declared descriptors, not energies."""

    cation: str
    halide: str
    radius: AnyQuantity = Field(description="Shannon, six-coordinate, angstrom")
    madelung: dict[str, AnyQuantity] = Field(description="eV per formula unit of each phase, formal charges")
    dry: AnyQuantity = Field(description="Madelung part of the dry term, eV")
    wet: AnyQuantity = Field(description="Madelung part of the wet term, eV")
    bond_oxide: AnyQuantity = Field(description="change of M-O from M2O to M3OA, %")
    bond_halide: AnyQuantity = Field(description="change of M-A from MA to M3OA, %")
    anion_gap: AnyQuantity = Field(description="O-A distance in M3OA minus the sum of Shannon radii, angstrom")


class OxideHydration(Model):
    """The oxide term of one cation as a cycle over gaseous ions, kJ/mol of M2O."""

    cation: str
    term: AnyQuantity = Field(description="M2O + H2O(g) -> 2 MOH, calibrated")
    measured: AnyQuantity
    lattice_hydroxide: AnyQuantity = Field(description="lattice enthalpy of MOH, from calibrated and JANAF enthalpies")
    oxide_against_lithium: AnyQuantity = Field(description="lattice enthalpy of M2O minus that of Li2O")
    hydroxides_against_lithium: AnyQuantity = Field(description="twice the lattice enthalpy of MOH minus that of LiOH")
    kapustinskii: AnyQuantity = Field(description="U(M2O) - 2 U(MOH) from charges and radii")
    implied_constant: AnyQuantity = Field(description="term minus kapustinskii: O2-(g) + H2O(g) -> 2 OH-(g) if exact")


class Correlation(Model):
    """How a term follows a descriptor over the systems."""

    key: TermKey
    descriptor: str
    systems: int
    distinct: int = Field(description="different values of the descriptor: three for a radius")
    pearson: float | None
    slope: float | None = Field(description="meV per unit of the descriptor")
    unit: str


class DisorderPoint(Model):
    """The wet term at one temperature, without and with the entropy of disorder."""

    temperature: float = Field(description="K")
    ordered: AnyQuantity = Field(description="Gibbs energy of MOH + MA -> M2OHA, ordered crystal")
    restricted: AnyQuantity = Field(description="free vacancies, each hydroxide towards one of its empty neighbours")
    bound: AnyQuantity = Field(description="free vacancies, six orientations: the most that disorder can do")


class Disorder(Model):
    """What entropy can do for M2OHA."""

    cation: str
    halide: str
    hydrated_phase: str
    entropy_vacancies: AnyQuantity = Field(description="S/k per formula unit: 3 cation sites two thirds full")
    entropy_bound: AnyQuantity = Field(description="S/k per formula unit, with six orientations of OH")
    points: tuple[DisorderPoint, ...]
    stable_above: AnyQuantity = Field(description="K, where the bound reaches zero")
    stable_above_restricted: AnyQuantity = Field(description="K, the same with restricted orientations")
    hydroxide_melts: AnyQuantity = Field(description="K")


class Statement(Model):
    """A conclusion whose words follow from the numbers."""

    topic: str
    text: str
    verdict: Verdict | None = Field(description="null: a description, not a sign that could be decided")


class ClaimComparison(Model):
    """A published statement beside what was computed."""

    claim: str = Field(description="id in the evidence")
    statement: str
    citations: tuple[str, ...]
    standing: str
    computed: str
    outcome: Outcome
    reason: str


class HydroxideStudy(Model):
    """Everything of the study."""

    engine: str = Field(description="the leading engine")
    why_engine: str
    engines: tuple[str, ...]
    missing: dict[str, tuple[str, ...]] = Field(description="phases that an engine's reference set lacks")
    cycles: tuple[Cycle, ...]
    contrasts: tuple[Contrast, ...]
    oxides: tuple[OxideHydration, ...]
    ionic: tuple[Ionic, ...]
    correlations: tuple[Correlation, ...]
    disorder: tuple[Disorder, ...]
    statements: tuple[Statement, ...]
    claims: tuple[ClaimComparison, ...]
    cautions: tuple[str, ...]

    def cycle(self, cation: str, halide: str) -> Cycle:
        """Return one system's cycle."""
        return next(cycle for cycle in self.cycles if (cycle.cation, cycle.halide) == (cation, halide))

    def contrast(self, key: TermKey, cation: str, halide: str = "mean") -> Contrast:
        """Return one contrast with lithium."""
        return next(c for c in self.contrasts if (c.key, c.cation, c.halide) == (key, cation, halide))
