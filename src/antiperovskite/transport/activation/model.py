"""Temperature points, and what is drawn from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.errors import DataError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.transport.model import Interval

if TYPE_CHECKING:
    from antiperovskite.transport.model import Diffusion

Kind = Literal["diffusion", "collective diffusion", "conductivity"]
Law = Literal["straight", "curved", "two lines"]


class Point(Model):
    """One temperature: quantiles of the posterior of ln(D / (cm^2/s)), or of ln(sigma T / (S K/cm))."""

    temperature_K: float = Field(gt=0)
    quantiles: tuple[float, ...] = Field(min_length=5)
    n_ions: int | None = None
    run_length_ps: float | None = None
    hops: float | None = None
    source: str

    @classmethod
    def of(cls, result: Diffusion, kind: Kind = "diffusion") -> Self:
        """Take the point from a trajectory's result.

        Raises
        ------
        DataError
            The result has no temperature, or not this kind of coefficient (then with the reason).
        """
        from math import log

        if isinstance(result.temperature, NotComputed):
            raise DataError(f"{result.source}: the temperature is not known; give it when analysing the trajectory")
        T = result.temperature.value
        quantiles, shift = result.quantiles, 0.0
        if kind != "diffusion":
            quantiles = result.collective_quantiles
            if not quantiles:
                raise DataError(f"{result.source}: {result.collective_diffusion_coefficient.method}")
        if kind == "conductivity":
            sigma, D = result.conductivity, result.collective_diffusion_coefficient
            if not isinstance(sigma, Quantity) or not isinstance(D, Quantity):
                raise DataError(f"{result.source}: {sigma.method}")
            shift = log(sigma.value / D.value * T)
        return cls(
            temperature_K=T,
            quantiles=tuple(value + shift for value in quantiles),
            n_ions=result.n_ions,
            run_length_ps=result.run_length.value,
            hops=result.regime.hops.value,
            source=result.source,
        )

    @classmethod
    def measured(cls, temperature_K: float, value: Quantity, kind: Kind = "diffusion") -> Self:
        """Take the point from a value with an uncertainty, read as log-normal.

        Raises
        ------
        DataError
            The value is not positive or has no uncertainty.
        """
        from math import log, log1p, sqrt
        from statistics import NormalDist

        if value.value <= 0 or not value.uncertainty:
            raise DataError(f"{value.source}: a point needs a positive value and an uncertainty, not {value}")
        number = value.magnitude("S/cm") * temperature_K if kind == "conductivity" else value.magnitude("cm^2/s")
        spread = sqrt(log1p((value.uncertainty / value.value) ** 2))
        normal = NormalDist(log(number), spread)
        levels = [(k + 0.5) / 199 for k in range(199)]
        return cls(temperature_K=temperature_K, quantiles=tuple(normal.inv_cdf(p) for p in levels), source=value.source)


class LawFit(Model):
    """How well one law describes the points."""

    law: Law
    parameters: int
    bic: float = Field(description="-2 ln L + k ln n; smaller is better")
    misfit: float = Field(description="chi-squared-like: sum of squared residuals over squared uncertainties")


class BandPoint(Model):
    """The law's posterior at one temperature: median and intervals of the natural logarithm."""

    temperature_K: float
    median: float
    low68: float
    high68: float
    low95: float
    high95: float


class Extrapolation(Model):
    """The quantity at a temperature, with intervals."""

    temperature: Quantity
    value: AnyQuantity
    intervals: tuple[Interval, ...]


class Arrhenius(Model):
    """Activation energy, prefactor and extrapolations of a temperature series."""

    kind: Kind
    points: tuple[Point, ...]
    law: Law
    fits: tuple[LawFit, ...]
    activation_energy: AnyQuantity
    activation_energy_intervals: tuple[Interval, ...]
    branches: tuple[Quantity, ...] = Field(
        default=(), description="activation energies below and above a break, where one was found"
    )
    break_between: tuple[float, float] | None = Field(default=None, description="K")
    log10_prefactor: AnyQuantity = Field(description="of D0 / (cm^2/s), or of (sigma T)0 / (S K/cm)")
    extrapolations: tuple[Extrapolation, ...]
    band: tuple[BandPoint, ...]
    notes: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()


__all__ = ["Arrhenius", "BandPoint", "Extrapolation", "Kind", "Law", "LawFit", "Point"]
