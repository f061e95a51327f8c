"""What a scanner stopped at, in words."""

from __future__ import annotations

from pathlib import Path

from antiperovskite.dynamics.trajectory.readers import scan
from antiperovskite.errors import DataError


def refuse(state: int, path: Path, frame: int, detail: int, n_ions: int) -> None:
    """Raise what stopped a scanner at ``frame``; return where it only needs more bytes.

    Raises
    ------
    DataError
        The frame is wrong, not merely cut.
    """
    if state in (scan.COMPLETE, scan.CUT):
        return
    reason = {
        scan.MALFORMED: f"a line near ion {detail + 1} is not what the format says",
        scan.COUNT: f"it has {detail} ions and the first frame has {n_ions}: ions were lost or added",
        scan.UNKNOWN_ION: f"it has an ion {detail} that the first frame does not have",
        scan.REPEATED_ION: f"ion {detail} comes twice",
        scan.SPECIES: f"ion {detail} is of another species than in the first frame",
        scan.LAYOUT: "its columns are others than those of the first frame",
        scan.NO_CELL: "it has no cell (Lattice)",
        scan.BOUNDARY: "its box is not periodic in all directions, so that ions cannot be unwrapped",
    }[state]
    hint = f"; the {frame} frames before are whole: take them with --frames 0:{frame}" if frame else ""
    raise DataError(f"{path}, frame {frame}: {reason}{hint}")
