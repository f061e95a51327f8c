"""``antiperovskite md``: molecular dynamics of a formula or a CIF, resumable, watched, with its caveats said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from antiperovskite.dynamics.cell import SimulationCell
    from antiperovskite.dynamics.model import RunResult, RunSettings
    from antiperovskite.dynamics.plan import CellChoice
    from antiperovskite.dynamics.run import Progress
    from antiperovskite.engines.protocol import Engine

EXAMPLES = (
    "Examples:  antiperovskite md Li3OCl --temperature 800 --ps 50 --vacancies 0.02 --out run   |   "
    "antiperovskite md Li3OCl --engine lammps:potential --temperature 700..1100 --ps 500 --supercell 5 --out ladder"
)


def md(
    target: Annotated[str, typer.Argument(metavar="FORMULA|CIF", help="A formula, or an ordered structure in a CIF.")],
    *,
    engine: Annotated[
        str, typer.Option("--engine", "-e", help="Engine, or lammps:FILE for a potential run by LAMMPS.")
    ] = "7net-0",
    temperature: Annotated[str, typer.Option("--temperature", "-T", help="K: 800, 700,900 or 700..1100/50.")] = "800",
    ps: Annotated[float, typer.Option(help="Length in picoseconds; more than before lengthens a finished run.")] = 50.0,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the run; the same command there goes on.")] = Path(
        "md-run"
    ),
    ensemble: Annotated[str, typer.Option(help="nve, nvt or npt (isotropic).")] = "nvt",
    thermostat: Annotated[
        str | None, typer.Option(help="bussi, nose-hoover or langevin (default: bussi; LAMMPS npt: nose-hoover).")
    ] = None,
    timestep_fs: Annotated[
        float | None, typer.Option("--timestep-fs", help="Default by the lightest element: 0.5, 1 or 2 fs.")
    ] = None,
    pressure: Annotated[float, typer.Option(help="GPa, with --ensemble npt.")] = 0.0,
    supercell: Annotated[str, typer.Option(help="3, 2x2x3, or auto: at least 10 angstrom between images.")] = "auto",
    scattered: Annotated[
        bool,
        typer.Option(
            "--scattered",
            help="Fill the shared sites (empty X, two kinds of ion) of the --supercell by chance (by --seed).",
        ),
    ] = False,
    lattice_scale: Annotated[float, typer.Option(help="Stretch the relaxed cell by this factor.")] = 1.0,
    vacancies: Annotated[float, typer.Option(help="Share of the cation sites to empty, for example 0.02.")] = 0.0,
    compensation: Annotated[
        str, typer.Option(help="What balances them: schottky, hydroxide, frenkel, dopant:Ca, or none (lone, noted).")
    ] = "schottky",
    interstitials: Annotated[float, typer.Option(help="Share of the cation sites to add as interstitials.")] = 0.0,
    interstitial_compensation: Annotated[str, typer.Option(help="frenkel, oxide or none.")] = "frenkel",
    placement: Annotated[str, typer.Option(help="random (by --seed), apart or together.")] = "random",
    framework: Annotated[
        str | None, typer.Option(help="Elements that must stay on their sites, for example O,Cl.")
    ] = None,
    frame_ps: Annotated[float, typer.Option("--frame-ps", help="Time between stored frames.")] = 0.05,
    seed: Annotated[int, typer.Option(help="Seed of defects, velocities and thermostat.")] = 0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be run and how long it takes.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Run molecular dynamics and store the trajectory.

    Interrupted at any moment, the same command goes on from its last checkpoint and ends as if nothing had happened.
    Exit code 3 means that a run had to stop (melting, lost atoms); what was finished is kept.
    """
    from antiperovskite._files import check_writable
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.dynamics.plan import CellChoice, build_cell, plan_run, run_folder
    from antiperovskite.dynamics.temperatures import parse_temperatures
    from antiperovskite.engines import get_engine
    from antiperovskite.engines.threads import limit_threads

    limit_threads()
    temperatures = parse_temperatures(temperature)
    chosen = get_engine(engine)
    choice = CellChoice(
        supercell=supercell,
        scattered=scattered,
        vacancies=vacancies,
        compensation=compensation,
        interstitials=interstitials,
        interstitial_compensation=interstitial_compensation,
        placement=placement,
        seed=_seed(seed),
        lattice_scale=lattice_scale,
    )
    if not dry_run:
        check_writable(out)
    cell = build_cell(_unit_cell(target, chosen, None if dry_run else out, choice), choice)
    plans = [
        plan_run(
            target,
            cell,
            chosen,
            temperature_K=kelvin,
            ensemble=ensemble,
            thermostat=thermostat,
            timestep_fs=timestep_fs,
            pressure_GPa=pressure,
            frame_ps=frame_ps,
            framework=tuple(framework.replace(",", " ").split()) if framework else None,
            seed=seed,
        )
        for kelvin in temperatures
    ]
    for note in plans[0].notes:
        print_note(f"note: {note}")
    if dry_run:
        _estimate(plans, chosen, ps, json)
        return
    several = len(plans) > 1
    results = [_run(plan, chosen, run_folder(out, plan.conditions.temperature_K, several), ps) for plan in plans]
    if json:
        print_json({"runs": results})
    else:
        _print(results)
    for result in results:
        if result.status == "stopped":
            print_note(f"{result.conditions.temperature_K:g} K: stopped: {result.reason}")
    if any(result.status == "stopped" for result in results):
        raise typer.Exit(3)


