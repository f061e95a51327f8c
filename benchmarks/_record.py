"""Shared by the benchmarks: repeated timing, the table, and the section of README.md each script owns."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from pathlib import Path
from time import process_time

README = Path(__file__).with_name("README.md")


def best_seconds(work: Callable[[], object], repeats: int = 5) -> float:
    """CPU seconds of the fastest of several runs (CPU time, so that a busy machine does not spoil the ratio)."""
    times = []
    for _ in range(repeats):
        start = process_time()
        work()
        times.append(process_time() - start)
    return max(min(times), 1e-9)


def table(columns: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def machine(*packages: str) -> str:
    """Versions and load, so that a number can be judged later."""
    from importlib.metadata import version

    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    load = os.getloadavg()[0]
    return (
        f"Python {platform.python_version()}, {versions}; one thread, {os.cpu_count()} cores, "
        f"load {load:.1f} when measured."
    )


def publish(section: str, body: str, write: bool) -> None:
    """Print the result and, with ``write``, put it between this section's markers in README.md."""
    print(body)
    if not write:
        return
    begin, end = f"<!-- {section}: begin -->", f"<!-- {section}: end -->"
    text = README.read_text(encoding="utf-8")
    head, _, rest = text.partition(begin)
    _, found, tail = rest.partition(end)
    if not found:
        raise SystemExit(f"README.md has no section {section}")
    README.write_text(f"{head}{begin}\n{body}\n{end}{tail}", encoding="utf-8")
