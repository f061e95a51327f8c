"""Contacts of formulas with electrodes and metals; compounds outside the reference set are relaxed for the question."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from antiperovskite.assessment.options import Progress
from antiperovskite.assessment.targets import find_targets
from antiperovskite.composition import Formula, resolve
from antiperovskite.electrochemistry.contact import DEFAULT_THRESHOLD
from antiperovskite.electrochemistry.contact_matrix import ContactMatrix
from antiperovskite.electrochemistry.contact_model import Contact
from antiperovskite.electrochemistry.partners import Partner, find_partner
from antiperovskite.stability.competing import competing_phases
from antiperovskite.store import ResultStore


def contacts_of(
    electrolytes: Iterable[Formula],
    partners: Sequence[Partner],
    *,
    engine: str | None = None,
    voltages: Sequence[float | None] = (None,),
    threshold: float = DEFAULT_THRESHOLD,
    store: ResultStore | None = None,
    progress: Progress | None = None,
) -> list[Contact]:
    """Return every contact of electrolytes with partners; a cell that cannot be computed holds the reason.

    Parameters
    ----------
    electrolytes, partners
        What touches what.
    engine
        One engine for everything; chosen for each contact by its chemistry if ``None``.
    voltages
        Volts against the electrolyte's alkali metal; ``None`` is the closed system.
    threshold
        Driving force in meV per counted atom from which a contact counts as reactive.
    store, progress
        Where relaxations are kept, and who is told of them.

    Raises
    ------
    OptionError
        A voltage or the threshold is outside what is allowed.
    """
    cells = ContactMatrix(
        competing_phases,
        lambda formula, name: find_targets([formula], name, store=store, progress=progress)[0].phase,
        engine=engine,
        threshold=threshold,
    )
    found: list[Contact] = []
    for electrolyte in electrolytes:
        for partner in partners:
            if progress is not None:
                progress("contact", f"{electrolyte.formula} with {partner.key}")
            found += cells.cell(electrolyte.formula, electrolyte.elements, partner, voltages)
    return found


def contact_cell(
    formula: str, partner: str, *, store: ResultStore | None = None, progress: Progress | None = None
) -> Contact:
    """Return the closed contact of one formula with one partner, by their names.

    Raises
    ------
    InputError
        The formula or the partner is not known.
    """
    return contacts_of([resolve(formula)], [find_partner(partner)], store=store, progress=progress)[0]
