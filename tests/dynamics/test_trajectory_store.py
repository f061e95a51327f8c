"""Stored trajectories: precision, resuming, chunks that survive a kill, a full disk and damage."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiperovskite.dynamics.trajectory import ArrayTrajectory, StoredTrajectory, TrajectoryWriter, open_trajectory
from antiperovskite.dynamics.trajectory import writer as writer_module
from antiperovskite.dynamics.trajectory.segments import segment_frames
from antiperovskite.errors import DataError, OptionError, StoreError

CELL = np.diag([11.7, 12.0, 12.5])


def walk(n_frames: int, n_ions: int, seed: int = 0, origin: float = 0.0) -> Any:
    rng = np.random.default_rng(seed)
    return origin + rng.uniform(0, 11, (n_ions, 3)) + np.cumsum(rng.normal(0, 0.1, (n_frames, n_ions, 3)), axis=0)


def symbols(n_ions: int) -> list[str]:
    return ["Li" if k % 5 < 3 else "Cl" for k in range(n_ions)]


def write(path: Path, positions: Any, cell: Any = CELL, **options: Any) -> StoredTrajectory:
    with TrajectoryWriter(path, symbols(positions.shape[1]), frame_interval_ps=0.1, **options) as writer:
        writer.extend(positions, np.broadcast_to(cell, (len(positions), 3, 3)))
    return StoredTrajectory(path)


@pytest.fixture
def short_segments(monkeypatch: pytest.MonkeyPatch) -> int:
    """Segments of 13 frames, so that small trajectories have many."""
    monkeypatch.setattr(writer_module, "segment_frames", lambda _: 13)
    return 13


@pytest.mark.parametrize("origin", [0.0, 1e6, -3e4])
def test_positions_keep_a_hundred_thousandth_wherever_the_origin_is(tmp_path: Path, origin: float) -> None:
    positions = walk(300, 7, origin=origin)
    stored = write(tmp_path / "run", positions)
    (block,) = stored.blocks()
    assert abs(block.positions - positions).max() <= 5.1e-6
    assert stored.info.n_frames == 300
    assert stored.info.of("Cl").tolist() == [3, 4]


@settings(max_examples=25, deadline=None)
@given(start=st.integers(-70, 70), stop=st.none() | st.integers(-70, 70), size=st.none() | st.integers(1, 200))
def test_blocks_and_series_are_slices(tmp_path_factory: Any, start: int, stop: int | None, size: int | None) -> None:
    positions = walk(60, 5)
    directory = tmp_path_factory.getbasetemp() / "slices"
    if not directory.exists():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(writer_module, "segment_frames", lambda _: 13)
            write(directory, positions)
    for trajectory in (StoredTrajectory(directory), ArrayTrajectory(positions, CELL, symbols(5), 0.1)):
        blocks = list(trajectory.blocks(start, stop, size=size))
        got = np.concatenate([block.positions for block in blocks]) if blocks else np.empty((0, 5, 3))
        assert got.shape == positions[start:stop].shape
        assert np.allclose(got, positions[start:stop], atol=1e-5, rtol=0)
        assert np.allclose(trajectory.series([4, 1], start, stop), positions[start:stop, [4, 1]], atol=1e-5, rtol=0)
        assert all(len(block.positions) <= (size or 10**9) for block in blocks)
        first = range(60)[start:stop].start
        for block in blocks:
            assert block.first == first
            first += len(block.positions)


def test_cells_of_every_frame_are_kept_exactly(tmp_path: Path, short_segments: int) -> None:
    positions = walk(40, 3)
    cells = CELL * (1 + 0.01 * np.sin(np.arange(40)))[:, None, None]
    with TrajectoryWriter(tmp_path / "npt", symbols(3), frame_interval_ps=0.1) as writer:
        writer.extend(positions, cells)
    stored = StoredTrajectory(tmp_path / "npt")
    assert not stored.info.constant_cell
    assert (stored.cells() == cells).all()
    assert (np.concatenate([block.cells for block in stored.blocks(5, 33, size=4)]) == cells[5:33]).all()
    assert write(tmp_path / "nvt", positions).cells().shape == (1, 3, 3)


def test_velocities_and_records(tmp_path: Path, short_segments: int) -> None:
    positions = walk(30, 2)
    with TrajectoryWriter(
        tmp_path / "run", ["Li", "Cl"], frame_interval_ps=0.1, velocities=True, records=("energy_eV",),
        temperature_K=800.0, engine="toy", settings={"thermostat": "Langevin", "seed": 3},
    ) as writer:  # fmt: skip
        for k, place in enumerate(positions):
            writer.append(place, CELL, velocities=place * 2, records={"energy_eV": -k})
    stored = StoredTrajectory(tmp_path / "run")
    assert stored.record("energy_eV").tolist() == [-k for k in range(30)]
    assert np.allclose(stored.velocities(3, 20), positions[3:20] * 2, rtol=1e-6)
    assert stored.info.settings == {"thermostat": "Langevin", "seed": 3}
    assert stored.info.temperature_K == 800.0
    with pytest.raises(OptionError, match="keeps no 'pressure'; it keeps: energy_eV"):
        stored.record("pressure")


def test_a_resumed_file_is_the_uninterrupted_one(tmp_path: Path, short_segments: int) -> None:
    positions, whole = walk(61, 4), tmp_path / "whole"
    write(whole, positions)
    for kept in (0, 1, 12, 13, 14, 26, 45, 61):
        path = tmp_path / f"cut{kept}"
        write(path, positions[:50] if kept <= 50 else positions)
        with TrajectoryWriter.resume(path, n_frames=kept) as writer:
            assert writer.n_frames == writer.n_committed == kept
            for place in positions[kept:]:
                writer.append(place, CELL)
        for name in sorted(file.name for file in whole.glob("*.h5")):
            assert (path / name).read_bytes() == (whole / name).read_bytes(), (kept, name)


def test_many_commits_leave_the_same_files_as_few(tmp_path: Path, short_segments: int) -> None:
    positions = walk(33, 4)
    write(tmp_path / "few", positions)
    with TrajectoryWriter(tmp_path / "many", symbols(4), frame_interval_ps=0.1) as writer:
        for k, place in enumerate(positions):
            writer.append(place, CELL)
            assert writer.flush() == k + 1 == StoredTrajectory(tmp_path / "many").info.n_frames
    for file in (tmp_path / "few").glob("*.h5"):
        assert file.read_bytes() == (tmp_path / "many" / file.name).read_bytes()


def test_wrapped_frames_are_unwrapped_across_a_resume(tmp_path: Path, short_segments: int) -> None:
    positions = walk(200, 6, seed=3) * 1.5
    wrapped = positions - np.floor(positions / np.diag(CELL)) * np.diag(CELL)
    cells = np.broadcast_to(CELL, (200, 3, 3))
    with TrajectoryWriter(tmp_path / "run", symbols(6), frame_interval_ps=0.1, wrapped=True) as writer:
        writer.extend(wrapped[:77], cells[:77])
    with TrajectoryWriter.resume(tmp_path / "run", wrapped=True) as writer:
        writer.extend(wrapped[77:], cells[77:])
    moved = StoredTrajectory(tmp_path / "run").series(range(6))
    assert abs((moved - moved[0]) - (positions - positions[0])).max() < 2e-5
    assert abs(wrapped - wrapped[0] - (positions - positions[0])).max() > 5  # there was something to unwrap


_WRITER = """
import sys, numpy as np
from antiperovskite.dynamics.trajectory import TrajectoryWriter, StoredTrajectory
from antiperovskite.dynamics.trajectory import writer as module
from pathlib import Path
module.segment_frames = lambda _: 50
path = Path(sys.argv[1])
cell = 10.0 * np.eye(3)
if (path / "trajectory.json").exists():
    writer = TrajectoryWriter.resume(path)
