"""Compiled kernels: bond-valence site energies on grids, and their stationary points from exact derivatives.

Atoms have a kind; ``kinds`` is a table (n_kinds, 4) of what a kind does to the moving ion: ``1, D, R_min, alpha`` a
Morse attraction D (s^2 - 2 s), s = exp(alpha (R_min - R)); ``2, A, L, 0`` a repulsion A / R erfc(R / L); ``0`` nothing.
"""

from __future__ import annotations

from math import erfc, exp, pi, sqrt

import numpy as np
from numba import njit

BLOCK = 1.3
TOO_CLOSE = 0.3


@njit(cache=True, nogil=True)
def _pair(distance, row):  # type: ignore[no-untyped-def]
    """Energy of one pair."""
    if row[0] == 1.0:
        s = exp(row[3] * (row[2] - distance))
        return row[1] * (s * s - 2.0 * s)
    if row[0] == 2.0:
        return row[1] / distance * erfc(distance / row[2])
    return 0.0


@njit(cache=True, nogil=True)
def energy_grid(shape, cell, images, image_kinds, kinds, radii, cutoff):  # type: ignore[no-untyped-def]  # noqa: PLR0912
    """Energy and room on a periodic grid.

    Parameters
    ----------
    shape
        Points along each lattice vector, (3,).
    cell
        Lattice vectors as rows, angstrom.
    images
        Cartesian positions of atoms and their images that reach any point, (m, 3).
    image_kinds
        Kind of each, (m,).
    kinds
        As the module says.
    radii
        Radius of each kind in angstrom, (n_kinds,); room is the distance to the nearest sphere's surface.
    cutoff
        Angstrom.

    Returns
    -------
    tuple
        Energies in eV and room in angstrom, each (n_points,), last axis fastest.
    """
    n_points = shape[0] * shape[1] * shape[2]
    energies = np.zeros(n_points)
    room = np.full(n_points, cutoff)
    blocks = np.empty(3, np.int64)
    for axis in range(3):
        length = sqrt(cell[axis, 0] ** 2 + cell[axis, 1] ** 2 + cell[axis, 2] ** 2)
        blocks[axis] = max(1, int(length / BLOCK))
    near = np.empty(len(images), np.int64)
    half = np.zeros(3)
    for axis in range(3):  # of a block's diagonal, at most
        for k in range(3):
            half[axis] += abs(cell[k, axis]) / blocks[k] / 2.0
    reach = (cutoff + sqrt(half[0] ** 2 + half[1] ** 2 + half[2] ** 2)) ** 2
    for a in range(blocks[0]):
        for b in range(blocks[1]):
            for c in range(blocks[2]):
                u, v, w = (a + 0.5) / blocks[0], (b + 0.5) / blocks[1], (c + 0.5) / blocks[2]
                x = u * cell[0, 0] + v * cell[1, 0] + w * cell[2, 0]
                y = u * cell[0, 1] + v * cell[1, 1] + w * cell[2, 1]
                z = u * cell[0, 2] + v * cell[1, 2] + w * cell[2, 2]
                count = 0
                for m in range(len(images)):
                    apart = (images[m, 0] - x) ** 2 + (images[m, 1] - y) ** 2 + (images[m, 2] - z) ** 2
                    if apart < reach:
                        near[count] = m
                        count += 1
                i0, i1 = -(-a * shape[0] // blocks[0]), -(-(a + 1) * shape[0] // blocks[0])
                j0, j1 = -(-b * shape[1] // blocks[1]), -(-(b + 1) * shape[1] // blocks[1])
                k0, k1 = -(-c * shape[2] // blocks[2]), -(-(c + 1) * shape[2] // blocks[2])
                for i in range(i0, i1):
                    for j in range(j0, j1):
                        for k in range(k0, k1):
                            u, v, w = i / shape[0], j / shape[1], k / shape[2]
                            x = u * cell[0, 0] + v * cell[1, 0] + w * cell[2, 0]
                            y = u * cell[0, 1] + v * cell[1, 1] + w * cell[2, 1]
                            z = u * cell[0, 2] + v * cell[1, 2] + w * cell[2, 2]
                            total = 0.0
                            free = cutoff
                            for n in range(count):
                                m = near[n]
                                d2 = (images[m, 0] - x) ** 2 + (images[m, 1] - y) ** 2 + (images[m, 2] - z) ** 2
                                if d2 < cutoff * cutoff:
                                    d = max(sqrt(d2), TOO_CLOSE)
                                    total += _pair(d, kinds[image_kinds[m]])
                                    free = min(free, d - radii[image_kinds[m]])
                            at = (i * shape[1] + j) * shape[2] + k
                            energies[at] = total
                            room[at] = free
    return energies, room


@njit(cache=True, nogil=True)
def energies_at(points, images, image_kinds, kinds, cutoff):  # type: ignore[no-untyped-def]
    """Energy in eV at Cartesian points (n, 3)."""
    found = np.zeros(len(points))
    for p in range(len(points)):
        total = 0.0
        for m in range(len(images)):
            d2 = (
                (images[m, 0] - points[p, 0]) ** 2
                + (images[m, 1] - points[p, 1]) ** 2
                + (images[m, 2] - points[p, 2]) ** 2
            )
            if d2 < cutoff * cutoff:
                total += _pair(max(sqrt(d2), TOO_CLOSE), kinds[image_kinds[m]])
        found[p] = total
    return found


@njit(cache=True, nogil=True)
def derivatives(point, places, place_kinds, kinds, gradient, hessian):  # type: ignore[no-untyped-def]
    """Energy at a point from atoms at ``places`` (no cutoff); fills gradient (3,) and Hessian (3, 3)."""
    energy = 0.0
    gradient[:] = 0.0
    hessian[:] = 0.0
    r = np.empty(3)
    for m in range(len(places)):
        row = kinds[place_kinds[m]]
        if row[0] == 0.0:
            continue
        for axis in range(3):
            r[axis] = point[axis] - places[m, axis]
        d = max(sqrt(r[0] ** 2 + r[1] ** 2 + r[2] ** 2), TOO_CLOSE)
        if row[0] == 1.0:
            s = exp(row[3] * (row[2] - d))
            energy += row[1] * (s * s - 2.0 * s)
            first = row[1] * row[3] * (2.0 * s - 2.0 * s * s)
            second = row[1] * row[3] ** 2 * (4.0 * s * s - 2.0 * s)
        else:
            g = erfc(d / row[2])
            g1 = -2.0 / (row[2] * sqrt(pi)) * exp(-((d / row[2]) ** 2))
            g2 = -2.0 * d / row[2] ** 2 * g1
            energy += row[1] * g / d
            first = row[1] * (g1 / d - g / d**2)
            second = row[1] * (g2 / d - 2.0 * g1 / d**2 + 2.0 * g / d**3)
        for i in range(3):
            gradient[i] += first * r[i] / d
            for j in range(3):
                radial = r[i] * r[j] / (d * d)
                hessian[i, j] += second * radial + first / d * ((1.0 if i == j else 0.0) - radial)
    return energy


@njit(cache=True, nogil=True)
def eigen3(matrix, values, vectors):  # type: ignore[no-untyped-def]  # noqa: PLR0912
    """Eigenvalues (ascending) and eigenvectors (columns) of a symmetric matrix, by Jacobi."""
    a = matrix.copy()
    vectors[:] = 0.0
    for i in range(3):
        vectors[i, i] = 1.0
    for _ in range(30):
        if abs(a[0, 1]) + abs(a[0, 2]) + abs(a[1, 2]) < 1e-14:
            break
        for p in range(2):
            for q in range(p + 1, 3):
                if abs(a[p, q]) < 1e-300:
                    continue
                theta = (a[q, q] - a[p, p]) / (2.0 * a[p, q])
                t = (1.0 if theta >= 0 else -1.0) / (abs(theta) + sqrt(theta * theta + 1.0))
                c = 1.0 / sqrt(t * t + 1.0)
                s = t * c
                for k in range(3):
                    akp, akq = a[k, p], a[k, q]
                    a[k, p], a[k, q] = c * akp - s * akq, s * akp + c * akq
                for k in range(3):
                    apk, aqk = a[p, k], a[q, k]
                    a[p, k], a[q, k] = c * apk - s * aqk, s * apk + c * aqk
                for k in range(3):
                    vkp, vkq = vectors[k, p], vectors[k, q]
                    vectors[k, p], vectors[k, q] = c * vkp - s * vkq, s * vkp + c * vkq
    for i in range(3):
        values[i] = a[i, i]
    for i in range(2):
        for j in range(i + 1, 3):
            if values[j] < values[i]:
                values[i], values[j] = values[j], values[i]
                for k in range(3):
                    vectors[k, i], vectors[k, j] = vectors[k, j], vectors[k, i]


@njit(cache=True, nogil=True)
def _stationary(point, places, place_kinds, kinds, climbs, scratch):  # type: ignore[no-untyped-def]
    """Move a point to the nearest minimum (``climbs`` 0) or first-order saddle (1); energy and steps, -1 if none."""
    gradient, values = np.empty(3), np.empty(3)
    hessian, vectors = np.empty((3, 3)), np.empty((3, 3))
    energy = 0.0
    for count in range(80):
        energy = derivatives(point, places, place_kinds, kinds, gradient, hessian)
        eigen3(hessian, values, vectors)
        size = 0.0
        scratch[:] = 0.0
        for mode in range(3):
            along = 0.0
            for axis in range(3):
                along += vectors[axis, mode] * gradient[axis]
            # downhill along all modes, uphill along the softest if a saddle is wanted
            sign = 1.0 if mode < climbs else -1.0
            step = sign * along / max(abs(values[mode]), 0.1)
            for axis in range(3):
                scratch[axis] += step * vectors[axis, mode]
        for axis in range(3):
            size += scratch[axis] ** 2
        size = sqrt(size)
        shrink = min(1.0, 0.08 / size) if size > 0.0 else 1.0
        for axis in range(3):
            point[axis] += shrink * scratch[axis]
        if size < 1e-7:
            negative = 0
            for mode in range(3):
                if values[mode] < 0.0:
                    negative += 1
            return energy, (count + 1 if negative == climbs else -1)
    return energy, -1


@njit(cache=True, nogil=True)
def stationary_points(starts, first, places, atoms, shifts, copies, cell, occupants, kinds, climbs):  # type: ignore[no-untyped-def]
    """Minima or saddles near points of a unit cell, in every copy of that cell.

    Parameters
    ----------
    starts
        Cartesian points of the unit cell, (p, 3).
    first
        Where each point's neighbours begin below, (p + 1,).
    places, atoms, shifts
        Position (m, 3) of each neighbour around the point in the unit cell, its atom there and its cell (m, 3).
    copies
        Repeats, (3,).
    cell
        Lattice vectors of the unit cell.
    occupants
        Kind of each atom in each copy, (n_copies, n_atoms).
    climbs
        0 minima, 1 saddles; one for each point.

    Returns
    -------
    tuple
        Energies (n_copies, p), displacements from the starts (n_copies, p, 3), and found (n_copies, p).
    """
    n_copies, n_points = len(occupants), len(starts)
    energies = np.zeros((n_copies, n_points))
    moved = np.zeros((n_copies, n_points, 3))
    found = np.zeros((n_copies, n_points), np.bool_)
    most = 0
    for p in range(n_points):
        most = max(most, first[p + 1] - first[p])
    place_kinds = np.zeros(most, np.int64)
    point, scratch = np.empty(3), np.empty(3)
    for copy in range(n_copies):
        x = copy // (copies[1] * copies[2])
        y = copy // copies[2] % copies[1]
        z = copy % copies[2]
        for p in range(n_points):
            count = first[p + 1] - first[p]
            for m in range(count):
                at = first[p] + m
                i = (x + shifts[at, 0]) % copies[0]
                j = (y + shifts[at, 1]) % copies[1]
                k = (z + shifts[at, 2]) % copies[2]
                place_kinds[m] = occupants[(i * copies[1] + j) * copies[2] + k, atoms[at]]
            point[:] = starts[p]
            around = places[first[p] : first[p + 1]]
            energies[copy, p], steps = _stationary(point, around, place_kinds[:count], kinds, climbs[p], scratch)
            found[copy, p] = steps > 0
            for axis in range(3):
                moved[copy, p, axis] = point[axis] - starts[p, axis]
    return energies, moved, found


@njit(cache=True, nogil=True)
def descend(saddle, places, place_kinds, kinds, sign, step, most):  # type: ignore[no-untyped-def]
    """Steepest descent from a saddle along its soft mode: points (n, 3) and energies (n,)."""
    points, energies = np.empty((most, 3)), np.empty(most)
    gradient, values = np.empty(3), np.empty(3)
    hessian, vectors = np.empty((3, 3)), np.empty((3, 3))
    point = saddle.copy()
    energies[0] = derivatives(point, places, place_kinds, kinds, gradient, hessian)
    points[0] = point
    eigen3(hessian, values, vectors)
    for axis in range(3):
        point[axis] += sign * step * vectors[axis, 0]
    count = 1
    while count < most:
        energy = derivatives(point, places, place_kinds, kinds, gradient, hessian)
        points[count] = point
        energies[count] = energy
        count += 1
        size = sqrt(gradient[0] ** 2 + gradient[1] ** 2 + gradient[2] ** 2)
        if energy > energies[count - 2] or size < 1e-3:
            break
        for axis in range(3):
            point[axis] -= step * gradient[axis] / size
    return points[:count], energies[:count]
