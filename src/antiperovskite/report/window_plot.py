"""Pictures of electrochemical windows: bars between the limits, and the voltage profile of each compound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from antiperovskite.electrochemistry.model import Window, WindowStep
from antiperovskite.quantity import AnyQuantity, Quantity
from antiperovskite.report.figures import Figure, axis, layout
from antiperovskite.report.format import chem, number
from antiperovskite.report.palette import INK, MUTED, SERIES

ROW: Final = 62
OXIDATION, REDUCTION, ITSELF = SERIES[1], SERIES[0], SERIES[3]


def products_text(products: dict[str, float]) -> str:
    """Return product formulas joined by plus signs, with subscripts."""
    return " + ".join(str(chem(formula)) for formula in products) or "nothing"


def _volts(value: AnyQuantity) -> float | None:
    return value.value if isinstance(value, Quantity) else None


def _said(value: Quantity) -> str:
    return f"{number(value.value, value.uncertainty)} V"


def _first(window: Window, side: str) -> WindowStep | None:
    """The step next to the window on one side."""
    steps = [step for step in window.steps if step.side == side]
    if not steps:
        return None
    return (
        min(steps, key=lambda s: s.voltage.value) if side == "oxidation" else max(steps, key=lambda s: s.voltage.value)
    )


def windows_figure(windows: Sequence[Window]) -> Figure:
    """Return one bar a compound from its reduction to its oxidation limit, with errors, products and later steps."""
    names = [f"<b>{chem(w.formula)}</b><br>against {w.reference}" for w in windows]
    place = {id(w): len(windows) - 1 - k for k, w in enumerate(windows)}
    bars: dict[str, list[Any]] = {"base": [], "x": [], "y": [], "text": []}
    notes: list[dict[str, Any]] = []
    for window in windows:
        low, high = _volts(window.reduction_limit), _volts(window.oxidation_limit)
        if low is None or high is None:
            continue
        bars["base"].append(low)
        bars["x"].append(high - low)
        bars["y"].append(place[id(window)])
        phases = products_text(window.equilibrium)
        bars["text"].append(f"<b>{chem(window.formula)}</b><br>in equilibrium: {phases}")
        if step := _first(window, "oxidation"):
            notes.append(_note(high, place[id(window)], f"→ {products_text(step.products)}", "left"))
        if step := _first(window, "reduction"):
            notes.append(_note(low, place[id(window)], f"{products_text(step.products)} ←", "right"))
    top = max((s.voltage.value for w in windows for s in w.steps), default=3.0)
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "orientation": "h",
            **bars,
            "textposition": "none",
            "hovertemplate": "%{text}<br>%{base:.3f} to %{x:.3f} V<extra></extra>",
            "marker": {"color": "var(--band)", "line": {"width": 1.4, "color": SERIES[2]}},
            "width": 0.4,
            "name": "no exchange with the surroundings",
        },
        _limits(windows, place, "reduction"),
        _limits(windows, place, "oxidation"),
        _onsets(windows, place),
        _later(windows, place),
    ]
    return {
        "data": [trace for trace in traces if trace["y"]],
        "layout": layout(
            ROW * len(windows) + 120,
            barmode="overlay",
            margin={"l": 120, "r": 20, "t": 46, "b": 50},
            showlegend=True,
            legend={"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "font": {"size": 12}},
            xaxis=axis(
                "V against the metal of the mobile ion",
                range=[-0.35, top + 0.5],
                zeroline=True,
                zerolinecolor="var(--axis)",
                zerolinewidth=1.5,
            ),
            yaxis=axis(
                tickvals=[place[id(w)] for w in windows],
                ticktext=names,
                range=[-0.6, len(windows) - 0.4],
                showgrid=False,
                ticks="",
                showline=False,
                fixedrange=True,
            ),
            annotations=notes,
        ),
    }


def _note(x: float, y: float, text: str, anchor: str) -> dict[str, Any]:
    # products stand below the bar, so that error bars and later steps beside it stay free
    return {
        "x": x,
        "y": y - 0.33,
        "text": text,
        "xanchor": anchor,
        "yanchor": "middle",
        "showarrow": False,
        "font": {"size": 11.5, "color": INK},
    }


def _limits(windows: Sequence[Window], place: dict[int, int], side: str) -> dict[str, Any]:
    colour = OXIDATION if side == "oxidation" else REDUCTION
    chosen = [(w, q) for w in windows if isinstance(q := getattr(w, f"{side}_limit"), Quantity)]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": f"{side} limit",
        "x": [q.value for _, q in chosen],
        "y": [place[id(w)] for w, _ in chosen],
        "error_x": {
            "type": "data",
            "array": [q.uncertainty or 0.0 for _, q in chosen],
            "color": colour,
            "thickness": 1.6,
            "width": 6,
        },
        "marker": {"symbol": "line-ns", "size": 26, "color": colour, "line": {"width": 3, "color": colour}},
        "text": [f"<b>{chem(w.formula)}</b><br>{side} limit {_said(q)}{_hint(_first(w, side))}" for w, q in chosen],
        "hovertemplate": "%{text}<extra></extra>",
    }


def _hint(step: WindowStep | None) -> str:
    if step is None:
        return "<br>stable against the metal"
    return f"<br>{chem(step.equation)}<br>passivation {step.passivation}: {step.passivation_reason}"


def _onsets(windows: Sequence[Window], place: dict[int, int]) -> dict[str, Any]:
    """Onsets of compounds above the hull; on it they are the limits themselves."""
    chosen = [
        (w, q, side)
        for w in windows
        if w.on_hull is False
        for side, q in (("oxidation", w.oxidation_onset_metastable), ("reduction", w.reduction_onset_metastable))
        if isinstance(q, Quantity)
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "onset of the metastable compound itself",
        "x": [q.value for _, q, _ in chosen],
        "y": [place[id(w)] for w, _, _ in chosen],
        "error_x": {"type": "data", "array": [q.uncertainty or 0.0 for _, q, _ in chosen], "color": ITSELF, "width": 4},
        "marker": {"symbol": "diamond", "size": 10, "color": ITSELF},
        "text": [f"<b>{chem(w.formula)}</b> itself<br>{side} from {_said(q)}" for w, q, side in chosen],
        "hovertemplate": "%{text}<extra></extra>",
    }


def _later(windows: Sequence[Window], place: dict[int, int]) -> dict[str, Any]:
    chosen = [(w, step) for w in windows for step in w.steps if step is not _first(w, step.side)]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "further steps",
        "x": [step.voltage.value for _, step in chosen],
        "y": [place[id(w)] for w, _ in chosen],
        "marker": {"symbol": "line-ns-open", "size": 13, "color": MUTED, "line": {"width": 1.6, "color": MUTED}},
        "text": [f"<b>{chem(step.equation)}</b><br>{step.side} at {_said(step.voltage)}" for _, step in chosen],
        "hovertemplate": "%{text}<extra></extra>",
    }


def profile_figure(window: Window) -> Figure | None:
    """Return the voltage against the content of the mobile ion; ``None`` without a step."""
    plateaus = sorted({step.contents: step for step in window.steps}.items())
    if not plateaus:
        return None
    content = _content(window)
    top = max(step.voltage.value + (step.voltage.uncertainty or 0.0) for _, step in plateaus)
    end = max(plateaus[-1][0][1], content) + 1.0
    x: list[float] = [plateaus[0][0][0]]
    y: list[float] = [top + 0.45]
    for (low, high), step in plateaus:
        x += [low, high]
        y += [step.voltage.value] * 2
    x += [plateaus[-1][0][1], end]
    y += [0.0, 0.0]
    middle = [(low + high) / 2 for (low, high), _ in plateaus]
    curve = {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "line": {"color": SERIES[0], "width": 2},
        "hoverinfo": "skip",
        "name": "profile",
    }
    steps = {
        "type": "scatter",
        "mode": "markers",
        "x": middle,
        "y": [step.voltage.value for _, step in plateaus],
        "error_y": {
            "type": "data",
            "array": [step.voltage.uncertainty or 0.0 for _, step in plateaus],
            "color": SERIES[1],
            "width": 4,
            "thickness": 1.4,
        },
        "marker": {"size": 7, "color": SERIES[1]},
        "text": [
            f"<b>{_said(step.voltage)}</b><br>{chem(step.equation)}<br>{step.passivation_reason}"
            for _, step in plateaus
        ],
        "hovertemplate": "%{text}<extra></extra>",
        "name": "steps",
    }
    own = {
        "type": "line",
        "yref": "paper",
        "x0": content,
        "x1": content,
        "y0": 0,
        "y1": 1,
        "line": {"color": SERIES[2], "width": 1.4, "dash": "dot"},
    }
    label = {
        "x": content, "y": 1, "yref": "paper", "xanchor": "left", "yanchor": "top", "showarrow": False, "xshift": 5,
        "text": str(chem(window.formula)), "font": {"size": 12, "color": SERIES[2]},
    }  # fmt: skip
    return {
        "data": [curve, steps],
        "layout": layout(
            300,
            margin={"l": 60, "r": 14, "t": 12, "b": 48},
            xaxis=axis(f"{window.reference} per formula unit", range=[-0.05, end]),
            yaxis=axis(f"V against {window.reference}", range=[-0.15, top + 0.5]),
            shapes=[own],
            annotations=[label],
        ),
    }


def _content(window: Window) -> float:
    """Ions per formula unit of the compound, read off any of its steps."""
    step = window.steps[0]
    return step.contents[0] + step.exchanged if step.side == "oxidation" else step.contents[1] - step.exchanged
