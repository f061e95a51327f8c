"""``antiperovskite kmc`` and ``percolate``: JSON, pages, exit codes."""

from __future__ import annotations

import json
from math import exp

import pytest
import typer
from typer.testing import CliRunner

from antiperovskite.cli.commands import attach
from antiperovskite.errors import InputError
from antiperovskite.units import BOLTZMANN_EV_PER_K


def run(*arguments):
    app = typer.Typer()
    attach(app)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_kmc_gives_the_barrier_back_as_activation_energy(tmp_path):
    page = tmp_path / "kmc.html"
    done = run(
        "kmc", "Li3OCl", "--barrier", 0.30, "--attempt-THz", 10, "--vacancies", 0.03, "-T", "500..900/200",
        "--sites", 400, "--frames", 800, "--out", page, "--json",
    )  # fmt: skip
    assert done.exit_code == 0, (done.output, done.exception)
    data = json.loads(done.stdout)
    assert "given by the user, not computed" in data["barriers"][0]["method"]
    energy = data["diffusion_arrhenius"]["activation_energy"]
    assert abs(energy["value"] - 0.30) < 3 * energy["uncertainty"] + 1e-3
    first = data["runs"][0]
    expected = 8 * 10.0 * exp(-0.30 / (BOLTZMANN_EV_PER_K * 500)) * (1 - first["carrier_fraction"]["value"])
    assert first["hop_rate"]["value"] == pytest.approx(expected, rel=0.01)
    assert 0.6 < first["correlation_factor"]["value"] < 0.75
    text = page.read_text(encoding="utf-8")
    assert "not computed (command line)" in text and "http://" not in text.split("<table>")[1]


def test_kmc_with_a_file_of_energies(tmp_path):
    table = tmp_path / "rates.yaml"
    table.write_text(
        "source: test numbers\nattempt_THz: 10\nenvironments_eV: {Cl-Cl: 0.33, Br-Cl: 0.30, Br-Br: 0.31}\n"
        "pair_energy_eV: 0.02\ntraps: {Mg: {fraction: 0.02, charge: 2, binding_eV: 0.1}}\n"
    )
    done = run("kmc", "Li3OCl0.5Br0.5", "--interactions", table, "--sites", 300, "--frames", 300, "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    data = json.loads(done.stdout)
    assert sorted(item["value"] for item in data["barriers"]) == [0.30, 0.31, 0.33]
    assert data["runs"][0]["core"] == "n-fold way"
    assert any("Mg" in note for note in data["notes"])


def test_percolate_scans_composition(tmp_path):
    table = tmp_path / "barriers.json"
    table.write_text(json.dumps({"source": "test", "environments_eV": {"Cl-Cl": 0.35, "Br-Cl": 0.3, "Br-Br": 0.32}}))
    page = tmp_path / "percolation.html"
    done = run(
        "percolate", "Li3OCl0.5Br0.5", "--barriers", table, "--scan", 3, "--sites", "300", "--samples", 3,
        "--out", page, "--json",
    )  # fmt: skip
    assert done.exit_code == 0, (done.output, done.exception)
    data = json.loads(done.stdout)
    assert [point["effective_barrier"]["value"] for point in data["points"]] == pytest.approx([0.35, 0.30, 0.32])
    assert "fraction of Br on A" in page.read_text(encoding="utf-8")
    table.write_text(json.dumps({"source": "test", "barrier_eV": 0.3}))
    layered = run("percolate", "Li4OBr2", "--barriers", table, "--sites", "300", "--samples", 2)
    assert layered.exit_code == 3 and "2D" in layered.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("kmc", "Li3OCl", "--attempt-THz", 10), "no barriers"),
        (("kmc", "Li3OCl", "--barrier", -0.3, "--attempt-THz", 10), "zero or more"),
        (("kmc", "Li3OCl", "--barrier", 0.3), "attempt frequency"),
        (("kmc", "Li3OCl", "--barrier", 0.3, "--attempt-THz", 10), "no vacancies"),
        (("kmc", "Li3OCl", "--barrier", 0.3, "--attempt-THz", 10, "--vacancies", 1.5), "fraction"),
        (("kmc", "Li3OCl", "--barrier", 0.3, "--attempt-THz", 10, "--seed", -1, "--vacancies", 0.1), "seed"),
        (("percolate", "Li3OCl", "--barriers", "nowhere.yaml"), "no file"),
    ],
)
def test_bad_options(arguments, said):
    done = run(*arguments)
    assert isinstance(done.exception, InputError)
    assert said in str(done.exception) and "\n" not in str(done.exception)
