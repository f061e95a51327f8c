"""``antiperovskite diffusion``: how fast ions move in trajectories, and activation energies of several of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from antiperovskite.errors import AntiperovskiteError
    from antiperovskite.transport.activation.model import Arrhenius
    from antiperovskite.transport.model import Diffusion, Interval

EXAMPLES = (
    "Examples:  antiperovskite diffusion dump.lammpstrj --species Li --timestep-ps 0.1 --temperature 800 --json   |   "
    "antiperovskite diffusion r700 r800 r900 --species Li --arrhenius conductivity --formula Li3OCl --out a.html"
)
MANY = "the trajectories differ in temperature: each needs its own in the file; --temperature is for one trajectory"


def diffusion(
    trajectories: Annotated[
        list[Path], typer.Argument(metavar="TRAJECTORY...", help="Runs of this program, or files of others.")
    ],
    *,
    species: Annotated[str, typer.Option("--species", "-s", help="The mobile ion, such as Li.")],
    timestep_ps: Annotated[
        float | None, typer.Option("--timestep-ps", help="Time between frames in ps, where the file does not say.")
    ] = None,
    framework: Annotated[
        str | None, typer.Option("--framework", "-f", metavar="O,Cl", help="Ions that stay (default: all others).")
    ] = None,
    temperature: Annotated[
        float | None, typer.Option("--temperature", "-T", help="K, for the conductivity, where the file does not say.")
    ] = None,
    charge: Annotated[float | None, typer.Option(help="Of the mobile ion (default: the ion's own).")] = None,
    hop_length: Annotated[
        float | None, typer.Option("--hop-length", help="Angstrom (default: nearest distance of the mobile ions).")
    ] = None,
    types: Annotated[
        str | None, typer.Option("--types", metavar='"1=Li 2=O"', help="Species of a file that only numbers them.")
    ] = None,
    arrhenius: Annotated[
        str, typer.Option("--arrhenius", help="Of three or more runs: diffusion, collective or conductivity.")
    ] = "diffusion",
    formula: Annotated[
        str | None, typer.Option("--formula", help="Draw the published conductivities of this formula.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write an offline HTML page to this file.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Measure self and collective diffusion, Haven ratio and conductivity, each with an interval.

    A run that is too short, not diffusive, or whose framework moves is refused (exit code 1) with the reason. Several
    runs at different temperatures give an activation energy as well; exit code 3 if some of them were refused.
    """
    from antiperovskite._files import check_writable
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.errors import AntiperovskiteError, InputError, OptionError

    kinds = {"diffusion": "diffusion", "collective": "collective diffusion", "conductivity": "conductivity"}
    if arrhenius not in kinds:
        raise OptionError(f"--arrhenius {arrhenius!r} is not known; choose {', '.join(kinds)}")
    if len(trajectories) > 1 and temperature is not None:
        raise OptionError(MANY)
    if out is not None:
        check_writable(out.parent)
    published = _published(formula)
    done: list[Diffusion] = []
    refused: list[tuple[Path, AntiperovskiteError]] = []
    for path in trajectories:
        try:
            done.append(_one(path, species, timestep_ps, framework, temperature, charge, hop_length, types))
        except InputError:
            raise
        except AntiperovskiteError as error:
            if len(trajectories) == 1:
                raise
            refused.append((path, error))
            print_note(f"refused: {path}: {error}")
    series = _series(done, kinds[arrhenius], print_note) if len(trajectories) > 1 else None
    if out is not None and done:
        _write(out, done, series, published)
        print_note(f"wrote {out}")
    if json:
        print_json(done[0] if len(trajectories) == 1 else _record(done, refused, series))
    else:
        _print(done, series)
    if refused:
        raise typer.Exit(code=3 if done else 1)


def _write(out: Path, done: list[Diffusion], series: Arrhenius | None, published: tuple[Any, ...]) -> None:
    from antiperovskite.report.diffusion_plot import write_arrhenius, write_diffusion

    if series is not None:
        write_arrhenius(series, out, published)
    else:
        write_diffusion(done[0], out)


def _one(
    path: Path,
    species: str,
    timestep_ps: float | None,
    framework: str | None,
    temperature: float | None,
    charge: float | None,
    hop_length: float | None,
    types: str | None,
) -> Diffusion:
    from antiperovskite.cli.progress import step_progress
    from antiperovskite.dynamics.trajectory.opening import open_trajectory
    from antiperovskite.transport import diffusion as measure

    fixed = [part.strip() for part in framework.split(",") if part.strip()] if framework is not None else None
    trajectory = open_trajectory(path, species=types, frame_interval_ps=timestep_ps)
    with step_progress() as report:

        def progress(done: int, total: int) -> None:
            report("reading", f"{path}: step {done} of {total} frames")

        result: Diffusion = measure(
            trajectory,
            species,
            framework=fixed,
            frame_interval_ps=timestep_ps,
            temperature_K=temperature,
            charge=charge,
            hop_length_angstrom=hop_length,
            progress=progress,
        )
    return result


def _published(formula: str | None) -> tuple[Any, ...]:
    if formula is None:
        return ()
    from antiperovskite.evidence import select_conductivities

    return select_conductivities(formula)


def _series(done: list[Diffusion], kind: Any, note: Any) -> Arrhenius | None:
    from antiperovskite.errors import DataError
    from antiperovskite.transport.activation import Point
    from antiperovskite.transport.activation import arrhenius as draw

    try:
        return draw([Point.of(result, kind) for result in done], kind=kind)
    except DataError as error:
        note(f"no activation energy: {error}")
        return None


def _record(
    done: list[Diffusion], refused: list[tuple[Path, AntiperovskiteError]], series: Arrhenius | None
) -> dict[str, Any]:
    return {
        "trajectories": done,
        "refused": [{"trajectory": str(path), "reason": str(error)} for path, error in refused],
        "arrhenius": series.model_dump(mode="json") if series is not None else None,
    }


def _print(done: list[Diffusion], series: Arrhenius | None) -> None:
    from antiperovskite.cli.output import print_note, print_table

    for result in done:
        rows = [
            ["self diffusion", str(result.diffusion_coefficient), _ends(result.intervals)],
            ["collective diffusion", str(result.collective_diffusion_coefficient), _ends(result.collective_intervals)],
            ["Haven ratio", str(result.haven_ratio), _ends(result.haven_intervals)],
            ["conductivity", str(result.conductivity), _ends(result.conductivity_intervals)],
            ["linear from", str(result.regime.start), f"{result.regime.hops} net hops"],
        ]
        title = f"{result.n_ions} {result.species}, {result.run_length}, {result.source}"
        print_table(title, ["quantity", "value", "95 % interval"], rows)
        for note in result.notes:
            print_note(f"note: {note}")
    if series is not None:
        rows = [["activation energy", str(series.activation_energy), _ends(series.activation_energy_intervals)]]
        rows += [[f"at {item.temperature}", str(item.value), _ends(item.intervals)] for item in series.extrapolations]
        print_table(f"{series.kind}: {series.law} law", ["quantity", "value", "95 % interval"], rows)
        for note in series.notes:
            print_note(f"note: {note}")


def _ends(intervals: tuple[Interval, ...]) -> str:
    return next((f"{item.low:.3g} to {item.high:.3g}" for item in intervals if item.level == 95), "")
