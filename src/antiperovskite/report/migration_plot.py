"""The page of ``antiperovskite migrate``: energy along each path, the path in motion, barriers against cell size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from antiperovskite._files import check_writable, write_atomically
from antiperovskite.report.diffusion_plot import INK
from antiperovskite.report.plain_page import plain_notes, plain_page, plain_plot

if TYPE_CHECKING:
    from antiperovskite.migration.ends import Ends
    from antiperovskite.migration.model import Barrier, MigrationStudy
    from antiperovskite.migration.path import FoundPath

COLOURS: Final = ("#2c6fb3", "#c8401a", "#1fa67a", "#8e3b7e", "#d9921f", "#16324f")
FRAMES: Final = 41
_JUMPS: Final = 0.5  # angstrom; ions that move more are drawn as moving


@dataclass(frozen=True)
class PathWindow:
    """A path as the player of jumps takes it: positions ``(frames, ions, 3)`` in angstrom."""

    symbols: tuple[str, ...]
    positions: Any
    cell: Any
    frame_ps: float
    jumped: tuple[int, ...]


def title_of(barrier: Barrier) -> str:
    """Name of a barrier for people."""
    size = "×".join(map(str, barrier.supercell))
    extra = "" if barrier.compensation == "none" else f", {barrier.compensation}"
    return f"{barrier.hop.mechanism} {barrier.hop.number} ({barrier.hop.label}), {size}{extra}"


def profile_figure(study: MigrationStudy) -> dict[str, Any]:
    """Energies of the images and a monotone curve through them."""
    import numpy as np
    from scipy.interpolate import PchipInterpolator

    traces: list[dict[str, Any]] = []
    for k, barrier in enumerate(b for b in study.barriers if b.energies):
        colour = COLOURS[k % len(COLOURS)]
        x, y = np.array(barrier.fractions), np.array(barrier.energies)
        fine = np.linspace(0, 1, 121)
        curve = PchipInterpolator(x, y)(fine)
        name = title_of(barrier)
        traces += [
            {"type": "scatter", "mode": "lines", "x": fine.tolist(), "y": curve.tolist(), "name": name,
             "legendgroup": name, "showlegend": False, "line": {"color": colour, "width": 2}, "hoverinfo": "skip"},
            {"type": "scatter", "mode": "markers", "x": x.tolist(), "y": y.tolist(), "name": name, "legendgroup": name,
             "marker": {"color": colour, "size": 8}, "hovertemplate": "%{y:.3f} eV<extra></extra>"},
        ]  # fmt: skip
    return {"data": traces, "layout": _layout("share of the path", "energy / eV")}


def size_figure(study: MigrationStudy) -> dict[str, Any] | None:
    """Barriers against the number of atoms, where a hop was computed in several cells."""
    series: dict[tuple[str, int], list[tuple[int, float]]] = {}
    for b in study.barriers:
        if b.forward.value is not None and b.compensation == study.barriers[0].compensation:
            series.setdefault((b.hop.mechanism, b.hop.number), []).append((b.atoms, b.forward.value))
    drawn = {key: sorted(points) for key, points in series.items() if len(points) > 1}
    traces = [
        {
            "type": "scatter", "mode": "lines+markers", "name": f"{mechanism} {number}",
            "x": [atoms for atoms, _ in points], "y": [value for _, value in points],
            "marker": {"size": 9, "color": COLOURS[k % len(COLOURS)]}, "line": {"width": 1.5},
        }
        for k, ((mechanism, number), points) in enumerate(drawn.items())
    ]  # fmt: skip
    return {"data": traces, "layout": _layout("atoms in the cell", "barrier / eV")} if traces else None


def path_window(ends: Ends, found: FoundPath) -> PathWindow:
    """The path at equal distances, its hop in the middle of the cell."""
    import numpy as np
    from scipy.interpolate import PchipInterpolator

    x = np.array(found.positions)
    fine = PchipInterpolator(np.array(found.fractions()), x, axis=0)(np.linspace(0.0, 1.0, FRAMES))
    cell = ends.atoms.cell.array
    centre = fine[:, list(ends.movers)].mean(axis=(0, 1))
    inverse = np.linalg.inv(cell)
    fractional = (fine[0] - centre) @ inverse + 0.5
    fine = fine - centre + 0.5 * cell.sum(axis=0) - np.floor(fractional + 1e-6) @ cell
    moved = np.linalg.norm(fine[-1] - fine[0], axis=1)
    jumped = tuple(int(k) for k in np.flatnonzero(moved > _JUMPS))
    return PathWindow(tuple(ends.atoms.get_chemical_symbols()), fine, cell, 0.0, jumped)


def write_migration(study: MigrationStudy, pictures: Sequence[tuple[Barrier, Ends, FoundPath]], path: Path) -> None:
    """Write the page whole or not at all.

    Raises
    ------
    OptionError
        The file cannot be written.
    """
    check_writable(path.parent)
    write_atomically(path, render_migration(study, pictures))


def render_migration(study: MigrationStudy, pictures: Sequence[tuple[Barrier, Ends, FoundPath]]) -> str:
    """The page as text."""
    from antiperovskite.report.templating import asset

    figures = [("Energy along the path", profile_figure(study)), ("Effect of cell size", size_figure(study))]
    blocks: list[str] = []
    for name, figure in figures:
        if figure is not None:
            html = plain_plot(figure, first=not blocks)
            blocks.append(f"<section><h2>{escape(name)}</h2>{html}</section>")
    largest: dict[tuple[str, int], tuple[Barrier, Ends, FoundPath]] = {}
    for item in pictures:
        key = (item[0].hop.mechanism, item[0].hop.number)
        if key not in largest or item[0].atoms > largest[key][0].atoms:
            largest[key] = item
    scenes = [_scene(*item) for item in largest.values()]
    script = f'<script type="module">{asset("hops.js")}</script>' if scenes else ""
    title = f"{study.formula}: migration of {study.ion} with {study.engine.name}"
    said = [study.structure, study.settings, *(f"infinite cell: {q} ({q.method})" for q in study.size_effect)]
    said += [f"{title_of(b)}: {b.problem}" for b in study.barriers if b.problem]
    said += [*study.notes, *study.engine.known_bias]
    return plain_page(
        title,
        f"{''.join(blocks)}{_table(study)}{''.join(scenes)}{plain_notes(said)}{script}",
        "h2{font-size:16px;margin:20px 0 2px}.hops{height:560px}.bar{display:flex;gap:12px;align-items:center}"
        ".bar input{flex:1;max-width:420px}",
    )


def _scene(barrier: Barrier, ends: Ends, found: FoundPath) -> str:
    from antiperovskite.report.figures import script_json
    from antiperovskite.report.hop_scene import hop_scene

    figure, moves = hop_scene(path_window(ends, found))  # type: ignore[arg-type]
    moves["labels"] = [f"{100 * k / (FRAMES - 1):.0f} % of the path" for k in range(FRAMES)]
    text = title_of(barrier)
    return (
        f'<section class="card"><h2>{escape(text)}: {escape(str(barrier.forward))}</h2><div class="bar">'
        '<button type="button">play</button><input type="range" min="0" value="0" step="1" '
        f'aria-label="place on the path"><output></output></div><div class="hops" role="img" '
        f'aria-label="{escape(text)}; drag to turn"></div>'
        f'<script type="application/json">{script_json(figure)}</script>'
        f'<script type="application/json">{script_json(moves)}</script></section>'
    )


def _table(study: MigrationStudy) -> str:
    head = ["hop", "length", "of the kind, a site", "barrier", "back", "attempt frequency", "force calls"]
    body = ""
    for b in study.barriers:
        cells = [title_of(b), f"{b.hop.length:.3f} Å", f"{b.hop.neighbours:g}"]
        cells += ["failed" if b.forward.value is None else str(b.forward)]
        cells += ["–" if q.value is None else str(q) for q in (b.backward, b.attempt_frequency)]
        cells += [str(b.force_calls.total)]
        body += "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
    return "<table><tr>" + "".join(f"<th>{cell}</th>" for cell in head) + f"</tr>{body}</table>"


def _layout(x: str, y: str) -> dict[str, Any]:
    axis = {"gridcolor": "#e3e7eb", "zeroline": False, "linecolor": "#9aa5b1", "ticks": "outside"}
    return {
        "xaxis": axis | {"title": {"text": x}}, "yaxis": axis | {"title": {"text": y}}, "height": 420,
        "font": {"family": "system-ui, sans-serif", "size": 13, "color": INK}, "plot_bgcolor": "#ffffff",
        "paper_bgcolor": "rgba(0,0,0,0)", "margin": {"l": 64, "r": 16, "t": 16, "b": 56},
        "legend": {"orientation": "h", "y": -0.22},
    }  # fmt: skip
