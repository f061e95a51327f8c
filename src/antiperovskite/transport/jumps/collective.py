"""Jumps of two or more ions at once, and whether there are more of them than chance makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import OptionError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.transport.jumps.model import CollectiveJumps

if TYPE_CHECKING:
    from antiperovskite.transport.jumps.transitions import Jumps

SHUFFLES: Final = 199
"""Random shifts of the ions against each other; the smallest p-value is one over this plus one."""
SIGNIFICANT: Final = 0.01


def collective_jumps(
    jumps: Jumps,
    *,
    window_frames: int,
    distance_angstrom: float,
    frame_interval_ps: float | None,
    seed: int = 0,
    shuffles: int = SHUFFLES,
) -> CollectiveJumps:
    """Count pairs of jumps near in time and place and compare with ions that jump independently.

    Two jumps of different ions form a pair if they arrive within ``window_frames`` of each other and the middles of
    their paths are within ``distance_angstrom``. The comparison shifts each ion's whole history by a random time
    (around the ends of the run): every ion keeps its rate, its places and its own back-and-forth, and only what ions
    have to do with each other is lost. p = (1 + number of shuffles with as many pairs) / (1 + shuffles).

    Raises
    ------
    OptionError
        A window or distance that is negative, zero, or as long as the run or half the cell.
    """
    import numpy as np

    from antiperovskite.transport.fractional import heights
    from antiperovskite.transport.jumps.kernel import coincidences

    widest = float(heights(jumps.cell).min()) / 2.0
    if not 0 <= window_frames < jumps.n_frames / 4:
        raise OptionError(f"a window of {window_frames} frames in {jumps.n_frames}; give less than a quarter of them")
    if not 0 < distance_angstrom <= widest:
        raise OptionError(
            f"a distance of {distance_angstrom:g} angstrom between collective jumps; give one up to {widest:.2f}, half "
            "the cell"
        )
    times = np.asarray(jumps.arrive, dtype=np.int64)
    ions, places = np.asarray(jumps.ion, dtype=np.int64), np.ascontiguousarray(jumps.middles, dtype=float)
    cell = np.ascontiguousarray(jumps.cell, dtype=float)

    def pairs(when: Any) -> tuple[Any, Any]:
        order = np.argsort(when, kind="stable")
        found = coincidences(when[order], ions[order], places[order], cell, window_frames, distance_angstrom)
        return found, order

    found, order = pairs(times)
    rng = np.random.default_rng(seed)
    counts = []
    if len(times):
        for _ in range(shuffles):
            shifts = rng.integers(jumps.n_frames, size=jumps.n_ions)
            counts.append(len(pairs((times + shifts[ions]) % jumps.n_frames)[0]))
    rows = order[found]
    sizes, members = _groups(rows, ions)
    second, first = rows[:, 1], rows[:, 0]
    follows = (jumps.end[second] == jumps.start[first]) | (jumps.end[first] == jumps.start[second])
    if frame_interval_ps is None:
        window: AnyQuantity = _plain(float(window_frames), "frames (the time between frames is not known)")
    else:
        window = Quantity(
            value=window_frames * frame_interval_ps, uncertainty=None, unit="ps", method="as given", source="setting"
        )
    return CollectiveJumps(
        window=window,
        distance=Quantity(
            value=distance_angstrom, uncertainty=None, unit="angstrom", method="as given", source="setting"
        ),
        pairs=len(found),
        followers=int(follows.sum()),
        sizes=sizes,
        share=_plain(members / len(times), "jumps in groups over all jumps") if len(times) else _none(),
        **_significance(len(found), counts),
    )


def _significance(pairs: int, counts: list[int]) -> dict[str, Any]:
    import numpy as np

    if not counts:
        return {"expected": _none(), "ratio": _none(), "p_value": _none(), "significant": False}
    mean, spread = float(np.mean(counts)), float(np.std(counts, ddof=1))
    p = (1 + sum(count >= pairs for count in counts)) / (1 + len(counts))
    how = f"each ion's history shifted by a random time, {len(counts)} times"
    ratio: AnyQuantity = NotComputed(unit="1", method="no coincidence is expected, so there is no ratio")
    if mean > 0:
        ratio = Quantity(
            value=pairs / mean, uncertainty=spread / mean, unit="1", n=len(counts), source="this trajectory",
            method=f"observed pairs over those expected ({how}); uncertainty: spread of the shuffles",
        )  # fmt: skip
    return {
        "expected": Quantity(
            value=mean, uncertainty=spread, unit="1", n=len(counts), method=how, source="this trajectory"
        ),
        "ratio": ratio,
        "p_value": Quantity(
            value=p, uncertainty=None, unit="1", n=len(counts), source="this trajectory",
            method=f"{how}; one-sided; at least 1/{len(counts) + 1}; no uncertainty of its own",
        ),
        "significant": p < SIGNIFICANT,
    }  # fmt: skip


def _groups(rows: Any, ions: Any) -> tuple[dict[int, int], int]:
    """Connected groups of jumps by number of ions, and the number of jumps in them."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(rows):
        return {}, 0
    members, local = np.unique(rows, return_inverse=True)
    local = local.reshape(-1, 2)
    graph = coo_array((np.ones(len(local)), (local[:, 0], local[:, 1])), shape=(len(members), len(members)))
    _, group = connected_components(graph, directed=False)
    unique = np.unique(np.column_stack([group, ions[members]]), axis=0)[:, 0]
    sizes, counts = np.unique(np.bincount(unique), return_counts=True)
    return {int(size): int(count) for size, count in zip(sizes, counts, strict=True)}, len(members)


def _plain(value: float, method: str) -> Quantity:
    return Quantity(value=value, uncertainty=None, unit="1", method=method, source="this trajectory")


def _none() -> NotComputed:
    return NotComputed(unit="1", method="there are no jumps")
