"""When a run has forgotten how it began: slow fluctuations are not taken for a beginning, drifts not for an end."""

from __future__ import annotations

import numpy as np

from antiperovskite.dynamics.equilibration import detect_equilibration


def test_slow_fluctuations_do_not_throw_most_of_a_run_away() -> None:
    """A stationary series with a slow part: late starts look best by chance, and must not be taken."""
    late = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        slow = np.zeros(8000)
        for k in range(1, len(slow)):
            slow[k] = 0.995 * slow[k - 1] + 0.1 * rng.standard_normal()
        found = detect_equilibration(slow + 0.5 * rng.standard_normal(len(slow)))
        late += found.start > len(slow) / 2
    assert late <= 1


def test_a_steady_drift_is_still_no_equilibrium() -> None:
    rng = np.random.default_rng(3)
    found = detect_equilibration(np.linspace(0.0, 20.0, 4000) + rng.standard_normal(4000))
    assert not found.settled
