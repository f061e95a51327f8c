"""The perspective's Fig. 2 for the formulas of this page: tolerance factor against the A-site radius."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from antiperovskite.errors import AntiperovskiteError
from antiperovskite.evidence import compositions
from antiperovskite.quantity import Quantity
from antiperovskite.report.figures import Figure, axis, layout
from antiperovskite.report.format import chem, number
from antiperovskite.report.palette import MUTED, SERIES
from antiperovskite.stability.model import Tolerance
from antiperovskite.stability.tolerance import tolerance

SYNTHESISED: Final = (0.75, 0.90)  # most synthesised compositions: dawson2021, text to Fig. 2


# Status in Table 1: legend, symbol, colour.
_STATUS: Final = {
    "synthesised": ("synthesised", "circle", "var(--series-3)"),
    "reportedly synthesised": ("reportedly synthesised", "circle-open", "var(--series-3)"),
    "attempted": ("attempted", "x-thin-open", "var(--series-4)"),
    "predicted": ("predicted", "diamond-open", "var(--series-5)"),
}


@cache
def literature_points() -> tuple[tuple[str, str, float, float], ...]:
    """Return formula, status, A-site radius (angstrom) and t of every composition of Table 1 that has both."""
    points = []
    for row in compositions():
        try:
            position = tolerance(row.formula).map_position
        except AntiperovskiteError:
            continue  # printed as a family (M3HCh), not as a formula
        r, t = position.a_site_radius, position.goldschmidt
        if isinstance(r, Quantity) and isinstance(t, Quantity):
            points.append((row.formula, row.status, r.value, t.value))
    return tuple(points)


def _literature_traces() -> list[dict[str, Any]]:
    traces = []
    for status, (name, symbol, colour) in _STATUS.items():
        chosen = [p for p in literature_points() if p[1] == status]
        if not chosen:
            continue
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": name,
                "x": [p[2] for p in chosen],
                "y": [p[3] for p in chosen],
                "text": [str(chem(p[0])) for p in chosen],
                "opacity": 0.75,
                "marker": {"symbol": symbol, "size": 8, "color": colour, "line": {"width": 1.5, "color": colour}},
                "hovertemplate": "<b>%{text}</b>, %{fullData.name}<br>A-site radius %{x:.2f} Å"
                "<br>t = %{y:.3f}<extra></extra>",
            }
        )
    return traces


def map_figure(subject: Tolerance, others: Sequence[Tolerance]) -> Figure | None:
    """Return the map with this formula marked and the page's other formulas beside it.

    ``None`` where the formula's position is not defined (a radius is missing).
    """
    points = [(t, t.map_position.a_site_radius, t.map_position.goldschmidt) for t in (subject, *others)]
    placed = [(t, r, g) for t, r, g in points if isinstance(r, Quantity) and isinstance(g, Quantity)]
    if not placed or placed[0][0] is not subject:
        return None
    low = min(min(r.value for _, r, _ in placed) - 0.12, 1.6)
    high = max(max(r.value for _, r, _ in placed) + 0.12, 2.45)
    bottom = min(min(g.value for _, _, g in placed) - 0.05, 0.7)
    top = max(max(g.value for _, _, g in placed) + 0.05, 1.08)
    traces = _literature_traces()
    for entry, r, g in reversed(placed):
        main = entry is subject
        colour = SERIES[0] if main else MUTED
        traces.append(
            {
                "type": "scatter",
                "mode": "markers+text",
                "showlegend": False,
                "x": [r.value],
                "y": [g.value],
                "error_x": {"array": [r.uncertainty or 0], "color": colour, "thickness": 1.2, "width": 3},
                "error_y": {"array": [g.uncertainty or 0], "color": colour, "thickness": 1.2, "width": 3},
                "marker": {
                    "size": 15 if main else 9,
                    "symbol": "circle" if main else "circle-open",
                    "color": colour,
                    "line": {"width": 2, "color": colour},
                },
                "text": [f"  <b>{chem(entry.formula)}</b>" if main else str(chem(entry.formula))],
                "textposition": "middle right" if main else "middle left",
                "textfont": {"color": colour, "size": 14 if main else 11},
                "hovertemplate": f"<b>{chem(entry.formula)}</b><br>A-site radius {number(r.value, r.uncertainty)} Å"
                f"<br>t = {number(g.value, g.uncertainty)}<extra></extra>",
            }
        )
    band = {
        "type": "rect",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": SYNTHESISED[0],
        "y1": SYNTHESISED[1],
        "fillcolor": "var(--band)",
        "line": {"width": 0},
        "layer": "below",
    }
    ideal = {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": 1,
        "y1": 1,
        "line": {"color": "var(--axis)", "width": 1.2, "dash": "dot"},
    }
    notes = [
        _note("most synthesised compositions", SYNTHESISED[1], "top"),
        _note("ideal cubic, t = 1", 1.0, "bottom"),
    ]
    return {
        "data": traces,
        "layout": layout(
            430,
            margin={"l": 58, "r": 12, "t": 10, "b": 48},
            showlegend=True,
            legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 12}},
            xaxis=axis("thermochemical radius of the A-site ion (Å)", range=[low, high]),
            yaxis=axis("tolerance factor t", range=[bottom, top]),
            shapes=[band, ideal],
            annotations=notes,
        ),
    }


def _note(text: str, y: float, anchor: str) -> dict[str, object]:
    return {
        "text": text,
        "xref": "paper",
        "x": 0.01,
        "xanchor": "left",
        "y": y,
        "yanchor": anchor,
        "showarrow": False,
        "font": {"size": 11, "color": MUTED},
    }
