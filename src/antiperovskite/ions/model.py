"""What an ion is: formula, charge, shape and radii, each radius with its source."""

from __future__ import annotations

from collections import Counter
from typing import Literal, Self

from pydantic import Field, PositiveFloat, model_validator

from antiperovskite._model import Model

Site = Literal["X", "B", "A"]
RadiusScale = Literal["shannon", "thermochemical"]


class Radius(Model):
    """One published radius in angstrom.

    ``coordination`` is the coordination number the Shannon value belongs to; thermochemical radii have none.
    ``charge`` is given where the ion has several charge states (``None``: the ion's own charge).
    ``trust`` is ``"verified"`` where the value was read in the source named, ``"unverified"`` where it was only
    remembered (no verdict is built on it). ``alternative_citation`` names the second candidate where the table read
    does not say which of two references a value comes from; ``note`` then says how it was attributed.
    """

    value: PositiveFloat = Field(description="angstrom")
    uncertainty: PositiveFloat | None = None
    scale: RadiusScale
    coordination: int | None = None
    charge: int | None = None
    spin: Literal["high", "low"] | None = None
    source: str = Field(min_length=1, description="table or page")
    citation: str = Field(min_length=1, description="key into antiperovskite.citations")
    alternative_citation: str | None = None
    trust: Literal["verified", "unverified"] = "verified"
    note: str = ""


class AtomPosition(Model):
    """One atom of a cluster ion, Cartesian angstrom from the ion's centre."""

    element: str
    xyz: tuple[float, float, float]


class Ion(Model):
    """An ion that can sit on a site of an anti-perovskite.

    ``symbol`` is the key used in formulas and output (``"Li"``, ``"OH"``, ``"BH4"``). ``atoms`` gives a cluster
    ion's geometry with its rotation centre at the origin; an atomic ion has one atom at the origin.
    ``point_group`` is the Schoenflies symbol (``"K"`` for a sphere). ``charge`` is the one tried first;
    ``other_charges`` are those a 3d metal may take where the first does not balance.
    """

    symbol: str
    name: str
    charge: int
    elements: dict[str, int]
    point_group: str
    atoms: tuple[AtomPosition, ...]
    geometry_source: str = ""
    sites: tuple[Site, ...] = Field(description="sites this ion may take, most usual first")
    other_charges: tuple[int, ...] = Field(default=(), description="further charge states, most usual first")
    radii: tuple[Radius, ...] = ()
    note: str = ""

    @model_validator(mode="after")
    def _atoms_spell_the_elements(self) -> Self:
        if Counter(atom.element for atom in self.atoms) != Counter(self.elements):
            raise ValueError(f"the atoms of {self.symbol} do not add up to its elements {self.elements}")
        if self.charge == 0 or not self.elements:
            raise ValueError(f"{self.symbol} needs a charge other than zero and at least one atom")
        return self

    @property
    def is_cluster(self) -> bool:
        """Whether the ion has more than one atom."""
        return len(self.atoms) > 1
