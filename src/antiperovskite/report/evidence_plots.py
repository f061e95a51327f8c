"""Conductivities of the literature against 1000/T, measured and computed told apart.

Every symbol is one printed value. A row that also prints an activation energy gives a line through its own value,
sigma T = A exp(-Ea / kT): solid between the temperatures its study reports, dashed where it is carried further (to the
common span from 300 to 373 K). A printed range of activation energies gives a fan.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import Any, Final

from antiperovskite.evidence.model import ConductivityRow
from antiperovskite.evidence.spread import arrhenius_factor
from antiperovskite.quantity import Quantity
from antiperovskite.report import references
from antiperovskite.report.figures import Figure, axis, layout
from antiperovskite.report.format import chem, number, prose
from antiperovskite.report.palette import MUTED, SERIES

COMMON_SPAN_K: Final = (300.0, 373.0)
KINDS: Final = {  # kind: (name in the legend, symbol, colour)
    "experiment": ("measured", "circle", SERIES[0]),
    "modelling": ("computed", "diamond", SERIES[1]),
    "not stated": ("measured or computed, not stated", "square", SERIES[5]),
}
CELSIUS_TICKS: Final = (250, 200, 150, 100, 60, 25, 0, -25, -50)
LABEL_ROOM: Final = (0.30, 0.34)  # 1000/K and decades that one label takes
_STEPS: Final = 12


def plottable(rows: Iterable[ConductivityRow]) -> list[ConductivityRow]:
    """Rows that have a place in the plot: a conductivity and a temperature."""
    return [row for row in rows if row.conductivity is not None and row.temperature is not None]


def arrhenius_figure(rows: Sequence[ConductivityRow]) -> Figure | None:
    """Return the plot of log sigma (S/cm) against 1000/T (1/K); ``None`` where no row has both."""
    shown = plottable(rows)
    if not shown:
        return None
    traces = [trace for row in shown for trace in _lines(row, shown)]
    _one_legend_entry(traces)
    traces += [trace for kind in KINDS for trace in _points([row for row in shown if row.kind == kind], kind)]
    drawn = [(x, y) for trace in traces for x, y in zip(trace["x"], trace["y"], strict=True)]
    left, right = min(x for x, _ in drawn) - 0.12, max(x for x, _ in drawn) + 0.22
    low, high = (math.log10(end(y for _, y in drawn)) for end in (min, max))
    traces.append(
        {"type": "scatter", "x": [None], "y": [None], "xaxis": "x2", "hoverinfo": "skip", "showlegend": False}
    )
    return {
        "data": traces,
        "layout": layout(
            680,
            margin={"l": 74, "r": 18, "t": 108, "b": 52},
            hovermode="closest",
            xaxis=axis("1000 / T (1/K)", range=[left, right]),
            xaxis2=_celsius_axis(left, right),
            yaxis=axis(
                "σ (S/cm)",
                type="log",
                range=[math.floor(low * 2) / 2 - 0.2, math.ceil(high * 2) / 2 + 0.2],
                exponentformat="power",
                dtick=1,
            ),
            annotations=_labels(shown),
            showlegend=True,
            legend={
                "orientation": "h",
                "x": 0,
                "y": 1.105,
                "yanchor": "bottom",
                "font": {"size": 12.5},
                "tracegroupgap": 0,
                "groupclick": "togglegroup",
            },
        ),
    }


def materials(rows: Iterable[ConductivityRow]) -> list[str]:
    """Return the materials in the plot as printed, sorted, for the page's highlighter."""
    return sorted({row.formula for row in plottable(rows)})


def _celsius_axis(left: float, right: float) -> dict[str, Any]:
    return axis(
        "temperature (°C)",
        overlaying="x",
        matches="x",
        side="top",
        range=[left, right],
        tickmode="array",
        tickvals=[1000 / (t + 273.15) for t in CELSIUS_TICKS],
        ticktext=[f"{t}".replace("-", "−") for t in CELSIUS_TICKS],
        showgrid=False,
    )


