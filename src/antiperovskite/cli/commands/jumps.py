"""``antiperovskite jumps``: where ions sit, how they jump, whether they do it together, and how molecules turn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from antiperovskite.transport.jumps.model import JumpStatistics

EXAMPLES = (
    "Examples:  antiperovskite jumps run --species Li --sites between:O --json   |   "
    "antiperovskite jumps dump.lammpstrj -s Li,Cl,O --sites Li3OCl --timestep-ps 0.1 --out jumps.html"
)
DRAWN_SPACING = 0.35  # angstrom; the surfaces are smoothed by about as much
SITES_HELP = (
    "Where sites are: 'density' (peaks of the ions' own density), 'between:O' (X sites of the octahedra around O, "
    "vacant ones too), a formula, or a .cif of the perfect crystal."
)


def jumps(
    trajectory: Annotated[Path, typer.Argument(metavar="TRAJECTORY", help="A run of this program, or another's file.")],
    *,
    species: Annotated[str, typer.Option("--species", "-s", metavar="Li[,Cl,O]", help="Ions that may jump.")],
    sites: Annotated[str, typer.Option("--sites", metavar="WAY", help=SITES_HELP)] = "density",
    radius: Annotated[
        float | None,
        typer.Option("--radius", help="Of the sites, angstrom (default: 40 % of their distance, at most 1)."),
    ] = None,
    voronoi: Annotated[
        bool, typer.Option("--voronoi", help="Nearest site in every frame; counts recrossings.")
    ] = False,
    shortest_visit_ps: Annotated[
        str,
        typer.Option(
            "--shortest-visit-ps",
            metavar="PS|auto",
            help="Shorter visits are taken out; auto: from where on the number of jumps does not depend on it.",
        ),
    ] = "0",
    framework: Annotated[
        str | None, typer.Option("--framework", "-f", metavar="O,Cl", help="Ions whose drift is taken out.")
    ] = None,
    timestep_ps: Annotated[
        float | None, typer.Option("--timestep-ps", help="Time between frames in ps, where the file does not say.")
    ] = None,
    temperature: Annotated[
        float | None, typer.Option("--temperature", "-T", help="K, for free energies, where the file does not say.")
    ] = None,
    window_ps: Annotated[float | None, typer.Option("--window-ps", help='"At once", in ps (default 0.5).')] = None,
    distance: Annotated[
        float | None, typer.Option("--distance", help='"Together", in angstrom between jumps (default 4.5).')
    ] = None,
    rotation: Annotated[
        list[str] | None, typer.Option("--rotation", metavar="O-H", help="Bonds whose turning is measured; repeatable.")
    ] = None,
    types: Annotated[
        str | None, typer.Option("--types", metavar='"1=Li 2=O"', help="Species of a file that only numbers them.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the shuffles behind p-values and uncertainties.")] = 0,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write an offline HTML page to this file.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Find the jumps of ions between sites: rates, residence, correlation, dimensionality, jumps made together.

    Several species are judged one by one; one that cannot be is reported and the others are done (exit code 3).
    """
    from antiperovskite._files import check_writable
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.dynamics.trajectory.opening import open_trajectory
    from antiperovskite.errors import AntiperovskiteError, InputError, OptionError

    wanted = [part.strip() for part in species.split(",") if part.strip()]
    if not wanted:
        raise OptionError("no species was given; name one, such as --species Li")
    pairs = [_bond(text) for text in rotation or ()]
    if out is not None:
        check_writable(out.parent)
    run = open_trajectory(trajectory, species=types, frame_interval_ps=timestep_ps)
    held = [part.strip() for part in framework.split(",") if part.strip()] if framework is not None else None
    done: list[JumpStatistics] = []
    refused: list[tuple[str, str]] = []
    failure: AntiperovskiteError | None = None
    options = {
        "radius_angstrom": radius, "voronoi": voronoi, "framework": held, "frame_interval_ps": timestep_ps,
        "collective_window_ps": window_ps, "collective_distance_angstrom": distance, "seed": seed,
    }  # fmt: skip
    for symbol in wanted:
        try:
            done.append(_one(run, symbol, sites, shortest_visit_ps, options))
        except InputError:
            raise
        except AntiperovskiteError as error:
            failure = error
            refused.append((symbol, str(error)))
            print_note(f"refused: {symbol}: {error}")
    turning = _all_turning(run, pairs, timestep_ps, refused)
    if failure is not None and not done:
        raise failure
    if out is not None:
        _write(out, run, done, turning, held, temperature, timestep_ps)
        print_note(f"wrote {out}")
    if json:
        print_json({"species": done, "rotation": turning, "refused": [{"species": s, "reason": r} for s, r in refused]})
    else:
        _print(done, turning)
    if refused:
        raise typer.Exit(code=3)


def _visit_frames(text: str, interval: float | None) -> int | None:
    """The shortest visit in frames; ``None`` to find it."""
    from antiperovskite.errors import OptionError, one_line

    if text.strip().lower() == "auto":
        return None
    try:
        shortest_ps = float(text)
    except ValueError:
        shortest_ps = -1.0
    if not 0.0 <= shortest_ps < 1e9:
        raise OptionError(f"a visit of {one_line(text, 20)} ps is asked for; give zero or more, or auto")
    if shortest_ps and interval is None:
        raise OptionError("--shortest-visit-ps needs the time between frames; give it (--timestep-ps)")
    return max(1, round(shortest_ps / interval)) if interval else 1


