"""Records of ``antiperovskite hydration``: its JSON contract."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.quantity import AnyQuantity, NotComputed
from antiperovskite.stability.model import Participant


class WaterReaction(Model):
    """The compound with H2O (and CO2) to other phases; energies per formula unit of the compound."""

    name: str = Field(description="what kind of products, for example 'hydroxide and halide'")
    equation: str
    reactants: tuple[Participant, ...]
    products: tuple[Participant, ...]
    water: float = Field(description="H2O taken up per formula unit")
    dioxide: float = Field(description="CO2 taken up per formula unit")
    enthalpy: AnyQuantity = Field(description="eV/formula at 298.15 K, H2O and CO2 as gases")
    free_energy: AnyQuantity = Field(description="eV/formula at 298.15 K, H2O and CO2 as gases at 1 bar")


class WaterLimit(Model):
    """The highest water content at 1 bar total that leaves the dry phase stable, and what it turns into above it.

    ``max_water_ppm`` ends at a million, pure steam; ``log10_max_water_ppm`` does not, and carries the standard
    uncertainty (that of the ppm value itself is not symmetric: ``lower_ppm`` to ``upper_ppm`` is one of these).
    """

    max_water_ppm: AnyQuantity
    log10_max_water_ppm: AnyQuantity
    lower_ppm: float | None = Field(default=None, description="ppm, one standard uncertainty below")
    upper_ppm: float | None = Field(default=None, description="ppm, one standard uncertainty above")
    dew_point: AnyQuantity = NotComputed(unit="K", method="no water content to convert")
    limiting_products: dict[str, float] = Field(default={}, description="per formula unit of the compound")
    equation: str = ""


class WaterPoint(WaterLimit):
    """:class:`WaterLimit` at one temperature, in true equilibrium; ``metastable`` asks only for products of water.

    Both agree where the dry phase is stable against its own decomposition. Where it is not, no water content keeps it
    stable; ``metastable`` then says what water does to a phase that survives for kinetic reasons.
    """

    temperature: AnyQuantity
    energy_above_dry_phases: AnyQuantity = Field(
        description="eV/formula, Gibbs energy above the best mixture of water-free phases; negative: stable"
    )
    dry_products: dict[str, float] = Field(description="that mixture, per formula unit")
    probability_stable_when_dry: float = Field(ge=0, le=1)
    molten: tuple[str, ...] = Field(
        default=(),
        description="products above their melting points: mixed melts, not considered, take up water earlier",
    )
    metastable: WaterLimit


class WidestWindow(Model):
    """Where the dry phase tolerates most water within the temperatures computed."""

    temperature: AnyQuantity
    limit: WaterLimit | None = None
    probability_stable_when_dry: float | None = Field(default=None, description="there, against dry phases alone")
    at_end_of_range: bool = Field(default=False, description="the limit still rises at the highest temperature")


class DryRange(Model):
    """The widest range of temperatures in which the dry phase stands a given gas."""

    above: AnyQuantity = Field(description="K, the lower end")
    below: AnyQuantity = Field(description="K, the upper end; not computed where the range goes on")
    interval: tuple[float | None, float | None] = Field(
        default=(None, None), description="K, the lower end with the water limit one standard uncertainty up and down"
    )


class AtmosphereAnswer(Model):
    """What one atmosphere does to the compound at 298.15 K, and from which temperature on it is harmless."""

    atmosphere: str
    water_ppm: AnyQuantity
    dew_point: AnyQuantity
    products: dict[str, float] = Field(description="stable assemblage at 298.15 K, per formula unit")
    probability_stable: float = Field(ge=0, le=1, description="of the dry phase at 298.15 K, against everything")
    probability_metastable: float = Field(ge=0, le=1, description="against the products of water only")
    dry: DryRange = Field(description="temperatures at which the dry phase stands this gas, against everything")
    metastable_dry: DryRange = Field(description="the same against the products of water only")


class SeriesPoint(Model):
    """One member X3-xOHxA of the hydration series, reached from X3OA + x H2O with x XOH left behind."""

    x: float
    formula: str
    model: Literal["end member", "ideal mixture"]
    enthalpy: AnyQuantity = Field(description="eV/formula of X3OA + x H2O(g) -> X3-xOHxA + x XOH at 298.15 K")
    free_energy: AnyQuantity = Field(description="the same as Gibbs energy at 298.15 K, 1 bar, no mixing entropy")
    mixing: AnyQuantity = Field(description="eV/formula, -T S of ideal O/OH mixing at 298.15 K")
    above_hull: AnyQuantity = Field(description="eV/formula at 298.15 K, without mixing, at fixed hydrogen content")


class Hydration(Model):
    """JSON contract of one entry of ``antiperovskite hydration --json``."""

    formula: str
    engine: str
    hydration_energy: AnyQuantity = Field(description="eV/H2O, calibrated enthalpy at 298.15 K, liquid water")
    hydration_energy_static: AnyQuantity = Field(description="eV/H2O, engine as it is, 0 K, ice")
    hydration_energy_vapour: AnyQuantity = Field(description="eV/H2O, as hydration_energy but from water vapour")
    hydration_free_energy_vapour: AnyQuantity = Field(description="eV/H2O at 298.15 K, vapour at 1 bar")
    hydration_free_energy_liquid: AnyQuantity = Field(description="eV/H2O at 298.15 K, liquid water")
    hydration_equation: str
    carbonation_energy: AnyQuantity = Field(description="eV per CO2, calibrated enthalpy at 298.15 K")
    carbonation_free_energy: AnyQuantity = Field(description="eV per CO2 at 298.15 K and 1 bar")
    carbonation_equation: str
    reactions: tuple[WaterReaction, ...]
    p_dioxide: float | None = Field(description="bar of CO2 that max_water_ppm assumes; null: none")
    max_water_ppm: tuple[WaterPoint, ...] = Field(description="against temperature")
    widest_window: WidestWindow
    widest_metastable: WidestWindow
    products: dict[str, float] = Field(description="in air at 25 °C, 50 % humidity, without CO2, per formula unit")
    products_with_dioxide: dict[str, float] | None = Field(description="the same with 420 ppm CO2")
    atmospheres: tuple[AtmosphereAnswer, ...]
    series: tuple[SeriesPoint, ...]
    temperature_range: tuple[float, float] = Field(description="K, of the temperatures computed")
    notes: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
