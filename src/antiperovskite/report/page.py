"""One HTML file for one or several assessments: styles, scripts, figures and data inside, nothing fetched."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from antiperovskite._files import write_atomically
from antiperovskite._version import __version__
from antiperovskite.errors import OptionError
from antiperovskite.quantity import NotComputed

if TYPE_CHECKING:
    from jinja2 import Environment

    from antiperovskite.assessment.model import Assessment

ANSWERS = ("no", "unlikely", "unclear", "likely", "yes")


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
    template = _environment().get_template("page.html.j2")
    return template.render(
        views=views,
        title=_title([view.assessment.formula for view in views]),
        version=__version__,
        style=Markup(_asset("style.css")),
        script=Markup(_asset("report.js")),
        plotly=Markup(plotly_javascript()),
    )


def _title(formulas: list[str]) -> str:
    return f"{formulas[0]}: assessment" if len(formulas) == 1 else f"{len(formulas)} anti-perovskites: assessment"


def _asset(name: str) -> str:
    """Return one of our own files, comments of the licence kind kept, ready for an inline element."""
    return files("antiperovskite").joinpath("report", "templates", name).read_text(encoding="utf-8")


@cache
def plotly_javascript() -> str:
    """Return plotly.js from the installed wheel; reading the file spares the import of plotly itself."""
    from importlib.metadata import files as distribution_files

    for entry in distribution_files("plotly") or []:
        if entry.name == "plotly.min.js" and entry.parent.name == "package_data":
            return Path(str(entry.locate())).read_text(encoding="utf-8").replace("</script", "<\\/script")
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs()).replace("</script", "<\\/script")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from antiperovskite.report import format as text
    from antiperovskite.report import plots, references, view

    environment = Environment(
        loader=PackageLoader("antiperovskite", "report/templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        chem=text.chem,
        reaction_name=text.reaction_name,
        prose=text.prose,
        quantity=text.quantity,
        amount=text.amount,
        duration=text.duration,
        reference=references.full,
        short_reference=references.short,
    )
    environment.tests["missing"] = lambda q: q is None or isinstance(q, NotComputed)
    environment.globals.update(
        answers=ANSWERS,
        row_reference=view.row_reference,
        all_quantities=view.other_quantities,
        pattern_name=plots.pattern_name,
    )
    return environment
