"""Results of mixing two anions: hops, what describes them, and what follows for each composition."""

from __future__ import annotations

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.engines.model import EngineCard
from antiperovskite.quantity import AnyQuantity, Quantity


class MixedHop(Model):
    """A vacancy hop in a random cell, and how many of the second anion are around it.

    ``shared`` counts them among the anions at the bottleneck (nearest to the middle of the hop), ``at_start`` and
    ``at_end`` among those next to the sites. Barriers in eV; ``problem`` says why there are none.
    """

    x: float
    shared: int
    at_start: int
    at_end: int
    forward: float | None
    backward: float | None
    problem: str | None = None


class LocalBarriers(Model):
    """Barriers by surroundings, fitted to hops, in eV.

    A hop without its change of energy costs ``base + slope x + steps[shared]``; a vacancy costs ``per_neighbour`` more
    for each of the second anion next to its site. ``hop_spread`` and ``site_spread`` are what this leaves unexplained,
    as standard deviations at x = 1/2, where the surroundings vary most.
    """

    base: float
    slope: float
    steps: tuple[float, ...] = Field(description="by the number of the second anion at the bottleneck, from none")
    per_neighbour: float
    hop_spread: float
    site_spread: float
    n: int = Field(description="hops it was fitted to")

    def barrier(self, x: float, shared: int) -> float:
        """Barrier in eV without the change of energy."""
        return self.base + self.slope * x + self.steps[shared]


class MixingPoint(Model):
    """One composition of the random crystal."""

    x: float
    effective_barrier: AnyQuantity = Field(description="critical path, above the mean energy of a vacancy")
    mean_barrier: Quantity
    relative_diffusion: AnyQuantity = Field(description="of a lone vacancy, over that at x = 0")


class MixingStudy(Model):
    """Which mixture conducts best. JSON contract of ``antiperovskite mixing``."""

    series: str
    first: str
    second: str
    ion: str
    engine: EngineCard
    temperature_K: float
    hops: tuple[MixedHop, ...]
    local: LocalBarriers
    errors: dict[str, float] = Field(description="standard errors of the fitted numbers, eV, by resampling the hops")
    points: tuple[MixingPoint, ...]
    best: AnyQuantity = Field(description="x of the highest diffusion coefficient")
    best_interval: tuple[float, float] | None = Field(default=None, description="95 %, by resampling the hops")
    best_draws: tuple[float, ...] = Field(default=(), description="the best x of every resampled set of hops")
    draws: tuple[tuple[float, ...], ...] = Field(
        default=(), description="diffusion over that at x = 0, draw by draw, for the x of points"
    )
    notes: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
