"""The figures of the evidence pages: every value drawn, in its place, told apart as the page says."""

from __future__ import annotations

import math

import pytest

from antiperovskite.errors import OptionError
from antiperovskite.evidence import compositions, conductivities, select_conductivities
from antiperovskite.report.evidence_map import MAP_RANGE, SCALES, T_RANGE, map_figure, map_points, missing
from antiperovskite.report.evidence_page import write_arrhenius, write_map
from antiperovskite.report.evidence_plots import arrhenius_figure, hover, materials, plottable
from antiperovskite.stability.factors import goldschmidt
from antiperovskite.stability.tolerance import tolerance


def validated(figure) -> None:
    """Let plotly's own validators judge the figure, the page's CSS variables put aside."""
    import json
    import re

    import plotly.graph_objects as go

    plain = json.loads(re.sub(r"var\(--[\w-]+\)", "#123456", json.dumps(figure)))
    go.Figure(data=plain["data"], layout=plain["layout"])


def traces(figure, kind: str):
    return [trace for trace in figure["data"] if trace.get("meta", {}).get("kind") == kind]


def test_every_conductivity_with_a_temperature_is_a_symbol() -> None:
    figure = arrhenius_figure(conductivities())
    validated(figure)
    shown = [(x, y) for trace in traces(figure, "points") for x, y in zip(trace["x"], trace["y"], strict=True)]
    rows = plottable(conductivities())
    assert len(rows) == 50
    assert sorted(shown) == sorted((1000 / row.temperature.value, row.conductivity.value) for row in rows)


def test_measured_computed_and_uncertain_values_are_told_apart() -> None:
    figure = arrhenius_figure(conductivities())
    symbols = {
        trace["name"]: (trace["marker"]["symbol"], trace["marker"]["color"]) for trace in traces(figure, "points")
    }
    assert symbols["measured"][0] == "circle"
    assert symbols["computed"][0] == "diamond"
    assert symbols["measured, reading uncertain"] == ("circle-open", symbols["measured"][1])
    assert symbols["computed, reading uncertain"] == ("diamond-open", symbols["computed"][1])
    assert symbols["measured"][1] != symbols["computed"][1]


def test_lines_go_through_their_row_and_have_its_slope() -> None:
    rows = {row.id: row for row in conductivities()}
    lines = traces(arrhenius_figure(conductivities()), "line")
    assert {trace["meta"]["row"] for trace in lines} == {
        row.id for row in plottable(conductivities()) if row.activation_energy
    }
    for trace in lines:
        row = rows[trace["meta"]["row"]]
        energies = [q.value for q in (row.activation_energy, row.activation_energy_upper) if q]
        start, end = (1000 / trace["x"][k] for k in (0, -1))
        rise = math.log(trace["y"][-1] * end / (trace["y"][0] * start))
        slope = -rise * 8.617333262e-5 / (1 / end - 1 / start)
        assert min(abs(slope - energy) for energy in energies) < 1e-9
        at_row = row.conductivity.value * row.temperature.value
        line = trace["y"][0] * start * math.exp(-slope / 8.617333262e-5 * (1 / row.temperature.value - 1 / start))
        assert line == pytest.approx(at_row)


def test_dashes_begin_where_the_reports_end() -> None:
    figure = arrhenius_figure(select_conductivities("Li3OCl"))
    by_dash = {trace["line"]["dash"]: trace for trace in traces(figure, "line") if trace["meta"]["row"] == "t4-01"}
    assert set(by_dash) == {"solid"}  # 298 to 523 K spans everything
    ends = sorted(1000 / by_dash["solid"]["x"][k] for k in (0, -1))
    assert ends == pytest.approx([298, 523])
    hartwig = [t for t in traces(arrhenius_figure(conductivities()), "line") if t["meta"]["row"] == "t4-16"]
    assert [t["line"]["dash"] for t in hartwig] == ["dash"]
    assert sorted(1000 / hartwig[0]["x"][k] for k in (0, -1)) == pytest.approx([300, 473])


def test_a_printed_range_is_a_fan() -> None:
    fans = traces(arrhenius_figure(conductivities()), "fan")
    assert {trace["meta"]["row"] for trace in fans} == {"t4-10", "t4-17", "t4-44"}


