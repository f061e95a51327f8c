"""DCD, XTC and TRR as MDAnalysis wrote them (data/make_binary_trajectories.py), read by chemfiles where it is there."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from antiperovskite.dynamics.trajectory import open_trajectory
from antiperovskite.dynamics.trajectory.opening import CACHE_VARIABLE
from antiperovskite.errors import AntiperovskiteError, DataError, OptionError

DATA = Path(__file__).with_name("data")
_spec = importlib.util.spec_from_file_location("make_binary", DATA / "make_binary_trajectories.py")
assert _spec is not None and _spec.loader is not None
made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made)
NAMES = "Li4 O2 Cl2"
TIMED = {".xtc", ".trr"}
SUFFIXES = ("dcd", "xtc", "trr")


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_real_files_give_the_motion_that_was_written(suffix: str) -> None:
    pytest.importorskip("chemfiles")
    found = open_trajectory(DATA / f"run.{suffix}", species=NAMES)
    positions, cells = made.truth()
    assert found.info.n_frames == made.FRAMES
    assert found.info.symbols == ("Li",) * 4 + ("O",) * 2 + ("Cl",) * 2
    assert np.allclose(found.cells(), cells, atol=1e-4)  # triclinic, breathing
    apart = (found.series(range(made.IONS)) - positions) @ np.linalg.inv(cells)
    whole = np.round(apart[0])  # the file is wrapped: the first frame's images are free, all others follow
    assert np.abs(apart - whole).max() < 2e-3 if suffix == "xtc" else np.abs(apart - whole).max() < 1e-5
    interval = found.info.frame_interval_ps
    assert interval == pytest.approx(made.STEP_PS, rel=1e-5) if f".{suffix}" in TIMED else interval is None


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_cut_within_a_frame_gives_its_finished_frames_or_one_line(suffix: str, tmp_path: Path) -> None:
    pytest.importorskip("chemfiles")
    data = (DATA / f"run.{suffix}").read_bytes()
    for share in (0.9, 0.55, 0.02):
        path = tmp_path / f"{share}.{suffix}"
        path.write_bytes(data[: int(share * len(data))])
        try:
            found = open_trajectory(path, species=NAMES)
        except AntiperovskiteError as error:
            assert "\n" not in str(error)
            continue
        assert 0 < found.info.n_frames < made.FRAMES
        assert found.info.n_frames >= int(share * made.FRAMES) - 2


def test_damage_and_missing_names_are_one_line(tmp_path: Path) -> None:
    pytest.importorskip("chemfiles")
    shutil.copy(DATA / "run.xtc", tmp_path / "run.xtc")
    with pytest.raises(OptionError, match="does not name its ions"):
        open_trajectory(tmp_path / "run.xtc")
    with pytest.raises(AntiperovskiteError, match="8"):
        open_trajectory(tmp_path / "run.xtc", species="Li4 O2")
    (tmp_path / "run.dcd").write_bytes(b"\x54\x00\x00\x00CORD" + bytes(100))
    with pytest.raises(DataError, match="chemfiles"):
        open_trajectory(tmp_path / "run.dcd", species=NAMES)


class Pretended:
    """What the reader uses of chemfiles, for machines without it: frames at given times, the last ones cut off."""

    def __init__(self, times: list[float], broken_from: int | None = None) -> None:
        self.nsteps, self.times, self.broken = len(times), times, broken_from

    def read_step(self, number: int) -> Any:
        if self.broken is not None and number >= self.broken:
            raise _Error("unexpected end\nof file")
        positions, cells = made.truth()
        place = np.mod(positions[number] @ np.linalg.inv(cells[number]), 1.0) @ cells[number]
        return _Frame(float(np.float32(self.times[number])), place, cells[number])


class _Error(BaseException):
    """As in chemfiles, no Exception."""


class _Frame(dict[str, float]):
    def __init__(self, time: float, positions: Any, cell: Any) -> None:
        super().__init__(time=time)
        self.positions, self.atoms = positions, range(made.IONS)
        self.cell = SimpleNamespace(matrix=cell.T)


def opened(file: Pretended, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str = "xtc") -> Any:
    pretended = SimpleNamespace(
        Trajectory=lambda name: file, ChemfilesError=_Error, set_warnings_callback=lambda callback: None
    )
    monkeypatch.setitem(sys.modules, "chemfiles", pretended)
    path = tmp_path / f"run.{suffix}"
    path.write_bytes(b"not read")
    return open_trajectory(path, species=NAMES)


def test_times_in_single_precision_are_no_irregular_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    late = [5000.0 + 0.05 * k for k in range(20)]  # a float of 24 bits steps by 0.0005 ps here
    found = opened(Pretended(late), tmp_path, monkeypatch)
    assert found.info.n_frames == 20
    assert found.info.frame_interval_ps == pytest.approx(0.05, rel=2e-3)
    assert np.allclose(found.cells(), made.truth()[1][:20])
    assert opened(Pretended(late), tmp_path, monkeypatch, "dcd").info.frame_interval_ps is None


def test_a_gap_in_time_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match="not equally spaced"):
        opened(Pretended([0.0, 0.1, 0.2, 0.5, 0.6]), tmp_path, monkeypatch)


def test_frames_before_a_cut_are_used_and_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = opened(Pretended([0.1 * k for k in range(10)], broken_from=6), tmp_path, monkeypatch)
    assert found.info.n_frames == 6
    assert any("frame 6 cannot be read (unexpected end of file)" in note for note in found.info.notes)
    with pytest.raises(DataError, match=r"cannot read .*run\.xtc with chemfiles: unexpected end"):
        opened(Pretended([0.0, 0.1], broken_from=0), tmp_path, monkeypatch)
