"""The resolved formula: which ion sits on which site, in which family, and why."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from antiperovskite._model import Model

Family = Literal[
    "cubic",
    "mixed",
    "double",
    "ruddlesden-popper",
    "chain",
    "cluster",
    "hydrated",
    "hydride",
    "cathode",
    "multivalent",
]

Framework = Literal["3D", "2D", "1D", "0D"]


class Sites(Model):
    """Ions and their amounts per formula unit on X (cation), B (octahedron centre) and A (cuboctahedron)."""

    X: dict[str, float]
    B: dict[str, float]
    A: dict[str, float]


class Formula(Model):
    """A formula resolved to sites. JSON contract of ``antiperovskite sites``.

    ``formula`` is the user's text without typesetting (``"Li2OHCl"`` for ``"Li₂OHCl"``); ``canonical`` is the same
    for every spelling of a compound (cations, B, A, clusters in brackets: ``"Li2(OH)Cl"``) and resolves to itself.
    ``framework`` is the connectivity of the B-centred octahedra: X3BA 3D, X4BA2 2D (n = 1 anti-Ruddlesden-Popper),
    X5BA3 1D, X6BA4 0D. ``vacancies`` is the number of empty X sites per formula unit, ``multiplicity`` the number
    of B-centred octahedra in the formula unit as written (2 for Li6OSI2). ``notes`` states every rule that decided
    an ambiguity.
    """

    formula: str
    canonical: str
    given: str = Field(description="the text as the user gave it")
    family: Family
    framework: Framework
    sites: Sites
    charge: int
    vacancies: float = Field(ge=0, description="empty X sites per formula unit")
    multiplicity: float = Field(gt=0, description="B-centred octahedra per formula unit")
    stoichiometric: bool = Field(description="all site amounts are whole numbers per formula unit")
    elements: dict[str, float] = Field(description="atoms of each element per formula unit")
    notes: tuple[str, ...] = ()
