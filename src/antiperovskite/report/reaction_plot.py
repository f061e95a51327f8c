"""Reaction energies by engine, one row a reaction: the assessment's own, and those that DFT judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from antiperovskite.quantity import Quantity
from antiperovskite.report.figures import Figure, axis, layout
from antiperovskite.report.format import chem, reaction_name
from antiperovskite.report.palette import INK, MUTED, SERIES
from antiperovskite.stability.dft.model import DFTComparison
from antiperovskite.stability.model import Reaction
from antiperovskite.units import unit_symbol


@dataclass(frozen=True)
class Row:
    """One reaction: its heading as HTML, the unit, and a value for each engine."""

    heading: str
    unit: str
    values: Mapping[str, float]


def reaction_figure(reactions: Sequence[Reaction]) -> Figure | None:
    """Return small multiples, one row a reaction, one bar an engine; ``None`` if no engine is named."""
    return _rows_figure([Row(reaction_name(r.name), r.energy.unit, r.by_engine) for r in reactions if r.by_engine])


def dft_figure(comparison: DFTComparison) -> Figure | None:
    """Return the reactions computed with DFT beside each engine's value; ``None`` without one."""
    rows = []
    for reaction in comparison.reactions:
        values = {comparison.engine.name: reaction.energy} | reaction.by_engine
        computed = {name: q.value for name, q in values.items() if isinstance(q, Quantity)}
        if isinstance(reaction.energy, Quantity):
            rows.append(Row(str(chem(reaction.equation)), reaction.energy.unit, computed))
    return _rows_figure(rows)


def _rows_figure(shown: Sequence[Row]) -> Figure | None:
    if not shown:
        return None
    engines = list(dict.fromkeys(name for reaction in shown for name in reaction.values))
    heights = [26 * len(r.values) + 62 for r in shown]
    total = sum(heights)
    figure_layout = layout(total + 16, margin={"l": 112, "r": 24, "t": 6, "b": 8}, bargap=0.25)
    traces, annotations = [], []
    top = 1.0
    for row, reaction in enumerate(shown):
        suffix = "" if row == 0 else str(row + 1)
        share = heights[row] / total
        bottom = top - share
        names = list(reaction.values)
        values = [reaction.values[name] for name in names]
        symbol = unit_symbol(reaction.unit)
        span = max(abs(v) for v in values) or 1.0
        traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "x": values,
                "y": names,
                "xaxis": f"x{suffix}",
                "yaxis": f"y{suffix}",
                "marker": {"color": [SERIES[engines.index(name) % len(SERIES)] for name in names]},
                "text": [f"{v:+.3g}".replace("-", "−") for v in values],
                "textposition": "outside",
                "cliponaxis": False,
                "textfont": {"size": 12, "color": INK},
                "hovertemplate": f"%{{y}}: %{{x:.4g}} {symbol}<extra></extra>",
            }
        )
        low, high = min(*values, 0.0), max(*values, 0.0)
        figure_layout[f"xaxis{suffix}"] = axis(
            anchor=f"y{suffix}",
            range=[low - (0.62 if low < 0 else 0.04) * span, high + (0.62 if high > 0 else 0.04) * span],
            showline=False,
            ticks="",
            nticks=6,
            tickfont={"size": 11, "color": MUTED},
            fixedrange=True,
            zeroline=True,
            zerolinecolor="var(--axis)",
            zerolinewidth=1.5,
        )
        figure_layout[f"yaxis{suffix}"] = axis(
            anchor=f"x{suffix}",
            domain=[max(bottom, 0.0) + 26 / total, top - 26 / total],
            autorange="reversed",
            showline=False,
            ticks="",
            showgrid=False,
            fixedrange=True,
        )
        annotations.append(
            {
                "text": f"<b>{reaction.heading}</b> ({symbol})",
                "xref": "paper",
                "yref": "paper",
                "x": 0,
                "y": top,
                "xanchor": "left",
                "yanchor": "top",
                "showarrow": False,
                "font": {"size": 12.5},
            }
        )
        top = bottom
    figure_layout["annotations"] = annotations
    return {"data": traces, "layout": figure_layout}
