"""pymatgen entries as plain data: what ``ComputedEntry.as_dict()`` writes, validated field by field.

``MontyDecoder`` imports whatever module a file names under ``@module``. A file from elsewhere must not decide what this
program imports, so nothing here decodes: plain fields are read and everything else is ignored.
"""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Number = Annotated[float, Field(strict=True)]  # neither "1.0" nor true
Vector = tuple[Number, Number, Number]


class _Plain(BaseModel):
    """Keys we do not use are ignored: entries carry much that does not concern their energy."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class RawSpecies(_Plain):
    """One species on a site."""

    element: str
    occu: Number = 1.0


class RawSite(_Plain):
    """One site; fractional (``abc``) or Cartesian (``xyz``, angstrom) coordinates."""

    species: tuple[RawSpecies, ...] = Field(min_length=1)
    abc: Vector | None = None
    xyz: Vector | None = None


class RawLattice(_Plain):
    """Lattice vectors as rows, angstrom."""

    matrix: tuple[Vector, Vector, Vector]


class RawStructure(_Plain):
    """``Structure.as_dict()``."""

    lattice: RawLattice
    sites: tuple[RawSite, ...] = Field(min_length=1)


class RawAdjustment(_Plain):
    """``EnergyAdjustment.as_dict()``: a constant ``value``, or ``adj_per_atom`` times ``n_atoms``; eV."""

    name: str = ""
    value: Number | None = None
    adj_per_atom: Number | None = None
    n_atoms: Number | None = None
    adj_per_deg: Number | None = None
    cls: dict[str, Any] | None = None

    @property
    def amount(self) -> float | None:
        """The adjustment in eV; ``None`` where the fields do not say it."""
        if self.value is not None:
            return self.value
        if self.adj_per_atom is not None and self.n_atoms is not None:
            return self.adj_per_atom * self.n_atoms
        return None

    @property
    def made_by(self) -> str:
        """The class that made the adjustment, else its name."""
        written = (self.cls or {}).get("@class")
        return written if isinstance(written, str) and written else self.name


class RawEntry(_Plain):
    """``ComputedEntry.as_dict()`` or ``ComputedStructureEntry.as_dict()``; energies in eV per cell."""

    energy: Number
    composition: dict[str, Number] | str | None = None
    correction: float | None = Field(default=None, strict=True)
    energy_adjustments: tuple[RawAdjustment, ...] | None = None
    parameters: dict[str, Any] | None = None
    data: dict[str, Any] | None = None
    entry_id: str | int | None = None
    structure: RawStructure | None = None
    temp: Any = None
    formation_enthalpy_per_atom: Any = None

    def parameter(self, name: str) -> Any:
        """A parameter of the calculation; some programs write it under ``data``."""
        return (self.parameters or {}).get(name, (self.data or {}).get(name))

    @property
    def stated_correction(self) -> float:
        """The sum of the adjustments, or the plain ``correction`` where there are none; eV per cell."""
        amounts = [adjustment.amount for adjustment in self.energy_adjustments or ()]
        known = [amount for amount in amounts if amount is not None]
        return math.fsum(known) if known else (self.correction or 0.0)
