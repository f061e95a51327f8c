"""Point defects in an ionic crystal and the charge-neutral reactions that make them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, NonNegativeFloat, PositiveInt

from antiperovskite._model import Model
from antiperovskite.quantity import AnyQuantity, Quantity

DefectKind = Literal["vacancy", "interstitial", "antisite", "proton", "dopant"]


class DefectEnergy(Model):
    """One kind of point defect: what it is, its formal charge and how many places it has.

    Parameters
    ----------
    name
        Species on site: ``V_Li`` (vacancy), ``Li_i`` (interstitial), ``O_Cl`` (oxide on the chloride site),
        ``Mg_Li`` (dopant), ``(OH)_O`` (proton on the oxide).
    charge
        Formal charge relative to the perfect crystal, in elementary charges: V_Li -1, Li_i +1, V_Cl +1, O_Cl -1.
    multiplicity
        Places per formula unit of the host, orientations of a split interstitial included.
    kind
        Family of the defect.
    energy
        Formation energy of this defect alone, where a method that knows charges gave one (DFT with corrections, read
        from a file); ``None`` for the engines of this package, which only define charge-neutral reactions.
    """

    name: str = Field(min_length=3)
    charge: int
    multiplicity: PositiveInt
    kind: DefectKind
    energy: AnyQuantity | None = None
    notes: str = ""


class DefectReaction(Model):
    """A reaction that makes point defects from the perfect crystal and neutral phases, with its energy.

    perfect crystal + reactants -> defects + products; the formal charges of ``defects`` add up to zero.

    Parameters
    ----------
    name
        ``LiCl Schottky``, ``Li Frenkel``, ``Mg on Li`` ...
    defects
        Defect name -> how many one reaction makes.
    energy
        Energy of the reaction as written, eV per reaction (unit ``eV``).
    bound
        Whether the defects sit beside each other (one cluster). ``False``: far apart, the sum of isolated defects.
    separation_angstrom
        Distance between the defects in the configuration computed; ``None`` for the limit of infinite separation.
    reactants, products
        Neutral phases taken up and given off, per reaction: ``{"MgCl2": 1}``, ``{"LiCl": 2}``.
    """

    name: str = Field(min_length=1)
    defects: dict[str, PositiveInt]
    energy: Quantity
    bound: bool
    kind: str = ""
    configurations: PositiveInt = 1
    separation_angstrom: NonNegativeFloat | None = None
    reactants: dict[str, float] = Field(default_factory=dict)
    products: dict[str, float] = Field(default_factory=dict)
    notes: str = ""
