"""``antiperovskite concentrations``: how many defects there are, from the energies of their reactions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from antiperovskite.defects.equilibrium import Conditions, DefectInput, EquilibriumStudy

EXAMPLES: Final = (
    "Example:  antiperovskite concentrations Li3OCl --energies defects.json -T 300..1000/100 --html c.html   "
    "Shipped energies:  antiperovskite concentrations Li3OCl --shipped -T 300..1000/100   "
    "Over water:  antiperovskite concentrations Li3OCl --energies defects.json -T 600 --p-h2o 1e-9..1e-2"
)
MOST_POINTS: Final = 400
MOST_COLUMNS: Final = 6  # of the table in a terminal


def concentrations(
    formula: Annotated[str, typer.Argument(metavar="FORMULA", help="The host, such as Li3OCl or Na3OBr.")],
    *,
    energies: Annotated[
        Path | None,
        typer.Option("--energies", help="JSON of antiperovskite defects, or YAML written by hand (see the docs)."),
    ] = None,
    shipped: Annotated[
        bool, typer.Option("--shipped", help="Energies that come with the package, of --engine.")
    ] = False,
    engine: Annotated[str, typer.Option("--engine", "-e", help="Of the shipped energies.")] = "7net-0",
    temperature: Annotated[str, typer.Option("--temperature", "-T", help="K: 600, 400,500 or 300..1000/100.")] = "600",
    coexisting: Annotated[
        str, typer.Option(help="Phase beside the host: LiCl, Li2O, or LiCl..Li2O/5 for a range. Default: its halide.")
    ] = "",
    p_h2o: Annotated[str, typer.Option("--p-h2o", help="bar: 1e-6, or 1e-9..1e-2/15 (in equal factors).")] = "",
    dopant: Annotated[
        list[str] | None, typer.Option(help="Atoms per formula unit: Mg=0.01, or Mg=1e-4..0.1/13. Repeatable.")
    ] = None,
    halide_deficiency: Annotated[
        str, typer.Option("--halide-deficiency", help="x in M(3-x)BA(1-x): 0.02, or 0..0.1/6.")
    ] = "",
    quench_from: Annotated[
        float | None,
        typer.Option("--quench-from", help="K: all but the cation's vacancies and interstitials freeze there."),
    ] = None,
    freeze: Annotated[str, typer.Option(help="Freeze these defects instead: V_Cl,O_Cl.")] = "",
    barrier: Annotated[
        list[str] | None, typer.Option(help="Migration barrier, eV: V_Li=0.30 and Li_i=0.15, for conductivity shares.")
    ] = None,
    site_exclusion: Annotated[
        bool, typer.Option("--site-exclusion/--dilute", help="Sites are finite, or the dilute limit.")
    ] = True,
    debye_hueckel: Annotated[
        bool, typer.Option("--debye-hueckel/--ideal", help="Screened interaction of charges (see the docs).")
    ] = False,
    samples: Annotated[int, typer.Option(help="Draws of the energies for intervals.")] = 400,
    seed: Annotated[int, typer.Option(help="Of the draws.")] = 0,
    html: Annotated[Path | None, typer.Option("--html", "-o", help="Write an offline HTML page.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Concentrations of point defects in equilibrium, and who carries the current.

    Charge and sites are balanced exactly. Intervals come from the uncertainties of the energies. Of temperature,
    water, dopant, halide deficiency and coexisting phase, temperature and one other may be ranges.
    """
    from antiperovskite._files import check_writable
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.cli.progress import step_progress
    from antiperovskite.composition import resolve
    from antiperovskite.defects.equilibrium import concentrations as study
    from antiperovskite.defects.equilibrium.ranges import conditions_of, read_pairs
    from antiperovskite.errors import OptionError

    resolved = resolve(formula)
    axis, points = conditions_of(
        temperature=temperature, coexisting=coexisting, p_water=p_h2o, dopants=dopant or (),
        halide_deficiency=halide_deficiency, quench_from=quench_from, frozen=freeze,
        site_exclusion=site_exclusion, debye_hueckel=debye_hueckel,
    )  # fmt: skip
    _check_number(points)
    if html is not None:
        if html.is_dir():
            raise OptionError(f"cannot write {str(html)!r}: it is a directory; give a file name")
        check_writable(html.parent)
    data = _energies(resolved.formula, energies, engine if shipped else None)
    heights = read_pairs(barrier or (), "barrier", "V_Li=0.30")
    if shipped and not heights:
        heights = _shipped_barriers(resolved.formula, engine)
    with step_progress() as report:
        result = study(
            resolved, data, points, axis=axis, samples=samples, seed=seed,
            barriers=heights,
            progress=lambda text: report("equilibrium", text),
        )  # fmt: skip
    if html is not None:
        from antiperovskite.report.brouwer_plot import write_equilibria

        write_equilibria(result, html)
        print_note(f"wrote {html}")
    if json:
        print_json(result)
    else:
        _print(result)


