"""``antiperovskite defects``: what point defects cost, bound and apart, and how that depends on the supercell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from antiperovskite.defects.results import DefectStudy

EXAMPLES: Final = (
    "Example:  antiperovskite defects Li3OCl --engine lammps:Li3OCl --kinds schottky,frenkel --html defects.html   "
    "Dopants:  antiperovskite defects Li3OCl --kinds dopant --dopants Mg,Ca,F   "
    "What comes with the package:  antiperovskite defects Li3OCl --shipped"
)


def defects(
    formula: Annotated[str, typer.Argument(metavar="FORMULA", help="Li3OCl, Na3OCl, Li2OHCl#2 ...")],
    *,
    engine: Annotated[str, typer.Option("--engine", "-e", help="Where energies and forces come from.")] = "7net-0",
    supercells: Annotated[str, typer.Option("--supercells", "-s", help="2,3 or 2x2x1,3x3x1; two extrapolate.")] = "2,3",
    kinds: Annotated[
        str, typer.Option(help="Of schottky, frenkel, antisite, deficient (oxide on halide sites), proton, dopant.")
    ] = "schottky,frenkel,antisite",
    dopants: Annotated[str, typer.Option(help="Ions for kind dopant, such as Mg,Ca,F.")] = "",
    combination: Annotated[
        list[str] | None, typer.Option("--combination", "-c", help="Another neutral one: 'V_Li + V_Cl'. Repeatable.")
    ] = None,
    near: Annotated[int, typer.Option(help="So many distinct near arrangements of each.")] = 2,
    lone: Annotated[bool, typer.Option("--lone/--no-lone", help="Single defects in neutral cells, to compare.")] = True,
    fmax: Annotated[float, typer.Option("--fmax", help="Force criterion, eV/angstrom.")] = 0.02,
    cache: Annotated[bool, typer.Option("--cache/--no-cache", help="Keep cells, so that the command resumes.")] = True,
    shipped: Annotated[
        bool, typer.Option("--shipped", help="Show all that comes with the package for --engine; compute nothing.")
    ] = False,
    html: Annotated[Path | None, typer.Option("--html", "-o", help="Write an offline HTML page.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Energies of charge-neutral defect combinations: Schottky, Frenkel, antisites, protons, dopants, and binding.

    Finished cells are kept; the same command goes on where it stopped. Exit code 3 if a combination has no energy.
    """
    from antiperovskite._files import check_writable
    from antiperovskite.cli.commands._crystals import looks_like_path
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.errors import OptionError

    if looks_like_path(formula):
        raise OptionError("defects are placed on known sites: give a formula, not a file")
    if html is not None:
        if html.is_dir():
            raise OptionError(f"cannot write {str(html)!r}: it is a directory; give a file name")
        check_writable(html.parent)
    if shipped:
        if dopants or combination:
            raise OptionError("--shipped computes nothing; leave out --dopants and --combination")
        result = _shipped(formula, engine)
    else:
        result = _computed(
            formula, engine, _list(kinds), _list(dopants), supercells=_list(supercells),
            combinations=combination or (), near=near, lone=lone, fmax=fmax, cache=cache,
        )  # fmt: skip
    if html is not None:
        from antiperovskite.report.defect_plot import write_defects

        write_defects(result, html)
        print_note(f"wrote {html}")
    if json:
        print_json(result)
    else:
        _print(result)
    if any(item.dispersed is None and item.bound is None for item in result.combinations):
        raise typer.Exit(3)


def _shipped(formula: str, engine: str) -> DefectStudy:
    from antiperovskite.composition import resolve
    from antiperovskite.defects.shipped import shipped_study

    return shipped_study(resolve(formula).formula, engine)


def _computed(
    formula: str, engine: str, kinds: list[str], dopants: list[str], *, cache: bool, **options: Any
) -> DefectStudy:
    from antiperovskite.cli.commands._crystals import read_crystal
    from antiperovskite.cli.progress import step_progress
    from antiperovskite.defects import defect_study
    from antiperovskite.defects.catalogue import KINDS
    from antiperovskite.defects.records import default_cache
    from antiperovskite.engines import get_engine
    from antiperovskite.engines.threads import limit_threads
    from antiperovskite.errors import OptionError, best_match, one_line

    for kind in kinds:
        if kind not in KINDS:
            raise OptionError(
                f"unknown kind {one_line(kind, 20)!r}; choose {', '.join(KINDS)}{best_match(kind, list(KINDS))}"
            )
    if dopants and "dopant" not in kinds:
        kinds = [*kinds, "dopant"]
    chosen = get_engine(engine)
    model, _ = read_crystal(formula)
    limit_threads()
    with step_progress() as report:
        return defect_study(
            model, chosen, kinds=kinds, dopants=dopants, cache=default_cache() if cache else None, report=report,
            **options,
        )  # fmt: skip


def _list(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _print(result: DefectStudy) -> None:
    from antiperovskite.cli.output import print_note, print_table
    from antiperovskite.report.defect_plot import COLUMNS, defect_rows

    sizes = ", ".join("x".join(map(str, times)) for times in result.supercells)
    title = f"{result.formula}, {result.spacegroup}, {result.engine.name}, supercells {sizes} (eV per reaction)"
    print_table(title, COLUMNS, defect_rows(result))
    for item in result.combinations:
        for note in item.notes:
            print_note(f"note: {item.name}: {note}")
    for note in result.notes:
        print_note(f"note: {note}")
