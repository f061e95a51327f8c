"""``antiperovskite concentrations``: files, ranges, JSON, page, exit codes."""

from __future__ import annotations

import json
from math import log10

import pytest
import typer
from typer.testing import CliRunner

from antiperovskite.cli.commands import attach
from antiperovskite.composition import resolve
from antiperovskite.defects.equilibrium import concentrations, read_energies
from antiperovskite.defects.equilibrium.ranges import conditions_of
from antiperovskite.errors import DataError, InputError

WRITTEN = """
source: numbers of a test
host: Li3OCl
defects:
  Li_i: {multiplicity: 3}
  (OH)_O: {multiplicity: 6}
reactions:
  - {name: LiCl Schottky, defects: {V_Li: 1, V_Cl: 1}, products: {LiCl: 1}, energy_eV: 1.2, uncertainty_eV: 0.1}
  - {name: Li Frenkel, defects: {V_Li: 1, Li_i: 1}, energy_eV: 1.9, uncertainty_eV: 0.1}
  - {name: near pair, defects: {V_Li: 1, V_Cl: 1}, products: {LiCl: 1}, energy_eV: 0.8, bound: true, configurations: 12}
  - {name: hydration, defects: {V_Li: 1, (OH)_O: 1}, reactants: {H2O: 1}, products: {LiOH: 1}, energy_eV: 0.3}
  - {name: Mg, defects: {V_Li: 1, Mg_Li: 1}, reactants: {MgCl2: 1}, products: {LiCl: 2}, energy_eV: 0.9}
  - {name: O on Cl, defects: {O_Cl: 1, Li_i: 1}, reactants: {Li2O: 1}, products: {LiCl: 1}, energy_eV: 1.5}
  - {name: formation, reactants: {Li2O: 1, LiCl: 1}, products: {Li3OCl: 1}, energy_eV: 0.06}
"""


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "energies.yaml"
    path.write_text(WRITTEN)
    return path


def run(*arguments):
    app = typer.Typer()
    attach(app)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_temperatures_with_json_and_page(written, tmp_path):
    page = tmp_path / "c.html"
    done = run(
        "concentrations", "Li3OCl", "--energies", written, "-T", "400..800/200", "--samples", 40, "--barrier",
        "V_Li=0.3", "--barrier", "Li_i=0.15", "--html", page, "--json",
    )  # fmt: skip
    assert done.exit_code == 0, (done.output, done.exception)
    data = json.loads(done.stdout)
    assert [point["temperature"]["value"] for point in data["points"]] == [400.0, 600.0, 800.0]
    first = data["points"][0]["species"][0]["concentration"]
    assert data["computed_here"] is False and "as given by the user" in first["method"]
    assert data["points"][0]["coexisting"] == ["LiCl"]
    carriers = data["points"][0]["carriers"]
    assert carriers["vacancy_share"]["value"] > 0.999 and carriers["more_vacancies"]["value"] == 1.0
    assert any("Mg (no Mg was given)" in note for note in data["notes"])
    text = page.read_text(encoding="utf-8")
    assert "as given by the user, not computed here" in text and "Who carries the current" in text
    assert "cdn.plot" not in text.split("<h1>")[1].split("<script")[0]


@pytest.mark.parametrize(
    ("option", "value", "axis", "count"),
    [
        ("--p-h2o", "1e-9..1e-3/4", "p_water", 4),
        ("--dopant", "Mg=1e-4..1e-2/3", "dopant", 3),
        ("--halide-deficiency", "0.01..0.05/3", "halide_deficiency", 3),
        ("--coexisting", "LiCl..Li2O/3", "coexisting", 3),
    ],
)
def test_one_quantity_runs(written, tmp_path, option, value, axis, count):
    page = tmp_path / "c.html"
    wanted = ("--html", page) if axis in {"p_water", "coexisting"} else ()
    done = run(
        "concentrations", "Li3OCl", "--energies", written, "-T", "600,700", option, value, "--samples", 10,
        "--quench-from", 900, "--json", *wanted,
    )  # fmt: skip
    assert done.exit_code == 0, (done.output, done.exception)
    data = json.loads(done.stdout)
    assert data["axis"] == axis and len(data["points"]) == 2 * count
    assert data["points"][0]["quenched_from"]["value"] == 900.0
    assert not wanted or '"label":"700 K"' in page.read_text(encoding="utf-8").replace(": ", ":")


