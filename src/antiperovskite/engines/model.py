"""What an engine says of itself, and what a relaxation returns."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from antiperovskite._model import Model


class EngineCard(Model):
    """Identity, level of theory and known bias of an engine; travels with every result it gives.

    ``energy_scale`` names the set of energies that may meet in one hull; energies of different scales never do.
    """

    name: str
    version: str
    description: str
    reference_method: str = Field(
        description="what the energies imitate, e.g. 'PBE, PBE+U for 3d oxides and fluorides'"
    )
    energy_scale: str
    licence: str
    known_bias: tuple[str, ...]
    citations: tuple[str, ...]
    mixes_gga_u: bool = Field(
        default=False, description="trained on GGA+U for 3d oxides and fluorides and GGA for everything else"
    )
    for_verdicts: bool = Field(default=True, description="whether verdicts may be drawn from its energies")


class Relaxation(Model):
    """A relaxed structure (``pymatgen.core.Structure.as_dict()``) and how the optimiser ended."""

    structure: dict[str, Any]
    energy: float = Field(description="eV per cell, no zero-point motion")
    steps: int
    max_force: float = Field(description="eV/angstrom, largest force component left")
    max_stress: float = Field(description="GPa, largest stress component left; 0 if the cell was fixed")
    converged: bool
    symmetry_kept: bool
    engine: EngineCard
    settings: str

    def to_pymatgen(self) -> Any:
        """Return the relaxed ``pymatgen.core.Structure``."""
        from pymatgen.core import Structure

        return Structure.from_dict(self.structure)
