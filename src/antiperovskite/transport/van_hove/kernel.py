"""The compiled part of van Hove functions: histograms of displacements and of distances between two times."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def add_frames(  # type: ignore[no-untyped-def]
    block, partners, first, ring, lags, stride, metric, width, far, close, origins, second, fourth, same, distinct
):  # fmt: skip
    """Add frames to the histograms.

    ``block`` and ``partners`` hold fractional coordinates ``(n_frames, n, 3)``; ``ring`` the last frames of ``block``;
    ``metric`` is cell @ cell.T. ``far`` (lag, bin) counts self displacements, ``close`` (lag, bin) distances from an
    ion at the origin to a partner one lag later, in bins of ``width``. ``second`` and ``fourth`` (lag, ion) add up
    powers of the displacement. ``same``: ions and partners are the same, and an ion is no partner of itself.
    """
    size = len(ring)
    n_far, n_close = far.shape[1], close.shape[1]
    limit = (n_close * width) ** 2
    g00, g11, g22 = metric[0, 0], metric[1, 1], metric[2, 2]
    g01, g02, g12 = 2.0 * metric[0, 1], 2.0 * metric[0, 2], 2.0 * metric[1, 2]
    over = 1.0 / width
    for frame in range(len(block)):
        number = first + frame
        ring[number % size] = block[frame]
        for m in range(len(lags)):
            origin = number - lags[m]
            if origin < 0 or origin % stride:
                continue
            origins[m] += 1
            start = ring[origin % size]
            for i in range(block.shape[1]):
                a = block[frame, i, 0] - start[i, 0]
                b = block[frame, i, 1] - start[i, 1]
                c = block[frame, i, 2] - start[i, 2]
                square = a * (g00 * a + g01 * b + g02 * c) + b * (g11 * b + g12 * c) + g22 * c * c
                square = max(square, 0.0)
                second[m, i] += square
                fourth[m, i] += square * square
                place = int(np.sqrt(square) * over)
                if place < n_far:
                    far[m, place] += 1
            if not distinct:
                continue
            for i in range(block.shape[1]):
                x, y, z = start[i, 0], start[i, 1], start[i, 2]
                for j in range(partners.shape[1]):
                    a = partners[frame, j, 0] - x
                    b = partners[frame, j, 1] - y
                    c = partners[frame, j, 2] - z
                    a -= np.rint(a)
                    b -= np.rint(b)
                    c -= np.rint(c)
                    square = a * (g00 * a + g01 * b + g02 * c) + b * (g11 * b + g12 * c) + g22 * c * c
                    if square < limit and not (same and i == j):
                        place = int(np.sqrt(max(square, 0.0)) * over)
                        if place < n_close:  # a square just under the limit may round up
                            close[m, place] += 1
