"""Records of ``antiperovskite routes``: its JSON contract."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.stability.model import Participant

Outcome = Literal[
    "target",
    "target in part",
    "unreacted precursors",
    "hydrated phase",
    "simple salts",
    "other phases",
    "not computed",
]
"""What equilibrium leaves of one formula unit's precursors."""


class ReportedRoute(Model):
    """A published synthesis (Table 2 of the perspective, or a lab's own row) that used these precursors.

    ``outcome``, ``left_behind`` and ``probability`` are computed at the highest reported temperature and the pressures
    of the route's record; ``flag`` says in words where they contradict the reported product (empty: they do not).
    """

    id: str
    product: str
    reagents: tuple[str, ...]
    procedure: str
    temperature: tuple[Quantity, ...] = Field(description="K, as reported")
    pressure: tuple[Quantity, ...] = Field(default=(), description="as reported")
    atmosphere: str = ""
    remarks: str = ""
    outcome: Outcome = "not computed"
    left_behind: dict[str, float] = Field(default={}, description="equilibrium there, per formula unit")
    probability: AnyQuantity = NotComputed(unit="1", method="not computed")
    flag: str = ""
    citations: tuple[str, ...] = ()


class PressureLimit(Model):
    """The partial pressure of a gas at which something ends, at the route's temperature.

    ``log10_pressure`` carries the standard uncertainty (that of the pressure itself is not symmetric: ``lower`` to
    ``upper``, bar, is one of these).
    """

    gas: str
    pressure: AnyQuantity = Field(description="bar")
    log10_pressure: AnyQuantity = Field(description="of the pressure in bar")
    lower: float | None = Field(default=None, description="bar, one standard uncertainty below")
    upper: float | None = Field(default=None, description="bar, one standard uncertainty above")


class RoutePoint(Model):
    """One temperature of the curve: energies in eV per formula unit of the product, with standard uncertainties."""

    temperature: float = Field(description="K")
    driving_force: float
    driving_force_uncertainty: float
    competitor: float = Field(description="best mixture without the product, against the precursors")
    selectivity: float
    selectivity_uncertainty: float
    competitor_phases: dict[str, float]


class Route(Model):
    """One precursor set. Energies are Gibbs energies per formula unit of the product; negative is downhill.

    ``driving_force`` is G(product and released gases) - G(precursors), ``selectivity`` G(product and released gases)
    minus G of the best mixture without the product of the atoms weighed in; gases leave at ``pressures``, and those in
    ``exchanged`` can be taken up as well. The water limits are always those of an atmosphere that also gives water.
    ``probability`` is that the product lies below every such mixture, the precursors themselves included.
    """

    formula: str
    kind: str = Field(description="kinds of precursors, for example 'oxide + halide'")
    equation: str
    precursors: tuple[Participant, ...]
    by_products: tuple[Participant, ...] = Field(default=(), description="released beside the product")
    temperature: Quantity
    pressures: dict[str, float] = Field(description="bar, of the gases that take part")
    exchanged: tuple[str, ...] = Field(default=(), description="gases that can also be taken up from the atmosphere")
    driving_force: AnyQuantity
    driving_force_per_atom: AnyQuantity
    selectivity: AnyQuantity
    probability: AnyQuantity
    competitor: dict[str, float] = Field(default={}, description="best mixture without the product, per formula unit")
    left_behind: dict[str, float] = Field(default={}, description="equilibrium of everything, per formula unit")
    outcome: Outcome = "not computed"
    onset_temperature: AnyQuantity = Field(description="K, lowest at which the driving force is negative")
    downhill: tuple[tuple[float, float], ...] = Field(default=(), description="K, ranges with negative driving force")
    selective: tuple[tuple[float, float], ...] = Field(default=(), description="K, ranges with negative selectivity")
    gas_limit: PressureLimit | None = Field(default=None, description="of the released gas: downhill below it")
    water_upper: PressureLimit | None = Field(default=None, description="p(H2O) below which the product wins")
    water_lower: PressureLimit | None = Field(default=None, description="p(H2O) above which the product wins")
    molten: tuple[str, ...] = Field(default=(), description="precursors above their own melting points")
    curve: tuple[RoutePoint, ...] = ()
    reported: tuple[ReportedRoute, ...] = ()
    engine: str
    notes: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()

    @property
    def computed(self) -> bool:
        """Whether the route has a driving force."""
        return isinstance(self.driving_force, Quantity)
