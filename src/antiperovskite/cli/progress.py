"""Progress on stderr: a spinner with the current step on a terminal, one line a step elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def step_progress() -> Iterator[Callable[[str, str], None]]:
    """Yield a function that reports (step, detail)."""
    if not sys.stderr.isatty():
        last = ""

        def plain(step: str, detail: str) -> None:
            nonlocal last
            line = f"{step}: {detail.split(': step ', maxsplit=1)[0]}"
            if line != last:  # optimiser steps would fill a log file
                sys.stderr.write(f"{line}\n")
                sys.stderr.flush()
                last = line

        yield plain
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def live(step: str, detail: str) -> None:
            bar.update(task, description=f"[bold]{step}[/]  {detail}")

        yield live
