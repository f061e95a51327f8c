"""Distortion against barrier: a clear fall, a clear rise, no trend, too few compounds."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from antiperovskite.errors import MissingReferenceError
from antiperovskite.migration import distortion
from antiperovskite.migration.distortion import COMPOUNDS
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.scorecard.capabilities.migration import _distortion

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
    found = _distortion(WORD, CONTEXT)
    assert isinstance(found, str)
    assert found.startswith(expected)


def test_no_trend_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(3).uniform(0.2, 0.5, len(COMPOUNDS))
    shipped(monkeypatch, {f: (float(k % 12), float(v)) for k, (f, v) in enumerate(zip(COMPOUNDS, values, strict=True))})
    found = _distortion(WORD, CONTEXT)
    assert isinstance(found, NotComputed)
    assert "undecided" in found.method


def test_too_few_compounds_and_no_data_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    shipped(monkeypatch, {f: (1.0, 0.3 if f.startswith("Li") else None) for f in COMPOUNDS})
    found = _distortion(WORD, CONTEXT)
    assert isinstance(found, NotComputed)
    assert "0 Na compounds" in found.method

    def missing(engine: str) -> None:
        raise MissingReferenceError(f"nothing for {engine}")

    monkeypatch.setattr(distortion, "distortion_set", missing)
    assert isinstance(_distortion(WORD, CONTEXT), NotComputed)
