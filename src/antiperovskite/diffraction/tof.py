"""Time-of-flight neutron powder patterns of one detector bank."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from antiperovskite.diffraction.cell import read_cell
from antiperovskite.diffraction.describe import make_label, motion, pattern_notes
from antiperovskite.diffraction.factors import TemperatureFactor, scatterers, taken_as
from antiperovskite.diffraction.kernel import line_labels, reciprocal_points
from antiperovskite.diffraction.model import TofBank, TofPattern, TofReflection
from antiperovskite.diffraction.profile import line_weights
from antiperovskite.diffraction.sample import neutron_sample
from antiperovskite.diffraction.scattering import parse_isotopes
from antiperovskite.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

SAME_SPACING = 1e-7
"""Reflections whose 1/d differ by less (relative) are one line."""
POINTS_PER_WIDTH = 8
WEAKEST_LINE_percent = 1e-3


def tof_of_d(d: NDArray[np.float64], bank: TofBank) -> NDArray[np.float64]:
    """TOF = DIFC d + DIFA d^2 + ZERO, microseconds."""
    return np.asarray(bank.DIFC * d + bank.DIFA * d * d + bank.ZERO)


def tof_pattern(
    structure: Any,
    bank: TofBank,
    *,
    isotopes: Mapping[str, str] | None = None,
    d_range: tuple[float, float] = (0.6, 4.5),
    b_iso: TemperatureFactor = None,
) -> TofPattern:
    """Compute the time-of-flight neutron powder pattern of a structure.

    I(line) = d^4 sin(theta) sum |F(hkl)|^2 over all hkl of the line, per unit of d, for a flat incident spectrum.

    Parameters
    ----------
    structure
        As for :func:`powder_pattern`.
    bank
        DIFC, DIFA, ZERO, angle and line width; see :class:`TofBank`.
    isotopes
        Element to nuclide, for example ``{"H": "D"}``.
    d_range
        Shortest and longest spacing, angstrom.
    b_iso
        As for :func:`powder_pattern`.

    Raises
    ------
    OptionError
        An impossible range, or a bank whose flight time does not rise with d over it.
    StructureError
        A structure without atoms or without a periodic cell.

    Examples
    --------
    >>> from ase.build import bulk
    >>> pattern = tof_pattern(bulk("LiH", "rocksalt", a=4.084), TofBank(DIFC=5000.0), isotopes={"H": "D"})
    >>> line = pattern.reflections[0]
    >>> line.hkl, round(line.tof), round(line.d * 5000)
    ((1, 1, 1), 11789, 11789)
    """
    low, high = d_range
    if not 0.1 <= low < high <= 1000.0:
        raise OptionError(f"d range {low:g} to {high:g} angstrom is not possible; use 0.1 <= first < last <= 1000")
    if min(bank.DIFC + 2.0 * bank.DIFA * d for d in d_range) <= 0.0 or float(tof_of_d(np.array(low), bank)) <= 0.0:
        raise OptionError(
            f"DIFC={bank.DIFC:g}, DIFA={bank.DIFA:g}, ZERO={bank.ZERO:g} give no rising positive time of flight from "
            f"{low:g} to {high:g} angstrom; check their signs"
        )
    nuclides = parse_isotopes(isotopes or {})
    cell = read_cell(structure)
    points = reciprocal_points(cell.matrix, 1.0 / high, 1.0 / low)
    if not len(points.length):
        raise OptionError(f"no reflection of {cell.formula} lies between d = {low:g} and {high:g} angstrom; widen it")
    taken = taken_as(cell, nuclides)
    square = scatterers(cell, points, taken, "neutron", wavelength=1.0, b_iso=b_iso, dispersion=False).intensity()
    starts = np.flatnonzero(np.concatenate([[True], np.diff(points.length) > SAME_SPACING * points.length[1:]]))
    d = np.diff(np.append(starts, len(square))) / np.add.reduceat(points.length, starts)
    sine = math.sin(math.radians(bank.two_theta) / 2.0)
    intensity = np.add.reduceat(square, starts) * d**4 * sine
    top = float(intensity.max())
    if top <= 0.0:
        raise OptionError(f"every reflection of {cell.formula} in this range is absent; widen the range")
    ends = tof_of_d(np.array(d_range), bank)
    tof = np.geomspace(
        ends[0], ends[1], math.ceil(POINTS_PER_WIDTH * math.log(ends[1] / ends[0]) / bank.resolution) + 1
    )
    centres = tof_of_d(d, bank)
    slope = bank.DIFC + 2.0 * bank.DIFA * d
    profile = line_weights(tof, centres, bank.resolution * d * slope, np.full(len(d), bank.eta)) @ (intensity * slope)
    profile /= bank.DIFC + 2.0 * bank.DIFA * np.interp(tof, tof_of_d(np.sort(d), bank), np.sort(d))  # per unit of d
    labels, multiplicity = line_labels(points.hkl, square > 1e-9 * square.max(), starts)
    percent = 100.0 * intensity / top
    return TofPattern(
        formula=cell.formula,
        label=make_label(cell, taken, "neutron"),
        bank=bank,
        isotopes={nuclide.element: nuclide.label for nuclide in taken.values() if nuclide.mass_number is not None},
        reflections=tuple(
            TofReflection(
                hkl=tuple(labels[line].tolist()),
                multiplicity=int(multiplicity[line]),
                d=float(d[line]),
                tof=float(centres[line]),
                wavelength=float(2.0 * d[line] * sine),
                intensity=float(percent[line]),
            )
            for line in np.flatnonzero(percent > WEAKEST_LINE_percent)
        ),
        tof=tuple(np.round(tof, 4).tolist()),
        profile=tuple((100.0 * profile / profile.max()).tolist()),
        sample=neutron_sample(cell, taken, 2.0 * float(np.median(d)) * sine),
        source="kinematic powder intensities; bound coherent scattering lengths (periodictable); Lorentz factor "
        f"d^4 sin theta, flat incident spectrum; {motion(cell, b_iso)}; lines: pseudo-Voigt (eta {bank.eta:g}), "
        f"delta d / d = {bank.resolution:g}; TOF = {bank.DIFC:g} d + {bank.DIFA:g} d^2 + {bank.ZERO:g} microseconds, "
        f"bank at {bank.two_theta:g} degree",
        citations=("sears1992",),
        notes=pattern_notes(cell, taken, nuclides, "neutron", 2.0 * float(np.median(d)) * sine, dispersion=False),
    )
