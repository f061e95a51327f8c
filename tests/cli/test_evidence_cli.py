"""``antiperovskite evidence`` on the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from antiperovskite.cli.commands.evidence import app
from antiperovskite.errors import AntiperovskiteError

OWN = """
table: 4
source: lab book 7
citations:
- {key: jones2025, authors: ["B. Jones"], journal: "J. Tests", year: 2025, doi: "10.1000/own.2"}
rows:
- id: jones-1
  formula: Li2OHBr
  citations: [jones2025]
  kind: experiment
  method: impedance
  conductivity: {value: 2.1e-7, unit: S/cm}
  temperature: {value: 25, unit: degC}
"""


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


@pytest.mark.parametrize(
    ("number", "counts", "flagged"), [("1", (37, 18), 7), ("2", (24,), 1), ("3", (11,), 0), ("4", (70,), 34)]
)
def test_whole_tables(number: str, counts: tuple[int, ...], flagged: int) -> None:
    rows = json.loads(run("table", number, "--json").stdout)
    assert len(rows) == sum(counts)
    assert sum(row["flag"] is not None for row in rows) == flagged
    assert all(row["reference"] and row["reference"][0]["year"] for row in rows)
    assert {row["origin"] for row in rows} == {"shipped"}
    text = run("table", number)
    assert text.exit_code == 0
    assert all(f"{count} rows" in text.stdout for count in counts)
    assert ("? marks" in text.stderr) == bool(flagged)


def test_units_are_those_of_the_columns() -> None:
    lattice = json.loads(run("table", "3", "--json").stdout)
    assert {row[axis]["unit"] for row in lattice for axis in "abc" if row[axis]} == {"angstrom"}
    radii = [row for row in json.loads(run("table", "1", "--json").stdout) if row["kind"] == "radii"]
    assert {q["unit"] for row in radii for q in row["thermochemical"]} == {"angstrom"}
    rows = json.loads(run("table", "4", "--json").stdout)
    for name, unit in (("conductivity", "S/cm"), ("temperature", "K"), ("activation_energy", "eV")):
        assert {row[name]["unit"] for row in rows if row[name]} == {unit}


def test_conductivities_of_a_type_near_a_temperature() -> None:
    result = run("conductivities", "--type", "Li2OHCl", "--near", "300", "--within", "20", "--json")
    rows = json.loads(result.stdout)
    assert [row["id"] for row in rows] == ["t4-24", "t4-25", "t4-30", "t4-32", "t4-34"]
    assert all(row["conductivity"]["unit"] == "S/cm" and row["method"] for row in rows)
    assert "without a printed temperature left out" in result.stderr
    measured = json.loads(
        run("conductivities", "-t", "Li2OHCl", "--near", "300", "--kind", "experiment", "--json").stdout
    )
    assert [row["id"] for row in measured] == ["t4-24", "t4-25", "t4-30"]
    text = run("conductivities", "-t", "Li2OHCl", "--near", "300")
    assert "1.2e-8" in text.stdout and "OH on B" in " ".join(text.stdout.split())


def test_no_conductivity_is_an_answer() -> None:
    result = run("conductivities", "-f", "Ag3SI")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no reported conductivity of Ag3SI" in result.stderr


def test_spread() -> None:
    found = json.loads(run("spread", "--json").stdout)
    first = found[0]
    assert first["material"] == "Na3OBH4"
    assert first["decades"]["value"] == pytest.approx(7.2, abs=0.05)
    assert first["values"][0]["extrapolated"] is True
    assert {s["material"] for s in json.loads(run("spread", "--certain", "--json").stdout)} < {
        s["material"] for s in found
    }
    text = run("spread")
    assert "(373 K)" in " ".join(text.stdout.split())
    assert "extrapolated from there" in text.stderr
    assert "no material has two reports" in run("spread", "--near", "900", "--no-extrapolate").stderr


def test_own_rows_show_their_origin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(OWN)
    assert "1 row of table 4, all valid" in run("check", str(path)).stderr
    monkeypatch.setenv("ANTIPEROVSKITE_EVIDENCE", str(path))
    own = json.loads(run("table", "4", "-f", "Li2OHBr", "--json").stdout)[-1]
    assert (own["id"], own["origin"], own["reference"][0]["doi"]) == ("jones-1", str(path), "10.1000/own.2")
    text = run("table", "4", "-f", "Li2OHBr")
    assert "* Li2OHBr" in text.stdout
    assert "registered row (1 row from" in text.stderr
    assert "10.1000/own.2" in run("cite", "jones2025").stdout


def test_a_bad_own_file_fails_with_one_line(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(OWN.replace(", unit: S/cm", ""))
    environment = {**os.environ, "ANTIPEROVSKITE_EVIDENCE": str(path)}
    code = "from antiperovskite.cli import main; main()"
    for command in (["table", "4"], ["spread"], ["check", str(path)]):
        done = subprocess.run(
            [sys.executable, "-c", code, "evidence", *command],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"error: {path}: row 'jones-1': conductivity.unit: Field required\n"


def test_plots_are_offline_pages(tmp_path: Path) -> None:
    page = tmp_path / "plots" / "arrhenius.html"
    result = run("plot", "arrhenius", "-f", "Li3OCl", "-f", "Na3OBH4", "--out", str(page), "--json")
    assert json.loads(result.stdout) == {"plot": str(page), "values": 12}
    text = page.read_text(encoding="utf-8")
    assert "plotly.js v" in text and 'src="http' not in text and '<link rel="stylesheet' not in text
    result = run("plot", "map", "--radii", "shannon", "--out", str(tmp_path / "map.html"))
    assert "(37 compositions)" in result.stderr


def test_tables_for_people_show_approximations_and_doubt() -> None:
    result = run("table", "4", "-f", "Li3SCl0.5(BF4)0.5")
    assert ">0.1" in result.stdout
    assert "?" in result.stdout
    assert "1 row)" in result.stderr
    assert "RT" in run("table", "4", "-f", "Na3OBH4").stdout
    assert "8.9e-6" in run("table", "4", "-f", "Li3OCl").stdout


def test_no_rows_is_an_answer() -> None:
    assert json.loads(run("table", "4", "-f", "Ag3SI", "--json").stdout) == []
    assert "no row for Ag3SI" in run("table", "4", "-f", "Ag3SI").stderr


def test_cite_prints_bibtex() -> None:
    result = run("cite", "zhao2012", "dawson2021", "zhao2012")
    assert result.exit_code == 0
    assert result.stdout.count("@article{") == 2
    assert "doi = {10.1039/d1ta03680g}" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("table", "5"), "table 5 is not entered"),
        (("conductivities", "--kind", "guess"), "allowed are experiment"),
        (("conductivities", "--near", "-3"), "between 0 and"),
        (("conductivities", "--type", "rubbish"), ""),
        (("plot", "map", "--radii", "guess", "--out", "x.html"), "allowed are thermochemical, shannon"),
        (("plot", "map", "--out", "/dev/null/x.html"), "cannot write"),
        (("plot", "arrhenius", "--out", "."), "is a folder"),
        (("plot", "arrhenius", "-f", "Ag3SI"), "nothing to plot of Ag3SI"),
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
