"""The compiled part of ion densities."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def count_visits(positions, ions, inverse, drift, fold, counts):  # type: ignore[no-untyped-def]
    """Add one to the grid point's cell that holds each ion in each frame; ``fold`` puts repeats of a cell together."""
    shape = counts.shape
    for frame in range(len(positions)):
        inv = inverse[frame]
        for k in range(len(ions)):
            ion = ions[k]
            x, y, z = positions[frame, ion, 0], positions[frame, ion, 1], positions[frame, ion, 2]
            a = (x * inv[0, 0] + y * inv[1, 0] + z * inv[2, 0] - drift[frame, 0]) * fold[0]
            b = (x * inv[0, 1] + y * inv[1, 1] + z * inv[2, 1] - drift[frame, 1]) * fold[1]
            c = (x * inv[0, 2] + y * inv[1, 2] + z * inv[2, 2] - drift[frame, 2]) * fold[2]
            # a grid point's cell is centred on it
            i = int(np.floor((a - np.floor(a)) * shape[0] + 0.5)) % shape[0]
            j = int(np.floor((b - np.floor(b)) * shape[1] + 0.5)) % shape[1]
            l = int(np.floor((c - np.floor(c)) * shape[2] + 0.5)) % shape[2]  # noqa: E741
            counts[i, j, l] += 1
