"""A temperature ladder, what each run gave or why it gave nothing, and what is drawn from all of them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.distillation.model import Comparison
from antiperovskite.engines.model import EngineCard
from antiperovskite.evidence.model import ConductivityRow
from antiperovskite.quantity import AnyQuantity, Quantity
from antiperovskite.transport.activation.model import Arrhenius
from antiperovskite.transport.jumps.model import JumpStatistics
from antiperovskite.transport.model import Diffusion, Interval
from antiperovskite.transport.vectors.relaxation import Reorientation

SeriesKind = Literal["self diffusion", "conductivity", "conductivity of independent ions"]


class Refused(Model):
    """A species of a run without a diffusion coefficient, and why."""

    species: str
    kind: str = Field(description="too short, subdiffusive, ..., stopped; see the refusals of the diffusion command")
    reason: str
    upper_limit: float | None = Field(default=None, description="cm^2/s; D is below it at 95 %, where hops are too few")
    n_ions: int | None = None


class DensityMap(Model):
    """Where the ions of one species were, in the cell by which the framework repeats, small enough to ship.

    Grid point ``(i, j, k)`` is at fractional coordinates ``(i/nx, j/ny, k/nz)`` of ``cell`` (rows, angstrom). Counts
    are stored as ``255 ln(1 + n)/ln(1 + largest)``, rounded: within about 3 % of what was counted.
    """

    species: str
    temperature_K: float
    cell: tuple[tuple[float, float, float], ...]
    shape: tuple[int, int, int]
    fold: tuple[int, int, int] = Field(description="cells of the run along each vector that were put together")
    n_frames: int
    n_ions: int
    largest: int = Field(description="visits to the grid point that was visited most")
    levels: str = Field(description="one byte a grid point, the last index fastest, deflated, base 64")
    framework: dict[str, tuple[tuple[float, float, float], ...]] = Field(description="mean fractional places")
    source: str


class Hop(Model):
    """One ion's way from site to site: frames of a clip in which it leaves and arrives, fractional step."""

    ion: int
    leave: int
    arrive: int
    step: tuple[float, float, float]


class HopClip(Model):
    """A piece of a run as ions on sites and hops between them (``cell``: rows, angstrom; ``places``: fractional)."""

    temperature_K: float
    frame_ps: float
    start_ps: float
    n_frames: int
    cell: tuple[tuple[float, float, float], ...]
    symbols: tuple[str, ...] = Field(description="framework first; hydrogen is left out")
    places: tuple[tuple[float, float, float], ...]
    hops: tuple[Hop, ...]
    source: str

    @property
    def length_ps(self) -> float:
        """Time from first to last frame."""
        return (self.n_frames - 1) * self.frame_ps


class StudyScenes(Model):
    """What can be looked at of the hottest run that was measured; the notes say what cannot and why."""

    temperature_K: float
    density: DensityMap | None
    clip: HopClip | None
    notes: tuple[str, ...] = ()


class Step(Model):
    """One run: one temperature in one cell.

    ``conductivity`` is that of the collective displacement of all mobile ions, ``nernst_einstein_conductivity`` that of
    their self diffusion, as if they moved independently.
    """

    temperature_K: float
    n_atoms: int
    vacancy_share: AnyQuantity = Field(description="empty cation sites over all, from the run's own cell")
    results: tuple[Diffusion, ...]
    refused: tuple[Refused, ...] = ()
    jumps: tuple[JumpStatistics, ...] = Field(default=(), description="of each mobile species, without its curves")
    jumps_refused: tuple[Refused, ...] = ()
    rotation: tuple[Reorientation, ...] = Field(default=(), description="of bonds to hydrogen: OH, NH2, BH4")
    rotation_refused: tuple[Refused, ...] = ()
    conductivity: AnyQuantity
    nernst_einstein_conductivity: AnyQuantity
    nernst_einstein_limit: AnyQuantity | None = Field(
        default=None, description="what it lies below, where an ion hops too rarely to be measured"
    )
    haven_ratio: AnyQuantity
    simulated: AnyQuantity
    discarded: AnyQuantity = Field(description="equilibration, left out of the analysis")
    temperature: AnyQuantity = Field(description="mean kinetic temperature")
    framework_share_displaced: AnyQuantity
    wall_seconds: float
    conditions: str
    fingerprint: str = Field(description="SHA-256 of the run's settings")
    notes: tuple[str, ...] = ()


