"""Results of defect equilibria."""

from __future__ import annotations

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.quantity import AnyQuantity, Quantity


class SpeciesAmount(Model):
    """One isolated defect or bound cluster, per formula unit of the host."""

    name: str
    charge: int
    bound: bool
    concentration: Quantity = Field(description="per formula unit of the host's lattice, of the energies as given")
    log10_concentration: Quantity = Field(description="with half the width of its 68 % interval as uncertainty")
    low95: float | None = Field(description="ends of the 95 % interval of log10")
    high95: float | None
    frozen: bool = False


class Dominance(Model):
    """Which species carries most of the charge of one sign."""

    charge: str = Field(description="positive or negative")
    name: str
    probability: AnyQuantity = Field(description="share of the draws of the energies in which it does")
    runner_up: str = ""


class Carriers(Model):
    """Mobile cations: what kinetic Monte Carlo and conductivity take over."""

    ion: str
    temperature: Quantity
    vacancies: AnyQuantity = Field(description="isolated vacancies per cation site")
    bound_vacancies: AnyQuantity = Field(description="vacancies in clusters, per cation site")
    interstitials: AnyQuantity = Field(description="isolated interstitials per cation site")
    log10_vacancies: AnyQuantity
    log10_interstitials: AnyQuantity
    vacancy_share: AnyQuantity = Field(description="of the isolated mobile carriers")
    vacancy_conductivity_share: AnyQuantity = Field(description="with the barriers given and equal prefactors")
    more_vacancies: AnyQuantity = Field(description="probability that vacancies outnumber interstitials")


class EquilibriumPoint(Model):
    """One set of conditions."""

    temperature: Quantity
    p_water: Quantity | None
    coexisting: tuple[str, ...]
    share_to_second: float | None = Field(description="from 0 (the first phase coexists) to 1 (the second does)")
    halide_deficiency: float | None
    dopants: dict[str, float]
    quenched_from: Quantity | None
    species: tuple[SpeciesAmount, ...]
    dominant: tuple[Dominance, ...]
    carriers: Carriers
    charge_residual: float = Field(description="of charge and fixed amounts, relative")
    site_residual: float

    def amount(self, name: str) -> SpeciesAmount:
        """The species of this name; ``KeyError`` if there is none."""
        return next(item for item in self.species if item.name == name)


class EquilibriumStudy(Model):
    """Defect equilibria of a host. JSON contract of ``antiperovskite concentrations``."""

    formula: str
    ion: str
    axis: str = Field(
        description="what the points run over: temperature, p_water, dopant, halide_deficiency, coexisting"
    )
    source: str
    computed_here: bool = Field(description="the energies; False: as given by the user")
    energies: dict[str, Quantity]
    points: tuple[EquilibriumPoint, ...]
    samples: int
    seed: int
    notes: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
