"""The moving picture of jumps: spheres of all ions, paths of those that jump, and their positions frame by frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

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
EYE: Final = (0.84, 0.37, 0.31)
ASPECT: Final = 1.55
"""Larger than one: the cell fills the picture (an orthographic camera does not come nearer)."""
JUMPING: Final = "#e8a200"
"""Colour of the ions that jump: apart from every element's in lightness and hue."""


class Frames(Protocol):
    """What a moving picture needs: positions ``(frames, ions, 3)`` in angstrom, and which ions jump."""

    @property
    def symbols(self) -> Sequence[str]:
        """Elements of the ions."""

    @property
    def positions(self) -> Any:
        """Angstrom, ``(frames, ions, 3)``, continuous from frame to frame."""

    @property
    def jumped(self) -> Sequence[int]:
        """Ions drawn with their way, in a colour of their own."""

    @property
    def frame_ps(self) -> float:
        """Time between frames."""


def hop_scene(window: HopWindow) -> tuple[Figure, dict[str, Any]]:
    """Return the figure of the first frame and the moves.

    Each sphere trace's ``meta`` names the ions (``owner``) its blocks of ``each`` vertices follow; the moves hold the
    displacements from the first frame as 16-bit integers of ``unit`` angstrom, ``(frames, ions, 3)``.
    """
    import numpy as np

    traces = [*ion_traces(window, range(len(window.symbols))), *path_traces(window), _edges(window.cell)]
    half = 0.5 * float(np.linalg.norm(window.cell, axis=1).max()) + 1.0
    return {"data": traces, "layout": scene_layout(window.cell.sum(axis=0) / 2, half, 560)}, moves_of(window)


def moves_of(window: Frames) -> dict[str, Any]:
    """The displacements of every frame, as the page's script reads them."""
    import numpy as np

    moved = window.positions - window.positions[0]
    unit = max(float(np.abs(moved).max()) / 32000.0, 1e-6)
    return {
        "frames": len(moved),
        "ions": moved.shape[1],
        "frame_ps": window.frame_ps,
        "unit": unit,
        "moves": typed_array(np.round(moved / unit), "i2"),
    }


def scene_layout(
    middle: Any, half: float, height: int, *, eye: Sequence[float] = EYE, aspect: float = ASPECT
) -> dict[str, Any]:
    """A cube of ``2 half`` angstrom around the middle, without axes, seen from afar along ``eye``."""
    axes = {
        f"{name}axis": {"visible": False, "showspikes": False, "range": [float(m - half), float(m + half)]}
        for name, m in zip("xyz", middle, strict=True)
    }
    steep = abs(eye[2]) > 0.9 * sum(e * e for e in eye) ** 0.5
    camera = {
        "eye": {name: round(float(e), 4) for name, e in zip("xyz", eye, strict=True)},
        "up": {"x": 0, "y": int(steep), "z": int(not steep)},
        "projection": {"type": "orthographic"},
    }
    return {
        "scene": {
            **axes,
            "aspectmode": "manual",
            "aspectratio": dict.fromkeys("xyz", aspect),
            "dragmode": "orbit",
            "camera": camera,
        },
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "height": height,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
    }


def ion_traces(window: Frames, drawn: Iterable[int], *, shrink: float = 1.0) -> list[dict[str, Any]]:
    """One mesh an element, the jumping ions in one of their own; radii times ``shrink``."""
    import numpy as np

    jumped = set(window.jumped)
    groups: dict[tuple[str, bool], list[int]] = {}
    for ion in drawn:
        groups.setdefault((window.symbols[ion], ion in jumped), []).append(ion)
    coarse = len(window.symbols) > 400
    traces = []
    for (symbol, jumps), ions in sorted(groups.items()):
        sphere, faces = mesh.unit_sphere(1 if coarse else 2)
        radius = RADII.get(symbol, OTHER_RADIUS) * (1.15 if jumps else shrink)
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


def path_traces(window: Frames) -> list[dict[str, Any]]:
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
