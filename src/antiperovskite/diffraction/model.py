"""Powder patterns as data: reflections, a broadened profile, and how visible each element is."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, PositiveFloat

from antiperovskite._model import Model
from antiperovskite.quantity import Quantity

Radiation = Literal["xray", "neutron"]


class Reflection(Model):
    """One powder line: all symmetry-equivalent and coinciding reflections at one spacing."""

    hkl: tuple[int, int, int]
    multiplicity: int
    d: PositiveFloat = Field(description="angstrom")
    two_theta: float = Field(description="degree")
    intensity: float = Field(ge=0, description="per cent of the strongest line, multiplicity, LP factor included")


class PowderPattern(Model):
    """A computed constant-wavelength powder pattern.

    ``isotopes`` says which nuclide each element was taken as where it is not the natural mixture
    (``{"H": "D"}``). ``visibility`` is, per element, how much the pattern changes when that element's scattering is
    set to zero: sum |I - I_without| / sum I over the profile (0: invisible).
    """

    formula: str
    radiation: Radiation
    label: str
    wavelength: Quantity
    isotopes: dict[str, str]
    reflections: tuple[Reflection, ...]
    two_theta: tuple[float, ...] = Field(description="degree, uniform grid")
    profile: tuple[float, ...] = Field(description="per cent of the strongest point")
    visibility: dict[str, Quantity]
    sample: dict[str, Quantity] = Field(
        default={}, description="neutrons: incoherent share of the scattering, share of the beam absorbed in 5 mm"
    )
    spectrum: tuple[tuple[float, float], ...] = Field(
        default=(), description="wavelengths (angstrom) and weights of the profile; lines are listed at the first"
    )
    source: str = Field(description="method, form factors or scattering lengths, profile, temperature factors")
    citations: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class TofBank(Model):
    """A detector bank of a time-of-flight diffractometer: TOF = DIFC d + DIFA d^2 + ZERO.

    ``DIFC`` in microseconds per angstrom, ``DIFA`` in microseconds per angstrom^2, ``ZERO`` in microseconds,
    ``two_theta`` in degree. Lines are pseudo-Voigt with the width (delta d)/d = ``resolution`` (full width at half
    maximum) and the Lorentzian share ``eta``; the exponential tails of a moderator are not modelled.
    """

    DIFC: PositiveFloat
    DIFA: float = 0.0
    ZERO: float = 0.0
    two_theta: float = Field(default=90.0, gt=0.0, lt=180.0)
    resolution: float = Field(default=0.004, ge=1e-5, le=0.2)
    eta: float = Field(default=0.0, ge=0.0, le=1.0)


class TofReflection(Model):
    """One powder line on a time-of-flight axis."""

    hkl: tuple[int, int, int]
    multiplicity: int
    d: PositiveFloat = Field(description="angstrom")
    tof: float = Field(description="microseconds")
    wavelength: float = Field(description="angstrom, 2 d sin(theta) of the bank")
    intensity: float = Field(ge=0, description="per cent of the strongest line, multiplicity and Lorentz included")


class TofPattern(Model):
    """A computed time-of-flight neutron powder pattern, for an incident spectrum normalised to a flat one."""

    formula: str
    label: str
    bank: TofBank
    isotopes: dict[str, str]
    reflections: tuple[TofReflection, ...]
    tof: tuple[float, ...] = Field(description="microseconds, equal steps of the logarithm")
    profile: tuple[float, ...] = Field(description="per cent of the strongest point")
    sample: dict[str, Quantity]
    source: str
    citations: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
