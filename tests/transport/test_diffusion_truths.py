"""Motion with a known answer: coverage of intervals, correlation factors, Haven ratios, refusals, invariances."""

from __future__ import annotations

import importlib.util
import sys
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiperovskite.errors import DataError, OptionError
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.transport import DiffusionRefusedError, diffusion, onsager
from antiperovskite.transport.coefficient import estimate
from antiperovskite.transport.collect import Collected
from antiperovskite.transport.posterior import correlation_of, draw_ratio, interval
from antiperovskite.transport.windows import WindowCollector, windows

_spec = importlib.util.spec_from_file_location("moving_ions", Path(__file__).with_name("moving_ions.py"))
assert _spec is not None and _spec.loader is not None
moving = importlib.util.module_from_spec(_spec)
sys.modules["moving_ions"] = moving
_spec.loader.exec_module(moving)

RUNS = 200


def estimates(positions: Any) -> Any:
    """Slopes of bare positions, with hops so short that none is ever missing."""
    n_frames, n_ions = positions.shape[:2]
    together = WindowCollector(n_frames, 1)
    together.add(positions.sum(axis=1, keepdims=True))
    found = Collected.__new__(Collected)
    values = {
        "selves": {"Li": windows(positions)},
        "sums": together.finish(),
        "pairs": (("Li", "Li"),),
        "counts": {"Li": n_ions},
    }
    for name, value in values.items():
        object.__setattr__(found, name, value)
    return estimate(found, "Li", 0.1, 1.0)


@pytest.mark.parametrize(
    ("n_frames", "n_ions", "together", "rattle"),
    [
        (400, 30, 0.0, 0.0),
        (400, 40, 0.2, 0.0),
        pytest.param(1500, 6, 0.0, 0.0, marks=pytest.mark.slow),
        pytest.param(1000, 20, 0.0, 2.0, marks=pytest.mark.slow),
        pytest.param(4000, 1, 0.0, 0.5, marks=pytest.mark.slow),
    ],
)
def test_intervals_hold_the_truth_as_often_as_they_say(
    n_frames: int, n_ions: int, together: float, rattle: float
) -> None:
    rng = np.random.default_rng((11, n_frames, n_ions))
    shared = 1.0 - together + n_ions * together
    truths = {"D": 3.0, "D collective": 3.0 * shared, "Haven": 1.0 / shared}
    if n_ions == 1:
        del truths["Haven"]  # one by definition
    inside = {(name, level): 0 for name in truths for level in (68, 95)}
    counted = 0
    for _ in range(RUNS):
        try:
            found = estimates(moving.walks(rng, n_frames, n_ions, together=together, rattle=rattle))
        except DiffusionRefusedError:
            continue
        if found.collective.chosen is None:
            continue
        counted += 1
        link = correlation_of(found.tracer, found.collective.chosen, n_ions)
        one, all_of_them, ratio = draw_ratio(found.tracer, found.collective.chosen, link, 2000)
        for name, draws in zip(truths, (one, all_of_them, ratio), strict=n_ions > 1):
            for level in (68, 95):
                low, high = interval(draws, level)
                inside[name, level] += low <= truths[name] <= high
    assert counted >= 0.8 * RUNS
    for (name, level), count in inside.items():
        share = {68: 0.6827, 95: 0.95}[level]
        # three binomial standard errors: about one false alarm in 400 numbers
        assert abs(count / counted - share) <= 3.0 * sqrt(share * (1 - share) / counted), (name, level, count / counted)


@pytest.mark.parametrize(
    ("dims", "size", "cell", "factor", "within"), [(3, 8, 24.0, 0.6531, 0.02), (2, 16, 48.0, 0.4669, 0.03)]
)
def test_lattice_gases_have_their_correlation_factor(
    dims: int, size: int, cell: float, factor: float, within: float
) -> None:
    """Tracer correlation by vacancies (Montet 1973; simple cubic 0.6531, square 0.4669); collective motion has none."""
    positions, free = moving.lattice_gas(size, 3, dims, 6000, 3.0, 1)
    result = diffusion(moving.trajectory(positions, cell=cell), "Li")
    one = free / 0.1 * 1e-4
    assert isinstance(result.diffusion_coefficient, Quantity)
    assert isinstance(result.haven_ratio, Quantity) and isinstance(result.collective_diffusion_coefficient, Quantity)
    assert result.diffusion_coefficient.value / one == pytest.approx(factor, abs=within)
    low, high = result.collective_intervals[1].low, result.collective_intervals[1].high
    assert low <= one * 1.01 and one * 0.99 <= high
    assert result.haven_intervals[1].low <= factor + 0.01 and factor - 0.01 <= result.haven_intervals[1].high
    assert result.haven_ratio.uncertainty is not None and result.haven_ratio.uncertainty < 0.15


