"""``antiperovskite contact``: reaction energies of electrolytes with what touches them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from antiperovskite.composition import Formula
    from antiperovskite.electrochemistry.contact_model import Contact
    from antiperovskite.electrochemistry.partners import Partner

MANY = 6
"""Contacts beyond which notes on each would bury the table."""

EXAMPLES = (
    "Examples:  antiperovskite contact Li3OCl --with Li,LiCoO2   |   "
    "antiperovskite contact Li3OCl Na3OBr Li2OHCl --matrix contacts.html   |   "
    "antiperovskite contact Li3OCl --with LiFePO4 --voltage 2.5 --voltage 3.5 --json"
)


def contact(
    formulas: Annotated[list[str], typer.Argument(metavar="FORMULA...", help="One or more electrolytes.")],
    *,
    partners: Annotated[
        list[str] | None,
        typer.Option("--with", "-w", metavar="A,B", help="Partners, comma separated; without it, all known ones."),
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            "--engine", "-e", help="One engine for all; without it 7net-0, or a model without U for 3d oxides."
        ),
    ] = None,
    voltage: Annotated[
        list[float] | None,
        typer.Option(help="V against the electrolyte's alkali metal, which is then exchanged freely; may be repeated."),
    ] = None,
    threshold: Annotated[float, typer.Option(help="Driving force (meV/atom) from which a contact reacts.")] = 25.0,
    matrix: Annotated[
        Path | None,
        typer.Option("--matrix", "--plot", help="Write an offline HTML page with the matrix and each curve."),
    ] = None,
    store: Annotated[Path | None, typer.Option(help="SQLite file that keeps relaxations.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON list, one record a contact.")] = False,
) -> None:
    """Find the worst reaction between electrolytes and electrodes, metals or other electrolytes.

    Every mixing ratio is considered, and all products among the reference phases. Exit code 3 means that some contact
    could not be computed: its record says why.
    """
    from antiperovskite._files import check_writable
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.composition import resolve
    from antiperovskite.electrochemistry.contact import check_conditions
    from antiperovskite.engines.threads import limit_threads

    limit_threads()
    conditions: list[float | None] = [*voltage] if voltage else [None]
    for volts in conditions:
        check_conditions(volts, threshold)
    electrolytes = [resolve(text) for text in dict.fromkeys(formulas)]
    touching = read_partners(partners)
    if matrix is not None:
        check_writable(matrix.parent)
    found = _compute(electrolytes, touching, engine, conditions, threshold, store)
    if matrix is not None:
        from antiperovskite.report.contact_page import write_contacts

        write_contacts(found, matrix)
        print_note(f"wrote {matrix}")
    if json:
        print_json(found)
    else:
        _print(found)
    missing = [item for item in found if not item.computed]
    for reason, cells in _by_text([(item, item.reaction_energy.method) for item in missing]).items():
        print_note(f"not computed: {cells}: {reason}")
    if missing:
        raise typer.Exit(code=3)


def read_partners(texts: list[str] | None) -> list[Partner]:
    """Return the partners a user named, each once, or all known ones.

    Raises
    ------
    OptionError
        A name is not known, or nothing is named.
    """
    from antiperovskite.electrochemistry.partners import find_partner, known_partners
    from antiperovskite.errors import OptionError

    if texts is None:
        return list(known_partners().values())
    names = [part.strip() for text in texts for part in text.split(",") if part.strip()]
    if not names:
        raise OptionError("--with names no partner; try: --with Li,LiCoO2")
    return list({partner.key: partner for partner in map(find_partner, names)}.values())


def _compute(
    electrolytes: list[Formula],
    partners: list[Partner],
    engine: str | None,
    conditions: list[float | None],
    threshold: float,
    store: Path | None,
) -> list[Contact]:
    from antiperovskite.assessment.contacts import contacts_of
    from antiperovskite.cli.progress import step_progress
    from antiperovskite.store import ResultStore, default_store_path

    results = ResultStore(store or default_store_path())
    try:
        with step_progress() as progress:
            return contacts_of(
                electrolytes,
                partners,
                engine=engine,
                voltages=conditions,
                threshold=threshold,
                store=results,
                progress=progress,
            )
    finally:
        results.close()


def _print(found: list[Contact]) -> None:
    from antiperovskite.cli.output import print_note, print_table

    at_voltage = any(item.voltage for item in found)
    columns = ["electrolyte", "partner", "total", "mutual", "P", "worst reaction", "engine"]
    rows = [
        [
            item.electrolyte,
            item.partner if item.voltage is None else f"{item.partner} at {item.voltage.value:g} V",
            _number(item.reaction_energy),
            _number(item.mutual_reaction_energy),
            _probability(item),
            item.equation or ("no reaction" if item.computed else "not computed"),
            item.engine,
        ]
        for item in found
    ]
    counted = "atom other than the alkali metal" if at_voltage else "atom"
    print_table(f"Reaction energies in meV per {counted}", columns, rows)
    if len(found) <= MANY:
        for note, cells in _by_text([(item, note) for item in found if item.computed for note in item.notes]).items():
            print_note(f"{cells}: {note}")
    elif any(item.computed and item.notes for item in found):
        print_note("notes on each contact: --json or --matrix FILE.html")
    print_note(
        "total: against both compounds as given; mutual: without what each gives off on its own"
        f"{' (at a voltage, that includes charging an electrode)' if at_voltage else ''}; P: probability that "
        f"some reaction gives off more than {found[0].threshold.value:g} meV/atom"
    )


def _by_text(pairs: list[tuple[Contact, str]]) -> dict[str, str]:
    """Each text once, with the contacts that it is about."""
    grouped: dict[str, dict[str, list[str]]] = {}
    for item, text in pairs:
        grouped.setdefault(text, {}).setdefault(item.partner, []).append(item.electrolyte)
    return {
        text: "; ".join(f"{', '.join(dict.fromkeys(who))} with {partner}" for partner, who in cells.items())
        for text, cells in grouped.items()
    }


def _number(value: object) -> str:
    from antiperovskite.quantity import Quantity, format_number

    return format_number(value.value, value.uncertainty) if isinstance(value, Quantity) else "–"


def _probability(item: Contact) -> str:
    from antiperovskite.quantity import Quantity

    value = item.probability
    return f"{value.value:.2f}" if isinstance(value, Quantity) else "–"
