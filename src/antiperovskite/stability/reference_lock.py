"""One writer a reference set: a lock that ends with its process, however it ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from antiperovskite.errors import OptionError


@contextmanager
def reference_lock(directory: Path, name: str) -> Iterator[None]:
    """Hold the right to write ``<directory>/<name>.json``.

    The operating system drops the lock with the process (also after ``kill -9``), so none can go stale. Without
    ``fcntl`` (Windows) nothing is locked; files are still replaced whole.

    Raises
    ------
    OptionError
        Another process holds it, or the directory cannot be written.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    path = directory / f".{name}.lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise OptionError(f"cannot write {str(path)!r}: {error.strerror or error}") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise OptionError(
                f"another process is writing {directory / name}.json; wait for it, or choose another --out"
            ) from error
        yield
    finally:
        os.close(descriptor)
