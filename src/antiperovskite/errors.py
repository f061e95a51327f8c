"""What can go wrong, as a tree.

::

    AntiperovskiteError                 exit code 1
    ├── InputError                      exit code 2: the user can mend it by typing something else
    │   ├── FormulaError                text that is not an anti-perovskite formula
    │   │   ├── UnknownIonError         an element or ion that is not registered
    │   │   └── ChargeBalanceError      ions whose charges cannot cancel
    │   └── OptionError                 an option, path or name outside what is allowed
    ├── DataError                       a data file (shipped or the user's own) that does not validate
    ├── EngineError
    │   ├── MissingEngineError          the engine's packages are not installed; says what to install
    │   └── NotConvergedError           a relaxation that did not reach its force criterion
    ├── StructureError                  a structure that cannot be built or is not what it should be
    ├── MissingReferenceError           no competing phases computed with this engine for these elements
    ├── UnitError                       a quantity used with the wrong unit
    └── StoreError                      the local result store is locked, corrupt or cannot be written

Every message is one line: what was given, what is allowed, what to do.
"""

from __future__ import annotations


class AntiperovskiteError(Exception):
    """Base of every error this package raises on purpose."""

    exit_code = 1


class InputError(AntiperovskiteError):
    """The input is wrong; the user can mend it."""

    exit_code = 2


class FormulaError(InputError):
    """Text that cannot be read as an anti-perovskite formula."""


class UnknownIonError(FormulaError):
    """An element or ion that is not in the registry."""


class ChargeBalanceError(FormulaError):
    """Ions whose charges do not cancel."""


class OptionError(InputError):
    """An option, path or name outside what is allowed."""


class DataError(AntiperovskiteError):
    """A data file that does not validate."""


class EngineError(AntiperovskiteError):
    """An engine failed."""


class MissingEngineError(EngineError):
    """The packages an engine needs are not installed."""


class NotConvergedError(EngineError):
    """A relaxation ended before its convergence criterion was met."""


class StructureError(AntiperovskiteError):
    """A structure cannot be built, or is not what it should be."""


class MissingReferenceError(AntiperovskiteError):
    """No reference phases were computed with this engine for these elements."""


class UnitError(AntiperovskiteError):
    """A quantity was used with a unit that does not fit."""


class StoreError(AntiperovskiteError):
    """The local result store cannot be read or written."""


def one_line(text: object, limit: int = 80) -> str:
    """Shorten any user input so that an error message stays one readable line."""
    flat = " ".join(str(text).split())
    return flat if len(flat) <= limit else f"{flat[: limit - 1]}… ({len(flat)} characters)"


def best_match(name: str, known: list[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for a near miss, else an empty string."""
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""
