"""Isosurfaces of periodic grids in any cell, by marching tetrahedra; no image library needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Mesh = tuple[NDArray[np.float64], NDArray[np.int64]]

# six tetrahedra around the diagonal from corner 0 to corner 7; corner bits are steps along the three axes
TETRAHEDRA: Final = ((0, 1, 3, 7), (0, 3, 2, 7), (0, 2, 6, 7), (0, 6, 4, 7), (0, 4, 5, 7), (0, 5, 1, 7))


def isosurface(values: Any, cell: Any, level: float, *, periodic: bool = True) -> Mesh:
    """Triangles where ``values`` on a grid in ``cell`` cross ``level``.

    Parameters
    ----------
    values
        Shape ``(nx, ny, nz)``; point ``(i, j, k)`` is at fractional coordinates ``(i/nx, j/ny, k/nz)``.
    cell
        Lattice vectors as rows, shape ``(3, 3)``, angstrom.
    level
        Value on the surface; triangles look from larger to smaller values.
    periodic
        Close the grid with its first points again, so that the surface reaches all faces of the cell.

    Returns
    -------
    tuple
        Vertices ``(n, 3)``, angstrom, and faces ``(m, 3)``; both empty where nothing crosses the level.

    Raises
    ------
    DataError
        A value is not a number.

    References
    ----------
    Doi and Koide, IEICE Trans. E74 (1991) 214 (marching tetrahedra).
    """
    import numpy as np

    grid = np.asarray(values, dtype=float)
    if not np.isfinite(grid).all():
        raise DataError("an isosurface needs numbers at every grid point; fill the masked ones with a limit first")
    full = np.pad(grid, [(0, 1)] * 3, mode="wrap") if periodic else grid
    inside = full > level
    cubes = np.argwhere(_mixed(inside))
    if not len(cubes):
        return np.empty((0, 3)), np.empty((0, 3), dtype=np.int64)
    steps = np.array([[bit & 1, bit >> 1 & 1, bit >> 2 & 1] for bit in range(8)])
    numbers = np.ravel_multi_index(tuple(np.moveaxis(cubes[:, None] + steps, -1, 0)), full.shape)
    corners = np.concatenate([numbers[:, list(tetrahedron)] for tetrahedron in TETRAHEDRA])
    edges = _edges(corners, inside.ravel()[corners])
    ends = np.sort(edges.reshape(-1, 2), axis=1)
    keys, faces = np.unique(ends[:, 0] * full.size + ends[:, 1], return_inverse=True)
    unique = np.stack(np.divmod(keys, full.size), axis=1)
    flat = full.ravel()
    low, high = flat[unique[:, 0]], flat[unique[:, 1]]
    share = ((level - low) / (high - low))[:, None]
    start, end = (np.stack(np.unravel_index(unique[:, side], full.shape), axis=1) for side in (0, 1))
    vertices = ((start + share * (end - start)) / grid.shape) @ cell
    triangles = faces.reshape(-1, 3)
    uphill = np.stack(
        np.unravel_index(np.where(inside.ravel()[edges[:, 0, 0]], edges[:, 0, 0], edges[:, 0, 1]), full.shape), 1
    )
    return vertices, _outward(vertices, triangles, (uphill / grid.shape) @ cell)


def _mixed(inside: Any) -> Any:
    """Cubes with corners on both sides."""
    import numpy as np

    total = np.zeros([n - 1 for n in inside.shape], dtype=np.int8)
    for bit in range(8):
        total += inside[tuple(slice(bit >> k & 1, None if bit >> k & 1 else -1) for k in range(3))]
    return (total > 0) & (total < 8)


def _edges(corners: Any, inside: Any) -> Any:
    """Triangles as three crossed edges each, shape ``(n, 3, 2)``, from tetrahedra with corners on both sides."""
    import numpy as np

    # sorting puts the corners inside first, so that three cases are left
    order = np.argsort(~inside, axis=1, kind="stable")
    corners = np.take_along_axis(corners, order, axis=1)
    count = inside.sum(axis=1)
    one, two, three = corners[count == 1], corners[count == 2], corners[count == 3]

    def edge(table: Any, a: int, b: int) -> Any:
        return table[:, [a, b]]

    triangles = [
        np.stack([edge(one, 0, 1), edge(one, 0, 2), edge(one, 0, 3)], axis=1),
        np.stack([edge(three, 3, 0), edge(three, 3, 1), edge(three, 3, 2)], axis=1),
        np.stack([edge(two, 0, 2), edge(two, 0, 3), edge(two, 1, 3)], axis=1),
        np.stack([edge(two, 0, 2), edge(two, 1, 3), edge(two, 1, 2)], axis=1),
    ]
    return np.concatenate(triangles)


def _outward(vertices: Any, triangles: Any, uphill: Any) -> Any:
    """Turn every triangle away from a point on its larger side."""
    import numpy as np

    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    inward = np.einsum("ij,ij->i", np.cross(b - a, c - a), a - uphill) < 0
    turned = triangles.copy()
    turned[inward] = turned[inward][:, [0, 2, 1]]
    return turned
