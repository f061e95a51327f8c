"""``antiperovskite structure phonons``: is a structure dynamically stable, and if not, where do its modes lead?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from antiperovskite.vibrations.model import GroundState, NamedLevel, Node, PhononStudy

EXAMPLES: Final = (
    "Example:  antiperovskite structure phonons Na3OCl --out Na3OCl.html   "
    "To the ground state:  antiperovskite structure phonons Na3HS --follow --cif Na3HS.cif"
)


def phonons(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="A formula (Li3OCl, Li2OHCl#2) or a CIF.")],
    *,
    engine: Annotated[str, typer.Option("--engine", "-e", help="Where the forces come from.")] = "7net-0",
    follow: Annotated[
        bool, typer.Option("--follow", help="Freeze unstable modes in and relax, until nothing is unstable.")
    ] = False,
    supercell: Annotated[
        int | None, typer.Option("--supercell", "-s", help="Repeats along each axis (default: edges of about 8 Å).")
    ] = None,
    fmax: Annotated[float, typer.Option("--fmax", help="Force criterion of relaxations, eV/angstrom.")] = 0.002,
    symprec: Annotated[float, typer.Option("--symprec", help="Tolerance for symmetry, angstrom.")] = 0.01,
    limit: Annotated[int, typer.Option("--limit", help="With --follow: examine at most this many structures.")] = 6,
    cache: Annotated[
        bool, typer.Option("--cache/--no-cache", help="Keep forces, so that the same command resumes.")
    ] = True,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write an offline HTML page.")] = None,
    cif: Annotated[Path | None, typer.Option("--cif", help="Write the (last) relaxed structure to this CIF.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Phonons of a structure: dynamically stable or not, which modes are soft, and the child they lead to."""
    from antiperovskite._files import check_writable
    from antiperovskite.cli.commands._crystals import read_crystal
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.engines import get_engine
    from antiperovskite.engines.threads import limit_threads
    from antiperovskite.errors import OptionError

    for path in (out, cif):
        if path is not None:
            if path.is_dir():
                raise OptionError(f"cannot write {str(path)!r}: it is a directory; give a file name")
            check_writable(path.parent)
    if not 0 < fmax <= 0.1:
        raise OptionError(f"--fmax is {fmax:g} eV/angstrom; phonons want it above 0 and not above 0.1")
    if supercell is not None and not 1 <= supercell <= 8:
        raise OptionError(f"--supercell is {supercell}; give 1 to 8 (2 holds every zone-boundary point of a cube)")
    if limit < 1:
        raise OptionError(f"--limit is {limit}; at least one structure must be examined")
    chosen = get_engine(engine)
    crystal, notes = read_crystal(target)
    limit_threads()
    with _progress() as report:
        tree, first, last = _compute(crystal, chosen, follow, supercell, fmax, symprec, limit, cache, report)
    if cif is not None:
        _write_cif(tree, first, cif)
    if out is not None:
        from antiperovskite.report.phonon_plot import write_phonons

        write_phonons(first, out, tree=tree, final=last)
        print_note(f"wrote {out}")
    if json:
        print_json({"phonons": first, "ground_state": tree})
    else:
        _print(first, tree)
    for note in dict.fromkeys((*notes[1:], *first.notes, *(tree.notes if tree else ()))):
        print_note(f"note: {note}")
    if tree is not None and tree.verdict == "undecided":
        raise typer.Exit(3)


def _compute(
    crystal: Any, engine: Any, follow_modes: bool, supercell: int | None, fmax: float, symprec: float, limit: int,
    cache: bool, report: Callable[[str, str], None],
) -> tuple[GroundState | None, PhononStudy, PhononStudy | None]:  # fmt: skip
    from antiperovskite.structures.model import StructureModel
    from antiperovskite.vibrations import follow, phonon_study

    structure = crystal if isinstance(crystal, StructureModel) else _bare(crystal)
    if not follow_modes:
        study = phonon_study(
            structure, engine, supercell=supercell, fmax=fmax, symprec=symprec, use_cache=cache, report=report
        )
        return None, study, None
    tree, first, last = follow(
        structure, engine, supercell=supercell, fmax=fmax, max_examined=limit, use_cache=cache, report=report
    )
    return tree, first, last


