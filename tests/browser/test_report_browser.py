"""The page in a real browser: no network, no errors, a crystal that turns, plots that zoom, files that download."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from antiperovskite.report.page import write_report

pytestmark = pytest.mark.browser
CAMERA = "plot => JSON.stringify(plot._fullLayout.scene._scene.getCamera().eye)"
SECONDS = 1000
# What software WebGL and plotly.js say about their own speed; neither is the page's doing.
DRIVER_NOTES = ("GPU stall", "GL Driver", "willReadFrequently")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, sample: ModuleType) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report([sample.li3ocl_assessment(), sample.li2ohcl_assessment()], path)
    return path


@pytest.fixture(scope="module")
def page(context: Any, report: Path) -> Iterator[Any]:
    """One page for the module: software WebGL makes every opening slow."""
    page = context.new_page()
    page.problems = []
    page.requests = []
    page.on("console", lambda m: page.problems.append(m.text) if m.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("request", lambda request: page.requests.append(request.url))
    page.goto(f"{report.as_uri()}#Li3OCl", timeout=120 * SECONDS)
    page.wait_for_function("document.documentElement.dataset.ready === 'yes'", timeout=120 * SECONDS)
    return page


def shown(page: Any, selector: str) -> Any:
    """Scroll a plot into view and return it once it is drawn."""
    plot = page.locator(selector)
    plot.scroll_into_view_if_needed()
    page.wait_for_function("e => e.dataset.drawn === 'yes'", arg=plot.element_handle())
    return plot


def test_drag_turns_the_crystal(page: Any) -> None:
    scene = shown(page, "#Li3OCl .scene")
    before = scene.evaluate(CAMERA)
    box = scene.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    for step in range(1, 6):
        page.mouse.move(box["x"] + box["width"] / 2 + 25 * step, box["y"] + box["height"] / 2 + 8 * step)
        page.wait_for_timeout(120)
    page.mouse.up()
    page.wait_for_function(
        "([plot, before]) => JSON.stringify(plot._fullLayout.scene._scene.getCamera().eye) !== before",
        arg=[scene.element_handle(), before],
    )


def test_arrow_keys_and_axis_buttons_turn_it_too(page: Any) -> None:
    scene = shown(page, "#Li3OCl .scene")
    page.locator("#Li3OCl [data-camera=a]").click()
    page.wait_for_function(
        "plot => { const {x, y, z} = plot._fullLayout.scene._scene.getCamera().eye;"
        " return x > 0.5 && Math.abs(y) < 1e-6 && Math.abs(z) < 1e-6; }",
        arg=scene.element_handle(),
    )
    scene.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "plot => Math.abs(plot._fullLayout.scene._scene.getCamera().eye.y) > 0.05", arg=scene.element_handle()
    )


def test_octahedra_can_be_hidden(page: Any) -> None:
    scene = shown(page, "#Li3OCl .scene")
    visible = "plot => plot._fullData.filter(t => t.meta?.group === 'octahedra').map(t => t.visible)"
    assert scene.evaluate(visible) == [True, True]
    page.locator("#Li3OCl [data-toggle=octahedra]").click()
    page.wait_for_function(
        "plot => plot._fullData.filter(t => t.meta?.group === 'octahedra').every(t => t.visible === false)",
        arg=scene.element_handle(),
    )
    assert page.locator("#Li3OCl [data-toggle=octahedra]").get_attribute("aria-pressed") == "false"


def test_switching_the_structure_keeps_what_was_hidden(page: Any) -> None:
    scene = shown(page, "#Li3OCl .scene")
    atoms = "plot => plot._fullData.filter(t => t.meta?.group === 'atoms').reduce((n, t) => n + t.x.length, 0)"
    few = scene.evaluate(atoms)
    page.locator("#Li3OCl [data-scene$=network]").click()
    page.wait_for_function(f"([plot, few]) => ({atoms})(plot) > 3 * few", arg=[scene.element_handle(), few])
    hidden = "plot => plot._fullData.filter(t => t.meta?.group === 'octahedra').every(t => t.visible === false)"
    assert scene.evaluate(hidden)


def test_pattern_zooms_and_hovers(page: Any) -> None:
    plot = shown(page, "#Li3OCl .pattern-plot")
    page.wait_for_timeout(500)
    before = plot.evaluate("plot => plot._fullLayout.xaxis.range.slice()")
    area = plot.locator(".plot-container .nsewdrag").first.bounding_box()
    row = area["y"] + area["height"] / 2
    page.mouse.move(area["x"] + area["width"] * 0.2, row)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] * 0.5, row, steps=6)
    page.mouse.up()
    page.wait_for_function("plot => plot._fullLayout.xaxis.range[0] > 20", arg=plot.element_handle())
    after = plot.evaluate("plot => plot._fullLayout.xaxis.range.slice()")
    assert after[1] - after[0] < 0.5 * (before[1] - before[0])
    # Hover over the tick mark of a reflection inside the new range.
    spot = plot.evaluate(
        """plot => {
          const ticks = plot._fullData.find(t => t.meta?.kind === "ticks");
          const {xaxis, yaxis} = plot._fullLayout;
          const angle = ticks.x.find(x => x > xaxis.range[0] + 1 && x < xaxis.range[1] - 1);
          const box = plot.getBoundingClientRect();
          return [box.x + xaxis._offset + xaxis.d2p(angle), box.y + yaxis._offset + yaxis.d2p(ticks.y[0])];
        }"""
    )
    page.mouse.move(spot[0] + 6, spot[1] + 3)
    page.mouse.move(spot[0], spot[1], steps=4)
    tooltip = plot.locator(".hoverlayer .hovertext")
    tooltip.wait_for(state="visible")
    assert "multiplicity" in tooltip.text_content()


def test_patterns_line_up_against_q(page: Any) -> None:
    plot = shown(page, "#Li3OCl .pattern-plot")
    page.locator("#Li3OCl button[data-axis=q]").click()
    page.wait_for_function("plot => plot._fullLayout.xaxis.range[1] < 15", arg=plot.element_handle())
    first = plot.evaluate("plot => plot._fullData.filter(t => t.meta?.kind === 'ticks').map(t => t.x[0])")
    assert first[0] == pytest.approx(first[1], rel=1e-4), "X-ray and neutron lines of one lattice share their Q"


@pytest.mark.parametrize("kind", ["cif", "json", "csv", "bib"])
def test_downloads_hold_what_they_say(page: Any, kind: str, tmp_path: Path, sample: ModuleType) -> None:
    page.evaluate("window.scrollTo({top: 0, behavior: 'instant'})")
    with page.expect_download() as waiting:
        page.locator(f"#Li3OCl [data-download={kind}]").click()
    download = waiting.value
    target = tmp_path / download.suggested_filename
    download.save_as(target)
    text = target.read_text(encoding="utf-8")
    if kind == "cif":
        from pymatgen.core import Structure

        structure = Structure.from_str(text, fmt="cif")
        assert structure.composition.reduced_formula == "Li3ClO"
        assert structure.lattice.a == pytest.approx(3.91)
    elif kind == "json":
        from antiperovskite.assessment.model import Assessment

        Assessment.model_validate_json(text)
        assert json.loads(text) == json.loads(sample.li3ocl_assessment().model_dump_json())
    elif kind == "csv":
        lines = text.splitlines()
        points = sum(len(p.two_theta) for p in sample.li3ocl_assessment().patterns)
        assert len(lines) == points + 2
        assert lines[1] == "label,two_theta_degree,intensity_percent"
    else:
        assert "@article{zhao2012," in text


def test_provenance_opens_with_the_keyboard(page: Any) -> None:
    page.evaluate("window.scrollTo({top: 0, behavior: 'instant'})")
    summary = page.locator("#Li3OCl .tile .prov > summary").first
    summary.focus()
    page.keyboard.press("Enter")
    note = page.locator("#Li3OCl .tile .prov .pop").first
    note.wait_for(state="visible")
    assert "test fixture, invented" in note.text_content()
    page.keyboard.press("Escape")
    note.wait_for(state="hidden")


def test_notes_stay_inside_the_window_even_in_tables_that_scroll(page: Any) -> None:
    size = page.viewport_size
    for selector in (".tile .prov", "td .cite"):
        note = page.locator(f"#Li3OCl {selector}").first
        note.scroll_into_view_if_needed()
        page.wait_for_timeout(300)
        note.locator("summary").click()
        # it is moved into the window by the event that follows opening
        inside = "e => { const b = e.getBoundingClientRect(); return b.left >= 0 && b.right <= innerWidth }"
        page.wait_for_function(inside, arg=note.locator(".pop").element_handle(), timeout=5 * SECONDS)
        box = note.locator(".pop").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= size["width"]
        assert box["y"] >= 0 and box["y"] + box["height"] <= size["height"]
        page.keyboard.press("Escape")


def test_tabs_draw_a_formula_only_when_it_is_opened(page: Any) -> None:
    other = page.locator("#Li2OHCl .scene")
    assert other.get_attribute("data-drawn") is None
    page.locator("[data-tab=Li2OHCl]").click()
    shown(page, "#Li2OHCl .scene")
    assert not page.locator("#Li3OCl .scene").is_visible()


def test_narrow_window_never_scrolls_sideways(page: Any) -> None:
    page.set_viewport_size({"width": 400, "height": 800})
    # plotly draws anew a moment after the window changed
    page.wait_for_function("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    map_plot = shown(page, "#Li2OHCl [data-figure$=map]")
    assert map_plot.bounding_box()["height"] > 400, "a plot keeps its height when the window changes"


def test_nothing_was_fetched_and_nothing_complained(page: Any, report: Path) -> None:
    """Last on purpose: it judges everything the tests above did."""
    local = [url for url in page.requests if url.startswith(("file:", "data:", "blob:"))]
    assert page.requests and page.requests == local
    assert [url for url in page.requests if url.startswith("file:")] == [report.as_uri()]
    assert [text for text in page.problems if not any(note in text for note in DRIVER_NOTES)] == []
