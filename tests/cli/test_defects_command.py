"""``antiperovskite defects``: bad input in one line, JSON, page and exit codes with the toy engine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from antiperovskite.cli.commands.defects import EXAMPLES, defects
from antiperovskite.defects import DefectStudy
from antiperovskite.errors import AntiperovskiteError

app = typer.Typer()
app.command(epilog=EXAMPLES)(defects)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Li3OCl", "--kinds", "schotky"], "did you mean 'schottky'"),
        (["Li3OCl", "--engine", "toy"], "unknown engine"),
        (["crystal.cif"], "give a formula"),
        (["Li3OCl", "-e", "toy-ionic", "--dopants", "Qq"], "unknown ion"),
        (["Li3OCl", "-e", "toy-ionic", "-c", "V_Li"], "charge -1"),
        (["Li3OCl", "-e", "toy-ionic", "--supercells", "1"], "thick"),
        (["Li3OCl", "-e", "toy-ionic", "--supercells", "a"], "cannot read the supercell"),
        (["Li3OCl", "-e", "toy-ionic", "--fmax", "-1"], "force criterion"),
    ],
)
def test_bad_input_is_one_line(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTIPEROVSKITE_DEFECTS", str(tmp_path))
    found = CliRunner().invoke(app, arguments)
    assert isinstance(found.exception, AntiperovskiteError)
    assert message in str(found.exception) and "\n" not in str(found.exception)


def test_json_and_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTIPEROVSKITE_DEFECTS", str(tmp_path / "cells"))
    page = tmp_path / "defects.html"
    arguments = ["Li3OCl", "-e", "toy-ionic", "-s", "2", "--kinds", "", "-c", "V_Li + V_Cl", "--near", "1", "--no-lone"]
    found = CliRunner().invoke(app, [*arguments, "--fmax", "0.1", "--json", "--html", str(page)])
    study = DefectStudy.model_validate(json.loads(found.stdout))
    assert [c.name for c in study.combinations] == ["V_Li + V_Cl"]
    assert found.exit_code == (0 if study.combinations[0].dispersed or study.combinations[0].bound else 3)
    text = page.read_text(encoding="utf-8")
    assert "V_Li + V_Cl" in text and "http://" not in text.split("<h1>")[1].split("<script")[0]
