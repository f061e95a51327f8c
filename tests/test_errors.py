"""The exception tree: complete in its documentation, right in its exit codes, one line in its messages."""

from __future__ import annotations

import inspect
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiperovskite import errors
from antiperovskite.errors import AntiperovskiteError, InputError, best_match, one_line

CLASSES = [
    item
    for _, item in inspect.getmembers(errors, inspect.isclass)
    if issubclass(item, Exception) and item.__module__ == errors.__name__
]


def drawn_tree() -> dict[str, str | None]:
    """Read the tree drawn in the module docstring: class name -> name of its parent."""
    parents: dict[str, str | None] = {}
    above: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"^[\s│├└─]*(\w+Error)\b", line)
        if not found:
            continue
        column = found.start(1)
        above = [(c, name) for c, name in above if c < column]
        parents[found[1]] = above[-1][1] if above else None
        above.append((column, found[1]))
    return parents


def test_tree_in_the_docstring_is_the_tree_in_the_code() -> None:
    actual = {c.__name__: None if c is AntiperovskiteError else c.__mro__[1].__name__ for c in CLASSES}
    assert drawn_tree() == actual


@pytest.mark.parametrize("error", CLASSES)
def test_exit_code_tells_wrong_usage_from_failure(error: type[AntiperovskiteError]) -> None:
    assert error.exit_code == (2 if issubclass(error, InputError) else 1)
    assert error.__doc__


@given(st.text(), st.integers(2, 200))
def test_any_text_becomes_one_line(text: str, limit: int) -> None:
    short = one_line(text, limit)
    assert len(short.splitlines()) <= 1
    assert len(short) <= limit + len(f" ({len(text)} characters)")


def test_long_text_says_how_long_it_was() -> None:
    assert one_line("Li" * 5000) == "Li" * 39 + "L… (10000 characters)"
    assert one_line("Li2\n OHCl") == "Li2 OHCl"


def test_best_match_helps_only_when_near() -> None:
    assert best_match("7net0", ["7net-0", "chgnet"]) == "; did you mean '7net-0'?"
    assert best_match("zzz", ["7net-0", "chgnet"]) == ""
