"""``antiperovskite diffusion``: JSON contract, page, refusals as exit codes."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from antiperovskite.cli.commands import attach
from antiperovskite.errors import InputError
from antiperovskite.transport import DiffusionRefusedError

_spec = importlib.util.spec_from_file_location("moving_ions", Path(__file__).with_name("moving_ions.py"))
assert _spec is not None and _spec.loader is not None
moving = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(moving)


def run(*arguments):
    app = typer.Typer()
    attach(app)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def stored(path, step, temperature, seed=0):
    from ase import Atoms
    from ase.io import write

    positions = 3.0 * np.array(np.meshgrid(*[np.arange(3)] * 3)).reshape(3, -1).T + step * moving.walks(
        np.random.default_rng(seed), 600, 27
    )
    found = moving.trajectory(positions, cell=30.0)
    frames = [Atoms(found.info.symbols, frame, cell=30.0 * np.eye(3), pbc=True) for frame in found._positions]
    write(path, frames, format="extxyz")
    return path


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.setenv("ANTIPEROVSKITE_TRAJECTORIES", str(tmp_path / "cache"))
    return tmp_path


def test_one_trajectory_as_json_and_page(runs):
    path = stored(runs / "run.xyz", 0.2, 800)
    page = runs / "page.html"
    done = run(
        "diffusion", path, "--species", "Li", "--timestep-ps", 0.1, "--temperature", 800, "--out", page, "--json"
    )
    assert done.exit_code == 0, (done.output, done.exception)
    data = json.loads(done.stdout)
    assert data["species"] == "Li"
    assert data["diffusion_coefficient"]["unit"] == "cm^2/s"
    assert data["diffusion_coefficient"]["value"] == pytest.approx(0.5 * 0.04 / 0.1 * 1e-4, rel=0.15)
    assert data["conductivity"]["unit"] == "S/cm" and data["haven_ratio"]["unit"] == "1"
    assert data["regime"]["kind"] == "diffusive"
    text = page.read_text(encoding="utf-8")
    assert "Haven ratio" in text and "<script src" not in text
    table = run("diffusion", path, "--species", "Li", "--timestep-ps", 0.1)
    assert table.exit_code == 0 and "self diffusion" in table.stdout


def test_a_trapped_species_is_refused_and_a_wrong_one_is_wrong_usage(runs):
    path = stored(runs / "still.xyz", 0.001, 800)
    done = run("diffusion", path, "--species", "Li", "--timestep-ps", 0.1)
    assert isinstance(done.exception, DiffusionRefusedError) and done.exception.exit_code == 1
    done = run("diffusion", path, "--species", "Na", "--timestep-ps", 0.1)
    assert isinstance(done.exception, InputError)
    done = run("diffusion", path, "--species", "Li", "--arrhenius", "nonsense")
    assert isinstance(done.exception, InputError)
