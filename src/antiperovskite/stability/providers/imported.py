"""From checked entries to a reference set: names, kinds, and which elements they cover."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from antiperovskite._version import __version__
from antiperovskite.engines.model import EngineCard
from antiperovskite.errors import DataError, MissingReferenceError
from antiperovskite.stability.phases import constructed_phases, reference_phases
from antiperovskite.stability.providers.checked_entry import CheckedEntry
from antiperovskite.stability.references import ReferenceEntry, ReferenceSet

SYMPREC = 0.05  # angstrom, as for phases relaxed here


@cache
def _spellings() -> dict[str, str]:
    """Formulas as the shipped phases are called (``LiOH``) by pymatgen's reduced formula (``LiHO``)."""
    from pymatgen.core import Composition

    found: dict[str, str] = {}
    for name in (*reference_phases(), *constructed_phases()):
        head = name.split("-")[0]
        try:
            reduced = Composition(head).reduced_formula
        except ValueError:  # a mineral or a hydrate with its dot
            continue
        if head.isalnum() and Composition(head).get_reduced_formula_and_factor()[1] == 1:
            found.setdefault(reduced, head)
    return found


def familiar_formula(reduced: str) -> str:
    """Return a reduced formula the way the shipped phases spell it."""
    return _spellings().get(reduced, reduced)


def imported_set(
    entries: Sequence[CheckedEntry], card: EngineCard, *, settings: str, trust: str, source: str
) -> ReferenceSet:
    """Return entries of one energy scale as a reference set.

    Raises
    ------
    DataError
        One label stands for two different energies.
    """
    found: dict[str, ReferenceEntry] = {}
    for entry in entries:
        reference = _reference_entry(entry, trust=trust, source=source)
        known = found.setdefault(reference.name, reference)
        if abs(known.energy - reference.energy) > 1e-6:
            raise DataError(
                f"{source}: {reference.name} stands for two energies, {known.energy:.6f} and {reference.energy:.6f} eV "
                "per formula unit; give the entries different entry_id"
            )
    return ReferenceSet(
        engine=card,
        settings=settings,
        package_version=__version__,
        entries=tuple(found[name] for name in sorted(found)),
    )


def require_elements(references: ReferenceSet, elements: Iterable[str], source: str) -> None:
    """Check that every element is in some phase.

    Raises
    ------
    MissingReferenceError
        Some are in none; the message names them.
    """
    covered = {element for entry in references.entries for element in entry.elements}
    missing = sorted(set(elements) - covered)
    if missing:
        raise MissingReferenceError(
            f"{source} has no entry with the element{'s' if len(missing) > 1 else ''} {', '.join(missing)}; leave them "
            "out, or add phases of them computed in the same way"
        )


def without_own_entry(references: ReferenceSet) -> tuple[str, ...]:
    """Elements of a set that occur in compounds only; their zero of energy can come from a calibration alone."""
    covered = {element for entry in references.entries for element in entry.elements}
    alone = {next(iter(entry.elements)) for entry in references.entries if len(entry.elements) == 1}
    return tuple(sorted(covered - alone))


def _reference_entry(entry: CheckedEntry, *, trust: str, source: str) -> ReferenceEntry:
    return ReferenceEntry(
        name=f"{familiar_formula(entry.formula)}-{entry.label}",
        formula=entry.formula,
        kind="element" if entry.is_element else "competing",
        trust=trust,
        source=f"{source}, {entry.label}",
        elements=dict(entry.elements),
        energy=entry.energy,
        lattice_error=None,
        cell_length_error=None,
        spacegroup=_spacegroup(entry),
        steps=None,
        max_force=None,
        structure=entry.structure,
    )


def _spacegroup(entry: CheckedEntry) -> str:
    """Symbol of the structure's space group; empty without a structure or where spglib finds none."""
    from antiperovskite.errors import StructureError
    from antiperovskite.structures.symmetry import spacegroup

    if entry.structure is None:
        return ""
    try:
        return spacegroup(entry.structure.to_pymatgen(), SYMPREC)[0]
    except StructureError:
        return ""
