"""Rows of the literature's tables, each with its reference and how sure the reading is."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.quantity import Quantity

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
]


class Row(Model):
    """What every evidence row has.

    ``citations`` are keys into :mod:`antiperovskite.citations` (the original work first); ``table`` and
    ``reported_in`` say where the row was read. ``reading`` is ``"uncertain"`` where the printed table is damaged or
    ambiguous; ``remark`` then says why.
    """

    id: str
    table: Literal[1, 2, 3, 4]
    reported_in: str = "dawson2021"
    citations: tuple[str, ...]
    reading: Literal["clear", "uncertain"] = "clear"
    remark: str = ""


class CompositionRow(Row):
    """Table 1: a composition and whether it was made, attempted or only predicted."""

    table: Literal[1] = 1
    formula: str
    status: Literal["synthesised", "reportedly synthesised", "attempted", "predicted"]


class SynthesisRow(Row):
    """Table 2: one published route."""

    table: Literal[2] = 2
    formula: str
    form: str = Field(description="bulk powder, glassy, thin film, ...")
    reagents: tuple[str, ...]
    procedure: str
    temperature: tuple[Quantity, ...] = Field(default=(), description="annealing temperatures, K")
    duration: tuple[Quantity, ...] = Field(default=(), description="annealing times, s")
    atmosphere: str = ""
    remarks: str = ""
    study: str


class ConductivityRow(Row):
    """Table 4: one conductivity and/or activation energy.

    ``kind`` tells experiment from modelling; ``temperature`` is null where the table gives none, ``room_temperature``
    is true where it says RT (taken as 298 K, said in ``temperature.method``).
    """

    table: Literal[4] = 4
    formula: str
    printed_composition: str
    form: str = ""
    kind: Literal["experiment", "modelling"]
    method: Method
    conductivity: Quantity | None = None
    conductivity_upper: Quantity | None = Field(default=None, description="upper end where a range is printed")
    temperature: Quantity | None = None
    room_temperature: bool = False
    activation_energy: Quantity | None = None
    activation_energy_upper: Quantity | None = Field(
        default=None, description="upper end where a range is printed"
    )
    phase: str = ""
    study: str


class Evidence(Model):
    """Everything shipped about one formula."""

    formula: str
    compositions: tuple[CompositionRow, ...]
    syntheses: tuple[SynthesisRow, ...]
    conductivities: tuple[ConductivityRow, ...]
