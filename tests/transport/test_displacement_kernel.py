"""The FFT kernel against the definition, near and far from the origin, in single and double precision."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from antiperovskite.errors import DataError
from antiperovskite.transport import mean_squared_displacement
from antiperovskite.transport.windows import WindowCollector


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
    with pytest.raises(DataError, match="at least 1"):
        mean_squared_displacement(np.zeros((5, 2, 3)), ions_at_once=0)
    for bad in (np.nan, np.inf):
        positions = np.zeros((5, 2, 3))
        positions[3, 1, 2] = bad
        with pytest.raises(DataError, match="not numbers"):
            mean_squared_displacement(positions)


def test_drift_of_the_whole_cell_does_not_cost_precision():
    rng = np.random.default_rng(1)
    n_frames = 2000
    moving = np.cumsum(0.05 * rng.standard_normal((n_frames, 32, 3)), axis=0)
    moving += np.arange(n_frames)[:, None, None] * np.array([0.5, -0.2, 0.01])  # 1,000 angstrom in all, steps of 0.05
    lags = np.r_[1:10, 50, 500, n_frames - 2, n_frames - 1]
    found, exact = mean_squared_displacement(moving), by_definition(moving)
    np.testing.assert_allclose(found[lags], exact[lags], rtol=1e-6)
    rattling = 0.1 * rng.standard_normal((n_frames, 32, 3)) + 5e4
    np.testing.assert_allclose(
        mean_squared_displacement(rattling)[lags], by_definition(rattling)[lags], rtol=1e-4
    )  # long lags too: few windows there


@pytest.mark.parametrize("ions_at_once", [1, 7, 64])
@pytest.mark.parametrize("n_ions", [1, 33])
def test_blocks_and_layouts_do_not_change_the_answer(ions_at_once, n_ions):
    rng = np.random.default_rng(2)
    positions = np.cumsum(rng.standard_normal((150, n_ions, 3)), axis=0)
    exact = by_definition(positions)
    found = mean_squared_displacement(positions, ions_at_once=ions_at_once)
    np.testing.assert_allclose(found, exact, rtol=1e-5)
    turned = np.asfortranarray(positions)[:, ::-1]
    np.testing.assert_allclose(mean_squared_displacement(turned, ions_at_once=ions_at_once), exact, rtol=1e-5)


def test_whole_numbers_and_half_precision_are_converted():
    steps = np.cumsum(np.random.default_rng(3).integers(-1, 2, (100, 5, 3)), axis=0)
    exact = by_definition(steps)
    np.testing.assert_allclose(mean_squared_displacement(steps), exact, rtol=1e-9)
    np.testing.assert_allclose(mean_squared_displacement(steps.astype(np.float16)), exact, rtol=1e-9)


def test_memory_beside_the_coordinates():
    mean_squared_displacement(np.zeros((8, 40, 3), np.float32))  # compiled before memory is counted
    positions = np.zeros((4000, 400, 3), np.float32)
    tracemalloc.start()
    mean_squared_displacement(positions)
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert used < 0.6 * positions.nbytes


def test_streamed_windows_take_the_same_memory_however_long_the_run_is():
    def used(n_frames):
        collector = WindowCollector(n_frames, 100)
        chunk = np.zeros((100, 100, 3), np.float32)
        tracemalloc.start()
        for _ in range(n_frames // 100):
            collector.add(chunk)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    used(1000)  # compiled before memory is counted
    assert used(20_000) < 1.05 * used(2_000)
