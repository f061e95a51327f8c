"""Compiled rows of two- and three-body cubic B-splines (numba): energies of atoms, forces, virial."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def basis(r, knots, values, slopes):  # type: ignore[no-untyped-def]
    """Write the four cubic B-splines that do not vanish at ``r`` and their slopes; return the index of the first.

    Knots are evenly spaced between four equal ones at either end; Cox-de Boor recursion, de Boor, J. Approx. Theory 6,
    50 (1972), 10.1016/0021-9045(72)90080-9.
    """
    last = len(knots) - 5
    k = min(3 + int((r - knots[0]) / (knots[4] - knots[3])), last)
    quadratic = np.zeros(3)
    values[0] = 1.0
    for degree in range(1, 4):
        if degree == 3:
            for m in range(3):
                quadratic[m] = values[m]
        kept = 0.0
        for m in range(degree):
            right = knots[k + 1 + m] - r
            left = r - knots[k + 1 + m - degree]
            part = values[m] / (right + left)
            values[m] = kept + right * part
            kept = left * part
        values[degree] = kept
    for m in range(4):
        slopes[m] = 0.0
    for m in range(3):
        rise = 3.0 * quadratic[m] / (knots[k + 1 + m] - knots[k - 2 + m])
        slopes[m] -= rise
        slopes[m + 1] += rise
    return k - 3


@njit(cache=True, nogil=True)
def add_pairs(  # type: ignore[no-untyped-def]
    types, starts, neighbours, vectors, knots, reach, columns, atomic, forces, virial, derive
):
    """Two-body columns, every pair met from both its ends.

    Parameters
    ----------
    types, starts, neighbours, vectors
        Element index of each atom ``(n,)``; where each atom's neighbours begin ``(n + 1,)``; their numbers and the
        vectors to them, angstrom, ``(m,)`` and ``(m, 3)``.
    knots, reach
        Knots, and the distance from which the term is left out, angstrom.
    columns
        ``(elements, elements, functions)``: column of each function, -1 for those held at zero.
    atomic, forces, virial
        Added to: ``(n, c)``, ``(3 n, c)`` and ``(6, c)`` (Voigt, not divided by the volume).
    derive
        Whether forces and virial are wanted.
    """
    values, slopes = np.zeros(4), np.zeros(4)
    for i in range(len(types)):
        for p in range(starts[i], starts[i + 1]):
            v = vectors[p]
            r = np.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
            if r >= reach:
                continue
            j = neighbours[p]
            first = basis(r, knots, values, slopes)
            for m in range(4):
                column = columns[types[i], types[j], first + m]
                if column < 0:
                    continue
                atomic[i, column] += values[m]
                if not derive:
                    continue
                pull = slopes[m] / r
                for a in range(3):
                    forces[3 * i + a, column] += pull * v[a]
                    forces[3 * j + a, column] -= pull * v[a]
                    virial[a, column] += pull * v[a] * v[a]
                virial[3, column] += pull * v[1] * v[2]
                virial[4, column] += pull * v[0] * v[2]
                virial[5, column] += pull * v[0] * v[1]


@njit(cache=True, nogil=True)
def add_triplets(  # type: ignore[no-untyped-def]
    types, starts, neighbours, vectors, knots, far_knots, reach, columns, atomic, forces, virial, derive
):
    """Three-body columns: every pair of neighbours of an atom, by its two short sides and the side between them.

    ``columns`` has the shape ``(elements, elements, elements, functions, functions, functions of the far side)``, the
    central atom first; everything else as in :func:`add_pairs`.
    """
    b, c, f = np.zeros(4), np.zeros(4), np.zeros(4)
    db, dc, df = np.zeros(4), np.zeros(4), np.zeros(4)
    near = knots[0]
    for i in range(len(types)):
        for p in range(starts[i], starts[i + 1]):
            v = vectors[p]
            rv = np.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
            if rv < near or rv >= reach:
                continue
            j = neighbours[p]
            ib = basis(rv, knots, b, db)
            for q in range(p + 1, starts[i + 1]):
                w = vectors[q]
                rw = np.sqrt(w[0] * w[0] + w[1] * w[1] + w[2] * w[2])
                k = neighbours[q]
                if rw < near or rw >= reach:
                    continue
                u = w - v
                ru = np.sqrt(u[0] * u[0] + u[1] * u[1] + u[2] * u[2])
                if ru < near:
                    continue
                ic = basis(rw, knots, c, dc)
                ifar = basis(ru, far_knots, f, df)
                block = columns[types[i], types[j], types[k]]
                for m in range(4):
                    for n in range(4):
                        for o in range(4):
                            column = block[ib + m, ic + n, ifar + o]
                            if column < 0:
                                continue
                            atomic[i, column] += b[m] * c[n] * f[o]
                            if not derive:
                                continue
                            # dE/dr over r of the three sides
                            gv = db[m] * c[n] * f[o] / rv
                            gw = b[m] * dc[n] * f[o] / rw
                            gu = b[m] * c[n] * df[o] / ru
                            for a in range(3):
                                pv, pw, pu = gv * v[a], gw * w[a], gu * u[a]
                                forces[3 * i + a, column] += pv + pw
                                forces[3 * j + a, column] += pu - pv
                                forces[3 * k + a, column] -= pu + pw
                                virial[a, column] += pv * v[a] + pw * w[a] + pu * u[a]
                            virial[3, column] += gv * v[1] * v[2] + gw * w[1] * w[2] + gu * u[1] * u[2]
                            virial[4, column] += gv * v[0] * v[2] + gw * w[0] * w[2] + gu * u[0] * u[2]
                            virial[5, column] += gv * v[0] * v[1] + gw * w[0] * w[1] + gu * u[0] * u[1]