def test_haven_ratio_of_a_rigid_cloud_and_by_an_independent_formula() -> None:
    rng = np.random.default_rng(3)
    rigid = moving.walks(rng, 2000, 20, together=1.0)
    found = estimates(rigid)
    ratio = draw_ratio(
        found.tracer, found.collective.chosen, correlation_of(found.tracer, found.collective.chosen, 20)
    )[2]
    assert np.median(ratio) == pytest.approx(1 / 20, rel=0.02)
    mixed = moving.walks(rng, 20000, 10, together=0.3)
    found = estimates(mixed)
    steps = np.diff(mixed, axis=0)  # Green-Kubo without memory: currents of white noise
    kubo = (steps**2).sum() / ((steps.sum(axis=1)) ** 2).sum()
    assert found.tracer.slope / found.collective.chosen.slope == pytest.approx(kubo, rel=0.05)


def test_conductivity_is_that_of_nernst_and_einstein_over_the_haven_ratio() -> None:
    positions = 0.3 * moving.walks(np.random.default_rng(8), 3000, 27)
    result = diffusion(moving.trajectory(positions + 4.0 * np.arange(27)[:, None], cell=120.0), "Li")
    D, sigma, independent = result.diffusion_coefficient, result.conductivity, result.nernst_einstein_conductivity
    assert isinstance(D, Quantity) and isinstance(sigma, Quantity) and isinstance(independent, Quantity)
    by_hand = 27 / (120e-8) ** 3 * (1.602176634e-19) ** 2 * D.value / (1.380649e-23 * 800.0)
    assert independent.value == pytest.approx(by_hand, rel=1e-9)
    assert isinstance(result.haven_ratio, Quantity)
    assert sigma.value == pytest.approx(independent.value / result.haven_ratio.value, rel=1e-9)
    assert D.value == pytest.approx(0.5 * 0.09 / 0.1 * 1e-4, rel=0.05)
    assert type(result).model_validate_json(result.model_dump_json()) == result


def refusal(positions: Any, **more: Any) -> DiffusionRefusedError:
    with pytest.raises(DiffusionRefusedError) as caught:
        diffusion(moving.trajectory(positions, cell=more.pop("cell", 30.0), **more), "Li")
    assert "\n" not in str(caught.value)
    return caught.value


def grid(n: int) -> Any:
    return 3.0 * np.array(np.meshgrid(*[np.arange(n)] * 3)).reshape(3, -1).T


def test_motion_that_is_not_diffusion_is_refused() -> None:
    rng = np.random.default_rng(2)
    time = np.arange(2000)[:, None, None]
    ballistic = grid(3) + 0.01 * time * rng.standard_normal((27, 3))
    assert refusal(ballistic).kind == "ballistic"
    trapped = grid(3) + 0.2 * rng.standard_normal((2000, 27, 3))
    assert refusal(trapped).kind == "too few hops"
    swinging = np.zeros((4000, 27, 3))
    for k in range(1, 4000):  # a soft trap: slow to explore, never leaves
        swinging[k] = swinging[k - 1] * 0.99 + 0.02 * rng.standard_normal((27, 3))
    assert refusal(grid(3) + swinging).kind == "too few hops"
    # a quarter of a periodic series, which itself would come back to where it began
    rough = np.fft.rfft(rng.standard_normal((16384, 27, 3)), axis=0)
    slow = np.fft.irfft(rough * (np.arange(8193) + 1.0)[:, None, None] ** -0.75, axis=0)[:4096]
    assert refusal(grid(3) + 300 * slow, interval=1.0).kind == "subdiffusive"  # fractional motion, MSD ~ t^0.5
    assert refusal(grid(3) + moving.walks(rng, 40, 27)).kind == "too short"


def test_a_framework_that_flows_and_wrapped_coordinates_are_refused() -> None:
    rng = np.random.default_rng(4)
    ions = grid(3) + 0.1 * moving.walks(rng, 2000, 27)
    molten = moving.trajectory(ions, cell=30.0, framework=27)
    molten._positions[:, 27:] += 0.1 * moving.walks(rng, 2000, 27)
    with pytest.raises(DiffusionRefusedError, match="melts, flows or transforms"):
        diffusion(molten, "Li")
    wrapped = 2.0 * moving.walks(rng, 2000, 27) % 30.0
    assert refusal(wrapped).kind == "wrapped"


