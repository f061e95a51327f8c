"""``antiperovskite assess``: the JSON contract, reuse, exit codes, and every kind of wrong input."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest


def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    code = "from antiperovskite.cli.app import main; main()"
    settings = {"ANTIPEROVSKITE_STORE": str(cwd / "store.sqlite"), "ANTIPEROVSKITE_REFERENCES": str(cwd / "references")}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=cwd,
        env={**os.environ, **settings, **environment},
    )


def one_error_line(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """stderr holds exactly one ``error:`` line, no traceback, nothing on stdout."""
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, done.stderr
    for word in words:
        assert word in errors[0], errors[0]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with toy reference phases, built by the command itself."""
    directory = tmp_path_factory.mktemp("home")
    done = run("references", "build", "--engine", "toy-ionic", "--elements", "Li,Cl,O", cwd=directory)
    assert "toy-ionic.json" in done.stderr.replace("\n", "")
    return directory


@pytest.fixture(scope="module")
def first(home: Path) -> subprocess.CompletedProcess[str]:
    return run("assess", "Li3OCl", "--engine", "toy-ionic", "--out", "reports", "--json", cwd=home)


def test_json_contract(first: subprocess.CompletedProcess[str], home: Path) -> None:
    assert first.returncode == 0, first.stderr
    [item] = json.loads(first.stdout)["assessments"]
    assert {"formula", "quantities", "decomposition", "verdicts", "report"} <= set(item)
    assert item["formula"] == "Li3OCl"
    quantity = item["quantities"]["lattice_a"]
    assert {"value", "uncertainty", "unit", "n", "method", "source"} <= set(quantity)
    assert quantity["unit"] == "angstrom"
    page = (home / item["report"]).read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>") or page.lower().startswith("<!doctype html>")
    assert "Li<sub>3</sub>OCl" in page


def test_the_second_run_reuses_everything(first: subprocess.CompletedProcess[str], home: Path) -> None:
    again = run("assess", "Li3OCl", "--engine", "toy-ionic", "--out", "reports", "--json", cwd=home)
    assert "nothing has changed" in again.stderr
    assert json.loads(again.stdout) == json.loads(first.stdout)


def test_a_partial_result_exits_with_three(home: Path) -> None:
    done = run("assess", "Li2.98Mg0.01OCl", "--engine", "toy-ionic", "--out", "reports", "--json", cwd=home)
    assert done.returncode == 3
    assert json.loads(done.stdout)["assessments"][0]["quantities"]["lattice_a"]["value"] is None
    assert "not done: Li2.98Mg0.01OCl: structure" in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_formulas(home: Path) -> None:
    for text, words in (
        ("Li3", ["Li3"]),
        ("", ["empty"]),
        ("Li3OCl(", ["bracket"]),
        ("Xx3OCl", ["Xx"]),
        ("Li" * 5000, ["too long"]),
        ("Li3OCl2", ["charge"]),
    ):
        done = run("assess", text, "--engine", "toy-ionic", "--out", "wrong", cwd=home)
        one_error_line(done, 2, *words)
    assert not list((home / "wrong").glob("*.html")) if (home / "wrong").exists() else True


def test_wrong_options(home: Path) -> None:
    one_error_line(run("assess", "Li3OCl", "--engine", "7nett", cwd=home), 2, "unknown engine", "7net-0")
    one_error_line(run("assess", "Li3OCl", "--depth", "endless", cwd=home), 2, "unknown depth", "standard")
    assert run("assess", cwd=home).returncode == 2
    assert run("assess", "Li3OCl", "--no-such-option", cwd=home).returncode == 2


def test_a_directory_that_cannot_be_written(home: Path) -> None:
    (home / "plain-file").write_text("")
    done = run("assess", "Li3OCl", "--engine", "toy-ionic", "--out", "plain-file/reports", cwd=home)
    one_error_line(done, 2, "cannot write to", "plain-file")


def test_a_store_that_is_no_database(home: Path) -> None:
    (home / "broken.sqlite").write_text("this is not a database " * 100)
    done = run("assess", "Li3OCl", "--engine", "toy-ionic", "--store", "broken.sqlite", cwd=home)
    one_error_line(done, 1, "broken.sqlite", "not a result store or is damaged")


def test_a_locked_store(home: Path) -> None:
    connection = sqlite3.connect(home / "locked.sqlite", isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        done = run("assess", "Li3OCl", "--engine", "toy-ionic", "--store", "locked.sqlite", cwd=home)
    finally:
        connection.close()
    one_error_line(done, 1, "locked.sqlite", "another program")


def test_a_missing_engine_says_what_to_install(home: Path, tmp_path: Path) -> None:
    (tmp_path / "sevenn").mkdir()
    (tmp_path / "sevenn" / "__init__.py").write_text("raise ImportError('No module named sevenn')")
    done = run("assess", "Li3OBr", "--out", "missing", cwd=home, PYTHONPATH=str(tmp_path))
    one_error_line(done, 1, "pip install 'antiperovskite[sevennet]'")
    assert not list((home / "missing").glob("*.html"))


def test_help_has_examples(home: Path) -> None:
    done = run("assess", "--help", cwd=home)
    assert done.returncode == 0
    assert "antiperovskite assess Li2OHCl" in " ".join(done.stdout.replace("│", " ").split())
