"""The FFT kernel against the definition, near and far from the origin, in single and double precision."""

from __future__ import annotations

import numpy as np
import pytest

from antiperovskite.errors import DataError
from antiperovskite.transport import mean_squared_displacement


def by_definition(positions):
    x = positions.astype(float)
    return np.array([0.0] + [((x[m:] - x[:-m]) ** 2).sum(axis=2).mean() for m in range(1, len(x))])


N_FRAMES = 600


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("origin", [0.0, 2000.0])
def test_every_lag_is_right_wherever_the_origin_is(dtype, origin):
    rng = np.random.default_rng(0)
    positions = (np.cumsum(rng.standard_normal((N_FRAMES, 40, 3)), axis=0) + origin).astype(dtype)
    found = mean_squared_displacement(positions)
    np.testing.assert_allclose(found[1:], by_definition(positions)[1:], rtol=1e-4)
    assert found[0] == 0.0


def test_straight_motion_and_rest():
    steady = np.arange(100.0)[:, None, None] * np.array([0.5, 0.0, 0.0])
    np.testing.assert_allclose(mean_squared_displacement(steady), 0.25 * np.arange(100.0) ** 2, atol=1e-9)
    assert not mean_squared_displacement(np.ones((50, 3, 3))).any()


def test_what_it_refuses():
    with pytest.raises(DataError, match="shape"):
        mean_squared_displacement(np.zeros((5, 3)))
    with pytest.raises(DataError, match="not numbers"):
        mean_squared_displacement(np.full((5, 2, 3), np.nan))
