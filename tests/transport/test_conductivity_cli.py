"""``antiperovskite conductivity``: JSON contract, page, moving picture, exit codes, bad input, a true ladder."""

from __future__ import annotations

import base64
import importlib.util
import json
import re
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest
import typer
from typer.testing import CliRunner

from antiperovskite.cli.commands import attach
from antiperovskite.composition import resolve
from antiperovskite.dynamics.plan import CellChoice
from antiperovskite.engines import get_engine
from antiperovskite.errors import AntiperovskiteError, FormulaError, InputError, OptionError
from antiperovskite.report.conductivity_plot import law_figure, msd_figure
from antiperovskite.report.hop_scene import hop_scene
from antiperovskite.transport.study import ladder as ladder_module
from antiperovskite.transport.study import run_ladder, shipped_studies
from antiperovskite.transport.study.hops import HopWindow
from antiperovskite.transport.study.ladder import Ladder
from antiperovskite.transport.study.model import ConductivityStudy

_spec = importlib.util.spec_from_file_location("ladder_runs", Path(__file__).with_name("ladder_runs.py"))
assert _spec is not None and _spec.loader is not None
runs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(runs)


def call(*arguments):
    app = typer.Typer()
    attach(app)
    return CliRunner().invoke(app, ["conductivity", *(str(argument) for argument in arguments)])


@pytest.fixture
def walks_for_runs(monkeypatch):
    """Walks in the place of molecular dynamics, for the temperatures that the command asks for."""
    asked = []

    def instead(ladder, engine, out, *, report=None, note=None):
        asked.append((ladder, engine.card.name))
        for kelvin in ladder.temperatures_K:
            if not (out / f"{kelvin:g}K").exists():
                runs.write_run(out / f"{kelvin:g}K", kelvin, frames=800, still=kelvin < 700)
        return []

    monkeypatch.setattr(ladder_module, "run_ladder", instead)
    return asked


