"""Orderly generation: one representative of every orbit, in a stream, without remembering what was seen.

An arrangement is a set of points; of all its images under the group the lexicographically first is canonical. If a
set is canonical, so is the set without its last point (Read, Ann. Discrete Math. 2, 107 (1978),
10.1016/S0167-5060(08)70325-X), so every canonical set is found once by adding to canonical sets a point beyond
their last. The images of a set under all operations are kept as bit masks: adding a point is one OR an operation,
and the test is one comparison, both over whole arrays of candidates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]
    Masks = NDArray[np.uint32] | NDArray[np.uint64]

_BUDGET: Final = 1 << 16
"""Masks held at once by a step; small enough to stay in the processor's cache."""


@dataclass(frozen=True)
class Batch:
    """Partial arrangements of one length: chosen points, images of their masks, and what may still be added."""

    origin: Integers  # (n,) which starting state
    chosen: Integers  # (n, k)
    images: Masks  # (words, n, n_operations)
    blocked: Flags  # (n, n_points)


def canonical_sets(
    permutations: Integers, site: Integers, count: int, blocked: Flags
) -> Iterator[tuple[Integers, Integers, Flags]]:
    """Stream the canonical ``count``-subsets of points, at most one a site.

    Parameters
    ----------
    permutations
        Images of every point, ``(n_operations, n_points)``; a whole group, identity first.
    site
        Site of every point, ``(n_points,)``, not decreasing.
    count
        Points to choose.
    blocked
        ``(n_starts, n_points)``: per starting state the points that may not be used, invariant under the group.

    Yields
    ------
    tuple
        Starting state ``(n,)``, chosen points ``(n, count)`` and the operations that leave each set unchanged
        ``(n, n_operations)``.
    """
    import numpy as np

    operations, points = permutations.shape
    starts = len(blocked)
    if count == 0:
        yield np.arange(starts), np.zeros((starts, 0), dtype=np.int64), np.ones((starts, operations), dtype=bool)
        return
    bits = _bits(points)  # (words, points)
    table = bits[:, permutations.T]  # (words, points, operations): where each operation puts a point
    size = max(1, _BUDGET // (operations * len(bits)))
    conflict = site[:, None] == site[None, :]
    last_of_site = np.r_[site[1:] != site[:-1], True]
    for low in range(0, starts, size):
        number = min(size, starts - low)
        start = Batch(
            origin=np.arange(low, low + number),
            chosen=np.zeros((number, 0), dtype=np.int64),
            images=np.zeros((len(bits), number, operations), dtype=bits.dtype),
            blocked=blocked[low : low + number],
        )
        # Depth first, one portion of one batch at a time: memory stays that of a few portions a level.
        stack = [_candidates(start, table, site, last_of_site, count, size)]
        while stack:
            portion = next(stack[-1], None)
            if portion is None:
                stack.pop()
                continue
            batch, row, point, images = portion
            own = images[:, :, :1]
            canonical = _is_canonical(images, own)
            if not canonical.any():
                continue
            kept, added = row[canonical], point[canonical]
            chosen = np.column_stack([batch.chosen[kept], added])
            images = images[:, canonical]
            if chosen.shape[1] == count:
                yield batch.origin[kept], chosen, (images == images[:, :, :1]).all(axis=0)
                continue
            child = Batch(batch.origin[kept], chosen, images, batch.blocked[kept] | conflict[added])
            stack.append(_candidates(child, table, site, last_of_site, count, size))


def _bits(points: int) -> Masks:
    """One bit a point, the first point in the highest bit of the first word, ``(words, points)``."""
    import numpy as np

    if points <= 32:
        return (np.uint32(1) << np.arange(31, 31 - points, -1, dtype=np.uint32))[None]
    bits = np.zeros((-(-points // 64), points), dtype=np.uint64)
    index = np.arange(points)
    bits[index // 64, index] = np.uint64(1) << (63 - index % 64).astype(np.uint64)
    return bits


def _candidates(
    batch: Batch, table: Masks, site: Integers, last_of_site: Flags, count: int, size: int
) -> Iterator[tuple[Batch, Integers, Integers, Masks]]:
    """Sets of a batch with one point more, in portions: the batch, row in it, point added, and all images."""
    import numpy as np

    missing = count - batch.chosen.shape[1]
    free = ~batch.blocked
    if batch.chosen.shape[1]:
        free &= np.arange(len(site)) > batch.chosen[:, -1:]
    free &= _room_behind(free, last_of_site) >= missing
    rows, points = np.nonzero(free)
    for low in range(0, len(rows), size):
        row, point = rows[low : low + size], points[low : low + size]
        images = batch.images[:, row]
        images |= table[:, point]
        yield batch, row, point, images


def _room_behind(free: Flags, last_of_site: Flags) -> Integers:
    """How many different sites have a free point at or behind each point: an upper bound of what can be added."""
    import numpy as np

    starts = np.flatnonzero(np.r_[True, last_of_site[:-1]])
    per_site = np.logical_or.reduceat(free, starts, axis=1) if len(starts) < free.shape[1] else free
    behind = np.cumsum(per_site[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(behind[:, np.cumsum(np.r_[0, last_of_site[:-1].astype(np.int64)])], dtype=np.int64)


def _is_canonical(images: Masks, own: Masks) -> Flags:
    """Whether the identity's image ``own`` (the set itself) is the largest of the masks ``(words, n, operations)``."""
    import numpy as np

    if len(images) == 1:
        return np.asarray(images[0].max(axis=1) == own[0, :, 0])
    equal = images[0] == own[0]
    larger = images[0] > own[0]
    for word, mine in zip(images[1:], own[1:], strict=True):
        larger |= equal & (word > mine)
        equal &= word == mine
    return np.asarray(~larger.any(axis=1))
