"""Hops of a conductivity page in a real browser: they move, stop, follow the slider, and rest for who asked for it."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from antiperovskite.report.conductivity_page import write_conductivity
from antiperovskite.transport.study import study_of_folder
from antiperovskite.transport.study.model import Hop, HopClip, StudyScenes

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory, load_module: Any) -> tuple[Path, str]:
    runs: ModuleType = load_module("transport/ladder_runs.py")
    folder = tmp_path_factory.mktemp("hops")
    runs.write_run(folder / "runs" / "900K", 900.0, frames=300)
    study = study_of_folder(folder / "runs", "Li3OCl")
    # the ion goes along x all the time: whether the picture moves does not depend on when one looks
    hops = tuple(Hop(ion=1, leave=20 * k, arrive=20 * k + 19, step=(0.2, 0.0, 0.0)) for k in range(4))
    clip = HopClip(
        temperature_K=900.0, frame_ps=0.1, start_ps=0.0, n_frames=80, symbols=("O", "Li"), hops=hops, source="toy",
        cell=((8.0, 0.0, 0.0), (0.0, 8.0, 0.0), (0.0, 0.0, 8.0)), places=((0.5, 0.5, 0.5), (0.1, 0.5, 0.5)),
    )  # fmt: skip
    scenes = StudyScenes(temperature_K=900.0, density=study.scenes.density if study.scenes else None, clip=clip)
    write_conductivity(study.model_copy(update={"scenes": scenes}), folder / "page.html", shipped=True)
    return folder / "page.html", ".hops"


def test_hops_move_stop_and_respect_reduced_motion(moving: Any) -> None:
    page = moving.page
    button = page.locator(".card:has(.hops) button.toggle")
    assert moving.moves() is not moving.reduced
    assert button.inner_text() == ("play" if moving.reduced else "pause")
    button.click()
    moving.settle()
    assert moving.moves() is moving.reduced
    slider = page.locator(".card:has(.hops) input[type=range]")
    slider.fill("79")  # whoever takes the slider wants to look: it stops
    moving.settle()
    assert button.inner_text() == "play" and moving.moves() is False
    assert slider.input_value() == "79" and page.locator(".card:has(.hops) output").inner_text() == "7.90 ps"
    assert moving.problems == []
