"""Newman and Ziff's algorithm: open sites or hops one by one, join clusters, notice when one meets its own image.

Clusters keep, besides their root, how many cell edges lie between every site and it; a hop between two sites of one
cluster that closes a way around the cell shows as a difference. A way around spans the axes it winds along.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _separate(n_sites):  # type: ignore[no-untyped-def]
    """Every site its own cluster: parents, cell edges to the root, windings and their rank, and room to work in."""
    return (
        np.full(n_sites, -1, np.int64),
        np.zeros((n_sites, 3), np.int64),
        np.zeros((n_sites, 3, 3), np.int64),
        np.zeros(n_sites, np.int64),
        np.empty(n_sites, np.int64),
        np.zeros(3, np.int64),
    )


@njit(cache=True, nogil=True)
def _find(site, parent, apart, path):  # type: ignore[no-untyped-def]
    """Root of a site; afterwards ``apart[site]`` counts the cell edges to it directly."""
    depth = 0
    here = site
    while parent[here] >= 0:
        path[depth] = here
        depth += 1
        here = parent[here]
    for k in range(depth - 2, -1, -1):
        one, above = path[k], path[k + 1]
        for axis in range(3):
            apart[one, axis] += apart[above, axis]
        parent[one] = here
    return here


@njit(cache=True, nogil=True)
def _add_winding(root, winding, basis, ranks):  # type: ignore[no-untyped-def]
    """Add a winding vector to a cluster's; the rank counts independent directions."""
    rank = ranks[root]
    if rank == 3:
        return
    new = False
    a, b = basis[root, 0], basis[root, 1]
    c0 = a[1] * winding[2] - a[2] * winding[1]
    c1 = a[2] * winding[0] - a[0] * winding[2]
    c2 = a[0] * winding[1] - a[1] * winding[0]
    if rank == 0:
        new = True
    elif rank == 1:
        new = c0 != 0 or c1 != 0 or c2 != 0
    else:
        new = b[0] * c0 + b[1] * c1 + b[2] * c2 != 0
    if new:
        for axis in range(3):
            basis[root, rank, axis] = winding[axis]
        ranks[root] = rank + 1


@njit(cache=True, nogil=True)
def open_bonds(n_sites, first, second, crossings):  # type: ignore[no-untyped-def]
    """Open bonds in the order given.

    Returns
    -------
    numpy.ndarray
        Number of bonds open when a cluster first winds along x, y and z, when any does, and when one cluster winds in
        three independent directions (-1: never), the largest rank when any first winds, and number of bonds when one
        cluster winds in two independent directions. Shape (7,).
    """
    parent, apart, basis, ranks, path, winding = _separate(n_sites)
    found = np.full(7, -1, np.int64)
    for k in range(len(first)):
        i, j = first[k], second[k]
        _join(i, j, crossings[k], parent, apart, basis, ranks, path, winding)
        _note(k + 1, _find(i, parent, apart, path), basis, ranks, found)
        if found[4] >= 0:
            break
    return found


@njit(cache=True, nogil=True)
def open_sites(order, packed):  # type: ignore[no-untyped-def]
    """Open sites in the order given, as :func:`open_bonds` counted in sites."""
    n_sites = len(order)
    parent, apart, basis, ranks, path, winding = _separate(n_sites)
    is_open = np.zeros(n_sites, np.bool_)
    found = np.full(7, -1, np.int64)
    crossing = np.zeros(3, np.int64)
    for k in range(n_sites):
        i = order[k]
        is_open[i] = True
        for slot in range(packed.shape[1]):
            code = packed[i, slot]
            if code < 0 or not is_open[code >> 5]:
                continue
            c = code & 31
            crossing[0], crossing[1], crossing[2] = c // 9 - 1, (c // 3) % 3 - 1, c % 3 - 1
            _join(i, np.int64(code >> 5), crossing, parent, apart, basis, ranks, path, winding)
        _note(k + 1, _find(i, parent, apart, path), basis, ranks, found)
        if found[4] >= 0:
            break
    return found


