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


@pytest.fixture(scope="session")
def sample() -> ModuleType:
    """The labelled fixture of the report tests."""
    return load(Path(__file__).resolve().parents[1] / "report" / "report_sample.py")


@pytest.fixture(scope="session")
def load_module() -> Callable[[str], ModuleType]:
    """Import a helper of the tests by its place below ``tests``."""
    return lambda place: load(Path(__file__).resolve().parents[1] / place)