else:
    writer = TrajectoryWriter(path, ["Li"] * 40, frame_interval_ps=0.1)
while writer.n_frames < 20000:
    k = writer.n_frames
    writer.append(np.full((40, 3), 0.01 * k) + np.arange(40)[:, None], cell)
    if k % 7 == 0:
        print(writer.flush(), flush=True)
"""


def _killed(path: Path, seconds: float) -> int:
    """Kill a writer that many seconds after its first commit; returns the frames it said were safe."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split("\n")[:-1]  # a last line without its end was cut by the kill
    return int(([said.strip(), *rest])[-1] or 0)


def _check_after_kill(path: Path, promised: int) -> None:
    stored = StoredTrajectory(path)
    assert stored.info.n_frames >= promised
    expected = 0.01 * np.arange(stored.info.n_frames)[:, None, None] + np.arange(40)[:, None]
    done = 0
    for block in stored.blocks(size=500):
        assert abs(block.positions - expected[done : done + len(block.positions)]).max() < 1e-5
        done += len(block.positions)
    assert done == stored.info.n_frames


def test_a_killed_writer_loses_no_committed_frame(tmp_path: Path) -> None:
    promised = 0
    for seconds in (0.013, 0.171):
        promised = max(promised, _killed(tmp_path / "run", seconds))
        _check_after_kill(tmp_path / "run", promised)


