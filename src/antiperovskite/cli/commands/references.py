"""``antiperovskite references``: compute the competing phases with an engine, bring them from elsewhere, list them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from antiperovskite.stability.references import ReferenceSet

app = typer.Typer(
    help="Reference phases: energies of everything an anti-perovskite can decompose into, one set an engine.",
    no_args_is_help=True,
)

_ENGINE = Annotated[str, typer.Option("--engine", "-e", help="Engine; see: antiperovskite engines list")]
_OUT = Annotated[Path | None, typer.Option(help="Directory; the user's data directory without it.")]
_WORKERS = Annotated[
    int, typer.Option(min=1, max=64, help="Processes that relax phases at the same time, one thread each.")
]
_JSON = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command(
    "build",
    epilog="Examples:  antiperovskite references build --engine 7net-0 --workers 2   |   "
    "antiperovskite references build --engine toy-ionic --elements Li,O,Cl --out my-references",
)
def build(
    engine: _ENGINE = "7net-0",
    elements: Annotated[
        str, typer.Option(help="Only phases of these elements, comma separated; all phases without it.")
    ] = "",
    out: _OUT = None,
    again: Annotated[bool, typer.Option("--again", help="Compute finished phases again.")] = False,
    workers: _WORKERS = 1,
) -> None:
    """Relax every reference phase with an engine. Interrupt at will: the same command resumes."""
    from antiperovskite.cli.output import print_note
    from antiperovskite.engines import get_engine
    from antiperovskite.engines.threads import limit_threads
    from antiperovskite.errors import OptionError
    from antiperovskite.stability.phases import constructed_phases, reference_phases
    from antiperovskite.stability.reference_build import AnyPhase, build_references
    from antiperovskite.stability.references import user_reference_directory

    limit_threads()
    wanted = _split(elements)
    known: list[AnyPhase] = [*reference_phases().values(), *constructed_phases().values()]
    phases = [phase for phase in known if not wanted or phase.elements <= wanted]
    if not phases:
        raise OptionError(f"no reference phase consists only of {', '.join(sorted(wanted))}; check --elements")
    directory = out or user_reference_directory()
    with _progress(f"loading {engine}", len(phases)) as report:
        result = build_references(phases, get_engine(engine), directory, report=report, again=again, workers=workers)
    for failure in result.failures:
        print_note(f"failed: {failure.name}: {failure.reason}")
    print_note(f"{len(result.entries)} phases, {len(result.failures)} failures: {directory / f'{engine}.json'}")
    if result.failures:
        raise typer.Exit(code=3)


@app.command(
    "import",
    epilog="Examples:  antiperovskite references import entries.json --name my-dft   |   "
    "antiperovskite references import mixed.json.gz --name my-r2scan --scheme r2scan",
)
def import_(
    file: Annotated[Path, typer.Argument(help="JSON (or .gz) with a list of pymatgen ComputedEntry dictionaries.")],
    name: Annotated[str, typer.Option(help="What to call the set; it becomes user-NAME.")],
    scheme: Annotated[
        str, typer.Option(help="Which energies to take of a file that mixes functionals or corrections.")
    ] = "",
    elements: Annotated[str, typer.Option(help="Only phases of these elements, comma separated.")] = "",
    out: _OUT = None,
    again: Annotated[bool, typer.Option("--again", help="Replace a set of this name.")] = False,
    json: _JSON = False,
) -> None:
    """Import your own energies (pymatgen entries) as a reference set of their own energy scale."""
    from antiperovskite.stability.providers import EntriesFileProvider, save_reference_set
    from antiperovskite.stability.providers.saving import user_set_name
    from antiperovskite.stability.references import user_reference_directory

    found = EntriesFileProvider(file, user_set_name(name), scheme).fetch(_split(elements))
    path = save_reference_set(found, out or user_reference_directory(), again=again)
    _say_saved(found, path, json=json)


@app.command(
    "fetch",
    epilog="Examples:  antiperovskite references fetch --source mp --elements Li,O,Cl   |   "
    "antiperovskite references fetch --source optimade --url https://optimade.materialsproject.org "
    "--elements Li,O,Cl --engine 7net-0",
)
def fetch(
    source: Annotated[str, typer.Option(help="mp (Materials Project) or optimade (any OPTIMADE server).")],
    elements: Annotated[str, typer.Option(help="Elements, comma separated.")],
    scheme: Annotated[str, typer.Option(help="mp: mp-gga-u-2020 or mp-r2scan; two energy scales.")] = "",
    api_key: Annotated[
        str, typer.Option(envvar="MP_API_KEY", show_envvar=True, help="mp: your key.", show_default=False)
    ] = "",
    url: Annotated[str, typer.Option(help="optimade: address of the server (mp: another server).")] = "",
    engine: Annotated[
        str, typer.Option("--engine", "-e", help="optimade: engine that relaxes the structures (7net-0 without it).")
    ] = "",
    max_atoms: Annotated[int, typer.Option(min=1, max=500, help="optimade: largest cell.")] = 40,
    limit: Annotated[int, typer.Option(min=1, help="optimade: most structures.")] = 200,
    workers: _WORKERS = 1,
    out: _OUT = None,
    again: Annotated[
        bool, typer.Option("--again", help="mp: replace what was fetched before, do not join it.")
    ] = False,
    json: _JSON = False,
) -> None:
    """Fetch competing phases from the Materials Project or an OPTIMADE server; energy scales never mix."""
    from antiperovskite.errors import OptionError, best_match, one_line
    from antiperovskite.stability.references import user_reference_directory

    directory = out or user_reference_directory()
    if source == "mp":
        _refuse({"--engine": engine}, "Materials Project energies come as they are")
        _fetch_materials_project(elements, scheme, api_key, url, directory, again=again, json=json)
    elif source == "optimade":
        _refuse({"--scheme": scheme}, "OPTIMADE gives structures, and the engine their energies")
        _fetch_optimade(elements, url, engine or "7net-0", max_atoms, limit, workers, directory, json=json)
    else:
        hint = best_match(source, ["mp", "optimade"])
        raise OptionError(f"unknown source {one_line(source, 40)!r}; choose mp or optimade{hint}")


def _refuse(given: dict[str, str], reason: str) -> None:
    from antiperovskite.errors import OptionError

    for option, value in given.items():
        if value:
            raise OptionError(f"{option} does not belong to this source: {reason}; leave it out")


def _fetch_materials_project(
    elements: str, scheme: str, api_key: str, url: str, directory: Path, *, again: bool, json: bool
) -> None:
    from antiperovskite.stability.providers import MaterialsProjectProvider, save_reference_set
    from antiperovskite.stability.providers.http import check_url
    from antiperovskite.stability.providers.materials_project import SCHEMES
    from antiperovskite.stability.providers.saving import joined_with_saved

    provider = MaterialsProjectProvider(scheme or SCHEMES[0], api_key, check_url(url) if url else "")
    found = provider.fetch(_split(elements))
    whole = found if again else joined_with_saved(found, directory)
    _say_saved(found, save_reference_set(whole, directory, again=True), json=json)


def _fetch_optimade(
    elements: str, url: str, engine: str, max_atoms: int, limit: int, workers: int, directory: Path, *, json: bool
) -> None:
    from antiperovskite.cli.output import print_note
    from antiperovskite.engines import get_engine
    from antiperovskite.engines.threads import limit_threads
    from antiperovskite.errors import OptionError
    from antiperovskite.stability.providers import OptimadeProvider

    if not url:
        raise OptionError("which OPTIMADE server? give --url; https://providers.optimade.org lists them")
    limit_threads()
    with _progress("asking the server", 1) as report:
        provider = OptimadeProvider(
            url, get_engine(engine), directory, max_atoms, limit, workers=workers, report=report, note=print_note
        )
        found = provider.fetch(_split(elements))
    for failure in found.failures:
        print_note(f"failed: {failure.name}: {failure.reason}")
    _say_saved(found, directory / f"{engine}.json", json=json)
    if found.failures:
        raise typer.Exit(code=3)


@app.command("list", epilog="Example:  antiperovskite references list --elements Li,O,Cl --json")
def list_(
    engine: _ENGINE = "7net-0",
    elements: Annotated[str, typer.Option(help="Only phases of these elements, comma separated.")] = "",
    json: _JSON = False,
) -> None:
    """Show the reference phases of an engine, or of an imported set, with energies and lattice errors."""
    from antiperovskite.cli.output import print_json, print_table
    from antiperovskite.stability.references import reference_set

    wanted = _split(elements)
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


def _split(elements: str) -> frozenset[str]:
    return frozenset(part.strip() for part in elements.split(",") if part.strip())


def _say_saved(found: ReferenceSet, path: Path, *, json: bool) -> None:
    """What came, where it is and how to use it."""
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.stability.providers.imported import without_own_entry

    card = found.engine
    if json:
        names = [entry.name for entry in found.entries]
        print_json({"engine": card, "settings": found.settings, "path": str(path), "phases": names})
    print_note(f"{len(found.entries)} phases, {card.reference_method}: {path}")
    alone = without_own_entry(found)
    if alone:
        print_note(f"no phase of the element alone for {', '.join(alone)}: its zero of energy rests on the calibration")
    print_note(f"use them with:  --engine {card.name}")


@contextmanager
def _progress(start: str, total: int) -> Iterator[Callable[[str, int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(start, total=total)

        def report(name: str, number: int, number_of_all: int) -> None:
            bar.update(task, description=name, completed=number - 1, total=number_of_all)

        yield report
        bar.update(task, completed=bar.tasks[0].total)


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:+.2f}"
