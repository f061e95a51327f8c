"""The compiled scanner of XDATCAR files."""

# ruff: noqa: PLR0911 - one pass over the bytes, every way to stop is a return
from __future__ import annotations

import numpy as np
from numba import njit

from antiperovskite.dynamics.trajectory.readers.scan import (
    BLANK,
    COMPLETE,
    CUT,
    LAYOUT,
    MALFORMED,
    NEWLINE,
    RETURN,
    TAB,
    next_line,
    read_float,
    read_floats,
    skip_blanks,
    starts_with,
    whole_lines,
)

DIRECT = np.frombuffer(b"Direct configuration", dtype=np.uint8)


@njit(cache=True, nogil=True)
def scan_xdatcar(data, ions_lines, cell, fractions, cells, steps):  # type: ignore[no-untyped-def]
    """Scan whole frames; ``cell`` is the one in force and is kept up to date for the next call."""
    end, i, frame = whole_lines(data), 0, 0
    while frame < len(fractions):
        cells[frame] = cell
        after, state, detail = _frame(data, i, end, ions_lines, cells[frame], fractions[frame], steps, frame)
        if state != COMPLETE:
            return frame, i, state, detail
        cell[:] = cells[frame]
        i = after
        frame += 1
    return frame, i, COMPLETE, 0


@njit(cache=True, nogil=True)
def _frame(data, i, end, ions_lines, cell, fractions, steps, frame):  # type: ignore[no-untyped-def]
    """One configuration, with the heading before it where the cell changes."""
    while i < end and data[skip_blanks(data, i)] == NEWLINE:
        i = next_line(data, i)
    if i >= end:
        return i, CUT, 0
    if not starts_with(data, skip_blanks(data, i), end, DIRECT):
        i, state = _heading(data, next_line(data, i), end, ions_lines, cell)
        if state != COMPLETE:
            return i, state, 0
        if i >= end:
            return i, CUT, 0
        if not starts_with(data, skip_blanks(data, i), end, DIRECT):
            return i, LAYOUT, 0
    line = next_line(data, i)
    steps[frame] = _number(data, skip_blanks(data, i) + len(DIRECT), line)
    i = line
    for ion in range(len(fractions)):
        if i >= end:
            return i, CUT, 0
        for axis in range(3):
            while data[i] == BLANK:
                i += 1
            fractions[ion, axis], i = read_float(data, i)
            if i < 0 or data[i] > BLANK:
                return i, MALFORMED, ion
        i = next_line(data, i)
    return i, COMPLETE, 0


@njit(cache=True, nogil=True)
def _heading(data, i, end, ions_lines, cell):  # type: ignore[no-untyped-def]
    """Scale, three lattice vectors, and the lines of ions, which must be those of the first heading."""
    scale = 1.0
    for row in range(4):
        if i >= end:
            return i, CUT
        if row == 0:
            scale, after = read_float(data, skip_blanks(data, i))
        else:
            after = read_floats(data, i, cell[row - 1])
        if after < 0:
            return i, MALFORMED
        i = next_line(data, i)
    if scale < 0:  # a negative scale is the volume
        volume = abs(np.linalg.det(cell))
        scale = (-scale / volume) ** (1 / 3) if volume > 0 else 0.0
    cell *= scale
    word = 0
    while word < len(ions_lines):  # compared without blanks: VASP's spacing varies
        if i >= end:
            return i, CUT
        if data[i] == BLANK or data[i] == TAB or data[i] == RETURN:
            i += 1
        elif ions_lines[word] == BLANK:
            word += 1
        elif data[i] != ions_lines[word]:
            return i, LAYOUT
        else:
            i += 1
            word += 1
    return i, COMPLETE


@njit(cache=True, nogil=True)
def _number(data, i, end):  # type: ignore[no-untyped-def]
    """The whole number at the end of a line, -1 where there is none (stars, where it has overflown)."""
    value, found = np.int64(0), False
    while i < end:
        if 48 <= data[i] <= 57 and value < 10**15:
            value = value * 10 + np.int64(data[i] - 48)
            found = True
        i += 1
    return value if found else np.int64(-1)
