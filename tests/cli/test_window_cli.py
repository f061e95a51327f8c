"""``antiperovskite window``: JSON contract, page, screening, wrong input; energies from the shipped references."""

from __future__ import annotations

import csv
import json

import pytest
import typer
from typer.testing import CliRunner

from antiperovskite.cli.commands import attach
from antiperovskite.electrochemistry.model import Window
from antiperovskite.errors import AntiperovskiteError, FormulaError, MissingReferenceError, OptionError


def run(*arguments):
    app = typer.Typer()
    attach(app)
    return CliRunner().invoke(app, ["window", *map(str, arguments)])


def failure(*arguments):
    error = run(*arguments).exception
    assert isinstance(error, AntiperovskiteError), error
    assert "\n" not in str(error)
    return error


def test_one_formula_is_an_object_of_the_contract():
    done = run("Li3OCl", "--json", "--samples", "20")
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    window = Window.model_validate(data)
    assert data["formula"] == "Li3OCl" and data["reference"] == "Li"
    assert data["oxidation_limit"]["unit"] == "V" and data["oxidation_limit"]["uncertainty"] > 0
    assert data["reduction_limit"]["value"] == 0.0
    # Li2O + LiCl give off Li first to Li2O2 + LiCl; measured formation enthalpies put Li2O -> 1/2 Li2O2 at 2.92 V
    first = data["steps"][0]
    assert first["products"] == pytest.approx({"Li2O2": 0.5, "LiCl": 1.0})
    assert first["voltage"]["value"] == pytest.approx(2.92, abs=0.05)
    assert window.sampled is not None and window.sampled.samples == 20


def test_several_formulas_are_a_list_and_a_page(tmp_path):
    page = tmp_path / "windows.html"
    done = run("Na3OBr", "Na2O", "--samples", "0", "--json", "--plot", page)
    assert done.exit_code == 0, done.output
    sodium, oxide = json.loads(done.stdout)
    assert sodium["reference"] == "Na" and sodium["sampled"] is None
    # measured: Na2O -> 1/2 Na2O2 + Na
    assert oxide["oxidation_limit"]["value"] == pytest.approx(1.67, abs=0.06)
    text = page.read_text(encoding="utf-8")
    assert "figure-windows" in text and "figure-profile-2" in text and "<script src" not in text


def test_the_figures_are_valid_for_plotly():
    import plotly.graph_objects as go

    from antiperovskite.report.window_plot import profile_figure, windows_figure

    data = json.loads(run("Li3OCl", "Na3OBr", "--samples", "0", "--json").stdout)
    windows = [Window.model_validate(item) for item in data]
    for figure in (windows_figure(windows), *map(profile_figure, windows)):
        assert figure is not None
        go.Figure(json.loads(_plain_colours(json.dumps(figure))))


def _plain_colours(text):
    import re

    return re.sub(r"var\(--[\w-]+\)", "#123456", text)


def test_the_table_names_products_and_passivation():
    done = run("Na2O", "--samples", "20")
    assert done.exit_code == 0
    assert "1/2 Na2O2" in done.output and "hull solved anew" in done.output


def test_a_temperature_brings_the_gases():
    data = json.loads(run("Na2O", "--temperature", "600", "--samples", "0", "--json").stdout)
    assert data["temperature"]["value"] == 600.0
    assert any("O2" in step["products"] for step in data["steps"])


def test_many_formulas_from_a_file(tmp_path):
    listed, out = tmp_path / "formulas.csv", tmp_path / "windows.csv"
    listed.write_text("formula,note\nLi3OCl,dry\n# nothing here\nNa2O\nLi2O1.5\n", encoding="utf-8")
    done = run("--file", listed, "--out", out, "--json")
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert [row["formula"] for row in rows] == ["Li3OCl", "Na2O", "Li2O1.5"]
    single = json.loads(run("Li3OCl", "--samples", "0", "--json").stdout)
    assert float(rows[0]["oxidation_limit_V"]) == pytest.approx(single["oxidation_limit"]["value"], abs=1e-8)
    assert float(rows[0]["oxidation_onset_metastable_V"]) == pytest.approx(
        single["oxidation_onset_metastable"]["value"], abs=1e-8
    )
    assert rows[2]["oxidation_onset_metastable_V"] == ""
    assert json.loads(done.stdout)["windows"][0]["reference"] == "Li"


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        (["NotAFormula"], FormulaError, ""),
        ([], OptionError, "no formula given"),
        (["Li3OCl", "--against", "Na"], OptionError, "holds no Na"),
        (["Li3OCl", "--samples", "3"], OptionError, "give 20 to"),
        (["Li3OCl", "--out", "x.csv"], OptionError, "--out goes with --file"),
        (["Li3OCl", "--file", "x.csv"], OptionError, "--file goes with"),
        (["--file", "/nowhere/at/all.csv"], OptionError, "cannot read"),
        (["Li3OCl", "--temperature", "-5"], OptionError, ""),
        (["Li3OCl", "--engine", "nothing"], MissingReferenceError, "nothing"),
    ],
)
def test_wrong_input_is_one_line(arguments, kind, said, tmp_path):
    error = failure(*arguments)
    assert isinstance(error, kind) and said in str(error)


def test_a_file_without_formulas_is_refused(tmp_path):
    listed = tmp_path / "formulas.csv"
    listed.write_text("formula\n", encoding="utf-8")
    assert "holds no formula" in str(failure("--file", listed))
    listed.write_text("Li3OCl\nwater!\n", encoding="utf-8")
    assert "line 2" in str(failure("--file", listed))
    assert "is a folder" in str(failure("Li3OCl", "--plot", tmp_path))
