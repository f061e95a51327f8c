"""``antiperovskite evidence``: the literature's tables and their references."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from antiperovskite.evidence import CompositionRow, ConductivityRow, Row, SynthesisRow
    from antiperovskite.quantity import Quantity

app = typer.Typer(
    help="What the literature reports: tables of the 2021 perspective, and BibTeX of the works behind them.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


@app.command("table", epilog="Example:  antiperovskite evidence table 4 --formula Li2OHCl --json")
def table(
    number: Annotated[int, typer.Argument(help="1: compositions, 2: synthesis routes, 4: conductivities.")],
    formula: Annotated[str | None, typer.Option("--formula", "-f", help="Only rows that concern this formula.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Print a table of the literature, whole or for one formula.

    Formulas match by their sites: Li2OHCl and Li2(OH)Cl give the same rows. Rows whose printed text is damaged or
    ambiguous are marked; --json gives the reason of each in "flag".
    """
    from antiperovskite import evidence
    from antiperovskite.cli.output import print_json, print_note, print_table

    rows = evidence.table(number, formula)
    if as_json:
        print_json([_record(row) for row in rows])
        return
    subject = f" for {formula}" if formula else ""
    if not rows:
        print_note(f"table {number} has no row{subject}")
        return
    columns, cells = _LAYOUTS[number]
    print_table(f"Table {number}{subject}: {_count(len(rows))}", columns, [cells(row) for row in rows])
    flagged = sum(row.reading == "uncertain" for row in rows)
    if flagged:
        print_note(f"? marks an uncertain reading ({_count(flagged)}); the reasons are in --json")


@app.command("cite", epilog="Example:  antiperovskite evidence cite zhao2012 dawson2021 > refs.bib")
def cite(
    keys: Annotated[list[str], typer.Argument(help="Citation keys, as the tables and reports give them.")],
) -> None:
    """Print BibTeX for citation keys."""
    from antiperovskite.citations import bibtex
    from antiperovskite.errors import DataError, OptionError

    try:
        text = bibtex(keys)
    except DataError as error:
        # The same lookup serves data files; here the user typed the key.
        raise OptionError(str(error)) from error
    typer.echo(text, nl=False)


def _count(rows: int) -> str:
    return f"{rows} row" if rows == 1 else f"{rows} rows"


def _record(row: Row) -> dict[str, Any]:
    """A row as JSON: its own fields, the resolved references, and why the reading is uncertain (or null)."""
    from antiperovskite.citations import citation

    references = [{**citation(key).model_dump(mode="json"), "text": citation(key).text} for key in row.citations]
    return {**row.model_dump(mode="json"), "reference": references, "flag": row.flag}


def _works(row: Row) -> str:
    from antiperovskite.citations import citation

    return "; ".join(citation(key).short for key in row.citations)


def _mark(row: Row, text: str) -> str:
    return f"? {text}" if row.reading == "uncertain" else text


def _range(low: Quantity | None, high: Quantity | None) -> str:
    if low is None:
        return ""
    sign = "~" if "approximate" in low.method else ">" if "a lower bound" in low.method else ""
    return f"{sign}{_number(low.value)}" + (f" - {_number(high.value)}" if high else "")


def _number(value: float) -> str:
    """Four digits; small numbers as powers of ten, so that conductivities line up by decade."""
    if abs(value) >= 0.01:
        return f"{value:.4g}"
    digits, exponent = f"{value:.3e}".split("e")
    return f"{digits.rstrip('0').rstrip('.')}e{int(exponent)}"


def _composition_cells(row: CompositionRow) -> list[str]:
    return [_mark(row, row.formula), row.status, _works(row)]


def _synthesis_cells(row: SynthesisRow) -> list[str]:
    return [_mark(row, ", ".join(row.concerns)), row.form, row.procedure, row.remarks, _works(row)]


def _conductivity_cells(row: ConductivityRow) -> list[str]:
    return [
        _mark(row, row.formula),
        _range(row.conductivity, row.conductivity_upper),
        "RT" if row.room_temperature else _range(row.temperature, None),
        _range(row.activation_energy, row.activation_energy_upper),
        row.kind if "unspecified" in row.method else row.method,
        ", ".join(part for part in (row.form, row.phase) if part),
        _works(row),
    ]


_LAYOUTS: dict[int, tuple[list[str], Any]] = {
    1: (["Composition", "Status", "Reference"], _composition_cells),
    2: (["Composition", "Form", "Procedure", "Remarks", "Reference"], _synthesis_cells),
    4: (
        ["Composition", "Conductivity (S/cm)", "T (K)", "Ea (eV)", "Method", "Form, phase", "Reference"],
        _conductivity_cells,
    ),
}
