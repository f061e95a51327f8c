"""What figures of water share: the axis of contents, atmospheres, the edge of the dry region, saturation."""

from __future__ import annotations

import math
from typing import Any, Final

from antiperovskite.report.figures import axis
from antiperovskite.report.palette import INK, MUTED, SERIES
from antiperovskite.stability.hydration.water import LIQUID_RANGE, PPM, atmospheres, saturation_pressure

LOWEST_LOG10_P: Final = -12.0
DRY: Final = SERIES[2]


def decades(*, ppm: bool) -> dict[str, Any]:
    """Ticks of a pressure axis, with the content in words below where ``ppm``."""
    values = list(range(int(LOWEST_LOG10_P), 1, 2))
    words = {-12: "10<sup>−6</sup> ppm", -10: "10<sup>−4</sup> ppm", -8: "0.01 ppm", -6: "1 ppm", -4: "100 ppm"}
    words |= {-2: "1 %", 0: "pure"}
    texts = [f"10<sup>{'−' if v else ''}{abs(v)}</sup>" for v in values]
    if ppm:
        texts = [f"{text}<br><i>{words[v]}</i>" for v, text in zip(values, texts, strict=True)]
    return {"tickmode": "array", "tickvals": values, "ticktext": texts}


def water_axis() -> dict[str, Any]:
    """Return the axis of log10 p(H2O)/bar."""
    return axis("p(H₂O) (bar), and content at 1 bar", showgrid=False, range=[LOWEST_LOG10_P, 0.0], **decades(ppm=True))


def placed_text(
    text: str, x: float, y: float, *, size: int = 11, ink: bool = False, anchor: str = "center", shift: int = 0
) -> dict[str, Any]:
    """Return a text in a figure, without an arrow."""
    return {
        "text": text,
        "x": x,
        "y": y,
        "xanchor": anchor,
        "yanchor": "middle",
        "yshift": shift,
        "showarrow": False,
        "font": {"size": size, "color": INK if ink else MUTED},
    }


def outline(T: Any, log_p: Any, u: Any, gap: Any) -> list[dict[str, Any]]:
    """The edge of the dry region with the band of one standard uncertainty; none where there is no window."""
    import numpy as np

    inside = (gap >= 0.0) & np.isfinite(log_p)
    if not inside.any():
        return []
    x, y, error = T[inside], log_p[inside], u[inside]
    band = {
        "type": "scatter",
        "mode": "lines",
        "x": [*x.tolist(), *x[::-1].tolist()],
        "y": [*(y + error).clip(-60, 20).tolist(), *(y - error)[::-1].clip(-60, 20).tolist()],
        "fill": "toself",
        "fillcolor": DRY,
        "opacity": 0.2,
        "line": {"width": 0},
        "hoverinfo": "skip",
        "meta": {"kind": "band"},
    }
    edge = {
        "type": "scatter",
        "mode": "lines",
        "x": x.tolist(),
        "y": y.tolist(),
        "customdata": (y + 6.0).tolist(),
        "line": {"color": DRY, "width": 3},
        "hovertemplate": "dry below log<sub>10</sub> ppm = %{customdata:.2f} at %{x:.0f} K<extra></extra>",
        "meta": {"kind": "limit"},
    }
    return [band, edge]


def atmosphere_heights() -> list[float]:
    """Return log10 p(H2O)/bar of each usual atmosphere."""
    return [math.log10(atmosphere.water) for atmosphere in atmospheres()]


def atmosphere_lines(left: float, right: float) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Dashed lines of the usual atmospheres with what they are."""
    traces, notes = [], []
    for atmosphere in atmospheres():
        y = math.log10(atmosphere.water)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": [left, right],
                "y": [y, y],
                "line": {"color": INK, "width": 1, "dash": "dash"},
                "opacity": 0.55,
                "hoverinfo": "skip",
                "meta": {"kind": "atmosphere", "name": atmosphere.name},
            }
        )
        ppm = f" ({float(f'{atmosphere.water * PPM:.2g}'):,.0f} ppm)" if "ppm" not in atmosphere.name else ""
        notes.append(placed_text(f"{atmosphere.name}{ppm}", right, y, anchor="right", shift=8))
    return traces, notes


def saturation(T: Any) -> dict[str, Any]:
    """Where water itself condenses; beyond it a solution forms that the map does not know."""
    import numpy as np

    x = np.linspace(float(T[0]), min(LIQUID_RANGE[1], float(T[-1])), 30)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x.tolist(),
        "y": [math.log10(saturation_pressure(float(t))) for t in x],
        "line": {"color": SERIES[0], "width": 2, "dash": "dot"},
        "hovertemplate": "liquid water condenses above this line<extra></extra>",
        "meta": {"kind": "saturation"},
    }
