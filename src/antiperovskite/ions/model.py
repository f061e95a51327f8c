"""What an ion is: formula, charge, shape and radii, each radius with its source."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, PositiveFloat

from antiperovskite._model import Model

Site = Literal["X", "B", "A"]
RadiusScale = Literal["shannon", "thermochemical"]


class Radius(Model):
    """One published radius in angstrom.

    ``coordination`` is the coordination number the Shannon value belongs to; thermochemical radii have none.
    ``trust`` is ``"verified"`` where the value was read in the source named, ``"unverified"`` where it was only
    remembered (no verdict is built on it).
    """

    value: PositiveFloat = Field(description="angstrom")
    uncertainty: PositiveFloat | None = None
    scale: RadiusScale
    coordination: int | None = None
    spin: Literal["high", "low"] | None = None
    source: str = Field(min_length=1, description="table or page")
    citation: str = Field(min_length=1, description="key into antiperovskite.citations")
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
    ``point_group`` is the Schoenflies symbol (``"K"`` for a sphere).
    """

    symbol: str
    name: str
    charge: int
    elements: dict[str, int]
    point_group: str
    atoms: tuple[AtomPosition, ...]
    geometry_source: str = ""
    sites: tuple[Site, ...] = Field(description="sites this ion may take, most usual first")
    radii: tuple[Radius, ...] = ()
    note: str = ""

    @property
    def is_cluster(self) -> bool:
        """Whether the ion has more than one atom."""
        return len(self.atoms) > 1
