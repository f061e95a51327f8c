"""The float scanner reads what Python reads."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from antiperovskite.dynamics.trajectory.readers.scan import read_float, read_integer


def scanned(text: str) -> tuple[float, int]:
    value, place = read_float(np.frombuffer(text.encode() + b" \n", dtype=np.uint8), 0)
    return float(value), int(place)


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
    got, place = read_integer(np.frombuffer(f"{value}\n".encode(), dtype=np.uint8), 0)
    if abs(value) < 10**18:
        assert (got, place) == (value, len(str(value)))
    else:
        assert place == -1
