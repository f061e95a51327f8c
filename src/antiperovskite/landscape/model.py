"""What a bond-valence landscape says."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.quantity import AnyQuantity, Quantity

Point = tuple[float, float, float]


class Threshold(Model):
    """When a level of energy (or a sphere) first winds through the crystal in so many independent directions."""

    directions: Literal[1, 2, 3]
    energy: AnyQuantity = Field(description="of the pass, above the lowest energy of the moving ion")
    radius: AnyQuantity = Field(description="of the largest sphere that gets through between the other ions")
    place: Point | None = Field(default=None, description="fractional coordinates of the pass")


class SiteEnergy(Model):
    """One site of the moving ion and the minimum it belongs to."""

    fractional: Point
    energy: AnyQuantity = Field(description="of the minimum, above the lowest")
    displacement: AnyQuantity = Field(description="of the minimum from the site")
    valence: Quantity = Field(description="bond-valence sum at the site")


class Window(Model):
    """The narrowest opening of a hop: the three ions around its pass."""

    ions: tuple[str, ...]
    radius: AnyQuantity = Field(description="of the largest circle between them, which touches all three (or two)")
    clearance: AnyQuantity = Field(description="from the pass to the nearest ion's surface")


class Hop(Model):
    """Hops of one kind between two sites."""

    length: Quantity
    count: int = Field(description="hops of this kind in the cell")
    barrier: Quantity = Field(description="from the lower minimum to the pass")
    reverse: Quantity = Field(description="from the higher minimum to the pass")
    first: Point = Field(description="fractional coordinates of one such hop")
    last: Point
    place: Point = Field(description="of the pass")
    window: Window
    profile_angstrom: tuple[float, ...] = Field(description="distance along the path")
    profile_eV: tuple[float, ...] = Field(description="above the lowest energy")
    path: tuple[Point, ...] = Field(description="Cartesian, angstrom")
    through: bool = Field(default=False, description="the path has a minimum of its own between the sites")


class Landscape(Model):
    """Site energies of one moving cation. JSON contract of ``antiperovskite landscape``."""

    name: str
    ion: str
    charge: int
    lattice: str
    share: float = Field(description="part of a bond's Morse energy that counts for the moving ion")
    resolution: Quantity
    points: tuple[int, int, int]
    thresholds: tuple[Threshold, Threshold, Threshold]
    sites: tuple[SiteEnergy, ...]
    hops: tuple[Hop, ...]
    octahedron_volume: AnyQuantity
    ion_radius: AnyQuantity
    notes: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
