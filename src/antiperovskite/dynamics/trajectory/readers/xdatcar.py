"""VASP's XDATCAR, with one cell for all configurations or one for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from antiperovskite.dynamics.trajectory.readers.source import RawBlock, Source, frames_at_once
from antiperovskite.dynamics.trajectory.readers.species import Species, element_of
from antiperovskite.dynamics.trajectory.readers.text import first_bytes, scan_blocks
from antiperovskite.errors import DataError


def read(path: Path, species: Species | None) -> Source:
    """Read an XDATCAR. It does not say the time step: POTIM times NBLOCK of the INCAR.

    Raises
    ------
    DataError
        The heading is not that of an XDATCAR.
    """
    lines = first_bytes(path, 1 << 16).split(b"\n")[:9]
    try:
        words = lines[5].split()
        named = not words[0].isdigit()
        counts = [int(word) for word in (lines[6] if named else lines[5]).split()]
        if not counts or min(counts) < 1 or sum(counts) > 100_000_000 or (named and len(words) != len(counts)):
            raise ValueError(counts)
    except (IndexError, ValueError) as error:
        raise DataError(f"{path} has no lines of species and their numbers where an XDATCAR has them") from error
    if species is not None:
        symbols = species.in_order(sum(counts), path)
    elif named:
        symbols = [
            element_of(word.decode("utf-8", "replace"), path)
            for word, count in zip(words, counts, strict=True)
            for _ in range(count)
        ]
    else:
        raise DataError(f"{path} names no species (VASP 4); give them in order, for example --species 'Li24 O8 Cl8'")
    notes: list[str] = []
    both = [lines[5], lines[6]] if named else [lines[5]]
    ions_lines = b"".join(b" ".join(line.split()) + b"\n" for line in both)
    return Source(
        format="XDATCAR",
        symbols=tuple(symbols),
        blocks=_blocks(path, sum(counts), ions_lines, notes),
        numbering_restarts=True,
        notes=notes,
    )


def _blocks(path: Path, n_ions: int, ions_lines: bytes, notes: list[str]) -> Iterator[RawBlock]:
    import numpy as np

    from antiperovskite.dynamics.trajectory.readers import xdatcar_scan
    from antiperovskite.dynamics.trajectory.readers.problems import refuse

    at_once, done = frames_at_once(n_ions), 0
    cell, reference = np.zeros((3, 3)), np.frombuffer(ions_lines, dtype=np.uint8)

    def scan(data: Any, _: bool) -> tuple[RawBlock | None, int]:
        nonlocal done
        count = min(at_once, len(data) // (6 * n_ions) + 1)
        fractions, cells = np.empty((count, n_ions, 3)), np.empty((count, 3, 3))
        steps = np.full(count, -1, dtype=np.int64)
        frames, taken, state, detail = xdatcar_scan.scan_xdatcar(data, reference, cell, fractions, cells, steps)
        if frames == 0:
            refuse(state, path, done, detail, n_ions)
            return None, 0
        done += frames
        cells, steps = cells[:frames], steps[:frames]
        same = bool((cells == cells[0]).all())
        positions = fractions[:frames] @ (cells[0] if same else cells)
        return RawBlock(positions, cells, None if (steps < 0).any() else steps), taken

    yield from scan_blocks(path, notes, scan, "an XDATCAR")
