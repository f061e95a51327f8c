"""The page of shipped defects is that of the shipped data, and the commands show the same data."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from antiperovskite.cli.commands.concentrations import concentrations
from antiperovskite.cli.commands.defects import defects
from antiperovskite.defects import DefectStudy
from antiperovskite.errors import AntiperovskiteError, MissingReferenceError, OptionError


def app(command):
    one = typer.Typer()
    one.command()(command)
    return one


def test_the_page_is_that_of_the_shipped_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[2] / "scripts"))
    import defect_table

    text = defect_table.page()
    assert defect_table.PAGE.read_text(encoding="utf-8") == text
    assert "| LiCl Schottky |" in text
    sys.modules.pop("defect_table", None)


def test_shipped_defects_are_shown_without_an_engine(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    found = CliRunner().invoke(app(defects), ["Li3OCl", "--shipped", "--json", "--html", str(page)])
    study = DefectStudy.model_validate_json(found.stdout)
    assert {"LiCl Schottky", "Li Frenkel", "O/Cl antisite pair"} <= {item.name for item in study.combinations}
    assert "made by scripts/defect_study.py" in study.notes[-1]
    assert "LiCl Schottky" in page.read_text(encoding="utf-8")


def test_equilibria_of_shipped_energies() -> None:
    found = CliRunner().invoke(app(concentrations), ["Li3OCl", "--shipped", "-T", "700", "--json"])
    (point,) = json.loads(found.stdout)["points"]
    amounts = {s["name"]: s["log10_concentration"]["value"] for s in point["species"]}
    assert {"V_Li", "V_Cl", "Li_i"} <= amounts.keys()
    assert amounts["V_Li"] == pytest.approx(amounts["V_Cl"], abs=0.5)  # beside LiCl its Schottky pairs make them
    assert amounts["Li_i"] < amounts["V_Li"]


@pytest.mark.parametrize(
    ("command", "arguments", "kind", "message"),
    [
        (defects, ["Li3OCl", "--shipped", "--dopants", "Mg"], OptionError, "--shipped computes nothing"),
        (defects, ["Li3SF", "--shipped"], MissingReferenceError, "no defects of Li3SF are shipped for 7net-0"),
        (defects, ["Li3OCl", "--shipped", "-e", "toy-ionic"], MissingReferenceError, "no defect studies are shipped"),
        (concentrations, ["Li3OCl"], OptionError, "give one of --energies FILE and --shipped"),
        (concentrations, ["Li3SF", "--shipped"], MissingReferenceError, "no defects of Li3SF are shipped"),
    ],
)
def test_what_is_not_there_is_said(command, arguments: list[str], kind: type[AntiperovskiteError], message: str):
    found = CliRunner().invoke(app(command), arguments)
    assert isinstance(found.exception, kind)
    assert message in str(found.exception) and "\n" not in str(found.exception)
