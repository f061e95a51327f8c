"""Reference phases relaxed in several processes: the same set, one writer, no process left behind."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from antiperovskite.engines import get_engine
from antiperovskite.engines.toys import ToyEngine
from antiperovskite.errors import EngineError, OptionError
from antiperovskite.stability.phases import reference_phases
from antiperovskite.stability.reference_build import build_references
from antiperovskite.stability.references import load_reference_set

NAMES = ("LiF-rocksalt", "Ag", "LiCl-rocksalt", "Li2O-antifluorite", "NaCl-rocksalt")  # the toy knows no silver


@pytest.mark.slow
def test_workers_give_the_same_set_and_resume(tmp_path: Path) -> None:
    engine = get_engine("toy-ionic")
    phases = [reference_phases()[name] for name in NAMES]
    alone = build_references(phases, engine, tmp_path / "alone")
    build_references([phases[4], phases[2]], engine, tmp_path / "together")
    finished: list[str] = []
    together = build_references(
        phases, engine, tmp_path / "together", workers=2, report=lambda name, _n, _t: finished.append(name)
    )
    assert together == alone
    assert sorted(finished) == sorted(["LiF-rocksalt", "Ag", "Li2O-antifluorite"])
    assert load_reference_set(tmp_path / "together" / "toy-ionic.json") == alone


def test_the_order_of_a_set_is_that_of_the_phases_asked_for(tmp_path: Path) -> None:
    engine = get_engine("toy-ionic")
    phases = [reference_phases()[name] for name in ("LiF-rocksalt", "LiCl-rocksalt", "NaCl-rocksalt")]
    build_references([phases[2], phases[1]], engine, tmp_path)
    found = build_references(phases, engine, tmp_path)
    assert [entry.name for entry in found.entries] == [phase.name for phase in phases]


def test_failures_of_other_phases_are_kept(tmp_path: Path) -> None:
    engine = get_engine("toy-ionic")
    build_references([reference_phases()["Ag"]], engine, tmp_path)
    found = build_references([reference_phases()["LiCl-rocksalt"]], engine, tmp_path)
    assert [failure.name for failure in found.failures] == ["Ag"]


def test_an_engine_unknown_by_name_needs_one_worker(tmp_path: Path) -> None:
    known = get_engine("toy-ionic")
    card = known.card.model_copy(update={"name": "mine"})
    engine = dataclasses.replace(cast("ToyEngine", known), card=card)
    with pytest.raises(OptionError, match="use one worker"):
        build_references([reference_phases()["LiCl-rocksalt"]], engine, tmp_path, workers=2)
    assert list(tmp_path.iterdir()) == []


SCRIPT = """
import sys
from pathlib import Path
from antiperovskite.engines import get_engine
from antiperovskite.stability.phases import reference_phases
from antiperovskite.stability.reference_build import build_references

if __name__ == "__main__":
    elements = {"Li", "Na", "O", "F", "Cl", "Br", "S", "K", "H", "I"}
    phases = [phase for phase in reference_phases().values() if phase.elements <= elements]
    build_references(phases, get_engine("toy-ionic"), Path(sys.argv[1]), workers=2)
"""


def children(process: int) -> list[int]:
    listed = Path(f"/proc/{process}/task/{process}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []


def running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs /proc to see child processes")
def test_kill_leaves_a_whole_file_no_lock_and_no_workers(tmp_path: Path) -> None:
    script = tmp_path / "build.py"
    script.write_text(SCRIPT)
    target = tmp_path / "toy-ionic.json"
    with subprocess.Popen([sys.executable, str(script), str(tmp_path)]) as parent:
        assert wait_until(target.is_file)
        workers = children(parent.pid)
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    assert len(workers) >= 2
    assert wait_until(lambda: not any(running(worker) for worker in workers), 20.0)
    kept = load_reference_set(target)
    phases = [reference_phases()[name] for name in ("LiF-rocksalt", "LiCl-rocksalt")]
    again = build_references(phases, get_engine("toy-ionic"), tmp_path)  # the lock went with the process
    assert {entry.name for entry in kept.entries} <= {entry.name for entry in again.entries}


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs /proc to see child processes")
def test_a_killed_worker_is_one_line_and_finished_phases_stay(tmp_path: Path) -> None:
    engine = get_engine("toy-ionic")
    names = (
        "LiF-rocksalt", "LiCl-rocksalt", "Li2O-antifluorite", "NaCl-rocksalt", "NaF-rocksalt", "Na2O-antifluorite",
    )  # fmt: skip
    phases = [reference_phases()[name] for name in names]
    before = set(children(os.getpid()))

    def kill_one(_name: str, _number: int, _total: int) -> None:
        for worker in set(children(os.getpid())) - before:
            if "spawn_main" in Path(f"/proc/{worker}/cmdline").read_text():
                os.kill(worker, signal.SIGKILL)

    with pytest.raises(EngineError, match=r"a worker process ended .* fewer --workers") as caught:
        build_references(phases, engine, tmp_path, workers=2, report=kill_one)
    assert "\n" not in str(caught.value)
