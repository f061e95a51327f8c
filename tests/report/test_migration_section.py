"""The part of the report about defects and hops. Every number is invented (carriers_sample)."""

from __future__ import annotations

import base64
import json
import re
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from antiperovskite.assessment.balance import assess_balance
from antiperovskite.composition import resolve
from antiperovskite.quantity import NotComputed
from antiperovskite.report.balance_chart import balance_figure
from antiperovskite.report.barrier_plot import curve, profile_figure, size_figure
from antiperovskite.report.defect_bars import binding_figure, energy_figure
from antiperovskite.report.migration_section import PATHS, hop_rows, moving_hops
from antiperovskite.report.page import render_report
from antiperovskite.report.path_scene import PathFrames, octahedra, path_scene, view_of


@pytest.fixture(scope="module")
def html(sample: ModuleType, carriers: ModuleType) -> str:
    found, energies = carriers.migration(), carriers.defects()
    balance = assess_balance(resolve("Li3OCl"), energies, found)
    assert balance.found is not None, balance.reason
    full = sample.li3ocl_assessment(migration=found, defects=energies, carrier_balance=balance.found)
    bare = sample.li2ohcl_assessment(
        not_defined={"migration": "none ship: run antiperovskite migrate Li2OHCl", "defects": "run defects Li2OHCl"}
    )
    return render_report([full, bare])


def section(html: str, name: str) -> str:
    start = html.index(f'id="{name}-migration"')
    return html[start : html.index("</section>", start)]


def test_profiles_scenes_bars_and_balance_are_valid_figures(html: str) -> None:
    import plotly.graph_objects as go

    text = section(html, "Li3OCl")
    names = re.findall(r'data-figure="fig-Li3OCl-([\w-]+)"', text)
    assert names == ["profile-vacancy", "profile-dumbbell", "size", "defects", "binding", "balance"]
    scripts = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', text, re.DOTALL)
    figures = [json.loads(item) for item in scripts]
    figures = [figure for figure in figures if "data" in figure]
    assert len(figures) == len(names) + 2, "two hops can be looked at"
    for figure in figures:
        go.Figure(json.loads(json.dumps(_plain(figure))))  # raises on any unknown or wrong property


def _plain(value: Any) -> Any:
    if isinstance(value, dict) and "bdata" in value:
        return np.frombuffer(base64.b64decode(value["bdata"]), dtype=value["dtype"]).astype(float).tolist()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return re.sub(r"var\(--[\w-]+\)", "#123456", value) if isinstance(value, str) else value


def test_tables_hold_every_barrier_failure_and_published_value(html: str) -> None:
    text = section(html, "Li3OCl")
    assert text.count("not computed") >= 2 and "the ends are &lt;one&gt; minimum" in text
    assert "fixture: no &lt;path&gt;" in text and "fixture &lt;note&gt; on defects" in text
    for works in ("Emly", "Mouta"):
        assert works in text
    assert "LiCl</sub>" not in text and "<td>Li Frenkel</td>" in text


def test_where_nothing_is_known_the_commands_stand(html: str) -> None:
    text = section(html, "Li2OHCl")
    assert "antiperovskite migrate Li<sub>2</sub>OHCl" in text and "plot" not in text


def test_published_values_are_a_band_with_their_sources(carriers: ModuleType) -> None:
    figure = profile_figure(carriers.migration(), "dumbbell")
    assert figure is not None
    [band] = [shape for shape in figure["layout"]["shapes"] if shape["type"] == "rect"]
    assert (band["y0"], band["y1"]) == (0.13, 0.17)
    [note] = figure["layout"]["annotations"]
    assert "Emly" in note["text"] and "Mouta" in note["text"]
    bare = profile_figure(carriers.migration(published=()), "dumbbell")
    assert bare is not None and bare["layout"]["shapes"] == []
    assert profile_figure(carriers.migration(), "cooperative") is None


def test_a_bound_is_a_line_and_says_below(carriers: ModuleType) -> None:
    found = carriers.migration()
    one = found.published[0].model_copy(update={"bound": True, "mechanism": "vacancy"})
    figure = profile_figure(found.model_copy(update={"published": (one,)}), "vacancy")
    assert figure is not None and [shape["type"] for shape in figure["layout"]["shapes"]] == ["line"]
    assert "below 0.17 eV" in figure["layout"]["annotations"][0]["text"].replace("<br>", " ")


def test_the_curve_goes_through_every_image_and_never_above_the_saddle(carriers: ModuleType) -> None:
    barrier = carriers.barrier(0.3, 3)
    x, y = curve(barrier)
    for share, energy in zip(barrier.fractions, barrier.energies, strict=True):
        assert y[x.index(share)] == pytest.approx(energy, abs=1e-5)
    assert max(y) == pytest.approx(0.3) and min(y) == pytest.approx(0.0)


