"""Expected counts of a structure model: absolute for neutrons, so that hydrogen's background has the right height."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from antiperovskite.diffraction.cell import Cell, read_cell
from antiperovskite.diffraction.factors import TemperatureFactor, scatterers, taken_as
from antiperovskite.diffraction.kernel import line_starts, lorentz_polarisation, reciprocal_points
from antiperovskite.diffraction.profile import TAIL_IN_FWHM, Resolution, line_weights
from antiperovskite.diffraction.sample import per_cell
from antiperovskite.diffraction.scattering import parse_isotopes
from antiperovskite.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from antiperovskite.diffraction.model import Radiation
    from antiperovskite.diffraction.sources import Beam

    Array = NDArray[np.float64]

_BARN_PER_fm2 = 0.01
_SAME_LINE_degree = 1e-4


@dataclass(frozen=True)
class Setting:
    """Probe and instrument: everything an expected pattern needs besides the structure."""

    radiation: Radiation
    isotopes: Mapping[str, str]
    beam: Beam
    resolution: Resolution
    grid: Array
    perpendicular: float = 0.5
    b_iso: TemperatureFactor = None


@dataclass(frozen=True)
class Expected:
    """Lines of one model under one setting; profiles at any small strain of its lattice.

    ``square`` is |F|^2 summed over the hkl of each line (fm^2 or electrons^2) of a cell of ``volume`` angstrom^3.
    ``incoherent`` is the cross section of the cell in barn, 0 for X-rays.
    """

    name: str
    cell: Cell
    setting: Setting
    d: Array
    square: Array
    incoherent: float

    def bragg(self, strain: float = 0.0) -> Array:
        """Bragg scattering per volume and solid angle at each grid point, see :meth:`bragg_and_slope`."""
        return self.bragg_and_slope(strain)[:, 0]

    def bragg_and_slope(self, strain: float = 0.0) -> Array:
        """Bragg scattering per volume and solid angle, and its derivative by an overall B; ``(n_points, 2)``.

        d sigma/d Omega = lambda^3 |F|^2 / (8 pi V^2 sin(theta) sin(2 theta)) g(2 theta), g of unit area in radian:
        neutrons in barn/(sr angstrom^3); X-rays, times polarisation, in electrons^2. It is the power in a
        Debye-Scherrer cone, lambda^3 |F|^2 / (4 V sin(theta)), spread over its ring (G. L. Squires, Introduction to
        the Theory of Thermal Neutron Scattering, section 3.4).
        """
        setting = self.setting
        total = np.zeros((len(setting.grid), 2))
        for wavelength, weight in setting.beam.spectrum:
            d = self.d * (1.0 + strain)
            seen = wavelength / (2.0 * d) < 1.0 - 1e-9
            theta = np.arcsin(wavelength / (2.0 * d[seen]))
            centres = np.degrees(2.0 * theta)
            # 1/(sin^2 cos) = 2/(sin(theta) sin(2 theta)), and the X-ray factor counts the polarisation twice
            xray = setting.radiation == "xray"
            factor = lorentz_polarisation(theta, xray, setting.perpendicular) / (4.0 if xray else 2.0)
            height = self.square[seen] * factor * wavelength**3 / (8.0 * math.pi * self.cell.volume**2)
            both = np.stack([height, height * (-0.5 / d[seen] ** 2)], axis=1)  # exp(-2 B s^2), s = 1/(2 d)
            width, eta = setting.resolution.shape(centres)
            weights = line_weights(setting.grid, centres, width, eta)
            total += weight * math.degrees(1.0) * np.asarray(weights @ both)
        return total * (_BARN_PER_fm2 if setting.radiation == "neutron" else 1.0)

    @cached_property
    def flat(self) -> float:
        """Incoherent scattering per volume and solid angle, barn/(sr angstrom^3): sigma_inc / (4 pi V)."""
        return self.incoherent / (4.0 * math.pi * self.cell.volume)


def expected(name: str, structure: Any, setting: Setting, strain: float) -> Expected:
    """Compute the lines of a structure that fall on the grid for any strain up to ``strain`` in size.

    Raises
    ------
    OptionError
        No reflection lies on the grid.
    """
    cell = read_cell(structure)
    low, high = (float(setting.grid[end]) for end in (0, -1))
    reach = TAIL_IN_FWHM * float(np.max(setting.resolution.fwhm(np.array([low, high]))))
    wavelengths = [wavelength for wavelength, _ in setting.beam.spectrum]
    longest = 2.0 * math.sin(math.radians(min(high + reach, 179.0)) / 2.0) / min(wavelengths) * (1.0 + strain)
    shortest = 2.0 * math.sin(math.radians(max(low - reach, 0.5)) / 2.0) / max(wavelengths) * (1.0 - strain)
    points = reciprocal_points(cell.matrix, shortest, longest)
    if not len(points.length):
        raise OptionError(f"no reflection of {name} lies between {low:g} and {high:g} degree; widen the range")
    taken = taken_as(cell, parse_isotopes(setting.isotopes))
    square = scatterers(
        cell,
        points,
        taken,
        setting.radiation,
        wavelength=setting.beam.wavelength,
        b_iso=setting.b_iso,
        dispersion=True,
    ).intensity()
    angle = np.degrees(2.0 * np.arcsin(np.clip(points.length / points.length[-1], 0.0, 1.0) * math.sin(math.pi / 3)))
    starts = line_starts(angle, _SAME_LINE_degree)
    count = np.diff(np.append(starts, len(square)))
    incoherent = per_cell(cell, taken)[1] if setting.radiation == "neutron" else 0.0
    strength = np.add.reduceat(square, starts)
    if not float(strength.max()) > 0.0:
        raise OptionError(f"every reflection of {name} in this range is absent; widen the range")
    return Expected(name, cell, setting, count / np.add.reduceat(points.length, starts), strength, incoherent)
