"""The moving picture of jumps: spheres of all ions, paths of those that jump, and their positions frame by frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from antiperovskite.report import mesh
from antiperovskite.report.figures import Figure, index_array, typed_array
from antiperovskite.report.palette import element_colour
from antiperovskite.report.scene import LIGHT, LIGHTING

if TYPE_CHECKING:
    from antiperovskite.transport.study.hops import HopWindow

RADII: Final = {
    "H": 0.24,
    "Li": 0.34,
    "Na": 0.44,
    "K": 0.55,
    "O": 0.5,
    "F": 0.5,
    "Cl": 0.75,
    "Br": 0.82,
    "I": 0.9,
    "S": 0.75,
}
OTHER_RADIUS: Final = 0.55
ASPECT: Final = {"x": 1.55, "y": 1.55, "z": 1.55}
"""Larger than one: the cell fills the picture (an orthographic camera does not come nearer)."""
JUMPING: Final = "#e8a200"
"""Colour of the ions that jump: apart from every element's in lightness and hue."""


def hop_scene(window: HopWindow) -> tuple[Figure, dict[str, Any]]:
    """Return the figure of the first frame and the moves.

    Each sphere trace's ``meta`` names the ions (``owner``) its blocks of ``each`` vertices follow; the moves hold the
    displacements from the first frame as 16-bit integers of ``unit`` angstrom, ``(frames, ions, 3)``.
    """
    import numpy as np

    moved = window.positions - window.positions[0]
    unit = max(float(np.abs(moved).max()) / 32000.0, 1e-6)
    moves = {
        "frames": len(moved),
        "ions": moved.shape[1],
        "frame_ps": window.frame_ps,
        "unit": unit,
        "moves": typed_array(np.round(moved / unit), "i2"),
    }
    traces = [*_ions(window), *_paths(window), _edges(window.cell)]
    middle = window.cell.sum(axis=0) / 2
    half = 0.5 * float(np.linalg.norm(window.cell, axis=1).max()) + 1.0
    axes = {
        f"{name}axis": {"visible": False, "showspikes": False, "range": [float(m - half), float(m + half)]}
        for name, m in zip("xyz", middle, strict=True)
    }
    camera = {
        "eye": {"x": 0.84, "y": 0.37, "z": 0.31},
        "up": {"x": 0, "y": 0, "z": 1},
        "projection": {"type": "orthographic"},
    }
    layout = {
        "scene": {**axes, "aspectmode": "manual", "aspectratio": ASPECT, "dragmode": "orbit", "camera": camera},
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "height": 560,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
    }
    return {"data": traces, "layout": layout}, moves


def _ions(window: HopWindow) -> list[dict[str, Any]]:
    """One mesh an element, the jumping ions in one of their own."""
    import numpy as np

    jumped = set(window.jumped)
    groups: dict[tuple[str, bool], list[int]] = {}
    for ion, symbol in enumerate(window.symbols):
        groups.setdefault((symbol, ion in jumped), []).append(ion)
    coarse = len(window.symbols) > 400
    traces = []
    for (symbol, jumps), ions in sorted(groups.items()):
        sphere, faces = mesh.unit_sphere(1 if coarse else 2)
        radius = RADII.get(symbol, OTHER_RADIUS) * (1.15 if jumps else 1.0)
        vertices = (window.positions[0][ions][:, None] + radius * sphere[None]).reshape(-1, 3)
        every = (faces[None] + (np.arange(len(ions)) * len(sphere))[:, None, None]).reshape(-1, 3)
        i, k, j = every.T  # wound inwards: plotly's shader turns the normals of front faces round
        traces.append(
            {
                "type": "mesh3d",
                **{name: typed_array(vertices[:, n]) for n, name in enumerate("xyz")},
                **{name: index_array(values) for name, values in (("i", i), ("j", j), ("k", k))},
                "color": JUMPING if jumps else element_colour(symbol),
                "opacity": 1.0,
                "lighting": LIGHTING,
                "lightposition": LIGHT,
                "hoverinfo": "skip",
                "name": f"{symbol} that jumps" if jumps else symbol,
                "meta": {"owner": ions, "each": len(sphere)},
            }
        )
    return traces


def _paths(window: HopWindow) -> list[dict[str, Any]]:
    """The way each jumping ion goes, as a thin line."""
    import numpy as np

    if not window.jumped:
        return []
    gap = np.full((1, 3), np.nan)
    points = np.concatenate([part for ion in window.jumped for part in (window.positions[:, ion], gap)])
    return [
        {
            "type": "scatter3d",
            "mode": "lines",
            **{name: typed_array(points[:, n]) for n, name in enumerate("xyz")},
            "line": {"color": JUMPING, "width": 5},
            "opacity": 0.55,
            "hoverinfo": "skip",
            "name": "path",
        }
    ]


def _edges(lattice: Any) -> dict[str, Any]:
    import numpy as np

    gap = np.full(3, np.nan)
    points = []
    for axis in range(3):
        first, second = (k for k in range(3) if k != axis)
        for u in (0, 1):
            for v in (0, 1):
                start = u * lattice[first] + v * lattice[second]
                points += [start, start + lattice[axis], gap]
    array = np.array(points)
    return {
        "type": "scatter3d",
        "mode": "lines",
        **{name: typed_array(array[:, n]) for n, name in enumerate("xyz")},
        "line": {"color": "#8a949e", "width": 3},
        "hoverinfo": "skip",
        "name": "cell",
    }
