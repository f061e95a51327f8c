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
    source: str = Field(description="method, form factors or scattering lengths, profile, temperature factors")
    citations: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
