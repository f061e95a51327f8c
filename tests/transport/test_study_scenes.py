"""What a study keeps for looking at: hops that were put in, a density in its own cell; wrapped input refused by all."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from antiperovskite.cli.commands import attach
from antiperovskite.dynamics.trajectory import ArrayTrajectory, opening
from antiperovskite.errors import DataError
from antiperovskite.report.conductivity_page import render_conductivity
from antiperovskite.report.conductivity_scenes import density_view, hops_view
from antiperovskite.report.templating import asset
from antiperovskite.transport import DiffusionRefusedError, diffusion
from antiperovskite.transport.density import ion_density
from antiperovskite.transport.jumps import sites_between
from antiperovskite.transport.jumps.model import JumpStatistics
from antiperovskite.transport.study import study_of_folder
from antiperovskite.transport.study.clip import clip_window, hop_clip
from antiperovskite.transport.study.model import ConductivityStudy, Refused
from antiperovskite.transport.study.records import compact
from antiperovskite.transport.study.scenes import density_map, repeats, study_scenes, unpacked
from antiperovskite.transport.study.sites import jumps_of, octahedron_centre
from antiperovskite.transport.study.size import finite_size_words, size_check
from antiperovskite.transport.study.step import run_of
from antiperovskite.transport.van_hove import van_hove
from antiperovskite.transport.wrapped import shortest_vector

_spec = importlib.util.spec_from_file_location("ladder_runs", Path(__file__).with_name("ladder_runs.py"))
assert _spec is not None and _spec.loader is not None
runs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(runs)

A = 3.9
BASIS = np.array([[0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5], [0.5, 0.5, 0.5], [0, 0, 0]])


def crystal(swing=0.12, frames=400):
    """Li3OCl, 3 x 3 x 3, first X site vacant; the Li beside it goes there at frame 100 and back at frame 200."""
    cells = np.stack(np.meshgrid(*[np.arange(3)] * 3, indexing="ij"), axis=-1).reshape(-1, 1, 3)
    places = A * (cells + BASIS).reshape(-1, 3)
    symbols = np.tile(["Li", "Li", "Li", "O", "Cl"], 27)
    path = np.repeat(places[None], frames, axis=0)
    path[100:200, 1] = places[0]
    path = path + swing * np.random.default_rng(4).standard_normal(path.shape)
    return ArrayTrajectory(path[:, 1:], 3 * A * np.eye(3), symbols[1:].tolist(), 0.1, temperature_K=900.0, source="toy")


def test_hops_that_were_put_in_come_out_as_a_list_and_as_a_picture():
    run = crystal()
    clip = hop_clip(run, {"Li": sites_between(run, "O", "Li")}, 900.0)
    assert clip is not None and clip.n_frames == 200 and clip.symbols.count("Li") == 80
    first, second = clip.hops
    assert first.ion == second.ion and clip.symbols[first.ion] == "Li"
    start = round(clip.start_ps / 0.1)
    assert (first.leave + start, first.arrive + start) == (99, 100)
    assert (second.leave + start, second.arrive + start) == (199, 200)
    assert np.array(first.step) == pytest.approx(-np.array(second.step))
    assert np.linalg.norm(np.array(first.step) @ np.array(clip.cell)) == pytest.approx(A / np.sqrt(2), rel=0.02)
    window = clip_window(clip)
    moved = np.linalg.norm(window.positions - window.positions[0], axis=2)
    assert np.flatnonzero(moved.max(axis=0) > 0.1).tolist() == [first.ion] == list(window.jumped)
    assert moved[first.arrive + 20, first.ion] == pytest.approx(A / np.sqrt(2), rel=0.02)
    assert moved[-1, first.ion] == pytest.approx(0.0, abs=1e-4)
    assert len(clip.model_dump_json()) < 50_000
    view = hops_view(study_scenes(run, ("Li",), "O", 900.0), None)
    assert view is not None and view.on_sites and (view.hops, view.jumped) == (2, 1)


def test_a_run_without_hops_has_no_clip_and_says_so():
    run = crystal()
    still = ArrayTrajectory(run._positions[:90], run.cells(), run.info.symbols, 0.1, temperature_K=900.0, source="toy")
    scenes = study_scenes(still, ("Li",), "O", 900.0)
    assert scenes.clip is None and scenes.density is not None
    assert scenes.notes == ("no moving picture: no ion hops in this run",)
    assert hops_view(scenes, None) is None
    lost = study_scenes(still, ("Na",), "O", 900.0)
    assert lost.density is None and len(lost.notes) == 2 and "no 'Na'" in lost.notes[0]


def test_the_density_lies_in_one_cell_and_survives_packing():
    run = crystal()
    found = density_map(run, "Li", "O", 900.0)
    assert found.fold == (3, 3, 3) and np.array(found.cell) == pytest.approx(A * np.eye(3), abs=1e-6)
    assert len(found.model_dump_json()) < 30_000
    assert np.array(found.framework["O"]) == pytest.approx(np.full((1, 3), 0.25), abs=0.03)
    assert np.array(found.framework["Cl"]) == pytest.approx(np.full((1, 3), 0.75), abs=0.03)
    back = unpacked(found)
    true = ion_density(run, "Li", spacing_angstrom=0.2, fold=(3, 3, 3)).counts
    assert back.counts.shape == true.shape == found.shape
    assert np.sort(back.counts, axis=None) == pytest.approx(np.sort(true, axis=None), rel=0.03)
    assert ((back.counts == 0).sum()) == (true == 0).sum()
    volume = abs(np.linalg.det(back.cell))
    assert back.density().sum() * volume / back.counts.size == pytest.approx(80 / 27, rel=0.01)
    # where they are: at the middles between octahedron centres
    spots = np.argwhere(back.counts > 0.5 * back.counts.max()) / np.array(found.shape)
    sites = 0.25 + np.array([[0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]])
    apart = spots[:, None] - sites
    apart -= np.round(apart)
    near = np.linalg.norm(apart, axis=2)
    assert near.min(axis=1).max() * A < 0.5 and set(near.argmin(axis=1)) == {0, 1, 2}
    drawn = density_view(study_scenes(run, ("Li",), "O", 900.0))
    assert drawn is not None and drawn.drawn == 2
    figure = json.loads(str(drawn.figure))
    assert {"O", "Cl", "Li: 0.1 eV"} <= {trace.get("name") for trace in figure["data"]}
    with pytest.raises(DataError, match="damaged"):
        unpacked(found.model_copy(update={"levels": "AAAA"}))
    with pytest.raises(DataError, match="damaged"):
        unpacked(found.model_copy(update={"shape": (1, 2, 3)}))


def test_a_framework_that_repeats_less_often_is_folded_less():
    cells = np.stack(np.meshgrid(*[np.arange(4)] * 3, indexing="ij"), axis=-1).reshape(-1, 3) / 4
    cell = 4 * A * np.eye(3)
    assert repeats({"O": cells}, cell) == (4, 4, 4)
    assert repeats({"O": cells[1:], "Cl": np.delete(cells + 0.125, 5, axis=0)}, cell) == (4, 4, 4)  # vacancies
    tilted = cells.copy()
    tilted[:, 0] += np.where(np.round(4 * cells[:, 2]) % 2, 1.0, -1.0) * 0.5 / (4 * A)  # zigzag along c
    assert repeats({"O": tilted}, cell) == (4, 4, 2)
    assert repeats({}, cell) == (1, 1, 1)


def test_jump_statistics_of_a_study_are_those_of_the_run():
    found = jumps_of(crystal(), "Li", "O")
    assert isinstance(found, JumpStatistics) and found.n_jumps == 2 and found.n_sites == 81
    assert found.back_jump_probability.unit == "1" and found.survival == found.lengths == ()
    assert found.rate.value == pytest.approx(2 / (80 * 40.0))


def wrapped_run():
    """Walks that were folded back into the cell."""
    rng = np.random.default_rng(5)
    path = 3 * A * rng.random((54, 3)) + np.cumsum(0.2 * rng.standard_normal((500, 54, 3)), axis=0)
    symbols = ["Li"] * 27 + ["O"] * 27
    return ArrayTrajectory(path % (3 * A), 3 * A * np.eye(3), symbols, 0.1, temperature_K=900.0, source="toy")


@pytest.mark.parametrize(
    "ask",
    [
        lambda run: diffusion(run, "Li"),
        lambda run: ion_density(run, "Li"),
        lambda run: van_hove(run, "Li", [1, 10]),
        lambda run: hop_clip(run, {"Li": sites_between(crystal(), "O", "Li")}, 900.0),
        lambda run: jumps_of(run, "Li", None),
    ],
    ids=["diffusion", "density", "van hove", "clip", "jumps"],
)
def test_wrapped_coordinates_are_refused_alike(ask):
    try:
        found = ask(wrapped_run())
        said = found.reason  # a study keeps the row
    except DiffusionRefusedError as error:
        assert error.kind == "wrapped"
        said = str(error)
    assert "more than half the cell, up to frame" in said and "unwrap them" in said


def test_the_jumps_command_refuses_wrapped_coordinates(monkeypatch, tmp_path):
    monkeypatch.setattr(opening, "open_trajectory", lambda *_, **__: wrapped_run())
    app = typer.Typer()
    attach(app)
    done = CliRunner().invoke(app, ["jumps", "any", "-s", "Li", "--out", str(tmp_path / "page.html")])
    assert isinstance(done.exception, DiffusionRefusedError) and done.exception.exit_code == 1
    assert not (tmp_path / "page.html").exists()


@given(st.lists(st.integers(-2, 2), min_size=3, max_size=3), st.floats(0.5, 2.0))
def test_the_shortest_vector_does_not_depend_on_the_choice_of_cell(shear, stretch):
    cell = np.array([[5.0, 0.3, 0.0], [0.0, 6.0, 0.4], [0.2, 0.0, 7.0 * stretch]])
    turned = np.array([[1, shear[0], shear[1]], [0, 1, shear[2]], [0, 0, 1]]) @ cell
    assert shortest_vector(turned) == pytest.approx(shortest_vector(cell))


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Two temperatures that are measured, one that stands still, and a larger cell."""
    out = tmp_path_factory.mktemp("scenes")
    for kelvin in (900.0, 1000.0):
        runs.write_run(out / f"{kelvin:g}K", kelvin, frames=800)
    runs.write_run(out / "1100K", 1100.0, frames=800, still=True)
    runs.write_run(out / "larger" / "1000K", 1000.0, cells=3, frames=600)
    assert octahedron_centre(run_of(out / "900K")[0]) == "O"
    return study_of_folder(out, "Li3OCl", made_by="the command")


