"""Energies of the reference phases, one set an engine; sets never mix."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field

from antiperovskite._files import package_data, read_record
from antiperovskite._model import Model
from antiperovskite.engines.model import EngineCard
from antiperovskite.errors import DataError, MissingReferenceError

REFERENCES_VARIABLE = "ANTIPEROVSKITE_REFERENCES"


class CompactStructure(Model):
    """A relaxed primitive cell: lattice rows in angstrom, fractional coordinates."""

    lattice: tuple[tuple[float, float, float], ...]
    species: tuple[str, ...]
    coordinates: tuple[tuple[float, float, float], ...]

    def to_pymatgen(self) -> Any:
        """Return the ``pymatgen.core.Structure``."""
        from pymatgen.core import Lattice, Structure

        return Structure(Lattice(self.lattice), list(self.species), [list(xyz) for xyz in self.coordinates])


class ReferenceEntry(Model):
    """One reference phase relaxed with one engine, or imported (then without steps, and perhaps without structure)."""

    name: str
    formula: str = Field(description="reduced formula")
    kind: str
    trust: str = Field(description="trust of the starting structure")
    source: str
    elements: dict[str, float] = Field(description="atoms per reduced formula unit")
    energy: float = Field(description="eV per reduced formula unit, 0 K, no zero-point motion")
    lattice_error: float | None = Field(description="per cent, (V / V_source)^(1/3) - 1; null if constructed")
    cell_length_error: float | None = Field(description="per cent, the primitive cell length that is worst off")
    spacegroup: str = Field(description="empty if there is no structure")
    steps: int | None = Field(description="null if imported")
    max_force: float | None = Field(description="eV/angstrom; null if imported")
    structure: CompactStructure | None = Field(description="null if imported without one")


class FailedReference(Model):
    """A phase the engine could not relax, and why."""

    name: str
    reason: str


class ReferenceSet(Model):
    """All reference phases of one engine."""

    engine: EngineCard
    settings: str
    package_version: str
    entries: tuple[ReferenceEntry, ...]
    failures: tuple[FailedReference, ...] = ()

    def within(self, elements: frozenset[str]) -> tuple[ReferenceEntry, ...]:
        """Return the entries made only of ``elements``."""
        return tuple(entry for entry in self.entries if entry.elements.keys() <= elements)


def user_reference_directory() -> Path:
    """Where ``references build`` writes: ``ANTIPEROVSKITE_REFERENCES`` or the user's data directory."""
    given = os.environ.get(REFERENCES_VARIABLE)
    if given:
        return Path(given)
    from platformdirs import user_data_dir

    return Path(user_data_dir("antiperovskite")) / "references"


def load_reference_set(path: Any) -> ReferenceSet:
    """Read and validate one set.

    Raises
    ------
    DataError
        The file cannot be read or is not a reference set.
    """
    return read_record(path, ReferenceSet, "a reference set")


@cache
def reference_set(engine_name: str) -> ReferenceSet:
    """Return the reference energies of an engine: the user's own phases, and the shipped ones they do not replace.

    Raises
    ------
    MissingReferenceError
        There is none; the message gives the command that builds it.
    """
    found: ReferenceSet | None = None
    for directory in (user_reference_directory(), package_data("stability", "references")):
        path: Any = directory.joinpath(f"{engine_name}.json")
        if path.is_file():
            more = load_reference_set(path)
            if more.engine.name != engine_name:
                raise DataError(f"{path} holds energies of {more.engine.name!r}, not {engine_name!r}; build it again")
            found = more if found is None else _completed(found, more)
    if found is not None:
        return found
    raise MissingReferenceError(
        f"no reference phases were computed with engine {engine_name!r}; run: antiperovskite references build "
        f"--engine {engine_name}"
    )


def _completed(own: ReferenceSet, shipped: ReferenceSet) -> ReferenceSet:
    """The user's phases and, of the same energy scale, the shipped ones they do not replace.

    A set built for a few elements must not hide the shipped phases of all others.
    """
    if own.engine.energy_scale != shipped.engine.energy_scale:
        return own
    names = {entry.name for entry in own.entries}
    entries = (*own.entries, *(entry for entry in shipped.entries if entry.name not in names))
    present = {entry.name for entry in entries}
    failures = {failure.name: failure for failure in (*shipped.failures, *own.failures)}
    return own.model_copy(
        update={"entries": entries, "failures": tuple(f for name, f in failures.items() if name not in present)}
    )


def reference_fingerprint(engine_name: str) -> str:
    """A hash of the reference set in use, ``"none"`` if there is none; results that depend on it carry it."""
    from hashlib import sha256

    try:
        found = reference_set(engine_name)
    except MissingReferenceError:
        return "none"
    return sha256(found.model_dump_json().encode()).hexdigest()[:16]
