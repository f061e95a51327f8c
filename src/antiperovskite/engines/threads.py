"""The one place where thread counts are set.

torch, MKL, OpenBLAS and OpenMP each start as many threads as there are cores; together they oversubscribe small
machines and slow everything down. One compute thread is best for the 5 to 100 atom cells of this package.
"""

from __future__ import annotations

import os

from antiperovskite.errors import OptionError, one_line

THREADS_VARIABLE = "ANTIPEROVSKITE_THREADS"
_LIBRARY_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def thread_count() -> int:
    """Return the number of compute threads: ``ANTIPEROVSKITE_THREADS`` or 1."""
    text = os.environ.get(THREADS_VARIABLE, "1")
    if not text.isdecimal() or len(text) > 6 or int(text) < 1:  # isdigit would let "²" through, which int() refuses
        raise OptionError(f"{THREADS_VARIABLE}={one_line(text)!r} is not a positive whole number; set it to 1 or more")
    return int(text)


def limit_threads() -> int:
    """Apply :func:`thread_count` to the numerical libraries; call before they are imported.

    Variables the user has set are respected.
    """
    count = thread_count()
    for variable in _LIBRARY_VARIABLES:
        os.environ.setdefault(variable, str(count))
    return count


def limit_torch_threads() -> None:
    """Apply :func:`thread_count` to torch, which ignores the environment once it is loaded."""
    import torch

    torch.set_num_threads(limit_threads())
