"""``antiperovskite migrate``: the distinct hops of a crystal's cations and the barrier of each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from antiperovskite.migration.model import Barrier, MigrationStudy
    from antiperovskite.structures.model import StructureModel

EXAMPLES = (
    "Example:  antiperovskite migrate Li3OCl --engine lammps:Li3OCl -m all -s 3 --html Li3OCl.html   "
    "Size effect, resumable:  antiperovskite migrate Li3OCl --supercells 2,3 --out Li3OCl-hops   "
    "What comes with the package:  antiperovskite migrate Li3OCl --shipped"
)


def migrate(
    formula: Annotated[str, typer.Argument(metavar="FORMULA", help="Such as Li3OCl, Na4OI2 or Li2OHCl#2.")],
    *,
    engine: Annotated[str, typer.Option("--engine", "-e", help="Where the forces come from.")] = "7net-0",
    mechanism: Annotated[
        str, typer.Option("--mechanism", "-m", help="vacancy, dumbbell, cooperative, several with commas, or all.")
    ] = "vacancy",
    supercells: Annotated[
        str, typer.Option("--supercells", "-s", help="3, 2x2x3, auto (edges of 10 Å), or several: 2,3 or 2x2x1,3x3x1.")
    ] = "auto",
    hop: Annotated[int | None, typer.Option("--hop", help="Number of one hop (see --list).")] = None,
    images: Annotated[int, typer.Option("--images", help="Points of the path kept between the ends.")] = 7,
    fmax: Annotated[float, typer.Option("--fmax", help="Longest force at ends and saddle, eV/angstrom.")] = 0.05,
    compensation: Annotated[
        str,
        typer.Option("--compensation", help="Of a vacancy's charge: none, far-halide, or both with their difference."),
    ] = "none",
    ion: Annotated[str | None, typer.Option("--ion", help="The cation that hops, where there are several.")] = None,
    longest: Annotated[
        float | None, typer.Option("--longest-hop", help="Angstrom (default: 1.25 x a site's shortest hop).")
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="Only list the hops; nothing is computed.")] = False,
    verify_saddle: Annotated[
        bool, typer.Option("--verify-saddle", help="Partial Hessians: one imaginary mode, and the attempt frequency.")
    ] = False,
    shipped: Annotated[
        bool, typer.Option("--shipped", help="Show all that comes with the package for --engine; compute nothing.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for forces, paths and results; the same command resumes.")
    ] = None,
    rates: Annotated[
        Path | None, typer.Option("--rates", help="Write the vacancy barriers as YAML for kmc and percolate.")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write an offline HTML page to this file.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Find the distinct hops of a crystal's cations and compute their barriers.

    Hops that fail are listed with the reason; the others are done (exit code 3, or 1 if none was found).
    """
    from antiperovskite._files import check_writable
    from antiperovskite.cli.commands._crystals import pick
    from antiperovskite.cli.output import print_json
    from antiperovskite.composition import resolve
    from antiperovskite.dynamics.cell import parse_supercell
    from antiperovskite.errors import OptionError, StructureError
    from antiperovskite.migration import Settings
    from antiperovskite.migration.cells import conventional
    from antiperovskite.migration.ends import COMPENSATIONS
    from antiperovskite.migration.study import MECHANISMS
    from antiperovskite.structures import build_structure

    wanted = list(MECHANISMS) if mechanism == "all" else [part.strip() for part in mechanism.split(",")]
    ways = COMPENSATIONS if compensation == "both" else (compensation,)
    if any(way not in COMPENSATIONS for way in ways):
        raise OptionError(f"unknown --compensation {compensation[:30]!r}; choose {', '.join(COMPENSATIONS)} or both")
    settings = Settings(images=images, fmax=fmax)
    name, mark, number = formula.partition("#")
    model = conventional(pick(name, number) if mark else build_structure(resolve(name)))
    lattice = model.to_pymatgen().lattice.matrix
    sizes = [parse_supercell(part, lattice) for part in supercells.split(",")]
    if listing:
        _list(model, ion, longest, json)
        return
    for path in (rates, html):
        if path is not None:
            check_writable(path.parent)
    if out is not None:
        check_writable(out)
    pictures: list[Any] = []
    if shipped:
        if out is not None or hop is not None or verify_saddle:
            raise OptionError("--shipped computes nothing; leave out --hop, --verify-saddle and --out")
        from antiperovskite.migration.records import shipped_migration

        study = shipped_migration(model.formula, engine)
    else:
        study, pictures = _computed(
            model, engine, ways, mechanisms=wanted, supercells=sizes, hop=hop, settings=settings,
            verify_saddle=verify_saddle, ion=ion, longest=longest, folder=out,
        )  # fmt: skip
    _write(study, model, pictures, out, rates, html)
    if json:
        print_json(study)
    else:
        _print(study)
    failed = [b for b in study.barriers if b.forward.value is None]
    if failed and len(failed) == len(study.barriers):
        raise StructureError(f"no barrier was found: {failed[0].problem}")
    if failed or any(b.problem for b in study.barriers):
        raise typer.Exit(code=3)


