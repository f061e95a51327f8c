"""``antiperovskite refine`` and ``identify``: JSON, plots, contaminants, and one line for wrong input."""

from __future__ import annotations

import json

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from antiperovskite.cli.commands import attach
from antiperovskite.diffraction import powder_pattern
from antiperovskite.errors import InputError
from antiperovskite.stability.phases import build_phase, reference_phases


@pytest.fixture(scope="module")
def scan(tmp_path_factory):
    truth = powder_pattern(
        build_phase(reference_phases()["LiCl-rocksalt"]), two_theta=(20.0, 80.0), step=0.04, b_iso=1.0
    )
    counts = np.random.default_rng(0).poisson(40.0 * np.array(truth.profile) + 80.0)
    path = tmp_path_factory.mktemp("scan") / "scan.xy"
    np.savetxt(path, np.column_stack([truth.two_theta, counts]), fmt="%.4f %d")
    return path


def run(*arguments):
    app = typer.Typer()
    attach(app)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_refine_as_json_with_a_plot(scan, tmp_path):
    page = tmp_path / "fit.html"
    done = run("refine", scan, "--phase", "LiCl", "--radiation", "cu-ka1", "--plot", page, "--json")
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    assert data["phases"][0]["lattice"]["a"]["value"] == pytest.approx(5.13, abs=0.02)
    assert data["agreement"]["gof"]["value"] < 1.3
    text = page.read_text(encoding="utf-8")
    assert "Plotly.newPlot" in text and 'src="http' not in text and "difference" in text


def test_identify_names_the_phase_and_what_it_could_not_check(scan):
    done = run("identify", scan, "--candidates", "LiCl", "-r", "cu-ka1", "--json")
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    assert [phase["name"] for phase in data["present"]] == ["LiCl"]
    assert "Li4(OH)3Cl" in [item["name"] for item in data["not_checked"]]


def test_wrong_input_is_an_input_error(scan, tmp_path):
    bad = tmp_path / "bad.xy"
    bad.write_text("1\n2\n3\n", encoding="utf-8")
    cases = [
        ("refine", tmp_path / "none.xy", "-p", "LiCl"),
        ("refine", bad, "-p", "LiCl"),
        ("refine", scan, "-p", "Zz3"),
        ("refine", scan, "-p", "LiCl", "-r", "gamma"),
        ("refine", scan, "-p", "LiCl", "-r", "cu-ka", "-w", "1.5"),
        ("refine", scan, "-p", "LiCl", "-r", "neutron"),
        ("refine", scan, "-p", "LiCl", "--occupancy", "Li1"),
        ("refine", scan, "-p", "LiCl", "--pawley", "NaCl"),
        ("refine", scan, "-p", "LiCl", "--two-theta", "100", "120"),
        ("identify", scan, "--candidates", " , "),
    ]
    for case in cases:
        done = run(*case)
        assert isinstance(done.exception, InputError), (case, done.exception)
        assert "\n" not in str(done.exception)
