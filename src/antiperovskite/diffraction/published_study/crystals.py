"""The crystal that stands for a published model in patterns: its average structure in a given lattice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from antiperovskite.diffraction.published_study.records import Relaxed, shipped
from antiperovskite.engines.registry import DEFAULT_ENGINE
from antiperovskite.errors import StructureError
from antiperovskite.structures.published.catalogue import published_model
from antiperovskite.structures.published.model import PublishedModel
from antiperovskite.structures.published.rebuild import Candidate, candidates, cubic_average
from antiperovskite.structures.published.structure import averaged


@dataclass(frozen=True)
class Crystal:
    """A ``pymatgen`` structure with what must be said about it; ``choice`` is ``None`` for the cubic averages."""

    model: PublishedModel
    structure: Any
    notes: tuple[str, ...]
    choice: Candidate | None = None
    record: Relaxed | None = None


def reported_crystal(name: str) -> Crystal:
    """Return the average structure of a published model in its reported lattice.

    The arrangement is the one that the reported space group and cell allow with the lowest energy of the default
    engine, its coordinates relaxed by that engine in the reported lattice and averaged over the group.

    Parameters
    ----------
    name
        An id of :func:`published_models`, with or without ``Table3:``.

    Raises
    ------
    OptionError
        Unknown id; the message names all.
    StructureError
        The study reported too little to build anything.

    Examples
    --------
    >>> reported_crystal("cubic-100").structure.composition.reduced_formula
    'Li2HClO'
    """
    return crystal_in(published_model(name), None)


def crystal_in(model: PublishedModel, lengths: tuple[float, float, float] | None) -> Crystal:
    """The crystal of a model with other cell edges (angstrom) and the same fractional coordinates; None: reported."""
    if not model.can_build:
        raise StructureError(f"{model.id} ({model.study}) cannot be built: {model.why_not}")
    edges = lengths or model.lengths
    notes = [f"{model.study}: reported space group {model.space_group}", model.trust]
    if model.directions is not None:
        from pymatgen.core import Lattice, Structure

        base = cubic_average(model)
        scaled = Structure(Lattice.orthorhombic(*edges), [site.species for site in base], base.frac_coords)
        return Crystal(model, scaled, (*notes, model.described))
    record, candidate = chosen(model)
    notes.append(f"arrangement: {candidate.words}; coordinates relaxed with {DEFAULT_ENGINE} in the reported lattice")
    structure = averaged(candidate.average, record.to_pymatgen(), edges)
    return Crystal(model, structure, tuple(notes), candidate, record)


def chosen(model: PublishedModel) -> tuple[Relaxed, Candidate]:
    """The arrangement of lowest energy in the reported lattice, of the default engine.

    Raises
    ------
    StructureError
        None was relaxed.
    """
    offered = {(item.number, item.choice): item for item in candidates(model)}
    found = shipped(DEFAULT_ENGINE).find(model.id, "held", offered)
    if not found:
        raise StructureError(f"no arrangement of {model.id} was relaxed with {DEFAULT_ENGINE}")
    return found[0], offered[found[0].number, found[0].choice]
