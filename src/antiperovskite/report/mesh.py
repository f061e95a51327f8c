"""Triangle meshes for the 3D view: spheres, cylinders, octahedra, merged into few large arrays.

A mesh is a pair ``(vertices, faces)``: float array ``(n, 3)`` in angstrom and integer array ``(m, 3)``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Mesh = tuple[NDArray[np.float64], NDArray[np.int64]]


@cache
def unit_sphere(subdivisions: int = 2) -> Mesh:
    """Return an icosphere of radius 1: even triangles, so that shading shows no poles.

    It has ``10 * 4**subdivisions + 2`` vertices and ``20 * 4**subdivisions`` faces.
    """
    import numpy as np

    g = (1 + 5**0.5) / 2
    corners = [(-1, g, 0), (1, g, 0), (-1, -g, 0), (1, -g, 0)]
    vertices = np.array(corners + [(z, x, y) for x, y, z in corners] + [(y, z, x) for x, y, z in corners], float)
    vertices /= np.linalg.norm(vertices[0])
    from scipy.spatial import ConvexHull

    faces = _outward(vertices, np.asarray(ConvexHull(vertices).simplices, dtype=np.int64))
    for _ in range(subdivisions):
        vertices, faces = _split(vertices, faces)
    return vertices, faces


def _outward(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> NDArray[np.int64]:
    """Turn every face so that its normal points away from the origin (hulls come unordered)."""
    import numpy as np

    a, b, c = (vertices[faces[:, k]] for k in range(3))
    inward = np.einsum("ij,ij->i", np.cross(b - a, c - a), a + b + c) < 0
    turned = faces.copy()
    turned[inward] = turned[inward][:, [0, 2, 1]]
    return turned


def _split(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> Mesh:
    """Cut each triangle into four and push the new vertices onto the unit sphere."""
    import numpy as np

    edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    unique, inverse = np.unique(edges, axis=0, return_inverse=True)
    middle = vertices[unique].sum(axis=1)
    middle /= np.linalg.norm(middle, axis=1, keepdims=True)
    ab, bc, ca = (inverse.reshape(-1, 3) + len(vertices)).T
    a, b, c = faces.T
    new = np.concatenate([np.stack(t, axis=1) for t in ((a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca))])
    return np.concatenate([vertices, middle]), new


def cylinders(start: NDArray[np.float64], end: NDArray[np.float64], radius: float, sides: int = 10) -> Mesh:
    """Return open cylinders from ``start`` to ``end``, both ``(n, 3)``, as one mesh."""
    import numpy as np

    start, end = np.asarray(start, float).reshape(-1, 3), np.asarray(end, float).reshape(-1, 3)
    axis = end - start
    axis /= np.linalg.norm(axis, axis=1, keepdims=True)
    # Any vector that is not parallel to the axis serves to build a frame around it.
    helper = np.where(np.abs(axis[:, :1]) < 0.9, [[1.0, 0, 0]], [[0, 1.0, 0]])
    u = np.cross(axis, helper)
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    v = np.cross(axis, u)
    angle = 2 * np.pi * np.arange(sides) / sides
    ring = radius * (np.cos(angle)[None, :, None] * u[:, None] + np.sin(angle)[None, :, None] * v[:, None])
    vertices = np.concatenate([start[:, None] + ring, end[:, None] + ring], axis=1)
    k = np.arange(sides)
    following = (k + 1) % sides
    faces = np.concatenate(
        [np.stack([k, following, k + sides], 1), np.stack([following, following + sides, k + sides], 1)]
    )
    offsets = (np.arange(len(vertices)) * 2 * sides)[:, None, None]
    return vertices.reshape(-1, 3), (faces[None] + offsets).reshape(-1, 3)


def hulls(polyhedra: list[NDArray[np.float64]]) -> tuple[Mesh, list[NDArray[np.float64]]]:
    """Return the convex hulls of point sets as one mesh, and their edges as ``(n, 2, 3)`` arrays.

    Edges between faces in one plane are left out. Points in one plane give a polygon, points on a line nothing.
    """
    import numpy as np
    from scipy.spatial import ConvexHull, QhullError

    vertices: list[NDArray[np.float64]] = []
    faces: list[NDArray[np.int64]] = []
    edges: list[NDArray[np.float64]] = []
    offset = 0
    for points in polyhedra:
        try:
            hull = ConvexHull(points)
        except (QhullError, ValueError):
            if (flat := _polygon(points)) is not None:
                order, fan = flat
                vertices.append(points)
                faces.append(fan + offset)
                offset += len(points)
                edges.append(points[np.stack([order, np.roll(order, -1)], axis=1)])
            continue
        centred = points - points.mean(axis=0)
        simplices = _outward(centred, np.asarray(hull.simplices, dtype=np.int64))
        vertices.append(points)
        faces.append(simplices + offset)
        offset += len(points)
        edges.append(points[_ridges(simplices, hull)])
    if not vertices:
        return (np.empty((0, 3)), np.empty((0, 3), dtype=np.int64)), []
    return (np.concatenate(vertices), np.concatenate(faces)), edges


def _polygon(points: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Return the outline of coplanar points, in order, and the fan of triangles that fills it."""
    import numpy as np
    from scipy.spatial import ConvexHull, QhullError

    if len(points) < 3:
        return None
    _, _, directions = np.linalg.svd(points - points.mean(axis=0))
    try:
        order = np.asarray(ConvexHull((points - points[0]) @ directions[:2].T).vertices, dtype=np.int64)
    except (QhullError, ValueError):
        return None
    fan = [(order[0], order[k], order[k + 1]) for k in range(1, len(order) - 1)]
    return order, np.array(fan, dtype=np.int64)


def _ridges(simplices: NDArray[np.int64], hull: object) -> NDArray[np.int64]:
    import numpy as np

    normals = hull.equations[:, :3]  # type: ignore[attr-defined]
    owners: dict[tuple[int, int], list[int]] = {}
    for face, (a, b, c) in enumerate(simplices):
        for pair in ((a, b), (b, c), (c, a)):
            owners.setdefault((int(min(pair)), int(max(pair))), []).append(face)
    sharp = [
        pair
        for pair, sides in owners.items()
        if len(sides) < 2 or float(np.dot(normals[sides[0]], normals[sides[1]])) < 0.995
    ]
    return np.array(sharp, dtype=np.int64).reshape(-1, 2)
