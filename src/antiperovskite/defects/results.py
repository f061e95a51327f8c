"""What a study of defects returns."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.defects.extrapolation import SizeFit
from antiperovskite.defects.model import DefectEnergy, DefectReaction
from antiperovskite.engines.model import EngineCard
from antiperovskite.quantity import AnyQuantity

Status = Literal["relaxed", "rearranged", "recombined", "failed"]


class Arrangement(Model):
    """One relaxed arrangement of a combination in one supercell; ``energy`` is that of the whole reaction, eV.

    ``status``: ``rearranged`` where an ion of the host moved to another site, ``recombined`` where the defects
    annihilated; both are kept and neither is used for the separation it started from.
    """

    combination: str
    role: Literal["near", "far", "single"]
    supercell: tuple[int, int, int]
    atoms: int
    length: float = Field(description="cube root of the supercell's volume, angstrom")
    shell: tuple[float, ...] = Field(description="distances between the defects at the start, sorted, angstrom")
    label: str = Field(description="the same in supercells of any size")
    degeneracy: int = Field(description="arrangements of the supercell that symmetry makes of this one")
    energy: float | None
    unrelaxed: float | None = Field(description="eV; ions in their starting places, perfect crystal symmetric")
    steps: int
    status: Status
    reason: str = ""


class LoneDefect(Model):
    """One defect alone in a neutral cell: energy minus that of the perfect supercell, eV in the engine's own zero.

    Without charges such a cell is a doped one (a lithium vacancy brings a hole), so this is a building block for
    comparison, not a formation energy.
    """

    name: str
    supercell: tuple[int, int, int]
    length: float
    shape: str
    energy: float | None
    chosen: bool = Field(description="lowest of its starting shapes; combinations use it")
    reason: str = ""


class Separation(Model):
    """One separation of a combination: its energy at every size, the limit, and what is gained over infinity."""

    label: str
    closest: float = Field(description="smallest distance between two of the defects, angstrom")
    fit: SizeFit
    binding: AnyQuantity = Field(description="near minus far, eV; negative: the defects attract")


class CombinationResult(Model):
    """All that was computed of one combination."""

    name: str
    kind: str
    defects: dict[str, int]
    reactants: dict[str, float]
    products: dict[str, float]
    bound: DefectReaction | None
    dispersed: DefectReaction | None
    binding: AnyQuantity = Field(description="lowest near arrangement minus far limit, eV; negative: attraction")
    separations: tuple[Separation, ...]
    far_fit: SizeFit | None
    lone_difference: AnyQuantity = Field(
        description="far limit minus the sum of lone defects at the largest size, eV: what the neutral cell hides"
    )
    notes: tuple[str, ...] = ()


class DefectStudy(Model):
    """Defects of one crystal with one engine. JSON contract of ``antiperovskite defects``."""

    formula: str
    spacegroup: str
    lattice_parameter: AnyQuantity = Field(description="cube root of the volume of a pseudo-cubic cell")
    engine: EngineCard
    settings: str
    supercells: tuple[tuple[int, int, int], ...]
    defects: tuple[DefectEnergy, ...]
    reactions: tuple[DefectReaction, ...] = Field(description="bound and dispersed, for equilibria")
    combinations: tuple[CombinationResult, ...]
    arrangements: tuple[Arrangement, ...]
    lone: tuple[LoneDefect, ...]
    notes: tuple[str, ...]