def _seed(seed: int) -> int:
    from antiperovskite.errors import OptionError

    if not 0 <= seed < 2**31:
        raise OptionError(f"seed {seed} is outside 0 to {2**31 - 1}")
    return seed


def _unit_cell(target: str, engine: Engine, folder: Path | None, choice: CellChoice) -> SimulationCell:
    """The relaxed unit cell; of a disordered sample the whole supercell, filled by chance."""
    from antiperovskite.cli.commands._crystals import looks_like_path, read_crystal
    from antiperovskite.cli.progress import step_progress
    from antiperovskite.dynamics.sources import starting_model, unit_cell_of_formula, unit_cell_of_structure
    from antiperovskite.errors import OptionError

    if looks_like_path(target):
        if choice.scattered:
            raise OptionError("--scattered fills the sites of a formula; a structure in a file is run as it is")
        return unit_cell_of_structure(*read_crystal(target))
    model = starting_model(target, choice)
    with step_progress() as progress:

        def report(step: int, force: float) -> None:
            progress("relaxation", f"{engine.card.name}: step {step}, largest force {force:.3f} eV/Å")

        return unit_cell_of_formula(model, engine, folder, report)


def _run(settings: RunSettings, engine: Engine, folder: Path, ps: float) -> RunResult:
    from antiperovskite.cli.output import print_note
    from antiperovskite.distillation.monitor import range_monitors
    from antiperovskite.dynamics.run import run_dynamics

    title = f"{settings.name} {settings.conditions.temperature_K:g} K"
    symbols = settings.atoms().get_chemical_symbols()
    with _run_progress(title) as progress, range_monitors(engine, symbols) as monitors:
        result = run_dynamics(settings, engine, folder, ps, monitors=monitors, progress=progress)
        for monitor in monitors:
            if monitor.excursions:
                print_note(f"{title}: {monitor.summary()}")
        return result


@contextmanager
def _run_progress(title: str) -> Iterator[Progress]:
    """Progress with the remaining time: a bar on a terminal, a line every ten seconds elsewhere."""
    import sys
    from time import monotonic

    if not sys.stderr.isatty():
        begin = monotonic()
        shown, first = begin, -1.0

        def plain(done: float, wanted: float, frame: Any) -> None:
            nonlocal shown, first
            first = done if first < 0.0 else first  # a resumed run begins where it stood
            now = monotonic()
            if now - shown < 10.0 and done < wanted:
                return
            shown = now
            left = (now - begin) * (wanted - done) / (done - first) if done > first else 0.0
            sys.stderr.write(
                f"{title}: {done:g} of {wanted:g} ps, {frame.temperature:.0f} K, about {_duration(left)} left\n"
            )
            sys.stderr.flush()

        yield plain
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:g} of {task.total:g} ps"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)

        def live(done: float, wanted: float, frame: Any) -> None:
            bar.update(task, completed=done, total=wanted, description=f"{title}  {frame.temperature:.0f} K")

        yield live


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _estimate(plans: list[RunSettings], engine: Engine, ps: float, json: bool) -> None:
    from antiperovskite.cli.output import print_json, print_table
    from antiperovskite.dynamics.estimate import estimate_run

    estimates = [estimate_run(plan, engine, ps) for plan in plans]
    if json:
        print_json({"estimates": estimates})
        return
    rows = [
        [
            f"{one.temperature_K:g} K",
            str(one.n_atoms),
            str(one.steps),
            f"{one.seconds_per_step * 1000:.3g} ms",
            _duration(one.seconds),
            f"{one.megabytes:.3g} MB",
        ]
        for one in estimates
    ]
    print_table("Not run", ["temperature", "atoms", "steps", "a step", "in all", "trajectory"], rows)


def _print(results: list[RunResult]) -> None:
    from antiperovskite.cli.output import print_note, print_table

    def short(value: object) -> str:
        text = str(value)
        return "–" if text.startswith("not computed") else text

    rows = [
        [
            f"{one.conditions.temperature_K:g} K",
            one.status,
            short(one.simulated),
            f"after {one.equilibration}" if one.equilibrated else "no",
            short(one.temperature),
            short(one.pressure),
            short(one.potential_energy),
            short(one.framework_displacement),
        ]
        for one in results
    ]
    columns = ["set", "status", "simulated", "equilibrated", "temperature", "pressure", "energy", "framework rms"]
    print_table("Molecular dynamics", columns, rows)
    for one in results:
        print_note(f"{one.conditions.temperature_K:g} K: trajectory in {one.trajectory}")
        if not one.equilibrated:
            print_note(f"{one.conditions.temperature_K:g} K: not equilibrated: {one.equilibration_note}")
