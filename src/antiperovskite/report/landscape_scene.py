"""A bond-valence landscape in 3D: surfaces of equal energy around the paths of the moving ion, and the other ions."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.quantity import Quantity
from antiperovskite.report import mesh
from antiperovskite.report.density_scene import FRAMEWORK_RADIUS, LIGHTING
from antiperovskite.report.figures import index_array, typed_array
from antiperovskite.report.palette import element_colour

if TYPE_CHECKING:
    from antiperovskite.landscape.model import Landscape
    from antiperovskite.landscape.study import EnergyMap

MARGIN: Final = 0.05
"""eV above a threshold, so that a surface just connects there."""
OPACITIES: Final = (0.7, 0.3, 0.18)
PATH: Final = "#d9411e"


def landscape_figure(result: Landscape, found: EnergyMap) -> dict[str, Any]:
    """Return surfaces of equal energy just above each threshold, the other ions, the paths of the hops and the cell."""
    import numpy as np

    from antiperovskite.transport.density.surface import isosurface

    traces = []
    for (level, name), opacity in zip(_levels(result), OPACITIES, strict=False):
        vertices, faces = isosurface(-np.minimum(found.energies, level + 1.0), found.cell, -level)
        if len(faces):
            colour = element_colour(result.ion)
            traces.append(_mesh(vertices, faces, colour, f"{result.ion} up to {name}", opacity) | {"showlegend": True})
    traces += _atoms(found)
    traces += _paths(result)
    traces.append(_edges(found.cell))
    hidden = {"visible": False, "showspikes": False}
    return {
        "data": traces,
        "layout": {
            "height": 600,
            "margin": {"l": 0, "r": 0, "t": 40, "b": 0},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "scene": {
                "xaxis": hidden,
                "yaxis": hidden,
                "zaxis": hidden,
                "aspectmode": "data",
                "dragmode": "orbit",
                "camera": {"eye": {"x": 1.3, "y": 0.91, "z": 0.65}},
            },
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        },
    }


def _levels(result: Landscape) -> list[tuple[float, str]]:
    """Energies to draw, each once, lowest first."""
    values = sorted(
        {round(one.energy.value, 3) for one in result.thresholds if isinstance(one.energy, Quantity)}
    )  # fmt: skip
    levels = [(value + MARGIN, f"{value + MARGIN:.2f} eV") for value in values]
    if levels and values[0] > 0.1:
        levels.insert(0, (0.5 * values[0], f"{0.5 * values[0]:.2f} eV"))
    return levels[: len(OPACITIES)]


def _atoms(found: EnergyMap) -> list[dict[str, Any]]:
    """Spheres of the standing ions, with their images on the faces of the cell."""
    import numpy as np

    field = found.field
    inverse = np.linalg.inv(found.cell)
    steps = np.array(list(product((-1, 0, 1), repeat=3)))
    sphere, triangles = mesh.unit_sphere(2)
    traces = []
    for symbol in sorted(set(field.labels)):
        own = np.array([k for k, label in enumerate(field.labels) if label == symbol])
        fractional = ((field.positions[own] @ inverse) % 1.0)[None] + steps[:, None]
        inside = fractional.reshape(-1, 3)
        inside = inside[((inside > -1e-3) & (inside < 1.0 + 1e-3)).all(axis=1)]
        scale = FRAMEWORK_RADIUS * (1.4 if field.charges[own[0]] < 0 else 0.9)
        vertices = ((inside @ found.cell)[:, None] + scale * sphere).reshape(-1, 3)
        faces = (triangles[None] + len(sphere) * np.arange(len(inside))[:, None, None]).reshape(-1, 3)
        traces.append(_mesh(vertices, faces, element_colour(symbol), symbol, 1.0) | {"showlegend": True})
    return traces


def _paths(result: Landscape) -> list[dict[str, Any]]:
    """One path of every kind of hop."""
    traces = []
    for number, hop in enumerate(result.hops, 1):
        traces.append(
            {
                "type": "scatter3d",
                "mode": "lines",
                "name": f"hop {number}: {hop.barrier.value:.2f} eV",
                **{axis: [point[k] for point in hop.path] for k, axis in enumerate("xyz")},
                "line": {"color": PATH, "width": 6, "dash": ("solid", "dash", "dot", "dashdot")[(number - 1) % 4]},
                "hoverinfo": "name",
                "showlegend": number <= 6,
            }
        )
    return traces


def _edges(cell: Any) -> dict[str, Any]:
    import numpy as np

    corners = np.array(list(product((0, 1), repeat=3)))
    edges = [(a, b) for a in corners for b in corners if (b - a).sum() == 1 and (b - a).min() == 0]
    points: list[Any] = []
    for a, b in edges:
        points += [*(a @ cell, b @ cell), [None, None, None]]
    return {
        "type": "scatter3d",
        "mode": "lines",
        "hoverinfo": "skip",
        "showlegend": False,
        "line": {"color": "#7d8894", "width": 3},
        **{name: [None if p[k] is None else float(p[k]) for p in points] for k, name in enumerate("xyz")},
    }


def _mesh(vertices: Any, faces: Any, colour: str, name: str, opacity: float) -> dict[str, Any]:
    i, k, j = faces.T  # wound inwards: plotly's shader turns the normals of front faces round
    return {
        "type": "mesh3d",
        "name": name,
        "color": colour,
        "opacity": opacity,
        "hoverinfo": "name",
        "lighting": LIGHTING,
        "flatshading": False,
        **{axis: typed_array(vertices[:, n]) for n, axis in enumerate("xyz")},
        **{axis: index_array(values) for axis, values in (("i", i), ("j", j), ("k", k))},
    }
