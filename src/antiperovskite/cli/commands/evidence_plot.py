"""``antiperovskite evidence plot``: the literature as offline pages with one interactive plot each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

if TYPE_CHECKING:
    from antiperovskite.ions.model import RadiusScale

app = typer.Typer(help="Plots of the literature, one offline HTML file each.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print what was written as JSON on stdout.")]


@app.command(
    "arrhenius", epilog="Example:  antiperovskite evidence plot arrhenius -f Li2OHCl -f Li3OCl --out arrhenius.html"
)
def arrhenius(
    formula: Annotated[
        list[str] | None, typer.Option("--formula", "-f", help="Only this material; may be repeated.")
    ] = None,
    like: Annotated[
        str | None,
        typer.Option("--type", "-t", help="Only materials of this one's type (see: evidence conductivities)."),
    ] = None,
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("arrhenius.html"),
    as_json: AsJson = False,
) -> None:
    """Plot reported conductivities against 1000/T, measured and computed told apart.

    Hollow symbols are uncertain readings. Lines follow an activation energy printed with the value, dashed where
    extrapolated.
    """
    from antiperovskite.evidence import select_conductivities
    from antiperovskite.report.evidence_page import write_arrhenius

    names = list(dict.fromkeys(formula or []))
    rows = select_conductivities(like=like)
    if names:
        wanted = {row.id for name in names for row in select_conductivities(name, like=like)}
        rows = tuple(row for row in rows if row.id in wanted)
    subject = f" of {', '.join(names)}" if names else f" of the type of {like}" if like else ""
    _check_folder(out)
    _say(out, write_arrhenius(rows, out, subject), "values", as_json)


@app.command("map", epilog="Example:  antiperovskite evidence plot map --radii shannon --out map.html")
def synthesis_map(
    radii: Annotated[
        str, typer.Option(help="The radii that the page opens with: thermochemical or shannon.")
    ] = "thermochemical",
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("map.html"),
    as_json: AsJson = False,
) -> None:
    """Draw the synthesisability map: what was made, attempted and predicted, over both sets of radii."""
    from antiperovskite.report.evidence_page import write_map

    _check_folder(out)
    _say(out, write_map(out, cast("RadiusScale", radii)), "compositions", as_json)


def _check_folder(out: Path) -> None:
    from antiperovskite._files import check_writable
    from antiperovskite.errors import OptionError

    if out.is_dir():
        raise OptionError(f"{str(out)!r} is a folder; name the file to write, such as {out / 'plot.html'}")
    check_writable(out.parent)


def _say(out: Path, count: int, things: str, as_json: bool) -> None:
    from antiperovskite.cli.output import print_json, print_note

    if as_json:
        print_json({"plot": str(out), things: count})
    print_note(f"plot: {out} ({count} {things})")
