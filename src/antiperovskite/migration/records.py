"""Computed barriers that are shipped: one file an engine, study by study."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from pydantic import Field

from antiperovskite._files import package_data, read_record
from antiperovskite._model import Model
from antiperovskite.errors import MissingReferenceError
from antiperovskite.migration.model import Barrier, MigrationStudy
from antiperovskite.quantity import Quantity


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


def size_effect(studies: Iterable[MigrationStudy]) -> tuple[Quantity, ...]:
    """Extrapolations to an infinite cell, over the studies of one engine together."""
    from antiperovskite.migration.study import extrapolated

    kept = list(studies)
    lone = [b for study in kept for b in study.barriers if b.compensation == "none" and b.problem is None]
    cells = {(b.hop.mechanism, b.hop.number, b.supercell): b for b in lone}
    return tuple(extrapolated(list(cells.values()), kept[0].engine)) if kept else ()


def joined(studies: Sequence[MigrationStudy]) -> MigrationStudy:
    """Several studies of one crystal with one engine as one; at least one."""
    hops = {(h.mechanism, h.number): h for study in studies for h in study.hops}
    return studies[0].model_copy(
        update={
            "settings": "; ".join(dict.fromkeys(study.settings for study in studies)),
            "hops": tuple(hops.values()),
            "barriers": tuple(b for study in studies for b in study.barriers),
            "size_effect": size_effect(studies),
            "notes": tuple(dict.fromkeys(note for study in studies for note in study.notes)),
        }
    )


def shipped_migration(formula: str, engine: str) -> MigrationStudy:
    """All shipped barriers of a crystal, as one study.

    Raises
    ------
    MissingReferenceError
        There are none.
    """
    kept = migration_set(engine)
    found = [study for study in kept.studies.values() if study.formula == formula]
    if not found:
        there = ", ".join(dict.fromkeys(study.formula for study in kept.studies.values()))
        raise MissingReferenceError(
            f"no barriers of {formula} are shipped for {engine} (there are those of {there}); run: antiperovskite "
            f"migrate {formula} --engine {engine}"
        )
    whole = joined(found)
    lost = (f"{key}: {why}" for key, why in kept.failed.items() if key.split()[0] == formula)
    return whole.model_copy(update={"notes": (*whole.notes, *lost, f"comes with the package, made by {kept.made_by}")})


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
