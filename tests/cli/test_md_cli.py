"""``antiperovskite md``: fractions of picoseconds of toy ions, the same again, estimates, wrong input in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from antiperovskite.cli.commands.md import md
from antiperovskite.dynamics.model import RunResult
from antiperovskite.dynamics.trajectory import StoredTrajectory
from antiperovskite.errors import AntiperovskiteError, OptionError

app = typer.Typer()
app.command()(md)
TOY = ("--engine", "toy-ionic", "--supercell", "1", "--frame-ps", "0.002")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("md") / "run"


@pytest.fixture(scope="module")
def done(folder: Path) -> Result:
    return run("Li3OCl", *TOY, "-T", "300", "--ps", "0.02", "--out", folder, "--json")


def test_json_holds_one_result_a_temperature_and_nothing_else_is_on_stdout(done: Result, folder: Path) -> None:
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert list(told) == ["runs"]
    (one,) = told["runs"]
    assert RunResult.model_validate(one).model_dump(mode="json") == one
    assert set(one) == set(RunResult.model_fields)
    assert (one["status"], one["n_atoms"], one["engine"]["name"]) == ("complete", 5, "toy-ionic")
    assert one["simulated"]["value"] >= 0.02 and one["simulated"]["unit"] == "ps"
    assert one["conditions"]["temperature_K"] == 300.0
    assert not one["equilibrated"] and one["equilibration_note"]
    assert one["temperature"]["value"] is None and one["temperature"]["method"]  # too short a run to average
    assert StoredTrajectory(one["trajectory"]).info.n_frames == one["frames"]
    assert "note: " in done.stderr


def test_the_same_command_again_gives_the_same_answer(done: Result, folder: Path) -> None:
    again = run("Li3OCl", *TOY, "-T", "300", "--ps", "0.02", "--out", folder, "--json")
    assert again.exit_code == 0
    assert json.loads(again.stdout) == json.loads(done.stdout)


def test_the_table_for_people_says_that_it_is_not_equilibrated(done: Result, folder: Path) -> None:
    shown = run("Li3OCl", *TOY, "-T", "300", "--ps", "0.02", "--out", folder)
    assert shown.exit_code == 0
    assert "Molecular dynamics" in shown.stdout and "300 K" in shown.stdout
    assert "not equilibrated" in shown.stderr and "trajectory in" in shown.stderr


def test_other_settings_in_the_same_folder_are_refused(done: Result, folder: Path) -> None:
    other = run("Li3OCl", *TOY, "-T", "400", "--ps", "0.02", "--out", folder)
    assert isinstance(other.exception, OptionError) and "another run" in str(other.exception)


def test_a_run_that_must_stop_is_a_partial_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from antiperovskite.dynamics import run as module

    def watched(settings: Any, engine: Any, folder: Path, ps: float, **more: Any) -> RunResult:
        more["monitors"] = [lambda frame: "outside the range of the potential" if frame.step >= 10 else None]
        return run_dynamics(settings, engine, folder, ps, **more)

    run_dynamics = module.run_dynamics
    monkeypatch.setattr(module, "run_dynamics", watched)
    stopped = run("Li3OCl", *TOY, "-T", "300", "--ps", "0.5", "--out", tmp_path / "run", "--json")
    assert stopped.exit_code == 3, stopped.output
    (one,) = json.loads(stopped.stdout)["runs"]
    assert one["status"] == "stopped" and one["simulated"]["value"] < 0.1
    assert f"300 K: stopped: {one['reason']}" in stopped.stderr
    assert StoredTrajectory(one["trajectory"]).info.n_frames == one["frames"] > 1


def test_a_dry_run_estimates_and_writes_nothing(tmp_path: Path) -> None:
    told = run("Li3OCl", *TOY, "-T", "300,400", "--ps", "2", "--out", tmp_path / "run", "--dry-run", "--json")
    assert told.exit_code == 0, told.output
    estimates = json.loads(told.stdout)["estimates"]
    assert [one["temperature_K"] for one in estimates] == [300.0, 400.0]
    for one in estimates:
        assert (one["n_atoms"], one["steps"]) == (5, 2000)
        assert one["seconds"] == pytest.approx(one["steps"] * one["seconds_per_step"], rel=0.01)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nonsense!", *TOY), ""),
        (("missing.cif", *TOY), "missing.cif"),
        (("Li3OCl", *TOY, "--ps", "nan"), "positive number of picoseconds"),
        (("Li3OCl", *TOY, "--thermostat", "berendsen"), "berendsen"),
        (("Li3OCl", *TOY, "--supercell", "0"), "cannot read the supercell"),
        (("Li3OCl", *TOY, "--vacancies", "0.9"), "0 to 0.5"),
        (("Li3OCl", *TOY, "--timestep-fs", "-1"), "timestep_fs"),
        (("Li3OCl", *TOY, "-T", "900..300"), "temperature"),
    ],
)
def test_wrong_input_is_one_line(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    failed = run(*arguments, "--out", tmp_path / "run")
    assert isinstance(failed.exception, AntiperovskiteError), failed.exception
    assert words in str(failed.exception) and "\n" not in str(failed.exception)
    assert failed.stdout == "" and failed.exception.exit_code in (1, 2)
    assert run("Li3OCl", "--ps", "many").exit_code == 2
