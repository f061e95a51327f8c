"""One headless Chromium for all browser tests of a module, started as scripts/screenshot.py starts it."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SECONDS = 1000


def load(path: Path) -> ModuleType:
    """Import a file by its place: neither the fixtures nor the scripts are packages."""
    spec = importlib.util.spec_from_file_location(f"{path.stem}_for_the_browser", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A browser context, 1280 by 1000 pixels; skipped only where Chromium is missing and this is not CI."""
    screenshot = load(Path(__file__).resolve().parents[2] / "scripts" / "screenshot.py")
    if not Path(screenshot.CHROMIUM).exists() and not os.environ.get("CI"):
        pytest.skip(f"{screenshot.CHROMIUM} is not installed; apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        profile = str(tmp_path_factory.mktemp("profile"))
        context = screenshot.open_report(playwright, profile, 1280, 1000, False, 1.0)
        context.set_default_timeout(90 * SECONDS)
        yield context
        context.close()


# a number for every trace that tells one arrangement of its points from another
WHERE = """plot => document.querySelector(plot).data.map(trace => ['x', 'y', 'z'].map(name =>
  trace[name]?.length ? Array.from(trace[name]).reduce((s, v, i) => s + (i % 7 + 1) * (v || 0), 0).toFixed(3) : '')
).join()"""


class Moving:
    """A page with a moving picture in view, for a reader who does or does not want motion."""

    def __init__(self, context: Any, page: Path, plot: str, motion: str) -> None:
        self.plot, self.reduced = plot, motion == "reduce"
        self.problems: list[str] = []
        self.page = context.new_page()
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", lambda said: self.problems.append(said.text) if said.type == "error" else None)
        self.page.emulate_media(reduced_motion=motion)
        self.page.goto(page.as_uri(), timeout=120 * SECONDS)
        self.show(plot)

    def show(self, plot: str) -> None:
        """Scroll to a plot and wait until it is drawn."""
        self.plot = plot
        self.page.locator(plot).first.scroll_into_view_if_needed()
        drawn = "plot => document.querySelector(plot).dataset.drawn === 'yes'"
        self.page.wait_for_function(drawn, arg=plot, timeout=120 * SECONDS)

    def where(self) -> str:
        """What tells one arrangement of the atoms from another."""
        return str(self.page.evaluate(WHERE, self.plot))

    def moves(self) -> bool:
        """Whether the atoms are elsewhere after a moment."""
        before = self.where()
        self.page.wait_for_timeout(1.5 * SECONDS)
        return self.where() != before

    def settle(self) -> None:
        """Let the step under way end."""
        self.page.wait_for_timeout(SECONDS)


@pytest.fixture(params=["no-preference", "reduce"])
def moving(request: pytest.FixtureRequest, context: Any, picture: tuple[Path, str]) -> Iterator[Moving]:
    """The page and plot that a module's fixture ``picture`` names, with both wishes of a reader."""
    found = Moving(context, *picture, request.param)
    yield found
    found.page.close()


@pytest.fixture(scope="session")
def sample() -> ModuleType:
    """The labelled fixture of the report tests."""
    return load(Path(__file__).resolve().parents[1] / "report" / "report_sample.py")


@pytest.fixture(scope="session")
def load_module() -> Callable[[str], ModuleType]:
    """Import a helper of the tests by its place below ``tests``."""
    return lambda place: load(Path(__file__).resolve().parents[1] / place)
