"""The command line of studies that are computed compound by compound into a folder, and exported from there."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from antiperovskite._model import Model

M = TypeVar("M", bound=Model)


def finished(paths: Iterable[tuple[str, Path]], kind: type[M]) -> tuple[dict[str, M], dict[str, str]]:
    """By name, the records that lie in their files, and the reasons in the ``.failed`` beside those that do not."""
    records, failed = {}, {}
    for name, path in paths:
        if path.is_file():
            records[name] = kind.model_validate_json(path.read_text(encoding="utf-8"))
        elif path.with_suffix(".failed").is_file():
            failed[name] = path.with_suffix(".failed").read_text(encoding="utf-8").strip()
    return records, failed


def run_study(
    description: str | None,
    compute: Callable[[Path, str, str | None], None],
    export: Callable[[Path, str], None],
    compounds: Sequence[str] | None = None,
) -> None:
    """Read ``--folder``, ``--engine``, ``--only`` and ``--export``, then compute what is missing or write the data."""
    reader = argparse.ArgumentParser(description=description)
    reader.add_argument("--folder", type=Path, required=True)
    reader.add_argument("--engine", default="7net-0")
    reader.add_argument("--only", choices=compounds)
    reader.add_argument("--export", action="store_true")
    given = reader.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    if given.export:
        export(given.folder, given.engine)
    else:
        compute(given.folder, given.engine, given.only)