@pytest.mark.slow
def test_twenty_kills_at_random_moments(tmp_path: Path) -> None:
    rng, promised = np.random.default_rng(20), 0
    for _ in range(20):
        promised = max(promised, _killed(tmp_path / "run", float(rng.uniform(0, 0.6))))
        _check_after_kill(tmp_path / "run", promised)
    assert promised > 1000


def test_a_full_disk_is_said_and_committed_frames_stay(tmp_path: Path) -> None:
    positions = np.random.default_rng(0).uniform(0, 10, (400, 30, 3))
    cells = np.broadcast_to(CELL, (400, 3, 3))
    code = f"""
import numpy as np, resource, signal
from antiperovskite.dynamics.trajectory import TrajectoryWriter
from antiperovskite.errors import StoreError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
positions = np.random.default_rng(0).uniform(0, 10, (400, 30, 3))
cells = np.broadcast_to(np.diag([11.7, 12.0, 12.5]), (400, 3, 3))
writer = TrajectoryWriter({str(tmp_path / "run")!r}, ["Li"] * 30, frame_interval_ps=0.1)
writer.extend(positions[:100], cells[:100])
writer.flush()
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
writer.extend(positions[100:300], cells[100:300])
try:
    writer.flush()
except StoreError as error:
    print("said:", error)
"""
    assert resource.RLIMIT_FSIZE is not None
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert "said: cannot write" in done.stdout
    assert "free the disk" in done.stdout
    assert "Traceback" not in done.stderr
    stored = StoredTrajectory(tmp_path / "run")
    assert stored.info.n_frames == 100
    with TrajectoryWriter.resume(tmp_path / "run") as writer:
        writer.extend(positions[100:], cells[100:])
    assert np.allclose(StoredTrajectory(tmp_path / "run").series(range(30)), positions, atol=1e-5)
    assert not list((tmp_path / "run").glob(".frames*"))


def test_frames_before_an_exception_are_kept(tmp_path: Path) -> None:
    positions = walk(20, 3)
    with pytest.raises(ZeroDivisionError), TrajectoryWriter(tmp_path / "run", symbols(3), frame_interval_ps=1) as out:
        out.extend(positions, np.broadcast_to(CELL, (20, 3, 3)))
        raise ZeroDivisionError
    assert StoredTrajectory(tmp_path / "run").info.n_frames == 20


def test_two_writers_are_refused(tmp_path: Path) -> None:
    with TrajectoryWriter(tmp_path / "run", ["Li"], frame_interval_ps=1) as writer:
        writer.append(np.zeros((1, 3)), CELL)
        with pytest.raises(StoreError, match="another process is writing"):
            TrajectoryWriter.resume(tmp_path / "run")
    with pytest.raises(OptionError, match="exists; resume it"):
        TrajectoryWriter(tmp_path / "run", ["Li"], frame_interval_ps=1)
    with pytest.raises(StoreError, match="closed"):
        writer.append(np.zeros((1, 3)), CELL)
    with pytest.raises(StoreError, match="holds 1 frames"):
        TrajectoryWriter.resume(tmp_path / "run", n_frames=2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"positions": np.full((1, 2, 3), np.nan)}, "NaN or infinity"),
        ({"positions": np.zeros((1, 3, 3))}, "do not fit the 2 ions"),
        ({"positions": np.full((1, 2, 3), 1e5)}, "angstrom from where it started"),
        ({"cells": np.zeros((1, 3, 3))}, "without volume"),
        ({"velocities": np.zeros((1, 2, 3))}, "without velocities"),
        ({"records": {"x": np.zeros(1)}}, "announced records"),
    ],
)
def test_bad_frames_are_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    frame = {"positions": np.zeros((1, 2, 3)), "cells": CELL[None]}
    with TrajectoryWriter(tmp_path / "run", ["Li", "Cl"], frame_interval_ps=1) as writer:
        writer.extend(**frame)
        with pytest.raises(DataError, match=message):
            writer.extend(**(frame | change))
    assert StoredTrajectory(tmp_path / "run").info.n_frames == 1


