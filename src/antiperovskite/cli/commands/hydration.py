"""``antiperovskite hydration``: what water and CO2 do, and how dry is dry enough."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from antiperovskite.stability.hydration.model import DryRange, Hydration, WaterLimit, WidestWindow

EXAMPLES = (
    "Examples:  antiperovskite hydration Li3OCl Na3OCl   |   antiperovskite hydration Na3OBr --map map.html   |   "
    "antiperovskite hydration Li3OBr --temperature 450 --p-co2 4e-4 --json"
)
SHOWN = (298.15, 400.0, 500.0, 600.0, 700.0, 800.0)  # K, the rows of the table


def hydration(
    formulas: Annotated[list[str], typer.Argument(metavar="FORMULA...", help="Dry phases such as Li3OCl.")],
    temperature: Annotated[
        float | None, typer.Option("--temperature", "-T", help="K; answer at this temperature as well.")
    ] = None,
    p_co2: Annotated[float | None, typer.Option("--p-co2", help="bar of CO2 in the gas; none if not given.")] = None,
    engine: Annotated[str, typer.Option("--engine", "-e", help="See: antiperovskite engines list")] = "7net-0",
    page: Annotated[
        Path | None, typer.Option("--map", metavar="FILE", help="Write predominance maps as one offline HTML file.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON list, one entry a formula.")] = False,
) -> None:
    """What water and CO2 turn a dry anti-perovskite into, and the water content in ppm that it stands.

    Equilibrium asks for the dry phase against everything; metastable takes its own decomposition to oxide and halide
    as frozen and asks for the products of water only. Formulas without a shipped energy are relaxed first.
    """
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.composition import resolve
    from antiperovskite.engines.threads import limit_threads
    from antiperovskite.stability.hydration.study import (
        HIGHEST,
        LOWEST,
        check_dioxide,
        check_family,
        prepare,
        temperature_grid,
    )
    from antiperovskite.stability.hydration.study import (
        hydration as answer,
    )

    limit_threads()
    _check_page(page)
    check_dioxide(p_co2)
    grid = temperature_grid(LOWEST, HIGHEST, also=(*SHOWN, *(() if temperature is None else (temperature,))))
    for text in formulas:
        check_family(resolve(text))  # refuse before anything is relaxed
    from antiperovskite.assessment.targets import find_targets

    targets = find_targets(formulas, engine, progress=lambda _step, detail: print_note(detail))
    studies = [prepare(target.formula, target.phase, engine, grid) for target in targets]
    results = [answer(study, p_dioxide=p_co2) for study in studies]
    if page is not None:
        from antiperovskite.report.hydration_plot import write_maps

        write_maps(studies, results, page, temperature_K=temperature, p_dioxide=p_co2)
        print_note(f"map: {page}")
    if json:
        print_json(results)
    else:
        _print(results, (*SHOWN, *(() if temperature is None or temperature in SHOWN else (temperature,))))


def _check_page(page: Path | None) -> None:
    from antiperovskite._files import check_writable
    from antiperovskite.errors import OptionError

    if page is None:
        return
    if page.is_dir():
        raise OptionError(f"{str(page)!r} is a folder; name the file to write, such as {page / 'map.html'}")
    check_writable(page.parent)


def _print(results: list[Hydration], temperatures: tuple[float, ...]) -> None:
    from antiperovskite.cli.output import print_note, print_table

    for result in results:
        _print_energies(result)
        rows = [
            [
                f"{point.temperature.value:g}{'*' if point.molten else ''}",
                str(point.energy_above_dry_phases.to("meV/formula"))
                if point.energy_above_dry_phases.value is not None
                else "–",
                _limit(point),
                _limit(point.metastable),
                point.metastable.equation or point.equation,
            ]
            for point in result.max_water_ppm
            if point.temperature.value in temperatures
        ]
        gas = "" if result.p_dioxide is None else f", CO2 at {result.p_dioxide:g} bar"
        print_table(
            f"Highest water content that leaves {result.formula} dry, ppm by volume at 1 bar{gas}",
            ["T (K)", "above dry phases", "equilibrium", "metastable", "beyond it (metastable)"],
            rows,
        )
        _print_atmospheres(result)
        for words, window in (("equilibrium", result.widest_window), ("metastable", result.widest_metastable)):
            print_note(f"{result.formula}: most water, {words}: {_widest(window)}")
    print_note("* a product is above its melting point; mixed melts, which are not considered, take up water earlier")
    print_note(
        "ppm with the interval of one standard uncertainty. equilibrium: against everything, 'none' where the dry "
        "phase is above its water-free decomposition products; metastable: that decomposition taken as frozen, "
        "only products of water compete"
    )
    for note in dict.fromkeys(note for result in results for note in result.notes):
        print_note(note)


def _print_energies(result: Hydration) -> None:
    from antiperovskite.cli.output import print_table

    rows = [
        ["hydration energy (298 K, liquid water)", str(result.hydration_energy)],
        ["  from water vapour", str(result.hydration_energy_vapour)],
        ["  Gibbs energy, vapour at 1 bar", str(result.hydration_free_energy_vapour)],
        ["  engine as it is (0 K, ice)", str(result.hydration_energy_static)],
        ["  reaction", result.hydration_equation or "–"],
        ["carbonation energy per CO2 (298 K)", str(result.carbonation_energy)],
        ["  reaction", result.carbonation_equation or "–"],
        ["in air, 25 °C, 50 % humidity, becomes", _mixture(result.products)],
    ]
    if result.products_with_dioxide is not None:
        rows.append(["  with the air's CO2", _mixture(result.products_with_dioxide)])
    print_table(f"{result.formula} with water, engine {result.engine}", ["", "value"], rows)


def _print_atmospheres(result: Hydration) -> None:
    from antiperovskite.cli.output import print_table

    rows = [
        [
            answer.atmosphere,
            ppm_text(answer.water_ppm.value),
            _percent(answer.probability_stable),
            _percent(answer.probability_metastable),
            _range(answer.dry),
            _range(answer.metastable_dry),
        ]
        for answer in result.atmospheres
    ]
    print_table(
        f"{result.formula} in the usual atmospheres",
        ["atmosphere", "ppm", "P(stable, 298 K)", "P(metastable)", "dry above (K)", "dry above, metastable (K)"],
        rows,
    )


def _widest(window: WidestWindow) -> str:
    if window.limit is None:
        return window.temperature.method
    end = ", the end of the range" if window.at_end_of_range else ""
    sure = window.probability_stable_when_dry
    chance = (
        "" if sure is None or sure == 1.0 else f"; probability that there is a window there at all: {_percent(sure)}"
    )
    return f"{_limit(window.limit)} ppm at {window.temperature.value:g} K{end}{chance}"


def _percent(probability: float) -> str:
    if probability < 0.005:
        return "< 1 %"
    return "> 99 %" if probability > 0.995 else f"{100 * probability:.0f} %"


def _mixture(products: dict[str, float]) -> str:
    return " + ".join(formula if amount == 1.0 else f"{amount:.4g} {formula}" for formula, amount in products.items())


def _limit(limit: WaterLimit) -> str:
    """``"0.3 (0.01-9)"``; small numbers as powers of ten; ``"none"`` where there is no window."""
    value = limit.max_water_ppm.value
    if value is None:
        return "none"
    if value >= 1e6:
        return "any (pure steam)"
    return f"{ppm_text(value)} ({ppm_text(limit.lower_ppm)}-{ppm_text(limit.upper_ppm)})"


def ppm_text(value: float | None) -> str:
    """Two digits, plain between a thousandth and a million, else as a power of ten."""
    if value is None:
        return "?"
    if 1e-3 <= value < 1e6:
        return f"{float(f'{value:.2g}'):g}"
    return f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e")


def _range(dry: DryRange) -> str:
    """``"490 (456-525)"``, the lower end with its interval; with the upper end where there is one."""
    if dry.above.value is None:
        return "never"
    low, high = dry.interval
    edge = "<" if "lowest computed" in dry.above.method else ""
    text = f"{edge}{dry.above.value:.0f}"
    if low is not None and not edge:
        text += f" ({low:.0f}-{'?' if high is None else f'{high:.0f}'})"
    return text if dry.below.value is None else f"{text} to {dry.below.value:.0f}"
