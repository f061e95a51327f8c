"""Ion densities in 3D: isosurfaces of equal free energy as lit meshes, with the framework and the cell around them."""

from __future__ import annotations

from itertools import product
from math import exp, log
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.report import mesh
from antiperovskite.report.figures import index_array, typed_array
from antiperovskite.report.palette import element_colour
from antiperovskite.units import BOLTZMANN_EV_PER_K

if TYPE_CHECKING:
    from antiperovskite.transport.density.grid import IonDensity

ENERGIES: Final = (0.1, 0.2, 0.3)
"""eV; what the surfaces enclose where the temperature is known."""
SHARES: Final = (0.3, 0.1, 0.03)
"""Of the largest density, where it is not."""
OPACITIES: Final = (0.75, 0.35, 0.16)
WIDTH: Final = 0.3
"""angstrom; the density is smoothed by a Gaussian of this width before surfaces are drawn."""
FEWEST: Final = 3.0
"""Visits at one place that a surface must stand for."""
FRAMEWORK_RADIUS: Final = 0.32
LIGHTING: Final = {"ambient": 0.55, "diffuse": 0.65, "specular": 0.3, "roughness": 0.4, "fresnel": 0.1}


def density_traces(density: IonDensity, temperature_K: float | None = None) -> tuple[list[dict[str, Any]], list[str]]:
    """Return isosurfaces of a density as plotly traces, and what could not be drawn.

    Surfaces are where the free energy -k T ln(rho / rho_max) is 0.1, 0.2 and 0.3 eV, or where the density is a share of
    its largest value if the temperature is not known. One that fewer than three visits would make is left out.
    """
    from math import pi

    from antiperovskite.transport.density.surface import isosurface

    T = density.temperature_K if temperature_K is None else temperature_K
    smooth = density.smoothed(WIDTH)
    highest = float(smooth.max())
    one_visit = 1.0 / (
        density.n_frames * density.fold[0] * density.fold[1] * density.fold[2] * ((2 * pi) ** 0.5 * WIDTH) ** 3
    )
    if T is None:
        levels = [(share, f"{share:.0%} of the largest density") for share in SHARES]
    else:
        levels = [(exp(-energy / (BOLTZMANN_EV_PER_K * T)), f"{energy:g} eV") for energy in ENERGIES]
    traces, notes = [], []
    for (share, name), opacity in zip(levels, OPACITIES, strict=True):
        if share * highest < FEWEST * one_visit:
            reach = (
                ""
                if T is None
                else f" (this run sees up to {BOLTZMANN_EV_PER_K * T * log(highest / one_visit / FEWEST):.2f} eV)"
            )
            notes.append(f"surface {name} not drawn: places so rarely visited are not measured{reach}")
            continue
        vertices, faces = isosurface(smooth, density.cell, share * highest)
        if len(faces):
            traces.append(
                _mesh(vertices, faces, element_colour(density.species), f"{density.species}: {name}", opacity=opacity)
                | {"showlegend": True}
            )
    return traces, notes


def density_figure(
    density: IonDensity, framework: dict[str, Any], temperature_K: float | None = None
) -> tuple[dict[str, Any], list[str]]:
    """Return the figure of a density in its cell, with the framework's mean fractional places by symbol, and notes."""
    import numpy as np

    traces, notes = density_traces(density, temperature_K)
    repeats = np.array(density.fold)
    sphere, triangles = mesh.unit_sphere(2)
    for symbol, places in framework.items():
        folded = (np.asarray(places) * repeats) % 1.0
        centres = folded @ density.cell
        vertices = (centres[:, None] + FRAMEWORK_RADIUS * sphere).reshape(-1, 3)
        faces = (triangles[None] + len(sphere) * np.arange(len(centres))[:, None, None]).reshape(-1, 3)
        traces.append(_mesh(vertices, faces, element_colour(symbol), symbol) | {"showlegend": True})
    corners = np.array(list(product((0, 1), repeat=3)))
    edges = [(a, b) for a in corners for b in corners if (b - a).sum() == 1 and (b - a).min() == 0]
    lines = np.concatenate([np.vstack([a @ density.cell, b @ density.cell, [np.nan] * 3]) for a, b in edges])
    traces.append(
        {
            "type": "scatter3d", "mode": "lines", "hoverinfo": "skip", "showlegend": False,
            "line": {"color": "#7d8894", "width": 3},
            **{name: [None if np.isnan(v) else float(v) for v in lines[:, k]] for k, name in enumerate("xyz")},
        }
    )  # fmt: skip
    hidden = {"visible": False, "showspikes": False}
    scene = {
        "xaxis": hidden, "yaxis": hidden, "zaxis": hidden, "aspectmode": "data", "dragmode": "orbit",
        "camera": {"eye": {"x": 1.75, "y": 1.0, "z": 0.75}},
    }  # fmt: skip
    figure = {
        "data": traces,
        "layout": {
            "height": 560, "margin": {"l": 0, "r": 0, "t": 40, "b": 0}, "paper_bgcolor": "rgba(0,0,0,0)",
            "scene": scene, "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        },
    }  # fmt: skip
    return figure, notes


def _mesh(vertices: Any, faces: Any, colour: str, name: str, opacity: float = 1.0) -> dict[str, Any]:
    return {
        "type": "mesh3d", "name": name, "color": colour, "opacity": opacity, "hoverinfo": "name", "lighting": LIGHTING,
        "flatshading": False,
        **{key: typed_array(vertices[:, k]) for k, key in enumerate("xyz")},
        **{key: index_array(faces[:, k]) for k, key in enumerate("ijk")},
    }  # fmt: skip