def _points(rows: list[ConductivityRow], kind: str) -> list[dict[str, Any]]:
    name, symbol, colour = KINDS[kind]
    traces: list[dict[str, Any]] = []
    for reading in ("clear", "uncertain"):
        chosen = [row for row in rows if row.reading == reading]
        if not chosen:
            continue
        hollow = reading == "uncertain"
        group = f"{kind}, {reading}"
        traces += [_range_bar(row, row.conductivity_upper, group) for row in chosen if row.conductivity_upper]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": f"{name}, reading uncertain" if hollow else name,
                "x": [_inverse(row) for row in chosen],
                "y": [_sigma(row) for row in chosen],
                "marker": {
                    "symbol": f"{symbol}-open" if hollow else symbol,
                    "size": 10,
                    "color": colour,
                    "line": {"width": 2 if hollow else 1, "color": colour},
                },
                "text": [hover(row) for row in chosen],
                "hovertemplate": "%{text}<extra></extra>",
                "legendgroup": group,
                "meta": {"kind": "points", "materials": [row.formula for row in chosen]},
            }
        )
    return traces


def _range_bar(row: ConductivityRow, upper: Quantity, group: str) -> dict[str, Any]:
    """Draw a printed range as a bar from its lower to its upper end."""
    colour = KINDS[row.kind][2]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [_inverse(row)] * 2,
        "y": [_sigma(row), upper.magnitude("S/cm")],
        "line": {"color": colour, "width": 1.6},
        "marker": {"symbol": "line-ew", "size": [0, 10], "line": {"color": colour, "width": 1.6}},
        "opacity": 0.8,
        "hoverinfo": "skip",
        "showlegend": False,
        "legendgroup": group,
        "meta": {"kind": "range", "materials": [row.formula], "dash": "", "row": row.id},
    }


def _lines(row: ConductivityRow, shown: Sequence[ConductivityRow]) -> list[dict[str, Any]]:
    """The row's own Arrhenius line; empty where no activation energy stands on the row."""
    if row.activation_energy is None or row.temperature is None:
        return []
    reported = [_kelvin(other) for other in shown if (other.group, other.citations) == (row.group, row.citations)]
    low, high = min(reported), max(reported)
    spans = [(low, high, "solid")] if high > low else []
    if low > COMMON_SPAN_K[0]:
        spans.append((COMMON_SPAN_K[0], low, "dash"))
    if high < COMMON_SPAN_K[1]:
        spans.append((high, COMMON_SPAN_K[1], "dash"))
    traces = []
    for start, end, dash in spans:
        temperatures = [1 / (1 / start + (1 / end - 1 / start) * k / _STEPS) for k in range(_STEPS + 1)]
        traces.append(_line(row, temperatures, row.activation_energy, dash))
        if row.activation_energy_upper is not None:
            traces.append(_line(row, temperatures, row.activation_energy_upper, dash))
            traces.append(_fan(row, traces[-2], traces[-1]))
    return traces


def _line(row: ConductivityRow, temperatures: list[float], energy: Quantity, dash: str) -> dict[str, Any]:
    T0, sigma, Ea = _kelvin(row), _sigma(row), energy.magnitude("eV")
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [1000 / T for T in temperatures],
        "y": [sigma * arrhenius_factor(T0, T, Ea) for T in temperatures],
        "line": {"color": KINDS[row.kind][2], "width": 1.6, "dash": dash},
        "opacity": 0.9 if dash == "solid" else 0.6,
        "hoverinfo": "skip",
        "showlegend": False,
        "legendgroup": dash,
        "meta": {"kind": "line", "materials": [row.formula], "dash": dash, "row": row.id},
    }


def _fan(row: ConductivityRow, one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [*one["x"], *reversed(other["x"])],
        "y": [*one["y"], *reversed(other["y"])],
        "fill": "toself",
        "fillcolor": KINDS[row.kind][2],
        "line": {"width": 0},
        "opacity": 0.1,
        "hoverinfo": "skip",
        "showlegend": False,
        "legendgroup": one["legendgroup"],
        "meta": {"kind": "fan", "materials": [row.formula], "dash": one["meta"]["dash"], "row": row.id},
    }


