"""Rows of the literature's tables, each with its reference and how sure the reading is."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from antiperovskite._model import Model
from antiperovskite.evidence.claims import Claim
from antiperovskite.quantity import Quantity

Kind = Literal["experiment", "modelling", "not stated"]

Method = Literal[
    "impedance",
    "NMR",
    "AIMD",
    "classical MD",
    "deep-potential MD",
    "NEB",
    "DFT",
    "experiment (unspecified)",
    "modelling (unspecified)",
    "not stated",
]


class Series(Model):
    """A solid solution ``(1 - x) start + x end`` by site amounts, for rows that hold over a range of x."""

    start: str = Field(min_length=1)
    end: str = Field(min_length=1)
    minimum: float = Field(ge=0, le=1)
    maximum: float = Field(ge=0, le=1)
    includes_minimum: bool = True
    includes_maximum: bool = True

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.minimum >= self.maximum:
            raise ValueError(f"series minimum {self.minimum} is not below its maximum {self.maximum}")
        return self

    def contains(self, x: float, tolerance: float = 1e-6) -> bool:
        """Whether ``x`` lies in the range, ends as declared."""
        low = self.minimum - tolerance <= x if self.includes_minimum else self.minimum + tolerance < x
        high = x <= self.maximum + tolerance if self.includes_maximum else x < self.maximum - tolerance
        return low and high


class Row(Model):
    """What every evidence row has.

    ``citations`` are keys into :mod:`antiperovskite.citations` (the original work first); ``table`` and
    ``reported_in`` say where the row was read, ``printed_references`` are the reference numbers printed there.
    ``applies_to`` and ``series`` list the formulas that the row concerns where that is not just ``formula``.
    ``reading`` is ``"uncertain"`` where the printed table is damaged or ambiguous; ``remark`` then says why.
    ``origin`` is ``"shipped"``, or the file that a lab registered the row with
    (:mod:`antiperovskite.evidence.registered`); such a row was read in the work it cites.
    """

    id: str = Field(min_length=1)
    table: Literal[1, 2, 3, 4]
    formula: str = Field(min_length=1)
    origin: str = "shipped"
    reported_in: str = "dawson2021"
    citations: tuple[str, ...] = Field(min_length=1)
    printed_references: tuple[int, ...] = ()
    applies_to: tuple[str, ...] = Field(default=(), description="formulas the row concerns; empty: `formula`")
    series: Series | None = None
    reading: Literal["clear", "uncertain"] = "clear"
    remark: str = ""

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.reading == "uncertain" and not self.remark:
            raise ValueError("the reading is uncertain but the remark does not say why; add the reason")
        return self

    @property
    def concerns(self) -> tuple[str, ...]:
        """The formula texts that the row stands for, the range of its series aside."""
        if self.applies_to:
            return self.applies_to
        return () if self.series is not None else (self.formula,)

    @property
    def flag(self) -> str | None:
        """Why the reading is uncertain, or ``None`` where it is clear."""
        return self.remark if self.reading == "uncertain" else None


class Mention(Model):
    """One printed cell of Table 1 that names a composition, under the ion of its line."""

    ion: str
    site: Literal["A", "B"]
    text: str = Field(min_length=1)
    references: tuple[int, ...] = ()


Status = Literal["synthesised", "reportedly synthesised", "attempted", "predicted"]


class CompositionRow(Row):
    """Table 1: a composition and whether it was made, attempted or only predicted.

    ``against`` quotes what the running text holds against the printed status (``""`` where it holds nothing).
    """

    table: Literal[1] = 1
    kind: Literal["composition"] = "composition"
    status: Status
    against: str = Field(default="", description="what the running text says against the printed status")
    mentions: tuple[Mention, ...] = ()


class RadiusRow(Row):
    """Table 1: one anion on one site, its shape and its radii; ``formula`` is the ion's symbol.

    ``shannon`` is null where the table prints N/A; ``closest_coordination`` is true where it prints the value in
    brackets, because the coordination of the column's heading is not available. ``thermochemical`` holds the one or
    two printed values in the printed order; the table does not say which of two comes from which reference.
    """

    table: Literal[1] = 1
    kind: Literal["radii"] = "radii"
    site: Literal["A", "B"]
    charge: int
    shape: str
    point_group: str = Field(description="Schoenflies symbol, K for a sphere")
    shannon: Quantity | None = None
    closest_coordination: bool = False
    thermochemical: tuple[Quantity, ...] = Field(min_length=1)

    @property
    def concerns(self) -> tuple[str, ...]:
        """No formula: a line of radii concerns every compound with the ion on that site."""
        return ()


class SynthesisRow(Row):
    """Table 2: one published route.

    ``temperature``, ``duration`` and ``pressure`` follow the printed order; a printed range gives two quantities,
    its lower and its upper end. Empty where no number is printed.
    """

    table: Literal[2] = 2
    form: str = Field(description="bulk powder, glassy, thin film, ...")
    reagents: tuple[str, ...]
    procedure: str
    temperature: tuple[Quantity, ...] = Field(default=(), description="annealing temperatures, K")
    duration: tuple[Quantity, ...] = Field(default=(), description="annealing times, s")
    pressure: tuple[Quantity, ...] = ()
    atmosphere: str = ""
    remarks: str = Field(default="", description="the table's own remarks column")
    study: str


class StructureRow(Row):
    """Table 3: one structure proposed for the room-temperature phase of Li2OHCl.

    Lattice parameters are null, and ``space_group`` is empty, where the table prints a dash. ``model_available`` says
    whether atomic positions were published; ``temperature`` is null where the table gives none.
    """

    table: Literal[3] = 3
    study: str
    space_group: str = ""
    symmetry: str
    a: Quantity | None = None
    b: Quantity | None = None
    c: Quantity | None = None
    model_available: bool
    kind: Kind
    technique: str = Field(description="X-ray diffraction, neutron diffraction, DFT, ...")
    temperature: Quantity | None = None
    comments: str = Field(default="", description="the table's own comments column")

    @model_validator(mode="after")
    def _all_three_or_none(self) -> Self:
        if len({self.a is None, self.b is None, self.c is None}) > 1:
            raise ValueError("give all three lattice parameters a, b and c, or none of them")
        return self


class ConductivityRow(Row):
    """Table 4: one conductivity and/or activation energy.

    ``kind`` tells experiment from modelling; ``temperature`` is null where the table gives none, ``room_temperature``
    is true where it says RT (taken as 298 K, said in ``temperature.method``). Rows that the table prints together
    (one composition, one study) share ``group``; their activation energy stands on the row it was printed on.
    """

    table: Literal[4] = 4
    printed_composition: str
    group: str = ""
    form: str = ""
    kind: Kind
    method: Method
    carrier: str = Field(default="", description="mobile ion; empty where several are meant")
    conductivity: Quantity | None = None
    conductivity_upper: Quantity | None = Field(default=None, description="upper end where a range is printed")
    temperature: Quantity | None = None
    room_temperature: bool = False
    activation_energy: Quantity | None = None
    activation_energy_upper: Quantity | None = Field(default=None, description="upper end where a range is printed")
    phase: str = ""
    study: str

    @model_validator(mode="after")
    def _has_a_value(self) -> Self:
        if self.conductivity is None and self.activation_energy is None:
            raise ValueError("neither a conductivity nor an activation energy is given")
        return self


class Evidence(Model):
    """Everything shipped or registered about one formula."""

    formula: str
    compositions: tuple[CompositionRow, ...]
    syntheses: tuple[SynthesisRow, ...]
    conductivities: tuple[ConductivityRow, ...]
    structures: tuple[StructureRow, ...] = ()
    claims: tuple[Claim, ...] = ()
