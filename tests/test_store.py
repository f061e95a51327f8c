"""The result store: reuse, replacement, and every way it can be broken."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from antiperovskite import store as store_module
from antiperovskite.assessment.model import Failure
from antiperovskite.errors import StoreError
from antiperovskite.store import ResultStore, fingerprint


def test_remember_computes_once(tmp_path: Path) -> None:
    store = ResultStore(tmp_path / "deep" / "results.sqlite")
    calls: list[int] = []

    def compute() -> Failure:
        calls.append(1)
        return Failure(step="a", reason="b")

    first, reused_first = store.remember("kind", {"x": 1.0}, Failure, compute)
    again, reused_again = store.remember("kind", {"x": 1.0}, Failure, compute)
    other, _ = store.remember("kind", {"x": 2.0}, Failure, compute)
    assert (reused_first, reused_again, len(calls)) == (False, True, 2)
    assert first == again == other
    store.close()


def test_a_result_that_is_not_worth_keeping_is_computed_again(tmp_path: Path) -> None:
    store = ResultStore(tmp_path / "r.sqlite")
    reasons = iter("ab")

    def compute() -> Failure:
        return Failure(step="s", reason=next(reasons))

    first, _ = store.remember("kind", {}, Failure, compute, keep=lambda found: found.reason != "a")
    second, reused = store.remember("kind", {}, Failure, compute, keep=lambda found: found.reason != "a")
    assert (first.reason, second.reason, reused) == ("a", "b", False)


def test_results_survive_closing(tmp_path: Path) -> None:
    first = ResultStore(tmp_path / "r.sqlite")
    first.put("k", "1", '{"a": 1}')
    first.put("k", "1", '{"a": 2}')
    first.close()
    assert ResultStore(tmp_path / "r.sqlite").get("k", "1") == '{"a": 2}'


def test_a_result_of_another_version_is_computed_again(tmp_path: Path) -> None:
    store = ResultStore(tmp_path / "r.sqlite")
    store.put("kind", fingerprint({"x": 1}), '{"step": "a", "reason": "b", "gone": 1}')
    result, reused = store.remember("kind", {"x": 1}, Failure, lambda: Failure(step="new", reason="new"))
    assert (result.step, reused) == ("new", False)


def test_fingerprints_ignore_order_and_see_values() -> None:
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 1.5})


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    path.write_text("not a database at all, but long enough to have a header" * 20)
    with pytest.raises(StoreError, match="not a result store or is damaged") as caught:
        ResultStore(path)
    assert "\n" not in str(caught.value)
    assert path.read_text().startswith("not a database")


def test_a_locked_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "LOCK_TIMEOUT_S", 0.1)
    path = tmp_path / "r.sqlite"
    store = ResultStore(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(StoreError, match="another program is writing to it"):
            store.put("k", "1", "{}")
    finally:
        other.close()


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot create the store's directory"):
        ResultStore(tmp_path / "file" / "r.sqlite")


def test_a_path_that_is_a_directory(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="use another file"):
        ResultStore(tmp_path)
