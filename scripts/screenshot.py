"""Take a picture of a report with Debian's headless Chromium: screenshot.py REPORT.html OUT.png [options].

Waits until the plots in view are drawn. Needs `apt-get install chromium` and `pip install playwright` (no browser
download: Playwright drives the installed one).
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

CHROMIUM = "/usr/bin/chromium"
# Software WebGL draws the 3D view on machines without a graphics card; the rest keeps Chromium off the network.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]
SETTLED = """() => (document.documentElement.dataset.ready === "yes" || !document.querySelector("[data-figure]")) &&
  [...document.querySelectorAll("[data-figure]")].every(plot => {
    const box = plot.getBoundingClientRect();
    const shown = box.width > 0 && box.top < innerHeight && box.bottom > 0;
    return !shown || plot.dataset.drawn === "yes" || plot.dataset.drawn === "failed";
  })"""


def open_report(playwright: Any, profile: str, width: int, height: int, dark: bool, scale: float) -> Any:
    """Start Chromium with an empty profile and return its context."""
    return playwright.chromium.launch_persistent_context(
        profile,
        executable_path=CHROMIUM,
        headless=True,
        args=ARGUMENTS,
        viewport={"width": width, "height": height},
        device_scale_factor=scale,
        color_scheme="dark" if dark else "light",
        offline=True,
    )


def unroll(page: Any, width: int) -> None:
    """Make the window as tall as the page, so that every figure counts as seen and is drawn."""
    for _ in range(3):  # plots that appear change the height
        height = int(page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(SETTLED, timeout=120_000)


def main() -> None:
    """Read the command line and write the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--selector", help="picture one element only (CSS selector)")
    parser.add_argument("--full-page", action="store_true", help="the whole page, not the first screen")
    parser.add_argument("--dark", action="store_true", help="with the dark colour scheme")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=900)
    parser.add_argument("--scale", type=float, default=1.0, help="device pixels per CSS pixel")
    parser.add_argument("--hash", default="", help="fragment to open, for example Li3OCl")
    options = parser.parse_args()

    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
        context = open_report(playwright, profile, options.width, options.height, options.dark, options.scale)
        page = context.new_page()
        address = options.report.resolve().as_uri() + (f"#{options.hash}" if options.hash else "")
        page.goto(address, timeout=120_000)
        if options.full_page or options.selector:
            unroll(page, options.width)
        page.wait_for_function(SETTLED, timeout=120_000)
        page.wait_for_timeout(400)
        if options.selector:
            page.locator(options.selector).first.screenshot(path=options.out, timeout=120_000)
        else:
            page.screenshot(path=options.out, full_page=options.full_page, timeout=120_000)
        context.close()
    print(f"wrote {options.out}")


if __name__ == "__main__":
    main()
