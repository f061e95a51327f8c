"""The compiled scanner of LAMMPS dumps."""

# ruff: noqa: PLR0911, PLR0912 - one pass over the bytes, every way to stop is a return
from __future__ import annotations

import numpy as np
from numba import njit

from antiperovskite.dynamics.trajectory.readers.scan import (
    BLANK,
    BOUNDARY,
    COMPLETE,
    COUNT,
    CUT,
    LAYOUT,
    MALFORMED,
    NEWLINE,
    REPEATED_ION,
    SPECIES,
    UNKNOWN_ION,
    next_line,
    read_float,
    read_integer,
    skip_blanks,
    skip_word,
    starts_with,
    whole_lines,
)
from antiperovskite.dynamics.trajectory.readers.words import borrowed

# codes of columns; X and IMAGE stand for three each, POSITION for all of x y z in a row
ID, TYPE, X, IMAGE, POSITION = 1, 2, 3, 6, 9


def _word(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), dtype=np.uint8)


ITEM, TIMESTEP, NUMBER, BOX = _word("ITEM: "), _word("TIMESTEP"), _word("NUMBER OF ATOMS"), _word("BOX BOUNDS")
ATOMS, UNITS, TIME = _word("ATOMS"), _word("UNITS"), _word("TIME")


@njit(cache=True, nogil=True)
def scan_dump(  # type: ignore[no-untyped-def]
    data, heading, codes, row_of, types, stamp, scratch, positions, images, boxes, shapes, steps, times
):
    """Scan whole frames; returns how many, the bytes they took, why it stopped and which ion or number it was.

    ``row_of`` has the row of every id (-1: no such ion), ``types`` the type of every row; ``stamp`` (-1 for every ion)
    and ``scratch``, shape (2, 3), are room to work. All arrays are the caller's: none made here could be borrowed.
    """
    data, codes, row_of, types = borrowed(data), borrowed(codes), borrowed(row_of), borrowed(types)
    positions, images, stamp, scratch = borrowed(positions), borrowed(images), borrowed(stamp), borrowed(scratch)
    end, i, frame = whole_lines(data), 0, 0
    while frame < len(positions):
        after, state, detail = _frame(
            data, i, end, heading, codes, row_of, types, stamp, scratch, positions, images, boxes, shapes, steps, times,
            frame,
        )  # fmt: skip
        if state != COMPLETE:
            return frame, i, state, detail
        i = after
        frame += 1
    return frame, i, COMPLETE, 0


@njit(cache=True, nogil=True)
def _frame(  # type: ignore[no-untyped-def]
    data, i, end, heading, codes, row_of, types, stamp, scratch, positions, images, boxes, shapes, steps, times, frame
):
    """Scan one frame from its first ITEM to the end of its last line."""
    box = False
    while i < end:
        line = next_line(data, i)
        if data[skip_blanks(data, i)] == NEWLINE:
            i = line
            continue
        if not starts_with(data, i, end, ITEM):
            return i, MALFORMED, 0
        item = i + len(ITEM)
        if starts_with(data, item, end, ATOMS):
            if not box or not starts_with(data, i, end, heading):
                return i, LAYOUT, 0
            return _atoms(data, line, end, codes, row_of, types, stamp, scratch, positions[frame], images, frame)
        if line >= end:
            return i, CUT, 0
        value = skip_blanks(data, line)
        after = next_line(data, line)
        if starts_with(data, item, end, TIMESTEP):
            steps[frame], value = read_integer(data, value)
        elif starts_with(data, item, end, NUMBER):
            count, value = read_integer(data, value)
            if value >= 0 and count != positions.shape[1]:
                return i, COUNT, count
        elif starts_with(data, item, end, BOX):
            after, shapes[frame], state = _box(data, item + len(BOX), line, end, boxes[frame])
            if state != COMPLETE:
                return i, state, 0
            box = True
        elif starts_with(data, item, end, TIME):
            times[frame], value = read_float(data, value)
        elif not starts_with(data, item, end, UNITS):
            value = -1
        if value < 0:
            return i, MALFORMED, 0
        i = after
    return i, CUT, 0


