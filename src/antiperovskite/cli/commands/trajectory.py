"""``antiperovskite trajectory``: look at a trajectory of any format, or store it unwrapped and compressed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from antiperovskite.dynamics.trajectory.stored import StoredTrajectory

app = typer.Typer(
    help="Trajectories: what a file holds, and storing it unwrapped and compressed.",
    no_args_is_help=True,
)

_FILE = Annotated[
    Path,
    typer.Argument(help="LAMMPS dump, extended XYZ, XDATCAR, vasprun.xml, ASE .traj, NumPy .npz, DCD, XTC or stored."),
]
_SPECIES = Annotated[str, typer.Option(help="Species where the file names none: '1=Li 2=O' or 'Li24 O8 Cl8' in order.")]
_INTERVAL = Annotated[float | None, typer.Option(help="Time between frames in ps, where the file does not say it.")]
_FRAMES = Annotated[str, typer.Option(help="Frames of the file to take: START:STOP or START:STOP:STRIDE.")]
_JSON = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command(
    "info",
    epilog="Examples:  antiperovskite trajectory info XDATCAR --timestep-ps 0.002   |   "
    "antiperovskite trajectory info run.lammpstrj --species '1=Li 2=O 3=Cl' --json",
)
def info(
    file: _FILE,
    species: _SPECIES = "",
    timestep_ps: _INTERVAL = None,
    frames: _FRAMES = "",
    json: _JSON = False,
) -> None:
    """Check a trajectory and say what it holds: ions, frames, times, cell and what was noticed."""
    from antiperovskite.dynamics.trajectory import open_trajectory

    trajectory = open_trajectory(file, species=species or None, frame_interval_ps=timestep_ps, frames=frames or None)
    _show(trajectory, json)


@app.command(
    "convert",
    epilog="Example:  antiperovskite trajectory convert run.lammpstrj run --species '1=Li 2=O 3=Cl' --timestep-ps 0.1",
)
def convert(
    file: _FILE,
    out: Annotated[Path, typer.Argument(help="Directory to make.")],
    species: _SPECIES = "",
    timestep_ps: _INTERVAL = None,
    frames: _FRAMES = "",
    json: _JSON = False,
) -> None:
    """Store a trajectory of any format unwrapped and compressed, whole or not at all."""
    from antiperovskite.dynamics.trajectory import convert_trajectory

    trajectory = convert_trajectory(
        file, out, species=species or None, frame_interval_ps=timestep_ps, frames=frames or None
    )
    _show(trajectory, json)


def _show(trajectory: StoredTrajectory, json: bool) -> None:
    from antiperovskite.cli.output import print_json, print_note, print_table
    from antiperovskite.dynamics.trajectory.summary import summarise

    summary = summarise(trajectory)
    for note in summary.notes:
        print_note(f"note: {note}")
    if json:
        print_json(summary)
        return
    ions = ", ".join(f"{count} {symbol}" for symbol, count in summary.ions.items())
    lengths = "varies" if not summary.constant_cell else "constant"
    rows = [
        ["ions", ions],
        ["frames", f"{summary.n_frames:,}"],
        ["time between frames", str(summary.frame_interval)],
        ["duration", str(summary.duration)],
        ["cell", lengths],
        ["volume", str(summary.volume)],
        ["source", summary.source],
        ["stored in", summary.path],
    ]
    print_table(Path(summary.source).name, ["what", "value"], rows)
