"""One HTML file for one or several assessments: styles, scripts, figures and data inside, nothing fetched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from antiperovskite._files import write_atomically
from antiperovskite._version import __version__
from antiperovskite.errors import OptionError
from antiperovskite.report.templating import asset, environment, plotly_javascript

if TYPE_CHECKING:
    from antiperovskite.assessment.model import Assessment
    from antiperovskite.report.view import FormulaView


def write_report(assessments: Sequence[Assessment], path: Path) -> None:
    """Write one self-contained HTML file, whole or not at all.

    Raises
    ------
    OptionError
        There is nothing to show, or the file cannot be written.
    """
    write_atomically(path, render_report(assessments))


def render_report(assessments: Sequence[Assessment]) -> str:
    """Return the page as text. The same assessments give the same page.

    Raises
    ------
    OptionError
        No assessment was given.
    """
    from antiperovskite.report.view import build_views

    if not assessments:
        raise OptionError("a report needs at least one assessment; none was given")
    views = build_views(assessments)
    template = environment().get_template("page.html.j2")
    return template.render(
        views=views,
        title=_title([view.assessment.formula for view in views]),
        version=__version__,
        style=Markup(asset("style.css")),
        script=Markup(asset("report.js")),
        motion=_motion(views),
        plotly=Markup(plotly_javascript()),
    )


def _motion(views: Sequence[FormulaView]) -> Markup | None:
    """The script of the moving pictures on the page: one module, for one picture lives at a time."""
    modes, hops = any(view.modes for view in views), any(view.hops for view in views)
    if not (modes or hops):
        return None
    return Markup(asset("moving.js" if modes and hops else "hops.js" if hops else "phonons.js"))


def _title(formulas: list[str]) -> str:
    return f"{formulas[0]}: assessment" if len(formulas) == 1 else f"{len(formulas)} anti-perovskites: assessment"
