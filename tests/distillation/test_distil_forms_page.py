"""The table of forms in docs/distillation.md is what the benchmark measured and kept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks/bench_distilled_md.py"


def test_the_table_of_forms_is_up_to_date():
    done = subprocess.run(
        [sys.executable, str(BENCHMARK), "--check"], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
