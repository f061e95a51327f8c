"""What a refinement returns: phases with lattices and fractions, every parameter, agreement, and the curves."""

from __future__ import annotations

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.diffraction.model import Radiation
from antiperovskite.quantity import AnyQuantity, Quantity


class RefinedParameter(Model):
    """One parameter of the model; ``unit`` is text because B, U, V, W and counts have units of their own.

    ``uncertainty`` is one standard uncertainty, or ``None`` with the reason in ``note``.
    """

    name: str
    value: float
    uncertainty: float | None = Field(ge=0)
    unit: str
    refined: bool
    note: str = ""


class Tick(Model):
    """Where one line of a phase stands (first wavelength, zero shift included)."""

    hkl: tuple[int, int, int]
    two_theta: float = Field(description="degree")
    intensity: float = Field(ge=0, description="area in the calculated pattern, counts times degree")


class ExtractedIntensity(Model):
    """Intensity of one reflection from a Pawley refinement.

    ``intensity`` is the area of the line (first wavelength) over multiplicity, Lorentz-polarisation factor and the
    wavelength's weight, so that it is proportional to the squared structure factor; counts times degree. It may be
    negative within its uncertainty. ``uncertainty`` is one standard uncertainty, or ``None`` with the reason in
    ``note``.
    """

    hkl: tuple[int, int, int]
    multiplicity: int
    d: float = Field(description="angstrom")
    intensity: float
    uncertainty: float | None = Field(ge=0)
    note: str = ""


class RefinedPhase(Model):
    """One phase of the refined mixture."""

    name: str
    formula: str
    spacegroup: str
    crystal_system: str
    intensities: str = Field(description="Rietveld (from the structure) or Pawley (extracted)")
    lattice: dict[str, Quantity] = Field(description="the free cell parameters, angstrom and degree")
    volume: Quantity
    weight_fraction: AnyQuantity
    r_bragg: AnyQuantity
    ticks: tuple[Tick, ...]
    extracted: tuple[ExtractedIntensity, ...] = Field(
        default=(), description="reflections whose intensity was refined (Pawley), by falling d"
    )


class Agreement(Model):
    """R factors of the weighted profile.

    Rwp = sqrt(sum w (o-c)^2 / sum w o^2), Rexp = sqrt((N - P) / sum w o^2), GoF = Rwp / Rexp = sqrt(chi^2 / (N - P)).
    """

    r_wp: Quantity
    r_exp: Quantity
    gof: Quantity
    n_points: int
    n_parameters: int


class Curves(Model):
    """The curves of the plot, one value a point."""

    two_theta: tuple[float, ...] = Field(description="degree")
    observed: tuple[float, ...]
    calculated: tuple[float, ...]
    background: tuple[float, ...]


class Refinement(Model):
    """A whole-pattern refinement.

    ``uncertainty_rule`` says how every standard uncertainty of this result was obtained; ``serial_correlation`` is
    the factor (1: independent residuals) by which neighbouring residuals repeat each other, whose square root is how
    much too small uncertainties from counting statistics may be.
    """

    pattern: str
    radiation: Radiation
    wavelengths: tuple[Quantity, ...]
    isotopes: dict[str, str]
    phases: tuple[RefinedPhase, ...]
    parameters: tuple[RefinedParameter, ...]
    agreement: Agreement
    serial_correlation: Quantity
    converged: bool
    curves: Curves
    uncertainty_rule: str
    method: str
    citations: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def parameter(self, name: str) -> RefinedParameter:
        """Return one parameter by its name.

        Raises
        ------
        KeyError
            There is none of that name.
        """
        return {parameter.name: parameter for parameter in self.parameters}[name]

    def phase(self, name: str) -> RefinedPhase:
        """Return one phase by its name.

        Raises
        ------
        KeyError
            There is none of that name.
        """
        return {phase.name: phase for phase in self.phases}[name]
