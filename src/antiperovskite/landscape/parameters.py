"""Parameters of the bond-valence site energy: Morse pairs, and what screens the repulsion between cations."""

from __future__ import annotations

from functools import cache
from math import sqrt
from typing import Annotated, Final

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from antiperovskite._model import Model
from antiperovskite.errors import DataError

COULOMB: Final = 14.4
"""eV angstrom; as the table was made with (e^2 / 4 pi epsilon_0 is 14.39964)."""
SCREENING: Final = 0.74
"""Of the sum of two covalent radii, the length over which cations repel each other."""
SHARE: Final = 0.5
"""Of a bond's Morse energy that counts for the moving ion's site, as in bvlain."""

_Row = tuple[str, PositiveInt, str, Annotated[int, Field(lt=0)], PositiveFloat, PositiveFloat, PositiveFloat, float]


class ElementData(Model):
    """What the repulsion of a cation needs."""

    n: PositiveInt = Field(description="principal quantum number")
    radii: dict[int, PositiveFloat] = Field(description="covalent radius in angstrom by charge")


class Table(Model):
    """The shipped parameters (``data/bond_valence.yaml``)."""

    source: str
    citations: tuple[str, ...]
    pairs: tuple[_Row, ...]
    refused: tuple[tuple[str, PositiveInt, str, int], ...]
    elements: dict[str, ElementData]


class MorsePair(Model):
    """Morse parameters of a cation and an anion: E(R) = D0 {[exp(alpha (R_min - R)) - 1]^2 - 1}."""

    D0_eV: PositiveFloat
    R_min_angstrom: PositiveFloat
    alpha_per_angstrom: PositiveFloat
    R0_angstrom: float = Field(description="length of a bond of valence 1")

    def energy(self, distance: float) -> float:
        """Energy of the whole bond in eV at a distance in angstrom."""
        from math import exp

        s = exp(self.alpha_per_angstrom * (self.R_min_angstrom - distance))
        return self.D0_eV * (s * s - 2.0 * s)


class Repulsion(Model):
    """Screened Coulomb repulsion E(R) = strength / R erfc(R / length) of two cations."""

    strength_eV_angstrom: NonNegativeFloat
    length_angstrom: PositiveFloat


@cache
def table() -> Table:
    """The shipped parameters.

    Raises
    ------
    DataError
        The file does not validate.
    """
    from antiperovskite._files import package_data, read_yaml, validate

    path = package_data("landscape", "bond_valence.yaml")
    return validate(read_yaml(path), Table, path)


def morse_pair(cation: str, charge: int, anion: str, anion_charge: int) -> MorsePair:
    """Return the Morse parameters of a moving cation and an anion.

    Raises
    ------
    DataError
        The table has none, or its alpha is negative; the message names the pair.

    Examples
    --------
    >>> morse_pair("Li", 1, "O", -2).R_min_angstrom
    1.940013
    """
    for row in table().pairs:
        if row[:4] == (cation, charge, anion, anion_charge):
            return MorsePair(D0_eV=row[4], R_min_angstrom=row[5], alpha_per_angstrom=row[6], R0_angstrom=row[7])
    pair = f"{ion_text(cation, charge)} with {ion_text(anion, anion_charge)}"
    if (cation, charge, anion, anion_charge) in table().refused:
        raise DataError(f"the bond-valence parameters of {pair} have no energy minimum in their source; not used")
    raise DataError(
        f"no bond-valence parameters of {pair}: the softBV table has none; use an engine (antiperovskite migrate)"
    )


def repulsion(first: str, charge: int, second: str, second_charge: int) -> Repulsion:
    """Return the screened repulsion of two cations.

    Strength 14.4 eV angstrom q1 q2 / sqrt(n1 n2), length 0.74 (r1 + r2).

    Raises
    ------
    DataError
        A cation without principal quantum number or covalent radius of this charge.
    """
    found = []
    for element, q in ((first, charge), (second, second_charge)):
        data = table().elements.get(element)
        if data is None or q not in data.radii:
            raise DataError(
                f"no covalent radius of {ion_text(element, q)} for its repulsion of {ion_text(first, charge)}: the "
                "softBV table has none; use an engine (antiperovskite migrate)"
            )
        found.append((data.n, data.radii[q]))
    (n1, r1), (n2, r2) = found
    return Repulsion(
        strength_eV_angstrom=COULOMB * charge * second_charge / sqrt(n1 * n2), length_angstrom=SCREENING * (r1 + r2)
    )


def ion_text(element: str, charge: int) -> str:
    """An ion as chemists write it, such as ``Mg2+``."""
    return f"{element}{abs(charge) if abs(charge) > 1 else ''}{'+' if charge > 0 else '-'}"
