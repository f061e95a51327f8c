"""What every provider of competing phases is: a name and one method."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

from antiperovskite.composition.elements import ATOMIC_NUMBERS
from antiperovskite.errors import AntiperovskiteError, OptionError, best_match, one_line
from antiperovskite.stability.references import ReferenceSet

MOST_ELEMENTS = 8  # every subset of the elements is a query: 255 of them


class ProviderError(AntiperovskiteError):
    """A source of competing phases cannot be reached, refuses, or answers with something else than asked for."""


@runtime_checkable
class Provider(Protocol):
    """A source of competing phases on one energy scale."""

    @property
    def name(self) -> str:
        """What the phases are called by, for example ``"mp-gga-u-2020"``."""
        ...

    def fetch(self, elements: Iterable[str]) -> ReferenceSet:
        """Return every phase made only of ``elements``.

        Raises
        ------
        ProviderError
            The source cannot be reached or refuses.
        MissingReferenceError
            An element is in no phase.
        """
        ...


def check_elements(elements: Iterable[str]) -> frozenset[str]:
    """Return the element symbols as a set.

    Raises
    ------
    OptionError
        There is none, one is unknown, or there are more than ``MOST_ELEMENTS``.

    Examples
    --------
    >>> sorted(check_elements(["Li", "O", "Li"]))
    ['Li', 'O']
    """
    found = frozenset(elements)
    if not found:
        raise OptionError("no elements given; name them like --elements Li,O,Cl")
    for symbol in sorted(found):
        if symbol not in ATOMIC_NUMBERS:
            hint = best_match(symbol, list(ATOMIC_NUMBERS))
            raise OptionError(f"unknown element {one_line(symbol, 20)!r}{hint}; write symbols like Li,O,Cl")
    if len(found) > MOST_ELEMENTS:
        raise OptionError(f"{len(found)} elements are too many for one request; ask for at most {MOST_ELEMENTS}")
    return found
