"""Computed barriers that are shipped: one file an engine, study by study."""

from __future__ import annotations

from functools import cache

from pydantic import Field

from antiperovskite._files import package_data, read_record
from antiperovskite._model import Model
from antiperovskite.errors import MissingReferenceError
from antiperovskite.migration.model import Barrier, MigrationStudy


class MigrationSet(Model):
    """Studies with one engine; a key is ``FORMULA MECHANISM SUPERCELL``, or what was asked for where it failed."""

    engine: str
    made_by: str
    studies: dict[str, MigrationStudy]
    failed: dict[str, str] = Field(default={})

    def barriers(self, formula: str, mechanism: str) -> tuple[Barrier, ...]:
        """All barriers of a formula by one mechanism, failed ones included, smaller cells first."""
        found = [
            barrier
            for study in self.studies.values()
            if study.formula == formula
            for barrier in study.barriers
            if barrier.hop.mechanism == mechanism
        ]
        return tuple(sorted(found, key=lambda b: (b.hop.number, b.atoms)))


@cache
def migration_set(engine: str) -> MigrationSet:
    """Return the shipped barriers of an engine.

    Raises
    ------
    MissingReferenceError
        None are shipped for it.
    """
    path = package_data("migration", f"{engine}.json")
    if not path.is_file():
        raise MissingReferenceError(
            f"no barriers are shipped for {engine[:60]!r}; compute them with scripts/migration_study.py"
        )
    return read_record(path, MigrationSet, "a set of barriers")
