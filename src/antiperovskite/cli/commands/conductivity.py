"""``antiperovskite conductivity``: a ladder of runs, what each gave, an Arrhenius law, room temperature, one page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from antiperovskite.engines.protocol import Engine
    from antiperovskite.quantity import AnyQuantity
    from antiperovskite.transport.model import Interval
    from antiperovskite.transport.study.hops import HopWindow
    from antiperovskite.transport.study.ladder import Ladder
    from antiperovskite.transport.study.model import ConductivityStudy

EXAMPLES = (
    "Examples:  antiperovskite conductivity Li3OCl --temperatures 800..1200 --vacancies 0.025 --size-check 4 "
    "--out Li3OCl   |   antiperovskite conductivity Li3OCl -T 1000 --vacancies 0.0125,0.025,0.05 "
    "--out shares   |   antiperovskite conductivity Li3OCl --shipped --page Li3OCl.html"
)
PAGE = "conductivity.html"


def conductivity(
    formula: Annotated[str, typer.Argument(metavar="FORMULA", help="The compound, for example Li3OCl.")],
    *,
    temperatures: Annotated[
        str, typer.Option("--temperatures", "-T", help="K: 700..1100, 700..1100/50 or 800,1000,1200.")
    ] = "700..1100",
    vacancies: Annotated[
        str,
        typer.Option(
            metavar="SHARE[,SHARE]",
            help="Share of the cation sites to empty, charge-compensated. Several (0.01,0.025,0.05) run every "
            "temperature with each and show what depends on it; the first makes the Arrhenius laws.",
        ),
    ] = "0.02",
    compensation: Annotated[
        str, typer.Option(help="What balances them: schottky, hydroxide, frenkel, dopant:Ca, or none (lone, noted).")
    ] = "schottky",
    engine: Annotated[
        str,
        typer.Option(
            "--engine", "-e", help="auto (the distilled potential that comes with the package), or an engine."
        ),
    ] = "auto",
    ps: Annotated[float, typer.Option(help="Length of each run in picoseconds; more lengthens finished runs.")] = 200.0,
    supercell: Annotated[str, typer.Option(help="3, 2x2x3, or auto: at least 10 angstrom between images.")] = "3",
    scattered: Annotated[
        bool,
        typer.Option(
            "--scattered", help="Fill the shared sites (empty X, two kinds of ion) of the --supercell by chance."
        ),
    ] = False,
    size_check: Annotated[
        str, typer.Option("--size-check", help="Repeat the middle temperature in this larger supercell, such as 4.")
    ] = "",
    ensemble: Annotated[str, typer.Option(help="nvt (cell of 0 K) or npt (the cell expands).")] = "nvt",
    timestep_fs: Annotated[
        float | None, typer.Option("--timestep-fs", help="Default by the lightest element: 0.5, 1 or 2 fs.")
    ] = None,
    placement: Annotated[str, typer.Option(help="random (by --seed), apart or together.")] = "random",
    seed: Annotated[int, typer.Option(help="Seed of defects, velocities and thermostat.")] = 0,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder of the runs; the same command there goes on.")
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option("--page", "--html", help=f"Offline HTML page (default: {PAGE} in the folder of the runs)."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be run and how long it takes.")] = False,
    shipped: Annotated[
        bool, typer.Option("--shipped", help="Show the study that comes with the package; run nothing.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the study as JSON.")] = False,
) -> None:
    """Run a ladder of temperatures and measure diffusion, conductivity, Haven ratio and activation energy.

    Each number comes with an interval; a temperature that gives none keeps its row with the reason. Stopped at any
    moment, the same command goes on. Exit code 3: some temperatures were refused; 1: all were.
    """
    from antiperovskite._files import check_writable
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.composition import resolve
    from antiperovskite.engines.threads import limit_threads
    from antiperovskite.transport.study import conduction_engine

    name = resolve(formula).formula  # a wrong formula is said before anything is loaded
    folder = out or Path(f"{name}-conductivity")
    if shipped:
        study, target = _shipped(name), page
    else:
        limit_threads()
        ladder = _ladder(
            name, temperatures, vacancies, compensation, ps, supercell, scattered, size_check, ensemble, timestep_fs,
            placement, seed,
        )  # fmt: skip
        chosen = conduction_engine(engine, name)
        if dry_run:
            _estimate(ladder, chosen, json)
            return
        check_writable(folder)
        target = page or folder / PAGE
        check_writable(target.parent)
        study = _run(ladder, chosen, folder, _command(name, ladder, engine, folder))
    if target is not None:
        from antiperovskite.report.conductivity_page import write_conductivity

        check_writable(target.parent)
        write_conductivity(study, target, None if shipped else _hops(study, folder), shipped=shipped)
        print_note(f"wrote {target}")
    if json:
        print_json(study)
    else:
        _print(study)
    if not study.complete:
        raise typer.Exit(3 if any(step.results for step in study.steps) else 1)


def _shipped(formula: str) -> ConductivityStudy:
    from antiperovskite.errors import MissingReferenceError
    from antiperovskite.transport.study import shipped_studies, shipped_study

    found = shipped_study(formula)
    if found is None:
        have = ", ".join(shipped_studies()) or "none yet"
        raise MissingReferenceError(
            f"no conductivity study of {formula} comes with the package (there are: {have}); run it without --shipped"
        )
    return found


def _ladder(
    formula: str,
    temperatures: str,
    vacancies: str,
    compensation: str,
    ps: float,
    supercell: str,
    scattered: bool,
    size_check: str,
    ensemble: str,
    timestep_fs: float | None,
    placement: str,
    seed: int,
) -> Ladder:
    from antiperovskite.dynamics.plan import CellChoice
    from antiperovskite.dynamics.temperatures import parse_temperatures
    from antiperovskite.errors import OptionError
    from antiperovskite.transport.study import Ladder

    if not 0.0 < ps < 1e9:
        raise OptionError(f"runs of {ps:g} ps are not possible; give a positive number of picoseconds")
    if not 0 <= seed < 2**31:
        raise OptionError(f"seed {seed} is outside 0 to {2**31 - 1}")
    if ensemble not in {"nvt", "npt"}:
        raise OptionError(f"--ensemble {ensemble!r} is not offered here; choose nvt or npt")
    share, *others = _shares(vacancies)
    return Ladder(
        formula=formula,
        temperatures_K=parse_temperatures(temperatures),
        cell=CellChoice(
            supercell=supercell,
            scattered=scattered,
            vacancies=share,
            compensation=compensation,
            placement=placement,
            seed=seed,
        ),
        ps=ps,
        size_check=size_check,
        other_shares=tuple(others),
        ensemble=ensemble,
        timestep_fs=timestep_fs,
    )


def _shares(text: str) -> list[float]:
    """Shares of vacancies as typed, the first one the ladder's."""
    from antiperovskite.errors import OptionError, one_line

    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        found = []
    if not found or not all(0.0 <= share <= 0.5 for share in found) or len(set(found)) < len(found):
        raise OptionError(
            f"cannot read --vacancies {one_line(text, 30)!r}; write shares of the cation sites between 0 and 0.5, each "
            "once, such as 0.02 or 0.01,0.025,0.05"
        )
    return found


