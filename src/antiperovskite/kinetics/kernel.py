"""The compiled cores: walkers (vacancies or interstitials) on a lattice of sites, exact in continuous time.

Both cores draw a candidate hop from an upper bound of the rates and accept it with rate over bound; time advances with
every candidate by an exponential of the total bound. That is the same process as drawing from all rates (a thinned
Poisson process), and it costs no bookkeeping where rates do not depend on where other walkers are.

A packed neighbour is ``32 * site + crossing`` with crossing 0 to 26 (13: within the cell); -1 is no neighbour. Sites
away from the cell's faces find their neighbours by ``offsets[inner[site]]`` instead (255: look it up): large lattices
are limited by how much of them fits into the processor's cache.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_U32 = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_TO_UNIT = 1.0 / 9007199254740992.0


@njit(cache=True, nogil=True)
def seed_state(seed):  # type: ignore[no-untyped-def]
    """State of the generator (xoroshiro128+) from a seed, by splitmix64."""
    state = np.empty(2, np.uint64)
    x = np.uint64(seed)
    for k in range(2):
        x += np.uint64(0x9E3779B97F4A7C15)
        y = x
        y = (y ^ (y >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        y = (y ^ (y >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state[k] = y ^ (y >> np.uint64(31))
    return state


@njit(cache=True, nogil=True, inline="always")
def _next(state):  # type: ignore[no-untyped-def]
    a, b = state[0], state[1]
    found = a + b
    b ^= a
    state[0] = ((a << np.uint64(24)) | (a >> np.uint64(40))) ^ b ^ (b << np.uint64(16))
    state[1] = (b << np.uint64(37)) | (b >> np.uint64(27))
    return found


@njit(cache=True, nogil=True, inline="always")
def _unit(state):  # type: ignore[no-untyped-def]
    """Uniform in (0, 1)."""
    return (float(_next(state) >> np.uint64(11)) + 0.5) * _TO_UNIT


@njit(cache=True, nogil=True, inline="always")
def _swap(walker, site, other, crossing, objects, places, images):  # type: ignore[no-untyped-def]
    """Exchange a walker with what is on the other site; keep count of cell edges crossed."""
    moved = objects[other]
    objects[other] = walker
    objects[site] = moved
    places[walker] = other
    if crossing != 13:
        a, b, c = crossing // 9 - 1, (crossing // 3) % 3 - 1, crossing % 3 - 1
        images[walker, 0] += a
        images[walker, 1] += b
        images[walker, 2] += c
        images[moved, 0] -= a
        images[moved, 1] -= b
        images[moved, 2] -= c


@njit(cache=True, nogil=True, inline="always")
def _neighbour(site, slot, inner, offsets, packed):  # type: ignore[no-untyped-def]
    """Packed neighbour of a site."""
    kind = inner[site]
    if kind != 255:
        return ((site + offsets[kind, slot]) << 5) | 13
    return np.int64(packed[site, slot])


@njit(cache=True, nogil=True)
def blocked_walk(  # type: ignore[no-untyped-def]
    attempts, n_walkers, packed, inner, offsets, accept, kinds, objects, places, images, counts, state
):  # fmt: skip
    """Try ``attempts`` hops of walkers that only exclude each other.

    ``accept[site, slot]`` is rate over largest rate (shape (0, 0): all equal); ``kinds`` the kind of hop counted in
    ``counts`` (shape (0, 0): one kind). A walker and a slot are drawn from one random number.
    """
    width = np.uint64(packed.shape[1])
    many = np.uint64(n_walkers)
    equal = accept.shape[0] == 0
    one_kind = kinds.shape[0] == 0
    s0 = state.copy()  # a local generator stays in registers
    done = 0
    for _ in range(attempts):
        bits = _next(s0)
        walker = np.int64(((bits >> _U32) * many) >> _U32)
        slot = np.int64(((bits & _LOW) * width) >> _U32)
        site = np.int64(places[walker])
        code = _neighbour(site, slot, inner, offsets, packed)
        if code < 0:
            continue
        other = code >> 5
        if objects[other] < n_walkers:
            continue
        if not equal and _unit(s0) >= accept[site, slot]:
            continue
        _swap(walker, site, other, code & 31, objects, places, images)
        if one_kind:
            done += 1
        else:
            counts[kinds[site, slot]] += 1
    if one_kind:
        counts[0] += done
    state[0] = s0[0]
    state[1] = s0[1]


@njit(cache=True, nogil=True)
def count_walkers(n_walkers, packed, objects):  # type: ignore[no-untyped-def]
    """How many neighbours of each site hold a walker."""
    found = np.zeros(packed.shape[0], np.uint8)
    for site in range(packed.shape[0]):
        for slot in range(packed.shape[1]):
            code = packed[site, slot]
            if code >= 0 and objects[code >> 5] < n_walkers:
                found[site] += 1
    return found


@njit(cache=True, nogil=True, inline="always")
def _leave(walker, group, lists, rank, sizes):  # type: ignore[no-untyped-def]
    last = sizes[group] - 1
    tail = lists[group, last]
    here = rank[walker]
    lists[group, here] = tail
    rank[tail] = here
    sizes[group] = last


@njit(cache=True, nogil=True, inline="always")
def _enter(walker, group, lists, rank, sizes):  # type: ignore[no-untyped-def]
    end = sizes[group]
    lists[group, end] = walker
    rank[walker] = end
    sizes[group] = end + 1


@njit(cache=True, nogil=True)
def n_fold_way(  # type: ignore[no-untyped-def]  # noqa: PLR0912, PLR0915
    until, now, most, n_walkers, packed, inner, offsets, bins, bounds, share, weights, cumulative, before, after, pairs,
    kinds, objects, places, images, counts, crowd, populated, lists, rank, sizes, state,
):  # fmt: skip
    """Advance from time ``now`` to ``until`` (reciprocal units of ``bounds``) and return the time reached and hops.

    Rate of the hop of a walker from s through slot k to t = weights[s, k] * before[m_s] * after[m_t], where m counts
    walkers on neighbouring sites. Walkers are kept in classes (bins[s], m_s); a class is drawn by its size times
    ``bounds[bin] * before[m]``, then a walker of it, then a slot by ``cumulative``, accepted with ``after[m_t]`` over
    its largest value that occurs (``populated`` counts sites without walker by m). ``share[s]`` is the site's bound
    over that of its bin (shape (0,): all one). ``most`` candidates at most are tried.
    """
    n_bins, width = len(bounds), packed.shape[1]
    depth = len(before)
    one_kind, exact = kinds.shape[0] == 0, len(share) == 0
    uniform = cumulative.shape[0] == 0
    attract = pairs < 0
    totals = np.zeros(n_bins)
    for b in range(n_bins):
        for m in range(depth):
            totals[b] += sizes[b * depth + m] * before[m] * bounds[b]
    all_bins = totals.sum()
    largest = after[1] if depth > 1 else after[0]
    dirty = np.zeros(n_bins, np.bool_)
    if attract:
        largest = _largest(after, populated)
    hops = 0
    tried = 0
    while tried < most:
        tried += 1
        if all_bins <= 0.0:
            return until, hops, tried
        now -= np.log(_unit(state)) / (all_bins * largest)
        if now >= until:
            return until, hops, tried
        level = _unit(state) * all_bins
        b = 0
        while b < n_bins - 1 and level >= totals[b]:
            level -= totals[b]
            b += 1
        level /= bounds[b]
        m = 0
        group = b * depth
        while m < depth - 1 and level >= sizes[group] * before[m]:
            level -= sizes[group] * before[m]
            m += 1
            group += 1
        if sizes[group] == 0:  # rounding at the edge of the scale
            continue
        bits = _next(state)
        walker = lists[group, np.int64(((bits >> _U32) * np.uint64(sizes[group])) >> _U32)]
        site = np.int64(places[walker])
        if uniform:
            slot = np.int64(((bits & _LOW) * np.uint64(width)) >> _U32)
        else:
            if not exact and _unit(state) >= share[site]:
                continue
            mark = float(bits & _LOW) * 2.3283064365386963e-10
            slot = np.int64(0)
            while slot < width - 1 and mark >= cumulative[site, slot]:
                slot += 1
        code = _neighbour(site, slot, inner, offsets, packed)
        if code < 0:
            continue
        other = code >> 5
        if objects[other] < n_walkers:
            continue
        if pairs != 0 and _unit(state) * largest >= after[crowd[other]]:
            continue
        hops += 1
        if one_kind:
            counts[0] += 1
        else:
            counts[kinds[site, slot]] += 1
        _leave(walker, group, lists, rank, sizes)
        dirty[b] = True
        if attract:
            populated[crowd[other]] -= 1
        _swap(walker, site, other, code & 31, objects, places, images)
        if pairs != 0:
            # the two sites of the hop change by hand below, so the loops pass over them
            for side in range(2):
                centre, change = (site, -1) if side == 0 else (other, 1)
                for k in range(width):
                    near = _neighbour(centre, k, inner, offsets, packed)
                    if near < 0:
                        continue
                    u = near >> 5
                    if u == site or u == other:  # noqa: PLR1714, SIM109
                        crowd[u] += change
                        continue
                    old = np.int64(crowd[u])
                    crowd[u] = old + change
                    who = objects[u]
                    if who < n_walkers:
                        bin_u = np.int64(bins[u]) if n_bins > 1 else 0
                        _leave(who, bin_u * depth + old, lists, rank, sizes)
                        _enter(who, bin_u * depth + old + change, lists, rank, sizes)
                        dirty[bin_u] = True
                    elif attract:
                        populated[old] -= 1
                        populated[old + change] += 1
        b = int(bins[other]) if n_bins > 1 else 0
        _enter(walker, b * depth + (np.int64(crowd[other]) if pairs != 0 else 0), lists, rank, sizes)
        dirty[b] = True
        if attract:
            populated[crowd[site]] += 1
            largest = _largest(after, populated)
        all_bins = 0.0
        for b in range(n_bins):
            if dirty[b]:
                dirty[b] = False
                total = 0.0
                for m in range(depth):
                    total += sizes[b * depth + m] * before[m]
                totals[b] = total * bounds[b]
            all_bins += totals[b]
    return now, hops, tried


@njit(cache=True, nogil=True, inline="always")
def _largest(after, populated):  # type: ignore[no-untyped-def]
    """Largest factor among sites that can be hopped to (they have at least the walker itself as neighbour)."""
    for m in range(len(after) - 1, 0, -1):
        if populated[m] > 0:
            return after[m]
    return after[0]