def test_wrapped_positions_said_to_be_unwrapped_are_found_out(tmp_path: Path) -> None:
    positions = walk(500, 4)
    wrapped = positions - np.floor(positions / np.diag(CELL)) * np.diag(CELL)
    writer = TrajectoryWriter(tmp_path / "run", symbols(4), frame_interval_ps=1)
    writer.extend(wrapped, np.broadcast_to(CELL, (500, 3, 3)))
    with pytest.raises(DataError, match="said to be unwrapped are wrapped"):
        writer.close()


@settings(max_examples=40, deadline=None)
@given(place=st.integers(0, 10**6), value=st.integers(0, 255), kind=st.sampled_from(["frames-000000.h5", "header"]))
def test_damaged_files_raise_one_line(tmp_path_factory: Any, place: int, value: int, kind: str) -> None:
    path = tmp_path_factory.mktemp("damage") / "run"
    positions = walk(50, 3)
    write(path, positions)
    file = path / ("trajectory.json" if kind == "header" else kind)
    data = bytearray(file.read_bytes())
    data[place % len(data)] = value
    file.write_bytes(bytes(data))
    try:
        stored = StoredTrajectory(path)
        blocks = [block.positions for block in stored.blocks()]
        stored.series([0, 2])
        stored.cells()
    except (DataError, OptionError) as error:
        assert "\n" not in str(error)
    else:
        assert sum(map(len, blocks)) <= 50


def test_a_missing_segment_is_a_gap(tmp_path: Path, short_segments: int) -> None:
    write(tmp_path / "run", walk(40, 2))
    (tmp_path / "run" / "frames-000001.h5").unlink()
    with pytest.raises(DataError, match="gap"):
        StoredTrajectory(tmp_path / "run")


def test_the_interval_can_be_given_but_not_contradicted(tmp_path: Path) -> None:
    write(tmp_path / "known", walk(5, 2))
    with TrajectoryWriter(tmp_path / "unknown", ["Li"], frame_interval_ps=None) as writer:
        writer.append(np.zeros((1, 3)), CELL)
    assert open_trajectory(tmp_path / "unknown", frame_interval_ps=0.5).info.frame_interval_ps == 0.5
    with pytest.raises(OptionError, match=r"0\.1 ps apart, not 0\.5 ps"):
        open_trajectory(tmp_path / "known", frame_interval_ps=0.5)


def test_memory_of_streaming_does_not_grow(tmp_path: Path) -> None:
    import tracemalloc

    def peak(n_frames: int) -> int:
        path = tmp_path / str(n_frames)
        with TrajectoryWriter(path, ["Li"] * 50, frame_interval_ps=0.1) as writer:
            for _ in range(n_frames // 500):
                writer.extend(walk(500, 50), np.broadcast_to(CELL, (500, 3, 3)))
        tracemalloc.start()
        for _ in StoredTrajectory(path).blocks(size=512):
            pass
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(500)
    assert peak(9000) < 1.1 * peak(4500)


def test_segments_hold_whole_chunks_and_at_least_one_frame() -> None:
    assert segment_frames(135) == 4096
    assert segment_frames(1080) % 128 == 0
    assert segment_frames(10**7) == 1


def test_arrays_in_memory_are_checked() -> None:
    with pytest.raises(DataError, match="need"):
        ArrayTrajectory(np.zeros((3, 2, 3)), CELL, ["Li"], 0.1)
    with pytest.raises(DataError, match="cells have shape"):
        ArrayTrajectory(np.zeros((3, 1, 3)), np.zeros((2, 3, 3)), ["Li"], 0.1)
    with pytest.raises(DataError, match="no volume"):
        ArrayTrajectory(np.zeros((3, 1, 3)), np.zeros((3, 3)), ["Li"], 0.1)
    with pytest.raises(DataError, match="NaN"):
        ArrayTrajectory(np.full((3, 1, 3), np.nan), CELL, ["Li"], 0.1)
