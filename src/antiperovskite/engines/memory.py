"""Memory that a network frees is kept for its next layer, instead of being returned to the system and asked for again.

A layer of a graph network frees and asks for tens of megabytes at a time. glibc serves such blocks with fresh pages
that the kernel must clear: 238,000 page faults in one call of 7net-0 for 135 atoms, a third of its time.
"""

from __future__ import annotations

import os
import sys
from typing import Final

_TRIM_THRESHOLD: Final = -1  # names of malloc.h
_TOP_PAD: Final = -2
_MMAP_MAX: Final = -4
_PAD_BYTES: Final = 256 * 2**20
_NEVER: Final = -1
_VARIABLES: Final = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_MAX_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES")


def keep_freed_memory() -> bool:
    """Tell glibc's allocator to keep large freed blocks in the process; return whether it was told.

    Nothing is done with another C library, or where the user has set the allocator's own variables. The process then
    holds the most memory it ever used until it ends.
    """
    if not sys.platform.startswith("linux") or any(variable in os.environ for variable in _VARIABLES):
        return False
    import ctypes

    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # musl has none
        return False
    mallopt.argtypes, mallopt.restype = (ctypes.c_int, ctypes.c_int), ctypes.c_int
    wanted = ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, _NEVER), (_TOP_PAD, _PAD_BYTES))
    return all(mallopt(name, value) == 1 for name, value in wanted)
