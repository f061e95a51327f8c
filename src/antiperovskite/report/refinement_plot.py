"""Observed, calculated and difference curves with the lines of each phase, as one offline HTML file."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

from antiperovskite._files import check_writable, write_atomically
from antiperovskite.diffraction.identify.model import UnexplainedPeak
from antiperovskite.diffraction.refinement.model import Refinement
from antiperovskite.quantity import Quantity

OBSERVED, CALCULATED, BACKGROUND, DIFFERENCE, LEFT = "#1b2733", "#c8401a", "#7d8894", "#2c6fb3", "#8a2be2"
PHASE_COLOURS: Final = ("#1fa67a", "#b5761b", "#5d3a9b", "#c2407f", "#3d5fc4", "#6f7d1f", "#0f8a9b", "#96492a")


def refinement_figure(result: Refinement, unexplained: Sequence[UnexplainedPeak] = ()) -> dict[str, Any]:
    """Return the figure as plotly data: the pattern above, line ticks and the difference below."""
    curves = result.curves
    x = list(curves.two_theta)
    difference = [o - c for o, c in zip(curves.observed, curves.calculated, strict=True)]
    traces: list[dict[str, Any]] = [
        _line(x, list(curves.observed), "observed", OBSERVED, mode="markers", marker={"size": 3, "color": OBSERVED}),
        _line(x, list(curves.calculated), "calculated", CALCULATED, line={"width": 1.4, "color": CALCULATED}),
        _line(x, list(curves.background), "background", BACKGROUND, line={"width": 1, "dash": "dot"}),
    ]
    for number, phase in enumerate(result.phases):
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [tick.two_theta for tick in phase.ticks],
                "y": [-number] * len(phase.ticks),
                "yaxis": "y2",
                "name": _named(phase.name, phase.weight_fraction),
                "marker": {
                    "symbol": "line-ns-open",
                    "size": 11,
                    "color": PHASE_COLOURS[number % len(PHASE_COLOURS)],
                },
                "text": [f"{escape(phase.name)} {' '.join(map(str, tick.hkl))}" for tick in phase.ticks],
                "hovertemplate": "%{text}<br>%{x:.3f}°<extra></extra>",
            }
        )
    if unexplained:
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [peak.two_theta for peak in unexplained],
                "y": [-len(result.phases)] * len(unexplained),
                "yaxis": "y2",
                "name": "unexplained peaks",
                "marker": {"symbol": "triangle-up", "size": 9, "color": LEFT},
                "text": [f"d = {peak.d:.4f} Å, {peak.height:.1f} %" for peak in unexplained],
                "hovertemplate": "%{text}<br>%{x:.3f}°<extra></extra>",
            }
        )
    traces.append(_line(x, difference, "difference", DIFFERENCE, yaxis="y3", line={"width": 1, "color": DIFFERENCE}))
    rows = len(result.phases) + bool(unexplained)
    band = min(0.04 + 0.028 * rows, 0.26)
    agreement = result.agreement
    title = (
        f"{escape(result.pattern)}: Rwp {agreement.r_wp.value:.2f} %, Rexp {agreement.r_exp.value:.2f} %, "
        f"GoF {agreement.gof.value:.2f}"
    )
    return {
        "data": traces,
        "layout": {
            "title": {"text": title, "x": 0.02, "font": {"size": 17}},
            "height": 760,
            "paper_bgcolor": "#ffffff",
            "plot_bgcolor": "#ffffff",
            "font": {"family": "system-ui, -apple-system, 'Segoe UI', sans-serif", "size": 13, "color": "#1b2733"},
            "hovermode": "closest",
            "margin": {"l": 84, "r": 24, "t": 96, "b": 56},
            "legend": {"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom"},
            "xaxis": _axis("2θ / °", anchor="y3"),
            "yaxis": _axis("intensity", domain=[0.22 + band, 1.0]),
            "yaxis2": {
                "domain": [0.21, 0.20 + band],
                "range": [-rows + 0.3, 0.7],
                "visible": False,
            },
            "yaxis3": _axis("difference", domain=[0.0, 0.19], zeroline=True, zerolinecolor="#b8c0c8"),
        },
    }


def write_refinement(result: Refinement, path: Path, unexplained: Sequence[UnexplainedPeak] = ()) -> None:
    """Write the page whole or not at all; plotly's JavaScript is in it.

    Raises
    ------
    OptionError
        The file cannot be written.
    """
    from plotly.io import to_html

    check_writable(path.parent)
    figure = to_html(
        refinement_figure(result, unexplained), include_plotlyjs=True, full_html=False, validate=False,
        config={"displaylogo": False, "responsive": True},
    )  # fmt: skip
    notes = "".join(f"<li>{escape(note)}</li>" for note in (result.method, result.uncertainty_rule, *result.notes))
    rows = "".join(
        f"<tr><td>{escape(phase.name)}</td><td>{escape(phase.spacegroup)}</td>"
        f"<td>{escape(', '.join(f'{key} {value}' for key, value in phase.lattice.items()))}</td>"
        f"<td>{escape(_share(phase.weight_fraction))}</td><td>{escape(_share(phase.r_bragg))}</td></tr>"
        for phase in result.phases
    )
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(result.pattern)}: refinement</title><link rel='icon' href='data:,'><style>"
        "body{font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif;color:#1b2733;max-width:1280px;"
        "margin:0 auto;padding:8px 16px 40px}table{border-collapse:collapse;width:100%}"
        "td,th{text-align:left;padding:4px 12px 4px 0;border-bottom:1px solid #e3e7eb}"
        "li{color:#4a5663;font-size:13px}</style></head><body>"
        f"{figure}<table><thead><tr><th>Phase</th><th>Space group</th><th>Lattice</th><th>Share by weight</th>"
        f"<th>R<sub>Bragg</sub></th></tr></thead><tbody>{rows}</tbody></table><ul>{notes}</ul></body></html>"
    )
    write_atomically(path, page)


def _line(x: list[float], y: list[float], name: str, colour: str, **more: Any) -> dict[str, Any]:
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "name": name, "line": {"color": colour}} | more


def _axis(title: str, **more: Any) -> dict[str, Any]:
    style = {
        "title": {"text": title},
        "showline": True,
        "linecolor": "#8a949e",
        "gridcolor": "#edf0f2",
        "ticks": "outside",
    }
    return style | {"ticks": "outside", "zeroline": False} | more


def _share(value: Any) -> str:
    return str(value) if isinstance(value, Quantity) else "–"


def _named(name: str, share: Any) -> str:
    return f"{escape(name)} ({share})" if isinstance(share, Quantity) else escape(name)


__all__ = ["refinement_figure", "write_refinement"]
