"""What every reader gives to the import: ions, and blocks of frames as the file has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

OUTPUT_BYTES = 2_000_000


@dataclass
class RawBlock:
    """Frames as read: Cartesian positions from the cell's origin, shape ``(n, n_ions, 3)``, angstrom, and cells.

    ``steps`` numbers the frames as the file does (time step, configuration), None where it does not; ``times_ps``
    likewise.
    """

    positions: Any
    cells: Any
    steps: Any | None = None
    times_ps: Any | None = None
    records: dict[str, Any] = field(default_factory=dict)


@dataclass
class Source:
    """A file being read. ``blocks`` may add to ``notes`` until it is exhausted."""

    format: str
    symbols: tuple[str, ...]
    blocks: Iterator[RawBlock]
    unwrapped: bool = False
    frame_interval_ps: float | None = None
    numbering_restarts: bool = False  # a file glued from several runs is common in this format
    records: tuple[str, ...] = ()
    temperature_K: float | None = None
    engine: str | None = None
    name: str = ""  # what to call it; the path where it is empty
    trusted: bool = False  # checked when it was stored
    settings: dict[str, str | int | float | bool | None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def frames_at_once(n_ions: int) -> int:
    """Frames in about 2 MB of positions, at least one."""
    return max(1, OUTPUT_BYTES // (24 * max(n_ions, 1)))
