"""What joins concentrations, barriers, rates and walks into a conductivity beside that of molecular dynamics."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.carriers.balance import CarrierBalance
from antiperovskite.carriers.mean_force import MeanForce
from antiperovskite.carriers.trapping import Trapping
from antiperovskite.engines.model import EngineCard
from antiperovskite.quantity import AnyQuantity, Quantity
from antiperovskite.transport.model import Interval

Variant = Literal["free", "trapped", "trapped, repelling"]
VARIANTS: tuple[Variant, ...] = ("free", "trapped", "trapped, repelling")


class StaticBarrier(Model):
    """The vacancy's hop at 0 K under one condition."""

    supercell: tuple[int, int, int]
    compensation: str
    stretch: float = Field(description="edge of the cell over the relaxed one")
    barrier: AnyQuantity


class Attempt(Model):
    """Vineyard's attempt frequency with the atoms within a radius of the hop free to vibrate."""

    radius: float = Field(description="angstrom")
    atoms: int
    frequency: AnyQuantity
    lowest_start: float = Field(description="THz, lowest mode of the vacancy at rest; negative: imaginary")
    lowest_saddle: float = Field(description="THz, lowest mode of the saddle beside the hop itself")


class WalkPoint(Model):
    """Kinetic Monte Carlo at one temperature: means over placements of the anion vacancies."""

    temperature_K: float
    variant: Variant
    placements: int
    vacancies: int
    sites: int
    hop_rate: Quantity = Field(description="hops of one vacancy per ps")
    diffusion: Quantity = Field(description="of the ions' tracers")
    correlation_factor: AnyQuantity
    haven_ratio: AnyQuantity
    conductivity: AnyQuantity = Field(description="of the charge's displacement")


class MotionPoint(Model):
    """Molecular dynamics at one temperature, as shipped."""

    temperature_K: float
    atoms: int
    diffusion: Quantity
    interval95: Interval
    hop_rate: AnyQuantity = Field(description="jumps of one vacancy per ps")
    correlation_factor: AnyQuantity = Field(description="net displacement over that of as many random jumps")
    together: AnyQuantity = Field(description="share of the jumps in which two or more ions went at once")
    together_over_chance: AnyQuantity
    halides_displaced: AnyQuantity


class Factor(Model):
    """One thing that separates kinetic Monte Carlo from molecular dynamics.

    It multiplies D of the simplest walk, or (``multiplies`` false) is beside it: another split of the same ratio, or
    something that only molecular dynamics shows.
    """

    name: str
    multiplies: bool = True
    value: AnyQuantity
    meaning: str


class RatioPoint(Model):
    """D of kinetic Monte Carlo over D of molecular dynamics, and the factors between them, at one temperature."""

    temperature_K: float
    ratio: Quantity = Field(description="simplest walk (free vacancies, harmonic rates) over molecular dynamics")
    interval95: Interval
    factors: tuple[Factor, ...]
    corrected: AnyQuantity = Field(description="ratio times the factors")
    corrected95: Interval | None


class Law(Model):
    """Arrhenius law of one series of D."""

    series: str
    activation_energy: AnyQuantity
    log10_prefactor: AnyQuantity


class Thermal(Model):
    """Vacancies that heat makes, per cation site."""

    temperature_K: float
    vacancies: AnyQuantity


class CarrierStudy(Model):
    """JSON contract of ``antiperovskite carriers``."""

    formula: str
    ion: str
    engine: EngineCard
    lattice: float = Field(description="edge of the relaxed unit cell, angstrom")
    vacancy_share: Quantity = Field(description="of the cation sites, as in the molecular dynamics")
    barriers: tuple[StaticBarrier, ...]
    attempts: tuple[Attempt, ...]
    attempt_used: Quantity
    barrier_used: Quantity
    trapping: tuple[Trapping, ...] = Field(description="around an anion vacancy, by supercell")
    pairs: Trapping | None = Field(description="around another cation vacancy")
    mean_force: tuple[MeanForce, ...]
    walks: tuple[WalkPoint, ...]
    motion: tuple[MotionPoint, ...]
    ratios: tuple[RatioPoint, ...]
    laws: tuple[Law, ...]
    thermal: tuple[Thermal, ...]
    balance: CarrierBalance | None = Field(
        default=None, description="shares of conduction by vacancies and others in the pure crystal, where known"
    )
    statement: str
    notes: tuple[str, ...]
    made_by: str
    citations: tuple[str, ...]

    def series(self, variant: Variant) -> tuple[WalkPoint, ...]:
        """Walks of one variant by temperature."""
        return tuple(sorted((w for w in self.walks if w.variant == variant), key=lambda w: w.temperature_K))
