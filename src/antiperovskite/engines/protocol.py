"""The protocol every engine follows: a card about itself and an ASE calculator."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from antiperovskite.engines.model import EngineCard


@runtime_checkable
class Engine(Protocol):
    """Energies (eV), forces (eV/angstrom) and stresses (eV/angstrom^3) of a periodic structure.

    An engine is cheap to construct; it imports its libraries and loads weights at the first call of
    ``calculator``. It raises :class:`~antiperovskite.errors.MissingEngineError` with the exact install line where
    something is missing.
    """

    @property
    def card(self) -> EngineCard:
        """Who the engine is and what is known against it."""
        ...

    def calculator(self) -> Any:
        """Return an ``ase.calculators.calculator.Calculator`` giving energy, forces and stress."""
        ...
