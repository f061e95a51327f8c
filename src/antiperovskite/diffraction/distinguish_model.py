"""What two or more structure models look like to three probes, and whether a measurement can tell them apart."""

from __future__ import annotations

from pydantic import Field, NonNegativeFloat, PositiveFloat

from antiperovskite._model import Model
from antiperovskite.diffraction.model import Radiation
from antiperovskite.quantity import AnyQuantity, Quantity


class Conditions(Model):
    """The measurement that is imagined.

    ``counts`` is the number of counts in one whole pattern, background included; ``background`` the flat instrument
    background as a multiple of the mean Bragg intensity (hydrogen's incoherent background is computed and added for
    neutrons); ``systematic`` the relative error of the computed Bragg profile at every point that more counting does
    not reduce.
    """

    counts: PositiveFloat = 1e6
    background: NonNegativeFloat = 0.5
    systematic: NonNegativeFloat = Field(default=0.0, le=1.0)
    background_terms: int = Field(default=6, ge=1, le=30)
    strain: float = Field(default=0.02, ge=0.0, le=0.1, description="lattices may differ by up to this much (linear)")
    displacement: bool = Field(default=True, description="fit one overall temperature-factor difference")
    sigma: PositiveFloat = Field(default=5.0, description="the distinction asked for")
    two_theta: tuple[float, float] = (10.0, 120.0)
    step: PositiveFloat = 0.05
    xray_source: str | None = "CuKa"
    xray_wavelength: PositiveFloat | None = None
    neutron_wavelength: PositiveFloat = 1.594
    rates: dict[str, PositiveFloat] = Field(
        default={}, description="counts per second in the pattern by probe: xray, neutron (natural hydrogen)"
    )


class Probe(Model):
    """One kind of measurement: X-rays, neutrons, neutrons on the deuterated sample."""

    name: str
    radiation: Radiation
    isotopes: dict[str, str]


class Curve(Model):
    """Expected counts of two models, the second after its best fit to the first."""

    two_theta: tuple[float, ...]
    truth: tuple[float, ...] = Field(description="expected counts of the first model")
    fitted: tuple[float, ...] = Field(description="the second model fitted to them")
    pull: tuple[float, ...] = Field(description="difference over the standard deviation of the counts")


class Distinction(Model):
    """Whether one probe can tell one pair of models apart."""

    first: str
    second: str
    probe: str
    chi2: Quantity = Field(description="the smaller of the two directions, at the conditions' counts")
    sigma: Quantity
    chance: Quantity = Field(description="probability that the right model of the two fits better")
    counts_needed: AnyQuantity
    time_needed: AnyQuantity
    profile_difference: Quantity = Field(description="sum |y1 - y2| / sum y1 of the Bragg and background counts")
    strain: Quantity = Field(description="how the lattice of the fitted model was changed")
    simulated_chance: AnyQuantity
    curve: Curve


class Distinguishability(Model):
    """Every pair of models under every probe, and the finding in words."""

    models: tuple[str, ...]
    conditions: Conditions
    probes: tuple[Probe, ...]
    distinctions: tuple[Distinction, ...]
    findings: tuple[str, ...]
    limits: str = Field(description="what the prediction leaves out")
    source: str
    citations: tuple[str, ...]
    notes: tuple[str, ...] = ()
