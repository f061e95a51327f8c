"""``antiperovskite sites``: which ion sits where, in which family, and by which rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from antiperovskite.composition import Formula


def sites(
    formulas: Annotated[
        list[str],
        typer.Argument(
            metavar="FORMULA...",
            help="One or more formulas, for example Li3OCl; LaTeX and Unicode subscripts are fine.",
        ),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON: an object for one formula, a list for several.")
    ] = False,
) -> None:
    """Show the X, B and A sites of a formula, its family and the rules that decided them.

    Examples:

      antiperovskite sites Li2OHCl

      antiperovskite sites "Li2(OH)0.9F0.1Cl" "Na3O(BH4)" --json

    Quote formulas with brackets or $. Nothing is printed unless every formula resolves.
    """
    from antiperovskite.cli.output import print_json
    from antiperovskite.composition import resolve

    resolved = [resolve(text) for text in formulas]
    if as_json:
        print_json(resolved[0] if len(resolved) == 1 else resolved)
    else:
        _print_people(resolved)


def _print_people(resolved: list[Formula]) -> None:
    from antiperovskite.cli.output import print_note, print_table

    columns = ["formula", "family", "X", "B", "A", "empty X", "octahedra"]
    print_table("Sites, ions per formula unit", columns, [_row(formula) for formula in resolved])
    for formula in resolved:
        if formula.notes:
            print_note(f"{formula.formula}:")
        for note in formula.notes:
            print_note(f"  {note}")


def _row(formula: Formula) -> list[str]:
    held = formula.sites
    sites_text = [", ".join(f"{n:g} {ion}" for ion, n in site.items()) for site in (held.X, held.B, held.A)]
    octahedra = f"{formula.multiplicity:g}, {formula.framework}"
    return [formula.formula, formula.family, *sites_text, f"{formula.vacancies:g}", octahedra]