def test_scenes_are_of_the_hottest_temperature_that_was_measured(study):
    assert study.scenes is not None and study.scenes.temperature_K == 1000.0
    assert study.scenes.density.fold == (2, 2, 2)
    assert all(step.jumps or step.jumps_refused for step in study.steps)
    (still,) = next(step for step in study.steps if step.temperature_K == 1100.0).jumps
    assert still.n_jumps == 0 and still.rate_intervals[-1].high > 0  # no jump is a bound on the rate, not nothing
    again = ConductivityStudy.model_validate_json(compact(study))
    assert again.scenes.density.levels == study.scenes.density.levels
    assert [len(step.jumps) for step in again.steps] == [len(step.jumps) for step in study.steps]


def test_a_larger_cell_that_gave_nothing_is_named_with_its_reason(study):
    (check,) = study.size_checks
    refused = Refused(species="Li", kind="stopped", reason="the run stopped: atoms lost")
    stopped = check.large.model_copy(update={"results": (), "refused": (refused,)})
    small = next(step for step in study.steps if step.temperature_K == 1000.0)
    assert "atoms lost" in finite_size_words(study.steps, [size_check(small, stopped, "Li")])
    assert "no larger cell was run (--size-check)" in finite_size_words(study.steps, [])


def test_size_and_length_are_spoken_of_with_and_without_a_larger_cell(study):
    assert "Li, 135 against 40 atoms at 1000 K: D ratio" in study.finite_size and "net hops" in study.finite_size
    assert "Finite time: the shortest measured run lasts" in study.finite_size


def test_the_page_shows_the_scenes_and_says_what_did_not_come_with_it(study):
    text = render_conductivity(study, shipped=True)
    assert "figure-density" in text and "two or more ions at once" in text.lower()
    assert "the trajectories, the densities of other temperatures" in text
    assert "the trajectories, the densities of other temperatures" not in render_conductivity(study)
    bare = study.model_copy(update={"scenes": None, "finite_size": ""})
    empty = render_conductivity(bare, shipped=True)
    assert "none came with this study" in empty and 'data-figure="figure-density"' not in empty


def test_a_module_holds_what_it_imports_once_and_needs_no_neighbour():
    for name in ("hops.js", "phonons.js"):
        text = asset(name)
        assert "import {" not in text and "\nexport " not in text
        assert text.count("function play(") == 1 and text.count("function decoded(") == 1
        assert text.index("function play(") < text.index("\nfunction connect")
