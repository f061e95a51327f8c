"""The perspective's Fig. 2 drawn from data: tolerance factor against the A-site radius, over both sets of radii.

One panel a cation. Each B anion is a diagonal ribbon t(r_A) = (r_A + r_X) / (sqrt(2) (r_B + r_X)), as wide as its
published radii differ; each composition of Table 1 is a symbol in the colour of its B anion: made, reported, predicted
only, and crossed out where the text calls it not synthesisable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any, Final

from antiperovskite.errors import AntiperovskiteError
from antiperovskite.evidence import CompositionRow, compositions, radii
from antiperovskite.ions import ion
from antiperovskite.ions.model import RadiusScale
from antiperovskite.ions.radii import COORDINATION, select_radius
from antiperovskite.quantity import Quantity
from antiperovskite.report import references
from antiperovskite.report.figures import Figure, axis, layout
from antiperovskite.report.format import chem, number, prose
from antiperovskite.report.palette import MUTED, SERIES
from antiperovskite.stability.factors import goldschmidt
from antiperovskite.stability.tolerance import MAP_RANGE, tolerance

SCALES: Final[tuple[RadiusScale, ...]] = ("thermochemical", "shannon")
CATIONS: Final = ("Li", "Na")
B_COLOURS: Final = {"O": SERIES[1], "OH": SERIES[0], "H": SERIES[2], "S": SERIES[4], "F": SERIES[3]}
MIXED: Final = SERIES[5]
STATUSES: Final = {  # status: (legend, symbol)
    "synthesised": ("made", "circle"),
    "reportedly synthesised": ("reported as made", "circle-open-dot"),
    "attempted": ("attempted, not made", "x-thin"),
    "predicted": ("predicted only", "diamond-open"),
}
AGAINST: Final = ("not synthesisable or attempted in vain, by the text", "x-thin")
T_RANGE: Final = (0.62, 1.12)
BAND: Final = "rgba(128, 138, 150, .13)"  # no ribbon has this grey
_HEIGHT: Final = 1010
_POSITIONS: Final = (  # where a label may stand: textposition, offset of its centre in label widths and heights
    ("middle right", 0.62, 0.0),
    ("middle left", -0.62, 0.0),
    ("top center", 0.0, 1.1),
    ("bottom center", 0.0, -1.1),
    ("top right", 0.55, 0.9),
    ("bottom right", 0.55, -0.9),
    ("top left", -0.55, 0.9),
    ("bottom left", -0.55, -0.9),
)


@dataclass(frozen=True)
class MapPoint:
    """One composition on the map; lengths in angstrom, uncertainties 0 where none is defined."""

    row: CompositionRow
    cation: str
    b_ion: str
    radius: float
    radius_uncertainty: float
    t: float
    u_t: float
    formula_note: str


def map_points(scale: RadiusScale) -> tuple[MapPoint, ...]:
    """Return every composition of Table 1, and registered ones, that has a place on this scale."""
    return tuple(point for row in compositions() if (point := _point(row, scale)) is not None)


def missing(scale: RadiusScale) -> list[str]:
    """Return the formulas that have no place on this scale: a radius is missing, or X is neither Li nor Na."""
    placed = {point.row.id for point in map_points(scale)}
    return [row.formula for row in compositions() if row.id not in placed]


def _point(row: CompositionRow, scale: RadiusScale) -> MapPoint | None:
    from antiperovskite.composition import resolve

    try:
        formula = resolve(row.formula)
        found = tolerance(formula)
    except AntiperovskiteError:
        return None  # a registered row may carry a family name
    t = getattr(found.goldschmidt, scale)
    on_A = [(used.amount, getattr(used, scale)) for used in found.radii if used.site == "A"]
    if not isinstance(t, Quantity) or not all(isinstance(radius, Quantity) for _, radius in on_A):
        return None
    total = sum(amount for amount, _ in on_A)
    cations = formula.sites.X
    main = max(cations, key=lambda symbol: cations[symbol])
    if main not in CATIONS:
        return None  # a registered row; the map has a panel for Li and one for Na
    return MapPoint(
        row=row,
        cation=main,
        b_ion=next(iter(formula.sites.B)) if len(formula.sites.B) == 1 else "",
        radius=sum(amount * radius.value for amount, radius in on_A) / total,
        radius_uncertainty=sum(amount * (radius.uncertainty or 0.0) for amount, radius in on_A) / total,
        t=t.value,
        u_t=t.uncertainty or 0.0,
        formula_note=f"r of X is the mean over {', '.join(cations)}" if len(cations) > 1 else "",
    )


def map_figure(scale: RadiusScale) -> Figure:
    """Return the map over one set of radii (``"shannon"`` or ``"thermochemical"``), one panel a cation."""
    points = map_points(scale)
    left = min(p.radius - p.radius_uncertainty for p in points) - 0.06
    right = max(p.radius + p.radius_uncertainty for p in points) + 0.1
    traces: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for panel, cation in enumerate(CATIONS):
        axes = {"xaxis": f"x{panel + 1}" if panel else "x", "yaxis": f"y{panel + 1}" if panel else "y"}
        ribbons, names = _ribbons(cation, scale, (left, right))
        here = [point for point in points if point.cation == cation]
        traces += [trace | axes for trace in (*ribbons, *_symbols(here, (left, right)))]
        notes += [note | {"xref": axes["xaxis"], "yref": axes["yaxis"]} for note in names]
        notes += [note | {"yref": axes["yaxis"]} for note in _band_notes(first=panel == 0)]
        notes.append(_panel_name(cation, panel))
    traces += _legend(traces)
    return {"data": traces, "layout": _layout(scale, (left, right), notes)}


def _ribbons(
    cation: str, scale: RadiusScale, x: tuple[float, float]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    traces, ends = [], []
    r_X = _shannon(cation)
    for b_ion in dict.fromkeys(row.formula for row in radii() if row.site == "B"):
        values = _published(b_ion, scale)
        if not values:
            continue
        colour = B_COLOURS.get(b_ion, MIXED)
        low, high = min(values), max(values)
        mean = (low + high) / 2

        def t(r_A: float, r_B: float) -> float:
            return goldschmidt(r_A, r_B, r_X)

        meta = {"kind": "ribbon", "b": b_ion, "cation": cation, "r_B": [low, high]}
        if high > low:
            traces.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "x": [x[0], x[1], x[1], x[0]],
                    "y": [t(x[0], low), t(x[1], low), t(x[1], high), t(x[0], high)],
                    "fill": "toself",
                    "fillcolor": colour,
                    "opacity": 0.13,
                    "line": {"width": 0},
                    "hoverinfo": "skip",
                    "showlegend": False,
                    "meta": meta,
                }
            )
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": list(x),
                "y": [t(x[0], mean), t(x[1], mean)],
                "line": {"color": colour, "width": 1.2},
                "opacity": 0.75,
                "hoverinfo": "skip",
                "showlegend": False,
                "meta": meta,
            }
        )
        ends.append((b_ion, colour, mean))
    return traces, _ribbon_names(ends, r_X, x)


def _ribbon_names(ends: list[tuple[str, str, float]], r_X: float, x: tuple[float, float]) -> list[dict[str, Any]]:
    """Name each ribbon where it leaves the panel, names moved apart where ribbons nearly coincide."""
    placed: list[tuple[float, float]] = []
    notes = []
    for b_ion, colour, r_B in sorted(ends, key=lambda end: end[2]):
        slope = 1 / (2**0.5 * (r_B + r_X))
        at = x[1] - 0.012 * (x[1] - x[0])
        t = goldschmidt(at, r_B, r_X)
        if t > T_RANGE[1] - 0.015:  # leaves through the top edge
            t = T_RANGE[1] - 0.015
            at = x[0] + (t - goldschmidt(x[0], r_B, r_X)) / slope
        width = 0.03 * (x[1] - x[0])
        while any(abs(at - a) < width and abs(t - b) < 0.028 for a, b in placed):
            at -= width
            t -= width * slope
        placed.append((at, t))
        charge = "2−" if ion(b_ion).charge == -2 else "−"
        notes.append(
            {
                "text": f"<b>{chem(b_ion)}<sup>{charge}</sup></b>",
                "x": at,
                "y": t,
                "xanchor": "right",
                "showarrow": False,
                "font": {"size": 13, "color": colour},
                "bgcolor": "var(--card)",
                "borderpad": 1,
                "opacity": 0.92,
            }
        )
    return notes


def _symbols(points: Sequence[MapPoint], x: tuple[float, float]) -> list[dict[str, Any]]:
    labels = _label_positions(points, x)
    traces = []
    for status, (name, symbol) in STATUSES.items():
        chosen = [point for point in points if point.row.status == status]
        if chosen:
            traces.append(_symbol_trace(chosen, name, symbol, 11, labels, x))
    doubted = [point for point in points if point.row.against]
    if doubted:
        cross = _symbol_trace(doubted, *AGAINST, 13, {}, x)
        cross["marker"]["color"] = "var(--no)"
        cross["marker"]["line"] = {"width": 2.4, "color": "var(--no)"}
        cross["hoverinfo"] = "skip"
        traces.append(cross)
    return traces


def _symbol_trace(
    points: Sequence[MapPoint],
    name: str,
    symbol: str,
    size: int,
    labels: dict[str, str],
    x: tuple[float, float],
) -> dict[str, Any]:
    colours = [B_COLOURS.get(point.b_ion, MIXED) for point in points]
    thin = symbol.endswith("thin")
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "markers+text" if labels else "markers",
        "name": name,
        "x": [point.radius for point in points],
        "y": [point.t for point in points],
        "marker": {
            "symbol": symbol,
            "size": size,
            "color": colours,
            "line": {"width": 2.4 if thin else 1.8 if "open" in symbol else 0.8, "color": colours},
        },
        "text": [str(chem(point.row.formula)) if point.row.id in labels else "" for point in points],
        "textposition": [labels.get(point.row.id, "middle right") for point in points],
        "textfont": {"size": 11, "color": "var(--ink)"},
        "hovertext": [hover(point) for point in points],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
        "legendgroup": name,
        "meta": {"kind": "points", "ids": [point.row.id for point in points]},
    }
    if labels:
        for name_of, values in (
            ("error_x", [p.radius_uncertainty for p in points]),
            ("error_y", [p.u_t for p in points]),
        ):
            trace[name_of] = {"array": values, "color": "var(--axis)", "thickness": 0.8, "width": 0}
    return trace


def _label_positions(points: Sequence[MapPoint], x: tuple[float, float]) -> dict[str, str]:
    """Find room for each formula beside its symbol; those without room are named on hover only."""
    line = 0.019  # one line of text, in units of t
    character = 0.0062 * (x[1] - x[0])
    boxes = [(p.radius, p.t, character * 1.3, line * 0.8) for p in points]
    found: dict[str, str] = {}
    for point in sorted(points, key=lambda p: (list(STATUSES).index(p.row.status), p.radius)):
        width = character * len(point.row.formula)
        for position, across, up in _POSITIONS:
            cx = point.radius + across * (width + 2.2 * character)
            cy = point.t + up * line
            inside = x[0] < cx - width / 2 and cx + width / 2 < x[1]
            free = all(abs(cx - a) > (width + w) / 2 or abs(cy - b) > (line + h) / 2 for a, b, w, h in boxes)
            if inside and free:
                boxes.append((cx, cy, width, line))
                found[point.row.id] = position
                break
    return found


def _legend(traces: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one neutral entry a status: in the panels colour means the B anion."""
    keys: dict[str, dict[str, Any]] = {}
    for trace in traces:
        if trace["meta"]["kind"] != "points":
            continue
        trace["showlegend"] = False
        colour = "var(--no)" if trace["name"] == AGAINST[0] else MUTED
        width = trace["marker"]["line"]["width"]
        keys.setdefault(
            trace["name"],
            {
                "type": "scatter",
                "mode": "markers",
                "name": trace["name"],
                "x": [None],
                "y": [None],
                "marker": trace["marker"] | {"color": colour, "line": {"width": width, "color": colour}},
                "hoverinfo": "skip",
                "showlegend": True,
                "legendgroup": trace["name"],
                "meta": {"kind": "key"},
            },
        )
    return list(keys.values())


