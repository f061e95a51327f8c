"""One offline HTML file for a plot of the literature: the plot, its rows as a table, and the works behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from markupsafe import Markup

from antiperovskite._files import write_atomically
from antiperovskite._version import __version__
from antiperovskite.errors import OptionError
from antiperovskite.evidence import CompositionRow, ConductivityRow, Row, compositions
from antiperovskite.ions.model import RadiusScale
from antiperovskite.report import references
from antiperovskite.report.evidence_map import SCALES, map_figure, missing
from antiperovskite.report.evidence_plots import arrhenius_figure, materials, plottable
from antiperovskite.report.figures import script_json
from antiperovskite.report.templating import asset, environment, plotly_javascript

SCALE_NAMES = {"thermochemical": "Thermochemical radii", "shannon": "Shannon radii"}


@dataclass
class PlotView:
    """One plot of the page; of several, the reader sees one at a time."""

    id: str
    name: str
    figure: Markup
    caption: str


@dataclass
class EvidencePage:
    """What the template shows."""

    title: str
    lede: str
    plots: list[PlotView]
    rows: Sequence[Row]
    kind: str
    highlight: list[str] = field(default_factory=list)


def write_arrhenius(rows: Sequence[ConductivityRow], path: Path, subject: str = "") -> int:
    """Write the Arrhenius plot of these rows as one HTML file and return how many values it shows.

    Raises
    ------
    OptionError
        No row has both a conductivity and a temperature, or the file cannot be written.
    """
    figure = arrhenius_figure(rows)
    shown = plottable(rows)
    if figure is None:
        raise OptionError(f"nothing to plot{subject}: no row has both a conductivity and a temperature")
    without = len(rows) - len(shown)
    aside = (
        f" {without} further rows print no temperature or no conductivity and have no place here." if without else ""
    )
    page = EvidencePage(
        title=f"Reported conductivities{subject}",
        lede="Every symbol is one value of the literature. Circles were measured, diamonds computed; a hollow symbol "
        "is a printed value whose reading is uncertain, and the hover box says why.",
        plots=[
            PlotView(
                "arrhenius",
                "Arrhenius plot",
                script_json(figure),
                "Lines follow σT = A exp(−Ea/kT) through the row that prints the activation energy: solid between the "
                "temperatures its study reports, dashed where extrapolated to 300-373 K (no phase transition assumed, "
                "which for Li2OHCl is known to be wrong below about 311 K). A fan is a printed range of activation "
                "energies. Where a solid line misses its study's second value, the printed numbers disagree among "
                "themselves. RT is drawn at 298 K. A click on the legend hides a group." + aside,
            )
        ],
        rows=shown,
        kind="conductivities",
        highlight=materials(rows),
    )
    write_atomically(path, render(page))
    return len(shown)


def write_map(path: Path, first: RadiusScale = "thermochemical") -> int:
    """Write the synthesisability map over both sets of radii and return how many compositions it shows.

    Parameters
    ----------
    path
        The file to write.
    first
        The set of radii that the page opens with; a button shows the other.

    Raises
    ------
    OptionError
        The set of radii is unknown, or the file cannot be written.
    """
    if first not in SCALES:
        raise OptionError(f"unknown radii {first!r}; allowed are {', '.join(SCALES)}")
    rows: tuple[CompositionRow, ...] = compositions()
    order = (first, *(scale for scale in SCALES if scale != first))
    page = EvidencePage(
        title="What was made, and where it lies",
        lede="Compositions of Table 1 by tolerance factor and A-site radius. Each diagonal ribbon is one B-site anion; "
        "a symbol has the colour of its B-site anion (grey: two share the site).",
        plots=[PlotView(scale, SCALE_NAMES[scale], script_json(map_figure(scale)), _caption(scale)) for scale in order],
        rows=rows,
        kind="compositions",
    )
    write_atomically(path, render(page))
    return len(rows)


def _caption(scale: RadiusScale) -> str:
    gone = missing(scale)
    absent = f" Without a place, for want of a radius: {', '.join(gone)}." if gone else ""
    if scale == "shannon":
        return (
            "t = (rA + rX) / √2 (rB + rX), anions with Shannon radii: B six-coordinate, A with the closest available "
            "to twelve. Shannon gives none for hydride and for cluster anions." + absent
        )
    return (
        "t = (rA + rX) / √2 (rB + rX), anions with thermochemical radii, cations with Shannon's. Where two radii are "
        "published a ribbon spans them, and a symbol stands at their mean with half their difference as its bar."
        + absent
    )


def render(page: EvidencePage) -> str:
    """Return the page as text; the same rows give the same page."""
    keys = references.all_keys(key for row in page.rows for key in (*row.citations, row.reported_in))
    template = environment().get_template("evidence.html.j2")
    return template.render(
        page=page,
        keys=keys,
        version=__version__,
        short_list=references.short_list,
        style=Markup(asset("style.css")) + Markup("\n") + Markup(asset("evidence.css")),
        script=Markup(asset("report.js")),
        evidence_script=Markup(asset("evidence.js")),
        plotly=Markup(plotly_javascript()),
    )
