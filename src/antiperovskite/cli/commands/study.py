"""``antiperovskite study``: reproducible studies of open questions, from cached reference energies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from antiperovskite.stability.hydroxide_study.model import HydroxideStudy, TermKey

app = typer.Typer(
    help="Reproducible studies of open questions, from cached reference energies.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


@app.callback()
def studies() -> None:
    """Reproducible studies of open questions, from cached reference energies."""


@app.command("li-na", epilog="Example:  antiperovskite study li-na --out li-na.html")
def li_na(
    engine: Annotated[
        str | None, typer.Option("--engine", help="Leading engine; without it the one with most phases decides.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write one offline HTML page with the figures.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Ask why Na3OA and Li2OHA can be made, and Na2OHA and Li3OA hardly: the hydration of M3OA term by term."""
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.stability.hydroxide_study.study import hydroxide_study

    result = hydroxide_study(engine=engine, report=lambda text: print_note(f"{text} ..."))
    if out is not None:
        from antiperovskite.report.hydroxide_study_page import write_study

        write_study(result, out)
        print_note(f"wrote {out}")
    if json:
        print_json(result)
    else:
        _print(result)


def _print(study: HydroxideStudy) -> None:
    from antiperovskite.cli.output import print_note, print_table
    from antiperovskite.stability.hydroxide_study.wording import number

    keys: tuple[TermKey, ...] = ("dry", "oxide", "wet", "hydration")
    rows = [
        [cycle.dry_phase, cycle.hydrated_phase, *(number(cycle.term(key).energy) for key in keys)]
        for cycle in study.cycles
    ]
    columns = ["dry phase", "hydrated", "M3OA -> M2O + MA", "M2O + H2O -> 2 MOH", "MOH + MA -> M2OHA", "sum"]
    print_table(f"meV per formula unit at 298.15 K, {study.engine}, calibrated", columns, rows)
    contrasts = [
        [item.key, f"{item.cation} - {item.reference}", number(item.difference), item.verdict]
        for item in study.contrasts
        if item.halide == "mean"
    ]
    print_table("Differences, mean over A = Cl, Br", ["term", "cations", "meV", "sign"], contrasts)
    for statement in study.statements:
        print_note(f"{statement.topic}: {statement.text}")
    for name, missing in study.missing.items():
        print_note(f"{name} lacks {', '.join(missing)}")