class Series(Model):
    """One Arrhenius law over the ladder, or the reason why there is none."""

    kind: SeriesKind
    species: str = Field(default="", description="empty: all mobile ions together")
    law: Arrhenius | None
    reason: str = ""


class SizeCheck(Model):
    """The same temperature in a larger cell: ratio of self diffusion, larger over smaller."""

    temperature_K: float
    species: str
    small_atoms: int
    large_atoms: int
    ratio: AnyQuantity
    intervals: tuple[Interval, ...] = ()
    large: Step
    statement: str


class ShareLaw(Model):
    """How one quantity depends on the share of vacancies at one temperature, as a power."""

    temperature_K: float
    what: str = Field(description="D of an ion, or conductivity of independent ions")
    shares: tuple[float, ...] = Field(description="percent of the cation sites, with a value at this temperature")
    exponent: AnyQuantity


class ConductivityStudy(Model):
    """JSON contract of ``antiperovskite conductivity --json``."""

    formula: str
    engine: EngineCard
    species: tuple[str, ...] = Field(description="mobile ions")
    steps: tuple[Step, ...]
    series: tuple[Series, ...]
    size_checks: tuple[SizeCheck, ...] = ()
    other_shares: tuple[Step, ...] = Field(
        default=(),
        description="runs of cells of the same size with another share of vacancies, by share and temperature",
    )
    share_laws: tuple[ShareLaw, ...] = Field(default=(), description="where runs with several shares are there")
    activation_energy: AnyQuantity = Field(description="of the self diffusion of the first mobile species")
    activation_energy_intervals: tuple[Interval, ...] = ()
    conductivity_298K: AnyQuantity = Field(description="of the collective displacement, extrapolated")
    conductivity_298K_intervals: tuple[Interval, ...] = ()
    nernst_einstein_conductivity_298K: AnyQuantity = Field(description="of independent ions, extrapolated")
    nernst_einstein_conductivity_298K_intervals: tuple[Interval, ...] = ()
    haven_ratio: AnyQuantity = Field(description="mean over the temperatures")
    barrier: Comparison | None = Field(
        default=None, description="static barrier of one hop, by the potential and by its teacher, from the card"
    )
    published: tuple[ConductivityRow, ...] = Field(default=(), description="of this compound; never used as a value")
    framework: str = Field(description="what became of the ions that should stay, in words")
    core_hours: AnyQuantity
    statement: str
    finite_size: str = Field(default="", description="what size and length of the runs leave open, in words")
    scenes: StudyScenes | None = Field(default=None, description="density and hops at the hottest temperature measured")
    notes: tuple[str, ...] = ()
    made_by: str = Field(default="", description="command that repeats it")
    citations: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether no temperature was refused."""
        return not any(step.refused for step in (*self.steps, *self.other_shares))

    def at_shares(self) -> dict[float, tuple[Step, ...]]:
        """Steps at each temperature with two or more shares of vacancies, by increasing share.

        Steps whose share is not known are left out: nothing can be drawn against it.
        """
        found: dict[float, list[Step]] = {}
        for step in (*self.steps, *self.other_shares):
            if isinstance(step.vacancy_share, Quantity):
                found.setdefault(step.temperature_K, []).append(step)
        return {
            kelvin: tuple(sorted(steps, key=lambda step: step.vacancy_share.value or 0.0))
            for kelvin, steps in sorted(found.items())
            if len({step.vacancy_share.value for step in steps}) > 1
        }

    def law(self, kind: SeriesKind, species: str = "") -> Arrhenius | None:
        """The law of one series, where there is one."""
        return next((one.law for one in self.series if one.kind == kind and species in {"", one.species}), None)


__all__ = [
    "ConductivityStudy",
    "DensityMap",
    "Hop",
    "HopClip",
    "Refused",
    "Series",
    "SeriesKind",
    "ShareLaw",
    "SizeCheck",
    "Step",
    "StudyScenes",
]