def _bare(crystal: Any) -> Any:
    """The ordered ``pymatgen`` structure of what a CIF reader returned."""
    from antiperovskite.errors import StructureError

    structure = crystal.to_pymatgen() if hasattr(crystal, "to_pymatgen") else crystal
    if not structure.is_ordered:
        raise StructureError(
            "this CIF has partly occupied sites; vibrations need an ordered structure "
            "(see antiperovskite structure enumerate)"
        )
    return structure


@contextmanager
def _progress() -> Iterator[Callable[[str, str], None]]:
    """A bar with the remaining time on a terminal where a count is known ("3 of 17"), lines elsewhere."""
    import re
    import sys

    from antiperovskite.cli.progress import step_progress

    if not sys.stderr.isatty():
        with step_progress() as plain:
            yield plain
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=24), TimeElapsedColumn(),
        TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def live(step: str, detail: str) -> None:
            counted = re.match(r"(\d+) of (\d+)", detail)
            task = tasks.get(step)
            if task is None or (counted and counted[1] == "1"):
                if task is not None:
                    bar.remove_task(task)
                task = tasks[step] = bar.add_task("", total=None)
            total, done = (int(counted[2]), int(counted[1]) - 1) if counted else (None, 0)
            bar.update(task, description=f"[bold]{step}[/]  {detail}", total=total, completed=done)

        yield live


def _write_cif(tree: GroundState | None, study: PhononStudy, path: Path) -> None:
    from antiperovskite._files import write_atomically
    from antiperovskite.cli.output import print_note
    from antiperovskite.structures.symmetry import to_cif

    model = study.structure if tree is None else tree.ground_node.structure
    assert model is not None
    write_atomically(path, to_cif(model))
    print_note(f"wrote {path}")


def _print(study: PhononStudy, tree: GroundState | None) -> None:
    from antiperovskite.cli.output import print_table

    size = "x".join(map(str, study.supercell))
    rows = [_level_row(level) for level in _shown(study)]
    print_table(
        f"{study.formula}, {study.spacegroup}, {study.engine.name}, {size} supercell: {study.verdict}",
        ["q", "THz", "modes", "motion", "share"],
        rows,
    )
    print(study.statement)  # noqa: T201
    if tree is None:
        return
    print_table(
        "Structures reached by following unstable modes",
        ["number", "from", "space group", "atoms", "meV/f.u.", "status", "frozen in"],
        [_node_row(node) for node in tree.nodes],
    )
    print(tree.statement)  # noqa: T201
    if tree.temperature.value is not None:
        print(f"depth over k: {tree.temperature} ({tree.temperature.method})")  # noqa: T201


def _shown(study: PhononStudy) -> list[NamedLevel]:
    """The unstable levels, and the lowest of each q beside them."""
    lowest: dict[str, NamedLevel] = {}
    for level in sorted(study.levels, key=lambda level: level.frequency):
        lowest.setdefault(level.q_label, level)
    chosen = {id(level): level for level in (*lowest.values(), *(x for x in study.levels if x.frequency < -0.1))}
    return sorted(chosen.values(), key=lambda level: level.frequency)


def _level_row(level: NamedLevel) -> list[str]:
    name, share = max(level.shares.items(), key=lambda item: item[1])
    frequency = f"{-level.frequency:.2f}i" if level.frequency < 0 else f"{level.frequency:.2f}"
    axes = f" ({', '.join(level.axes)})" if level.axes else ""
    return [level.q_label, frequency, str(level.degeneracy), level.name + axes, f"{100 * share:.0f} % {name}"]


def _node_row(node: Node) -> list[str]:
    energy = "" if node.energy.value is None else f"{node.energy.value:.2f}"
    status = f"same as {node.same_as}" if node.same_as is not None else node.status
    return [
        str(node.id),
        "" if node.parent is None else str(node.parent),
        node.spacegroup if node.status != "failed" else "",
        str(node.atoms) if node.status != "failed" else "",
        energy,
        status,
        node.origin,
    ]
