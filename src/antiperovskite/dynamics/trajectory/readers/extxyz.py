"""Extended XYZ: a cell in every comment line, columns by ``Properties``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from antiperovskite.dynamics.trajectory.readers.source import RawBlock, Source, frames_at_once
from antiperovskite.dynamics.trajectory.readers.species import Species, element_of
from antiperovskite.dynamics.trajectory.readers.text import FrameSize, first_bytes, scan_blocks
from antiperovskite.errors import DataError

_STEP = re.compile(rb"(?:^|\s)(?:step|timestep|md_step)=\"?(-?\d{1,15})\"?(?=\s|$)", re.IGNORECASE)
_PROPERTIES = re.compile(rb"(?:^|\s)properties=(\S+)", re.IGNORECASE)
_APERIODIC = re.compile(rb"(?:^|\s)pbc=\"?[^\"=]*\bF", re.IGNORECASE)


def read(path: Path, species: Species | None) -> Source:
    """Read an extended XYZ file; ions must keep their number, order and columns.

    Raises
    ------
    DataError
        The first frame is not whole, has no cell or is not periodic.
    """
    comment, rows = _first_frame(path)
    if _APERIODIC.search(comment):
        raise DataError(f"{path} is not periodic in all directions (pbc), so that ions cannot be unwrapped")
    found = _PROPERTIES.search(comment)
    properties = found.group(1) if found else b""
    codes = _codes(path, properties.decode("utf-8", "replace") or "species:S:1:pos:R:3")
    if any(len(row) < len(codes) for row in rows):
        raise DataError(f"{path}: a line of the first frame has fewer columns than Properties says")
    words = [row[codes.index(1)] if 1 in codes else b"" for row in rows]
    if species is not None:
        symbols = species.in_order(len(rows), path)
    elif 1 in codes:
        known = {word: element_of(word.decode("utf-8", "replace"), path) for word in set(words)}
        symbols = [known[word] for word in words]
    else:
        raise DataError(f"{path} names no species in its Properties; give the species in order")
    notes: list[str] = []
    blocks = _blocks(path, codes, properties, words, _STEP.search(comment) is not None, notes)
    return Source(format="extended XYZ", symbols=tuple(symbols), blocks=blocks, notes=notes)


def _first_frame(path: Path) -> tuple[bytes, list[list[bytes]]]:
    size = 1 << 16
    while True:
        head = first_bytes(path, size)
        lines = head.lstrip(b"\r\n \t").split(b"\n")[:-1]
        try:
            count = int(lines[0]) if lines else 0
        except ValueError as error:
            raise DataError(f"{path} does not begin with a number of ions; it is no XYZ file") from error
        if count < 0 or (lines and count == 0):
            raise DataError(f"{path} says that its first frame has {count} ions")
        if lines and len(lines) >= count + 2:
            return lines[1].rstrip(b"\r"), [line.split() for line in lines[2 : count + 2]]
        if len(head) < size:
            raise DataError(f"{path} does not hold one whole frame of extended XYZ")
        size *= 4


def _codes(path: Path, properties: str) -> list[int]:
    """0 for a column to leave, 1 for the species, 2, 3, 4 for x, y, z."""
    parts = properties.strip('"').split(":")
    codes: list[int] = []
    try:
        for name, kind, width in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
            if not 0 < int(width) < 1000:
                raise ValueError(width)
            if name.lower() in ("pos", "positions") and (kind, width) == ("R", "3"):
                codes += [2, 3, 4]
            elif name.lower() in ("species", "element", "symbols") and (kind, width) == ("S", "1"):
                codes += [1]
            else:
                codes += [0] * int(width)
    except ValueError as error:
        raise DataError(f"{path}: Properties {properties[:60]!r} are not name:type:columns") from error
    if sorted(code for code in codes if code > 1) != [2, 3, 4] or codes.count(1) > 1:
        raise DataError(f"{path}: Properties {properties[:60]!r} hold no pos:R:3, or a column twice")
    return codes


def _blocks(
    path: Path, codes: list[int], properties: bytes, words: list[bytes], numbered: bool, notes: list[str]
) -> Iterator[RawBlock]:
    import numpy as np

    from antiperovskite.dynamics.trajectory.readers import extxyz_scan
    from antiperovskite.dynamics.trajectory.readers.problems import refuse

    n_ions, done = len(words), 0
    size = FrameSize(frames_at_once(n_ions), n_ions)
    width = max(1, *(len(word) for word in words)) if len(words) > 1 else max(1, len(words[0]))
    names = np.array(words, dtype=f"S{width}").view(np.uint8).reshape(n_ions, width)
    layout = np.frombuffer(properties, dtype=np.uint8)
    columns = np.array([code for code in codes if code < 3], dtype=np.int64)  # 2 reads x y z

    def scan(data: Any, ended: bool) -> tuple[RawBlock | None, int]:
        nonlocal done
        count = size.frames_in(data, ended)
        if count == 0:
            return None, 0
        positions, cells = np.empty((count, n_ions, 3)), np.empty((count, 9))
        comments = np.zeros((count, 2), dtype=np.int64)
        frames, taken, state, detail = extxyz_scan.scan_xyz(data, columns, layout, names, positions, cells, comments)
        if frames == 0:
            refuse(state, path, done, detail, n_ions)
            return None, 0
        steps = _steps(data, comments[:frames], path, done) if numbered else None
        done += frames
        size.learn(frames, taken)
        return RawBlock(positions[:frames], cells[:frames].reshape(-1, 3, 3), steps), taken

    yield from scan_blocks(path, notes, scan, "extended XYZ")


def _steps(data: Any, comments: Any, path: Path, done: int) -> Any:
    import numpy as np

    steps = np.empty(len(comments), dtype=np.int64)
    for frame, (begin, end) in enumerate(comments.tolist()):
        found = _STEP.search(data[begin:end].tobytes())
        if found is None:
            raise DataError(f"{path}, frame {done + frame}: it has no step number and the first frame has one")
        steps[frame] = int(found.group(1))
    return steps