def _one_legend_entry(traces: list[dict[str, Any]]) -> None:
    """Give each style of line one entry, which hides all lines of that style."""
    words = {
        "solid": "printed activation energy, in the reported range",
        "dash": f"extrapolated to {COMMON_SPAN_K[0]:g}-{COMMON_SPAN_K[1]:g} K",
    }
    for dash, name in words.items():
        group = [trace for trace in traces if trace["meta"]["dash"] == dash and trace["meta"]["kind"] == "line"]
        if group:
            group[0]["legendgroup"] = dash
            traces.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "x": group[0]["x"][:1],
                    "y": group[0]["y"][:1],
                    "name": name,
                    "line": {"color": MUTED, "width": 1.8, "dash": dash},
                    "hoverinfo": "skip",
                    "legendgroup": dash,
                    "showlegend": True,
                    "legendrank": 2000,
                    "meta": {"kind": "key", "materials": [], "dash": dash},
                }
            )


def _labels(shown: Sequence[ConductivityRow]) -> list[dict[str, Any]]:
    """Name materials beside their points, measured ones first, where there is room."""
    order = {"experiment": 0, "modelling": 1, "not stated": 2}
    taken: list[tuple[float, float]] = []
    named: set[tuple[str, tuple[str, ...]]] = set()
    notes = []
    for row in sorted(shown, key=lambda r: (order[r.kind], r.reading == "uncertain", r.id)):
        x, y = _inverse(row), math.log10(_sigma(row))
        crowded = any(
            abs(x - a) < LABEL_ROOM[0] * (0.6 + 0.05 * len(row.formula)) and abs(y - b) < LABEL_ROOM[1]
            for a, b in taken
        )
        if crowded or (row.formula, row.citations) in named:
            continue
        taken.append((x, y))
        named.add((row.formula, row.citations))
        notes.append(
            {
                "text": str(chem(row.formula)),
                "x": x,
                "y": y,
                "xanchor": "left",
                "yanchor": "middle",
                "xshift": 8,
                "showarrow": False,
                "captureevents": False,
                "font": {"size": 11, "color": MUTED},
                "bgcolor": "var(--card)",
                "borderpad": 0,
                "opacity": 0.85,
            }
        )
    return notes


def hover(row: ConductivityRow) -> str:
    """Everything about one printed value, in lines that a hover box can hold."""
    forms = ", ".join(part for part in (row.form, row.phase) if part)
    lines = [f"<b>{chem(row.printed_composition)}</b>" + (f", {prose(forms)}" if forms else "")]
    temperature = "room temperature (298 K)" if row.room_temperature else f"{_kelvin(row):g} K"
    lines.append(f"σ = {_span(row.conductivity, row.conductivity_upper)} S/cm at {temperature}")
    if row.activation_energy is not None:
        lines.append(f"E<sub>a</sub> = {_span(row.activation_energy, row.activation_energy_upper)} eV")
    ion = f", {row.carrier} ions" if row.carrier else ""
    lines.append(f"{row.method}{ion}" if row.method != row.kind else f"kind {row.kind}{ion}")
    lines.append(references.short_list(row.citations))
    if row.flag:
        lines += ["<i>reading uncertain:</i>", *(str(prose(line)) for line in wrap(row.flag, 64))]
    if row.origin != "shipped":
        lines.append(f"registered: {prose(row.origin)}")
    return "<br>".join(lines)


def _span(low: Quantity | None, high: Quantity | None) -> str:
    if low is None:
        return "–"
    sign = "≈ " if "approximate" in low.method else "> " if "a lower bound" in low.method else ""
    upper = f" – {number(high.value)}" if high is not None else ""
    return f"{sign}{number(low.value, low.uncertainty)}{upper}"


def _sigma(row: ConductivityRow) -> float:
    assert row.conductivity is not None
    return row.conductivity.magnitude("S/cm")


def _kelvin(row: ConductivityRow) -> float:
    assert row.temperature is not None
    return row.temperature.magnitude("K")


def _inverse(row: ConductivityRow) -> float:
    return 1000 / _kelvin(row)
