"""``antiperovskite references``: relax the competing phases with an engine, or list what there is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Reference phases: energies of everything an anti-perovskite can decompose into, one set an engine.",
    no_args_is_help=True,
)

_ENGINE = Annotated[str, typer.Option("--engine", "-e", help="Engine; see: antiperovskite engines list")]


@app.command(
    "build",
    epilog="Examples:  antiperovskite references build --engine 7net-0   |   "
    "antiperovskite references build --engine toy-ionic --elements Li,O,Cl --out my-references",
)
def build(
    engine: _ENGINE = "7net-0",
    elements: Annotated[
        str, typer.Option(help="Only phases of these elements, comma separated; all phases without it.")
    ] = "",
    out: Annotated[Path | None, typer.Option(help="Directory; the user's data directory without it.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Compute finished phases again.")] = False,
) -> None:
    """Relax every reference phase with an engine. Interrupt at will: the same command resumes."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from antiperovskite.cli.output import print_note
    from antiperovskite.engines import get_engine
    from antiperovskite.engines.threads import limit_threads
    from antiperovskite.errors import OptionError
    from antiperovskite.stability.phases import ConstructedPhase, ReferencePhase, constructed_phases, reference_phases
    from antiperovskite.stability.reference_build import build_references
    from antiperovskite.stability.references import user_reference_directory

    limit_threads()
    wanted = frozenset(part.strip() for part in elements.split(",") if part.strip())
    known: list[ReferencePhase | ConstructedPhase] = [*reference_phases().values(), *constructed_phases().values()]
    phases = [phase for phase in known if not wanted or phase.elements <= wanted]
    if not phases:
        raise OptionError(f"no reference phase consists only of {', '.join(sorted(wanted))}; check --elements")
    directory = out or user_reference_directory()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(f"loading {engine}", total=len(phases))

        def report(name: str, number: int, _total: int) -> None:
            bar.update(task, description=name, completed=number - 1)

        result = build_references(phases, get_engine(engine), directory, report=report, again=again)
        bar.update(task, completed=len(phases))
    for failure in result.failures:
        print_note(f"failed: {failure.name}: {failure.reason}")
    print_note(f"{len(result.entries)} phases, {len(result.failures)} failures: {directory / f'{engine}.json'}")
    if result.failures:
        raise typer.Exit(code=3)


@app.command("list", epilog="Example:  antiperovskite references list --elements Li,O,Cl --json")
def list_(
    engine: _ENGINE = "7net-0",
    elements: Annotated[str, typer.Option(help="Only phases of these elements, comma separated.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the reference phases of an engine with their energies and lattice errors."""
    from antiperovskite.cli.output import print_json, print_table
    from antiperovskite.stability.references import reference_set

    wanted = frozenset(part.strip() for part in elements.split(",") if part.strip())
    loaded = reference_set(engine)
    entries = loaded.within(wanted) if wanted else loaded.entries
    if json:
        print_json({"engine": loaded.engine, "settings": loaded.settings, "entries": list(entries)})
        return
    rows = [
        [e.formula, e.name, e.spacegroup, f"{e.energy:.4f}", _percent(e.lattice_error), e.trust]
        for e in sorted(entries, key=lambda entry: entry.formula)
    ]
    columns = ["formula", "phase", "space group", "eV/f.u.", "lattice error %", "trust of start"]
    print_table(f"Reference phases, engine {engine}", columns, rows)


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:+.2f}"
