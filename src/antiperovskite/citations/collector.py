"""Collecting what a run used, so that its report carries its own bibliography."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from antiperovskite.citations.bibtex import to_bibtex
from antiperovskite.citations.catalogue import citation
from antiperovskite.citations.model import Citation


class Citations:
    """Citation keys of one run, each once, in the order of first use.

    Examples
    --------
    >>> used = Citations(["zhao2012"])
    >>> used.add("shannon1976", "zhao2012")
    >>> used.keys
    ('zhao2012', 'shannon1976')
    """

    def __init__(self, keys: Iterable[str] = ()) -> None:
        self._entries: dict[str, Citation] = {}
        self.add(*keys)

    def add(self, *keys: str) -> None:
        """Note that these works were used.

        Raises
        ------
        DataError
            A key is unknown; nothing is added then.
        """
        self._entries.update({key: citation(key) for key in keys if key not in self._entries})

    def collect(self, result: Any) -> None:
        """Add every key found under ``citation``, ``citations`` or ``reported_in`` in a result, however deep.

        ``result`` is a model of this package, or mappings and sequences of them.
        """
        self.add(*_keys_in(result))

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys in the order of first use."""
        return tuple(self._entries)

    def bibtex(self) -> str:
        """BibTeX of everything collected, in the order of first use."""
        return to_bibtex(self)

    def __iter__(self) -> Iterator[Citation]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: object) -> bool:
        return key in self._entries


def _keys_in(node: Any) -> Iterator[str]:
    from pydantic import BaseModel

    if isinstance(node, BaseModel):
        yield from _keys_in(dict(node))
    elif isinstance(node, dict):
        for name, value in node.items():
            if name in ("citation", "citations", "reported_in"):
                yield from (value,) if isinstance(value, str) else value
            else:
                yield from _keys_in(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _keys_in(value)
