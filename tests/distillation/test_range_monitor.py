"""A run stops when it stays beyond its potential's range, not at one fluctuation."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from antiperovskite.distillation.monitor import ALLOWED_SHARE, FRAMES, RangeMonitor, range_monitors
from antiperovskite.engines import get_engine

ATOMS = 135  # of these, one frame in twenty may hold one beyond the limit
FRAME = SimpleNamespace(positions=np.zeros((ATOMS, 3)), cell=np.eye(3) * 4.0)


def monitor(grades: list[float], copies: int = 1) -> RangeMonitor:
    """A monitor of a cell whose worst atom has these grades, or of several such cells side by side."""

    def of_every_atom(_atoms: object) -> np.ndarray:
        one = np.zeros(ATOMS)
        one[0] = grades.pop(0)
        return np.tile(one, copies)

    return RangeMonitor(["Li"] * ATOMS * copies, of_every_atom, limit=2.0)


def test_single_fluctuations_are_counted_and_tolerated() -> None:
    grades = [1.0, 2.5] + [1.0] * 60 + [3.0]
    seen = monitor(list(grades))
    assert all(seen(FRAME) is None for _ in grades)
    assert seen.excursions == 2
    assert seen.summary() == "2 of 63 frames beyond the potential's grade 2, worst 3.0"


def test_staying_outside_stops_the_run_with_the_numbers() -> None:
    seen = monitor([2.5] * FRAMES)
    reasons = [seen(FRAME) for _ in range(FRAMES)]
    first = next(k for k, reason in enumerate(reasons) if reason)
    assert first == round(ALLOWED_SHARE * FRAMES * ATOMS)
    assert "11 of the last 11 frames" in str(reasons[first])


def test_a_larger_cell_of_the_same_crystal_lasts_as_long() -> None:
    frame = SimpleNamespace(positions=np.zeros((3 * ATOMS, 3)), cell=np.eye(3) * 4.0)
    small, large = monitor([2.5] * FRAMES), monitor([2.5] * FRAMES, copies=3)
    ends = [next(k for k in range(FRAMES) if seen(f)) for seen, f in ((small, FRAME), (large, frame))]
    assert ends[0] == ends[1]


def test_far_outside_stops_at_once() -> None:
    assert "grade 7.0, limit 2" in str(monitor([7.0])(FRAME))


def test_old_excursions_are_forgotten() -> None:
    pattern = ([2.5] + [1.0] * 39) * 20
    seen = monitor(list(pattern))
    assert all(seen(FRAME) is None for _ in pattern)


def test_other_engines_have_no_range_to_watch() -> None:
    with range_monitors(get_engine("toy-ionic"), ["Li"]) as found:
        assert found == []
