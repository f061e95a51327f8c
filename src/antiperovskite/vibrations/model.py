"""Results of vibrations: the phonons of one structure, and the tree of structures that unstable modes lead to."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.engines.model import EngineCard
from antiperovskite.quantity import AnyQuantity, Quantity
from antiperovskite.structures.model import StructureModel
from antiperovskite.vibrations.bands import DensityOfStates, Segment

Stability = Literal["stable", "unstable", "undecided"]
NodeStatus = Literal["stable", "unstable", "undecided", "not examined", "duplicate", "returned", "failed"]
Vector = tuple[float, float, float]


class NamedLevel(Model):
    """Degenerate modes of one star of q: frequency, motion and the share of each motion (0 to 1) in the first mode.

    ``frequency`` is in THz, negative where the mode is imaginary.
    """

    q_label: str
    arms: int
    degeneracy: int
    frequency: float
    name: str
    axes: tuple[str, ...]
    shares: dict[str, float]


class SoftMode(Model):
    """Displacement pattern of one unstable or soft mode in the supercell, for drawing and for freezing in.

    ``displacements`` are angstrom at an amplitude of 1 angstrom (the largest displacement of any atom).
    """

    name: str
    q_label: str
    frequency: float
    supercell: StructureModel
    displacements: tuple[Vector, ...]


class PhononStudy(Model):
    """Harmonic phonons of one relaxed structure with one engine, at 0 K, without zero-point motion."""

    formula: str
    engine: EngineCard
    structure: StructureModel
    spacegroup: str
    symprec: float
    supercell: tuple[int, int, int]
    atoms_in_supercell: int
    displacements: int
    verdict: Stability
    statement: str
    lowest: Quantity
    lattice: dict[str, Quantity]
    levels: tuple[NamedLevel, ...] = Field(description="at the q-points the supercell holds exactly")
    unstable: tuple[NamedLevel, ...]
    bands: tuple[Segment, ...]
    dos: DensityOfStates
    soft_modes: tuple[SoftMode, ...]
    notes: tuple[str, ...]
    citations: tuple[str, ...]


class Scan(Model):
    """Energy along a frozen mode at a fixed cell: amplitudes in angstrom, meV per formula unit above the start."""

    amplitudes: tuple[float, ...]
    energies: tuple[float, ...]
    minimum: Quantity
    depth: Quantity


class Node(Model):
    """One structure of the tree. ``energy`` is against the root, meV per formula unit, at 0 K."""

    id: int
    parent: int | None
    origin: str = Field(description="which modes of the parent were frozen in, or 'start'")
    status: NodeStatus
    spacegroup: str
    number: int
    atoms: int
    energy: AnyQuantity
    lattice: dict[str, float]
    scan: Scan | None
    lowest: AnyQuantity
    unstable: tuple[NamedLevel, ...] = ()
    same_as: int | None = None
    reason: str = ""
    structure: StructureModel | None


class GroundState(Model):
    """The tree from a parent to its dynamically stable child, and what it means at temperature."""

    formula: str
    engine: EngineCard
    settings: str
    nodes: tuple[Node, ...]
    ground: int
    verdict: Stability
    statement: str
    depth: Quantity
    temperature: AnyQuantity
    notes: tuple[str, ...]
    citations: tuple[str, ...]

    @property
    def ground_node(self) -> Node:
        """The structure the tree ends in."""
        return self.nodes[self.ground]
