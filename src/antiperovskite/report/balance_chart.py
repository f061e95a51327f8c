"""Who carries the current: shares of conduction by vacancies, interstitials and protons, with their intervals."""

from __future__ import annotations

from html import escape
from typing import Any, Final

from antiperovskite.carriers.balance import CARRIERS, BalancePoint, Carrier, CarrierBalance, share_text
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.report.figures import Figure, axis, layout
from antiperovskite.report.palette import SERIES

COLOURS: Final[dict[Carrier, str]] = {"vacancy": SERIES[0], "interstitial": SERIES[1], "proton": SERIES[2]}
DASHES: Final = ("solid", "dash", "dot", "dashdot")
AXES: Final[dict[str, dict[str, Any]]] = {
    "temperature": {"title": "temperature (K)"},
    "p_water": {"title": "p(H₂O) (bar)", "type": "log"},
    "dopant": {"title": "dopant per formula unit", "type": "log"},
    "halide_deficiency": {"title": "halide deficiency x"},
}
"""As :attr:`CarrierBalance.axis`; another one is the share of the way from one phase to the other."""


def balance_figure(balance: CarrierBalance) -> Figure | NotComputed:
    """Shares in percent over what runs; lines of several temperatures have dashes of their own.

    Where no share of the conduction is known the shares of the number of carriers are drawn, and the axis says so;
    where there is none either, the reason is returned.
    """
    for field, words in (("shares", "share of the conduction (%)"), ("number_shares", "share of the carriers (%)")):
        traces = _traces(balance, field)
        if traces:
            return {"data": traces, "layout": _layout(balance, words)}
    reasons = dict.fromkeys(q.method for p in balance.points for q in p.shares.values())
    return NotComputed(unit="1", method="; ".join(reasons) or "no point was computed", source=balance.source)


def _traces(balance: CarrierBalance, field: str) -> list[dict[str, Any]]:
    groups: dict[str, list[BalancePoint]] = {}
    for point in balance.points:
        several = balance.axis != "temperature"
        groups.setdefault(f"{point.temperature.value:g} K" if several else "", []).append(point)
    traces = []
    for number, (label, points) in enumerate(groups.items()):
        extra = f", {label}" if len(groups) > 1 else ""
        for name in CARRIERS:
            found = [(p, q) for p in points if isinstance(q := getattr(p, field)[name], Quantity)]
            if found:
                words = {"vacancy": f"{balance.ion} vacancies", "interstitial": f"{balance.ion} interstitials"}
                traces.append(_trace(name, escape(words.get(name, "protons") + extra), found, field, number))
    return traces


def _trace(
    name: Carrier, words: str, found: list[tuple[BalancePoint, Quantity]], field: str, number: int
) -> dict[str, Any]:
    colour = COLOURS[name]
    up, down = zip(*(_sides(p, q, name, field) for p, q in found), strict=True)
    return {
        "type": "scatter", "mode": "lines+markers", "name": words,
        "x": [p.position for p, _ in found],
        "y": [round(100.0 * q.value, 3) for _, q in found],
        "error_y": {
            "type": "data", "symmetric": False, "array": up, "arrayminus": down, "thickness": 1.2, "width": 4,
            "color": colour,
        },
        "text": [escape(f"{_where(p)}: {_said(p, q, name, field)}") for p, q in found],
        "hovertemplate": f"{words}, %{{text}}<extra></extra>",
        "line": {"color": colour, "dash": DASHES[number % len(DASHES)], "width": 2},
        "marker": {"size": 7, "color": colour},
    }  # fmt: skip


def _sides(point: BalancePoint, share: Quantity, name: Carrier, field: str) -> tuple[float, float]:
    """Lengths of both bars, percent: of the interval, or of one standard uncertainty between nothing and all."""
    interval = point.intervals68.get(name) if field == "shares" else None
    if interval is not None:
        sides = (interval.high - share.value, share.value - interval.low)
    else:
        wide = share.uncertainty or 0.0
        sides = (min(wide, 1.0 - share.value), min(wide, share.value))
    return round(100.0 * sides[0], 3), round(100.0 * sides[1], 3)


def _said(point: BalancePoint, share: Quantity, name: Carrier, field: str) -> str:
    return share_text(point, name) if field == "shares" else str(share.to("%"))


def _where(point: BalancePoint) -> str:
    water = f", {point.p_water.value:.1e} bar H₂O" if point.p_water is not None else ""
    return f"{point.temperature.value:g} K{water}"


def _layout(balance: CarrierBalance, words: str) -> dict[str, Any]:
    figure = layout(
        340, margin={"l": 58, "r": 14, "t": 12, "b": 44}, showlegend=True,
        legend={"orientation": "h", "x": 0, "y": -0.22, "yanchor": "top"},
    )  # fmt: skip
    style = dict(AXES.get(balance.axis, {"title": escape(_way(balance))}))
    figure["xaxis"] = axis(style.pop("title"), **style)
    figure["yaxis"] = axis(words, range=[-3, 103], fixedrange=True)
    return figure


def _way(balance: CarrierBalance) -> str:
    first, second = (*balance.points[0].coexisting, "", "")[:2]
    return f"from beside {first} (0) to beside {second} (1)"


__all__ = ["balance_figure"]
