"""The answer to "here is a formula": everything computed, everything known, and the verdicts."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.assessment.hop_model import Defects, Migration
from antiperovskite.carriers.balance import CarrierBalance
from antiperovskite.composition.model import Formula
from antiperovskite.defects.equilibrium.model import EquilibriumStudy
from antiperovskite.diffraction.model import PowderPattern
from antiperovskite.diffraction.published_study.model import Found
from antiperovskite.electrochemistry.contact_model import Contact
from antiperovskite.electrochemistry.model import Window
from antiperovskite.evidence.model import Evidence
from antiperovskite.quantity import AnyQuantity, Quantity
from antiperovskite.stability.dft.model import DFTComparison
from antiperovskite.stability.hydration.model import Hydration
from antiperovskite.stability.model import Decomposition, Reaction, Tolerance
from antiperovskite.structures.model import StructureModel
from antiperovskite.transport.study.model import ConductivityStudy
from antiperovskite.vibrations.model import PhononStudy, Stability

Depth = Literal["quick", "standard", "deep"]
Answer = Literal["yes", "likely", "unclear", "unlikely", "no"]


class Verdict(Model):
    """One question in plain words, its answer and the reasons on both sides."""

    question: str
    answer: Answer
    headline: str = Field(description="one sentence a chemist can act on")
    reasons_for: tuple[str, ...] = ()
    reasons_against: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()


class RelaxedStructure(Model):
    """A relaxed structure with how it was obtained."""

    model: StructureModel
    spacegroup: str
    spacegroup_number: int
    symmetry_tolerance: float = Field(description="angstrom, given to spglib")
    engine: str
    settings: str
    converged: bool
    steps: int
    max_force: float = Field(description="eV/angstrom, largest residual component")
    cif: str


class PhononCheck(Model):
    """What the phonons of one engine say of the relaxed structure."""

    engine: str
    spacegroup: str
    verdict: Stability
    lowest: Quantity = Field(description="THz; negative: imaginary")
    statement: str


class Failure(Model):
    """A step that could not be done, and why; the assessment is then partial."""

    step: str
    reason: str


class Assessment(Model):
    """JSON contract of one entry of ``antiperovskite assess --json``."""

    formula: str
    depth: Depth
    engine: str
    sites: Formula
    tolerance: Tolerance
    starting_structure: StructureModel | None
    relaxed: RelaxedStructure | None
    quantities: dict[str, AnyQuantity]
    reactions: tuple[Reaction, ...]
    decomposition: Decomposition | None
    window: Window | None = Field(default=None, description="as antiperovskite window; null: see not_defined")
    metal_contact: Contact | None = Field(
        default=None, description="as antiperovskite contact, with the compound's own metal; null: see not_defined"
    )
    electrode_contacts: tuple[Contact, ...] = Field(
        default=(), description="with known electrodes and electrolytes of the same metal; depth standard only"
    )
    water: Hydration | None = Field(default=None, description="as antiperovskite hydration; null: see not_defined")
    dft: DFTComparison | None = Field(
        default=None, description="reactions of this compound computed with DFT, and every engine's agreement with it"
    )
    phonons: PhononStudy | None = Field(
        default=None, description="as antiperovskite structure phonons, of the relaxed structure; null: see not_defined"
    )
    phonon_checks: tuple[PhononCheck, ...] = Field(
        default=(), description="the verdict of every engine whose phonons were computed, the leading one first"
    )
    conduction: ConductivityStudy | None = Field(
        default=None, description="as antiperovskite conductivity; depth deep only; null: see not_defined"
    )
    defects: Defects | None = Field(
        default=None, description="studies as antiperovskite defects; shipped or computed; null: see not_defined"
    )
    migration: Migration | None = Field(
        default=None, description="studies as antiperovskite migrate; shipped or computed; null: see not_defined"
    )
    defect_equilibrium: EquilibriumStudy | None = Field(
        default=None, description="as antiperovskite concentrations, from the defects above; null as carrier_balance is"
    )
    carrier_balance: CarrierBalance | None = Field(
        default=None,
        description="shares of conduction, from that equilibrium and the barriers above; null: see not_defined",
    )
    published_models: tuple[Found, ...] = Field(
        default=(),
        description="published models of this compound, as antiperovskite study table3; only Li2OHCl has any",
    )
    not_defined: dict[str, str] = Field(
        default={},
        description="why window, metal_contact, electrode_contacts, water, dft, phonons, conduction, defects, "
        "migration or carrier_balance hold nothing",
    )
    patterns: tuple[PowderPattern, ...]
    evidence: Evidence
    verdicts: tuple[Verdict, ...]
    failures: tuple[Failure, ...] = ()
    engine_notes: tuple[str, ...] = Field(default=(), description="the engine's settings and known bias, in words")
    citations: tuple[str, ...]
    versions: dict[str, str]
    report: str | None = None
