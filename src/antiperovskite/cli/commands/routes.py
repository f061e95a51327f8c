"""``antiperovskite routes``: precursor sets for a formula, ranked by driving force, with what they leave behind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from antiperovskite.composition import Formula
    from antiperovskite.stability.routes.conditions import Conditions
    from antiperovskite.stability.routes.model import PressureLimit, Route

EXAMPLES = (
    "Examples:  antiperovskite routes Li3OCl   |   antiperovskite routes Na3OBr --temperature 650 --p-h2o 1e-8   |   "
    "antiperovskite routes Li2OHCl --p-h2o 0.01 --plot routes.html --json"
)


def routes(
    formulas: Annotated[list[str], typer.Argument(metavar="FORMULA...", help="What is to be made, such as Li3OCl.")],
    *,
    temperature: Annotated[float, typer.Option("--temperature", "-T", help="K, at which routes are ranked.")] = 600.0,
    p_h2o: Annotated[float, typer.Option("--p-h2o", help="bar, the pressure against which water leaves.")] = 1e-6,
    p_h2: Annotated[float, typer.Option("--p-h2", help="bar, the pressure against which hydrogen leaves.")] = 1.0,
    p_co2: Annotated[
        float | None, typer.Option("--p-co2", help="bar, the pressure against which CO2 leaves; 1e-6 if not given.")
    ] = None,
    moist: Annotated[
        bool, typer.Option("--moist", help="The gas also gives its water (and CO2, with --p-co2), without end.")
    ] = False,
    engine: Annotated[
        str | None,
        typer.Option("--engine", "-e", help="Without it 7net-0, or a model without U where a 3d metal meets oxygen."),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Write driving forces over temperature as HTML.")
    ] = None,
    store: Annotated[Path | None, typer.Option(help="SQLite file that keeps relaxations.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON list, one record a route.")] = False,
) -> None:
    """Rank solid-state routes to a formula by driving force, against everything else the precursors can become.

    Negative is downhill. Selectivity is the product against the best mixture without it: where it is positive, that
    mixture is what thermodynamics wants. Published syntheses with the same reagents stand beside each route. Exit code
    3 means that no route could be computed; the records say why.
    """
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.composition import resolve
    from antiperovskite.engines.threads import limit_threads
    from antiperovskite.stability.routes.conditions import Conditions, check_temperature

    limit_threads()
    check_temperature(temperature)
    conditions = Conditions(water=p_h2o, dioxide=p_co2, hydrogen=p_h2, open_to_air=moist)
    _check_page(plot)
    wanted = list({resolve(text).formula: resolve(text) for text in formulas}.values())
    found = [route for formula in wanted for route in _compute(formula, engine, temperature, conditions, store)]
    if plot is not None:
        from antiperovskite.report.routes_plot import write_routes

        write_routes(found, plot)
        print_note(f"wrote {plot}")
    if json:
        print_json(found)
    else:
        _print(found)
    if not any(route.computed for route in found):
        raise typer.Exit(code=3)


def _check_page(page: Path | None) -> None:
    from antiperovskite._files import check_writable
    from antiperovskite.errors import OptionError

    if page is None:
        return
    if page.is_dir():
        raise OptionError(f"{str(page)!r} is a folder; name the file to write, such as {page / 'routes.html'}")
    check_writable(page.parent)


def _compute(
    formula: Formula, engine: str | None, temperature: float, conditions: Conditions, store: Path | None
) -> tuple[Route, ...]:
    from antiperovskite.assessment.targets import find_targets
    from antiperovskite.cli.progress import step_progress
    from antiperovskite.electrochemistry.contact_matrix import choose_engine
    from antiperovskite.engines.registry import get_engine
    from antiperovskite.stability.routes.bench import involved_elements, prepare_bench
    from antiperovskite.stability.routes.study import precursor_sets, synthesis_routes
    from antiperovskite.store import ResultStore, default_store_path

    sets = precursor_sets(formula)
    if engine is None:
        name, _ = choose_engine(involved_elements(formula, sets, conditions))
    else:
        name = get_engine(engine).card.name
    results = ResultStore(store or default_store_path())
    try:
        with step_progress() as progress:
            (target,) = find_targets([formula.formula], name, store=results, progress=progress)
            progress("routes", f"{formula.formula}: {len(sets)} precursor sets")
            bench = prepare_bench(formula, target.phase, name, sets, conditions)
            return synthesis_routes(bench, sets, temperature=temperature, conditions=conditions)
    finally:
        results.close()


def _print(found: list[Route]) -> None:
    from antiperovskite.cli.output import print_note, print_table
    from antiperovskite.stability.routes.words import water_words

    for formula in dict.fromkeys(route.formula for route in found):
        mine = [route for route in found if route.formula == formula]
        computed = [route for route in mine if route.computed]
        if computed:
            first = computed[0]
            gases = {gas: p for route in computed for gas, p in route.pressures.items()}
            where = ", ".join(f"p({gas}) {pressure:g} bar" for gas, pressure in gases.items())
            print_table(
                f"Routes to {formula} at {first.temperature.value:g} K, {first.engine}, meV per formula unit; {where}",
                [
                    "route",
                    "driving force",
                    "against the best rest",
                    "P(product)",
                    "left behind",
                    "downhill above (K)",
                    "gas below (bar)",
                ],
                [_row(route) for route in computed],
            )
            water = water_words(computed)
            if water:
                print_note(f"{formula}: {water}")
        _print_reported(mine)
        for route in mine:
            if not route.computed:
                print_note(f"not computed: {route.equation or route.kind}: {route.driving_force.method}")
        for note in dict.fromkeys(note for route in computed for note in route.notes):
            print_note(note)
    print_note(
        "* a precursor is molten; every number with its method: --json; curves over temperature: --plot FILE.html"
    )


def _row(route: Route) -> list[str]:
    from antiperovskite.quantity import Quantity
    from antiperovskite.stability.routes.words import mixture_words

    onset = route.onset_temperature
    return [
        f"{route.equation}{' *' if route.molten else ''}",
        _milli(route.driving_force),
        _milli(route.selectivity),
        f"{route.probability.value:.2f}" if isinstance(route.probability, Quantity) else "–",
        mixture_words(route.left_behind),
        str(onset).removesuffix(" K") if isinstance(onset, Quantity) else ("always" if route.downhill else "never"),
        f"{route.gas_limit.gas}: {_bar(route.gas_limit)}" if route.gas_limit else "–",
    ]


def _milli(value: object) -> str:
    from antiperovskite.quantity import Quantity, format_number

    if not isinstance(value, Quantity):
        return "–"
    shown = value.to("meV/formula")
    return format_number(shown.value, shown.uncertainty)


def _bar(limit: PressureLimit) -> str:
    from antiperovskite.quantity import Quantity

    if isinstance(limit.pressure, Quantity):
        return f"{limit.pressure.value:.1e}"
    if isinstance(limit.log10_pressure, Quantity):
        return "any" if limit.log10_pressure.value > 0.0 else "none"
    return "–"


def _print_reported(mine: list[Route]) -> None:
    from antiperovskite.cli.output import print_table

    rows = [
        [
            report.id,
            route.equation or route.kind,
            ", ".join(f"{quantity.value:.0f}" for quantity in report.temperature) or "–",
            report.flag or ("agrees" if report.outcome == "target" else f"not computed: {report.probability.method}"),
        ]
        for route in mine
        for report in route.reported
    ]
    if rows:
        print_table(
            "Published syntheses with these reagents (Table 2)", ["row", "route", "reported T (K)", "computed"], rows
        )
