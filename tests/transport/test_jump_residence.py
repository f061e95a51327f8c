"""What counts as a visit: recrossings are told from jumps by the plateau between their times."""

from __future__ import annotations

import numpy as np
import pytest

from antiperovskite.dynamics.trajectory import ArrayTrajectory
from antiperovskite.transport.jumps import Sites, find_transitions, jump_statistics
from antiperovskite.transport.jumps.residence import settled_visit

CELL = np.diag([40.0, 12.0, 12.0])
SITES = Sites(np.column_stack([np.arange(10) / 10.0, np.zeros(10), np.zeros(10)]), ("a",) * 10, "Li", "a row")


def walk(jump_rate: float, look_rate: float, *, looks_last: int = 1, frames: int = 6000, ions: int = 12, seed: int = 1):
    """Ions in a row of sites: jumps that stay for long, and looks into the next site that end after some frames."""
    rng = np.random.default_rng(seed)
    place = np.zeros((frames, ions))
    jumps = 0
    for ion in range(ions):
        site, frame = 0, 0
        while frame < frames:
            roll = rng.random()
            way = rng.choice((-1, 1))
            if roll < jump_rate:
                site += way
                jumps += frame > 0
                place[frame : frame + 40, ion] = site  # it stays: the next decision comes later
                frame += 40
            elif roll < jump_rate + look_rate:
                place[frame : frame + looks_last, ion] = site + way
                frame += looks_last
                place[frame : frame + 1, ion] = site
                frame += 1
            else:
                place[frame, ion] = site
                frame += 1
    positions = np.zeros((frames, ions, 3))
    positions[:, :, 0] = 4.0 * place
    return ArrayTrajectory(positions, CELL, ["Li"] * ions, 0.1), jumps


@pytest.mark.parametrize("last", [1, 3])
def test_looks_are_told_from_jumps(last):
    run, jumps = walk(0.004, 0.02, looks_last=last)
    transitions = find_transitions(run, SITES)
    assert len(transitions) > 2 * jumps
    frames, tried = settled_visit(transitions)
    assert last < frames <= 2 * last + 2
    assert [frame for frame, _ in tried] == [2**k for k in range(len(tried))]
    found = jump_statistics(run, SITES, shortest_visit_frames=None)
    assert abs(found.n_jumps - jumps) <= 0.05 * jumps
    plain = jump_statistics(run, SITES)
    assert plain.n_jumps == len(transitions) == found.n_transitions
    assert plain.back_jump_probability.value > 0.65
    assert found.back_jump_probability.value == pytest.approx(0.5, abs=0.12)  # a free walk in a row turns half the time


def test_without_looks_nothing_is_taken_out():
    run, jumps = walk(0.004, 0.0)
    transitions = find_transitions(run, SITES)
    assert settled_visit(transitions)[0] == 1
    assert abs(len(transitions) - jumps) <= 2


def test_visits_of_every_length_have_no_plateau():
    """Counts that fall by a third on each doubling, and never below what chance would hide: none is chosen."""

    class Scale:
        n_frames = 20_000

        def jumps(self, frames: int) -> range:
            return range(round(100_000 * frames**-0.6))

    frames, tried = settled_visit(Scale())  # type: ignore[arg-type]
    assert frames == 1 and tried[-1][0] == 1024


def test_no_transition_is_no_jump():
    still = ArrayTrajectory(np.zeros((50, 1, 3)), CELL, ["Li"], 0.1)
    assert jump_statistics(still, SITES, shortest_visit_frames=None).n_jumps == 0
