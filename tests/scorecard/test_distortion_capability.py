"""Distortion against barrier and stability: a clear fall, a clear rise, no trend, too few compounds."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from antiperovskite.errors import MissingReferenceError
from antiperovskite.migration import distortion
from antiperovskite.migration.distortion import COMPOUNDS
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.scorecard.capabilities.distortion import _barriers, _stability, energy_above_others

CONTEXT: Any = SimpleNamespace(engine="7net-0")
WORD = {"called": "lower barriers"}


def shipped(monkeypatch: pytest.MonkeyPatch, heights: dict[str, tuple[float, float | None]]) -> None:
    """A set with these (bend, barrier) pairs."""

    def quantity(value: float | None) -> Quantity | NotComputed:
        if value is None:
            return NotComputed(unit="eV", method="failed")
        return Quantity(value=value, uncertainty=None, unit="eV", method="made up", source="test")

    records = {
        f: SimpleNamespace(bend_degrees=bend, percolating=(quantity(v),) * 3) for f, (bend, v) in heights.items()
    }
    monkeypatch.setattr(distortion, "distortion_set", lambda _engine: SimpleNamespace(records=records))


@pytest.mark.parametrize(("slope", "expected"), [(-0.02, "lower barriers"), (0.02, "higher barriers")])
def test_a_clear_trend_is_told(monkeypatch: pytest.MonkeyPatch, slope: float, expected: str) -> None:
    shipped(monkeypatch, {f: (float(k % 12), 0.5 + slope * (k % 12)) for k, f in enumerate(COMPOUNDS)})
    found = _barriers(WORD, CONTEXT)
    assert isinstance(found, str)
    assert found.startswith(expected)


def test_no_trend_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(3).uniform(0.2, 0.5, len(COMPOUNDS))
    shipped(monkeypatch, {f: (float(k % 12), float(v)) for k, (f, v) in enumerate(zip(COMPOUNDS, values, strict=True))})
    found = _barriers(WORD, CONTEXT)
    assert isinstance(found, NotComputed)
    assert "undecided" in found.method


def test_too_few_compounds_and_no_data_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    shipped(monkeypatch, {f: (1.0, 0.3 if f.startswith("Li") else None) for f in COMPOUNDS})
    found = _barriers(WORD, CONTEXT)
    assert isinstance(found, NotComputed)
    assert "0 Na compounds" in found.method

    def missing(engine: str) -> None:
        raise MissingReferenceError(f"nothing for {engine}")

    monkeypatch.setattr(distortion, "distortion_set", missing)
    assert isinstance(_barriers(WORD, CONTEXT), NotComputed)


@pytest.mark.parametrize(
    ("slope", "expected"), [(0.02, "lower stability"), (-0.02, "lower energy above"), (0.0, "undecided")]
)
def test_stability_is_that_of_the_lowest_structure(
    monkeypatch: pytest.MonkeyPatch, slope: float, expected: str
) -> None:
    """Energies of the lowest structure lie above its salts by what the bend says; the cubic one does not count."""
    bends = {f: float(k % 12) for k, f in enumerate(COMPOUNDS)}
    noise = iter(np.random.default_rng(5).permutation(len(COMPOUNDS)))
    lifts = {f: slope * bend if slope else 0.01 * float(next(noise)) for f, bend in bends.items()}
    records = {
        f: SimpleNamespace(
            bend_degrees=bend,
            phases=(
                SimpleNamespace(energy=9.0),
                SimpleNamespace(energy=lifts[f] - energy_above_others(f, 0.0, "7net-0")),
                SimpleNamespace(energy=None),
            ),
        )
        for f, bend in bends.items()
    }
    monkeypatch.setattr(distortion, "distortion_set", lambda _engine: SimpleNamespace(records=records))
    found = _stability({"called": "lower stability"}, CONTEXT)
    assert expected in (found.method if isinstance(found, NotComputed) else str(found))


def test_the_energy_above_others_is_that_of_the_salts() -> None:
    """Li3OCl as stable as its salts is zero above them; per atom, one eV more is one eV more."""
    at = energy_above_others("Li3OCl", -1.0, "7net-0")
    assert at is not None
    assert energy_above_others("Li3OCl", -1.0 - at, "7net-0") == pytest.approx(0.0, abs=1e-9)
    assert energy_above_others("Li3OCl", 0.0, "7net-0") == pytest.approx(at + 1.0)
