"""The table of formulas in the documentation is generated; a stale one fails here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_formula_table_is_up_to_date() -> None:
    script = ROOT / "scripts" / "formula_table.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr


def test_every_example_has_a_row() -> None:
    from antiperovskite.composition.examples import EXAMPLES

    lines = (ROOT / "docs" / "formulas.md").read_text(encoding="utf-8").splitlines()
    first_cells = [line.split("|")[1].strip().strip("`") for line in lines if line.startswith("| `")]
    assert first_cells == list(EXAMPLES)
