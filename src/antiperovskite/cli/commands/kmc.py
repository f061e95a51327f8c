"""``antiperovskite kmc``: diffusion and conductivity from barriers of single hops, by kinetic Monte Carlo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from antiperovskite.composition.model import Formula
    from antiperovskite.kinetics.model import KineticStudy
    from antiperovskite.kinetics.table import RateTable

EXAMPLES = (
    "Example:  antiperovskite kmc Li3OCl --barrier 0.30 --attempt-THz 10 --vacancies 0.02 --temperatures 400..900/100"
    "   From other commands:  antiperovskite kmc Li3OCl --interactions migrate.json "
    "--concentrations concentrations.json --attempt-THz 10 -T 900,1000"
    "   Doping:  antiperovskite kmc Li3OCl --shipped --attempt-THz 10 --dopant Mg=0.02 -T 600..900/100"
)
MOST_SITES = 60_000
FEWEST = 4  # vacancies in a walk, where heat decides how many there are


def kmc(
    formula: Annotated[str, typer.Argument(metavar="FORMULA", help="Such as Li3OCl, Li4OBr2 or Li2OHCl.")],
    *,
    barrier: Annotated[float | None, typer.Option(help="Of every hop, eV: yours, not computed here.")] = None,
    attempt: Annotated[float | None, typer.Option("--attempt-THz", help="Attempt frequency, THz.")] = None,
    vacancies: Annotated[
        float | None, typer.Option(help="Fraction of the cation sites (besides those empty by formula).")
    ] = None,
    temperatures: Annotated[str, typer.Option("--temperatures", "-T", help="K: 600, 400,500 or 400..900/100.")] = "600",
    interactions: Annotated[
        Path | None,
        typer.Option(
            "--interactions",
            help="JSON of migrate --json, or a file with barriers by surroundings, pair energies, dopants (see docs).",
        ),
    ] = None,
    concentrations: Annotated[
        Path | None,
        typer.Option("--concentrations", help="JSON of concentrations --json: vacancies at each temperature."),
    ] = None,
    dopant: Annotated[
        list[str] | None,
        typer.Option(help="Atoms per formula unit: Mg=0.01. Binding from --defects or --shipped. Repeatable."),
    ] = None,
    defects: Annotated[
        Path | None, typer.Option("--defects", help="JSON of defects --json: how dopants bind vacancies.")
    ] = None,
    shipped: Annotated[
        bool, typer.Option("--shipped", help="Barriers and binding that come with the package, of --engine.")
    ] = False,
    engine: Annotated[str, typer.Option("--engine", "-e", help="Of what is shipped.")] = "7net-0",
    field: Annotated[float, typer.Option(help="V/angstrom along x: a second run for the drift.")] = 0.0,
    sites: Annotated[int, typer.Option(help="About how many cation sites.")] = 2000,
    frames: Annotated[int, typer.Option(help="Frames recorded at each temperature, two hops of an ion apart.")] = 4000,
    longest: Annotated[
        float | None, typer.Option("--longest-hop", help="Angstrom (default: 1.2 x the shortest distance).")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of placement and walk.")] = 0,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write an offline HTML page to this file.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Simulate hopping of vacancies on the real lattice from barriers you give.

    Gives tracer diffusion, correlation factor, Haven ratio and conductivity, each with an interval, by the estimators
    that are used for molecular dynamics. Exit code 3 if a temperature had to be refused.
    """
    from antiperovskite._files import check_writable
    from antiperovskite.cli.output import print_json
    from antiperovskite.cli.progress import step_progress
    from antiperovskite.composition import resolve
    from antiperovskite.dynamics.temperatures import parse_temperatures
    from antiperovskite.errors import OptionError
    from antiperovskite.kinetics import kinetic_study, studies_joined

    kelvins = parse_temperatures(temperatures)
    resolved = resolve(formula)
    table = rate_table(interactions, barrier, attempt, (resolved.formula, engine) if shipped else None)
    said: tuple[str, ...] = ()
    if dopant or defects is not None:
        table, said = _with_dopants(table, resolved, dopant or [], defects, engine if shipped else None)
    if concentrations is not None and vacancies is not None:
        raise OptionError("give --vacancies or --concentrations, not both")
    plan: list[tuple[tuple[float, ...], float | None, int]] = [(tuple(kelvins), vacancies, sites)]
    if concentrations is not None:
        plan = _by_concentration(concentrations, resolved.formula, kelvins, sites)
    if out is not None:
        check_writable(out.parent)
    with step_progress() as report:

        def progress(text: str) -> None:
            report("kinetic Monte Carlo", text)

        result = studies_joined(
            [
                kinetic_study(
                    resolved,
                    table,
                    temperatures=some,
                    vacancies=share,
                    field=field,
                    sites=size,
                    frames=frames,
                    seed=seed + index,
                    longest=longest,
                    progress=progress,
                )
                for index, (some, share, size) in enumerate(plan)
            ],
            "" if concentrations is None else f"vacancies at each temperature as in {concentrations.name}",
        )
    result = result.model_copy(update={"notes": (*result.notes, *said)})
    if out is not None:
        from antiperovskite.cli.output import print_note
        from antiperovskite.report.kmc_plot import write_kinetics

        write_kinetics(result, out)
        print_note(f"wrote {out}")
    if json:
        print_json(result)
    else:
        _print(result)
    if any(run.diffusion is None for run in result.runs):
        raise typer.Exit(code=3)


