"""A crystal structure whose atoms know which site of the anti-perovskite they came from."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from antiperovskite._model import Model

SiteRole = Literal["X", "B", "A"]


class StructureModel(Model):
    """A periodic structure with a role for every atom.

    ``structure`` is ``pymatgen.core.Structure.as_dict()`` (ordered, P1 setting); ``roles`` and ``ions`` have one
    entry an atom: the site (X, B, A) and the ion symbol it belongs to (``"OH"`` for both atoms of a hydroxide).
    ``groups`` numbers the ion each atom belongs to, so that a cluster can be rotated or drawn as one.
    """

    formula: str
    family: str
    description: str = Field(description="what was built and which choices were made, in words")
    structure: dict[str, Any]
    roles: tuple[SiteRole, ...]
    ions: tuple[str, ...]
    groups: tuple[int, ...]
    formula_units: int = Field(ge=1, description="formula units (as written) in the cell")
    cubic_cells: float = Field(
        gt=0, description="pseudo-cubic X3BA cells in the cell, so that volume^(1/3) compares with a cubic a"
    )
    source: str = Field(description="prototype, or file and its trust")
    notes: tuple[str, ...] = ()

    def to_pymatgen(self) -> Any:
        """Return the ``pymatgen.core.Structure``."""
        from pymatgen.core import Structure

        return Structure.from_dict(self.structure)
