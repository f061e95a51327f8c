"""``antiperovskite study``: reproducible studies of open questions, from cached reference energies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from antiperovskite.diffraction.published_study.model import Table3Study
    from antiperovskite.quantity import AnyQuantity
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


@app.command("table3", epilog="Example:  antiperovskite study table3 --out table3.html")
def table3(
    out: Annotated[Path | None, typer.Option("--out", help="Write one offline HTML page with the figures.")] = None,
    cif: Annotated[
        Path | None, typer.Option("--cif", help="Write the rebuilt average structure of every model to this directory.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Hold the published structures of Li2OHCl against each other: energies, symmetry, and what diffraction sees.

    A model is named Table3:ID in the commands pattern and distinguish, for example Table3:hanghofer-pban.
    """
    from antiperovskite._files import check_writable
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.diffraction.published_study.study import table3_study

    if out is not None:
        check_writable(out.parent)
    if cif is not None:
        check_writable(cif)
    result = table3_study()
    if out is not None:
        from antiperovskite.report.table3_page import write_table3

        write_table3(result, out)
        print_note(f"wrote {out}")
    if cif is not None:
        from antiperovskite.diffraction.published_study.export import write_cifs

        for path in write_cifs(cif):
            print_note(f"wrote {path}")
    if json:
        print_json(result)
    else:
        _print_table3(result)


def _print_table3(study: Table3Study) -> None:
    from antiperovskite.cli.output import print_note, print_table

    def short(quantity: AnyQuantity) -> str:
        return "–" if quantity.value is None else str(quantity)

    rows = [
        [
            item.id,
            item.space_group or "–",
            " ".join(f"{q.value:g}" for q in item.lattice) or "–",
            short(item.above_lowest),
            " ".join(dict.fromkeys(item.groups_found.values())) or "–",
            short(item.volume_change),
            short(item.oh_angle),
        ]
        for item in study.models
    ]
    columns = ["model", "reported", "a b c / Å", "above lowest", "relaxed to", "volume", "O-H to O-Li"]
    print_table(f"Published models of Li2OHCl, rebuilt; {study.engine}", columns, rows)
    print_table(
        "Disagreements",
        ["what", "outcome", "numbers"],
        [[item.claim, item.outcome, item.reason] for item in study.disagreements],
    )
    for text in study.statements:
        print_note(text)
    for text in (study.conditions, *study.cautions):
        print_note(f"note: {text}")
