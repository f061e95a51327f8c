"""The page's flat plots: powder patterns, element visibility, reaction energies, Arrhenius and tolerance map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from antiperovskite.diffraction.model import PowderPattern, Reflection
from antiperovskite.evidence.model import ConductivityRow
from antiperovskite.quantity import Quantity
from antiperovskite.report.figures import Figure, axis, layout, typed_array
from antiperovskite.report.format import chem, number, prose
from antiperovskite.report.palette import MUTED, SERIES
from antiperovskite.units import unit_symbol

ROW_HEIGHT: Final = 150
LABEL_WIDTH: Final = 3.0  # degree, about what a label takes at full zoom out
LABELLED: Final = 7  # strongest lines of a pattern that carry their hkl in the plot
TICK_LEVEL: Final = -7.0


def _hkl(reflection: Reflection) -> str:
    """Return indices as crystallographers print them: minus signs as overbars, no commas below ten."""
    parts = [f"{abs(k)}\u0305" if k < 0 else str(k) for k in reflection.hkl]
    return ("" if all(abs(k) < 10 for k in reflection.hkl) else " ").join(parts)


def pattern_name(pattern: PowderPattern) -> str:
    """Return what was scattered off what: ``"Neutrons, H as D"``."""
    nuclides = [f"{element} as {name}" for element, name in pattern.isotopes.items()]
    return ", ".join(["X-rays" if pattern.radiation == "xray" else "Neutrons", *nuclides])


def _uniform(pattern: PowderPattern) -> dict[str, float]:
    first, last = pattern.two_theta[0], pattern.two_theta[-1]
    return {"x0": first, "dx": (last - first) / max(len(pattern.two_theta) - 1, 1)}


def _pattern_traces(pattern: PowderPattern, row: int) -> list[dict[str, Any]]:
    colour = SERIES[row % len(SERIES)]
    wavelength = pattern.wavelength.magnitude("angstrom")
    number_of = "" if row == 0 else str(row + 1)
    base = {"xaxis": f"x{number_of}", "yaxis": f"y{number_of}"}
    strong = _spread_out(pattern.reflections)[:LABELLED]
    profile = {
        "type": "scatter",
        "mode": "lines",
        **_uniform(pattern),
        "y": typed_array(pattern.profile),
        "line": {"color": colour, "width": 1.6},
        "hovertemplate": "%{y:.1f} % of the strongest point<extra></extra>",
        "name": pattern_name(pattern),
        "meta": {"kind": "profile", "wavelength": wavelength},
    }
    ticks = {
        "type": "scatter",
        "mode": "markers",
        "x": [r.two_theta for r in pattern.reflections],
        "y": [TICK_LEVEL] * len(pattern.reflections),
        "marker": {"symbol": "line-ns-open", "size": 9, "color": colour, "line": {"width": 1.4, "color": colour}},
        "text": [
            f"<b>{_hkl(r)}</b><br>2θ = {r.two_theta:.3f}°<br>d = {r.d:.4f} Å<br>"
            f"multiplicity {r.multiplicity}<br>intensity {r.intensity:.1f} %"
            for r in pattern.reflections
        ],
        "hovertemplate": "%{text}<extra></extra>",
        "name": "reflections",
        "meta": {"kind": "ticks", "wavelength": wavelength},
    }
    labels = {
        "type": "scatter",
        "mode": "text",
        "x": [r.two_theta for r in strong],
        "y": [_height(pattern, r.two_theta) + 3 for r in strong],
        "text": [_hkl(r) for r in strong],
        "textposition": "top center",
        "textfont": {"size": 11, "color": MUTED},
        "hoverinfo": "skip",
        "cliponaxis": False,
        "meta": {"kind": "labels", "wavelength": wavelength},
    }
    return [trace | base for trace in (profile, ticks, labels)]


def _spread_out(reflections: Sequence[Reflection]) -> list[Reflection]:
    """Keep of lines closer than a label is wide only the strongest, so that labels never overlap."""
    kept: list[Reflection] = []
    for reflection in sorted(reflections, key=lambda r: -r.intensity):
        if all(abs(reflection.two_theta - other.two_theta) > LABEL_WIDTH for other in kept):
            kept.append(reflection)
    return kept


def _height(pattern: PowderPattern, two_theta: float) -> float:
    """Return the profile's value at a line, so that its label sits on the peak."""
    grid = _uniform(pattern)
    index = round((two_theta - grid["x0"]) / grid["dx"]) if grid["dx"] else 0
    near = pattern.profile[max(index - 3, 0) : index + 4]
    return max(near, default=0.0)


