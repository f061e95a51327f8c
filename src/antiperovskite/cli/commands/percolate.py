"""``antiperovskite percolate``: the effective barrier of disordered cells, from barriers by surroundings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from antiperovskite.kinetics.model import PercolationStudy

EXAMPLES = "Example:  antiperovskite percolate Li3OCl0.5Br0.5 --barriers barriers.yaml --scan 11 --out percolation.html"


def percolate(
    formula: Annotated[str, typer.Argument(metavar="FORMULA", help="With mixed anions, such as Li3OCl0.5Br0.5.")],
    *,
    barriers: Annotated[
        Path,
        typer.Option("--barriers", "-b", help="YAML or JSON file with your barriers by surroundings (see the docs)."),
    ],
    scan: Annotated[
        int | None, typer.Option(help="So many compositions between the two pure anions, ends included.")
    ] = None,
    sites: Annotated[str, typer.Option(help="Cells of about so many cation sites.")] = "1000,4000,16000",
    samples: Annotated[int, typer.Option(help="Random arrangements of each size.")] = 20,
    longest: Annotated[
        float | None, typer.Option("--longest-hop", help="Angstrom (default: 1.2 x the shortest distance).")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the arrangements.")] = 0,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write an offline HTML page to this file.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Find the lowest barrier that ions must cross to percolate through a disordered crystal.

    Exit code 3 if at some composition hops do not percolate in three directions (layers, chains).
    """
    from antiperovskite._files import check_writable
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.composition import resolve
    from antiperovskite.errors import OptionError
    from antiperovskite.kinetics import percolation_study, read_rate_table

    if not 0 <= seed < 2**31:
        raise OptionError(f"seed {seed} is outside 0 to {2**31 - 1}")
    table = read_rate_table(barriers)
    if out is not None:
        check_writable(out.parent)
    result = percolation_study(
        resolve(formula), table, scan=scan, sizes=_sizes(sites), samples=samples, seed=seed, longest=longest
    )
    if out is not None:
        from antiperovskite.report.kmc_plot import write_percolation

        write_percolation(result, out)
        print_note(f"wrote {out}")
    if json:
        print_json(result)
    else:
        _print(result)
    if any(point.effective_barrier.value is None for point in result.points):
        raise typer.Exit(code=3)


def _sizes(text: str) -> tuple[int, ...]:
    from antiperovskite.errors import OptionError, one_line

    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and 24 <= int(part) <= 10**6 for part in parts):
        raise OptionError(
            f"--sites {one_line(text, 30)!r} is not allowed: give numbers from 24 to 1000000 as 1000,4000"
        )
    return tuple(sorted({int(part) for part in parts}))


def _print(result: PercolationStudy) -> None:
    from antiperovskite.cli.output import print_note, print_table
    from antiperovskite.report.kmc_plot import PERCOLATION_COLUMNS, percolation_rows

    print_table(
        f"{result.name}: barriers as given ({result.barriers_source})", PERCOLATION_COLUMNS, percolation_rows(result)
    )
    for note in result.notes:
        print_note(f"note: {note}")
