"""Scanning numbers out of bytes, compiled by numba: what the readers of text formats share.

The bytes a kernel gets end with a newline (:func:`whole_lines`), and nothing here steps over one unasked, so that
inside a line no bounds need to be checked. Positions are -1 where what was asked for is not there.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from antiperovskite.dynamics.trajectory.readers.words import (
    BLANKS,
    WORD,
    ZEROS,
    first_bytes_moved_last,
    load_word,
    not_digits,
    number_of,
    trailing_zeros,
    without_byte,
)

NEWLINE, BLANK, TAB, RETURN = 10, 32, 9, 13
_POWERS = np.array([10.0**k for k in range(309)])
_WHOLE_POWERS = np.array([10**k for k in range(9)], dtype=np.int64)

# what a kernel says of the frame it stopped at
COMPLETE, CUT, MALFORMED, COUNT, UNKNOWN_ION, REPEATED_ION, SPECIES, LAYOUT, NO_CELL, BOUNDARY = range(10)


@njit(cache=True, nogil=True)
def whole_lines(data):  # type: ignore[no-untyped-def]
    """Position after the last newline."""
    end = len(data)
    while end > 0 and data[end - 1] != NEWLINE:
        end -= 1
    return end


@njit(cache=True, nogil=True, forceinline=True)
def skip_blanks(data, i):  # type: ignore[no-untyped-def]
    """Position of the next byte that is neither a blank, a tab nor a carriage return."""
    while data[i] <= BLANK and (data[i] == BLANK or data[i] == TAB or data[i] == RETURN):
        i += 1
    return i


@njit(cache=True, nogil=True, forceinline=True)
def skip_padding(data, i):  # type: ignore[no-untyped-def]
    """As :func:`skip_blanks`, faster where several blanks are likely."""
    if i + WORD <= len(data):
        i += trailing_zeros(load_word(data, i) ^ BLANKS) >> 3
    return skip_blanks(data, i)


@njit(cache=True, nogil=True, forceinline=True)
def skip_word(data, i):  # type: ignore[no-untyped-def]
    """Position after the word that starts here."""
    while data[i] > BLANK:
        i += 1
    return i


@njit(cache=True, nogil=True)
def next_line(data, i):  # type: ignore[no-untyped-def]
    """Start of the next line."""
    while data[i] != NEWLINE:
        i += 1
    return i + 1


@njit(cache=True, nogil=True)
def starts_with(data, i, end, word):  # type: ignore[no-untyped-def]
    """Whether the bytes at ``i`` are ``word``."""
    if i + len(word) > end:
        return False
    for k in range(len(word)):  # noqa: SIM110 - numba compiles the loop better
        if data[i + k] != word[k]:
            return False
    return True


@njit(cache=True, nogil=True, forceinline=True)
def read_integer(data, i):  # type: ignore[no-untyped-def]
    """Read a whole number of at most 18 digits; returns it and the position after it."""
    if i + WORD <= len(data):
        word = load_word(data, i) ^ ZEROS
        others = not_digits(word)
        length = trailing_zeros(others) >> 3
        if others != 0 and length > 0 and data[i + length] <= BLANK:
            return number_of(first_bytes_moved_last(word, length)), i + length
    return _read_long_integer(data, i)


@njit(cache=True, nogil=True, forceinline=True)
def read_float(data, i):  # type: ignore[no-untyped-def]
    """Read a number such as ``-1.25e-3``, ``nan`` or ``inf``; returns it and the position after it.

    Numbers of up to 15 digits with exponents to 22 are exact, others within two units in the last place. Digits
    with a point among the first eight bytes, as coordinates are, take no loop: eight bytes are judged and summed at
    once.
    """
    if i + 2 * WORD < len(data):
        negative = data[i] == 45
        begin = i + negative
        word = load_word(data, begin) ^ ZEROS
        others = not_digits(word)
        if others != 0:
            before = trailing_zeros(others) >> 3  # digits before the point
            later = others & (others - np.uint64(1))
            length = trailing_zeros(later) >> 3 if later != 0 else WORD
            if data[begin + before] == 46 and length > 1:
                mantissa = number_of(first_bytes_moved_last(without_byte(word, before), length - 1))
                digits = length - 1 - before
                end = begin + length
                if later == 0 and data[end] > BLANK:  # up to seven more digits in the next eight bytes
                    word = load_word(data, end) ^ ZEROS
                    others = not_digits(word)
                    more = trailing_zeros(others) >> 3
                    if others == 0 or more == 0:
                        return _read_any(data, i)
                    mantissa = mantissa * _WHOLE_POWERS[more] + number_of(first_bytes_moved_last(word, more))
                    digits += more
                    end += more
                if data[end] <= BLANK or data[end] == 60:  # 60: the < of </v>
                    value = mantissa / _POWERS[digits]
                    return (-value if negative else value), end
    return _read_any(data, i)


@njit(cache=True, nogil=True)
def _read_long_integer(data, i):  # type: ignore[no-untyped-def]
    """A whole number of any length or sign, or one at the very end of the bytes."""
    negative = data[i] == 45
    if negative or data[i] == 43:
        i += 1
    begin, value = i, np.int64(0)
    while True:
        digit = np.int64(data[i]) - 48
        if digit < 0 or digit > 9:
            break
        value = value * 10 + digit
        i += 1
    if i == begin or i - begin > 18 or data[i] > BLANK:
        return value, -1
    return (-value if negative else value), i


@njit(cache=True, nogil=True)
def _read_any(data, i):  # type: ignore[no-untyped-def]
    """Any number; apart from the usual case, so that the compiler keeps that one small."""
    negative = data[i] == 45
    if negative or data[i] == 43:
        i += 1
    begin, digits, point = i, 0, False
    while 48 <= data[i] <= 57 or (data[i] == 46 and not point):
        point = point or data[i] == 46
        i += 1
    digits = i - begin - point
    if digits == 0:
        return _read_name(data, begin, negative)
    mantissa, exponent = _leading_digits(data, begin, i)
    if data[i] > BLANK and (data[i] | 32 == 101 or data[i] | 32 == 100):  # e, or the d of Fortran
        power, i = _power(data, i + 1)
        if i < 0:
            return 0.0, -1
        exponent += power
    value = float(mantissa)
    if exponent < 0:
        value = value / _POWERS[-exponent] if exponent >= -308 else _scaled(value, exponent)
    elif exponent > 0:
        value = value * _POWERS[exponent] if exponent <= 308 else _scaled(value, exponent)
    return (-value if negative else value), i


@njit(cache=True, nogil=True)
def _leading_digits(data, i, end):  # type: ignore[no-untyped-def]
    """The first 18 digits that count of a long number, and the power of ten that belongs to them."""
    mantissa, digits, exponent, fraction = np.int64(0), 0, 0, False
    while i < end:
        if data[i] == 46:
            fraction = True
        elif digits < 18:
            mantissa = mantissa * 10 + (np.int64(data[i]) - 48)
            if mantissa:
                digits += 1
            if fraction:
                exponent -= 1
        elif not fraction:
            exponent += 1
        i += 1
    return mantissa, exponent


@njit(cache=True, nogil=True)
def _power(data, i):  # type: ignore[no-untyped-def]
    """The exponent after an e."""
    down = data[i] == 45
    if down or data[i] == 43:
        i += 1
    power, begin = np.int64(0), i
    while 48 <= data[i] <= 57:
        power = power * 10 + np.int64(data[i]) - 48 if power < 99999 else power
        i += 1
    return (-power if down else power), (i if i > begin else -1)


@njit(cache=True, nogil=True)
def _scaled(value, exponent):  # type: ignore[no-untyped-def]
    """A number times a power of ten beyond those of the table."""
    if value == 0.0:
        return 0.0
    if exponent > 0:
        return np.inf
    return value / _POWERS[308] / _POWERS[min(-exponent - 308, 308)]


@njit(cache=True, nogil=True)
def _read_name(data, i, negative):  # type: ignore[no-untyped-def]
    """``nan`` or ``inf`` in any case, with whatever letters follow."""
    if data[i] | 32 == 110 and data[i + 1] | 32 == 97 and data[i + 2] | 32 == 110:
        value = np.nan
    elif data[i] | 32 == 105 and data[i + 1] | 32 == 110 and data[i + 2] | 32 == 102:
        value = -np.inf if negative else np.inf
    else:
        return 0.0, -1
    i += 3
    while 97 <= (data[i] | 32) <= 122:
        i += 1
    return value, i


@njit(cache=True, nogil=True)
def read_floats(data, i, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` with the numbers of one line; returns the position after the last."""
    for k in range(len(out)):
        i = skip_blanks(data, i)
        out[k], i = read_float(data, i)
        if i < 0:
            return -1
    return i


@njit(cache=True, nogil=True)
def read_tagged(data, i, end, out):  # type: ignore[no-untyped-def]
    """Fill ``out``, shape ``(n, 3)``, with XML vectors ``<v> x y z </v>`` up to ``end``, a place before a newline."""
    for row in range(len(out)):
        while i + 2 < end and not (data[i] == 60 and data[i + 1] == 118 and data[i + 2] == 62):
            i += 1
        if i + 2 >= end:
            return -1
        i = read_floats(data, i + 3, out[row])
        if i < 0:
            return -1
    return i