def _energies(formula: str, path: Path | None, engine: str | None) -> DefectInput:
    """Of the file, or those shipped for an engine."""
    from antiperovskite.defects.equilibrium import energies_of, read_energies
    from antiperovskite.errors import OptionError

    if path is not None and engine is None:
        return read_energies(path)
    if path is not None or engine is None:
        raise OptionError("give one of --energies FILE and --shipped")
    from antiperovskite.defects.shipped import shipped_study

    study = shipped_study(formula, engine)
    apart = {reaction.name for reaction in study.reactions if not reaction.bound and reaction.kind != "antisite"}
    # antisite pairs leave open what their halves cost, and so does a cluster whose members have no energy apart
    return energies_of(study, source=f"shipped defects of {formula}, {engine}", keep=lambda one: one.name in apart)


def _shipped_barriers(formula: str, engine: str) -> dict[str, float]:
    """The lowest shipped barriers of vacancy and interstitial, if the engine has both."""
    from antiperovskite.cli.output import print_note
    from antiperovskite.errors import MissingReferenceError
    from antiperovskite.migration.lowest import lowest_barrier
    from antiperovskite.migration.records import shipped_migration
    from antiperovskite.quantity import Quantity

    try:
        study = shipped_migration(formula, engine)
    except MissingReferenceError:
        return {}
    vacancy, dumbbell = (lowest_barrier(study.barriers, "vacancy"), lowest_barrier(study.barriers, "dumbbell"))
    if not isinstance(vacancy, Quantity) or not isinstance(dumbbell, Quantity):
        return {}
    print_note(
        f"note: shares of conductivity with the shipped barriers of {engine}: vacancy {vacancy}, "
        f"dumbbell {dumbbell}; their errors are not in the shares"
    )
    return {f"V_{study.ion}": vacancy.value, f"{study.ion}_i": dumbbell.value}


def _check_number(points: list[Conditions]) -> None:
    from antiperovskite.errors import OptionError

    if len(points) > MOST_POINTS:
        raise OptionError(f"{len(points)} points are more than {MOST_POINTS}; give coarser ranges")


def _print(result: EquilibriumStudy) -> None:
    from antiperovskite.cli.output import print_note, print_table
    from antiperovskite.report.brouwer_plot import carrier_rows, point_label

    names = list(dict.fromkeys(s.name for point in result.points for s in point.species))
    step = max(1, -(-len(result.points) // MOST_COLUMNS))
    shown = result.points[::step]
    tables = [{s.name: str(s.log10_concentration) for s in point.species} for point in shown]
    rows = [[name, *(found.get(name, "–") for found in tables)] for name in names]
    who = "computed" if result.computed_here else "as given by the user"
    heads = [point_label(point) for point in shown]
    print_table(f"{result.formula}: log10 of amounts per formula unit; energies {who}", ["", *heads], rows)
    if step > 1:
        print_note(f"note: {len(shown)} of {len(result.points)} points are shown; --json and --html have all")
    columns, carrying = carrier_rows(result)
    print_table(f"Mobile {result.ion}", columns, carrying)
    for note in result.notes:
        print_note(f"note: {note}")