def test_a_ladder_as_json_and_page(walks_for_runs, tmp_path):
    words = ("Li3OCl", "-T", "800..1100", "--vacancies", 0.02, "--ps", 40, "--out", tmp_path / "runs")
    done = call(*words, "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    data = json.loads(done.stdout)
    study = ConductivityStudy.model_validate(data)
    assert study.activation_energy.unit == "eV" and abs(study.activation_energy.value - 0.3) < 0.05
    assert [step["temperature_K"] for step in data["steps"]] == [800, 900, 1000, 1100]
    assert any(row["activation_energy"] for row in data["published"])
    assert data["made_by"].startswith("antiperovskite conductivity Li3OCl --temperatures 800,900,1000,1100")
    assert walks_for_runs[0][1] == "lammps:Li3OCl" and walks_for_runs[0][0].cell.vacancies == 0.02
    text = (tmp_path / "runs" / "conductivity.html").read_text(encoding="utf-8")
    assert "<script src" not in text and "Every temperature" in text and "Zhao" in text
    table = call(*words)
    assert table.exit_code == 0 and "activation energy" in table.stdout


def test_a_refused_temperature_gives_exit_code_3_and_all_refused_1(walks_for_runs, tmp_path):
    some = call("Li3OCl", "-T", "600,800,900,1000", "--out", tmp_path / "some")
    assert some.exit_code == 3 and "refused: 600 K" in some.stderr
    none = call("Li3OCl", "-T", "500,600", "--out", tmp_path / "none", "--json")
    assert none.exit_code == 1
    assert json.loads(none.stdout)["activation_energy"]["value"] is None


@pytest.mark.parametrize(
    ("words", "kind", "said"),
    [
        (["Li3OClX"], FormulaError, "Li3OClX"),
        (["Li3OCl", "-T", "hot"], OptionError, "temperature"),
        (["Li3OCl", "--ps", "-1"], OptionError, "picoseconds"),
        (["Li3OCl", "--vacancies", "few"], OptionError, "such as 0.02 or 0.01,0.025,0.05"),
        (["Li3OCl", "--vacancies", "0.02,0.02"], OptionError, "each once"),
        (["Li3OCl", "--vacancies", "0.7"], OptionError, "between 0 and 0.5"),
        (["Li3OCl", "--ensemble", "nve"], OptionError, "nvt or npt"),
        (["Li3OCl", "--seed", "-1"], OptionError, "seed"),
        (["K3OBr"], AntiperovskiteError, "antiperovskite distil K3OBr"),
        (["K3OBr", "--shipped"], AntiperovskiteError, "no conductivity study of K3OBr"),
    ],
)
def test_bad_input_is_one_line_that_says_what_to_do(words, kind, said, tmp_path):
    done = call(*words, "--out", tmp_path / "runs")
    assert isinstance(done.exception, kind), done.exception
    assert said in str(done.exception) and "\n" not in str(done.exception)
    if issubclass(kind, InputError):
        assert done.exception.exit_code == 2
    assert not (tmp_path / "runs").exists()


def test_a_true_ladder_of_a_toy_goes_on_and_checks_its_size(tmp_path):
    engine = get_engine("toy-ionic")
    plan = Ladder(formula="Li3OCl", temperatures_K=(400.0,), cell=CellChoice(supercell="1"), ps=0.1, size_check="2x1x1")
    first = run_ladder(plan, engine, tmp_path / "runs")
    assert [result.status for result in first] == ["complete"] * 2
    assert sorted({result.n_atoms for result in first}) == [5, 10]
    assert (tmp_path / "runs" / "larger" / "400K" / "result.json").is_file()
    again = run_ladder(plan, engine, tmp_path / "runs")
    assert [one.frames for one in again] == [one.frames for one in first]
    with pytest.raises(OptionError, match="give a larger"):
        run_ladder(plan.model_copy(update={"size_check": "1"}), engine, tmp_path / "runs")


def test_a_true_ladder_runs_every_share_in_its_own_folder(tmp_path):
    engine = get_engine("toy-ionic")
    plan = Ladder(
        formula="Li3OCl", temperatures_K=(400.0,), cell=CellChoice(supercell="2", vacancies=0.04), ps=0.1,
        other_shares=(0.0, 0.09),
    )  # fmt: skip
    results = run_ladder(plan, engine, tmp_path / "runs")
    assert [one.n_atoms for one in results] == [38, 40, 36]
    assert (tmp_path / "runs" / "vacancies-0.09" / "400K" / "result.json").is_file()
    same = plan.model_copy(update={"other_shares": (0.05,)})
    with pytest.raises(OptionError, match=r"0.04 and 0.05 leave the same 38 ions"):
        run_ladder(same, engine, tmp_path / "same")


def test_a_true_ladder_of_a_disordered_cell(tmp_path):
    engine = get_engine("toy-ionic")
    disordered = CellChoice(supercell="2x1x1", scattered=True, vacancies=0.0, seed=3)
    plan = Ladder(formula="Li2NaOCl", temperatures_K=(300.0,), cell=disordered, ps=0.1)
    (result,) = run_ladder(plan, engine, tmp_path / "runs")
    assert result.n_atoms == 10
    notes = (tmp_path / "runs" / "unit-cell.json").read_text()
    assert "filled by chance (seed 3)" in notes
    with pytest.raises(OptionError, match="another sample"):
        run_ladder(plan.model_copy(update={"size_check": "3"}), engine, tmp_path / "runs")
    with pytest.raises(OptionError, match="needs the supercell"):
        run_ladder(plan.model_copy(update={"cell": CellChoice(scattered=True)}), engine, tmp_path / "auto")


def test_several_shares_from_the_command_to_the_page(walks_for_runs, tmp_path, monkeypatch):
    def instead(ladder, engine, out, *, report=None, note=None):
        assert ladder.cell.vacancies == 0.04 and ladder.other_shares == (0.12,)
        for name, share, vacancies in ((".", 0.04, 1), ("vacancies-0.12", 0.12, 3)):
            for kelvin in ladder.temperatures_K:
                runs.write_run(out / name / f"{kelvin:g}K", kelvin, vacancies=vacancies, frames=800,
                               scale=share / 0.04)  # fmt: skip

    monkeypatch.setattr(ladder_module, "run_ladder", instead)
    done = call("Li3OCl", "-T", "900,1000", "--vacancies", "0.04,0.12", "--out", tmp_path / "runs", "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    study = ConductivityStudy.model_validate_json(done.stdout)
    assert [law.temperature_K for law in study.share_laws] == [900, 900, 1000, 1000]
    assert all(abs(law.exponent.value - 1) < 0.15 for law in study.share_laws)
    assert "--vacancies 0.04,0.12" in study.made_by
    text = (tmp_path / "runs" / "conductivity.html").read_text(encoding="utf-8")
    assert "Against the share of vacancies" in text and "to the power" in text


def test_figures_are_valid_plotly(walks_for_runs, tmp_path):
    done = call("Li3OCl", "-T", "800,900,1000", "--out", tmp_path / "runs", "--json")
    study = ConductivityStudy.model_validate_json(done.stdout)
    figure = msd_figure(study, "Li")
    assert figure is not None and len(figure["data"]) == 6 and msd_figure(study, "Na") is None
    law = study.law("conductivity of independent ions")
    assert law is not None
    drawn = law_figure(law, study)
    assert any(trace.get("name", "").startswith("published") for trace in drawn["data"])
    for each in (figure, drawn):
        assert "#1b2733" not in json.dumps(each)  # ink follows the theme
        plain = json.loads(re.sub(r"var\(--[\w-]+\)", "#123456", json.dumps(each)))
        go.Figure(plain)


def test_the_moving_picture_holds_every_frame_in_small_numbers():
    rng = np.random.default_rng(3)
    positions = (5 + np.cumsum(0.1 * rng.standard_normal((60, 131, 3)), axis=0)).astype(np.float32)
    window = HopWindow(
        symbols=("Li",) * 79 + ("O",) * 27 + ("Cl",) * 25, positions=positions, cell=11.7 * np.eye(3), frame_ps=0.05,
        start_ps=1.0, jumped=(3, 7), smoothed_ps=0.2, temperature_K=900.0,
    )  # fmt: skip
    scene, moves = hop_scene(window)
    steps = np.frombuffer(base64.b64decode(moves["moves"]["bdata"]), "<i2").reshape(60, 131, 3) * moves["unit"]
    assert np.abs(steps - (positions - positions[0])).max() <= moves["unit"]
    owners = sorted(ion for trace in scene["data"] for ion in trace.get("meta", {}).get("owner", ()))
    assert owners == list(range(131))
    (jumping,) = (trace for trace in scene["data"] if trace["name"] == "Li that jumps")
    assert jumping["meta"]["owner"] == [3, 7]
    assert len(json.dumps([scene, moves])) < 3_000_000


def test_shipped_studies_show_without_running(tmp_path):
    for name in shipped_studies():
        done = call(name, "--shipped", "--page", tmp_path / f"{name}.html", "--json")
        steps = shipped_studies()[name].steps
        measured = [bool(step.results) and not step.refused for step in steps]
        assert done.exit_code == (0 if all(measured) else 3 if any(step.results for step in steps) else 1)
        assert json.loads(done.stdout)["formula"] == resolve(name).formula
        assert (tmp_path / f"{name}.html").is_file()


def test_time_step_and_placement_reach_the_runs(walks_for_runs, tmp_path):
    words = ("Li3OCl", "-T", "900,1000", "--timestep-fs", 2, "--placement", "apart", "--out", tmp_path / "runs")
    done = call(*words, "--json")
    assert done.exit_code in (0, 3), (done.output, done.exception)
    ((ladder, _),) = walks_for_runs
    assert (ladder.timestep_fs, ladder.cell.placement) == (2.0, "apart")
    study = ConductivityStudy.model_validate_json(done.stdout)
    assert "--placement apart --timestep-fs 2" in study.made_by


def test_a_true_ladder_keeps_its_time_step(tmp_path):
    plan = Ladder(
        formula="Li3OCl",
        temperatures_K=(300.0,),
        cell=CellChoice(supercell="2", vacancies=0.0),
        ps=0.1,
        timestep_fs=2.0,
    )
    run_ladder(plan, get_engine("toy-ionic"), tmp_path / "runs")
    assert '"timestep_fs": 2.0' in (tmp_path / "runs" / "300K" / "run.json").read_text(encoding="utf-8")
