"""The compiled part of unwrapping."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def follow(positions, cells, inverse, previous, declared, limit):  # type: ignore[no-untyped-def]
    """Unwrap positions in place and follow them in ``previous``, the fractional coordinates of the frame before.

    Returns the largest step in units of a cell vector with its frame and ion (the first beyond ``limit``, where
    there is one; then it stops), and the extremes of the fractional coordinates. Where the positions are
    ``declared`` unwrapped nothing is shifted.
    """
    largest, frame_of, ion_of, low, high = 0.0, 0, 0, np.inf, -np.inf
    for frame in range(len(positions)):
        cell, inv = (cells[0], inverse[0]) if len(cells) == 1 else (cells[frame], inverse[frame])
        for ion in range(positions.shape[1]):
            x, y, z = positions[frame, ion, 0], positions[frame, ion, 1], positions[frame, ion, 2]
            s0 = x * inv[0, 0] + y * inv[1, 0] + z * inv[2, 0]
            s1 = x * inv[0, 1] + y * inv[1, 1] + z * inv[2, 1]
            s2 = x * inv[0, 2] + y * inv[1, 2] + z * inv[2, 2]
            low, high = min(low, s0, s1, s2), max(high, s0, s1, s2)
            if not declared:
                n0 = np.rint(s0 - previous[ion, 0])
                n1 = np.rint(s1 - previous[ion, 1])
                n2 = np.rint(s2 - previous[ion, 2])
                if n0 != 0.0 or n1 != 0.0 or n2 != 0.0:
                    s0, s1, s2 = s0 - n0, s1 - n1, s2 - n2
                    for k in range(3):
                        positions[frame, ion, k] -= n0 * cell[0, k] + n1 * cell[1, k] + n2 * cell[2, k]
            step = max(abs(s0 - previous[ion, 0]), abs(s1 - previous[ion, 1]), abs(s2 - previous[ion, 2]))
            if step > largest:
                largest, frame_of, ion_of = step, frame, ion
                if step > limit and not declared:
                    return largest, frame_of, ion_of, low, high
            previous[ion, 0], previous[ion, 1], previous[ion, 2] = s0, s1, s2
    return largest, frame_of, ion_of, low, high
