"""The command: contract, page, table and errors."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from antiperovskite.cli.commands import attach
from antiperovskite.errors import DataError, OptionError
from antiperovskite.landscape.model import Landscape


def run(*arguments: str):
    app = typer.Typer()
    attach(app)
    return CliRunner().invoke(app, ["landscape", *arguments])


def test_json_page_and_table(tmp_path):
    page, table = tmp_path / "page.html", tmp_path / "rates.yaml"
    result = run("Li3OCl", "--resolution", "0.3", "--json", "--html", str(page), "--table", str(table))
    assert result.exit_code == 0
    found = Landscape.model_validate(json.loads(result.stdout))
    assert found.ion == "Li" and found.thresholds[2].energy.value > 0
    assert "screening" in found.thresholds[2].energy.method and found.octahedron_volume.value > 5
    text = page.read_text()
    assert "isosurface" not in text.lower()[:200] and "mesh3d" in text and "http" not in text.split("<script")[0]
    from antiperovskite.kinetics import read_rate_table

    rates = read_rate_table(table)
    assert rates.lengths[0].barrier_eV == pytest.approx(found.hops[0].barrier.value, abs=1e-3)
    assert "uncalibrated" in rates.source


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        (("Li2OHCl",), DataError, "OH as a whole"),
        (("Li3OCl", "--ion", "K"), OptionError, "not a cation"),
        (("no.cif",), OptionError, "cannot read"),
    ],
)
def test_bad_input(arguments, kind, text):
    result = run(*arguments)
    assert isinstance(result.exception, kind) and text in str(result.exception)
