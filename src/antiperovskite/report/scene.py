"""The rotatable crystal as a plotly figure of lit meshes: atoms, bonds, octahedra and the cell."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.report import mesh
from antiperovskite.report.crystal import Crystal, Placed, choose_atoms, choose_bonds, plus, prepare
from antiperovskite.report.figures import Figure, index_array, layout, typed_array
from antiperovskite.report.format import chem
from antiperovskite.report.palette import element_colour

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from antiperovskite.structures.model import StructureModel

RADIUS_SCALE: Final = 0.36  # drawn radius of a bare ion, as a fraction of its ionic radius
BOND_RADIUS_A: Final = 0.075
ROLE_NAMES: Final = {"X": "X site (cation)", "B": "B site (octahedron centre)", "A": "A site (cuboctahedron)"}
LIGHTING: Final = {"ambient": 0.5, "diffuse": 0.68, "specular": 0.8, "roughness": 0.2, "fresnel": 0.2}
GLASS: Final = {"ambient": 0.7, "diffuse": 0.45, "specular": 0.1, "roughness": 0.5, "fresnel": 0.1}
# In the frame of the camera: from the upper right, before the picture (plotly counts depth on a smaller scale).
LIGHT: Final = {"x": 100000, "y": 100000, "z": -2500}


def drawn_radius(element: str, role: str, in_cluster: bool) -> float:
    """Return the radius in angstrom an atom is drawn with: scaled ionic radii, smaller inside cluster ions."""
    from pymatgen.core import Element

    data = Element(element)
    if in_cluster:
        return min(max(0.5 * float(data.atomic_radius or 1.0), 0.24), 0.48)
    ionic = float(data.average_cationic_radius if role == "X" else data.average_anionic_radius)
    return RADIUS_SCALE * (ionic or float(data.atomic_radius or 1.2))


def _mesh_trace(vertices: Any, faces: Any, colour: str, group: str, **more: Any) -> dict[str, Any]:
    x, y, z = vertices.T
    # Plotly's shader turns the normal of front faces round, so it lights meshes wound inwards.
    i, k, j = faces.T
    trace: dict[str, Any] = {
        "type": "mesh3d",
        **{name: typed_array(values) for name, values in (("x", x), ("y", y), ("z", z))},
        **{name: index_array(values) for name, values in (("i", i), ("j", j), ("k", k))},
        "color": colour,
        "lighting": LIGHTING,
        "lightposition": LIGHT,
        "flatshading": False,
        "hoverinfo": "skip",
        "meta": {"group": group},
    }
    return trace | more


def _atom_traces(crystal: Crystal, drawn: list[Placed]) -> list[dict[str, Any]]:
    """One mesh per element; what repeats (a sphere's faces, an atom's hover text) is sent once.

    ``meta.each`` is the number of vertices of one sphere; the page repeats the faces and spreads the labels.
    """
    import numpy as np

    traces = []
    sphere = mesh.unit_sphere(2)
    for element in sorted(set(crystal.elements)):
        placed = [p for p in drawn if crystal.elements[p[0]] == element]
        sizes = np.array([_size(crystal, atom) for atom, _ in placed])
        vertices = crystal.cartesian(placed)[:, None] + sizes[:, None, None] * sphere[0][None]
        labels = [_label(crystal, atom) for atom, _ in placed]
        trace = _mesh_trace(vertices.reshape(-1, 3), sphere[1], element_colour(element), "atoms", name=element)
        traces.append(
            trace | {"hoverinfo": "text", "meta": {"group": "atoms", "labels": labels, "each": len(sphere[0])}}
        )
    return traces


def _size(crystal: Crystal, atom: int) -> float:
    return drawn_radius(crystal.elements[atom], crystal.roles[atom], _ion_size(crystal, atom) > 1)


def _ion_size(crystal: Crystal, atom: int) -> int:
    return next(len(atoms) for atoms in crystal.members.values() if atom in atoms)


def _label(crystal: Crystal, atom: int) -> str:
    """Say what one atom is; coordinates are those of the CIF, so every image shows the same."""
    ion = crystal.ions[atom]
    inside = f" in {chem(ion)}" if ion != crystal.elements[atom] else ""
    u, v, w = crystal.own_frac[atom]
    return (
        f"<b>{crystal.elements[atom]}</b>{inside}<br>{ROLE_NAMES[crystal.roles[atom]]}<br>"
        f"x, y, z = {u:.3f}, {v:.3f}, {w:.3f}<br>atom {crystal.source[atom] + 1} of the cell"
    )


def _bond_traces(crystal: Crystal, bonds: list[tuple[Placed, Placed]]) -> list[dict[str, Any]]:
    """Cylinders coloured by halves, each half like the atom it starts from."""
    import numpy as np

    halves: dict[str, list[tuple[NDArray[np.float64], NDArray[np.float64]]]] = {}
    for first, second in bonds:
        a, b = crystal.cartesian([first, second])
        middle = (a + b) / 2
        halves.setdefault(crystal.elements[first[0]], []).append((a, middle))
        halves.setdefault(crystal.elements[second[0]], []).append((b, middle))
    traces = []
    for element, pieces in sorted(halves.items()):
        vertices, faces = mesh.cylinders(
            np.array([p[0] for p in pieces]), np.array([p[1] for p in pieces]), BOND_RADIUS_A
        )
        traces.append(_mesh_trace(vertices, faces, element_colour(element), "bonds", name=f"{element} bonds"))
    return traces


def _octahedron_traces(crystal: Crystal, hearts: list[Placed]) -> list[dict[str, Any]]:
    """Translucent hulls of the X shells, and their edges as thin lines."""
    traces = []
    for element in sorted({crystal.elements[heart] for heart, _ in hearts}):
        corners = [
            crystal.cartesian([(atom, plus(image, step)) for atom, step in crystal.neighbours[heart]])
            for heart, image in hearts
            if crystal.elements[heart] == element
        ]
        (vertices, faces), edges = mesh.hulls([c for c in corners if len(c) >= 3])
        if len(faces) == 0:
            continue
        colour = element_colour(element)
        traces.append(
            _mesh_trace(
                vertices,
                faces,
                colour,
                "octahedra",
                name=f"{element} octahedra",
                opacity=0.26,
                flatshading=True,
            )
        )
        lines = [pair for edge_list in edges for pair in edge_list]
        traces.append(_lines(lines, colour, 2.5, "octahedra"))
    return traces


def _lines(pairs: list[Any], colour: str, width: float, group: str) -> dict[str, Any]:
    import numpy as np

    gap = np.full(3, np.nan)
    points = np.array([p for a, b in pairs for p in (a, b, gap)], float).reshape(-1, 3)
    return {
        "type": "scatter3d",
        "mode": "lines",
        **{name: typed_array(points[:, k]) for k, name in enumerate("xyz")},
        "line": {"color": colour, "width": width},
        "hoverinfo": "skip",
        "meta": {"group": group},
    }


def _cell_traces(lattice: NDArray[np.float64], repeat: int) -> list[dict[str, Any]]:

    pairs = []
    for axis in range(3):
        others = [k for k in range(3) if k != axis]
        for u, v in product(range(repeat + 1), repeat=2):
            start = u * lattice[others[0]] + v * lattice[others[1]]
            pairs.append((start, start + repeat * lattice[axis]))
    ends = _label_places(lattice, repeat)
    names = {
        "type": "scatter3d",
        "mode": "text",
        **{name: typed_array(ends[:, k]) for k, name in enumerate("xyz")},
        "text": ["<i>a</i>", "<i>b</i>", "<i>c</i>"],
        "textfont": {"size": 16, "color": "var(--ink)"},
        "hoverinfo": "skip",
        "meta": {"group": "cell"},
    }
    return [_lines(pairs, "var(--cell)", 3, "cell"), names]


def _label_places(lattice: NDArray[np.float64], repeat: int) -> NDArray[np.float64]:
    """Return where the names of the axes stand: beyond the corner atom, 0.95 angstrom along each axis."""
    import numpy as np

    return np.array([v * (repeat + 0.95 / np.linalg.norm(v)) for v in lattice])


def _cameras(lattice: NDArray[np.float64]) -> dict[str, Any]:
    """A view from a corner, in perspective, and true projections along each lattice vector."""
    import numpy as np

    lengths = np.linalg.norm(lattice, axis=1)
    near = 1.5 + 0.55 * float(lengths.min() / lengths.max())  # a slim cell leaves room to come closer

    def camera(eye: NDArray[np.float64], up: NDArray[np.float64], kind: str = "orthographic") -> dict[str, Any]:
        def xyz(v: NDArray[np.float64]) -> dict[str, float]:
            return {name: round(float(value), 5) for name, value in zip("xyz", v / np.linalg.norm(v), strict=True)}

        return {
            "eye": {name: value * (near if kind == "perspective" else 0.95) for name, value in xyz(eye).items()},
            "up": xyz(up),
            "center": {"x": 0, "y": 0, "z": 0},
            "projection": {"type": kind},
        }

    a, b, c = (v / np.linalg.norm(v) for v in lattice)
    return {
        "corner": camera(a + 0.42 * b + 0.34 * c, c, "perspective"),
        "a": camera(a, c),
        "b": camera(b, c),
        "c": camera(c, b),
    }


def scene_figure(model: StructureModel, repeat: int = 1) -> Figure:
    """Return the figure of one structure: atoms, bonds, octahedra and cell as separate groups of traces.

    Parameters
    ----------
    model
        The structure with the site of each atom.
    repeat
        Cells drawn along each lattice vector.
    """
    import numpy as np

    crystal = prepare(model)
    drawn, hearts = choose_atoms(crystal, repeat)
    traces = [
        *_octahedron_traces(crystal, hearts),
        *_atom_traces(crystal, drawn),
        *_bond_traces(crystal, choose_bonds(crystal, drawn, hearts)),
        *_cell_traces(crystal.lattice, repeat),
    ]
    # One cube around everything: the aspect is true and nothing is clipped while it turns. (The aspect mode
    # "data" goes by the extent of the atoms, not by these ranges, and would stretch a layered structure.)
    positions = crystal.cartesian(drawn)
    middle = crystal.lattice.sum(axis=0) * repeat / 2
    sizes = np.array([_size(crystal, atom) for atom, _ in drawn])
    names = np.abs(_label_places(crystal.lattice, repeat) - middle).max()
    half = max(float((np.abs(positions - middle).max(axis=1) + sizes).max()), float(names)) + 0.05
    axes = {
        f"{name}axis": {"visible": False, "showspikes": False, "range": [float(m - half), float(m + half)]}
        for name, m in zip("xyz", middle, strict=True)
    }
    cameras = _cameras(crystal.lattice)
    scene = {**axes, "aspectmode": "cube", "dragmode": "orbit", "camera": cameras["corner"]}
    return {
        "data": traces,
        "layout": layout(460, margin={"l": 0, "r": 0, "t": 0, "b": 0}, scene=scene),
        "cameras": cameras,
    }


def scene_legend(model: StructureModel) -> list[dict[str, str]]:
    """Return the colour key: one entry per element with the sites it sits on."""
    elements = [site.specie.symbol for site in model.to_pymatgen()]
    order = {"X": 0, "B": 1, "A": 2}
    places: dict[str, set[str]] = {}
    for element, role in zip(elements, model.roles, strict=True):
        places.setdefault(element, set()).add(role)
    ordered = sorted(places, key=lambda e: (min(order[r] for r in places[e]), e))
    return [
        {
            "element": e,
            "colour": element_colour(e),
            "site": ", ".join(sorted(places[e], key=order.__getitem__)),
        }
        for e in ordered
    ]


def default_repeat(model: StructureModel) -> int:
    """Return how many cells along each axis show the network: two for small cells, else one."""
    return 2 if len(prepare(model).elements) <= 12 else 1


def scene_note(model: StructureModel) -> str:
    """Say in which cell the structure is drawn, where that is not its own."""
    cells = prepare(model).cells
    return f"Drawn in a rectangular cell of {cells} primitive cells. " if cells > 1 else ""
