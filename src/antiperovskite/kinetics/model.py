"""Results of kinetic Monte Carlo and percolation."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.quantity import AnyQuantity, Quantity
from antiperovskite.transport.activation.model import Arrhenius
from antiperovskite.transport.model import Diffusion


class KineticRun(Model):
    """One temperature of a lattice gas."""

    temperature: Quantity
    carrier: Literal["vacancy", "interstitial"]
    n_sites: int
    n_carriers: int
    n_moving: int = Field(description="mobile ions whose displacement was followed")
    n_hops: int
    carrier_fraction: Quantity = Field(description="carriers over sites that are not held by dopants")
    hop_rate: Quantity = Field(description="hops of one carrier per time")
    random_diffusion_coefficient: Quantity = Field(description="of the ions, if their hops were uncorrelated")
    diffusion: Diffusion | None
    refusal: str = Field(default="", description="why there is no diffusion coefficient, where there is none")
    correlation_factor: AnyQuantity = Field(description="tracer diffusion over that of uncorrelated hops")
    field_conductivity: AnyQuantity = Field(description="from the drift in an applied field")
    core: Literal["blocked walk", "n-fold way"]
    seed: int


class KineticStudy(Model):
    """Kinetic Monte Carlo of a formula over temperature. JSON contract of ``antiperovskite kmc``."""

    name: str
    ion: str
    barriers: tuple[Quantity, ...] = Field(description="barriers that occur, each with how many hops have it as n")
    attempt_frequency: Quantity
    pair_energy: Quantity
    runs: tuple[KineticRun, ...]
    conductivity_arrhenius: Arrhenius | None = None
    diffusion_arrhenius: Arrhenius | None = None
    notes: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()


class AxisThreshold(Model):
    """Where hops first join the cell to its images along one of its lattice vectors."""

    axis: Literal["a", "b", "c"] = Field(description="lattice vector of the cell")
    barrier: AnyQuantity
    fraction: AnyQuantity = Field(description="of the hops, taken in order of their barriers")


class PercolationSize(Model):
    """Critical path of cells of one size."""

    copies: tuple[int, int, int]
    n_sites: int
    realisations: int
    axes: tuple[AxisThreshold, AxisThreshold, AxisThreshold]
    all_axes: AnyQuantity = Field(
        description="level at which one cluster joins its images in three independent directions"
    )
    dimensionality: int = Field(ge=0, le=3, description="of the conducting cluster at the threshold of any axis")


class PercolationPoint(Model):
    """One composition."""

    amounts: dict[str, float]
    effective_barrier: AnyQuantity = Field(description="lowest level at which open hops percolate in all directions")
    first_barrier: AnyQuantity = Field(description="lowest level at which they percolate in any direction")
    critical_fraction: AnyQuantity = Field(description="of the hops that are open at the threshold of all directions")
    dimensionality: int = Field(ge=0, le=3, description="of the conducting cluster when it first percolates")
    sizes: tuple[PercolationSize, ...]
    x: float | None = Field(default=None, description="of a series such as Li3OCl1-xBrx")
    formula: str = ""
    mean_barrier: AnyQuantity | None = Field(
        default=None, description="of all hops without their change of energy; the uncertainty is their spread"
    )
    site_spread: AnyQuantity | None = Field(default=None, description="standard deviation of the sites' energies")


class PercolationStudy(Model):
    """Percolation of hops in a disordered crystal. JSON contract of ``antiperovskite percolate``."""

    name: str
    ion: str
    points: tuple[PercolationPoint, ...]
    barriers_source: str
    notes: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
