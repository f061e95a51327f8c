"""Results of the stability room."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity


class GoldschmidtPair(Model):
    """The same tolerance factor with two sets of anion radii, side by side."""

    shannon: AnyQuantity
    thermochemical: AnyQuantity


class MapPosition(Model):
    """Where the composition lies on the perspective's Fig. 2 (A-site thermochemical radius against t)."""

    a_site_radius: AnyQuantity
    goldschmidt: AnyQuantity
    region: str = Field(description="in words: inside or outside 0.75 < t < 0.9, and what B-site anion")


class UsedRadius(Model):
    """The radii that went in for one ion, angstrom; cations have Shannon radii on both scales."""

    site: Literal["X", "B", "A"]
    ion: str
    amount: float = Field(gt=0, description="per formula unit")
    charge: float
    shannon: AnyQuantity
    thermochemical: AnyQuantity


class Tolerance(Model):
    """JSON contract of ``antiperovskite tolerance``; the fields after ``tau`` are additions to it.

    ``octahedral`` and ``tau`` use Shannon radii, as the rules they come from do; the fields that end in
    ``_thermochemical`` are the same with thermochemical anion radii. The two scales are never mixed.
    """

    formula: str
    goldschmidt: GoldschmidtPair
    octahedral: AnyQuantity
    tau: AnyQuantity
    octahedral_thermochemical: AnyQuantity = NotComputed(unit="1", method="not asked for")
    tau_thermochemical: AnyQuantity = NotComputed(unit="1", method="not asked for")
    map_position: MapPosition
    radii: tuple[UsedRadius, ...] = ()
    assumptions: tuple[str, ...]
    notes: tuple[str, ...] = ()


class Participant(Model):
    """One phase on one side of a reaction."""

    formula: str
    phase: str = Field(description="name of the reference phase or 'this work'")
    coefficient: float = Field(gt=0)


ReactionRole = Literal["from binaries", "hydration", "decomposition", "other"]


class Reaction(Model):
    """A balanced reaction with its energy, all from one engine."""

    name: str
    role: ReactionRole
    reactants: tuple[Participant, ...]
    products: tuple[Participant, ...]
    equation: str
    energy: Quantity
    by_engine: dict[str, float] = Field(description="the same reaction in each engine, unit of energy")


class Decomposition(Model):
    """The convex-hull neighbours of a composition."""

    products: tuple[Participant, ...]
    equation: str
    stable: bool
    competing: int = Field(description="reference phases in the hull")
    engine: str
    note: str = ""
