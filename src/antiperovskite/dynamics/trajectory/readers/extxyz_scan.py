"""The compiled scanner of extended XYZ files."""

# ruff: noqa: PLR0911 - one pass over the bytes, every way to stop is a return
from __future__ import annotations

import numpy as np
from numba import njit

from antiperovskite.dynamics.trajectory.readers.scan import (
    BLANK,
    COMPLETE,
    COUNT,
    CUT,
    LAYOUT,
    MALFORMED,
    NEWLINE,
    NO_CELL,
    SPECIES,
    next_line,
    read_float,
    read_floats,
    read_integer,
    skip_blanks,
    skip_padding,
    skip_word,
    starts_with,
    whole_lines,
)
from antiperovskite.dynamics.trajectory.readers.words import borrowed

NAME, POSITION = 1, 2  # codes of columns; POSITION stands for x y z
LATTICE = np.frombuffer(b"attice=", dtype=np.uint8)
PROPERTIES = np.frombuffer(b"roperties=", dtype=np.uint8)


@njit(cache=True, nogil=True)
def scan_xyz(data, codes, properties, names, positions, cells, comments):  # type: ignore[no-untyped-def]
    """Scan whole frames; returns how many, the bytes they took, why it stopped and which ion or number it was."""
    data, codes, names, positions = borrowed(data), borrowed(codes), borrowed(names), borrowed(positions)
    end, i, frame = whole_lines(data), 0, 0
    while frame < len(positions):
        after, state, detail = _frame(
            data, i, end, codes, properties, names, positions[frame], cells[frame], comments[frame]
        )
        if state != COMPLETE:
            return frame, i, state, detail
        i = after
        frame += 1
    return frame, i, COMPLETE, 0


@njit(cache=True, nogil=True)
def _frame(data, i, end, codes, properties, names, positions, cell, comment):  # type: ignore[no-untyped-def]
    """Scan one frame: the number of ions, the comment, one line an ion."""
    while i < end and data[skip_blanks(data, i)] == NEWLINE:
        i = next_line(data, i)  # an empty line between frames
    if i >= end:
        return i, CUT, 0
    count, after = read_integer(data, skip_blanks(data, i))
    if after < 0:
        return i, MALFORMED, 0
    if count != len(positions):
        return i, COUNT, count
    i = next_line(data, i)
    if i >= end:
        return i, CUT, 0
    line = next_line(data, i)
    comment[0], comment[1] = i, line
    state = _comment(data, i, line, properties, cell)
    if state != COMPLETE:
        return i, state, 0
    i = line
    for ion in range(len(positions)):
        if i >= end:
            return i, CUT, 0
        i, state = _line(data, i, codes, names, positions, ion)
        if state != COMPLETE:
            return i, state, ion + (state == SPECIES)
    return i, COMPLETE, 0


@njit(cache=True, nogil=True)
def _line(data, i, codes, names, positions, ion):  # type: ignore[no-untyped-def]
    """One ion: the start of the next line, and what is wrong with this one."""
    for code in codes:
        i = skip_padding(data, i)
        if code == POSITION:  # three in a row, the usual case, at once
            positions[ion, 0], i = read_float(data, i)
            if i > 0:
                positions[ion, 1], i = read_float(data, skip_padding(data, i))
            if i > 0:
                positions[ion, 2], i = read_float(data, skip_padding(data, i))
            if i < 0 or data[i] > BLANK:
                return i, MALFORMED
        else:
            begin = i
            if code == NAME:
                while data[i] > BLANK:
                    if i - begin >= names.shape[1] or data[i] != names[ion, i - begin]:
                        return i, SPECIES
                    i += 1
                if i - begin < names.shape[1] and names[ion, i - begin] != 0:
                    return i, SPECIES
            else:
                i = skip_word(data, i)
            if i == begin:
                return i, MALFORMED
    return next_line(data, i), COMPLETE  # columns beyond the announced ones are left alone


@njit(cache=True, nogil=True)
def _comment(data, i, end, properties, cell):  # type: ignore[no-untyped-def]
    """Find the cell in a comment line, and that its columns are those of the first frame."""
    found, same = False, len(properties) == 0
    quoted = False
    while i < end:
        if data[i] == 34:
            quoted = not quoted
        elif not quoted and data[i] | 32 == 108 and starts_with(data, i + 1, end, LATTICE):
            i += 1 + len(LATTICE)
            if data[i] == 34 or data[i] == 123 or data[i] == 91:  # " { [
                i += 1
            i = read_floats(data, i, cell)
            if i < 0:
                return MALFORMED
            found = True
        elif not quoted and data[i] | 32 == 112 and starts_with(data, i + 1, end, PROPERTIES):
            i += 1 + len(PROPERTIES)
            stop = skip_word(data, i)
            same = len(properties) > 0 and stop - i == len(properties) and starts_with(data, i, end, properties)
            i = stop
            continue
        i += 1
    if not found:
        return NO_CELL
    return COMPLETE if same else LAYOUT
