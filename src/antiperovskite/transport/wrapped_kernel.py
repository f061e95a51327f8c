"""The compiled part of the look for wrapped coordinates."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def largest_steps(positions, last):  # type: ignore[no-untyped-def]
    """Largest change of any coordinate of any ion since the frame before, one number a frame."""
    found = np.zeros(len(positions))
    for frame in range(len(positions)):
        before = last if frame == 0 else positions[frame - 1]
        largest = 0.0
        for ion in range(positions.shape[1]):
            for axis in range(3):
                step = abs(positions[frame, ion, axis] - before[ion, axis])
                largest = max(largest, step)
        found[frame] = largest
    return found