def _one(run: Any, symbol: str, way: str, shortest: str, options: dict[str, Any]) -> JumpStatistics:
    from antiperovskite.cli.progress import step_progress
    from antiperovskite.transport.jumps import jump_statistics

    frames = _visit_frames(shortest, options["frame_interval_ps"] or run.info.frame_interval_ps)
    places = _sites(run, symbol, way, options["framework"])
    with step_progress() as report:

        def progress(done: int, total: int) -> None:
            report("jumps", f"{symbol}: step {done} of {total} frames")

        found: JumpStatistics = jump_statistics(run, places, shortest_visit_frames=frames, progress=progress, **options)
    return found


def _sites(run: Any, symbol: str, way: str, framework: list[str] | None) -> Any:
    from antiperovskite.cli.commands._crystals import read_crystal
    from antiperovskite.transport.jumps import sites_between, sites_from_density, sites_from_structure

    if way == "density":
        return sites_from_density(run, symbol, framework=framework)
    kind, colon, centre = way.partition(":")
    if colon and kind == "between":
        if symbol == centre:  # the centres themselves: their own places
            return sites_from_density(run, symbol, framework=framework)
        return sites_between(run, centre, symbol, framework=framework)
    model, _ = read_crystal(way)
    return sites_from_structure(run, model, symbol, framework=framework)


def _bond(text: str) -> tuple[str, str]:
    from antiperovskite.errors import OptionError, one_line

    centre, dash, ligand = (part.strip() for part in text.partition("-"))
    if not (centre and dash and ligand):
        raise OptionError(f"cannot read the bond {one_line(text, 20)!r}; write it as O-H, B-H or C-N")
    return centre, ligand


def _all_turning(
    run: Any, pairs: list[tuple[str, str]], timestep_ps: float | None, refused: list[tuple[str, str]]
) -> list[Any]:
    """Measure what can be measured; what cannot is added to ``refused``."""
    from antiperovskite.cli.output import print_note
    from antiperovskite.errors import AntiperovskiteError, InputError

    found = []
    for pair in pairs:
        try:
            found.append(_turning(run, pair, timestep_ps))
        except InputError:
            raise
        except AntiperovskiteError as error:
            refused.append(("-".join(pair), str(error)))
            print_note(f"refused: {'-'.join(pair)}: {error}")
    return found


def _turning(run: Any, pair: tuple[str, str], timestep_ps: float | None) -> Any:
    from antiperovskite.transport.vectors import bond_vectors, reorientation

    return reorientation(bond_vectors(run, *pair), frame_interval_ps=timestep_ps)


def _write(
    out: Path, run: Any, done: list[JumpStatistics], turning: list[Any], framework: list[str] | None,
    temperature: float | None, timestep_ps: float | None,
) -> None:  # fmt: skip
    from antiperovskite.report.jump_plot import write_jumps
    from antiperovskite.transport.density import ion_density
    from antiperovskite.transport.van_hove import van_hove

    first = done[0].species
    n = run.info.n_frames
    longest = max(1, min(n // 4, 2000))
    lags = sorted({max(1, round(longest ** (k / 5))) for k in range(6)})
    # an origin every hundredth of the run is enough for a picture and keeps the cost of pairs down
    hove = van_hove(
        run, first, lags, framework=framework, origins_every=max(1, n // 100), frame_interval_ps=timestep_ps
    )
    density = ion_density(run, first, framework=framework, spacing_angstrom=DRAWN_SPACING)
    write_jumps(done, out, density=density, temperature_K=temperature, van_hove=hove, turning=turning, trajectory=run)


def _print(done: list[JumpStatistics], turning: list[Any]) -> None:
    from antiperovskite.cli.output import print_note, print_table

    for item in done:
        rows = [
            ["jumps", str(item.n_jumps), f"{item.n_sites} sites: {item.sites}"],
            ["changes of site", str(item.n_transitions), f"visits shorter than {item.shortest_visit} taken out"],
            ["rate per ion", str(item.rate), _ends(item.rate_intervals, "per ps")],
            ["hop length", str(item.hop_length), ""],
            ["back-jump probability", str(item.back_jump_probability), ""],
            [
                "correlation factor",
                str(item.net_correlation_factor),
                f"from successive jumps {item.correlation_factor}",
            ],
            ["dimensionality", str(item.dimensionality), f"anisotropy {item.anisotropy}"],
        ]
        rows += [[f"residence on {k.label}", str(k.residence), f"occupancy {k.occupancy}"] for k in item.kinds]
        rows += [
            [f"{j.start} to {j.end}, {j.length}", str(j.rate), _ends(j.intervals, "per ps")] for j in item.jumps[:8]
        ]
        if item.collective is not None and item.n_jumps:
            c = item.collective
            rows.append(["jumps together", f"{c.pairs} pairs", f"{c.ratio} times chance, p = {c.p_value}"])
        print_table(f"{item.n_ions} {item.species}, {item.source}", ["quantity", "value", ""], rows)
        for note in item.notes:
            print_note(f"note: {note}")
    for turn in turning:
        rows = [["tau 1", str(turn.tau_1)], ["tau 2", str(turn.tau_2)], ["tau 1 / tau 2", str(turn.ratio)]]
        print_table(f"{turn.n_vectors} {turn.centre}-{turn.ligand} bonds", ["quantity", "value"], rows)


def _ends(intervals: Any, unit: str) -> str:
    return next((f"95 %: {item.low:.3g} to {item.high:.3g} {unit}" for item in intervals if item.level == 95), "")
