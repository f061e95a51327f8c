"""The moving mode of a report in a real browser: it moves, stops, and stands still for who asked for less motion."""

from __future__ import annotations

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
PLOT = "#Li3OCl .motion"


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory, sample: ModuleType) -> tuple[Path, str]:
    study = phonon_study(candidate_structures(resolve("Li3OCl"))[0], get_engine("toy-ionic"), use_cache=False)
    path = tmp_path_factory.mktemp("motion") / "report.html"
    write_report([sample.li3ocl_assessment(phonons=study)], path)
    return path, PLOT


def test_it_moves_stops_and_respects_reduced_motion(moving: Any) -> None:
    section = moving.page.locator('section[aria-labelledby="Li3OCl-vibrations"]')
    button = section.locator("button.toggle").first
    assert moving.moves() is not moving.reduced
    assert button.inner_text() == ("play" if moving.reduced else "pause")
    button.click()
    moving.settle()
    assert moving.moves() is moving.reduced
    if moving.reduced:
        button.click()
        moving.settle()
    still = moving.where()
    section.locator("select").select_option("1")
    moving.settle()
    assert moving.where() != still
    assert moving.problems == []