def _layout(scale: RadiusScale, x: tuple[float, float], notes: list[dict[str, Any]]) -> dict[str, Any]:
    upper, lower = [0.53, 1.0], [0.0, 0.47]
    title = f"{'Shannon' if scale == 'shannon' else 'thermochemical'} radius of the A-site anion (Å)"
    shapes = []
    for panel in ("y", "y2"):
        shapes.append(_shape(panel, MAP_RANGE[0], MAP_RANGE[1], BAND))
        shapes.append(_shape(panel, 1.0, 1.0, None))
    return layout(
        _HEIGHT,
        margin={"l": 62, "r": 16, "t": 56, "b": 52},
        hovermode="closest",
        xaxis=axis(range=list(x), anchor="y", matches="x2"),
        yaxis=axis("tolerance factor t", range=list(T_RANGE), domain=upper, anchor="x"),
        xaxis2=axis(title, range=list(x), anchor="y2"),
        yaxis2=axis("tolerance factor t", range=list(T_RANGE), domain=lower, anchor="x2"),
        shapes=shapes,
        annotations=notes,
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1.015, "yanchor": "bottom", "font": {"size": 12.5}},
    )


def _shape(yref: str, low: float, high: float, fill: str | None) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "type": "rect" if fill else "line",
        "xref": "paper",
        "yref": yref,
        "x0": 0,
        "x1": 1,
        "y0": low,
        "y1": high,
        "layer": "below",
        "line": {"width": 0} if fill else {"color": "var(--axis)", "width": 1.2, "dash": "dot"},
    }
    return shape | ({"fillcolor": fill} if fill else {})


