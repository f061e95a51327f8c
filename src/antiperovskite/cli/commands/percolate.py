"""``antiperovskite percolate``: the effective barrier of disordered cells, from barriers by local surroundings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from antiperovskite.composition.model import Formula
    from antiperovskite.kinetics.model import PercolationStudy

EXAMPLES = "Example:  antiperovskite percolate Li3OCl1-xBrx --x 0..1/0.1 --barriers landscape --out percolation.html"


def percolate(
    formula: Annotated[str, typer.Argument(metavar="FORMULA", help="Such as Li3OCl0.5Br0.5 or Li3OCl1-xBrx.")],
    *,
    barriers: Annotated[
        str,
        typer.Option(
            "--barriers",
            "-b",
            help="JSON of migrate --json, a file with barriers by surroundings, or: landscape (every hop's own).",
        ),
    ],
    x: Annotated[str | None, typer.Option("--x", help="Values of x in the formula: 0..1/0.1 or 0,0.5,1.")] = None,
    ion: Annotated[str | None, typer.Option(help="Cation that moves (with landscape).")] = None,
    engine: Annotated[str | None, typer.Option(help="Relaxes the pure hosts first (with landscape).")] = None,
    scan: Annotated[
        int | None, typer.Option(help="So many compositions between the two pure anions, ends included.")
    ] = None,
    sites: Annotated[
        str | None,
        typer.Option(help="Cells of about so many cation sites (default: 1000,4000,16000; landscape: 192,648)."),
    ] = None,
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
    from antiperovskite.errors import OptionError

    if not 0 <= seed < 2**31:
        raise OptionError(f"seed {seed} is outside 0 to {2**31 - 1}")
    if out is not None:
        check_writable(out.parent)
    sizes = None if sites is None else _sizes(sites)
    if barriers == "landscape":
        result = _by_landscape(formula, x, ion, scan, sizes, samples, seed, longest, engine)
    else:
        result = _by_table(formula, Path(barriers), x, ion, scan, sizes, samples, seed, longest)
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


def _by_table(
    formula: str, path: Path, x: str | None, ion: str | None, scan: int | None, sizes: tuple[int, ...] | None,
    samples: int, seed: int, longest: float | None,
) -> PercolationStudy:  # fmt: skip
    from antiperovskite.composition import resolve
    from antiperovskite.errors import OptionError
    from antiperovskite.kinetics import percolation_study, read_rate_table
    from antiperovskite.kinetics.percolation.critical_path import SIZES

    if ion is not None:
        raise OptionError("--ion is for --barriers landscape; a table of barriers holds for the cation on X")
    if x is not None and scan is not None:
        raise OptionError("give --x or --scan, not both")
    table = read_rate_table(path)
    parts = [
        percolation_study(one, table, scan=scan, sizes=sizes or SIZES, samples=samples, seed=seed, longest=longest)
        for _, one in _series(formula, x, resolve)
    ]
    points = tuple(
        point.model_copy(update={} if value is None else {"x": value})
        for part, value in zip(parts, [value for value, _ in _series(formula, x, resolve)], strict=True)
        for point in part.points
    )
    name = formula if x is not None else parts[0].name
    return parts[0].model_copy(update={"name": name, "points": points})


def _by_landscape(
    formula: str, x: str | None, ion: str | None, scan: int | None, sizes: tuple[int, ...] | None, samples: int,
    seed: int, longest: float | None, engine: str | None,
) -> PercolationStudy:  # fmt: skip
    from antiperovskite.composition import resolve
    from antiperovskite.errors import OptionError
    from antiperovskite.kinetics.percolation.by_landscape import SIZES, landscape_percolation

    if scan is not None:
        raise OptionError("--scan is for tables of barriers; with --barriers landscape write Li3OCl1-xBrx --x 0..1/0.1")
    return landscape_percolation(
        formula, _series(formula, x, resolve), mover=ion, sizes=sizes or SIZES, samples=samples, seed=seed,
        longest=longest, engine=engine,
    )  # fmt: skip


def _series(text: str, x: str | None, resolve: Callable[[str], Formula]) -> list[tuple[float | None, Formula]]:
    """The formula, or one for each value of x."""
    from antiperovskite.errors import OptionError, one_line
    from antiperovskite.kinetics.percolation.series import formula_at, has_x, parse_x

    if x is None:
        if has_x(text):
            raise OptionError(f"{one_line(text, 40)} has a variable amount; give its values, such as --x 0..1/0.1")
        return [(None, resolve(text))]
    if not has_x(text):
        raise OptionError(f"{one_line(text, 40)} has no x; write a series such as Li3OCl1-xBrx, or leave --x out")
    return [(value, resolve(formula_at(text, value))) for value in parse_x(x)]


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
        f"{result.name}, {result.ion} moves: {result.barriers_source}", PERCOLATION_COLUMNS, percolation_rows(result)
    )
    for note in result.notes:
        print_note(f"note: {note}")
