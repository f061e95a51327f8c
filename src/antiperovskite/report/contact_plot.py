"""Contacts as pictures: the matrix of electrolytes and partners, and the reaction energy against the mixing ratio."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from markupsafe import Markup

from antiperovskite.electrochemistry.contact_model import ENERGY_UNIT, Contact, Kink
from antiperovskite.quantity import AnyQuantity, NotComputed
from antiperovskite.report.figures import Figure, axis, layout
from antiperovskite.report.format import chem, number, prose
from antiperovskite.report.palette import INK, MUTED, SERIES
from antiperovskite.units import unit_symbol

# Light where nothing happens, dark where much does; one hue, so that it survives a grey printer and colour blindness.
SCALE: Final = (
    (0.0, "#5b1a03"),
    (0.25, "#a8400f"),
    (0.5, "#e07b39"),
    (0.75, "#f6c08f"),
    (0.95, "#fbeada"),
    (1.0, "#fdf8f2"),
)
SMALLEST_SPAN: Final = 100.0
"""meV per atom; the colours never stretch to less, or noise would look like reaction."""
MOST_COLUMNS: Final = 7
MARK: Final = "†"


def matrix_figure(contacts: Sequence[Contact], *, mutual: bool = False) -> Figure:
    """Return the matrix of one condition, coloured by the total or the mutual reaction energy (meV per atom).

    A dagger marks cells of another engine than most; grey cells were not computed, and say why on hover.
    """
    electrolytes = {c.electrolyte: f"<b>{chem(c.electrolyte)}</b>" for c in contacts}
    partners = {c.partner: str(partner_name(c)) for c in contacts}
    turned = len(partners) > max(len(electrolytes), MOST_COLUMNS)  # a long list reads downwards, on paper too
    row_names, column_names = (partners, electrolytes) if turned else (electrolytes, partners)
    rows, columns = list(row_names), list(column_names)
    cells = {(c.partner, c.electrolyte) if turned else (c.electrolyte, c.partner): c for c in contacts}
    usual = usual_engine(contacts)
    values = {key: _value(energy(cell, mutual)) for key, cell in cells.items()}
    span = max([SMALLEST_SPAN, *(-value for value in values.values() if value is not None)])
    texts = [[_cell_text(cells.get((r, c)), values.get((r, c)), usual) for c in columns] for r in rows]
    hover = [[_cell_hover(cells.get((r, c))) for c in columns] for r in rows]
    shared = {"x": columns, "y": rows, "xgap": 3, "ygap": 3, "hovertemplate": "%{customdata}<extra></extra>"}
    computed = {
        "type": "heatmap",
        **shared,
        "z": [[values.get((r, c)) for c in columns] for r in rows],
        "zmin": -span,
        "zmax": 0.0,
        "colorscale": [list(step) for step in SCALE],
        "text": texts,
        "texttemplate": "%{text}",
        "textfont": {"size": 13},
        "customdata": hover,
        "hoverongaps": False,
        "colorbar": {
            "title": {"text": unit_symbol(ENERGY_UNIT), "side": "right"},
            "thickness": 12,
            "outlinewidth": 0,
            "len": 1.0,
        },
    }
    absent = {
        "type": "heatmap",
        **shared,
        "z": [[None if values.get((r, c)) is not None else 0.0 for c in columns] for r in rows],
        "colorscale": [[0.0, "#c9ced4"], [1.0, "#c9ced4"]],
        "showscale": False,
        "text": [["–" if values.get((r, c)) is None else "" for c in columns] for r in rows],
        "texttemplate": "%{text}",
        "textfont": {"size": 13, "color": "#3a424b"},
        "customdata": hover,
        "hoverongaps": False,
    }
    slanted = len(columns) > MOST_COLUMNS
    above = 92 if slanted else 34
    return {
        "data": [computed, absent],
        "layout": layout(
            max(above + 12 + (36 if turned else 48) * len(rows), 190),
            margin={"l": 90, "r": 10, "t": above, "b": 12},
            xaxis=axis(
                side="top",
                showgrid=False,
                showline=False,
                ticks="",
                tickangle=-40 if slanted else 0,
                tickvals=columns,
                ticktext=list(column_names.values()),
                fixedrange=True,
            ),
            yaxis=axis(
                autorange="reversed",
                showgrid=False,
                showline=False,
                ticks="",
                tickvals=rows,
                ticktext=list(row_names.values()),
                fixedrange=True,
            ),
        ),
    }


def partner_name(cell: Contact) -> Markup:
    """The partner as HTML: subscripts where it is a formula (LiC6, not NMC111)."""
    return prose(cell.partner)


def usual_engine(contacts: Sequence[Contact]) -> str:
    """Return the engine of most cells that have a number."""
    engines = [c.engine for c in contacts if c.computed] or [c.engine for c in contacts]
    return max(dict.fromkeys(engines), key=engines.count)


def energy(cell: Contact, mutual: bool) -> AnyQuantity:
    """The number that the matrix shows of a cell."""
    return cell.mutual_reaction_energy if mutual else cell.reaction_energy


def _value(quantity: AnyQuantity) -> float | None:
    return None if isinstance(quantity, NotComputed) else quantity.magnitude(ENERGY_UNIT)


def _cell_text(cell: Contact | None, value: float | None, usual: str) -> str:
    if cell is None or value is None:
        return ""
    shown = f"{value:z.0f}".replace("-", "−")
    return shown if cell.engine == usual else f"{shown}{MARK}"


def _cell_hover(cell: Contact | None) -> str:
    if cell is None:
        return "not asked for"
    head = f"<b>{chem(cell.electrolyte)} with {partner_name(cell)}</b>"
    if isinstance(cell.reaction_energy, NotComputed) or isinstance(cell.mutual_reaction_energy, NotComputed):
        return f"{head}<br>not computed: {'<br>'.join(_wrapped(cell.reaction_energy.method))}"
    total, mutual = cell.reaction_energy, cell.mutual_reaction_energy
    lines = [
        head,
        f"total {number(total.value, total.uncertainty)} {unit_symbol(total.unit)}",
        f"mutual {number(mutual.value, mutual.uncertainty)} {unit_symbol(mutual.unit)}",
    ]
    lines += _wrapped(str(chem(cell.equation)) if cell.equation else "no reaction goes downhill", 90)
    if not isinstance(cell.worst_ratio, NotComputed):
        lines.append(f"partner's share of the atoms {cell.worst_ratio.value:.3f}")
    if not isinstance(cell.probability, NotComputed):
        lines.append(f"P(beyond {cell.threshold.value:g} {unit_symbol(ENERGY_UNIT)}) = {cell.probability.value:.2f}")
    return "<br>".join([*lines, f"engine {cell.engine}"])


def _wrapped(text: str, width: int = 70) -> list[str]:
    from textwrap import wrap

    return wrap(text, width, break_long_words=False)


def mixing_figure(cell: Contact) -> Figure | None:
    """Return the reaction energy against the mixing ratio, kinks labelled by their products; ``None`` if not computed.

    Bars are standard uncertainties of each kink at its own products.
    """
    if not cell.computed or len(cell.kinks) < 2:
        return None
    total = _curve(cell.kinks, "against the compounds as given", SERIES[0], "solid", mutual=False)
    traces = [total]
    if any(abs(k.mutual_reaction_energy.value - k.reaction_energy.value) > 0.05 for k in cell.kinks):
        traces.append(_curve(cell.kinks, "mutual: without decomposition alone", SERIES[1], "dash", mutual=True))
    bars = [(k.reaction_energy.value, k.reaction_energy.uncertainty or 0.0) for k in cell.kinks]
    low = min(*(value - bar for value, bar in bars), -1.0)
    high = max(*(value + bar for value, bar in bars), -low * 0.08)
    labels = _labels(cell.kinks)
    row = 0.1 * (high - low)
    levels = max((label["level"] for label in labels), default=-1) + 1
    annotations = [_annotation(label, low - row * (0.5 + label["level"])) for label in labels]
    counted = "" if cell.reservoir is None else f" other than {cell.reservoir}"
    return {
        "data": traces,
        "layout": layout(
            360,
            margin={"l": 70, "r": 18, "t": 14, "b": 50},
            xaxis=axis(
                f"{chem(cell.electrolyte)}  ←  share of {partner_name(cell)} among the atoms{counted}  →  "
                f"{partner_name(cell)}",
                range=[-0.03, 1.03],
            ),
            yaxis=axis(
                f"reaction energy ({unit_symbol(ENERGY_UNIT)})",
                range=[low - row * (0.6 + levels), high],
                zeroline=True,
                zerolinecolor="var(--axis)",
            ),
            annotations=annotations,
            showlegend=len(traces) > 1,
            legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 12}},
        ),
    }


def _curve(kinks: Sequence[Kink], name: str, colour: str, dash: str, *, mutual: bool) -> dict[str, Any]:
    energies = [kink.mutual_reaction_energy if mutual else kink.reaction_energy for kink in kinks]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": [kink.mixing_ratio for kink in kinks],
        "y": [q.value for q in energies],
        "error_y": {"array": [q.uncertainty or 0.0 for q in energies], "color": colour, "thickness": 1.2, "width": 3},
        "line": {"color": colour, "dash": dash, "width": 2},
        "marker": {"size": 8, "color": colour},
        "text": [
            f"{chem(k.equation)}<br>{number(q.value, q.uncertainty)} {unit_symbol(q.unit)}"
            for k, q in zip(kinks, energies, strict=True)
        ],
        "hovertemplate": "x = %{x:.3f}<br>%{text}<extra></extra>",
    }


def _labels(kinks: Sequence[Kink]) -> list[dict[str, Any]]:
    """Give each kink between the ends a label below the curve; neighbours that would overlap go to different levels."""
    inner = kinks[1:-1]
    labels: list[dict[str, Any]] = []
    for place, kink in enumerate(inner, start=2):
        text = str(chem(" + ".join(product.formula for product in kink.products)))
        if len(inner) > 5:
            text = str(place)
        labels.append({"x": kink.mixing_ratio, "y": kink.reaction_energy.value, "text": text, "level": 0})
    for before, label in pairwise(labels):
        if label["x"] - before["x"] < (0.32 if len(inner) <= 5 else 0.04):
            label["level"] = (before["level"] + 1) % 4
    return labels


def _annotation(label: dict[str, Any], height: float) -> dict[str, Any]:
    """A text below the whole curve, with a thin line up to its kink."""
    x = label["x"]
    return {
        "x": x,
        "y": label["y"],
        "ax": x,
        "ay": height,
        "axref": "x",
        "ayref": "y",
        "text": label["text"],
        "showarrow": True,
        "arrowhead": 0,
        "arrowwidth": 0.8,
        "arrowcolor": MUTED,
        "xanchor": "left" if x < 0.15 else "right" if x > 0.85 else "center",
        "yanchor": "top",
        "bgcolor": "var(--card)",
        "font": {"size": 12, "color": INK},
    }
