"""A hop to look at: the ions around it, the octahedra they make, and their way from image to image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.report.figures import Figure, index_array, typed_array
from antiperovskite.report.hop_scene import EYE, ion_traces, moves_of, path_traces, scene_layout
from antiperovskite.report.palette import element_colour
from antiperovskite.report.scene import LIGHT, LIGHTING

if TYPE_CHECKING:
    from antiperovskite.assessment.hop_model import HopPath

FRAMES: Final = 41
_REACH: Final = 1.3  # of the shortest distance from a centre to a corner, at an octahedron stretched along one axis
_CORNERS: Final = 6
_CUT: Final = 1.0
"""angstrom; ions and octahedra nearer to the reader than this, from the middle of the hop, are left out."""
_ASPECT: Final = 2.1
_DRAWN: Final = 5.2
"""angstrom from the middle of the hop; ions further away are drawn only as corners of octahedra."""


class PathFrames:
    """A path as the player takes it: positions ``(frames, ions, 3)``, angstrom, at equal lengths of the way."""

    def __init__(self, path: HopPath, fractions: Sequence[float]) -> None:
        import numpy as np
        from scipy.interpolate import PchipInterpolator

        images = np.array(path.images)
        self.symbols = path.symbols
        self.positions: Any = PchipInterpolator(np.array(fractions), images, axis=0)(np.linspace(0.0, 1.0, FRAMES))
        self.jumped = path.movers
        self.frame_ps = 0.0


def path_scene(path: HopPath, fractions: Sequence[float], centres: str) -> tuple[Figure, dict[str, Any]]:
    """Return the figure of the first image and the moves.

    What lies between the reader and the hop is left out, as if the crystal were cut open.

    Parameters
    ----------
    path
        The surroundings of the hop.
    fractions
        Length of the path up to each image over the whole length.
    centres
        Element at the centres of the octahedra.
    """
    import numpy as np

    frames = PathFrames(path, fractions)
    eye = view_of(frames)
    depth = frames.positions[0] @ (eye / np.linalg.norm(eye))
    solids = {k: corners for k, corners in octahedra(path, centres).items() if depth[k] < _CUT}
    corners = {k for corners in solids.values() for k in corners}
    shown = (np.linalg.norm(frames.positions[0], axis=1) <= _DRAWN) & (depth < _CUT)
    drawn = [k for k in range(len(shown)) if shown[k] or k in corners or k in solids or k in path.movers]
    traces = [
        *_octahedron_traces(frames, solids, element_colour(centres)),
        *ion_traces(frames, drawn, shrink=0.82),
        *path_traces(frames),
    ]
    half = float(np.linalg.norm(frames.positions[0][drawn], axis=1).max()) + 0.6
    moves = moves_of(frames)
    moves["labels"] = [f"{100 * k / (FRAMES - 1):.0f} % of the path" for k in range(FRAMES)]
    layout = scene_layout((0.0, 0.0, 0.0), half, 430, eye=eye.tolist(), aspect=_ASPECT)
    return {"data": traces, "layout": layout}, moves


def view_of(frames: PathFrames) -> Any:
    """Look at the hop from the side: the usual direction without its part along the way of the ions."""
    import numpy as np

    usual = np.array(EYE)
    ways = frames.positions[:, list(frames.jumped)]
    moves = (ways - ways[0]).reshape(-1, 3)
    along = np.linalg.svd(moves, full_matrices=False)[2][0]
    side = usual - (usual @ along) * along
    if np.linalg.norm(side) < 0.3 * np.linalg.norm(usual):  # it is the usual direction that the ions go along
        side = np.cross(along, (0.0, 0.0, 1.0))
    side = side + 0.2 * np.cross(along, side) + 0.2 * np.linalg.norm(side) * along  # a little turned, for depth
    return side * np.linalg.norm(usual) / np.linalg.norm(side)


def octahedra(path: HopPath, centres: str) -> dict[int, list[int]]:
    """Centre ion -> its six corners; octahedra that the hopping ions leave or enter are left open to view."""
    import numpy as np

    first, last = np.array(path.images[0]), np.array(path.images[-1])
    hearts = [k for k, symbol in enumerate(path.symbols) if symbol == centres]
    kinds = {path.symbols[k] for k in path.movers}
    cations = [k for k, symbol in enumerate(path.symbols) if symbol in kinds or symbol in _CATIONS]
    if not hearts or not cations:
        return {}
    apart = np.linalg.norm(first[hearts][:, None] - first[cations][None], axis=2)
    reach = _REACH * float(apart.min())
    ends = np.linalg.norm(last[hearts][:, None] - last[cations][None], axis=2)
    found = {}
    for row, heart in enumerate(hearts):
        corners = [cations[n] for n in np.flatnonzero(apart[row] < reach)]
        same = corners == [cations[n] for n in np.flatnonzero(ends[row] < reach)]
        close = np.linalg.norm(first[heart]) <= _DRAWN
        if close and same and len(corners) == _CORNERS and not set(corners) & set(path.movers):
            found[heart] = corners
    return found


_CATIONS: Final = frozenset({"Li", "Na", "K", "Ag", "Mg", "Ca", "Sr", "Ba", "Fe", "Mn", "Co"})


def _octahedron_traces(frames: PathFrames, solids: dict[int, list[int]], colour: str) -> list[dict[str, Any]]:
    """All octahedra as one mesh whose corners follow their ions."""
    import numpy as np
    from scipy.spatial import ConvexHull

    if not solids:
        return []
    owners = [k for corners in solids.values() for k in corners]
    faces = []
    for n, corners in enumerate(solids.values()):
        faces.append(np.asarray(ConvexHull(frames.positions[0][corners]).simplices) + _CORNERS * n)
    vertices = frames.positions[0][owners]
    i, j, k = np.concatenate(faces).T
    return [
        {
            "type": "mesh3d",
            **{name: typed_array(vertices[:, n]) for n, name in enumerate("xyz")},
            **{name: index_array(values) for name, values in (("i", i), ("j", j), ("k", k))},
            "color": colour, "opacity": 0.22, "flatshading": True, "lighting": LIGHTING, "lightposition": LIGHT,
            "hoverinfo": "skip", "name": "octahedra", "meta": {"owner": owners, "each": 1},
        }
    ]  # fmt: skip
