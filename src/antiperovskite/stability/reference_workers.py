"""Relaxing reference phases in several processes, each with one compute thread."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process

from antiperovskite.engines import get_engine
from antiperovskite.engines.threads import limit_threads
from antiperovskite.errors import EngineError
from antiperovskite.stability.reference_build import AnyPhase, Outcome, relax_or_reason
from antiperovskite.stability.references import FailedReference, ReferenceEntry


def relax_in_processes(phases: Sequence[AnyPhase], engine_name: str, workers: int) -> Iterator[Outcome]:
    """Yield (name, entry or failure) of each phase in the order they finish.

    Raises
    ------
    EngineError
        A worker was killed, as by a machine out of memory.
    """
    # spawn: a forked copy of a process that has started torch or OpenMP threads can hang
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_start_worker)
    try:
        futures = {pool.submit(_relax, phase, engine_name): phase.name for phase in phases}
        for future in as_completed(futures):
            yield futures[future], future.result()
    except BrokenProcessPool as error:
        raise EngineError(
            "a worker process ended before its phase was finished (out of memory?); finished phases are kept, run the "
            "same command again with fewer --workers"
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _relax(phase: AnyPhase, engine_name: str) -> ReferenceEntry | FailedReference:
    return relax_or_reason(phase, get_engine(engine_name))


def _start_worker() -> None:
    """One thread; ends at once on Ctrl-C, and with its parent, even if that is killed."""
    limit_threads()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
