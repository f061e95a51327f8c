"""The moving picture of a mode: meshes of a supercell and, for each block of vertices, the atom it moves with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from antiperovskite.report import mesh
from antiperovskite.report.crystal import Crystal, Placed, choose_atoms, plus, prepare
from antiperovskite.report.figures import Figure, index_array, typed_array
from antiperovskite.report.palette import element_colour
from antiperovskite.report.scene import LIGHT, LIGHTING, drawn_radius

if TYPE_CHECKING:
    from antiperovskite.vibrations.model import SoftMode


def moving_scene(mode: SoftMode) -> Figure:
    """Return the figure of a mode's supercell at rest.

    ``meta.owner`` names the atom of the supercell each block of ``meta.each`` vertices follows; the page adds the
    displacement of that atom to them.
    """
    import numpy as np

    crystal = prepare(mode.supercell)
    drawn, hearts = choose_atoms(crystal)
    traces = [*_octahedra(crystal, hearts), *_atoms(crystal, drawn), _edges(crystal.lattice)]
    middle = crystal.lattice.sum(axis=0) / 2
    half = float(np.abs(crystal.cartesian(drawn) - middle).max()) + 1.0
    axes = {
        f"{name}axis": {"visible": False, "showspikes": False, "range": [float(m - half), float(m + half)]}
        for name, m in zip("xyz", middle, strict=True)
    }
    a, b, c = (v / np.linalg.norm(v) for v in crystal.lattice)
    eye = a + 0.42 * b + 0.34 * c
    eye = 1.05 * eye / np.linalg.norm(eye)
    camera = {
        "eye": dict(zip("xyz", map(float, eye), strict=True)),
        "up": dict(zip("xyz", map(float, c), strict=True)),
        "projection": {"type": "orthographic"},
    }
    return {
        "data": traces,
        "layout": {
            "scene": {**axes, "aspectmode": "cube", "dragmode": "orbit", "camera": camera},
            "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
            "height": 460,
            "paper_bgcolor": "rgba(0,0,0,0)",
            "showlegend": False,
        },
    }


def _mesh(vertices: Any, faces: Any, colour: str, owner: list[int], each: int, **more: Any) -> dict[str, Any]:
    i, k, j = faces.T  # wound inwards: plotly's shader turns the normals of front faces round
    return {
        "type": "mesh3d",
        **{name: typed_array(vertices[:, n]) for n, name in enumerate("xyz")},
        **{name: index_array(values) for name, values in (("i", i), ("j", j), ("k", k))},
        "color": colour,
        "lighting": LIGHTING,
        "lightposition": LIGHT,
        "hoverinfo": "skip",
        "meta": {"owner": owner, "each": each},
    } | more


def _atoms(crystal: Crystal, drawn: list[Placed]) -> list[dict[str, Any]]:
    import numpy as np

    sphere, faces = mesh.unit_sphere(1)
    traces = []
    for element in sorted(set(crystal.elements)):
        placed = [p for p in drawn if crystal.elements[p[0]] == element]
        members = {atom: atoms for atoms in crystal.members.values() for atom in atoms}
        sizes = np.array([drawn_radius(element, crystal.roles[atom], len(members[atom]) > 1) for atom, _ in placed])
        vertices = (crystal.cartesian(placed)[:, None] + sizes[:, None, None] * sphere[None]).reshape(-1, 3)
        all_faces = (faces[None] + (np.arange(len(placed)) * len(sphere))[:, None, None]).reshape(-1, 3)
        owner = [crystal.source[atom] for atom, _ in placed]
        traces.append(_mesh(vertices, all_faces, element_colour(element), owner, len(sphere), name=element))
    return traces


def _octahedra(crystal: Crystal, hearts: list[Placed]) -> list[dict[str, Any]]:
    traces = []
    for element in sorted({crystal.elements[heart] for heart, _ in hearts}):
        corners = [
            [(atom, plus(image, step)) for atom, step in crystal.neighbours[heart]]
            for heart, image in hearts
            if crystal.elements[heart] == element
        ]
        corners = [found for found in corners if len(found) > 3]  # four corners or more make a body
        (vertices, faces), _ = mesh.hulls([crystal.cartesian(found) for found in corners])
        owner = [crystal.source[atom] for found in corners for atom, _ in found]
        if len(faces) and len(owner) == len(vertices):
            more = {"opacity": 0.3, "flatshading": True, "name": f"{element} octahedra"}
            traces.append(_mesh(vertices, faces, element_colour(element), owner, 1, **more))
    return traces


def _edges(lattice: Any) -> dict[str, Any]:
    import numpy as np

    gap = np.full(3, np.nan)
    points = []
    for axis in range(3):
        others = [k for k in range(3) if k != axis]
        for u in (0, 1):
            for v in (0, 1):
                start = u * lattice[others[0]] + v * lattice[others[1]]
                points += [start, start + lattice[axis], gap]
    array = np.array(points)
    return {
        "type": "scatter3d",
        "mode": "lines",
        **{name: typed_array(array[:, n]) for n, name in enumerate("xyz")},
        "line": {"color": "#8a949e", "width": 3},
        "hoverinfo": "skip",
    }
