"""Trajectories that are not what they say: frames twice, a wrong clock, numbers lost, wrapped; regimes."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from antiperovskite.dynamics.trajectory import ArrayTrajectory, TrajectoryWriter, open_trajectory
from antiperovskite.dynamics.trajectory.cells import FRAMES_AT_ONCE, cell_statistics, cell_volumes
from antiperovskite.errors import AntiperovskiteError, DataError
from antiperovskite.transport import DiffusionRefusedError, diffusion
from antiperovskite.transport.regime import find_line, regime_name
from antiperovskite.transport.windows import windows

_spec = importlib.util.spec_from_file_location("moving_ions", Path(__file__).with_name("moving_ions.py"))
assert _spec is not None and _spec.loader is not None
moving = importlib.util.module_from_spec(_spec)
sys.modules["moving_ions"] = moving  # its compiled functions are found again by name
_spec.loader.exec_module(moving)

KELVIN = 800.0
BOLTZMANN = 0.8314462618  # u angstrom^2/(ps^2 K)
MASS = {"Li": 6.94, "O": 15.999}


def run(n_frames=600, seed=1):
    """Lithium that walks 0.25 angstrom in 0.1 ps around oxygen that rattles."""
    ions = 3.0 * np.array(np.meshgrid(*[np.arange(3)] * 3)).reshape(3, -1).T
    ions = ions + 0.15 * moving.walks(np.random.default_rng(seed), n_frames, 27)
    return moving.trajectory(ions, cell=30.0)


def of(positions, like, interval=0.1, temperature=KELVIN):
    return ArrayTrajectory(
        positions, like.cells(), like.info.symbols, interval, temperature_K=temperature, source="toy"
    )


def said(trajectory, kind=AntiperovskiteError):
    with pytest.raises(kind) as caught:
        diffusion(trajectory, "Li")
    assert "\n" not in str(caught.value)
    return caught.value


def springs(interval_ps, n_frames=800):
    """Ions held by springs of about 10 THz with the velocities of 800 K."""
    rng = np.random.default_rng(2)
    symbols = ["Li"] * 27 + ["O"] * 27
    mass = np.array([MASS[one] for one in symbols])[:, None]
    omega = 2 * np.pi * 10.0 * (1 + 0.2 * rng.standard_normal((54, 3)))
    size = np.sqrt(2 * BOLTZMANN * KELVIN / mass) / omega * np.sqrt(rng.exponential(1.0, (54, 3)))
    phase = rng.uniform(0, 2 * np.pi, (54, 3))
    time = interval_ps * np.arange(n_frames)[:, None, None]
    swing = size * np.cos(omega * time + phase)
    places = 3.0 * np.array(np.meshgrid(*[np.arange(3)] * 3)).reshape(3, -1).T
    return np.concatenate([places, places + 1.5])[None] + swing, symbols


@pytest.mark.parametrize("how", ["each twice", "one part again", "one frame"])
def test_frames_that_are_in_it_twice_are_refused(how):
    good = run()
    positions = good._positions
    order = {
        "each twice": np.repeat(np.arange(600), 2),
        "one part again": np.r_[0:400, 350:600],
        "one frame": np.r_[0:300, 299:600],
    }[how]
    found = said(of(positions[order], good), DataError)
    first = {"each twice": (1, 0, 600), "one part again": (400, 350, 50), "one frame": (300, 299, 1)}[how]
    assert re.search(rf"frame {first[0]} repeats frame {first[1]} exactly, and {first[2]} of", str(found))
    diffusion(good, "Li")


def test_a_file_with_a_part_twice_is_refused_and_neighbours_are_left_out(tmp_path, monkeypatch):
    from ase import Atoms
    from ase.io import write

    monkeypatch.setenv("ANTIPEROVSKITE_TRAJECTORIES", str(tmp_path / "cache"))
    good = run(60)
    frames = [Atoms(good.info.symbols, one, cell=30.0 * np.eye(3), pbc=True) for one in good._positions]
    write(tmp_path / "part.xyz", frames[:40] + frames[30:], format="extxyz")
    with pytest.raises(DataError, match=r"frame 40: it is the same as frame 30, and 10 .* --frames 0:40"):
        open_trajectory(tmp_path / "part.xyz", frame_interval_ps=0.1)
    assert open_trajectory(tmp_path / "part.xyz", frame_interval_ps=0.1, frames="0:40").info.n_frames == 40
    write(tmp_path / "stuck.xyz", frames[:40] + frames[39:], format="extxyz")
    found = open_trajectory(tmp_path / "stuck.xyz", frame_interval_ps=0.1)
    assert found.info.n_frames == 60 and "1 repeated frames were left out" in found.info.notes


def test_a_lattice_gas_may_return_to_its_places():
    ions, _ = moving.lattice_gas(4, 2, 3, 3000, 0.3, 1)
    still = ArrayTrajectory(ions, 12.0 * np.eye(3), ["Li"] * ions.shape[1], 0.1, temperature_K=KELVIN)
    result = diffusion(still, "Li")  # frames in which nothing hops are said, not refused
    assert any("repeat the one before" in note for note in result.notes)


@pytest.mark.parametrize(
    ("true", "claimed", "word"),
    [
        (0.05, 0.005, "times further apart"),
        (0.05, 0.00005, "times further apart"),
        (0.002, 0.0008, "times further apart"),
        (0.002, 0.02, r"0\.00[12]\d? ps apart, not 0\.02"),
        (0.002, 2.0, r"0\.00[12]\d? ps apart, not 2"),
    ],
)
def test_a_wrong_clock_is_found_by_the_speed_of_the_ions(true, claimed, word):
    positions, symbols = springs(true)
    wrong = ArrayTrajectory(positions, 30.0 * np.eye(3), symbols, claimed, temperature_K=KELVIN, source="toy")
    found = said(wrong, DiffusionRefusedError)
    assert found.kind == "wrong time step" and re.search(word, str(found)) and "--timestep-ps" in str(found)


def test_ions_do_not_know_where_they_were_many_periods_ago():
    rng = np.random.default_rng(6)
    good = run(1500)
    positions, swing = good._positions.copy(), np.zeros((8, 3))
    for frame in range(1500):  # an amplitude of 0.2 angstrom, three quarters of it kept from frame to frame
        swing = 0.75 * swing + 0.115 * np.sqrt(1 - 0.75**2) * rng.standard_normal((8, 3))
        positions[frame, 27:] = positions[0, 27:] + swing
    found = said(of(positions, good, interval=2.0), DiffusionRefusedError)
    assert found.kind == "wrong time step" and "many periods later" in str(found)
    diffusion(of(positions, good, interval=0.1), "Li")


@pytest.mark.parametrize("interval", [0.0005, 0.002, 0.01, 0.05, 0.5])
def test_the_right_clock_is_not_refused_as_wrong(interval):
    positions, symbols = springs(interval)
    right = ArrayTrajectory(positions, 30.0 * np.eye(3), symbols, interval, temperature_K=KELVIN, source="toy")
    try:
        diffusion(right, "Li")
    except DiffusionRefusedError as error:
        assert error.kind != "wrong time step"  # too short to diffuse is another matter


def test_without_a_temperature_only_impossible_speeds_are_refused():
    positions, symbols = springs(0.05)
    for claimed, wrong in ((0.05, False), (0.02, False), (0.001, True)):
        run_ = ArrayTrajectory(positions, 30.0 * np.eye(3), symbols, claimed, source="toy")
        try:
            diffusion(run_, "Li")
            kind = ""
        except DiffusionRefusedError as error:
            kind = error.kind
        assert (kind == "wrong time step") == wrong


def test_numbers_lost_and_wrapped_coordinates_are_one_line():
    good = run()
    lost = good._positions.copy()
    lost[300, 4, 1] = np.nan
    with pytest.raises(DataError, match="NaN or infinity"):
        of(lost, good)
    with pytest.raises(DataError, match="positions have shape"):
        of(good._positions[:, :-1], good)  # an ion less than symbols
    wrapped = of((good._positions + 27.0) % 30.0, good)
    far = said(wrapped, DiffusionRefusedError)
    assert far.kind == "wrapped" and "write frames more often" in str(far)


def test_motion_is_named_by_its_exponent_not_by_whether_it_speeds_up(monkeypatch):
    assert regime_name((0.15, 0.05)) == "trapped" and regime_name((0.6, 0.1)) == "subdiffusive"
    assert regime_name((1.0, 0.02)) == regime_name((1.4, 0.5)) == "undecided"
    assert regime_name((1.4, 0.1)) == "superdiffusive" and regime_name((2.0, 0.01)) == "ballistic"
    assert regime_name(None) == "trapped"
    rng = np.random.default_rng(3)
    # rattling with a slow drift: the slope rises, the exponent stays far below one
    time = np.arange(2000)[:, None, None]
    drifting = 0.3 * rng.standard_normal((2000, 30, 3)) + 1.2e-3 * time * rng.standard_normal((30, 3))
    with monkeypatch.context() as patch:
        patch.setattr("antiperovskite.transport.regime._agree", lambda *_: False)
        search = find_line(windows(drifting))
    assert search.slopes[-1].slope > search.slopes[0].slope
    assert search.chosen is None and search.exponent is not None and search.exponent[0] < 0.5
    assert search.kind in {"trapped", "subdiffusive"} and "faster" not in search.reason
    assert re.search(r"exponent 0\.\d\d, 95 %: -?0\.\d\d to 0\.\d\d", search.reason)
    flying = find_line(windows(0.01 * time * rng.standard_normal((30, 3))))
    assert flying.kind == "ballistic" and flying.exponent == pytest.approx((2.0, 0.0), abs=0.3)


def test_cells_of_a_breathing_run_are_read_in_pieces(tmp_path, monkeypatch):
    rng = np.random.default_rng(4)
    n = 700
    cells = 10.0 * np.eye(3) * (1 + 0.01 * rng.standard_normal(n))[:, None, None]
    positions = rng.random((n, 3, 3))
    with TrajectoryWriter(tmp_path / "npt", ["Li", "O", "Cl"], frame_interval_ps=0.1) as writer:
        writer.extend(positions, cells)
    stored = open_trajectory(tmp_path / "npt")
    np.testing.assert_array_equal(stored.cells(100, 130), cells[100:130])
    monkeypatch.setattr("antiperovskite.dynamics.trajectory.cells.FRAMES_AT_ONCE", 64)
    asked = []
    whole = type(stored).cells

    def counted(self, start=0, stop=None):
        asked.append((stop or self.info.n_frames) - start)
        return whole(self, start, stop)

    monkeypatch.setattr(type(stored), "cells", counted)
    found = cell_statistics(stored)
    volumes = np.linalg.det(cells)
    np.testing.assert_allclose(found.mean, cells.mean(axis=0), rtol=1e-12)
    assert (found.volume, found.volume_spread) == pytest.approx((volumes.mean(), volumes.std()), rel=1e-9)
    np.testing.assert_allclose(cell_volumes(stored), volumes)
    ratio = cells[:, 0, 0] / cells[:, 0, 0].mean()
    assert found.stretch == pytest.approx(max(ratio.max(), 1 / ratio.min()))
    assert max(asked) == 64 < FRAMES_AT_ONCE and not found.constant
    still = cell_statistics(ArrayTrajectory(positions, 4.0 * np.eye(3), ["Li", "O", "Cl"], 0.1))
    assert still.constant and (still.volume, still.stretch, still.n_frames) == (pytest.approx(64.0), 1.0, 1)
