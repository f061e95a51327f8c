"""The moving mode of a report in a real browser: it moves, stops, and stands still for who asked for less motion."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from antiperovskite.composition import resolve
from antiperovskite.engines import get_engine
from antiperovskite.report.page import write_report
from antiperovskite.structures import candidate_structures
from antiperovskite.vibrations import phonon_study

pytestmark = pytest.mark.browser
SECONDS = 1000
PLOT = "#Li3OCl .motion"
WHERE = f"""() => document.querySelector('{PLOT}').data.map(trace => ['x', 'y', 'z'].map(name =>
  trace[name]?.length ? Array.from(trace[name]).reduce((s, v, i) => s + (i % 7 + 1) * (v || 0), 0).toFixed(3) : '')
).join()"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, sample: ModuleType) -> Path:
    study = phonon_study(candidate_structures(resolve("Li3OCl"))[0], get_engine("toy-ionic"), use_cache=False)
    path = tmp_path_factory.mktemp("motion") / "report.html"
    write_report([sample.li3ocl_assessment(phonons=study)], path)
    return path


@pytest.fixture(params=["no-preference", "reduce"])
def page(request: pytest.FixtureRequest, context: Any, report: Path) -> Iterator[Any]:
    page = context.new_page()
    page.emulate_media(reduced_motion=request.param)
    page.reduced = request.param == "reduce"
    page.goto(report.as_uri(), timeout=120 * SECONDS)
    page.locator(PLOT).scroll_into_view_if_needed()
    page.wait_for_function(f"document.querySelector('{PLOT}').dataset.drawn === 'yes'", timeout=120 * SECONDS)
    yield page
    page.close()


def moves(page: Any) -> bool:
    before = page.evaluate(WHERE)
    page.wait_for_timeout(1.5 * SECONDS)
    return bool(page.evaluate(WHERE) != before)


def test_it_moves_stops_and_respects_reduced_motion(page: Any) -> None:
    section = page.locator('section[aria-labelledby="Li3OCl-vibrations"]')
    button = section.locator("button.toggle").first
    assert moves(page) is not page.reduced
    assert button.inner_text() == ("play" if page.reduced else "pause")
    button.click()
    page.wait_for_timeout(SECONDS)  # the step under way ends
    assert moves(page) is page.reduced
    if page.reduced:
        button.click()
        page.wait_for_timeout(SECONDS)
    still = page.evaluate(WHERE)
    section.locator("select").select_option("1")
    page.wait_for_timeout(SECONDS)
    assert page.evaluate(WHERE) != still
