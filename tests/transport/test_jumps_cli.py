"""``antiperovskite jumps``: JSON, page, several species, bad input."""

from __future__ import annotations

import json

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from antiperovskite.cli.commands import attach
from antiperovskite.errors import DataError, InputError, StructureError


def run(*arguments):
    app = typer.Typer()
    attach(app)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def hopping(tmp_path, monkeypatch):
    """Li3OCl in a 3 x 3 x 3 cell; one Li goes to the vacant X site beside it and back every 20 frames."""
    from ase import Atoms
    from ase.io import write

    monkeypatch.setenv("ANTIPEROVSKITE_TRAJECTORIES", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    cells = np.stack(np.meshgrid(*[np.arange(3)] * 3, indexing="ij"), axis=-1).reshape(-1, 1, 3)
    basis = np.array([[0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5], [0.5, 0.5, 0.5], [0, 0, 0]])
    symbols = np.tile(["Li", "Li", "Li", "O", "Cl"], 27)
    places = 3.9 * (cells + basis).reshape(-1, 3)
    keep = np.arange(1, 135)  # the first X site is vacant
    frames = []
    for frame in range(200):
        now = places.copy()
        if frame // 20 % 2:
            now[1] = places[0]
        now += 0.12 * rng.standard_normal(now.shape)
        frames.append(Atoms(symbols[keep], now[keep], cell=11.7 * np.eye(3), pbc=True))
    write(tmp_path / "run.xyz", frames, format="extxyz")
    return tmp_path


def test_json_and_page_of_several_species(hopping):
    page = hopping / "jumps.html"
    done = run(
        "jumps", hopping / "run.xyz", "-s", "Li,O", "--sites", "Li3OCl", "--timestep-ps", 0.1, "-T", 800,
        "--rotation", "O-Li", "--out", page, "--json",
    )  # fmt: skip
    assert done.exit_code == 3, (done.output, done.exception)  # the hop breaks an O-Li bond: that part is refused
    data = json.loads(done.stdout)
    assert [item["species"] for item in data["refused"]] == ["O-Li"] and "it broke" in data["refused"][0]["reason"]
    lithium, oxygen = data["species"]
    assert lithium["n_jumps"] == 9 and lithium["n_sites"] == 81 and oxygen["n_jumps"] == 0
    assert lithium["hop_length"]["value"] == pytest.approx(3.9 / np.sqrt(2), rel=1e-6)
    assert lithium["back_jump_probability"]["value"] == 1 and lithium["dimensionality"]["value"] == 0
    assert lithium["rate"]["unit"] == "THz" and oxygen["rate_intervals"][1]["high"] > 0
    text = page.read_text(encoding="utf-8")
    assert "<script src" not in text and "0.1 eV" in text and "van Hove" in text
    table = run("jumps", hopping / "run.xyz", "-s", "Li", "--sites", "between:O", "--timestep-ps", 0.1)
    assert table.exit_code == 0 and "81 sites" in table.stdout.replace("\n", " ")


def test_a_species_without_sites_is_refused_and_the_others_are_done(hopping):
    done = run("jumps", hopping / "run.xyz", "-s", "Li", "--sites", "Li3OBr", "--timestep-ps", 0.1)
    assert isinstance(done.exception, StructureError) and "another compound" in str(done.exception)
    done = run("jumps", hopping / "run.xyz", "-s", "Li", "--radius", 0.9)  # no time between frames: counts only
    assert done.exit_code == 0 or isinstance(done.exception, DataError)


@pytest.mark.parametrize(
    "wrong",
    [
        ("-s", "Na"),
        ("-s", ","),
        ("-s", "Li", "--radius", 5),
        ("-s", "Li", "--sites", "nonsense"),
        ("-s", "Li", "--sites", "between:Xe"),
        ("-s", "Li", "--rotation", "OH"),
        ("-s", "Li", "--window-ps", -1),
        ("-s", "Li", "--distance", 50),
        ("-s", "Li", "--shortest-visit-ps", -1),
    ],
)
def test_bad_options_are_wrong_usage_in_one_line(hopping, wrong):
    done = run("jumps", hopping / "run.xyz", "--timestep-ps", 0.1, *wrong)
    assert isinstance(done.exception, InputError), (done.exception, done.output)
    assert "\n" not in str(done.exception)
