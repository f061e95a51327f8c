"""Computed ground states that are shipped: one file an engine, with the settings and the tree of each compound."""

from __future__ import annotations

from functools import cache

from antiperovskite._files import package_data, read_record
from antiperovskite._model import Model
from antiperovskite.errors import MissingReferenceError
from antiperovskite.vibrations.model import GroundState


class GroundStateSet(Model):
    """Ground states of several compounds with one engine; only the last structure of each tree is kept."""

    engine: str
    made_by: str
    records: tuple[GroundState, ...]

    def named(self, formula: str) -> GroundState | None:
        """Return the tree of a compound, if there is one."""
        return next((record for record in self.records if record.formula == formula), None)


def compact(found: GroundState) -> GroundState:
    """Drop the structures of all nodes but the first and the ground state."""
    keep = {0, found.ground}
    nodes = tuple(n if n.id in keep else n.model_copy(update={"structure": None}) for n in found.nodes)
    return found.model_copy(update={"nodes": nodes})


@cache
def shipped_engines() -> tuple[str, ...]:
    """Return the engines ground states are shipped for, sorted."""
    directory = package_data("vibrations", "ground_states")
    names = [entry.name for entry in directory.iterdir() if entry.name.endswith(".json")] if directory.is_dir() else []
    return tuple(sorted(name.removesuffix(".json") for name in names))


@cache
def ground_states(engine: str) -> GroundStateSet:
    """Return the shipped ground states of an engine.

    Raises
    ------
    MissingReferenceError
        None are shipped for it.
    """
    if engine not in shipped_engines():
        raise MissingReferenceError(
            f"no ground states are shipped for {engine[:60]!r}; choose one of {', '.join(shipped_engines())}"
        )
    return read_record(
        package_data("vibrations", f"ground_states/{engine}.json"), GroundStateSet, "a set of ground states"
    )
