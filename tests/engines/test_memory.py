"""Freed memory stays in the process, so that large arrays do not cost fresh pages every time."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from antiperovskite.engines.memory import keep_freed_memory

FAULTS = """
import resource, sys
import numpy as np
if sys.argv[1] == "kept":
    from antiperovskite.engines.memory import keep_freed_memory
    if not keep_freed_memory():
        sys.exit("not told")
def use():
    for _ in range(10):
        np.ones(8_000_000)
use()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
use()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def _faults(how: str) -> int:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_"))}
    run = subprocess.run([sys.executable, "-c", FAULTS, how], env=plain, capture_output=True, text=True, check=False)
    if run.stderr.strip() == "not told":
        pytest.skip("another C library")
    assert run.returncode == 0, run.stderr
    return int(run.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc only")
def test_large_arrays_are_made_of_pages_the_process_has() -> None:
    """Ten arrays of 64 MB: thousands of fresh pages as it comes (fewer if huge), next to none when kept."""
    assert _faults("kept") < 50
    assert _faults("as it comes") > 10 * (_faults("kept") + 10)


def test_the_users_own_settings_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "131072")
    assert not keep_freed_memory()
