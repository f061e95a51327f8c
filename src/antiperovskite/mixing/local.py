"""Barriers by surroundings, fitted to computed hops, and how sure the fit is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from antiperovskite.errors import DataError
from antiperovskite.mixing.model import LocalBarriers, MixedHop

FEWEST: Final = 8
"""Hops in mixed cells that a fit needs."""
_MIXED: Final = 2  # bottleneck anions of an anti-perovskite


def fitted(hops: Sequence[MixedHop]) -> LocalBarriers:
    """Fit barriers without their change of energy, and the energy a vacancy has by its neighbours.

    The barrier without its change of energy is the mean of both directions; forward less backward is the vacancy's
    energy at the end less that at the start. Both are linear least squares.

    Raises
    ------
    DataError
        Too few hops, or not every bottleneck among them.
    """
    import numpy as np

    good = [h for h in hops if h.forward is not None and h.backward is not None]
    mixed = [h for h in good if 0.0 < h.x < 1.0]
    if len(mixed) < FEWEST or {h.shared for h in good} != set(range(_MIXED + 1)):
        raise DataError(
            f"{len(mixed)} barriers in mixed cells, bottlenecks {sorted({h.shared for h in good})}: a fit needs "
            f"{FEWEST} and each of 0 to {_MIXED} of the second anion; compute more hops"
        )
    middle = np.array([0.5 * (float(h.forward or 0.0) + float(h.backward or 0.0)) for h in good])
    shared = np.array([h.shared for h in good])
    rows = np.column_stack(
        [np.ones(len(good)), [h.x for h in good], *[(shared == k).astype(float) for k in range(1, _MIXED + 1)]]
    )
    numbers, *_ = np.linalg.lstsq(rows, middle, rcond=None)
    change = np.array([float(h.forward or 0.0) - float(h.backward or 0.0) for h in mixed])
    uneven = np.array([float(h.at_end - h.at_start) for h in mixed])
    per = float(uneven @ change / max(float(uneven @ uneven), 1.0))
    inside = np.array([0.0 < h.x < 1.0 for h in good])
    # surroundings vary as x(1 - x); spreads are those at one half
    scale = np.sqrt(np.array([4.0 * h.x * (1.0 - h.x) for h in mixed]))
    left = (middle - rows @ numbers)[inside] / scale
    rest = (change - per * uneven) / scale / np.sqrt(2.0)
    return LocalBarriers(
        base=float(numbers[0]),
        slope=float(numbers[1]),
        steps=(0.0, *(float(step) for step in numbers[2:])),
        per_neighbour=per,
        hop_spread=float(np.sqrt(np.sum(left**2) / max(len(mixed) - len(numbers) + 2, 1))),
        site_spread=float(np.sqrt(np.sum(rest**2) / max(len(mixed) - 1, 1))),
        n=len(good),
    )


def resampled(hops: Sequence[MixedHop], draws: int, seed: int) -> Iterator[LocalBarriers]:
    """Fits to hops drawn with repetition from those of each x (draws that miss a bottleneck are drawn again)."""
    import numpy as np

    random = np.random.default_rng((seed, 11))
    good = [h for h in hops if h.forward is not None]
    groups = [[h for h in good if h.x == x] for x in sorted({h.x for h in good})]
    made = 0
    for _ in range(50 * draws):
        if made == draws:
            return
        drawn = [group[k] for group in groups for k in random.integers(len(group), size=len(group))]
        try:
            yield fitted(drawn)
        except DataError:
            continue
        made += 1
    raise DataError("too few hops to draw from: compute more of them")


def standard_errors(fits: Sequence[LocalBarriers]) -> dict[str, float]:
    """Spread of each fitted number over resampled fits, eV."""
    import numpy as np

    def spread(values: list[float]) -> float:
        return float(np.std(values, ddof=1))

    found: dict[str, Any] = {
        name: spread([getattr(fit, name) for fit in fits])
        for name in ("base", "slope", "per_neighbour", "hop_spread", "site_spread")
    }
    for k in range(1, _MIXED + 1):
        found[f"step_{k}"] = spread([fit.steps[k] for fit in fits])
    return found
