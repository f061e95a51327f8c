"""Capabilities by name: what a claim's check can call.

A capability is one small function ``(arguments, context) -> Quantity | str | NotComputed`` with declared arguments.
Every module of :mod:`antiperovskite.scorecard.capabilities` lists its own in ``CAPABILITIES``; a new file there is
found without further registration.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Literal

from antiperovskite.errors import DataError, best_match, one_line
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.scorecard.context import Context

Arguments = Mapping[str, str | float | int | bool]
Result = Quantity | str | NotComputed
Compute = Callable[[Arguments, Context], Result]


class NeedsDepth(NotComputed):
    """The run's depth cannot answer the question; ``method`` says which could."""


@dataclass(frozen=True)
class Argument:
    """One declared argument of a capability.

    ``kind``: ``"formula"`` must resolve as an anti-perovskite, ``"text"`` is free or one of ``choices``, ``"number"``
    is above zero.
    """

    kind: Literal["formula", "text", "number"]
    meaning: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Capability:
    """What can be computed for a check.

    Parameters
    ----------
    name
        As claims write it.
    answers
        One line for the documentation.
    arguments
        All of them are required.
    compute
        The call into the program.
    unit
        Unit of the returned quantity, or a function of the arguments; ``None`` if words are returned.
    engine
        Whether an engine is needed.
    caveat
        What a reader must know before taking agreement as evidence; shown beside every verdict.
    energetic
        Whether the answer rests on energies, which only engines fit for verdicts may decide; may depend on the
        arguments.
    """

    name: str
    answers: str
    arguments: Mapping[str, Argument]
    compute: Compute
    unit: str | Callable[[Arguments], str] | None
    engine: bool = False
    energetic: bool | Callable[[Arguments], bool] = False
    caveat: str = ""

    @property
    def returns_words(self) -> bool:
        """Whether the answer is a word (a space group, a family) and not a number."""
        return self.unit is None

    def unit_of(self, arguments: Arguments) -> str | None:
        """Unit of the answer."""
        return self.unit(arguments) if callable(self.unit) else self.unit

    def is_energetic(self, arguments: Arguments) -> bool:
        """Whether the answer rests on energies."""
        return self.energetic(arguments) if callable(self.energetic) else self.energetic


@cache
def all_capabilities() -> dict[str, Capability]:
    """Return every capability by name, sorted.

    Raises
    ------
    DataError
        Two capabilities have one name.
    """
    package = import_module("antiperovskite.scorecard.capabilities")
    found: dict[str, Capability] = {}
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        for item in import_module(module.name).CAPABILITIES:
            if item.name in found:
                raise DataError(f"the capability {item.name!r} of {module.name} exists already; give it another name")
            found[item.name] = item
    return dict(sorted(found.items()))


def capability(name: str) -> Capability:
    """Return one capability.

    Raises
    ------
    DataError
        No capability has that name; the message lists those that exist.
    """
    known = all_capabilities()
    if name not in known:
        raise DataError(
            f"unknown capability {one_line(name, 60)!r}; choose one of {', '.join(known)}"
            f"{best_match(name, list(known))}"
        )
    return known[name]
