"""Newman and Ziff's algorithm: open sites or hops one by one, join clusters, notice when one meets its own image.

Clusters keep, besides their root, how many cell edges lie between every site and it; a hop between two sites of one
cluster that closes a way around the cell shows as a difference. A way around spans the axes it winds along.
"""

from __future__ import annotations

import numpy as np
from numba import njit


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
        three independent directions (-1: never), and the largest rank when any first winds. Shape (6,).
    """
    parent = np.full(n_sites, -1, np.int64)
    apart = np.zeros((n_sites, 3), np.int64)
    basis = np.zeros((n_sites, 3, 3), np.int64)
    ranks = np.zeros(n_sites, np.int64)
    path = np.empty(n_sites, np.int64)
    found = np.full(6, -1, np.int64)
    winding = np.zeros(3, np.int64)
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
    parent = np.full(n_sites, -1, np.int64)
    apart = np.zeros((n_sites, 3), np.int64)
    basis = np.zeros((n_sites, 3, 3), np.int64)
    ranks = np.zeros(n_sites, np.int64)
    path = np.empty(n_sites, np.int64)
    is_open = np.zeros(n_sites, np.bool_)
    found = np.full(6, -1, np.int64)
    winding = np.zeros(3, np.int64)
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
    if found[4] < 0 and ranks[root] == 3:
        found[4] = count


@njit(cache=True, nogil=True)
def winding_ranks(n_sites, first, second, crossings):  # type: ignore[no-untyped-def]
    """Number of independent directions in which each site's cluster winds when all these bonds are open (n_sites,)."""
    parent = np.full(n_sites, -1, np.int64)
    apart = np.zeros((n_sites, 3), np.int64)
    basis = np.zeros((n_sites, 3, 3), np.int64)
    ranks = np.zeros(n_sites, np.int64)
    path = np.empty(n_sites, np.int64)
    winding = np.zeros(3, np.int64)
    for k in range(len(first)):
        _join(first[k], second[k], crossings[k], parent, apart, basis, ranks, path, winding)
    found = np.empty(n_sites, np.int64)
    for site in range(n_sites):
        found[site] = ranks[_find(site, parent, apart, path)]
    return found
