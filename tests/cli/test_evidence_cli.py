"""``antiperovskite evidence`` on the command line."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner, Result

from antiperovskite.cli.commands.evidence import app
from antiperovskite.errors import AntiperovskiteError


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_json_rows_have_quantities_references_and_flags() -> None:
    result = run("table", "4", "--formula", "Li2OHCl", "--json")
    assert result.exit_code == 0
    rows = json.loads(result.stdout)
    assert len(rows) == 14
    first = rows[0]
    assert first["conductivity"].keys() >= {"value", "uncertainty", "unit", "n", "method", "source"}
    assert (first["conductivity"]["value"], first["conductivity"]["unit"]) == (3e-5, "S/cm")
    assert [work["key"] for work in first["reference"]] == ["hartwig1981a", "hartwig1981b"]
    assert first["reference"][0]["journal"] == "J. Less-Common Met."
    assert first["flag"] is None
    assert sum(row["flag"] is not None for row in rows) == 9


def test_spelling_gives_the_same_json() -> None:
    assert run("table", "4", "-f", "Li2OHCl", "--json").stdout == run("table", "4", "-f", "Li2(OH)Cl", "--json").stdout


@pytest.mark.parametrize(("number", "count"), [("1", 37), ("2", 24), ("4", 70)])
def test_whole_tables(number: str, count: int) -> None:
    assert len(json.loads(run("table", number, "--json").stdout)) == count
    text = run("table", number)
    assert text.exit_code == 0
    assert f"{count} rows" in text.stdout
    assert "? marks" in text.stderr


def test_tables_for_people_show_approximations_and_doubt() -> None:
    result = run("table", "4", "-f", "Li3SCl0.5(BF4)0.5")
    assert ">0.1" in result.stdout
    assert "?" in result.stdout
    assert "1 row)" in result.stderr
    assert "RT" in run("table", "4", "-f", "Na3OBH4").stdout
    assert "8.9e-6" in run("table", "4", "-f", "Li3OCl").stdout


def test_no_rows_is_an_answer() -> None:
    assert json.loads(run("table", "1", "-f", "Ag3SI", "--json").stdout) == []
    assert "no row for Ag3SI" in run("table", "1", "-f", "Ag3SI").stderr


def test_cite_prints_bibtex() -> None:
    result = run("cite", "zhao2012", "dawson2021", "zhao2012")
    assert result.exit_code == 0
    assert result.stdout.count("@article{") == 2
    assert "doi = {10.1039/d1ta03680g}" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("table", "3"), "table 3 is not entered"),
        (("table", "4", "-f", ""), ""),
        (("table", "4", "-f", "Xx3OCl"), "Xx"),
        (("cite", "zhao2O12"), "did you mean 'zhao2012'"),
    ],
)
def test_bad_input_is_a_usage_error_in_one_line(arguments: tuple[str, ...], message: str) -> None:
    error = run(*arguments).exception
    assert isinstance(error, AntiperovskiteError)
    assert error.exit_code == 2
    assert message in str(error)
    assert "\n" not in str(error)


def test_help_has_examples() -> None:
    assert "evidence table 4 --formula Li2OHCl --json" in " ".join(run("table", "--help").stdout.split())
    assert "evidence cite zhao2012" in " ".join(run("cite", "--help").stdout.split())


def test_importing_the_command_stays_light() -> None:
    code = (
        "import sys, antiperovskite.cli.commands.evidence; "
        "sys.exit(any(name in sys.modules for name in ('numpy', 'pymatgen', 'torch', 'yaml', 'pydantic')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
