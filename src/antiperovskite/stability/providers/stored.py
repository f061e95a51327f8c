"""The reference set on this machine: the user's own phases with the shipped ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from antiperovskite.stability.providers.protocol import check_elements
from antiperovskite.stability.references import ReferenceSet, reference_set


@dataclass(frozen=True)
class StoredProvider:
    """Phases that were computed or imported before; ``name`` is an engine or an imported set."""

    name: str

    def fetch(self, elements: Iterable[str]) -> ReferenceSet:
        """Return the stored phases made only of ``elements``.

        Raises
        ------
        MissingReferenceError
            There is no set of this name.
        """
        wanted = check_elements(elements)
        stored = reference_set(self.name)
        return stored.model_copy(update={"entries": stored.within(wanted)})