def test_drift_and_a_breathing_cell_change_nothing() -> None:
    rng = np.random.default_rng(6)
    ions = grid(3) + 0.2 * moving.walks(rng, 1500, 27)
    still = diffusion(moving.trajectory(ions, cell=30.0), "Li")
    drifting = diffusion(moving.trajectory(ions, cell=30.0, drift=0.05), "Li")
    assert drifting.diffusion_coefficient.value == pytest.approx(still.diffusion_coefficient.value, rel=1e-9)
    assert drifting.regime.drift.value == pytest.approx(0.05 * 1499, rel=1e-2)
    fixed = moving.trajectory(ions, cell=30.0)
    scale = 1.0 + 0.02 * np.sin(np.arange(1500) / 7.0)
    scale /= scale.mean()
    breathing = type(fixed)(
        fixed._positions * scale[:, None, None], 30.0 * np.eye(3) * scale[:, None, None], fixed.info.symbols, 0.1
    )
    changed = diffusion(breathing, "Li")
    assert changed.diffusion_coefficient.value == pytest.approx(still.diffusion_coefficient.value, rel=1e-6)
    assert any("changing cell" in note for note in changed.notes)
    assert isinstance(changed.conductivity, NotComputed)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**31), st.floats(0.2, 5.0), st.floats(-500.0, 500.0))
def test_invariances(seed: int, factor: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    positions = moving.walks(rng, 300, 10)
    turn = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    base = windows(positions)
    for changed in (positions + shift, positions @ turn, positions[:, rng.permutation(10)]):
        np.testing.assert_allclose(windows(changed).mean(), base.mean(), rtol=1e-9)
    np.testing.assert_allclose(windows(positions * factor).mean(), base.mean() * factor**2, rtol=1e-9)
    twice = windows(np.concatenate([positions, positions + 7.0], axis=1))  # a doubled cell
    np.testing.assert_allclose(twice.mean(), base.mean(), rtol=1e-9)


def test_frames_may_come_in_pieces() -> None:
    positions = moving.walks(np.random.default_rng(1), 503, 4)
    pieces = WindowCollector(503, 4)
    for start in range(0, 503, 37):
        pieces.add(positions[start : start + 37])
    whole = windows(positions)
    np.testing.assert_allclose(pieces.finish().sums, whole.sums, rtol=1e-12)
    for lag in whole.lags:
        direct = ((positions[lag:] - positions[:-lag]) ** 2).sum(axis=2)[:: max(1, lag // 8)].mean()
        assert whole.mean()[whole.row(lag)] == pytest.approx(direct, rel=1e-12)


def test_onsager_coefficients_of_coupled_and_of_independent_species() -> None:
    rng = np.random.default_rng(12)
    common = 0.1 * moving.walks(rng, 20000, 1)
    lithium = np.concatenate([common, common + 5.0], axis=1) + 0.1 * moving.walks(rng, 20000, 2)
    sodium = common + 0.1 * moving.walks(rng, 20000, 1) + 10.0
    base = moving.trajectory(np.concatenate([lithium, sodium], axis=1), cell=200.0)
    symbols = ["Li", "Li", "Na", *base.info.symbols[3:]]
    mixed = type(base)(base._positions, base.cells(), symbols, 0.1, temperature_K=500.0)
    found = {item.species: item.coefficient for item in onsager(mixed, ["Li", "Na"]).coefficients}
    unit = 0.5 * 0.01 / 0.1 * 1e-4  # of one walk
    for pair, truth in ((("Li", "Li"), 3.0), (("Na", "Na"), 2.0), (("Li", "Na"), sqrt(2.0))):
        value = found[pair]
        assert isinstance(value, Quantity) and value.uncertainty is not None
        assert abs(value.value / unit - truth) < 4.0 * value.uncertainty / unit
        assert value.uncertainty / unit < 0.2


def test_what_is_asked_wrongly_is_said_in_one_line() -> None:
    good = moving.trajectory(grid(2) + 0.2 * moving.walks(np.random.default_rng(0), 300, 8), cell=30.0)
    for arguments, word in (
        ({"species": "Xe"}, "Li, O"),
        ({"species": "Li", "framework": ["Li"]}, "mobile and as framework"),
        ({"species": "Li", "temperature_K": -1.0}, "positive"),
        ({"species": "Li", "frame_interval_ps": float("nan")}, "positive"),
    ):
        with pytest.raises(OptionError, match=word):
            diffusion(good, **arguments)
    silent = type(good)(good._positions, good.cells(), good.info.symbols, None)
    with pytest.raises(OptionError, match="timestep-ps"):
        diffusion(silent, "Li")
    with pytest.raises(DataError, match="not numbers"):
        windows(np.full((50, 2, 3), np.nan))
    short = WindowCollector(10, 1)
    short.add(np.zeros((9, 1, 3)))
    with pytest.raises(DataError, match="cut short"):
        short.finish()