@njit(cache=True, nogil=True)
def _box(data, flags, i, end, box):  # type: ignore[no-untyped-def]
    """Three lines of two, three (tilted) or four (general) numbers, after a heading with the boundaries."""
    while True:
        flags = skip_blanks(data, flags)
        stop = skip_word(data, flags)
        if stop == flags:
            break
        if stop - flags == 2 and (data[flags] == 102 or data[flags] == 115 or data[flags] == 109):
            return i, 0, BOUNDARY  # f, s or m: fixed or shrink-wrapped, not periodic
        flags = stop
    columns = 0
    for row in range(3):
        if i >= end:
            return i, 0, CUT
        line, found = next_line(data, i), 0
        while True:
            i = skip_blanks(data, i)
            if data[i] == NEWLINE:
                break
            if found == 4:
                return i, 0, MALFORMED
            box[row, found], i = read_float(data, i)
            if i < 0:
                return i, 0, MALFORMED
            found += 1
        if found < 2 or (row > 0 and found != columns):
            return i, 0, MALFORMED
        columns = found
        i = line
    return i, columns - 2, COMPLETE


@njit(cache=True, nogil=True)
def _atoms(data, i, end, codes, row_of, types, stamp, scratch, positions, images, frame):  # type: ignore[no-untyped-def]
    """One line an ion, each put in the row of its id."""
    x, shift = scratch[0], scratch[1]
    with_ids, with_images = len(row_of) > 0, len(images) > 0
    usual = len(codes) == 3 and codes[0] == ID and codes[1] == TYPE and codes[2] == POSITION
    for ion in range(len(positions)):
        if i >= end:
            return i, CUT, 0
        if usual:  # as LAMMPS writes it, without a loop over the columns
            ident, i = read_integer(data, skip_blanks(data, i))
            kind = np.int64(-1)
            if i > 0:
                kind, i = read_integer(data, skip_blanks(data, i))
            if i > 0:
                i = _position(data, skip_blanks(data, i), x)
        else:
            ident, kind, i = _columns(data, i, codes, x, shift)
        if i < 0:
            return i, MALFORMED, ion
        i = skip_blanks(data, i)
        if data[i] != NEWLINE:
            return i, MALFORMED, ion
        i += 1
        row = np.int64(ion)
        if with_ids:
            row = np.int64(row_of[ident]) if 0 <= ident < len(row_of) else np.int64(-1)
            if row < 0:
                return i, UNKNOWN_ION, ident
        if stamp[row] == frame:
            return i, REPEATED_ION, ident
        stamp[row] = frame
        if kind >= 0 and kind != types[row]:
            return i, SPECIES, row + 1
        positions[row, 0], positions[row, 1], positions[row, 2] = x[0], x[1], x[2]
        if with_images:
            images[frame, row, 0], images[frame, row, 1], images[frame, row, 2] = shift[0], shift[1], shift[2]
    return i, COMPLETE, 0


@njit(cache=True, nogil=True, forceinline=True)
def _position(data, i, x):  # type: ignore[no-untyped-def]
    """Three numbers of one line; returns the place after them, or -1."""
    x[0], i = read_float(data, i)
    if i > 0:
        x[1], i = read_float(data, skip_blanks(data, i))
    if i > 0:
        x[2], i = read_float(data, skip_blanks(data, i))
    return i if i < 0 or data[i] <= BLANK else -1


@njit(cache=True, nogil=True)
def _columns(data, i, codes, x, shift):  # type: ignore[no-untyped-def]
    """The columns of one line in any order; returns id and type, -1 where there is none, and the place after them."""
    ident, kind = np.int64(-1), np.int64(-1)
    for code in codes:
        i = skip_blanks(data, i)
        begin = i
        if code == 0:
            i = skip_word(data, i)
            if i == begin:
                return ident, kind, -1
        elif code == POSITION:
            i = _position(data, i, x)
        elif X <= code < IMAGE:
            x[code - X], i = read_float(data, i)
        else:
            whole, i = read_integer(data, i)
            if code == ID:
                ident = whole
            elif code == TYPE:
                kind = whole
            else:
                shift[code - IMAGE] = whole
        if i < 0 or data[i] > BLANK:
            return ident, kind, -1
    return ident, kind, i
