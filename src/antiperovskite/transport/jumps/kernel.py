"""The compiled parts of site assignment: following ions from site to site, and taking out short visits."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _nearest_of_all(s0, s1, s2, cell, sites):  # type: ignore[no-untyped-def]
    """Nearest site among all images: its number, squared distance and image."""
    best, found = np.inf, -1
    i0, i1, i2 = 0, 0, 0
    for site in range(len(sites)):
        n0, n1, n2 = np.rint(s0 - sites[site, 0]), np.rint(s1 - sites[site, 1]), np.rint(s2 - sites[site, 2])
        for a in range(-1, 2):
            for b in range(-1, 2):
                for c in range(-1, 2):
                    d0, d1, d2 = (
                        s0 - sites[site, 0] - n0 - a,
                        s1 - sites[site, 1] - n1 - b,
                        s2 - sites[site, 2] - n2 - c,
                    )
                    x = d0 * cell[0, 0] + d1 * cell[1, 0] + d2 * cell[2, 0]
                    y = d0 * cell[0, 1] + d1 * cell[1, 1] + d2 * cell[2, 1]
                    z = d0 * cell[0, 2] + d1 * cell[1, 2] + d2 * cell[2, 2]
                    square = x * x + y * y + z * z
                    if square < best:
                        best, found = square, site
                        i0, i1, i2 = int(n0) + a, int(n1) + b, int(n2) + c
    return found, best, i0, i1, i2


@njit(cache=True, nogil=True)
def follow(  # type: ignore[no-untyped-def]  # noqa: PLR0912, PLR0915 - one loop: calls would cost more than they explain
    positions, ions, cells, inverse, drift, first, sites, radius, everywhere, safe, reach, margin,
    start, neighbours, shifts, distances, current, image, seen, held, inside,
):  # fmt: skip
    """Follow ions through a block of frames and return the transitions found.

    An ion keeps its site until it is within ``radius`` of another (``everywhere``: until another is nearer). While it
    is within ``safe[site]`` of its own nothing else is looked at. Otherwise the site's neighbours (sorted by distance;
    ``start`` is their offset in ``neighbours``, ``shifts``, ``distances``) are tried as far as they can matter, and all
    sites where the ion is too far away for the list.

    State kept between blocks: ``current`` site (-1: none yet), its ``image``, the frame the ion was last ``seen``
    within the site's sphere. ``held[site]`` counts frames of ownership and ``inside[site]`` frames in the sphere.
    Columns of a transition: ion, from, to, last frame inside the old site, first frame in the new one, three
    components of the lattice translation from the old site's image to the new one's.
    """
    events = np.empty((64, 8), np.int64)
    count = 0
    for frame in range(len(positions)):
        cell, inv = cells[frame], inverse[frame]
        for k in range(len(ions)):
            ion = ions[k]
            x, y, z = positions[frame, ion, 0], positions[frame, ion, 1], positions[frame, ion, 2]
            s0 = x * inv[0, 0] + y * inv[1, 0] + z * inv[2, 0] - drift[frame, 0]
            s1 = x * inv[0, 1] + y * inv[1, 1] + z * inv[2, 1] - drift[frame, 1]
            s2 = x * inv[0, 2] + y * inv[1, 2] + z * inv[2, 2] - drift[frame, 2]
            site = current[k]
            if site >= 0:
                d0, d1, d2 = (
                    s0 - sites[site, 0] - image[k, 0],
                    s1 - sites[site, 1] - image[k, 1],
                    s2 - sites[site, 2] - image[k, 2],
                )
                u = d0 * cell[0, 0] + d1 * cell[1, 0] + d2 * cell[2, 0]
                v = d0 * cell[0, 1] + d1 * cell[1, 1] + d2 * cell[2, 1]
                w = d0 * cell[0, 2] + d1 * cell[1, 2] + d2 * cell[2, 2]
                own = u * u + v * v + w * w
                if own < safe[site] * safe[site]:
                    seen[k] = first + frame
                    held[site] += 1
                    inside[site] += 1
                    continue
                away = np.sqrt(own)
                if everywhere:
                    best, limit = own, 2.0 * away * margin
                else:
                    best, limit = radius * radius, (away + radius) * margin
                new, n0, n1, n2 = -1, 0, 0, 0
                if limit <= reach:
                    for entry in range(start[site], start[site + 1]):
                        if distances[entry] > limit:
                            break
                        other = neighbours[entry]
                        a = s0 - sites[other, 0] - image[k, 0] - shifts[entry, 0]
                        b = s1 - sites[other, 1] - image[k, 1] - shifts[entry, 1]
                        c = s2 - sites[other, 2] - image[k, 2] - shifts[entry, 2]
                        u = a * cell[0, 0] + b * cell[1, 0] + c * cell[2, 0]
                        v = a * cell[0, 1] + b * cell[1, 1] + c * cell[2, 1]
                        w = a * cell[0, 2] + b * cell[1, 2] + c * cell[2, 2]
                        square = u * u + v * v + w * w
                        if square < best:
                            best, new = square, other
                            n0, n1, n2 = shifts[entry, 0], shifts[entry, 1], shifts[entry, 2]
                else:
                    other, square, i0, i1, i2 = _nearest_of_all(s0, s1, s2, cell, sites)
                    i0, i1, i2 = i0 - image[k, 0], i1 - image[k, 1], i2 - image[k, 2]
                    if square < best and (other != site or i0 != 0 or i1 != 0 or i2 != 0):
                        new, n0, n1, n2 = other, i0, i1, i2
                if new >= 0:
                    if count == len(events):
                        grown = np.empty((2 * count, 8), np.int64)
                        grown[:count] = events
                        events = grown
                    events[count, 0], events[count, 1], events[count, 2] = k, site, new
                    events[count, 3], events[count, 4] = seen[k], first + frame
                    events[count, 5], events[count, 6], events[count, 7] = n0, n1, n2
                    count += 1
                    image[k, 0] += n0
                    image[k, 1] += n1
                    image[k, 2] += n2
                    current[k] = new
                    seen[k] = first + frame
                    held[new] += 1
                    inside[new] += 1
                else:
                    held[site] += 1
                    if everywhere:
                        seen[k] = first + frame
                        inside[site] += 1
            else:
                other, square, i0, i1, i2 = _nearest_of_all(s0, s1, s2, cell, sites)
                if everywhere or square < radius * radius:
                    current[k] = other
                    image[k, 0], image[k, 1], image[k, 2] = i0, i1, i2
                    seen[k] = first + frame
                    held[other] += 1
                    inside[other] += 1
    return events[:count].copy()


@njit(cache=True, nogil=True)
def without_short_visits(events, shortest):  # type: ignore[no-untyped-def]
    """Merge transitions through sites visited for fewer than ``shortest`` frames; ``events`` sorted by ion and time.

    A visit that leads back where the ion came from leaves no jump at all.
    """
    kept = events.copy()
    count = 0
    for row in range(len(events)):
        kept[count] = events[row]
        count += 1
        if (
            count > 1
            and kept[count - 2, 0] == kept[count - 1, 0]
            and kept[count - 1, 3] - kept[count - 2, 4] + 1 < shortest
        ):
            kept[count - 2, 2] = kept[count - 1, 2]
            kept[count - 2, 4] = kept[count - 1, 4]
            for axis in range(5, 8):
                kept[count - 2, axis] += kept[count - 1, axis]
            count -= 1
            last = kept[count - 1]
            if last[1] == last[2] and last[5] == 0 and last[6] == 0 and last[7] == 0:
                count -= 1
    return kept[:count].copy()


@njit(cache=True, nogil=True)
def coincidences(times, ions, places, cell, window, distance):  # type: ignore[no-untyped-def]
    """Pairs of jumps of different ions within ``window`` and ``distance``; ``times`` sorted, ``places`` fractional."""
    found = np.empty((64, 2), np.int64)
    count = 0
    square = distance * distance
    for i in range(len(times)):
        j = i + 1
        while j < len(times) and times[j] - times[i] <= window:
            if ions[i] != ions[j]:
                d0, d1, d2 = places[j, 0] - places[i, 0], places[j, 1] - places[i, 1], places[j, 2] - places[i, 2]
                d0, d1, d2 = d0 - np.rint(d0), d1 - np.rint(d1), d2 - np.rint(d2)
                x = d0 * cell[0, 0] + d1 * cell[1, 0] + d2 * cell[2, 0]
                y = d0 * cell[0, 1] + d1 * cell[1, 1] + d2 * cell[2, 1]
                z = d0 * cell[0, 2] + d1 * cell[1, 2] + d2 * cell[2, 2]
                if x * x + y * y + z * z <= square:
                    if count == len(found):
                        grown = np.empty((2 * count, 2), np.int64)
                        grown[:count] = found
                        found = grown
                    found[count, 0], found[count, 1] = i, j
                    count += 1
            j += 1
    return found[:count].copy()
