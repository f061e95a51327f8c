"""The answer to "here is a formula": everything computed, everything known, and the verdicts."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.composition.model import Formula
from antiperovskite.diffraction.model import PowderPattern
from antiperovskite.electrochemistry.contact_model import Contact
from antiperovskite.electrochemistry.model import Window
from antiperovskite.evidence.model import Evidence
from antiperovskite.quantity import AnyQuantity
from antiperovskite.stability.dft.model import DFTComparison
from antiperovskite.stability.hydration.model import Hydration
from antiperovskite.stability.model import Decomposition, Reaction, Tolerance
from antiperovskite.structures.model import StructureModel

Depth = Literal["quick", "standard"]
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
    not_defined: dict[str, str] = Field(
        default={}, description="why window, metal_contact, electrode_contacts, water or dft hold nothing"
    )
    patterns: tuple[PowderPattern, ...]
    evidence: Evidence
    verdicts: tuple[Verdict, ...]
    failures: tuple[Failure, ...] = ()
    engine_notes: tuple[str, ...] = Field(default=(), description="the engine's settings and known bias, in words")
    citations: tuple[str, ...]
    versions: dict[str, str]
    report: str | None = None
