"""Ranking candidate structures of one compound by relaxing each with an engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from antiperovskite._model import Model
from antiperovskite.engines.model import Relaxation
from antiperovskite.errors import AntiperovskiteError, MissingEngineError, StructureError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.structures.model import StructureModel
from antiperovskite.structures.symmetry import spacegroup

RELAXED_SYMPREC = 0.05
"""Tolerance in angstrom given to spglib for relaxed structures."""


class RankedCandidate(Model):
    """A candidate after relaxation; ``index`` is its place in the list given, from 0."""

    index: int
    description: str
    energy: AnyQuantity
    above_lowest: AnyQuantity
    spacegroup: str | None
    symprec: float
    structure: StructureModel | None


def rank_candidates(
    candidates: Sequence[StructureModel],
    relax_one: Callable[[StructureModel], Relaxation],
    symprec: float = RELAXED_SYMPREC,
) -> list[RankedCandidate]:
    """Relax every candidate and sort by energy per formula unit, failures last with their reason.

    Parameters
    ----------
    candidates
        Structures of one compound.
    relax_one
        Relaxes a candidate.
    symprec
        Distance tolerance in angstrom given to spglib for the relaxed structures.

    Raises
    ------
    MissingEngineError
        At once: no other candidate could be relaxed either.
    """
    done: list[tuple[int, StructureModel, Relaxation]] = []
    failed: list[RankedCandidate] = []
    for index, candidate in enumerate(candidates):
        try:
            done.append((index, candidate, relax_one(candidate)))
        except MissingEngineError:
            raise
        except AntiperovskiteError as error:
            absent = NotComputed(unit="eV/formula", method=str(error))
            failed.append(
                RankedCandidate(
                    index=index,
                    description=candidate.description,
                    energy=absent,
                    above_lowest=absent,
                    spacegroup=None,
                    symprec=symprec,
                    structure=None,
                )
            )
    done.sort(key=lambda item: item[2].energy / item[1].formula_units)
    lowest = done[0][2].energy / done[0][1].formula_units if done else 0.0
    return [_ranked(index, model, relaxed, lowest, symprec) for index, model, relaxed in done] + failed


def _ranked(
    index: int, candidate: StructureModel, relaxed: Relaxation, lowest: float, symprec: float
) -> RankedCandidate:
    energy = relaxed.energy / candidate.formula_units
    try:
        symbol: str | None = spacegroup(relaxed.to_pymatgen(), symprec)[0]
    except StructureError:
        symbol = None

    def quantity(value: float, what: str) -> Quantity:
        return Quantity(
            value=value,
            uncertainty=None,
            unit="eV/formula",
            method=f"{what}, {relaxed.settings}; one engine, so no uncertainty is estimated",
            source=f"{relaxed.engine.name} {relaxed.engine.version}",
            citations=relaxed.engine.citations,
        )

    return RankedCandidate(
        index=index,
        description=candidate.description,
        energy=quantity(energy, "energy of the relaxed structure"),
        above_lowest=quantity(energy - lowest, "relaxed energy minus that of the lowest candidate"),
        spacegroup=symbol,
        symprec=symprec,
        structure=candidate.model_copy(update={"structure": relaxed.structure}),
    )
