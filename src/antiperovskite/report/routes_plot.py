"""Synthesis routes over temperature as plotly figures, and the offline page that holds them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from antiperovskite.quantity import Quantity
from antiperovskite.report.figures import Figure, axis, layout
from antiperovskite.report.format import chem
from antiperovskite.report.palette import INK, MUTED, SERIES
from antiperovskite.stability.routes.model import Route
from antiperovskite.stability.routes.words import mixture_words, water_words

HEIGHT: Final = 520
DASHES: Final = ("solid", "dash", "dot")


def _style(number: int) -> dict[str, str | float]:
    return {"color": SERIES[number % len(SERIES)], "dash": DASHES[number // len(SERIES) % len(DASHES)], "width": 2.2}


def driving_force_figure(routes: Sequence[Route]) -> Figure:
    """Return driving forces (eV per formula unit) over temperature (K), with reported temperatures as marks."""
    traces: list[dict[str, Any]] = []
    for number, route in enumerate(routes):
        traces.append(_line(route, number, [p.driving_force for p in route.curve], "driving_force_uncertainty"))
        traces += _reported(route, number)
    return _figure(routes, traces, "driving force (eV per formula unit)")


def selectivity_figure(routes: Sequence[Route]) -> Figure:
    """Return the product against the best mixture without it (eV per formula unit) over temperature (K)."""
    traces = [
        _line(route, number, [p.selectivity for p in route.curve], "selectivity_uncertainty")
        for number, route in enumerate(routes)
    ]
    return _figure(routes, traces, "against the best other mixture (eV per formula unit)")


def _line(route: Route, number: int, values: list[float], uncertainty: str) -> dict[str, Any]:
    rest = [" + ".join(str(chem(name)) for name in point.competitor_phases) for point in route.curve]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": str(chem(route.equation)),
        "x": [point.temperature for point in route.curve],
        "y": values,
        "customdata": [[getattr(point, uncertainty), text] for point, text in zip(route.curve, rest, strict=True)],
        "line": _style(number),
        "legendgroup": route.equation,
        "hovertemplate": f"<b>{chem(route.equation)}</b><br>%{{x:.0f}} K: %{{y:.3f}} ± %{{customdata[0]:.3f}} eV"
        "<br>best without the product: %{customdata[1]}<extra></extra>",
    }


def _reported(route: Route, number: int) -> list[dict[str, Any]]:
    """A mark on the line at every temperature that a published synthesis used."""
    curve = [(point.temperature, point.driving_force) for point in route.curve]
    x, y, text = [], [], []
    for report in route.reported:
        for quantity in report.temperature:
            here = _interpolate(curve, quantity.value)
            if here is not None:
                x.append(quantity.value)
                y.append(here)
                text.append(f"{report.id}: {report.product} at {quantity.value:.0f} K")
    if not x:
        return []
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "x": x,
            "y": y,
            "text": text,
            "showlegend": False,
            "legendgroup": route.equation,
            "marker": {
                "symbol": "diamond",
                "size": 10,
                "color": _style(number)["color"],
                "line": {"color": INK, "width": 1},
            },
            "hovertemplate": "%{text}<extra></extra>",
            "meta": {"kind": "reported"},
        }
    ]


def _interpolate(curve: list[tuple[float, float]], x: float) -> float | None:
    for (x0, y0), (x1, y1) in pairwise(curve):
        if x0 <= x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return None


def _figure(routes: Sequence[Route], traces: list[dict[str, Any]], title: str) -> Figure:
    here = routes[0].temperature.value
    temperatures = [point.temperature for route in routes for point in route.curve]
    line = {"yref": "paper", "y0": 0, "y1": 1, "x0": here, "x1": here, "type": "line"}
    return {
        "data": traces,
        "layout": layout(
            HEIGHT + 22 * len(routes),
            margin={"l": 74, "r": 20, "t": 20, "b": 52},
            hovermode="closest",
            showlegend=True,
            legend={"orientation": "h", "x": 0, "y": -0.16, "yanchor": "top", "font": {"size": 12.5}},
            xaxis=axis("temperature (K)", range=[min(temperatures), max(temperatures)]),
            yaxis=axis(title, zeroline=True, zerolinecolor="var(--axis)", zerolinewidth=2),
            shapes=[line | {"line": {"color": MUTED, "width": 1, "dash": "dot"}}],
        ),
    }


def write_routes(routes: Sequence[Route], path: Path) -> None:
    """Write the routes of one or several formulas as one offline HTML file, whole or not at all.

    Raises
    ------
    OptionError
        The file cannot be written.
    """
    from antiperovskite._files import write_atomically

    write_atomically(path, render_routes(routes))


def render_routes(routes: Sequence[Route]) -> str:
    """Return the page as text; the same routes give the same page."""
    from markupsafe import Markup

    from antiperovskite._version import __version__
    from antiperovskite.report import references
    from antiperovskite.report.templating import asset, environment, plotly_javascript

    formulas = list(dict.fromkeys(route.formula for route in routes))
    keys = [key for route in routes for key in (*route.citations, *(k for r in route.reported for k in r.citations))]
    return (
        environment()
        .get_template("routes.html.j2")
        .render(
            formulas=[_section(k, f, [r for r in routes if r.formula == f]) for k, f in enumerate(formulas)],
            title=f"Synthesis of {', '.join(formulas)}",
            method=next((r.driving_force.method for r in routes if r.computed), ""),
            notes=list(dict.fromkeys(note for route in routes for note in route.notes)),
            keys=references.all_keys(keys),
            version=__version__,
            style=Markup(asset("style.css")) + Markup("\n") + Markup(asset("evidence.css")),
            script=Markup(asset("report.js")),
            chooser=Markup(asset("evidence.js")),
            plotly=Markup(plotly_javascript()),
        )
    )


def _section(number: int, formula: str, routes: list[Route]) -> dict[str, Any]:
    from antiperovskite.report.figures import script_json

    computed = [route for route in routes if route.computed and route.curve]
    figures = []
    if computed:
        figures = [
            {
                "id": f"force-{number}",
                "name": "driving force",
                "data": script_json(driving_force_figure(computed)),
                "caption": "Product and gas minus precursors; below zero is downhill. Diamonds: temperatures of "
                "published syntheses with these reagents. The dotted line is where the table below ranks.",
            },
            {
                "id": f"select-{number}",
                "name": "against other products",
                "data": script_json(selectivity_figure(computed)),
                "caption": "Product and gas minus the best mixture without the product (hover names it); above zero "
                "that mixture is what equilibrium leaves.",
            },
        ]
    return {
        "formula": formula,
        "figures": figures,
        "routes": [(r, mixture_words(r.left_behind), _limit(r)) for r in routes if r.computed],
        "missing": [route for route in routes if not route.computed],
        "reports": [(route, report) for route in routes for report in route.reported],
        "water": water_words(computed),
    }


def _limit(route: Route) -> str:
    limit = route.gas_limit
    if limit is None:
        return ""
    if isinstance(limit.pressure, Quantity):
        return f"p({limit.gas}) below {limit.pressure.value:.1e} bar"
    return limit.pressure.method.split(",")[0].replace("above", f"p({limit.gas}): free up to")