@njit(cache=True, nogil=True)
def open_grid(order, shape):  # type: ignore[no-untyped-def]
    """Open the points of a periodic grid in the order given (flat indices), each joined to its 26 neighbours.

    Counts as :func:`open_bonds`, in points.
    """
    n_points = shape[0] * shape[1] * shape[2]
    parent, apart, basis, ranks, path, winding = _separate(n_points)
    is_open = np.zeros(n_points, np.bool_)
    found = np.full(7, -1, np.int64)
    crossing = np.zeros(3, np.int64)
    at = np.zeros(3, np.int64)
    near = np.zeros(3, np.int64)
    for k in range(len(order)):
        point = order[k]
        is_open[point] = True
        at[0], at[1], at[2] = point // (shape[1] * shape[2]), point // shape[2] % shape[1], point % shape[2]
        for step in range(27):
            if step == 13:
                continue
            near[0], near[1], near[2] = at[0] + step // 9 - 1, at[1] + step // 3 % 3 - 1, at[2] + step % 3 - 1
            for axis in range(3):
                crossing[axis] = 0
                if near[axis] < 0:
                    crossing[axis] = -1
                    near[axis] += shape[axis]
                elif near[axis] >= shape[axis]:
                    crossing[axis] = 1
                    near[axis] -= shape[axis]
            other = (near[0] * shape[1] + near[1]) * shape[2] + near[2]
            if is_open[other]:
                _join(point, other, crossing, parent, apart, basis, ranks, path, winding)
        _note(k + 1, _find(point, parent, apart, path), basis, ranks, found)
        if found[4] >= 0:
            break
    return found


@njit(cache=True, nogil=True)
def open_until_joined(order, shape, start, end):  # type: ignore[no-untyped-def]
    """Open the points of a box in the order given until two of them are connected; the last point, -1 if never."""
    n_points = shape[0] * shape[1] * shape[2]
    parent, apart, basis, ranks, path, winding = _separate(n_points)
    is_open = np.zeros(n_points, np.bool_)
    crossing = np.zeros(3, np.int64)
    for k in range(len(order)):
        point = order[k]
        is_open[point] = True
        x, y, z = point // (shape[1] * shape[2]), point // shape[2] % shape[1], point % shape[2]
        for step in range(27):
            i, j, m = x + step // 9 - 1, y + step // 3 % 3 - 1, z + step % 3 - 1
            if i < 0 or j < 0 or m < 0 or i >= shape[0] or j >= shape[1] or m >= shape[2]:
                continue
            other = (i * shape[1] + j) * shape[2] + m
            if step != 13 and is_open[other]:
                _join(point, other, crossing, parent, apart, basis, ranks, path, winding)
        joined = is_open[start] and is_open[end]
        if joined and _find(start, parent, apart, path) == _find(end, parent, apart, path):
            return point
    return -1


@njit(cache=True, nogil=True)
def _join(i, j, crossing, parent, apart, basis, ranks, path, winding):  # type: ignore[no-untyped-def]
    a = _find(i, parent, apart, path)
    b = _find(j, parent, apart, path)
    for axis in range(3):
        # a site's image relative to its root's, along i -> j
        offset_i = apart[i, axis] if i != a else 0
        offset_j = apart[j, axis] if j != b else 0
        winding[axis] = offset_i + crossing[axis] - offset_j
    if a == b:
        if winding[0] != 0 or winding[1] != 0 or winding[2] != 0:
            _add_winding(a, winding, basis, ranks)
        return
    # parent holds minus the size of a root's cluster; the smaller one is hung below the larger
    if parent[a] <= parent[b]:
        small, large, sign = b, a, 1
    else:
        small, large, sign = a, b, -1
    parent[large] += parent[small]
    parent[small] = large
    for axis in range(3):
        apart[small, axis] = sign * winding[axis]
    for row in range(ranks[small]):
        _add_winding(large, basis[small, row], basis, ranks)


@njit(cache=True, nogil=True)
def _note(count, root, basis, ranks, found):  # type: ignore[no-untyped-def]
    if ranks[root] == 0:
        return
    for axis in range(3):
        if found[axis] < 0:
            for row in range(ranks[root]):
                if basis[root, row, axis] != 0:
                    found[axis] = count
    if found[3] < 0:
        found[3] = count
        found[5] = ranks[root]
    if found[6] < 0 and ranks[root] >= 2:
        found[6] = count
    if found[4] < 0 and ranks[root] == 3:
        found[4] = count


@njit(cache=True, nogil=True)
def winding_ranks(n_sites, first, second, crossings):  # type: ignore[no-untyped-def]
    """Number of independent directions in which each site's cluster winds when all these bonds are open (n_sites,)."""
    parent, apart, basis, ranks, path, winding = _separate(n_sites)
    for k in range(len(first)):
        _join(first[k], second[k], crossings[k], parent, apart, basis, ranks, path, winding)
    found = np.empty(n_sites, np.int64)
    for site in range(n_sites):
        found[site] = ranks[_find(site, parent, apart, path)]
    return found
