"""Results: what moves, how fast, how surely, and in which regime."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.quantity import AnyQuantity, Quantity


class Interval(Model):
    """A central credible interval in ``unit``."""

    low: float
    high: float
    level: int = Field(description="credibility in percent")
    unit: str


class Curve(Model):
    """Mean squared displacement at two lags per octave, angstrom^2 over ps, with one standard uncertainty each."""

    time_ps: tuple[float, ...]
    msd: tuple[float, ...]
    uncertainty: tuple[float, ...]


class Regime(Model):
    """The straight part of the mean squared displacement and what was checked before a slope was believed."""

    kind: Literal["diffusive"] = "diffusive"
    start: Quantity = Field(description="shortest lag of the straight part")
    longest: Quantity = Field(description="longest lag of the fit")
    exponent: AnyQuantity = Field(description="d ln MSD / d ln t over the fitted lags; rattling keeps it below 1")
    intercept: Quantity = Field(description="of the straight line; twice the rattling's mean square")
    collective_start: AnyQuantity = Field(description="shortest lag of the collective displacement's straight part")
    collective_intercept: AnyQuantity = Field(description="of the collective displacement's straight line")
    hops: Quantity = Field(description="net displacement of all ions in units of squared hop lengths")
    hop_length: Quantity
    framework: tuple[str, ...]
    framework_displacement: AnyQuantity = Field(description="root mean square, about the mean place")
    lindemann: AnyQuantity = Field(description="that displacement over the framework's nearest distance")
    drift: Quantity = Field(description="displacement of the framework's centre of mass, subtracted")


class Diffusion(Model):
    """Self and collective diffusion of one species in one trajectory.

    ``quantiles`` are 199 equally spaced quantiles of the posterior of ln(D / (cm^2/s)), for further sampling;
    ``collective_quantiles`` those of the collective coefficient (empty where it was refused).
    """

    species: str
    n_ions: int
    n_frames: int
    run_length: Quantity
    frame_interval: Quantity
    temperature: AnyQuantity
    volume: Quantity
    diffusion_coefficient: AnyQuantity
    intervals: tuple[Interval, ...]
    components: tuple[AnyQuantity, AnyQuantity, AnyQuantity] = Field(description="along x, y and z")
    collective_diffusion_coefficient: AnyQuantity
    collective_intervals: tuple[Interval, ...]
    haven_ratio: AnyQuantity
    haven_intervals: tuple[Interval, ...]
    conductivity: AnyQuantity = Field(description="from the collective displacement")
    conductivity_intervals: tuple[Interval, ...]
    nernst_einstein_conductivity: AnyQuantity = Field(description="from self diffusion: ions taken as independent")
    regime: Regime
    curve: Curve
    collective_curve: Curve
    quantiles: tuple[float, ...]
    collective_quantiles: tuple[float, ...]
    source: str
    notes: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
