"""Hops that follow known barriers, for tests of fits and of what follows from them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from antiperovskite.mixing.model import LocalBarriers, MixedHop

TRUE = LocalBarriers(
    base=0.30, slope=-0.04, steps=(0.0, -0.03, 0.02), per_neighbour=0.015, hop_spread=0.0, site_spread=0.0, n=0
)


def invented(noise: float = 0.0, local: LocalBarriers = TRUE, count: int = 30) -> list[MixedHop]:
    """Hops that follow known barriers, with a spread of their own."""
    random = np.random.default_rng(5)
    hops = []
    for x in (0.0, 0.25, 0.5, 0.75, 1.0):
        for k in range(count if 0 < x < 1 else 1):
            shared = k % 3 if 0 < x < 1 else int(2 * x)
            start, end = (int(q) for q in random.integers(shared, 3 + shared, size=2)) if 0 < x < 1 else (0, 0)
            middle = local.barrier(x, shared) + noise * random.normal()
            half = 0.5 * local.per_neighbour * (end - start)
            hops.append(
                MixedHop(x=x, shared=shared, at_start=start, at_end=end, forward=middle + half, backward=middle - half)
            )
    return hops


@pytest.fixture(scope="session", name="invented")
def _invented() -> Callable[..., list[MixedHop]]:
    return invented
