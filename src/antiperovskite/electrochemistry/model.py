"""Results of the electrochemical questions; voltages are against the metal of the mobile ion."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.quantity import AnyQuantity, Quantity

Electronic = Literal["insulator", "conductor", "unknown"]
Side = Literal["oxidation", "reduction"]


class Product(Model):
    """One phase of a decomposition, and whether electrons could pass it."""

    formula: str
    phase: str = Field(description="name of the reference phase or of the compound itself")
    amount: float = Field(gt=0, description="formula units per formula unit of the compound")
    electronic: Electronic
    gas: bool = Field(default=False, description="leaves as a gas at room temperature, so that it covers nothing")
    evidence: str = Field(description="band gap or nature, with its source; why it is unknown otherwise")


class WindowStep(Model):
    """One plateau of the voltage profile: below it one phase equilibrium, above it another.

    ``products`` and ``phases`` are what the compound has become past the step (above the voltage of an oxidation, below
    that of a reduction), per formula unit of the compound.
    """

    side: Side
    voltage: Quantity
    products: dict[str, float]
    phases: tuple[Product, ...]
    exchanged: float = Field(
        gt=0, description="ions released (oxidation) or taken up (reduction) by the end of the step"
    )
    contents: tuple[float, float] = Field(description="ions per formula unit at the low- and the high-content end")
    equation: str = Field(description="from the compound to the products of this step")
    passivation: Literal["possible", "no", "unknown"]
    passivation_reason: str


class SampledLimits(Model):
    """Limits when all phase energies move together within their errors and the hull is solved anew each time."""

    samples: int = Field(ge=1)
    seed: int
    oxidation_limit: AnyQuantity
    reduction_limit: AnyQuantity
    oxidation_onset_metastable: AnyQuantity
    first_oxidation_products: dict[str, float] = Field(description="share of samples with these products")
    first_reduction_products: dict[str, float] = Field(description="share of samples with these products")
    stable_against_metal: float = Field(description="share of samples whose reduction limit is 0 V")


class Window(Model):
    """JSON contract of ``antiperovskite window``; everything but the first five fields is an addition to it.

    Between ``reduction_limit`` and ``oxidation_limit`` the phase equilibrium at the compound's composition neither
    takes up nor releases the mobile ion. Where the compound lies above the hull that equilibrium is ``equilibrium``,
    not the compound; ``oxidation_onset_metastable`` and ``reduction_onset_metastable`` then use the compound's own
    energy.
    """

    formula: str
    reference: str = Field(description="metal of the mobile ion, 0 V")
    oxidation_limit: AnyQuantity
    reduction_limit: AnyQuantity
    steps: tuple[WindowStep, ...] = Field(description="in order of voltage")
    width: AnyQuantity
    oxidation_onset_metastable: AnyQuantity
    reduction_onset_metastable: AnyQuantity
    decomposition_energy: AnyQuantity = Field(
        description="eV/atom of the compound above (negative: below) the mixture of all other phases"
    )
    probability_stable: AnyQuantity
    on_hull: bool | None = Field(description="the compound is part of the equilibrium; null: its energy is not known")
    equilibrium: dict[str, float] = Field(description="phases at the compound's composition inside the window")
    equilibrium_phases: tuple[Product, ...]
    passivation: dict[Side, str]
    sampled: SampledLimits | None = None
    engine: str
    temperature: AnyQuantity
    energies: str = Field(description="what the phase energies are and where their errors come from")
    competing: int = Field(description="reference phases in the hull")
    notes: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
