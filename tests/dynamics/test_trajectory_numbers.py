"""The float scanner reads what Python reads."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from antiperovskite.dynamics.trajectory.readers.scan import read_float, read_integer


def scanned(text: str) -> tuple[float, int]:
    """The number and the place after it: the same at the very end of the bytes as with more of them behind."""
    found = []
    for after in (" \n", "\n", "\n-3.75 99 0.125 Li 1e5\n", " 7 3.25 1 2 3 4 5 6\n"):
        value, place = read_float(np.frombuffer((text + after).encode(), dtype=np.uint8), 0)
        found.append((float(value), int(place)))
    assert len({(repr(value), place) for value, place in found}) == 1, (text, found)
    return found[0]


@settings(max_examples=300, deadline=None)
@given(value=st.floats(allow_nan=False), style=st.sampled_from(["{!r}", "{:.6g}", "{:.16e}", "{:.8E}", "{:+.5f}"]))
@example(value=5e-324, style="{!r}")
@example(value=1.7976931348623157e308, style="{!r}")
@example(value=-0.0, style="{!r}")
def test_any_float_is_read_to_the_last_digits(value: float, style: str) -> None:
    text = style.format(value)
    got, place = scanned(text)
    assert place == len(text)
    expected = float(text)
    assert got == expected or math.isclose(got, expected, rel_tol=1e-15, abs_tol=1e-323), text
    assert math.copysign(1, got) == math.copysign(1, expected)


@settings(max_examples=200, deadline=None)
@given(digits=st.integers(-(10**15) + 1, 10**15 - 1), places=st.integers(0, 15))
def test_coordinates_of_a_file_are_exact(digits: int, places: int) -> None:
    text = f"{digits / 10**places:.{places}f}"
    if len(text.strip("-").replace(".", "")) <= 15:
        assert scanned(text)[0] == float(text)


def test_words_that_are_no_numbers() -> None:
    for text in ("", "-", ".", "e5", "1e", "1e+", "x", "--1", "na", "+.e1"):
        assert scanned(text)[1] == -1, text
    assert math.isnan(scanned("NaN")[0])
    assert scanned("-inf")[0] == -math.inf
    assert scanned("1.5D+02") == (150.0, 7)
    assert scanned("7") == (7.0, 1)
    assert scanned(".5") == (0.5, 2)
    assert scanned("5.") == (5.0, 2)


@given(value=st.integers(-(10**20), 10**20))
@settings(max_examples=100, deadline=None)
def test_whole_numbers(value: int) -> None:
    for after in ("\n", " 12 3.5 -1 0.25 7\n"):
        got, place = read_integer(np.frombuffer(f"{value}{after}".encode(), dtype=np.uint8), 0)
        if abs(value) < 10**18:
            assert (got, place) == (value, len(str(value)))
        else:
            assert place == -1


@given(value=st.integers(0, 10**9))
@settings(max_examples=100, deadline=None)
def test_ids_of_up_to_nine_digits(value: int) -> None:
    for text in (f"{value}", f"{value:09d}"):
        got, place = read_integer(np.frombuffer(f"{text} 1 11.25 3.5 0.125\n".encode(), dtype=np.uint8), 0)
        assert (got, place) == (value, len(text))
    for text in (f"{value}.5", f"{value}x", f"x{value}", f"{value}\x80", ""):
        data = np.frombuffer(f"{text} 1 11.25 3.5 0.125\n".encode("latin-1"), dtype=np.uint8)
        assert read_integer(data, 0)[1] == -1


@given(st.text(alphabet="0123456789.-+eE \t\x80x", min_size=1, max_size=24))
@settings(max_examples=300, deadline=None)
def test_any_word_is_read_as_python_reads_it_or_not_to_its_end(text: str) -> None:
    word = text.split(maxsplit=1)[0] if text.split() else "."
    data = np.frombuffer(f"{word} 0.5 12345678 11.25 3\n".encode("latin-1"), dtype=np.uint8)
    value, place = read_float(data, 0)
    try:
        expected = float(word)
    except ValueError:
        assert place < len(word)
        return
    assert place == len(word)
    assert value == expected or math.isclose(value, expected, rel_tol=1e-15, abs_tol=1e-323)
