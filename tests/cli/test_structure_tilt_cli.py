"""``antiperovskite structure tilt``: all systems in one table, one of them in a file, wrong input in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from antiperovskite.cli.commands.structure_tilt import tilt
from antiperovskite.errors import FormulaError, OptionError, StructureError

app = typer.Typer()
app.command()(tilt)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_json_lists_fifteen_systems_with_the_groups_spglib_finds() -> None:
    done = run("Na3OCl", "--angle", "7", "--json")
    assert done.exit_code == 0
    found = json.loads(done.stdout)["tilts"]
    assert len(found) == 15
    for item in found:
        assert item["spacegroup"] == item["expected_spacegroup"]


def test_one_system_goes_to_a_file(tmp_path: Path) -> None:
    target = tmp_path / "tilted.cif"
    done = run("Na3OCl", "--system", "a+b-b-", "--angle", "7,9", "--out", str(target))
    assert done.exit_code == 0
    assert "Pnma" in target.read_text()
    assert "Pnma (62)" in done.stdout and "7, 9, 9" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (["Na3OCl", "--system", "q"], OptionError, "no tilt symbol"),
        (["Na3OCl", "--angle", "7,9"], OptionError, "need one --system"),
        (["Na3OCl", "--system", "a0a0c+", "--angle", "nan"], OptionError, "cannot read the tilt angle"),
        (["Na3OBH4"], StructureError, "cluster ion BH4"),
        (["nonsense"], FormulaError, ""),
    ],
)
def test_errors_are_one_line(arguments: list[str], kind: type[Exception], message: str) -> None:
    done = run(*arguments)
    assert isinstance(done.exception, kind)
    assert message in str(done.exception) and "\n" not in str(done.exception)
    assert done.stdout == ""
