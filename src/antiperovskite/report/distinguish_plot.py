"""One offline HTML file on which models a measurement can tell apart: expected patterns, differences, the numbers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from antiperovskite._files import write_atomically
from antiperovskite._version import __version__
from antiperovskite.diffraction.distinguish_model import Distinction, Distinguishability
from antiperovskite.diffraction.distinguish_words import duration, rounded
from antiperovskite.quantity import Quantity
from antiperovskite.report import references
from antiperovskite.report.figures import Figure, axis, layout, script_json
from antiperovskite.report.palette import INK, MUTED, SERIES
from antiperovskite.report.templating import asset, environment, plotly_javascript


@dataclass(frozen=True)
class _Entry:
    item: Distinction
    figure: Markup
    counts: str
    time: str


def write_distinguish(result: Distinguishability, path: Path) -> None:
    """Write the page whole or not at all.

    Raises
    ------
    OptionError
        The file cannot be written.
    """
    write_atomically(path, render_distinguish(result))


def render_distinguish(result: Distinguishability) -> str:
    """Return the page as text; the same result gives the same page."""
    entries = [
        _Entry(
            item,
            script_json(distinction_figure(item)),
            rounded(item.counts_needed.value) if isinstance(item.counts_needed, Quantity) else "never",
            duration(item.time_needed) if isinstance(item.time_needed, Quantity) else "–",
        )
        for item in result.distinctions
    ]
    return (
        environment()
        .get_template("distinguish.html.j2")
        .render(
            result=result,
            entries=entries,
            simulated=any(isinstance(item.simulated_chance, Quantity) for item in result.distinctions),
            counts=rounded(result.conditions.counts),
            keys=references.all_keys(result.citations),
            version=__version__,
            style=Markup(asset("style.css")) + Markup("\n") + Markup(asset("evidence.css")),
            script=Markup(asset("report.js")),
            plotly=Markup(plotly_javascript()),
        )
    )


def distinction_figure(item: Distinction) -> Figure:
    """Expected counts of both models (the rival after its fit) above the difference in standard deviations."""
    x = list(item.curve.two_theta)
    return {
        "data": [
            {
                "type": "scatter",
                "mode": "lines",
                "name": "taken as true",
                "x": x,
                "y": list(item.curve.truth),
                "line": {"color": SERIES[0], "width": 2.4},
                "hovertemplate": "%{x:.2f}°: %{y:.1f} counts<extra>taken as true</extra>",
            },
            {
                "type": "scatter",
                "mode": "lines",
                "name": "rival, fitted",
                "x": x,
                "y": list(item.curve.fitted),
                "line": {"color": SERIES[1], "width": 1.2},
                "hovertemplate": "%{x:.2f}°: %{y:.1f} counts<extra>rival, fitted</extra>",
            },
            {
                "type": "scatter",
                "mode": "lines",
                "name": "difference",
                "x": x,
                "y": list(item.curve.pull),
                "yaxis": "y2",
                "showlegend": False,
                "line": {"color": INK, "width": 1},
                "hovertemplate": "%{x:.2f}°: %{y:.2f} standard deviations<extra>difference</extra>",
            },
        ],
        "layout": layout(
            420,
            showlegend=True,
            legend={"x": 1, "xanchor": "right", "y": 1.0, "yanchor": "top"},
            xaxis=axis("2θ / °", anchor="y2"),
            yaxis=axis("expected counts", domain=[0.36, 1.0], rangemode="tozero"),
            yaxis2=axis("difference / σ", domain=[0.0, 0.27], zeroline=True, zerolinecolor=MUTED),
        ),
    }