def test_a_printed_range_of_conductivities_is_a_bar_inside_the_plot() -> None:
    figure = arrhenius_figure(select_conductivities("Li3OCl0.5(BH4)0.5"))
    (bar,) = traces(figure, "range")
    assert bar["y"] == [1e-4, 1e-1]
    low, high = figure["layout"]["yaxis"]["range"]
    assert low < -4 < -1 < high


def test_hover_names_study_method_and_flag() -> None:
    row = next(row for row in conductivities() if row.id == "t4-66")
    text = hover(row)
    assert "Ahiavi et al. 2020" in text
    assert "reading uncertain" in text and "did not reproduce" in text.replace("<br>", " ")
    assert "10<sup>−7</sup> S/cm at 373 K" in text
    assert "0.81 eV" in text
    assert "room temperature (298 K)" in hover(next(row for row in conductivities() if row.id == "t4-64"))


def test_nothing_to_plot_is_said(tmp_path) -> None:
    assert arrhenius_figure(()) is None
    with pytest.raises(OptionError, match="nothing to plot of X"):
        write_arrhenius((), tmp_path / "x.html", " of X")
    assert not (tmp_path / "x.html").exists()
    with pytest.raises(OptionError, match="unknown radii"):
        write_map(tmp_path / "x.html", "guess")  # type: ignore[arg-type]


def test_highlighter_offers_what_is_drawn() -> None:
    names = materials(conductivities())
    assert names == sorted(names)
    assert {"Li2OHCl", "Na3OBH4"} <= set(names)
    assert "Li3SI" not in names  # activation energies only


@pytest.mark.parametrize("scale", SCALES)
def test_map_shows_every_composition_that_has_radii(scale: str) -> None:
    figure = map_figure(scale)
    validated(figure)
    drawn = [name for trace in traces(figure, "points") for name in trace["meta"]["ids"]]
    placed = {point.row.id for point in map_points(scale)}
    assert set(drawn) == placed
    assert len(placed) + len(missing(scale)) == len(compositions()) == 37
    assert (scale == "thermochemical") == (missing(scale) == [])
    for point in map_points(scale):
        assert T_RANGE[0] < point.t < T_RANGE[1]
        assert point.t == getattr(tolerance(point.row.formula).goldschmidt, scale).value


def test_ribbons_are_goldschmidts_lines_of_each_b_anion_and_cation() -> None:
    figure = map_figure("thermochemical")
    ribbons = traces(figure, "ribbon")
    pairs = {(trace["meta"]["cation"], trace["meta"]["b"]) for trace in ribbons}
    assert pairs == {(X, B) for X in ("Li", "Na") for B in ("F", "O", "H", "S", "OH")}
    cation = {"Li": 0.76, "Na": 1.02}
    for trace in ribbons:
        low, high = trace["meta"]["r_B"]
        for x, y in zip(trace["x"], trace["y"], strict=True):
            values = [goldschmidt(x, r_B, cation[trace["meta"]["cation"]]) for r_B in (low, high, (low + high) / 2)]
            assert min(abs(y - value) for value in values) < 1e-12


def test_compositions_lie_on_the_ribbon_of_their_b_anion() -> None:
    for scale in SCALES:
        for point in map_points(scale):
            if point.b_ion and not point.formula_note:
                (line,) = [
                    trace
                    for trace in traces(map_figure(scale), "ribbon")
                    if "fill" not in trace
                    and (trace["meta"]["cation"], trace["meta"]["b"]) == (point.cation, point.b_ion)
                ]
                (x0, x1), (y0, y1) = line["x"], line["y"]
                assert y0 + (y1 - y0) * (point.radius - x0) / (x1 - x0) == pytest.approx(point.t, abs=1e-6)


def test_statuses_have_their_own_symbols_and_neutral_keys() -> None:
    figure = map_figure("thermochemical")
    keys = {trace["name"]: trace["marker"]["symbol"] for trace in traces(figure, "key")}
    assert keys["made"] == "circle"
    assert keys["predicted only"] == "diamond-open"
    assert len(set(keys.values())) == len(keys)
    crossed = {name for t in traces(figure, "points") if t["marker"]["symbol"] == "x-thin" for name in t["meta"]["ids"]}
    assert crossed == {row.id for row in compositions() if row.against}
    assert MAP_RANGE == (0.75, 0.9)
