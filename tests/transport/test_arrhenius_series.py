"""Activation energies from series with a known law; breaks and curvature; what is refused."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest

from antiperovskite.errors import DataError
from antiperovskite.quantity import Quantity
from antiperovskite.transport import arrhenius
from antiperovskite.transport.activation import Point

K = 8.617333262e-5


def series(temperatures, values, errors, rng):
    found = []
    for T, y, error in zip(temperatures, values, errors, strict=True):
        value = exp(y + error * rng.standard_normal())
        quantity = Quantity(value=value, uncertainty=value * error, unit="cm^2/s", method="toy", source="toy")
        found.append(Point.measured(T, quantity))
    return found


def test_straight_series_hold_the_truth_and_stay_straight():
    rng = np.random.default_rng(1)
    T = np.array([700.0, 800.0, 900.0, 1000.0, 1100.0])
    truth = log(1e-3) - 0.3 / (K * T)
    inside = {"energy68": 0, "energy95": 0, "room95": 0}
    straight = 0
    runs = 24
    for _ in range(runs):
        result = arrhenius(series(T, truth, [0.2, 0.15, 0.1, 0.08, 0.06], rng))
        straight += result.law == "straight"
        low, high = result.activation_energy_intervals
        inside["energy68"] += low.low <= 0.3 <= low.high
        inside["energy95"] += high.low <= 0.3 <= high.high
        room = result.extrapolations[0].intervals[1]
        inside["room95"] += room.low <= 1e-3 * exp(-0.3 / (K * 298.15)) <= room.high
    assert straight >= 22
    assert 10 <= inside["energy68"] <= 23  # three binomial standard errors
    assert inside["energy95"] >= 20 and inside["room95"] >= 20


def test_a_badly_known_temperature_counts_little():
    T = np.array([600.0, 800.0, 1000.0, 1200.0])
    values = log(1e-3) - 0.3 / (K * T)
    values[0] += 2.0
    points = series(T, values, [2.0, 0.02, 0.02, 0.02], np.random.default_rng(0))
    result = arrhenius(points)
    assert isinstance(result.activation_energy, Quantity)
    assert result.activation_energy.value == pytest.approx(0.3, abs=0.03)


def test_a_break_is_found_with_both_branches():
    rng = np.random.default_rng(5)
    T = np.arange(300.0, 660.0, 50.0)
    values = np.where(T < 460, log(1e-2) - 0.6 / (K * T), log(1e-4) - 0.2 / (K * T))
    result = arrhenius(series(T, values, [0.1] * len(T), rng))
    assert result.law == "two lines"
    assert result.break_between == (450.0, 500.0)
    assert result.branches[0].value == pytest.approx(0.6, abs=0.06)
    assert result.branches[1].value == pytest.approx(0.2, abs=0.08)
    assert result.activation_energy.value == result.branches[0].value


def test_curvature_is_found_and_has_no_prefactor():
    rng = np.random.default_rng(7)
    T = np.arange(300.0, 660.0, 50.0)
    result = arrhenius(series(T, log(1e-3) - 0.05 / (K * (T - 180.0)), [0.05] * len(T), rng))
    assert result.law == "curved"
    assert result.log10_prefactor.value is None
    assert "curved" in result.log10_prefactor.method
    room = result.extrapolations[0].intervals[1]
    assert room.low <= 1e-3 * exp(-0.05 / (K * (298.15 - 180.0))) <= room.high


def test_scatter_beyond_the_intervals_widens_them():
    rng = np.random.default_rng(9)
    T = np.array([700.0, 800.0, 900.0, 1000.0, 1100.0])
    points = series(T, log(1e-3) - 0.3 / (K * T) + np.array([0.3, -0.3, 0.3, -0.3, 0.3]), [0.02] * 5, rng)
    result = arrhenius(points)
    assert any("scatter more" in note for note in result.notes)
    assert result.activation_energy.uncertainty > 0.02


def test_too_few_temperatures_and_values_without_uncertainty_are_refused():
    rng = np.random.default_rng(1)
    with pytest.raises(DataError, match="needs 3"):
        arrhenius(series([700.0, 800.0], [-20.0, -19.0], [0.1, 0.1], rng))
    bare = Quantity(value=1e-5, uncertainty=None, unit="cm^2/s", method="no uncertainty", source="toy")
    with pytest.raises(DataError, match="uncertainty"):
        Point.measured(700.0, bare)
