"""How dry is dry, from one hydration record: the tolerated water content against temperature, small enough for a card.

The map with every region needs the phases; it is drawn by ``antiperovskite hydration --map``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from antiperovskite.quantity import NotComputed
from antiperovskite.report.figures import Figure, axis, layout
from antiperovskite.report.format import chem
from antiperovskite.report.palette import MUTED
from antiperovskite.report.water_axes import (
    DRY,
    LOWEST_LOG10_P,
    atmosphere_heights,
    atmosphere_lines,
    outline,
    placed_text,
    saturation,
    water_axis,
)
from antiperovskite.stability.hydration.model import Hydration, WaterLimit, WaterPoint

HEIGHT: Final = 440
LOG10_PPM: Final = 6.0
FAINT: Final = 0.1
CLEAR: Final = 0.7  # decades between a name and a line
BELOW_ATMOSPHERES: Final = -9.2  # log10 bar; their lines and names end at 0.1 ppm


def water_figure(water: Hydration) -> Figure | None:
    """Return the edge of the dry region, in equilibrium and for a frozen decomposition; ``None`` if there is neither.

    Where the dry phase is stable the filled region is that of equilibrium; else it is the one in which it only lasts.
    """
    import numpy as np

    points = water.max_water_ppm
    T = np.array([point.temperature.value for point in points], dtype=float)
    stable = outline(T, *_arrays(points, frozen=False))
    frozen = outline(T, *_arrays(points, frozen=True))
    shown = stable or frozen
    if not shown:
        return None
    lines, names = atmosphere_lines(float(T[0]), float(T[-1]))
    dashed = [_dashed(frozen[1])] if stable and frozen else []
    melting = _melting(points)
    return {
        "data": [_filled(shown[1]), *shown, *dashed, *lines, saturation(T)],
        "layout": layout(
            HEIGHT,
            margin={"l": 74, "r": 16, "t": 26, "b": 48},
            hovermode="closest",
            xaxis=axis("temperature (K)", range=[float(T[0]), float(T[-1])], showgrid=False),
            yaxis=water_axis(),
            annotations=[*names, *_names(water, points, frozen=not stable), *melting[1]],
            shapes=melting[0],
        ),
    }


def _limit(point: WaterPoint, frozen: bool) -> WaterLimit:
    return point.metastable if frozen else point


def _arrays(points: Sequence[WaterPoint], *, frozen: bool) -> tuple[Any, Any, Any]:
    """log10 p(H2O)/bar, its uncertainty, and 1 or -1 for whether there is a limit at all."""
    import numpy as np

    found = [_limit(point, frozen).log10_max_water_ppm for point in points]
    log_p = [math.nan if isinstance(q, NotComputed) else q.value - LOG10_PPM for q in found]
    u = [0.0 if isinstance(q, NotComputed) else q.uncertainty or 0.0 for q in found]
    there = [-1.0 if isinstance(q, NotComputed) else 1.0 for q in found]
    return np.array(log_p), np.array(u), np.array(there)


def _filled(edge: dict[str, Any]) -> dict[str, Any]:
    """The region below an edge, down to the axis."""
    x = edge["x"]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [*x, x[-1], x[0]],
        "y": [*(max(y, LOWEST_LOG10_P) for y in edge["y"]), LOWEST_LOG10_P, LOWEST_LOG10_P],
        "fill": "toself",
        "fillcolor": DRY,
        "opacity": FAINT,
        "line": {"width": 0},
        "hoverinfo": "skip",
        "meta": {"kind": "dry"},
    }


def _dashed(edge: dict[str, Any]) -> dict[str, Any]:
    """The second edge: products of water only."""
    hover = "products of water alone: log<sub>10</sub> ppm = %{customdata:.2f} at %{x:.0f} K<extra></extra>"
    return edge | {"line": {"color": DRY, "width": 1.6, "dash": "dash"}, "hovertemplate": hover}


def _names(water: Hydration, points: Sequence[WaterPoint], *, frozen: bool) -> list[dict[str, Any]]:
    """The dry phase below the edge and what it turns into above it, each where there is most room."""
    there = [p for p in points if _limit(p, frozen).log10_max_water_ppm.value is not None]
    inside = [p for p in there if LOWEST_LOG10_P + 2.5 < _height(p, frozen) < -0.5]
    if not inside:
        return []
    right, middle = inside[-1], inside[len(inside) // 3]
    lasts = "lasts, metastable" if frozen else "dry"
    x = right.temperature.value or 0.0
    dry = placed_text(
        f"<b>{chem(water.formula)}</b><br>{lasts}",
        x - 0.02 * x,
        min((LOWEST_LOG10_P + _height(right, frozen)) / 2, BELOW_ATMOSPHERES),
        size=15,
        ink=True,
        anchor="right",
    )
    products = " + ".join(
        str(chem(name if n == 1.0 else f"{n:.3g} {name}"))
        for name, n in _limit(middle, frozen).limiting_products.items()
    )
    t = middle.temperature.value or 0.0
    height = min(_height(middle, frozen) + 2.2, -0.9)
    if any(abs(height - line) < CLEAR for line in atmosphere_heights()):
        height += CLEAR  # off the dashed lines
    return [dry, placed_text(products, t - 10.0, height, size=13, ink=True, anchor="right" if t > 550 else "center")]


def _height(point: WaterPoint, frozen: bool) -> float:
    """Log10 of the limit in bar."""
    return (_limit(point, frozen).log10_max_water_ppm.value or 0.0) - LOG10_PPM


def _melting(points: Sequence[WaterPoint]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Where the first product melts; beyond it the edge is an upper bound."""
    first = next((point for point in points if point.molten), None)
    if first is None or first.temperature.value is None:
        return [], []
    T = first.temperature.value
    shape = {
        "type": "line",
        "x0": T,
        "x1": T,
        "yref": "paper",
        "y0": 0.0,
        "y1": 1.0,
        "line": {"color": MUTED, "width": 1, "dash": "dot"},
    }
    molten = " and ".join(str(chem(name)) for name in first.molten)
    text = placed_text(f"{molten} molten →", T, 1.0, anchor="center") | {"yref": "paper", "yanchor": "bottom"}
    return [shape], [text]