def test_size_is_drawn_only_where_there_are_two(carriers: ModuleType) -> None:
    figure = size_figure(carriers.migration())
    assert figure is not None
    assert [(t["name"], len(t["x"])) for t in figure["data"]] == [("vacancy 1", 2)]
    assert size_figure(carriers.migration(studies=(carriers.study(carriers.barrier(0.3, 3)),))) is None


def test_rows_put_the_larger_cell_first(carriers: ModuleType) -> None:
    rows = hop_rows(carriers.migration())
    assert [(r.hop.mechanism, r.hop.number, [b.supercell[0] for b in r.barriers]) for r in rows] == [
        ("vacancy", 1, [3, 2]),
        ("vacancy", 2, [3]),
        ("dumbbell", 1, [3]),
    ]


def test_a_path_of_other_energies_is_not_shown(carriers: ModuleType) -> None:
    found = carriers.migration()
    wrong = tuple(p.model_copy(update={"energies": (0.0, 0.1, 0.2, 0.1, 0.0)}) for p in found.paths)
    assert moving_hops(found.model_copy(update={"paths": wrong}), {"O": 1.0}) == []
    assert [h.title for h in moving_hops(found, {"O": 1.0})] == ["Vacancy hop 1", "Dumbbell hop 1"]
    assert PATHS >= 2


def test_scene_ends_where_the_path_ends_and_octahedra_keep_their_corners(carriers: ModuleType) -> None:
    barrier = carriers.barrier(0.3, 3)
    path = carriers.path_of(barrier)
    frames = PathFrames(path, barrier.fractions)
    assert frames.positions[0] == pytest.approx(np.array(path.images[0]))
    assert frames.positions[-1] == pytest.approx(np.array(path.images[-1]))
    solids = octahedra(path, "O")
    assert solids and all(len(corners) == 6 for corners in solids.values())
    assert not {corner for corners in solids.values() for corner in corners} & set(path.movers)
    along = frames.positions[-1, path.movers[0]] - frames.positions[0, path.movers[0]]
    cosine = abs(view_of(frames) @ along) / np.linalg.norm(view_of(frames)) / np.linalg.norm(along)
    assert cosine < 0.3, "seen from the side"
    figure, moves = path_scene(path, barrier.fractions, "O")
    assert moves["ions"] == len(path.symbols) and len(moves["labels"]) == moves["frames"]
    owners = [trace["meta"] for trace in figure["data"] if "meta" in trace]
    assert any(meta["each"] == 1 for meta in owners), "the octahedra follow their corners"


def test_no_centre_no_octahedra(carriers: ModuleType) -> None:
    path = carriers.path_of(carriers.barrier(0.3, 3))
    assert octahedra(path, "") == {} == octahedra(path, "S")


def test_bars_apart_are_per_defect_bound_ones_of_the_cluster_and_dopants_for_themselves(carriers: ModuleType) -> None:
    items = carriers.defects().studies[0].combinations
    energies, binding = energy_figure(items), binding_figure(items)
    assert energies is not None and binding is not None
    apart = next(trace for trace in energies["data"] if trace["name"] == "far apart, per defect")
    bound = next(trace for trace in energies["data"] if trace["name"] == "bound, the cluster")
    assert bound["x"] == [item.bound.energy.value for item in items if item.bound is not None and item.kind != "dopant"]
    assert apart["x"] == pytest.approx([0.6, 0.75]) and apart["error_x"]["array"] == pytest.approx([0.02, 0.02])
    assert binding["data"][0]["x"] == [-0.2] and "Mg" in binding["data"][0]["y"][0]
    assert energy_figure(items[2:]) is None and binding_figure(items[:2]) is None


def test_balance_adds_up_to_all_and_bars_stay_within(carriers: ModuleType) -> None:
    found = assess_balance(resolve("Li3OCl"), carriers.defects(), carriers.migration()).found
    assert found is not None
    figure = balance_figure(found)
    assert not isinstance(figure, NotComputed)
    vacancies, interstitials = figure["data"]
    assert vacancies["name"] == "Li vacancies" and vacancies["x"][0] == 300.0
    assert np.array(vacancies["y"]) + np.array(interstitials["y"]) == pytest.approx(100.0, abs=0.01)
    for trace in figure["data"]:
        y, up, down = (np.array(v) for v in (trace["y"], trace["error_y"]["array"], trace["error_y"]["arrayminus"]))
        assert (y + up <= 100.01).all() and (y - down >= -0.01).all() and (up > 0).all()
    assert "conduction" in figure["layout"]["yaxis"]["title"]["text"]
    numbers = assess_balance(resolve("Li3OCl"), carriers.defects(), None).found
    assert numbers is not None
    without = balance_figure(numbers)
    assert not isinstance(without, NotComputed) and "of the carriers" in without["layout"]["yaxis"]["title"]["text"]
