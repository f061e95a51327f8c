"""Energy along the hops of a report, one figure a mechanism, over what was published; and barriers against size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.quantity import Quantity
from antiperovskite.report.figures import Figure, axis, layout
from antiperovskite.report.palette import SERIES
from antiperovskite.report.references import short_list

if TYPE_CHECKING:
    from antiperovskite.assessment.hop_model import Migration, PublishedBarrier
    from antiperovskite.migration.model import Barrier

_DASHES: Final = ("solid", "dash", "dot", "dashdot")
_BAND: Final = "var(--series-2)"
FINE: Final = 81


def computed(migration: Migration, mechanism: str) -> list[Barrier]:
    """Barriers of a mechanism that have a profile, hop by hop, the largest cell first."""
    found = [
        barrier
        for study in migration.studies
        for barrier in study.barriers
        if barrier.hop.mechanism == mechanism and barrier.energies
    ]
    return sorted(found, key=lambda b: (b.hop.number, -b.atoms, b.compensation))


def mechanisms(migration: Migration) -> list[str]:
    """Mechanisms that have a profile, in the order in which they were searched for."""
    names = [b.hop.mechanism for study in migration.studies for b in study.barriers if b.energies]
    return list(dict.fromkeys(names))


def curve(barrier: Barrier) -> tuple[list[float], list[float]]:
    """A monotone curve through the images: share of the path, eV."""
    import numpy as np
    from scipy.interpolate import PchipInterpolator

    x, y = np.array(barrier.fractions), np.array(barrier.energies)
    fine = np.unique(np.concatenate([np.linspace(0.0, 1.0, FINE), x]))
    return fine.round(4).tolist(), PchipInterpolator(x, y)(fine).round(5).tolist()


def profile_figure(migration: Migration, mechanism: str) -> Figure | None:
    """Energy along the hops of one mechanism; published barriers as a band with their source."""
    shown = computed(migration, mechanism)
    if not shown:
        return None
    numbers = list(dict.fromkeys(b.hop.number for b in shown))
    traces: list[dict[str, Any]] = []
    for barrier in shown:
        colour = _colour(numbers.index(barrier.hop.number))
        of_hop = [b for b in shown if b.hop.number == barrier.hop.number]
        dash = _DASHES[of_hop.index(barrier) % len(_DASHES)]
        x, y = curve(barrier)
        name = short_title(barrier)
        common = {"type": "scatter", "name": name, "legendgroup": name}
        traces += [
            {**common, "mode": "lines", "x": x, "y": y, "line": {"color": colour, "width": 2.2, "dash": dash},
             "hoverinfo": "skip"},
            {**common, "mode": "markers", "x": list(barrier.fractions), "y": list(barrier.energies),
             "showlegend": False, "marker": {"color": colour, "size": 7},
             "hovertemplate": f"{name}: %{{y:.3f}} eV<extra></extra>"},
        ]  # fmt: skip
    shapes, notes, top = _published([p for p in migration.published if p.mechanism == mechanism])
    highest = max([top, *(max(b.energies) for b in shown)])
    figure = layout(
        360,
        margin={"l": 58, "r": 14, "t": 12, "b": 44},
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": -0.2, "yanchor": "top", "font": {"size": 12}},
        shapes=shapes,
        annotations=notes,
    )
    figure["xaxis"] = axis("share of the path", range=[-0.02, 1.02])
    figure["yaxis"] = axis("energy (eV)", range=[min(-0.02, *(min(b.energies) - 0.02 for b in shown)), 1.16 * highest])
    return {"data": traces, "layout": figure}


def short_title(barrier: Barrier) -> str:
    """``hop 1, 3×3×3``, with the compensation where there is one."""
    more = "" if barrier.compensation == "none" else f", {barrier.compensation}"
    return f"hop {barrier.hop.number}, {'×'.join(map(str, barrier.supercell))}{more}"


def _colour(place: int) -> str:
    """The series colours, without the one that published values have."""
    own = [colour for colour in SERIES if colour != _BAND]
    return own[place % len(own)]


def _published(found: Sequence[PublishedBarrier]) -> tuple[list[dict[str, Any]], list[dict[str, Any]], float]:
    """A band over all published values and a line at each, the sources above; where it ends."""
    ends = [(p, p.value.value, p.upper.value if p.upper is not None else p.value.value) for p in found if not p.bound]
    shapes: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    if ends:
        low, high = min(a for _, a, _ in ends), max(b for _, _, b in ends)
        shapes.append(_box(low, high, 0.18))
        shapes += [_line(a, "dot") for a in sorted({end for _, a, b in ends for end in (a, b)})]
        said = ", ".join(f"{_range(a, b)} eV ({short_list(p.citations)})" for p, a, b in ends)
        notes.append(_note(high, f"published: {said}"))
    for p in found:
        if p.bound:
            shapes.append(_line(p.value.value, "dash"))
            notes.append(_note(p.value.value, f"published: below {p.value.value:g} eV ({short_list(p.citations)})"))
    return shapes, notes, max((shape["y1"] for shape in shapes), default=0.0)


def _range(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _box(low: float, high: float, opacity: float) -> dict[str, Any]:
    return {
        "type": "rect", "xref": "paper", "x0": 0, "x1": 1, "y0": low, "y1": high, "layer": "below", "opacity": opacity,
        "fillcolor": _BAND, "line": {"width": 0},
    }  # fmt: skip


def _line(at: float, dash: str) -> dict[str, Any]:
    return {
        "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": at, "y1": at, "layer": "below",
        "line": {"color": _BAND, "width": 1.5, "dash": dash},
    }  # fmt: skip


def _note(at: float, text: str) -> dict[str, Any]:
    lines = _wrapped(text)
    return {
        "text": "<br>".join(lines), "xref": "paper", "x": 0, "y": at, "xanchor": "left", "yanchor": "bottom",
        "showarrow": False, "align": "left", "font": {"size": 11, "color": _BAND},
    }  # fmt: skip


def _wrapped(text: str, width: int = 46) -> list[str]:
    from textwrap import wrap

    return wrap(text, width)


def size_figure(migration: Migration) -> Figure | None:
    """The barrier of each hop against one over the number of atoms, where it was computed in several cells."""
    traces: list[dict[str, Any]] = []
    for mechanism in mechanisms(migration):
        shown = [b for b in computed(migration, mechanism) if b.compensation == "none" and b.problem is None]
        for number in dict.fromkeys(b.hop.number for b in shown):
            cells = [(b, b.forward) for b in shown if b.hop.number == number and isinstance(b.forward, Quantity)]
            if len({b.atoms for b, _ in cells}) < 2:
                continue
            colour = _colour(len(traces))
            points = [(1000.0 / b.atoms, q.value, "×".join(map(str, b.supercell)), b.atoms) for b, q in cells]
            traces.append(
                {
                    "type": "scatter", "mode": "lines+markers", "name": f"{mechanism} {number}",
                    "x": [p[0] for p in points], "y": [p[1] for p in points],
                    "customdata": [[p[2], p[3]] for p in points],
                    "marker": {"size": 9, "color": colour}, "line": {"width": 1.4, "color": colour},
                    "hovertemplate": "%{customdata[0]}, %{customdata[1]} atoms: %{y:.3f} eV<extra></extra>",
                }
            )  # fmt: skip
    if not traces:
        return None
    figure = layout(
        300, margin={"l": 58, "r": 14, "t": 12, "b": 44}, showlegend=True,
        legend={"orientation": "h", "x": 0, "y": -0.24, "yanchor": "top"},
    )  # fmt: skip
    figure["xaxis"] = axis("1000 / atoms of the supercell", rangemode="tozero")
    figure["yaxis"] = axis("barrier (eV)", rangemode="tozero")
    return {"data": traces, "layout": figure}
