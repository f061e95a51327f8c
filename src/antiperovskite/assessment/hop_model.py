"""What an assessment holds of defects and of the hops over which ions move."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.defects.results import DefectStudy
from antiperovskite.migration.model import Mechanism, MigrationStudy
from antiperovskite.quantity import Quantity

Origin = Literal["shipped", "computed"]
Place = tuple[float, float, float]


class HopPath(Model):
    """Where the ions around one hop are in each image of its path, for looking at.

    Ions and their periodic images within ``radius`` of the middle of the hop, which is the origin. ``energies`` (eV,
    from the first end) are those of the barrier the path belongs to and tell which one that is.
    """

    mechanism: Mechanism
    number: int
    supercell: tuple[int, int, int]
    compensation: str
    symbols: tuple[str, ...]
    images: tuple[tuple[Place, ...], ...] = Field(description="angstrom, (images, ions, 3)")
    energies: tuple[float, ...]
    movers: tuple[int, ...] = Field(description="ions that hop")
    radius: float = Field(gt=0, description="angstrom")


class PublishedBarrier(Model):
    """A barrier that somebody published for this compound; ``bound``: it is said to lie below the value."""

    claim: str
    mechanism: Mechanism
    value: Quantity
    upper: Quantity | None = Field(default=None, description="upper end where a range was published")
    bound: bool = False
    statement: str
    method: str
    standing: str
    citations: tuple[str, ...]


class Migration(Model):
    """Barriers of a compound with one engine, and those published for it."""

    engine: str
    origin: Origin
    made_by: str
    studies: tuple[MigrationStudy, ...] = Field(description="each as antiperovskite migrate --json")
    failed: dict[str, str] = Field(default={}, description="searches that ended without a study, and why")
    size_effect: tuple[Quantity, ...] = Field(default=(), description="extrapolations to an infinite cell, hop by hop")
    published: tuple[PublishedBarrier, ...] = ()
    paths: tuple[HopPath, ...] = ()


class Defects(Model):
    """Energies of the charge-neutral combinations of defects of a compound with one engine."""

    engine: str
    origin: Origin
    made_by: str
    studies: tuple[DefectStudy, ...] = Field(description="each as antiperovskite defects --json")
