"""``antiperovskite structure``: formats, files and wrong input, through the real entry point's exceptions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from antiperovskite.cli.commands.structure import structure
from antiperovskite.errors import FormulaError, OptionError, StructureError
from antiperovskite.structures import StructureModel

app = typer.Typer()
app.command()(structure)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_cif_on_stdout_and_notes_on_stderr() -> None:
    done = run("Li2OHCl")
    assert done.exit_code == 0
    assert "_symmetry_space_group_name_H-M   P4mm" in done.stdout
    assert "hypothesis" in done.stderr


def test_json_is_a_structure_model() -> None:
    done = run("Na4OI2", "--json")
    assert done.exit_code == 0
    model = StructureModel.model_validate_json(done.stdout)
    assert (model.formula, len(model.roles)) == ("Na4OI2", 7)


def test_json_of_candidates_is_a_list() -> None:
    done = run("Na3OCl", "--candidates", "--tilts", "--format", "json")
    assert [len(entry["roles"]) for entry in json.loads(done.stdout)] == [5, 10, 10, 20]


def test_out_writes_whole_files_and_keeps_stdout_empty(tmp_path: Path) -> None:
    target = tmp_path / "start.cif"
    done = run("Li3OCl", "--out", str(target))
    assert done.exit_code == 0
    assert done.stdout == ""
    assert target.read_text().startswith("# Li3OCl")
    assert [path.name for path in tmp_path.iterdir()] == ["start.cif"]


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (["Li3OCl", "--format", "xyz"], OptionError, "unknown structure format"),
        (["Li3OCl", "--candidates", "--format", "poscar"], OptionError, "POSCAR holds one"),
        (["Li3OCl", "--tilts"], OptionError, "together with --candidates"),
        (["Li2(OH)0.9F0.1Cl"], StructureError, "supercell of 10"),
        (["nonsense"], FormulaError, ""),
        (["Li3OCl", "--out", "/nowhere-at-all/x.cif"], OptionError, "cannot write"),
        (["Li3OCl", "--out", "."], OptionError, "directory"),
    ],
)
def test_errors_are_one_line(arguments: list[str], kind: type[Exception], message: str) -> None:
    done = run(*arguments)
    assert isinstance(done.exception, kind)
    assert message in str(done.exception)
    assert "\n" not in str(done.exception)
    assert done.stdout == ""


def test_help_shows_examples() -> None:
    done = run("--help")
    assert done.exit_code == 0
    assert "antiperovskite structure Li2OHCl --candidates" in " ".join(done.stdout.split())
