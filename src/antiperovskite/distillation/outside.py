"""Frames of a run that left what its potential was taught: found by their grade, to be labelled and learnt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from antiperovskite.distillation.card import CARD_FILE
from antiperovskite.distillation.frames import Frame, frame_of
from antiperovskite.distillation.sampling import LEARN_BELOW, SELECT_ABOVE
from antiperovskite.distillation.starts import too_close
from antiperovskite.distillation.watch import watch
from antiperovskite.errors import OptionError, one_line

GROUP: Final = "outside"
MOST: Final = 40
"""Frames of one run that are labelled; a teacher needs seconds for each."""
LOOKED_AT: Final = 400
"""Frames of one run that are graded, evenly spaced."""


def frames_outside(
    run: Path,
    potential: Path,
    most: int = MOST,
    progress: Callable[[str, str], None] = lambda step, detail: None,
) -> list[Frame]:
    """The frames of a run that lie beyond a potential's training set, spread over the run.

    Frames with an extrapolation grade between 1 (the most unusual atom of the training set) and 10 (debris) are ordered
    in time and split into ``most`` parts; of each part the strangest is taken.

    Parameters
    ----------
    run
        Folder of a run, or any trajectory the package reads.
    potential
        Folder of the distilled potential that is to learn.
    most
        Frames to return at most.

    Raises
    ------
    OptionError
        There is no finished potential in that folder.
    EngineError
        The run holds an element that the potential does not know.
    """
    import numpy as np

    from antiperovskite.dynamics.run import TRAJECTORY
    from antiperovskite.dynamics.trajectory import open_trajectory

    if not (potential / CARD_FILE).is_file():
        raise OptionError(
            f"no finished potential in {one_line(potential)!r} to grade the run with; distil there first, then again "
            "with the run"
        )
    trajectory = open_trajectory(run / TRAJECTORY if (run / TRAJECTORY).is_dir() else run)
    info = trajectory.info
    every = max(1, -(-info.n_frames // LOOKED_AT))
    found: list[tuple[float, Frame]] = []
    with watch(potential) as guard:
        for block in trajectory.blocks():
            for number in range(-block.first % every, len(block.positions), every):
                cell = block.cells[number if len(block.cells) > 1 else 0]
                frame = frame_of(_atoms(info.symbols, block.positions[number], cell), GROUP, info.temperature_K)
                grade = float(guard.atom_grades(frame.atoms()).max())
                if SELECT_ABOVE < grade < LEARN_BELOW and not too_close(frame):
                    found.append((grade, frame))
            progress("grade", f"{block.first + len(block.positions)}/{info.n_frames} frames, {len(found)} outside")
    parts = np.array_split(np.arange(len(found)), min(most, len(found)) or 1)
    return [found[max(part, key=lambda k: found[k][0])][1] for part in parts if len(part)]


def _atoms(symbols: Any, positions: Any, cell: Any) -> Any:
    from ase import Atoms

    atoms = Atoms(list(symbols), positions=positions, cell=cell, pbc=True)
    atoms.wrap()  # where an ion is in a crystal does not matter, and equal frames shall be equal
    return atoms
