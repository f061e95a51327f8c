"""A published structure model: what was reported, and what can be built from it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.quantity import Quantity

Basis = Literal["space group and cell", "description", "nothing"]


class Source(Model):
    """One entry of the data file: which row of Table 3, how its cell divides into parent cells, what was described."""

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    row: str | None = Field(default=None, description="row of Table 3 (evidence); none for the cubic phase")
    study: str = ""
    citations: tuple[str, ...] = ()
    space_group: str = ""
    repeats: tuple[int, int, int] | None = Field(default=None, description="parent cells along a, b and c")
    directions: Literal["100", "110", "111"] | None = Field(default=None, description="disordered cubic OH")
    lattice_a: float | None = Field(default=None, gt=0, description="angstrom, cubic models only")
    lattice_source: str = ""
    temperature: Literal["room", "high", "0 K"] = "room"
    described: str = Field(default="", description="what the text says of the arrangement, in our words")
    oh_axis: Literal["a", "b", "c"] | None = Field(default=None, description="all OH along this axis, as described")
    coordinates: Literal["not available here", "not published", "built from description"]
    doi: str = ""
    doi_trust: Literal["verified", "unverified"] = "unverified"


class PublishedModel(Model):
    """A published model of Li2OHCl, with what its rebuilding rests on."""

    id: str
    study: str
    citations: tuple[str, ...]
    doi: str = ""
    doi_trust: Literal["verified", "unverified"] = "unverified"
    kind: Literal["experiment", "modelling"]
    technique: str
    probes: tuple[str, ...] = Field(description="what the study measured with: xray, neutron, neutron, deuterated")
    temperature: Literal["room", "high", "0 K"]
    space_group: str
    lattice: tuple[Quantity, ...] = Field(description="a, b, c; empty where none was reported")
    repeats: tuple[int, int, int] | None
    directions: Literal["100", "110", "111"] | None = None
    described: str
    oh_axis: Literal["a", "b", "c"] | None = None
    coordinates: str = Field(description="whether published coordinates could be read")
    trust: str = Field(description="what the rebuilt model is worth, in words")
    can_build: bool
    why_not: str = ""

    @property
    def lengths(self) -> tuple[float, float, float]:
        """Edges in angstrom."""
        a, b, c = (q.magnitude("angstrom") for q in self.lattice)
        return a, b, c
