"""Results of the study of Table 3."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.quantity import AnyQuantity, Quantity

LatticeChoice = Literal["own", "common"]
Answer = Literal["told apart", "not told apart", "open"]
Outcome = Literal["explained", "partly explained", "not explained", "not judged"]


class Found(Model):
    """What became of one published model."""

    id: str
    study: str
    citations: tuple[str, ...]
    doi: str
    doi_trust: str
    kind: str
    technique: str
    space_group: str
    lattice: tuple[Quantity, ...]
    coordinates: str
    trust: str
    built: bool
    why_not: str = ""
    arrangement: str = ""
    arrangements: int = Field(default=0, description="ordered arrangements compared")
    ordered: bool = Field(default=False, description="the chosen average has every OH in one direction")
    ideal_group: str = Field(default="", description="space group of the chosen average on ideal sites")
    average_group: str = Field(default="", description="space group of the average with relaxed coordinates")
    above_lowest: AnyQuantity = Field(description="free relaxation, per formula unit, against the lowest of all models")
    by_engine: dict[str, AnyQuantity] = Field(default={}, description="the same, engine by engine, meV")
    strained: AnyQuantity = Field(description="energy in the reported lattice above the free relaxation")
    groups_found: dict[str, str] = Field(default={}, description="tolerance in angstrom to space group, relaxed freely")
    edges_reported: tuple[Quantity, ...] = Field(default=(), description="edges per parent cell along a, b, c")
    edges_found: tuple[Quantity, ...] = Field(default=(), description="the same after free relaxation")
    volume_change: AnyQuantity = Field(description="relaxed volume against the reported one")
    oh_angle: AnyQuantity = Field(description="mean smallest angle between O-H and an O-Li bond; 90: at an empty site")
    oh_towards_vacancy: AnyQuantity = Field(description="share of OH whose smallest angle exceeds 60 degrees")
    superlattice: dict[str, AnyQuantity] = Field(
        default={}, description="per probe: strongest line that the five-atom cell does not have, % of the strongest"
    )
    notes: tuple[str, ...] = ()


class Contrast(Model):
    """One pair of models under one probe, in one choice of lattices."""

    first: str
    second: str
    lattice: LatticeChoice
    probe: str
    sigma: Quantity
    counts_needed: AnyQuantity
    answer: Answer


class Disagreement(Model):
    """A published disagreement, judged by a rule from computed numbers."""

    id: str
    topic: str
    claim: str = Field(description="what the works disagree about")
    rule: str
    outcome: Outcome
    reason: str


class Table3Study(Model):
    """Every published model of Li2OHCl against the others. JSON contract of ``antiperovskite study table3``."""

    engine: str
    engines: tuple[str, ...]
    known_bias: tuple[str, ...]
    models: tuple[Found, ...]
    contrasts: tuple[Contrast, ...]
    conditions: str
    hidden_from_xrays: tuple[tuple[str, str], ...] = Field(
        description="common lattice: X-rays cannot tell them apart, neutrons (natural or deuterated) can"
    )
    disagreements: tuple[Disagreement, ...]
    statements: tuple[str, ...]
    cautions: tuple[str, ...]
    citations: tuple[str, ...]
