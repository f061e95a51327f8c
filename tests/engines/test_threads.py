"""Thread counts: one by default, set in one place, wrong settings refused."""

from __future__ import annotations

import os

import pytest

from antiperovskite.engines.threads import THREADS_VARIABLE, limit_threads, thread_count
from antiperovskite.errors import OptionError


def test_one_thread_without_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(THREADS_VARIABLE, raising=False)
    assert thread_count() == 1


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", "", "²", "9" * 5000])
def test_wrong_setting_is_one_line(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(THREADS_VARIABLE, text)
    with pytest.raises(OptionError, match="not a positive whole number; set it to 1 or more"):
        thread_count()


def test_libraries_follow_but_the_user_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(THREADS_VARIABLE, "3")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setenv("MKL_NUM_THREADS", "0")  # remembered by monkeypatch, so that the next line is undone
    monkeypatch.delenv("MKL_NUM_THREADS")
    assert limit_threads() == 3
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert os.environ["MKL_NUM_THREADS"] == "3"
