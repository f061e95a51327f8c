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


class DistortionCheck(Model):
    """One distorted structure against the cubic one, by the engine that found both and by DFT at the same geometries.

    Energies are distorted minus cubic, meV per formula unit. Both structures are those the engine relaxed, so that DFT
    is judged away from its own minima; a sign that differs by more than a few meV is the engine's error.
    """

    formula: str
    distorted: str
    spacegroup: str
    atoms: int
    engine: str
    engine_difference: float
    reference: str
    reference_settings: str
    reference_difference: float


class DistortionChecks(Model):
    """All checks, and what made them."""

    made_by: str
    checks: tuple[DistortionCheck, ...]


@cache
def distortion_checks() -> tuple[DistortionCheck, ...]:
    """Return the shipped checks by DFT; none where no file is shipped."""
    path = package_data("vibrations", "distortion_checks.json")
    return read_record(path, DistortionChecks, "checks by DFT").checks if path.is_file() else ()
