"""``antiperovskite mixing``: which mixture of two anions conducts best, from computed hops in random cells."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from antiperovskite.mixing.model import MixingStudy

EXAMPLES = (
    "Example:  antiperovskite mixing Li3OCl1-xBrx --shipped --html mixing.html   Computed, resumable:  antiperovskite "
    "mixing Li3OCl1-xBrx --engine lammps:Li3OCl0.5Br0.5 --x 0,0.25,0.5,0.75,1 --hops 24 --out mixing"
)


def mixing(
    series: Annotated[str, typer.Argument(metavar="SERIES", help="Two anions on A, such as Li3OCl1-xBrx.")],
    *,
    shipped: Annotated[bool, typer.Option("--shipped", help="Show what comes with the package.")] = False,
    engine: Annotated[
        str | None, typer.Option("--engine", "-e", help="Computes the hops; it must know both anions.")
    ] = None,
    x: Annotated[str, typer.Option("--x", help="x of the cells whose hops are computed, both ends among them.")] = (
        "0,0.25,0.5,0.75,1"
    ),
    supercell: Annotated[str, typer.Option(help="Five-atom cells in them, such as 3x3x4; whole ions at each x.")] = (
        "3x3x4"
    ),
    hops: Annotated[int, typer.Option(help="Hops of each mixed cell.")] = 24,
    temperature: Annotated[float, typer.Option("--temperature", "-T", help="K, at which a vacancy spreads.")] = 300.0,
    draws: Annotated[int, typer.Option(help="Sets of hops drawn again for the intervals.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Of cells, hops and walks.")] = 0,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for finished hops; the same command resumes.")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write an offline HTML page to this file.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Compute barriers by surroundings in random mixed cells, and how fast a vacancy spreads through each mixture.

    Exit code 3 if the best mixture is undecided.
    """
    from antiperovskite._files import check_writable
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.errors import OptionError

    if html is not None:
        check_writable(html.parent)
    if shipped:
        if engine is not None or out is not None:
            raise OptionError("--shipped computes nothing; leave out --engine and --out")
        study = _shipped(series)
    else:
        study = _computed(series, engine, x, supercell, hops, temperature, draws, seed, out)
    if html is not None:
        from antiperovskite.report.mixing_plot import write_mixing

        write_mixing(study, html)
        print_note(f"wrote {html}")
    if json:
        print_json(study)
    else:
        _print(study)
    if study.best.value is None:
        raise typer.Exit(code=3)


def _shipped(series: str) -> MixingStudy:
    from antiperovskite.errors import MissingReferenceError, one_line
    from antiperovskite.mixing import shipped_mixing

    found = shipped_mixing()
    if series not in found:
        raise MissingReferenceError(
            f"no mixing study of {one_line(series, 40)} is shipped (there is {', '.join(found) or 'none'}); "
            "give --engine"
        )
    return found[series]


def _computed(
    series: str, engine: str | None, x: str, supercell: str, hops: int, temperature: float,
    draws: int, seed: int, out: Path | None,
) -> MixingStudy:  # fmt: skip
    from antiperovskite._files import check_writable
    from antiperovskite.cli.progress import step_progress
    from antiperovskite.dynamics.cell import parse_supercell
    from antiperovskite.engines import get_engine
    from antiperovskite.engines.threads import limit_threads
    from antiperovskite.errors import OptionError
    from antiperovskite.kinetics.percolation.series import parse_x
    from antiperovskite.mixing import mixing_study

    if engine is None:
        raise OptionError("hops are computed with an engine: give --engine, or --shipped")
    if not 100.0 <= temperature <= 5000.0:
        raise OptionError(f"--temperature {temperature:g} is not allowed; give 100 to 5000 K")
    if supercell.strip().lower() == "auto":
        raise OptionError("random cells need the supercell, such as 3x3x4, not auto")
    if out is not None:
        check_writable(out)
    chosen = get_engine(engine)
    limit_threads()
    with step_progress() as report:
        return mixing_study(
            series, chosen, values=parse_x(x), times=parse_supercell(supercell, None), count=hops,
            temperature_K=temperature, draws=draws, seed=seed, folder=out, report=report,
        )  # fmt: skip


def _print(study: MixingStudy) -> None:
    from antiperovskite.cli.output import print_note, print_table
    from antiperovskite.report.mixing_plot import COLUMNS, best_words, bottleneck, mixing_rows

    print_table(
        f"{study.series} with {study.engine.name}, a vacancy at {study.temperature_K:g} K", COLUMNS, mixing_rows(study)
    )
    print_note(best_words(study))
    steps = ", ".join(
        f"{bottleneck(study, k)} {1000 * step:+.0f}({1000 * study.errors[f'step_{k}']:.0f})"
        for k, step in enumerate(study.local.steps)
        if k
    )
    print_note(
        f"bottlenecks against {bottleneck(study, 0)}: {steps} meV; a vacancy beside one {study.second} more: "
        f"{1000 * study.local.per_neighbour:+.0f}({1000 * study.errors['per_neighbour']:.0f}) meV; lattice, from x = 0 "
        f"to 1: {1000 * study.local.slope:+.0f}({1000 * study.errors['slope']:.0f}) meV; left unexplained: hops "
        f"{1000 * study.local.hop_spread:.0f} meV, sites {1000 * study.local.site_spread:.0f} meV"
    )
    for note in study.notes:
        print_note(f"note: {note}")
