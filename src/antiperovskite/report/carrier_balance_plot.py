"""Carrier balance: share of conduction by vacancies, interstitials and protons against temperature and water."""

from __future__ import annotations

from html import escape
from typing import Any, Final

from antiperovskite.carriers.balance import CARRIERS, BalancePoint, CarrierBalance
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.report.diffusion_plot import _axis, _layout

COLOURS: Final = {"vacancy": "#0072b2", "interstitial": "#d55e00", "proton": "#009e73"}
NAMES: Final = {"vacancy": "vacancies", "interstitial": "interstitials", "proton": "protons"}
DASHES: Final = ("solid", "dash", "dot", "dashdot")


def balance_figure(balance: CarrierBalance) -> dict[str, Any] | NotComputed:
    """Shares in percent with their uncertainty, over water where it runs, else over temperature.

    Several temperatures over water have lines of different dashes. Where no share at all was computed the reason is
    returned instead of a figure.
    """
    over_water = len({p.p_water.value for p in balance.points if p.p_water is not None}) > 1
    groups: dict[str, list[BalancePoint]] = {}
    for point in balance.points:
        groups.setdefault(f"{point.temperature.value:g} K" if over_water else "", []).append(point)
    traces = []
    for number, (label, points) in enumerate(groups.items()):
        for name in CARRIERS:
            found = [(p, q) for p in points if isinstance(q := p.shares[name], Quantity)]
            if not found:
                continue
            words = NAMES[name] + (f", {label}" if label else "")
            traces.append(
                {
                    "type": "scatter", "mode": "lines+markers", "name": words,
                    "x": [_x(p, over_water) for p, _ in found],
                    "y": [100.0 * q.value for _, q in found],
                    "error_y": {
                        "type": "data", "thickness": 1, "color": COLOURS[name],
                        "array": [100.0 * min(q.uncertainty or 0.0, 1.0 - q.value) for _, q in found],
                        "arrayminus": [100.0 * min(q.uncertainty or 0.0, q.value) for _, q in found],
                    },
                    "text": [escape(f"{words}, {_where(p)}: {q}") for p, q in found],
                    "hovertemplate": "%{text}<extra></extra>",
                    "line": {"color": COLOURS[name], "dash": DASHES[number % len(DASHES)], "width": 1.8},
                    "marker": {"size": 7, "color": COLOURS[name]},
                }
            )  # fmt: skip
    if not traces:
        reasons = dict.fromkeys(q.method for p in balance.points for q in p.shares.values())
        return NotComputed(unit="1", method="; ".join(reasons) or "no point was computed", source=balance.source)
    x = _axis("p(H₂O) / bar", type="log") if over_water else _axis("T / K")
    layout = _layout(x, _axis("share of the conduction / %", range=[-3, 103]))
    layout["height"] = 400
    layout["margin"]["t"] = 56
    return {"data": traces, "layout": layout}


def _x(point: BalancePoint, over_water: bool) -> float:
    return point.p_water.value if over_water and point.p_water is not None else point.temperature.value


def _where(point: BalancePoint) -> str:
    water = f", {point.p_water.value:.1e} bar H2O" if point.p_water is not None else ""
    return f"{point.temperature.value:g} K{water}"


__all__ = ["balance_figure"]
