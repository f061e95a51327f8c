"""The page of shipped barriers is that of the shipped data."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest


def test_the_page_is_that_of_the_shipped_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[2] / "scripts"))
    import migration_table

    text = migration_table.page()
    assert migration_table.PAGE.read_text(encoding="utf-8") == text
    assert "| Li3OCl | vacancy | along an edge of the O octahedron |" in text
    assert migration_table.FIGURE.read_text(encoding="utf-8") == migration_table.figure()
    sys.modules.pop("migration_table", None)
