"""``antiperovskite evidence``: the literature's tables, queries over them, and their references."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from antiperovskite.cli.commands import evidence_claims, evidence_plot, evidence_trust

app = typer.Typer(
    help="What the literature reports: tables of the 2021 perspective, a lab's own rows, and the works behind them.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
app.add_typer(evidence_plot.app, name="plot")
app.command("claims", epilog=evidence_claims.EXAMPLES)(evidence_claims.claims)
app.command("trust", epilog=evidence_trust.EXAMPLES)(evidence_trust.trust)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]


@app.command("table", epilog="Example:  antiperovskite evidence table 4 --formula Li2OHCl --json")
def table(
    number: Annotated[
        int,
        typer.Argument(
            help="1: compositions and radii, 2: synthesis routes, 3: structures of Li2OHCl, 4: conductivities."
        ),
    ],
    formula: Annotated[str | None, typer.Option("--formula", "-f", help="Only rows that concern this formula.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print a table of the literature, whole or for one formula.

    Formulas match by their sites: Li2OHCl and Li2(OH)Cl give the same rows. Rows whose printed text is damaged or
    ambiguous are marked; --json gives the reason of each in "flag", and where a row came from in "origin".
    """
    from antiperovskite import evidence
    from antiperovskite.cli.commands.evidence_layouts import print_rows, record
    from antiperovskite.cli.output import print_json, print_note

    rows = evidence.table(number, formula)
    if as_json:
        print_json([record(row) for row in rows])
        return
    subject = f" for {formula}" if formula else ""
    if not rows:
        print_note(f"table {number} has no row{subject}")
        return
    print_rows(f"Table {number}{subject}", number, rows)


@app.command(
    "conductivities",
    epilog="Example:  antiperovskite evidence conductivities --type Li2OHCl --near 300 --within 20 --json",
)
def conductivities(
    formula: Annotated[str | None, typer.Option("--formula", "-f", help="Only this material.")] = None,
    like: Annotated[
        str | None,
        typer.Option(
            "--type",
            "-t",
            help="Materials of this one's type: same main cation, same framework, same B-site chemistry "
            "(any OH on B, any H on B, else the same B ions).",
        ),
    ] = None,
    near: Annotated[float | None, typer.Option("--near", help="Temperature in K.")] = None,
    within: Annotated[float, typer.Option("--within", help="How far from it, in K, ends included.")] = 20.0,
    kind: Annotated[str | None, typer.Option("--kind", help="experiment, modelling or 'not stated'.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print reported conductivities in S/cm, each with its temperature, method and reference.

    RT counts as 298 K. Rows that print no temperature are left out once --near is given; how many is said.
    """
    from antiperovskite.cli.commands.evidence_layouts import count, print_rows, record
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.evidence import select_conductivities, type_of

    rows = select_conductivities(formula, like=like, near_K=near, within_K=within, kind=kind)
    if near is not None:
        every = select_conductivities(formula, like=like, kind=kind)
        untimed = sum(row.temperature is None for row in every)
        if untimed:
            print_note(f"{count(untimed)} without a printed temperature left out")
    if as_json:
        print_json([record(row) for row in rows])
        return
    subject = f" of {formula}" if formula else ""
    subject += f" of the type of {like} ({type_of(like)})" if like else ""
    subject += f" within {within:g} K of {near:g} K" if near is not None else ""
    if not rows:
        print_note(f"no reported conductivity{subject}")
        return
    print_rows(f"Conductivities{subject}", 4, rows)


@app.command("spread", epilog="Example:  antiperovskite evidence spread --near 300 --certain")
def spread(
    near: Annotated[float, typer.Option("--near", help="Temperature in K.")] = 300.0,
    within: Annotated[float, typer.Option("--within", help="Reports this close, in K, count as they are.")] = 20.0,
    certain: Annotated[bool, typer.Option("--certain", help="Leave out rows whose reading is uncertain.")] = False,
    extrapolate: Annotated[
        bool,
        typer.Option(
            "--extrapolate/--no-extrapolate",
            help="Carry other rows to the temperature where an activation energy stands on the row.",
        ),
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Print how many decades reports of the "same" material at about the same temperature lie apart.

    Measured and computed values are kept apart. Extrapolated values name the temperature they come from; the column
    "as reported" leaves them out. They assume one phase from there to here.
    """
    from antiperovskite.cli.commands.evidence_layouts import print_spread
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.evidence import conductivity_spread

    found = conductivity_spread(near, within, uncertain=not certain, extrapolate=extrapolate)
    if as_json:
        print_json(list(found))
        return
    if not found:
        print_note(f"no material has two reports near {near:g} K")
        return
    print_spread(found, f"Spread of reports at {near:g} K (window {within:g} K)")
    print_note("? marks an uncertain reading; a temperature in brackets: extrapolated from there with the row's own Ea")


@app.command("check", epilog="Example:  antiperovskite evidence check our-conductivities.yaml")
def check(
    files: Annotated[list[Path], typer.Argument(help="Table files of your own, as the shipped ones are written.")],
) -> None:
    """Check table files of your own; they count once they are registered.

    Register a file by putting it into the folder evidence/ of the user configuration, or by listing it in the
    environment variable ANTIPEROVSKITE_EVIDENCE.
    """
    from antiperovskite.cli.commands.evidence_layouts import count
    from antiperovskite.cli.output import print_note
    from antiperovskite.evidence.registered import read_own

    for file in files:
        rows = read_own(file)
        print_note(f"{file}: {count(len(rows))} of table {rows[0].table if rows else '?'}, all valid")


@app.command("cite", epilog="Example:  antiperovskite evidence cite zhao2012 dawson2021 > refs.bib")
def cite(
    keys: Annotated[list[str], typer.Argument(help="Citation keys, as the tables and reports give them.")],
) -> None:
    """Print BibTeX for citation keys."""
    from antiperovskite.citations import bibtex
    from antiperovskite.errors import DataError, OptionError
    from antiperovskite.evidence.registered import load_registered

    load_registered()
    try:
        text = bibtex(keys)
    except DataError as error:
        # The same lookup serves data files; here the user typed the key.
        raise OptionError(str(error)) from error
    typer.echo(text, nl=False)
