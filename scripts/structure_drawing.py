"""Draw a structure as a small SVG: octahedra, bonds, atoms and the cell, projected and painted from back to front.

The same structure gives the same text, so pictures can be kept under version control and compared.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from antiperovskite.structures.model import StructureModel

    Array = NDArray[np.float64]

WIDTH, HEIGHT, TALL, MARGIN = 300.0, 270.0, 420.0, 16.0
FACE = "#7f9fc4"


def draw(model: StructureModel) -> str:
    """Return the picture of a structure as SVG text."""
    import numpy as np

    from antiperovskite.report.crystal import choose_atoms, choose_bonds, plus, prepare
    from antiperovskite.report.palette import element_colour
    from antiperovskite.report.svg import Drawing

    crystal = prepare(_conventional(model))
    atoms, hearts = choose_atoms(crystal)
    bonds = choose_bonds(crystal, atoms, hearts)
    view = _view(crystal.lattice)
    place = dict(zip(atoms, crystal.cartesian(atoms) @ view.T, strict=True))
    corners = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)], float) @ crystal.lattice @ view.T
    points = np.array([*place.values(), *corners])
    low, high = points[:, :2].min(0) - 0.5, points[:, :2].max(0) + 0.5
    height = TALL if high[1] - low[1] > 2.0 * (high[0] - low[0]) else HEIGHT
    scale = float(min((WIDTH - 2 * MARGIN) / (high[0] - low[0]), (height - 2 * MARGIN) / (high[1] - low[1]), 34.0))
    middle = (low + high) / 2

    def pixel(point: Array) -> tuple[float, float]:
        return (WIDTH / 2 + scale * float(point[0] - middle[0]), height / 2 - scale * float(point[1] - middle[1]))

    shapes: list[tuple[float, int, str]] = []
    for heart, image in hearts:
        shell = [place[atom, plus(image, step)] for atom, step in crystal.neighbours[heart]]
        shapes += _faces(np.array(shell), place[heart, image], pixel)
    for first, second in bonds:
        if first in place and second in place:
            shapes.append(_bond(place[first], place[second], pixel, scale))
    for (atom, _), point in place.items():
        element = crystal.elements[atom]
        radius = scale * _radius(element, crystal.roles[atom])
        shapes.append((float(point[2]), 2, _circle(pixel(point), radius, element_colour(element))))
    for i, j in combinations(range(8), 2):
        if bin(i ^ j).count("1") == 1:
            (x1, y1), (x2, y2) = pixel(corners[i]), pixel(corners[j])
            depth = float(min(corners[i][2], corners[j][2]))
            line = (
                f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#8794a3" stroke-width="0.9"/>'
            )
            shapes.append((depth, 3, line))
    drawing = Drawing(WIDTH, height, model.formula)
    drawing.parts = [text for _, _, text in sorted(shapes, key=lambda item: (round(item[0], 3), item[1], item[2]))]
    return drawing.text()


def _conventional(model: StructureModel) -> StructureModel:
    """A rhombohedral cell with sharp angles as the hexagonal cell of three times its size; others as they are."""
    import numpy as np

    structure = model.to_pymatgen()
    angles = structure.lattice.angles
    if max(angles) - min(angles) > 0.5 or max(angles) > 58.0:
        return model
    rows = np.array([[1, -1, 0], [0, 1, -1], [1, 1, 1]])
    shifts = [(0, 0, 0), (1, 0, 0), (1, 1, 0)]  # lattice points of the small cell in the large one
    inverse = np.linalg.inv(rows)
    sites = [(site.specie.symbol, (site.frac_coords + shift) @ inverse) for shift in shifts for site in structure]
    larger = type(structure)(rows @ structure.lattice.matrix, [s for s, _ in sites], [x for _, x in sites])
    count = max(model.groups) + 1
    return model.model_copy(
        update={
            "structure": larger.as_dict(),
            "roles": model.roles * 3,
            "ions": model.ions * 3,
            "groups": tuple(group + k * count for k in range(3) for group in model.groups),
        }
    )


def _view(lattice: Array) -> Array:
    """Rows right, up and towards the reader, looking down a little from the side on the cell's first face."""
    import numpy as np

    c = lattice[2] / np.linalg.norm(lattice[2])
    a = lattice[0] - (lattice[0] @ c) * c
    a /= np.linalg.norm(a)
    b = np.cross(c, a)
    turn, tip = np.radians(22.0), np.radians(12.0)
    right = np.cos(turn) * a + np.sin(turn) * b
    away = -np.sin(turn) * a + np.cos(turn) * b
    up = np.cos(tip) * c + np.sin(tip) * away
    return np.array([right, up, np.cross(right, up)])


def _faces(vertices: Array, centre: Array, pixel: Any) -> list[tuple[float, int, str]]:
    """Triangles of a B polyhedron (its convex hull), shaded by how much they face the reader."""
    import numpy as np
    from scipy.spatial import ConvexHull, QhullError

    if len(vertices) < 4:
        return []
    try:
        hull = ConvexHull(vertices)
    except QhullError:  # flat: an octahedron that lost corners
        return []
    found = []
    for simplex in hull.simplices.tolist():
        corners = vertices[simplex]
        normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
        normal /= np.linalg.norm(normal)
        facing = abs(float(normal[2]))
        opacity = 0.16 + 0.22 * facing
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in sorted(pixel(corner) for corner in corners))
        look = f'fill="{FACE}" fill-opacity="{opacity:.2f}" stroke="{FACE}" stroke-width="0.7"'
        text = f'<polygon points="{points}" {look}/>'
        found.append((float(corners[:, 2].mean() * 0.5 + centre[2] * 0.5), 0, text))
    return found


def _bond(first: Array, second: Array, pixel: Any, scale: float) -> tuple[float, int, str]:
    (x1, y1), (x2, y2) = pixel(first), pixel(second)
    text = (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#6d7986" '
        f'stroke-width="{max(1.0, 0.12 * scale):.1f}" stroke-linecap="round"/>'
    )
    return float(first[2] + second[2]) / 2 - 0.01, 1, text


def _radius(element: str, role: str) -> float:
    if element == "H":
        return 0.22
    return {"X": 0.34, "B": 0.32, "A": 0.52}[role]


def _circle(at: tuple[float, float], radius: float, colour: str) -> str:
    x, y = at
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{colour}" stroke="#17202b" stroke-opacity="0.45" '
        'stroke-width="0.8"/>'
        f'<circle cx="{x - 0.3 * radius:.1f}" cy="{y - 0.32 * radius:.1f}" r="{0.34 * radius:.1f}" fill="#ffffff" '
        'fill-opacity="0.45"/>'
    )
