"""Relaxed structures of the rebuilt models, as shipped: what was relaxed, how, and to which energy."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any, Literal

from pydantic import Field

from antiperovskite._files import package_data, read_record
from antiperovskite._model import Model

Stage = Literal["held", "free"]


class Relaxed(Model):
    """One relaxation of one arrangement.

    ``held``: positions in the reported lattice, the symmetry of the ordered arrangement kept where it has the reported
    group. ``free``: cell and positions, after a random displacement that lets the structure leave a saddle point.
    """

    model: str
    number: int = Field(ge=0, description="arrangement; 0 for the snapshot of the cubic phase")
    choice: tuple[int, ...]
    words: str
    ideal_group: str
    exact: bool
    stage: Stage
    formula_units: int = Field(ge=1)
    energy: float | None = Field(description="eV per formula unit; null where the relaxation failed")
    failure: str = ""
    steps: int = 0
    max_force: float = Field(default=0.0, description="eV/angstrom")
    settings: str = ""
    lattice: tuple[tuple[float, float, float], ...] = Field(default=(), description="rows, angstrom")
    species: tuple[str, ...] = ()
    coordinates: tuple[tuple[float, float, float], ...] = Field(default=(), description="fractional")

    def to_pymatgen(self) -> Any:
        """Return the ``pymatgen.core.Structure``."""
        from pymatgen.core import Lattice, Structure

        return Structure(Lattice(self.lattice), list(self.species), self.coordinates)

    @property
    def key(self) -> tuple[str, int, tuple[int, ...], str]:
        """What identifies the relaxation."""
        return self.model, self.number, self.choice, self.stage


class Records(Model):
    """All relaxations of one engine."""

    engine: str
    version: str
    known_bias: tuple[str, ...]
    citations: tuple[str, ...]
    entries: tuple[Relaxed, ...]

    def find(self, model: str, stage: Stage, among: Collection[tuple[int, tuple[int, ...]]]) -> tuple[Relaxed, ...]:
        """Successful relaxations of the named (number, choice) of a model, the lowest energy first."""
        found = [
            item
            for item in self.entries
            if item.model == model and item.stage == stage and (item.number, item.choice) in among
        ]
        return tuple(sorted((item for item in found if item.energy is not None), key=lambda item: item.energy or 0.0))


@cache
def shipped(engine: str) -> Records:
    """The records of one engine.

    Raises
    ------
    DataError
        There are none, or they cannot be read.
    """
    return read_record(
        package_data("diffraction/published_study", f"{engine}.json"), Records, "a record of relaxed models"
    )


def shipped_engines() -> tuple[str, ...]:
    """Engines with shipped records, the leading one first."""
    from antiperovskite.engines.registry import CROSS_CHECK_ENGINES, DEFAULT_ENGINE

    return tuple(
        name
        for name in (DEFAULT_ENGINE, *CROSS_CHECK_ENGINES)
        if package_data("diffraction/published_study", f"{name}.json").is_file()
    )