def _computed(
    model: StructureModel, engine: str, compensations: tuple[str, ...], **options: Any
) -> tuple[MigrationStudy, list[Any]]:
    """The study, and what the page draws of each barrier."""
    from antiperovskite.cli.progress import step_progress
    from antiperovskite.engines import get_engine
    from antiperovskite.engines.threads import limit_threads
    from antiperovskite.migration import migrate as search
    from antiperovskite.migration.records import joined

    chosen = get_engine(engine)
    limit_threads()
    pictures: list[Any] = []
    with step_progress() as report:
        studies = [
            search(
                model, chosen, compensation=way, report=report, keep=lambda *found: pictures.append(found), **options
            )
            for way in compensations
        ]
    return studies[0] if len(studies) == 1 else joined(studies), pictures


def _write(
    study: MigrationStudy, model: Any, pictures: list[Any], out: Path | None, rates: Path | None, html: Path | None
) -> None:
    from antiperovskite._files import write_atomically
    from antiperovskite.cli.output import print_note

    if out is not None:
        write_atomically(out / "migration.json", study.model_dump_json(indent=1) + "\n")
        print_note(f"wrote {out / 'migration.json'}")
    if rates is not None:
        import yaml

        from antiperovskite.migration import rate_table

        write_atomically(rates, yaml.safe_dump(rate_table(study, model), sort_keys=False))
        print_note(f"wrote {rates}")
    if html is not None:
        from antiperovskite.report.migration_plot import write_migration

        write_migration(study, pictures, html)
        print_note(f"wrote {html}")


def _list(model: Any, ion: str | None, longest: float | None, json: bool) -> None:
    from antiperovskite.cli.output import print_json, print_note, print_table
    from antiperovskite.migration import cooperative_hops, vacancy_hops

    hops = (*vacancy_hops(model, ion=ion, longest=longest), *cooperative_hops(model, ion=ion))
    if json:
        print_json({"formula": model.formula, "hops": hops})
        return
    rows = [
        [h.mechanism, str(h.number), f"{h.length:.3f} Å", str(h.multiplicity), f"{h.neighbours:g}", h.label]
        for h in hops
    ]
    print_table(f"{model.formula}: distinct hops", ["mechanism", "hop", "length", "in the cell", "a site", "way"], rows)
    print_note("note: not relaxed, lengths are estimates; dumbbell hops are found once a dumbbell is relaxed")


def _print(study: MigrationStudy) -> None:
    from antiperovskite.cli.output import print_note, print_table

    rows = [
        [
            f"{b.hop.mechanism} {b.hop.number}", "x".join(map(str, b.supercell)), b.compensation, *_numbers(b),
            str(b.force_calls.total),
        ]
        for b in study.barriers
    ]  # fmt: skip
    print_table(
        f"{study.formula} ({study.spacegroup}), {study.engine.name}: barriers of {study.ion}",
        ["hop", "cell", "compensation", "barrier", "back", "attempt", "force calls"],
        rows,
    )
    for hop in study.hops:
        print_note(f"{hop.mechanism} {hop.number}: {hop.label}, {hop.length:.3f} Å")
    for b in study.barriers:
        if b.problem:
            print_note(f"{b.hop.mechanism} hop {b.hop.number}, {'x'.join(map(str, b.supercell))}: {b.problem}")
    for extrapolated in study.size_effect:
        print_note(f"infinite cell: {extrapolated} ({extrapolated.method})")
    _differences(study)
    print_note(f"note: {study.settings}")
    for note in study.notes:
        print_note(f"note: {note}")


def _differences(study: MigrationStudy) -> None:
    """What compensation changes, where both ways were computed."""
    from antiperovskite.cli.output import print_note

    lone = {
        (b.hop.mechanism, b.hop.number, b.supercell): b.forward.value
        for b in study.barriers
        if b.compensation == "none"
    }
    for b in study.barriers:
        other = lone.get((b.hop.mechanism, b.hop.number, b.supercell))
        if b.compensation != "none" and other is not None and b.forward.value is not None:
            print_note(
                f"{b.hop.mechanism} hop {b.hop.number}, {'x'.join(map(str, b.supercell))}: {b.compensation} changes "
                f"the barrier by {1000 * (b.forward.value - other):+.0f} meV"
            )


def _numbers(b: Barrier) -> list[str]:
    return ["failed" if b.forward.value is None else str(b.forward)] + [
        "–" if q.value is None else str(q) for q in (b.backward, b.attempt_frequency)
    ]
