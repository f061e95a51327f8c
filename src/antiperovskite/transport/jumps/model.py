"""Results: sites and their occupancy, rates, residence, correlation of jumps, and jumps made together."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.quantity import AnyQuantity, Quantity
from antiperovskite.transport.model import Interval


class SiteKind(Model):
    """Sites with one label."""

    label: str
    n_sites: int
    occupancy: Quantity = Field(description="mean number of ions that own such a site")
    in_sphere: AnyQuantity = Field(description="share of the owned time spent within the sphere")
    residence: AnyQuantity = Field(description="mean time between arrival and departure")
    residence_intervals: tuple[Interval, ...]


class JumpKind(Model):
    """Jumps between two labels over one distance."""

    start: str
    end: str
    length: Quantity
    count: int
    rate: Quantity = Field(description="per ion on a site of the first label")
    intervals: tuple[Interval, ...]


class CollectiveJumps(Model):
    """Pairs of jumps of different ions that are near in time and place, against ions that jump independently."""

    window: Quantity
    distance: Quantity
    pairs: int
    expected: AnyQuantity = Field(description="pairs if each ion jumped as it did, regardless of the others")
    ratio: AnyQuantity = Field(description="observed over expected")
    p_value: AnyQuantity
    significant: bool = Field(description="p below 0.01")
    followers: int = Field(description="pairs in which one ion takes the site that the other left")
    sizes: dict[int, int] = Field(description="groups of connected jumps by their number of ions (two and more)")
    share: AnyQuantity = Field(description="share of all jumps that belong to a group")


class JumpStatistics(Model):
    """How the ions of one species jump."""

    species: str
    n_ions: int
    n_sites: int
    n_frames: int
    run_length: AnyQuantity
    frame_interval: AnyQuantity
    sites: str
    method: Literal["sphere", "voronoi"]
    radius: AnyQuantity
    n_transitions: int = Field(description="changes of site, short visits included")
    n_jumps: int
    shortest_visit: AnyQuantity
    rate: AnyQuantity = Field(description="jumps per ion and time")
    rate_intervals: tuple[Interval, ...]
    dispersion: AnyQuantity = Field(description="variance over mean of counts in parts of the run; 1 for Poisson")
    hop_length: AnyQuantity
    back_jump_probability: AnyQuantity
    mean_cosine: AnyQuantity = Field(description="of the angle between successive jumps of one ion")
    correlation_factor: AnyQuantity = Field(description="(1 + <cos>) / (1 - <cos>)")
    net_correlation_factor: AnyQuantity = Field(description="squared net displacements over squared hop lengths")
    jump_diffusion_coefficient: AnyQuantity = Field(description="of uncorrelated jumps: rate times length^2 / 6")
    principal: tuple[AnyQuantity, ...] = Field(description="eigenvalues of the jump tensor, the largest first")
    axes: tuple[tuple[float, float, float], ...] = Field(description="their directions, Cartesian")
    anisotropy: AnyQuantity = Field(description="smallest over largest eigenvalue")
    dimensionality: AnyQuantity = Field(description="in how many directions the sites joined by jumps go on for ever")
    kinds: tuple[SiteKind, ...]
    jumps: tuple[JumpKind, ...]
    collective: CollectiveJumps | None
    lengths: tuple[float, ...] = Field(description="hop lengths, angstrom, by increasing length, at most 2000 of them")
    survival_time_ps: tuple[float, ...]
    survival: tuple[float, ...] = Field(description="Kaplan-Meier: share of visits longer than the time")
    source: str
    notes: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