def _run(ladder: Ladder, engine: Engine, folder: Path, command: str) -> ConductivityStudy:
    from antiperovskite.cli.output import print_note
    from antiperovskite.cli.progress import step_progress
    from antiperovskite.transport.study import run_ladder, study_of_folder

    with step_progress() as progress:

        def report(run: str, done: float, wanted: float) -> None:
            progress(run, f"{ladder.formula}: step {done:g} of {wanted:g} ps")

        progress("relaxation", f"{ladder.formula} with {engine.card.name}")
        run_ladder(ladder, engine, folder, report=report, note=print_note)
        progress("analysis", "displacements and laws")
        name = engine.card.name
        return study_of_folder(
            folder, ladder.formula, engine_name=name, made_by=command, vacancies=ladder.cell.vacancies, note=print_note
        )


def _command(formula: str, ladder: Ladder, engine: str, folder: Path) -> str:
    from shlex import join

    cell = ladder.cell
    words = ["antiperovskite", "conductivity", formula, "--temperatures"]
    words += [",".join(f"{kelvin:g}" for kelvin in ladder.temperatures_K), "--vacancies"]
    words += [",".join(f"{share:g}" for share in (cell.vacancies, *ladder.other_shares))]
    words += ["--compensation", cell.compensation, "--engine", engine, "--ps", f"{ladder.ps:g}"]
    words += ["--supercell", cell.supercell, "--ensemble", ladder.ensemble, "--seed", str(cell.seed)]
    words += ["--scattered"] if cell.scattered else []
    words += ["--placement", cell.placement] if cell.placement != "random" else []
    words += ["--timestep-fs", f"{ladder.timestep_fs:g}"] if ladder.timestep_fs is not None else []
    words += ["--size-check", ladder.size_check] if ladder.size_check else []
    return join([*words, "--out", str(folder)])


def _hops(study: ConductivityStudy, folder: Path) -> HopWindow | None:
    """A window with jumps from the hottest temperature that was measured, every ion where it was."""
    from antiperovskite.transport.study.hops import find_hops
    from antiperovskite.transport.study.step import open_tail, run_of

    if study.scenes is None:
        return None
    step = next(step for step in study.steps if step.temperature_K == study.scenes.temperature_K)
    path = folder / f"{step.temperature_K:g}K"
    return find_hops(open_tail(path, *run_of(path)), study.species, step.results[0].regime.hop_length.value)


