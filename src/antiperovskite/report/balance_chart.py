"""Who carries the current: shares of the conductivity by vacancies and interstitials over temperature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from antiperovskite.quantity import Quantity
from antiperovskite.report.figures import Figure, axis, layout
from antiperovskite.report.palette import INK, SERIES

if TYPE_CHECKING:
    from antiperovskite.defects.equilibrium.model import EquilibriumStudy


def balance_chart(study: EquilibriumStudy) -> Figure | None:
    """Stacked shares of the conductivity; where no barriers are known, of the number of mobile carriers."""
    for field, words in (
        ("vacancy_conductivity_share", "share of the conductivity (%)"),
        ("vacancy_share", "share of the carriers (%)"),
    ):
        pairs = [(p.temperature.value, getattr(p.carriers, field)) for p in study.points]
        shown = [(T, share) for T, share in pairs if isinstance(share, Quantity)]
        if len(shown) > 1:
            return _figure(shown, study.ion, words)
    return None


def _figure(shown: list[tuple[float, Quantity]], ion: str, words: str) -> Figure:
    temperatures = [T for T, _ in shown]
    shares = [100.0 * share.value for _, share in shown]
    common: dict[str, Any] = {"type": "scatter", "x": temperatures, "stackgroup": "one", "mode": "lines"}
    traces = [
        {**common, "y": [round(y, 2) for y in shares], "name": f"{ion} vacancies", "line": {"width": 0},
         "fillcolor": SERIES[0], "hovertemplate": "%{y:.0f} %<extra>vacancies</extra>"},
        {**common, "y": [round(100.0 - y, 2) for y in shares], "name": f"{ion} interstitials", "line": {"width": 0},
         "fillcolor": SERIES[2], "hovertemplate": "%{y:.0f} %<extra>interstitials</extra>"},
        {
            "type": "scatter", "mode": "lines+markers", "x": temperatures, "y": [round(y, 2) for y in shares],
            "name": "68 % interval", "line": {"color": INK, "width": 1.2}, "marker": {"color": INK, "size": 5},
            "error_y": {
                "type": "data", "symmetric": False, "color": INK, "thickness": 1.2,
                "array": [min(100.0 * (q.uncertainty or 0.0), 100.0 * (1.0 - q.value)) for _, q in shown],
                "arrayminus": [min(100.0 * (q.uncertainty or 0.0), 100.0 * q.value) for _, q in shown],
            },
            "hoverinfo": "skip",
        },
    ]  # fmt: skip
    figure = layout(
        320, margin={"l": 58, "r": 14, "t": 12, "b": 44}, showlegend=True,
        legend={"orientation": "h", "x": 0, "y": -0.22, "yanchor": "top"},
    )  # fmt: skip
    figure["xaxis"] = axis("temperature (K)", range=[min(temperatures), max(temperatures)], showgrid=False)
    figure["yaxis"] = axis(words, range=[0, 100], showgrid=False)
    return {"data": traces, "layout": figure}
