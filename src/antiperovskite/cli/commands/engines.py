"""``antiperovskite engines``: what can compute energies, and what is known against each."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(help="Engines: what computes energies and forces, with its known bias.", no_args_is_help=True)


@app.command("list", epilog="Example:  antiperovskite engines list --json")
def list_(json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show every engine, its level of theory and its known bias; none is loaded."""
    from antiperovskite.cli.output import print_json, print_table
    from antiperovskite.engines import get_engine, known_engines

    cards = [get_engine(name).card for name in known_engines()]
    if json:
        print_json(cards)
        return
    rows = [[c.name, c.version, c.reference_method, "; ".join(c.known_bias)] for c in cards]
    print_table("Engines", ["name", "version", "imitates", "known bias"], rows)
