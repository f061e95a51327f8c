"""Defect energies of a report as bars: what decides how many there are; and how strongly dopants bind vacancies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.quantity import Quantity
from antiperovskite.report.figures import Figure, axis, layout
from antiperovskite.report.format import chem
from antiperovskite.report.palette import INK, SERIES

if TYPE_CHECKING:
    from antiperovskite.defects.results import CombinationResult

DOPANT: Final = "dopant"
_STATES: Final = (("dispersed", "far apart, per defect", SERIES[0]), ("bound", "bound, the cluster", SERIES[2]))


def energy_figure(items: Sequence[CombinationResult]) -> Figure | None:
    """Energies of combinations without foreign ions: apart per defect, bound of the cluster; ``None`` without any.

    Those are what the numbers go with: exp(-E/nkT) of n defects far apart, exp(-E/kT) of a cluster.
    """
    rows = [item for item in items if item.kind != DOPANT and (item.bound is not None or item.dispersed is not None)]
    if not rows:
        return None
    rows = sorted(rows, key=_least)
    traces = []
    for state, name, colour in _STATES:
        found = [(str(chem(item.name)), _each(item, state)) for item in rows]
        shown = [(label, q) for label, q in found if q is not None]
        traces.append(_bars(shown, name, colour, "eV"))
    return _figure(
        traces, [str(chem(item.name)) for item in rows], "energy that decides how many there are (eV)", bars=2
    )


def binding_figure(items: Sequence[CombinationResult]) -> Figure | None:
    """Binding of dopants to what compensates them, the weakest first; ``None`` without any."""
    found = [(item, item.binding) for item in items if item.kind == DOPANT and isinstance(item.binding, Quantity)]
    if not found:
        return None
    found.sort(key=lambda pair: -pair[1].value)
    labels = [str(chem(item.name)) for item, _ in found]
    bars = _bars([(label, q) for label, (_, q) in zip(labels, found, strict=True)], "binding", SERIES[0], "eV")
    return _figure([bars], labels, "binding energy (eV); negative: they stay together", bars=1)


def _least(item: CombinationResult) -> float:
    return min(q.value for state, _, _ in _STATES if (q := _each(item, state)) is not None)


def _each(item: CombinationResult, state: str) -> Quantity | None:
    from antiperovskite.assessment.defects import per_defect

    if state == "bound":
        return None if item.bound is None else item.bound.energy
    return None if item.dispersed is None else per_defect(item.dispersed.energy, sum(item.defects.values()))


def _bars(shown: Sequence[tuple[str, Quantity]], name: str, colour: str, unit: str) -> dict[str, Any]:
    return {
        "type": "bar", "orientation": "h", "name": name,
        "y": [label for label, _ in shown], "x": [round(q.value, 4) for _, q in shown],
        "error_x": {
            "type": "data", "array": [q.uncertainty or 0.0 for _, q in shown],
            "color": INK, "thickness": 1.1, "width": 3,
            "visible": any(q.uncertainty for _, q in shown),
        },
        "marker": {"color": colour}, "hovertemplate": f"%{{y}}, {name}: %{{x:.3f}} {unit}<extra></extra>",
    }  # fmt: skip


def _figure(traces: list[dict[str, Any]], labels: list[str], title: str, *, bars: int) -> Figure:
    figure = layout(
        (22 * bars + 16) * len(labels) + 96, margin={"l": 16, "r": 20, "t": 30 if bars > 1 else 8, "b": 44},
        barmode="group", bargap=0.3, showlegend=bars > 1,
        legend={"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "traceorder": "normal"},
    )  # fmt: skip
    figure["xaxis"] = axis(title, zeroline=True, zerolinecolor="var(--axis)", fixedrange=True)
    figure["yaxis"] = axis(categoryorder="array", categoryarray=labels[::-1], showgrid=False, ticks="", fixedrange=True)
    return {"data": traces, "layout": figure}
