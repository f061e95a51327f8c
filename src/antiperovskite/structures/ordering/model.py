"""Results of an enumeration: orderings with degeneracy, symmetry and energy, and what was tested on the way."""

from __future__ import annotations

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.quantity import AnyQuantity, Quantity
from antiperovskite.structures.model import StructureModel


class Ordering(Model):
    """One inequivalent arrangement, realised as a structure.

    ``number`` is its place in the stream, counted from 1, the same on every run. ``electrostatic`` is the Ewald
    energy with formal charges at the ideal positions; ``above_lowest`` the same relative to the lowest found.
    """

    number: int = Field(ge=1)
    degeneracy: int = Field(ge=1, description="equivalent arrangements of the supercell, this one included")
    spacegroup: str
    spacegroup_number: int
    electrostatic: AnyQuantity
    above_lowest: AnyQuantity
    obeying: AnyQuantity = Field(description="fraction of the oriented ions that obey the rule")
    shortest_contact: Quantity = Field(description="between atoms of different ions, before any relaxation")
    structure: StructureModel


class RuleTest(Model):
    """A hypothesis about orientations held against the electrostatic ranking of everything enumerated."""

    statement: str
    enforced: bool = Field(description="arrangements that break it were not generated, so it could not be tested")
    obeying_all: int = Field(ge=0, description="inequivalent arrangements in which every ion obeys")
    breaking: int = Field(ge=0, description="inequivalent arrangements in which at least one ion does not")
    lowest_obeying: AnyQuantity = Field(description="above the lowest of all, where every ion obeys")
    lowest_breaking: AnyQuantity = Field(description="above the lowest of all, where one or more ions do not")
    verdict: str
    counterexamples: tuple[Ordering, ...] = Field(default=(), description="the lowest that break it, as structures")


class OrderingStudy(Model):
    """An enumeration and its lowest arrangements. JSON contract of ``antiperovskite structure enumerate``."""

    formula: str
    supercell: tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]
    formula_units: int
    parent: str
    parent_spacegroup: str
    parent_symprec: float = Field(description="angstrom, given to spglib for the ideal parent")
    symprec: float = Field(description="angstrom, given to spglib for the arrangements")
    operations: int = Field(description="order of the supercell's symmetry group")
    lattice_a: Quantity = Field(description="edge of the pseudo-cubic cell the arrangements are built with")
    occupations: dict[str, dict[str, int]]
    orientations: dict[str, int] = Field(description="orientations offered to each oriented ion")
    arrangements: int = Field(description="without symmetry")
    inequivalent: int = Field(description="by Burnside's lemma, without rules")
    enumerated: int
    complete: bool = Field(description="all that the rules admit were enumerated")
    degeneracy_sum: int
    rule: RuleTest | None = None
    orderings: tuple[Ordering, ...]
    notes: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