def pattern_figure(patterns: Sequence[PowderPattern]) -> Figure:
    """Return the patterns stacked, each over its tick marks; the page can switch them from 2θ to Q."""
    rows = len(patterns)
    gap = 0.09
    height = (1 - gap * (rows - 1)) / rows
    same = max(p.wavelength.value for p in patterns) - min(p.wavelength.value for p in patterns) < 1e-3
    figure_layout = layout(ROW_HEIGHT * rows + 70, margin={"l": 34, "r": 14, "t": 22, "b": 46}, hovermode="closest")
    annotations = []
    for row, pattern in enumerate(patterns):
        top = 1 - row * (height + gap)
        suffix = "" if row == 0 else str(row + 1)
        last = row == rows - 1
        figure_layout[f"xaxis{suffix}"] = axis(
            "2θ (°)" if last else "",
            anchor=f"y{suffix}",
            range=[pattern.two_theta[0], pattern.two_theta[-1]],
            **({"matches": "x"} if same and row else {}),
        )
        figure_layout[f"yaxis{suffix}"] = axis(
            anchor=f"x{suffix}",
            domain=[max(top - height, 0.0), top],
            range=[-14, 122],
            showticklabels=False,
            ticks="",
            showgrid=False,
            fixedrange=True,
        )
        annotations.append(
            {
                "text": f"<b>{pattern_name(pattern)}</b>  λ = {pattern.wavelength.value:.4g} Å",
                "xref": "paper",
                "yref": "paper",
                "x": 1,
                "y": top,
                "xanchor": "right",
                "yanchor": "top",
                "showarrow": False,
                "font": {"size": 13, "color": SERIES[row % len(SERIES)]},
            }
        )
    figure_layout["annotations"] = annotations
    traces = [trace for row, pattern in enumerate(patterns) for trace in _pattern_traces(pattern, row)]
    return {"data": traces, "layout": figure_layout, "same_wavelength": same}


def visibility_figure(patterns: Sequence[PowderPattern]) -> Figure:
    """Return bars: how much each pattern changes when one element stops scattering."""
    elements = list(dict.fromkeys(e for pattern in patterns for e in pattern.visibility))
    traces: list[dict[str, Any]] = []
    for row, pattern in enumerate(patterns):
        values = [pattern.visibility[e].magnitude("%") if e in pattern.visibility else None for e in elements]
        names = [pattern.isotopes.get(e, e) for e in elements]
        traces.append(
            {
                "type": "bar",
                "name": pattern_name(pattern),
                "x": elements,
                "y": values,
                "customdata": names,
                "marker": {"color": SERIES[row % len(SERIES)]},
                "text": ["" if v is None else f"{v:.0f}" if v >= 1 else f"{v:.1g}" for v in values],
                "textposition": "outside",
                "cliponaxis": False,
                "textfont": {"size": 11, "color": MUTED},
                "hovertemplate": "%{customdata}: the pattern changes by %{y:.3g} %<extra>%{fullData.name}</extra>",
            }
        )
    top = max((v for t in traces for v in t["y"] if v is not None), default=1.0)
    return {
        "data": traces,
        "layout": layout(
            300,
            barmode="group",
            bargap=0.28,
            bargroupgap=0.08,
            margin={"l": 52, "r": 8, "t": 10, "b": 34},
            xaxis=axis(showgrid=False, ticks="", tickfont={"size": 14}),
            yaxis=axis("change of the pattern (%)", range=[0, top * 1.14 or 1], showline=False, ticks=""),
            showlegend=True,
            legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 12}},
        ),
    }


def conductivity_figure(rows: Sequence[ConductivityRow], references: dict[str, str]) -> Figure | None:
    """Return literature conductivities against 1000/T; ``None`` for fewer than two rows with a temperature.

    ``references`` maps a row's id to the short reference shown on hover.
    """
    points = [(r, r.conductivity, r.temperature) for r in rows if r.conductivity and r.temperature]
    points = [(r, s, t) for r, s, t in points if s.value > 0 and t.value > 0]
    if len(points) < 2:
        return None
    traces = []
    for kind, symbol in (("experiment", "circle"), ("modelling", "diamond-open")):
        chosen = [p for p in points if p[0].kind == kind]
        if not chosen:
            continue
        colour = SERIES[0] if kind == "experiment" else SERIES[1]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": kind,
                "x": [1000 / t.magnitude("K") for _, _, t in chosen],
                "y": [s.magnitude("S/cm") for _, s, _ in chosen],
                "error_y": _ranges(chosen, colour),
                "marker": {"symbol": symbol, "size": 11, "color": colour, "line": {"width": 2, "color": colour}},
                "text": [_conductivity_hover(r, s, t, references) for r, s, t in chosen],
                "hovertemplate": "%{text}<extra></extra>",
            }
        )
    values = [math.log10(s.magnitude("S/cm")) for _, s, _ in points]
    inverse = [1000 / t.magnitude("K") for _, _, t in points]
    return {
        "data": traces,
        "layout": layout(
            320,
            margin={"l": 70, "r": 14, "t": 12, "b": 50},
            xaxis=axis("1000 / T (1/K)", range=[min(inverse) - 0.25, max(inverse) + 0.25]),
            yaxis=axis(
                "σ (S/cm)",
                type="log",
                range=[math.floor(min(values) - 0.4), math.ceil(max(values) + 0.4)],
                exponentformat="power",
                dtick=1,
            ),
            showlegend=True,
            legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        ),
    }


def _ranges(chosen: list[tuple[ConductivityRow, Quantity, Quantity]], colour: str) -> dict[str, Any]:
    """Draw a printed range as a bar from its lower to its upper end."""
    upper = [
        r.conductivity_upper.magnitude("S/cm") - s.magnitude("S/cm") if r.conductivity_upper else 0.0
        for r, s, _ in chosen
    ]
    return {"type": "data", "symmetric": False, "array": upper, "arrayminus": [0.0] * len(upper), "color": colour}


def _conductivity_hover(row: ConductivityRow, s: Quantity, t: Quantity, references: dict[str, str]) -> str:
    reference = references.get(row.id, "")
    sure = "" if row.reading == "clear" else "<br><i>reading uncertain</i>"
    return (
        f"<b>{chem(row.printed_composition)}</b> {prose(row.form)}<br>{number(s.value, s.uncertainty)} "
        f"{unit_symbol(s.unit)} at {t.value:g} K<br>{row.method}<br>{reference}{sure}"
    )
