"""``antiperovskite sites``: the JSON contract, the table, and wrong input."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

CONTRACT = {"formula", "family", "sites", "charge", "notes"}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    code = "from antiperovskite.cli.app import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def test_json_of_one_formula_is_an_object() -> None:
    done = run("sites", "Li3OCl", "--json")
    assert done.returncode == 0
    assert done.stderr == ""
    data = json.loads(done.stdout)
    assert set(data) >= CONTRACT
    assert data["sites"] == {"X": {"Li": 3.0}, "B": {"O": 1.0}, "A": {"Cl": 1.0}}
    assert (data["family"], data["charge"], data["notes"]) == ("cubic", 0, [])


def test_json_of_several_formulas_is_a_list() -> None:
    done = run("sites", "Li2OHCl", "Na3O(BH4)", "--json")
    assert [entry["family"] for entry in json.loads(done.stdout)] == ["hydrated", "cubic"]


def test_table_on_stdout_and_rules_on_stderr() -> None:
    done = run("sites", "Na2Fe2OS2")
    assert done.returncode == 0
    assert "cathode" in done.stdout
    assert "2 Na, 2 Fe" in done.stdout
    assert "R7: S on A" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Li3"], "no anions"),
        ([""], "empty formula"),
        (["Li3OCl", "Qq2"], "unknown element"),
        (["A" * 10_000], "too long"),
    ],
)
def test_wrong_input_is_one_line_and_code_2(arguments: list[str], message: str) -> None:
    done = run("sites", *arguments, "--json")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert message in done.stderr


def test_without_a_formula_it_is_wrong_usage() -> None:
    assert run("sites").returncode == 2


def test_help_has_examples() -> None:
    done = run("sites", "--help")
    assert done.returncode == 0
    assert "antiperovskite sites Li2OHCl" in done.stdout


def test_resolving_loads_no_heavy_package() -> None:
    code = (
        "import sys; from antiperovskite.composition import resolve; resolve('Li2OHCl'); "
        "print([m for m in ('torch', 'pymatgen', 'numpy', 'scipy', 'pandas', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