def _by_concentration(
    path: Path, formula: str, kelvins: Sequence[float], sites: int
) -> list[tuple[tuple[float, ...], float | None, int]]:
    """One walk for each temperature with its own share of vacancies, in a cell that holds some."""
    from math import ceil

    from antiperovskite.carriers.from_files import vacancy_shares
    from antiperovskite.errors import OptionError

    plan: list[tuple[tuple[float, ...], float | None, int]] = []
    for kelvin, share in zip(kelvins, vacancy_shares(path, formula, kelvins), strict=True):
        needed = ceil(FEWEST / share) if share > FEWEST / MOST_SITES else MOST_SITES + 1
        if needed > MOST_SITES:
            raise OptionError(
                f"{path} has {share:.1e} vacancies per site at {kelvin:g} K: a walk of {FEWEST} would need more than "
                f"{MOST_SITES} sites; so few do not meet, give --vacancies 0.002 and scale by the share"
            )
        plan.append(((kelvin,), share, max(sites, needed)))
    return plan


def _with_dopants(
    table: RateTable, formula: Formula, dopants: list[str], path: Path | None, engine: str | None
) -> tuple[RateTable, tuple[str, ...]]:
    """The table with traps, and where their binding comes from."""
    from antiperovskite.carriers.dopant_traps import dopant_traps, read_defects
    from antiperovskite.defects.equilibrium.ranges import read_pairs
    from antiperovskite.defects.shipped import shipped_study
    from antiperovskite.errors import OptionError

    if not dopants:
        raise OptionError("--defects says how dopants bind; name them: --dopant Mg=0.01")
    if path is None and engine is None:
        raise OptionError("--dopant needs what binds its vacancies: --defects FILE, or --shipped")
    study = read_defects(path) if path is not None else shipped_study(formula.formula, str(engine))
    traps, said = dopant_traps(formula, study, read_pairs(dopants, "dopant", "Mg=0.01"))
    return table.model_copy(update={"traps": {**table.traps, **traps}}), said


def rate_table(
    path: Path | None, barrier: float | None, attempt: float | None, shipped: tuple[str, str] | None = None
) -> RateTable:
    """The table of a file, or of what is shipped for a formula and an engine, with what the command line says on top.

    Raises
    ------
    OptionError
        Neither a file nor a barrier, or a number outside what is allowed.
    """
    from math import isfinite

    from antiperovskite.errors import OptionError
    from antiperovskite.kinetics import RateTable, read_rate_table

    if path is not None and shipped is not None:
        raise OptionError("give --interactions or --shipped, not both")
    if path is None and barrier is None and shipped is None:
        raise OptionError("no barriers: give --barrier 0.30 (eV), a file with them, or --shipped")
    if barrier is not None and not (isfinite(barrier) and barrier >= 0.0):
        raise OptionError(f"--barrier {barrier:g} is not allowed: a barrier is zero or more (eV)")
    if attempt is not None and not (isfinite(attempt) and attempt > 0.0):
        raise OptionError(f"--attempt-THz {attempt:g} is not allowed: give a positive number (THz)")
    table = RateTable(source="command line") if path is None else read_rate_table(path)
    if shipped is not None and barrier is None:
        from antiperovskite.kinetics.table import table_of_study
        from antiperovskite.migration.records import shipped_migration

        table = table_of_study(shipped_migration(*shipped), "what is shipped")
    given: dict[str, Any] = {}
    if barrier is not None:
        given["barrier_eV"] = barrier
    if attempt is not None:
        given["attempt_THz"] = attempt
    if given and table.source != "command line":
        given["source"] = f"{table.source}; {' and '.join(given)} from the command line"
    return table.model_copy(update=given)


def _print(result: KineticStudy) -> None:
    from antiperovskite.cli.output import print_note, print_table

    rows = []
    for run in result.runs:
        D = run.diffusion
        values = (
            [D.diffusion_coefficient, run.correlation_factor, D.haven_ratio, D.conductivity]
            if D is not None
            else [run.refusal, "–", "–", "–"]
        )
        shown = ["–" if str(value).startswith("not computed") else str(value) for value in values]
        drift = [str(run.field_conductivity)] if run.field_conductivity.value is not None else []
        shown = [text.removesuffix(" cm²/s").removesuffix(" S/cm") for text in (*shown, *drift)]
        rows.append([str(run.temperature), *shown])
    columns = ["T", "D / cm²/s", "f", "Haven", "σ / S/cm"]
    if rows and len(rows[0]) > len(columns):
        columns.append("σ by drift")
    barriers = ", ".join(f"{item}" for item in result.barriers)
    first = result.runs[0]
    who = f"{first.n_carriers} vacancies on {first.n_sites} sites"
    print_table(f"{result.name}, {who}: barriers {barriers} as given ({result.barriers[0].source})", columns, rows)
    for name, law in (("conductivity", result.conductivity_arrhenius), ("diffusion", result.diffusion_arrhenius)):
        if law is not None:
            print_note(f"activation energy of {name}: {law.activation_energy}")
    for note in result.notes:
        print_note(f"note: {note}")
