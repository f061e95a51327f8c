"""What an identification returns."""

from __future__ import annotations

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.diffraction.refinement.model import Refinement
from antiperovskite.quantity import AnyQuantity, Quantity


class PresentPhase(Model):
    """A candidate that the pattern needs.

    ``delta_bic`` is how much the Bayesian information criterion rises without it (above 10: very strong evidence);
    ``p_value`` is the chance of such an improvement by an absent phase (F-test). ``alternatives`` are candidates
    that describe the pattern as well in its place (``delta_bic`` between them below 10).
    """

    name: str
    formula: str
    spacegroup: str
    weight_fraction: AnyQuantity
    delta_bic: Quantity
    p_value: Quantity
    lattice: dict[str, Quantity]
    lattice_change: Quantity = Field(
        description="cube root of refined volume over the candidate's, minus one, per cent"
    )
    alternatives: tuple[str, ...] = ()


class AbsentPhase(Model):
    """A candidate that the pattern does not need, and how much of it could hide."""

    name: str
    formula: str
    reason: str
    upper_limit: AnyQuantity = Field(description="per cent by weight, 95 %")
    delta_bic: AnyQuantity


class UnexplainedPeak(Model):
    """A peak that no phase explains."""

    two_theta: float = Field(description="degree")
    d: float = Field(description="angstrom, at the first wavelength")
    height: float = Field(description="above the calculated pattern, per cent of the strongest observed peak")
    significance: float = Field(description="height of the smoothed residual over its standard uncertainty")


class NotChecked(Model):
    """Something that was asked for and could not be compared, and why."""

    name: str
    reason: str


class Identification(Model):
    """Phases of a measured pattern."""

    verdict: str
    present: tuple[PresentPhase, ...]
    absent: tuple[AbsentPhase, ...]
    not_checked: tuple[NotChecked, ...]
    unexplained: tuple[UnexplainedPeak, ...]
    unexplained_share: Quantity = Field(description="per cent of the area above background that no phase explains")
    refinement: Refinement | None
    method: str
    citations: tuple[str, ...]
    notes: tuple[str, ...] = ()
