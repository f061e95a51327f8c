"""Relaxing several candidate structures of one compound and keeping the lowest in energy."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from antiperovskite.engines.model import Relaxation
from antiperovskite.errors import AntiperovskiteError, MissingEngineError, StructureError
from antiperovskite.structures.model import StructureModel


@dataclass(frozen=True)
class LowestCandidate:
    """The candidate lowest in energy per formula unit, its relaxation, and those that could not be relaxed."""

    model: StructureModel
    relaxation: Relaxation
    failures: tuple[str, ...]

    @property
    def energy(self) -> float:
        """Energy in eV per formula unit."""
        return self.relaxation.energy / self.model.formula_units


def lowest_candidate(
    candidates: Iterable[StructureModel], relax_one: Callable[[StructureModel], Relaxation]
) -> LowestCandidate:
    """Relax every candidate and keep the lowest; of equals the first.

    Parameters
    ----------
    candidates
        Structures of one compound.
    relax_one
        Relaxes a candidate; one that cannot be relaxed is listed in ``failures``.

    Raises
    ------
    MissingEngineError
        At once: no other candidate could be relaxed either.
    StructureError
        No candidate could be relaxed; the message carries the last reason.
    """
    failures: list[str] = []
    best: LowestCandidate | None = None
    for candidate in candidates:
        try:
            found = LowestCandidate(candidate, relax_one(candidate), ())
        except MissingEngineError:
            raise
        except AntiperovskiteError as error:
            failures.append(f"{candidate.description}: {error}")
            continue
        if best is None or found.energy < best.energy:
            best = found
    if best is None:
        reason = failures[-1] if failures else "there is none"
        raise StructureError(f"no candidate structure could be relaxed: {reason}")
    return LowestCandidate(best.model, best.relaxation, tuple(failures))