def _estimate(ladder: Ladder, engine: Engine, json: bool) -> None:
    from antiperovskite.cli.output import print_json, print_note, print_table
    from antiperovskite.dynamics.estimate import estimate_run
    from antiperovskite.dynamics.sources import starting_model, unit_cell_of_formula
    from antiperovskite.transport.study.ladder import plan_ladder

    unit = unit_cell_of_formula(starting_model(ladder.formula, ladder.cell), engine, None)
    plans = plan_ladder(ladder, unit, engine, Path())
    for note in plans[0][1].notes:
        print_note(f"note: {note}")
    by_size = {len(plan.structure["sites"]): plan for _, plan in plans}
    timed = {size: estimate_run(plan, engine, ladder.ps) for size, plan in by_size.items()}
    rows = [
        timed[len(plan.structure["sites"])].model_copy(update={"temperature_K": plan.conditions.temperature_K})
        for _, plan in plans
    ]
    if json:
        print_json({"estimates": rows})
        return
    table = [[f"{one.temperature_K:g} K", str(one.n_atoms), f"{one.seconds / 3600:.2g} h"] for one in rows]
    total = sum(one.seconds for one in rows) / 3600
    print_table(f"Not run: {total:.2g} core-hours with {engine.card.name}", ["run", "atoms", "time"], table)


def _print(study: ConductivityStudy) -> None:
    from antiperovskite.cli.output import print_note, print_table
    from antiperovskite.quantity import NotComputed

    def short(value: object) -> str:
        return "–" if isinstance(value, NotComputed) else str(value)

    rows = []
    for step in study.steps:
        at = f"{step.temperature_K:g} K"
        for one in step.results:
            cells = (one.diffusion_coefficient, one.haven_ratio, one.conductivity, one.nernst_einstein_conductivity)
            rows.append([at, one.species, *map(short, cells), ""])
        rows += [[at, row.species, "–", "–", "–", "–", f"refused, {row.kind}"] for row in step.refused]
    columns = ["run", "ion", "D", "Haven ratio", "conductivity", "of independent ions", ""]
    print_table(f"{study.formula}, {study.engine.name}", columns, rows)
    _print_shares(study)
    _print_jumps(study)
    numbers = [
        ["activation energy", short(study.activation_energy), _ends(study.activation_energy_intervals)],
        ["conductivity, 298 K", short(study.conductivity_298K), _ends(study.conductivity_298K_intervals)],
        [
            "of independent ions, 298 K",
            short(study.nernst_einstein_conductivity_298K),
            _ends(study.nernst_einstein_conductivity_298K_intervals),
        ],
        ["Haven ratio", short(study.haven_ratio), ""],
        *([["static barrier (teacher)", short(study.barrier.teacher), ""]] if study.barrier else []),
        ["core-hours", short(study.core_hours), ""],
    ]
    numbers += [
        [f"published: {row.printed_composition}, {row.method}", str(row.activation_energy), row.study]
        for row in study.published
        if row.activation_energy is not None
    ]
    print_table("", ["quantity", "value", "95 % interval or source"], numbers)
    for step in study.steps:
        for row in step.refused:
            print_note(f"refused: {step.temperature_K:g} K: {row.reason}")
    print_note(study.framework)
    print_note(study.finite_size)
    for note in study.notes:
        print_note(f"note: {note}")


def _print_shares(study: ConductivityStudy) -> None:
    from antiperovskite.cli.output import print_table

    rows = []
    for kelvin, steps in study.at_shares().items():
        for step in steps:
            values = [f"{one.species} {one.diffusion_coefficient}" for one in step.results] or ["refused"]
            conductivity = str(step.nernst_einstein_conductivity) if not step.refused else "–"
            rows.append([f"{kelvin:g} K", f"{step.vacancy_share}", ", ".join(values), conductivity])
    if rows:
        print_table("Against the share of vacancies", ["run", "empty sites", "D", "of independent ions"], rows)


def _print_jumps(study: ConductivityStudy) -> None:
    from antiperovskite.cli.output import print_note, print_table

    rows = []
    for step in study.steps:
        for one in step.jumps:
            residence = "; ".join(str(kind.residence) for kind in one.kinds)
            found = one.collective.share.value if one.collective is not None else None
            share = "–" if found is None else f"{100 * found:.0f} %"
            at = [f"{step.temperature_K:g} K", one.species, str(one.n_jumps), str(one.rate), residence]
            rows.append([*at, str(one.back_jump_probability), str(one.net_correlation_factor), share])
    if rows:
        columns = ["run", "ion", "jumps", "rate per ion", "residence", "back-jumps", "correlation", "in groups"]
        print_table("Jumps between sites", columns, rows)
    turning = [
        [f"{step.temperature_K:g} K", f"{one.centre}-{one.ligand}", *(_or_dash(q) for q in (one.tau_1, one.tau_2))]
        for step in study.steps
        for one in step.rotation
    ]
    if turning:
        print_table("Turning of cluster ions", ["run", "bond", "tau 1", "tau 2"], turning)
    for step in study.steps:
        for row in step.rotation_refused:
            print_note(f"no rotation times: {step.temperature_K:g} K, {row.species}: {row.reason}")
        for row in step.jumps_refused:
            print_note(f"no jump statistics: {step.temperature_K:g} K, {row.species}: {row.reason}")


def _or_dash(value: AnyQuantity) -> str:
    return "–" if value.value is None else str(value)


def _ends(intervals: tuple[Interval, ...]) -> str:
    return next((f"{item.low:.3g} to {item.high:.3g}" for item in intervals if item.level == 95), "")
