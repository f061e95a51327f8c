"""``antiperovskite evidence trust`` on the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from antiperovskite.cli.commands.evidence_trust import trust
from antiperovskite.errors import AntiperovskiteError


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(trust)
    return CliRunner().invoke(app, list(arguments))


def test_json_has_verdict_points_rules_and_arguments() -> None:
    result = run("--formula", "Li3OCl", "--table", "2", "--json")
    assert result.exit_code == 0
    found = {entry["row"]: entry for entry in json.loads(result.stdout)}
    assert len(found) == 10
    braga = found["t2-05"]
    assert braga["verdict"] == "probably hydrated"
    assert braga["points"] == sum(rule["points"] for rule in braga["rules"])
    assert all(rule["argument"] and rule["evidence"] and rule["citations"] for rule in braga["rules"])


def test_whole_report_has_every_row() -> None:
    entries = json.loads(run("--json").stdout)
    assert sum(entry["row"].startswith("t2-") for entry in entries) == 24
    assert sum(entry["row"].startswith("t4-") for entry in entries) == 70


def test_text_for_people_shows_reasons_and_counts_the_rest() -> None:
    result = run("-f", "Li3OCl", "-t", "4")
    assert result.exit_code == 0
    assert "probably hydrated" in result.stdout
    assert "-2  the route starts from" in result.stdout
    assert "9 rows: 0 probably dry, 1 uncertain, 4 probably hydrated" in result.stderr
    assert "not shown: 4" in result.stderr
    assert "no route or conductivity" in run("-f", "Ag3SI").stderr


def test_overrides_are_applied_and_named(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("verdicts:\n- {row: t2-14, verdict: uncertain, reason: our own repeat failed}\n", encoding="utf-8")
    result = run("-f", "Li3OBr", "-t", "2", "--overrides", str(path))
    assert "set by you, the rules say probably dry: our own repeat failed" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--table", "3"), "table 3 is not judged"),
        (("-f", "Xx3OCl"), "Xx"),
        (("--overrides", "/nonexistent/own.yaml"), "cannot read"),
    ],
)
def test_bad_input_is_one_line(arguments: tuple[str, ...], message: str) -> None:
    error = run(*arguments).exception
    assert isinstance(error, AntiperovskiteError)
    assert message in str(error)
    assert "\n" not in str(error)


def test_importing_the_command_stays_light() -> None:
    code = (
        "import sys, antiperovskite.cli.commands.evidence_trust; "
        "sys.exit(any(name in sys.modules for name in ('numpy', 'pymatgen', 'torch', 'yaml', 'pydantic')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
