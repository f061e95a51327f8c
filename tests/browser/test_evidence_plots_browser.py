"""The evidence pages in a real browser: no network, no errors, points that answer, buttons that work."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from antiperovskite.evidence import conductivities
from antiperovskite.report.evidence_page import write_arrhenius, write_map

pytestmark = pytest.mark.browser
SECONDS = 1000
POINT = """([plot, name]) => {
  const trace = plot._fullData.find(t => t.meta?.kind === "points" && t.name === name);
  const {xaxis, yaxis} = plot._fullLayout;
  const box = plot.getBoundingClientRect();
  const last = trace.x.length - 1;
  return [box.x + xaxis._offset + xaxis.d2p(trace.x[last]), box.y + yaxis._offset + yaxis.d2p(trace.y[last])];
}"""


def opened(context: Any, path: Path) -> Any:
    page = context.new_page()
    page.problems, page.requests = [], []
    page.on("console", lambda m: page.problems.append(m.text) if m.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("request", lambda request: page.requests.append(request.url))
    page.goto(path.as_uri(), timeout=120 * SECONDS)
    page.wait_for_function("document.querySelector('.plotview:not([hidden]) .plot').dataset.drawn === 'yes'")
    return page


@pytest.fixture(scope="module")
def arrhenius(context: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("evidence") / "arrhenius.html"
    write_arrhenius(conductivities(), path)
    return opened(context, path)


@pytest.fixture(scope="module")
def synthesis_map(context: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("evidence") / "map.html"
    write_map(path)
    return opened(context, path)


def quiet(page: Any) -> None:
    """Nothing was fetched and nothing complained, whatever the tests before did."""
    assert page.requests
    assert all(url.startswith(("file:", "data:", "blob:")) for url in page.requests)
    assert [text for text in page.problems if "willReadFrequently" not in text] == []


def hover_text(page: Any, plot: Any, trace: str) -> str:
    x, y = page.evaluate(POINT, [plot.element_handle(), trace])
    page.mouse.move(x + 25, y + 12)
    page.mouse.move(x, y, steps=4)
    box = plot.locator(".hoverlayer .hovertext").first
    box.wait_for(state="visible")
    return str(box.text_content())


def test_a_symbol_answers_with_its_study(arrhenius: Any) -> None:
    plot = arrhenius.locator("[data-figure=figure-arrhenius]")
    text = hover_text(arrhenius, plot, "measured")
    assert "Gao et al. 2021" in text
    assert "S/cm at 373 K" in text


def test_highlighting_fades_the_others_and_comes_back(arrhenius: Any) -> None:
    plot = arrhenius.locator("[data-figure=figure-arrhenius]")
    handle = plot.element_handle()
    full = """plot => plot.data.filter(t => t.meta?.kind === "points")
      .flatMap(t => t.meta.materials.filter((name, k) => (t.marker.opacity?.[k] ?? 1) === 1))"""
    everything = plot.evaluate(full)
    assert len(everything) == 50
    arrhenius.locator("[data-highlight]").select_option("Li2OHCl")
    arrhenius.wait_for_function(f"plot => ({full})(plot).length < 20", arg=handle)
    assert set(plot.evaluate(full)) == {"Li2OHCl"}
    arrhenius.locator("[data-highlight]").select_option("")
    arrhenius.wait_for_function(f"plot => ({full})(plot).length === 50", arg=handle)


def test_the_legend_hides_all_extrapolations_at_once(arrhenius: Any) -> None:
    plot = arrhenius.locator("[data-figure=figure-arrhenius]")
    dashed = "plot => plot._fullData.filter(t => t.meta?.dash === 'dash' && t.visible === true).length"
    assert plot.evaluate(dashed) > 10
    entry = plot.locator(".legend .traces", has_text="extrapolated").locator(".legendtoggle")
    entry.click()
    arrhenius.wait_for_function(f"plot => ({dashed})(plot) === 0", arg=plot.element_handle())
    arrhenius.wait_for_timeout(400)  # a second click within plotly's double-click time would mean something else
    entry.click()
    arrhenius.wait_for_function(f"plot => ({dashed})(plot) > 10", arg=plot.element_handle())


def test_the_temperature_axis_runs_along_with_a_zoom(arrhenius: Any) -> None:
    plot = arrhenius.locator("[data-figure=figure-arrhenius]")
    plot.evaluate("plot => Plotly.relayout(plot, {'xaxis.range': [2.5, 3.5]})")
    arrhenius.wait_for_function(
        "plot => Math.abs(plot._fullLayout.xaxis2.range[0] - 2.5) < 1e-9", arg=plot.element_handle()
    )


def test_the_table_below_holds_the_rows(arrhenius: Any) -> None:
    assert arrhenius.locator("table.rows tbody tr").count() == 50
    quiet(arrhenius)


def test_the_other_radii_are_one_click_away(synthesis_map: Any) -> None:
    shannon = synthesis_map.locator("#view-shannon")
    assert not shannon.is_visible()
    synthesis_map.locator("[data-choose=shannon]").click()
    synthesis_map.wait_for_function("document.querySelector('#view-shannon .plot').dataset.drawn === 'yes'")
    assert shannon.is_visible()
    assert not synthesis_map.locator("#view-thermochemical").is_visible()
    assert synthesis_map.locator("[data-choose=shannon]").get_attribute("aria-pressed") == "true"
    width = shannon.locator(".plot svg.main-svg").first.bounding_box()["width"]
    assert width > 900, "a plot that was hidden when the page opened fills its card"
    synthesis_map.locator("[data-choose=thermochemical]").click()
    assert not shannon.is_visible()


def test_a_composition_answers_with_its_works(synthesis_map: Any) -> None:
    plot = synthesis_map.locator("#view-thermochemical .plot")
    # the points of this trace stand alone; where two compositions coincide either may answer
    text = hover_text(synthesis_map, plot, "predicted only")
    assert ", predicted" in text
    assert re.search(r"(et al\.|and \w+) 20\d\d", text), text


def test_the_map_is_quiet_and_never_scrolls_sideways(synthesis_map: Any) -> None:
    synthesis_map.set_viewport_size({"width": 420, "height": 800})
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    synthesis_map.wait_for_function(f"{wide} <= 0")  # plotly draws anew a moment after the window changed
    quiet(synthesis_map)
