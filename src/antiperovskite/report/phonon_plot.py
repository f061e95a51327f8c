"""Bands, density of states, the tree of structures and a moving soft mode, as one offline HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from antiperovskite._files import write_atomically
from antiperovskite._version import __version__
from antiperovskite.report import references
from antiperovskite.report.figures import Figure, axis, layout, script_json
from antiperovskite.report.palette import element_colour
from antiperovskite.report.templating import asset, environment, plotly_javascript

if TYPE_CHECKING:
    from antiperovskite.vibrations.model import GroundState, Node, PhononStudy

STABLE, UNSTABLE = "#2c6fb3", "#c8401a"
SHOWN_AMPLITUDE: Final = 0.45  # angstrom, of the atom that moves most


def bands_figure(study: PhononStudy) -> Figure:
    """Return bands (imaginary ones below zero, in red) and, beside them, the density of states by ion."""
    traces: list[dict[str, Any]] = []
    ticks: list[float] = []
    labels: list[str] = []
    offset = 0.0
    for number, line in enumerate(study.bands):
        x = [offset + d - line.distances[0] for d in line.distances]
        joined = number > 0 and study.bands[number - 1].end == line.start
        if joined:
            labels[-1] = line.start
        elif labels:
            labels[-1] = f"{labels[-1]}|{line.start}"
        else:
            ticks.append(x[0])
            labels.append(line.start)
        ticks.append(x[-1])
        labels.append(line.end)
        for band in line.frequencies:
            traces.append(_band(x, band, STABLE))
            if min(band) < -0.02:
                traces.append(_band(x, [f if f < 0 else None for f in band], UNSTABLE))
        offset = x[-1]
    for name, part in study.dos.parts.items():
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": [round(y, 4) for y in part],
                "y": [round(f, 3) for f in study.dos.frequencies],
                "xaxis": "x2",
                "name": name,
                "line": {"width": 1.6, "color": _line_colour(name.split(" ")[0])},
                "showlegend": True,
                "hovertemplate": f"{name}: %{{x:.2f}} at %{{y:.2f}} THz<extra></extra>",
            }
        )
    lines = [
        {
            "type": "line",
            "x0": x,
            "x1": x,
            "y0": 0,
            "y1": 1,
            "yref": "paper",
            "line": {"color": "var(--axis)", "width": 1},
        }
        for x in ticks
    ]
    zero = {
        "type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": 0, "y1": 0,
        "line": {"color": "var(--axis)", "width": 1, "dash": "dot"},
    }  # fmt: skip
    return {
        "data": traces,
        "layout": layout(
            520,
            xaxis=axis(domain=[0, 0.74], tickvals=ticks, ticktext=labels, range=[0, offset], showgrid=False),
            xaxis2=axis("modes per THz", domain=[0.77, 1], rangemode="tozero", anchor="y"),
            yaxis=axis("frequency (THz; below zero: imaginary)"),
            shapes=[*lines, zero],
            showlegend=True,
            legend={"x": 0.99, "xanchor": "right", "y": 0.99, "bgcolor": "rgba(0,0,0,0)"},
            hovermode="closest",
        ),
    }


def _line_colour(element: str) -> str:
    """The element's colour, but for hydrogen, whose white would vanish on a light page."""
    return "var(--series-6)" if element in {"H", "D"} else element_colour(element)


def _band(x: list[float], y: Any, colour: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [round(value, 5) for value in x],
        "y": list(y),
        "line": {"width": 1.5, "color": colour},
        "showlegend": False,
        "hovertemplate": "%{y:.2f} THz<extra></extra>",
    }


def tree_figure(tree: GroundState) -> Figure:
    """Return energies of the structures of a tree against their generation, each joined to its parent."""
    nodes = [node for node in tree.nodes if node.energy.value is not None]
    depth = {node.id: _generation(node, tree) for node in nodes}
    order: dict[int, int] = {}
    traces: list[dict[str, Any]] = []
    ranked = sorted(nodes, key=lambda node: node.energy.value or 0.0)
    for node in ranked:
        order[node.id] = len(order)
        if node.parent is not None:
            start = tree.nodes[node.parent]
            traces.append(
                {
                    "type": "scatter", "mode": "lines", "hoverinfo": "skip",
                    "x": [depth[start.id], depth[node.id] - 0.12], "y": [start.energy.value, node.energy.value],
                    "line": {"color": "var(--axis)", "width": 1},
                }
            )  # fmt: skip
    for node in ranked:
        chosen = node.id == tree.ground
        traces.append(
            {
                "type": "scatter", "mode": "lines+text",
                "x": [depth[node.id] - 0.12, depth[node.id] + 0.12], "y": [node.energy.value] * 2,
                "text": ["", node.spacegroup], "textposition": "middle right",
                "textfont": {"color": "var(--ink)", "size": 12},
                "line": {"width": 5, "color": STABLE if chosen else "#9aa5b0"},
                "hovertemplate": f"{node.spacegroup}, {node.energy.value:.2f} meV/f.u.<br>{node.origin}"
                f"<br>{node.status}<extra></extra>",
            }
        )  # fmt: skip
    last = max(depth.values())
    return {
        "data": traces,
        "layout": layout(
            420,
            xaxis=axis(
                "generation", tickvals=list(range(last + 1)), ticktext=["start", *map(str, range(1, last + 1))],
                range=[-0.3, last + 0.7], showgrid=False,
            ),
            yaxis=axis("meV per formula unit"),
            hovermode="closest",
        ),
    }  # fmt: skip


def _generation(node: Node, tree: GroundState) -> int:
    count = 0
    while node.parent is not None:
        node, count = tree.nodes[node.parent], count + 1
    return count


def render_phonons(study: PhononStudy, *, tree: GroundState | None = None, final: PhononStudy | None = None) -> str:
    """Return the page as text; the same results give the same page."""
    from antiperovskite.report.phonon_scene import moving_scene

    studies = [study, *([final] if final is not None and final != study else [])]
    modes = [
        {"name": mode.name, "q": mode.q_label, "frequency": mode.frequency, "moves": _flat(mode.displacements)}
        for mode in study.soft_modes
    ]
    keys = references.all_keys(key for s in studies for key in s.citations)
    return (
        environment()
        .get_template("phonons.html.j2")
        .render(
            studies=studies,
            bands=[script_json(bands_figure(s)) for s in studies],
            tree=tree,
            tree_figure=None if tree is None else script_json(tree_figure(tree)),
            modes=modes,
            scene=script_json(moving_scene(study.soft_modes[0])) if modes else None,
            moves=script_json({"modes": modes, "amplitude": SHOWN_AMPLITUDE}),
            keys=keys,
            version=__version__,
            style=Markup(asset("style.css")) + Markup("\n") + Markup(asset("evidence.css")),
            script=Markup(asset("report.js")),
            motion=Markup(asset("phonons.js")),
            plotly=Markup(plotly_javascript()),
        )
    )


def _flat(displacements: Any) -> list[float]:
    return [round(float(value), 4) for move in displacements for value in move]


def write_phonons(
    study: PhononStudy, path: Path, *, tree: GroundState | None = None, final: PhononStudy | None = None
) -> None:
    """Write the page whole or not at all.

    Raises
    ------
    OptionError
        The file cannot be written.
    """
    write_atomically(path, render_phonons(study, tree=tree, final=final))