def _panel_name(cation: str, panel: int) -> dict[str, Any]:
    return {
        "text": f"<b>X = {cation}</b>",
        "xref": "paper",
        "yref": "paper",
        "x": 0.995,
        "y": 0.535 if panel == 0 else 0.005,
        "xanchor": "right",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 17, "color": "var(--ink)"},
    }


def _band_notes(*, first: bool) -> list[dict[str, Any]]:
    if not first:
        return []
    common = {"xref": "paper", "x": 0.005, "xanchor": "left", "showarrow": False, "font": {"size": 11, "color": MUTED}}
    low, high = MAP_RANGE
    return [
        {"text": f"most that were made: {low:g} < t < {high:g}", "y": low, "yanchor": "bottom", **common},
        {"text": "ideal cubic, t = 1", "y": 1.0, "yanchor": "bottom", **common},
    ]


def hover(point: MapPoint) -> str:
    """Everything about one composition, in lines that a hover box can hold."""
    row = point.row
    radius = number(point.radius, point.radius_uncertainty or None)
    lines = [
        f"<b>{chem(row.formula)}</b>, {row.status}",
        f"r<sub>A</sub> = {radius} Å, t = {number(point.t, point.u_t or None)}",
        *wrap(references.short_list(row.citations), 64),
    ]
    if point.formula_note:
        lines.append(point.formula_note)
    if row.against:
        lines += ["<i>held against it:</i>", *(str(prose(line)) for line in wrap(row.against, 64))]
    if row.flag:
        lines += ["<i>reading uncertain:</i>", *(str(prose(line)) for line in wrap(row.flag, 64))]
    if row.origin != "shipped":
        lines.append(f"registered: {prose(row.origin)}")
    return "<br>".join(lines)


def _shannon(cation: str) -> float:
    radius = select_radius(ion(cation), "shannon", COORDINATION["X"]).radius
    assert radius is not None
    return radius.value


def _published(b_ion: str, scale: RadiusScale) -> list[float]:
    if scale == "shannon":
        radius = select_radius(ion(b_ion), "shannon", COORDINATION["B"]).radius
        return [] if radius is None else [radius.value]
    return [radius.value for radius in ion(b_ion).radii if radius.scale == scale]
