"""What a search for barriers returns."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.engines.model import EngineCard
from antiperovskite.quantity import AnyQuantity, Quantity

Mechanism = Literal["vacancy", "dumbbell", "cooperative"]


class HopClass(Model):
    """Hops of a crystal that its space group makes equal.

    ``start`` is the site the vacancy leaves from and the ion arrives at, ``end`` the site the ion comes from, as atom
    numbers of the unit cell (numbers from the count of atoms upwards are sites the formula leaves empty); ``shift``
    is the unit cell of ``end``. A cooperative hop goes through ``middle``.
    """

    number: int
    mechanism: Mechanism
    label: str
    start: int
    end: int
    shift: tuple[int, int, int]
    middle: int | None = None
    middle_shift: tuple[int, int, int] | None = None
    ions: tuple[str, ...] = Field(description="ions that move, in order")
    length: float = Field(gt=0, description="angstrom, between the sites")
    multiplicity: int = Field(ge=1, description="undirected hops of the class in the unit cell")
    neighbours: float = Field(gt=0, description="hops of the class that begin at one site of its kind")
    reversible: bool = Field(description="an operation of the space group exchanges the two sites")
    intrinsic: bool = Field(default=False, description="into a site that the formula leaves empty")


class ForceCalls(Model):
    """Evaluations of energy and forces: of the ends, of the saddle, of the descents from it (``band``) and of Hessians;
    ``replayed`` of them came from the journal."""

    ends: int
    saddle: int
    band: int
    vibrations: int
    replayed: int

    @property
    def total(self) -> int:
        """All evaluations."""
        return self.ends + self.saddle + self.band + self.vibrations


class Barrier(Model):
    """One hop in one supercell.

    ``fractions`` and ``energies`` (eV from the first end) are the profile along the path: points of descents from the
    saddle, all computed, not those of a relaxed band. A hop that failed has no barrier; ``problem`` says why.
    """

    hop: HopClass
    supercell: tuple[int, int, int]
    atoms: int
    compensation: str
    forward: AnyQuantity
    backward: AnyQuantity
    fractions: tuple[float, ...] = ()
    energies: tuple[float, ...] = ()
    largest_displacement: float = 0.0
    symmetric: bool = Field(default=False, description="the saddle has the symmetry that exchanges the ends")
    saddle_force: float | None = Field(default=None, description="eV/angstrom, longest force left at the saddle")
    saddle_fall: float | None = Field(default=None, description="eV the quasi-Newton model still sees at the saddle")
    force_calls: ForceCalls
    seconds: float
    imaginary_modes: tuple[float, ...] | None = Field(default=None, description="THz, of the partial Hessian")
    attempt_frequency: AnyQuantity
    problem: str | None = None
    composed: bool = Field(default=False, description="no hop of its own: a sequence of shorter ones")
    path_file: str | None = None
    notes: tuple[str, ...] = ()


class MigrationStudy(Model):
    """The hops of a crystal and their barriers with one engine."""

    formula: str
    family: str
    spacegroup: str
    structure: str = Field(description="how the crystal was made and relaxed")
    lattice: tuple[float, float, float] = Field(description="angstrom, edges of the relaxed unit cell")
    ion: str
    engine: EngineCard
    settings: str
    hops: tuple[HopClass, ...]
    barriers: tuple[Barrier, ...]
    size_effect: tuple[Quantity, ...] = Field(default=(), description="extrapolations to an infinite cell, hop by hop")
    citations: tuple[str, ...]
    notes: tuple[str, ...] = ()
