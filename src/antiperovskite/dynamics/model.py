"""What a run is given and what it returns."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.dynamics.conditions import Conditions
from antiperovskite.engines.model import EngineCard
from antiperovskite.quantity import AnyQuantity


class Vacancies(Model):
    """Cation sites of a run's cell that were emptied."""

    count: int = Field(ge=0)
    sites: int = Field(gt=0, description="cation sites of the perfect cell; those that are empty in it do not count")

    @property
    def share(self) -> float:
        """Count over sites."""
        return self.count / self.sites


class RunSettings(Model):
    """Everything that decides a run but its length: the same settings in the same folder go on where they ended.

    ``structure`` is ``pymatgen.core.Structure.as_dict()`` of the whole cell; frames come every ``frame_steps`` steps,
    ``segment_frames`` frames make a segment, after which the state is saved.
    """

    name: str = Field(min_length=1, description="formula or file")
    structure: dict[str, Any]
    engine: EngineCard
    conditions: Conditions
    frame_steps: int = Field(gt=0)
    segment_frames: int = Field(gt=0)
    framework: tuple[str, ...] = Field(min_length=1, description="elements whose sites must stay occupied")
    vacancies: Vacancies | None = Field(default=None, description="None: not recorded, as in runs of older versions")
    notes: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what decides the numbers."""
        return hashlib.sha256(self.model_dump_json(exclude={"notes", "name", "vacancies"}).encode()).hexdigest()

    @property
    def frame_ps(self) -> float:
        """Time between frames in ps."""
        return self.frame_steps * self.conditions.timestep_fs / 1000.0

    @property
    def segment_steps(self) -> int:
        """Steps between two saved states."""
        return self.frame_steps * self.segment_frames

    def atoms(self) -> Any:
        """Return ``ase.Atoms`` of the whole cell."""
        from ase import Atoms
        from pymatgen.core import Structure

        structure = Structure.from_dict(self.structure)
        return Atoms(
            [site.specie.symbol for site in structure],
            positions=structure.cart_coords,
            cell=structure.lattice.matrix,
            pbc=True,
        )

    def segments(self, ps: float) -> int:
        """Segments that make at least ``ps`` picoseconds."""
        import math

        length = self.segment_steps * self.conditions.timestep_fs / 1000.0
        return max(1, math.ceil(ps / length - 1e-9))


class RunResult(Model):
    """How a run ended, and the averages over its equilibrated part.

    ``status`` is ``complete``, or ``stopped`` where it must not go on (``reason`` says why; what was finished is kept).
    """

    name: str
    status: Literal["complete", "stopped"]
    reason: str = ""
    trajectory: str = Field(description="folder of the stored trajectory")
    engine: EngineCard
    conditions: Conditions
    n_atoms: int
    vacancies: Vacancies | None = Field(default=None, description="None: not recorded, as in runs of older versions")
    frames: int
    simulated: AnyQuantity = Field(description="ps")
    equilibrated: bool
    equilibration: AnyQuantity = Field(description="ps to discard at the beginning")
    equilibration_note: str = ""
    temperature: AnyQuantity
    pressure: AnyQuantity
    potential_energy: AnyQuantity
    volume: AnyQuantity
    energy_drift: AnyQuantity = Field(description="NVE only: slope of the total energy, meV/atom per ps")
    framework_displacement: AnyQuantity = Field(description="rms distance of framework ions from their sites")
    framework_share_displaced: AnyQuantity = Field(description="framework ions beyond half a site distance, last frame")
    wall_seconds: float
    notes: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
