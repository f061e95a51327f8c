"""Vibrational free energies that were computed once and are read many times: one JSON file an engine."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field

from antiperovskite._files import package_data, read_record
from antiperovskite._model import Model
from antiperovskite.errors import OptionError
from antiperovskite.stability.thermal.hermite import interpolate

PHONONS_VARIABLE = "ANTIPEROVSKITE_PHONONS"
SHIPPED_ENGINE = "7net-0"


class PhononRecord(Model):
    """Harmonic vibrations of one phase; energies in eV per formula unit, temperatures in K.

    ``free_energy`` is F_vib(T) - ZPE, the part that is added to an energy at 0 K; ``entropy`` is S_vib(T).
    """

    name: str
    formula: str
    elements: dict[str, float]
    structure: str = Field(description="which cell was displaced")
    atoms_in_supercell: int
    displacements: int
    displacement: float = Field(description="angstrom")
    mesh: tuple[int, int, int]
    zero_point_energy: float
    imaginary_fraction: float = Field(description="share of the mesh's modes below the threshold")
    imaginary_lowest: float = Field(description="THz, negative for an imaginary mode")
    temperatures: tuple[float, ...]
    free_energy: tuple[float, ...]
    entropy: tuple[float, ...]

    @property
    def atoms(self) -> float:
        """Atoms per formula unit."""
        return sum(self.elements.values())

    def thermal_part(self, temperature: float) -> float:
        """Return F_vib(T) - ZPE, eV per formula unit; raises as :meth:`gibbs_and_entropy`."""
        return self.gibbs_and_entropy(temperature)[0]

    def gibbs_and_entropy(self, temperature: float) -> tuple[float, float]:
        """Return F_vib(T) - ZPE in eV and S_vib(T) in eV/K, per formula unit.

        Raises
        ------
        OptionError
            The temperature is outside what was computed.
        """
        grid = self.temperatures
        if not grid[0] <= temperature <= grid[-1]:
            raise OptionError(
                f"the temperature {temperature!r} K is outside the phonon free energy of {self.name}; it covers "
                f"{grid[0]:g} to {grid[-1]:g} K"
            )
        i = max(bisect_left(grid, temperature), 1)
        points = zip(grid[i - 1 : i + 1], self.free_energy[i - 1 : i + 1], self.entropy[i - 1 : i + 1], strict=True)
        return interpolate(temperature, *points)


class RefusedPhonons(Model):
    """A phase without a harmonic free energy, and why."""

    name: str
    reason: str


class PhononSet(Model):
    """The vibrations computed with one engine."""

    engine: str
    settings: str
    records: tuple[PhononRecord, ...] = ()
    refused: tuple[RefusedPhonons, ...] = ()

    def named(self, name: str) -> PhononRecord | None:
        """Return the record of a phase, if there is one."""
        return next((record for record in self.records if record.name == name), None)


def user_phonon_directory() -> Path:
    """Where computed vibrations are kept: ``ANTIPEROVSKITE_PHONONS`` or the user's data directory."""
    given = os.environ.get(PHONONS_VARIABLE)
    if given:
        return Path(given)
    from platformdirs import user_data_dir

    return Path(user_data_dir("antiperovskite")) / "phonons"


@cache
def phonon_set(engine: str) -> PhononSet:
    """Return the vibrations of an engine: the shipped ones, with the user's own in front; empty if there are none.

    Raises
    ------
    DataError
        A file is damaged.
    """
    candidates: tuple[Any, ...] = (
        user_phonon_directory() / f"{engine}.json",
        package_data("stability/thermal", f"phonons/{engine}.json"),
    )
    sets = [read_record(path, PhononSet, "a set of phonon free energies") for path in candidates if path.is_file()]
    records = {record.name: record for found in reversed(sets) for record in found.records}
    refused = {entry.name: entry for found in reversed(sets) for entry in found.refused if entry.name not in records}
    return PhononSet(
        engine=engine,
        settings=sets[0].settings if sets else "none",
        records=tuple(records.values()),
        refused=tuple(refused.values()),
    )


def matching_record(elements: Mapping[str, float], engine: str) -> PhononRecord | None:
    """Return the record of this composition with the lowest free energy at 300 K, of one engine."""
    atoms = sum(elements.values())
    matches = [
        record
        for record in phonon_set(engine).records
        if record.elements.keys() == elements.keys()
        and all(abs(record.elements[e] / record.atoms - n / atoms) < 1e-6 for e, n in elements.items())
    ]
    return min(matches, key=lambda record: record.thermal_part(300.0) / record.atoms, default=None)


def phonon_record(name: str, engine: str) -> tuple[PhononRecord, str] | None:
    """Return a phase's vibrations and the engine that gave them: the asked engine's, else the shipped engine's."""
    for candidate in dict.fromkeys((engine, SHIPPED_ENGINE)):
        record = phonon_set(candidate).named(name)
        if record is not None:
            return record, candidate
    return None