def test_table_for_people(written):
    done = run("concentrations", "Li3OCl", "--energies", written, "-T", "600", "--dopant", "Mg=0.01", "--samples", 10)
    assert done.exit_code == 0, (done.output, done.exception)
    assert "as given by the user" in done.stdout and "Mg_Li" in done.stdout


def test_output_of_the_defects_command_is_read(tmp_path):
    energy = {"value": 1.0, "uncertainty": 0.1, "unit": "eV", "n": 1, "method": "x", "source": "toy", "citations": []}
    both = {"name": "LiCl Schottky", "defects": {"V_Li": 1, "V_Cl": 1}, "products": {"ClLi": 1.0}, "kind": "schottky"}
    fit = {"limit": 0.5}
    record = {
        "formula": "Li3OCl",
        "engine": {"name": "toy", "version": "1"},
        "defects": [
            {"name": "V_Li", "charge": -1, "multiplicity": 3},
            {"name": "V_Cl", "charge": 1, "multiplicity": 1},
        ],
        "reactions": [
            both | {"energy": energy, "bound": False},
            both | {"energy": energy | {"value": 0.5}, "bound": True, "configurations": 1},
        ],
        "combinations": [
            {"name": "LiCl Schottky", "defects": both["defects"], "separations": [{"label": "near", "fit": fit}]}
        ],
        "arrangements": [
            {"combination": "LiCl Schottky", "role": "near", "label": "near", "atoms": 133, "degeneracy": 324}
        ],
    }
    path = tmp_path / "defects.json"
    path.write_text(json.dumps(record))
    data = read_energies(path)
    assert data.computed and data.engine == "toy" and data.water_reference == "ice"
    assert data.reactions[1].configurations == pytest.approx(324 / 27)  # 133 atoms and two vacancies: 27 formula units
    _, points = conditions_of(temperature="600", coexisting="LiCl")
    study = concentrations(resolve("Li3OCl"), data, points, samples=0)
    pair = study.points[0].amount("{V_Li + V_Cl}").log10_concentration.value
    assert pair == pytest.approx(log10(12) - 0.5 / (8.617333e-5 * 600) / 2.302585, abs=0.01)
    with pytest.raises(InputError, match="not for Na3OCl"):
        concentrations(resolve("Na3OCl"), data, points)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-T", "hot"), "cannot read the temperature"),
        (("--p-h2o", "1e-3..1e-6"), "must ascend"),
        (("--p-h2o", "0..1"), "begin above 0"),
        (("--p-h2o", "1e-6..1e-3", "--halide-deficiency", "0..0.1"), "only one may be"),
        (("--dopant", "magnesium"), "write it as Mg=0.01"),
        (("--coexisting", "LiCl..Li2O", "--halide-deficiency", "0.1"), "closes the crystal"),
        (("--freeze", "V_Cl"), "needs --quench-from"),
        (("--barrier", "V_Li=0.3"), "both barriers"),
        (("--barrier", "V_Li=high"), "cannot read the barrier"),
        (("--dopant", "Mg=2.9", "--coexisting", "LiCl"), "do not fit"),
    ],
)
def test_bad_input_is_one_line(written, arguments, said):
    done = run("concentrations", "Li3OCl", "--energies", written, *arguments)
    assert isinstance(done.exception, InputError)
    assert said in str(done.exception) and "\n" not in str(done.exception)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("source: x\nreactions: []\n", "reactions"),
        ("source: x\n", "has no 'reactions'"),
        ("reactions: [{name: a, energy_eV: 1.0}]\n", "source"),
        ("source: x\nreactions: [{name: a, defects: {V_Li: 1}, energy_eV: much}]\n", "reactions.0.energy_eV"),
        ("source: x\nreactions: [{name: a, defects: {Li_i: 1, V_Li: 1}, energy_eV: 1.0}]\n", "how many places Li_i"),
        ("{", "not valid YAML"),
    ],
)
def test_bad_files_are_named(tmp_path, text, said):
    path = tmp_path / "energies.yaml"
    path.write_text(text)
    done = run("concentrations", "Li3OCl", "--energies", path)
    assert isinstance(done.exception, DataError)
    assert said in str(done.exception)
