"""One offline HTML file with electrochemical windows: bars, profiles, every step as a table, works."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from antiperovskite._files import write_atomically
from antiperovskite._version import __version__
from antiperovskite.electrochemistry.model import Window
from antiperovskite.report import references
from antiperovskite.report.figures import script_json
from antiperovskite.report.templating import asset, environment, plotly_javascript
from antiperovskite.report.window_plot import profile_figure, windows_figure


@dataclass(frozen=True)
class _Entry:
    window: Window
    profile: Markup | None


def write_windows(windows: Sequence[Window], path: Path) -> None:
    """Write the page whole or not at all.

    Raises
    ------
    OptionError
        The file cannot be written.
    """
    write_atomically(path, render_windows(windows))


def render_windows(windows: Sequence[Window]) -> str:
    """Return the page as text; the same windows give the same page."""
    entries = []
    for window in windows:
        figure = profile_figure(window)
        entries.append(_Entry(window, script_json(figure) if figure else None))
    keys = references.all_keys(key for window in windows for key in window.citations)
    return (
        environment()
        .get_template("window.html.j2")
        .render(
            entries=entries,
            bars=script_json(windows_figure(windows)),
            keys=keys,
            version=__version__,
            style=Markup(asset("style.css")) + Markup("\n") + Markup(asset("evidence.css")),
            script=Markup(asset("report.js")),
            plotly=Markup(plotly_javascript()),
        )
    )
