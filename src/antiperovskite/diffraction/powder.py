"""Powder patterns of a crystal structure, for X-rays and for neutrons, with the isotopes as asked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from antiperovskite.diffraction.cell import read_cell
from antiperovskite.diffraction.describe import make_label, pattern_citations, pattern_notes, pattern_source
from antiperovskite.diffraction.factors import TemperatureFactor, scatterers, taken_as
from antiperovskite.diffraction.kernel import (
    Reciprocal,
    line_labels,
    line_starts,
    lorentz_polarisation,
    reciprocal_points,
)
from antiperovskite.diffraction.model import PowderPattern, Radiation, Reflection
from antiperovskite.diffraction.profile import DEFAULT_RESOLUTION, Resolution, line_profile
from antiperovskite.diffraction.sample import neutron_sample
from antiperovskite.diffraction.scattering import parse_isotopes
from antiperovskite.diffraction.sources import Beam, tube
from antiperovskite.errors import OptionError, one_line
from antiperovskite.quantity import Quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

CU_K_ALPHA_1 = 1.540593
"""Cu K-alpha1 in angstrom: G. Hölzer et al., Phys. Rev. A 56, 4554 (1997), DOI 10.1103/PhysRevA.56.4554."""
NEUTRON_WAVELENGTH = 1.594
"""A wavelength typical of constant-wavelength neutron powder diffractometers, in angstrom; a chosen default."""
SAME_LINE_degree = 1e-4
WEAKEST_LINE_percent = 1e-3
MAX_POINTS = 1_000_000


def powder_pattern(
    structure: Any,
    radiation: Radiation = "xray",
    *,
    wavelength: float | None = None,
    source: str | None = None,
    isotopes: Mapping[str, str] | None = None,
    two_theta: tuple[float, float] = (10.0, 90.0),
    step: float = 0.02,
    resolution: Resolution | None = None,
    size: float | None = None,
    b_iso: TemperatureFactor = None,
    dispersion: bool = True,
    perpendicular: float = 0.5,
) -> PowderPattern:
    """Compute the constant-wavelength powder pattern of a structure.

    I(line) = LP(theta) sum |F(hkl)|^2 over all hkl of the line, with F(hkl) = sum_j occ_j f_j exp(-B_j s^2)
    exp(2 pi i (h x_j + k y_j + l z_j)) and s = sin(theta)/lambda. LP is 2 (P + (1 - P) cos^2 2theta)/(sin^2
    theta cos theta) for X-rays (P = 1/2: unpolarised, no monochromator) and 1/(sin^2 theta cos theta) for neutrons.
    With a K-alpha doublet the lines are listed at K-alpha1 and the profile holds both. Electrons are not computed:
    their dynamical scattering makes kinematic intensities wrong. Absorption,
    extinction, texture, background and magnetic scattering are not included.

    Parameters
    ----------
    structure
        pymatgen Structure (partial occupancies allowed), ASE Atoms or :class:`StructureModel`.
    radiation
        ``"xray"`` or ``"neutron"``.
    wavelength
        Angstrom, 0.1 to 10; by default Cu K-alpha1 (1.540593) or 1.594 for neutrons.
    source
        Instead of a wavelength, an X-ray tube: ``CuKa``, ``CuKa1`` and so on, see :func:`sources.tube`.
    isotopes
        Element to nuclide, for example ``{"H": "D", "Li": "7Li"}``; the natural mixture otherwise. X-rays do not
        see the difference.
    two_theta
        First and last angle of the grid, degree.
    step
        Grid spacing, degree.
    resolution
        Line shape; by default :data:`DEFAULT_RESOLUTION`.
    size
        Size of the crystalline grains in angstrom, for Scherrer broadening of the line shape.
    b_iso
        Isotropic temperature factor B in angstrom^2 (8 pi^2 <u^2>), one for all or one per element. The default, and
        elements not named: the structure's own (see :func:`read_cif`), 0 (static atoms) where it has none.
    dispersion
        Add f' and f'' at the wavelength to the X-ray form factors.
    perpendicular
        Share P of the X-ray beam polarised perpendicular to the plane of diffraction: 0.5 for a tube, see
        :func:`sources.monochromator_polarisation` for one with a monochromator, near 1 for a synchrotron's vertical
        diffraction plane.

    Returns
    -------
    PowderPattern
        Lines stronger than 0.001 % of the strongest, the profile, and the visibility of each element.

    Raises
    ------
    OptionError
        A wavelength, range, isotope or line shape that is not possible.
    StructureError
        A structure without atoms or without a periodic cell.

    Examples
    --------
    >>> from ase.build import bulk
    >>> pattern = powder_pattern(bulk("LiH", "rocksalt", a=4.084), "neutron", isotopes={"H": "D"})
    >>> pattern.reflections[0].hkl, round(pattern.reflections[0].d, 3)
    ((1, 1, 1), 2.358)
    """
    beam = make_beam(radiation, wavelength, source)
    chosen = beam.wavelength
    grid = check_grid(two_theta, step)
    if not 0.0 <= perpendicular <= 1.0:
        raise OptionError(
            f"polarisation {perpendicular:g} is not possible; give a share from 0 to 1 (0.5: unpolarised)"
        )
    shape = resolution or DEFAULT_RESOLUTION[radiation]
    if size is not None:
        shape = shape.with_size(size, chosen)
    nuclides = parse_isotopes(isotopes or {})
    cell = read_cell(structure)
    points = reciprocal_points(cell.matrix, *_shell(two_theta, chosen))
    if not len(points.length):
        raise OptionError(
            f"no reflection of {cell.formula} lies between {two_theta[0]:g} and {two_theta[1]:g} degree at "
            f"{chosen:g} angstrom; widen the range or use a shorter wavelength"
        )
    taken = taken_as(cell, nuclides)
    parts = scatterers(cell, points, taken, radiation, wavelength=chosen, b_iso=b_iso, dispersion=dispersion)
    theta = np.arcsin(np.clip(points.length * chosen / 2.0, 0.0, 1.0))
    factor = lorentz_polarisation(theta, radiation == "xray", perpendicular)
    starts = line_starts(np.degrees(2.0 * theta), SAME_LINE_degree)
    square = parts.intensity()
    intensity = np.add.reduceat(square * factor, starts)
    without = {symbol: np.add.reduceat(parts.intensity(without=symbol) * factor, starts) for symbol in taken}
    top = float(intensity.max())
    if top <= 0.0:
        raise OptionError(f"every reflection of {cell.formula} in this range is absent; widen the range")
    count = np.diff(np.append(starts, len(points.length)))
    d = count / np.add.reduceat(points.length, starts)
    centres = _angles(d, chosen)
    # A line extinct by cancellation appears once one element is silent, so weak lines stay in for the visibility.
    every = np.stack([intensity, *without.values()], axis=1)
    keep = every.max(axis=1) > 1e-9 * top
    curves = _spread(grid, d[keep], beam, shape, every[keep])
    profile = curves[:, 0]
    return PowderPattern(
        formula=cell.formula,
        radiation=radiation,
        label=make_label(cell, taken, radiation),
        wavelength=_wavelength_quantity(radiation, beam),
        isotopes={nuclide.element: nuclide.label for nuclide in taken.values() if nuclide.mass_number is not None},
        reflections=_reflections(points, square, starts, d=d, centres=centres, percent=100.0 * intensity / top),
        two_theta=tuple(np.round(grid, 6).tolist()),
        profile=tuple((100.0 * profile / profile.max()).tolist()),
        visibility={
            symbol: _visibility(symbol, profile, curves[:, column]) for column, symbol in enumerate(without, start=1)
        },
        sample=neutron_sample(cell, taken, chosen) if radiation == "neutron" else {},
        spectrum=beam.spectrum,
        source=pattern_source(radiation, shape, b_iso, dispersion, cell=cell, perpendicular=perpendicular, size=size),
        citations=tuple(dict.fromkeys((*pattern_citations(radiation, shape), *beam.citations))),
        notes=pattern_notes(cell, taken, nuclides, radiation, chosen, dispersion=dispersion),
    )


def make_beam(radiation: str, wavelength: float | None = None, source: str | None = None) -> Beam:
    """The beam asked for: a wavelength, a tube, or the default of the radiation.

    Raises
    ------
    OptionError
        Unknown radiation or source, a wavelength out of range, or both a wavelength and a source.
    """
    if radiation == "electron":
        raise OptionError("electron patterns are not computed (dynamical scattering); use xray or neutron")
    if radiation not in DEFAULT_RESOLUTION:
        raise OptionError(f"unknown radiation {one_line(radiation, 20)!r}; use xray or neutron")
    if source is not None:
        if wavelength is not None or radiation != "xray":
            raise OptionError(f"the X-ray source {one_line(source, 20)} goes with radiation xray and no wavelength")
        return tube(source)
    if wavelength is None:
        if radiation == "xray":
            return tube("CuKa1")
        said = "default, typical of a constant-wavelength neutron powder diffractometer"
        return Beam("neutron", ((NEUTRON_WAVELENGTH, 1.0),), said)
    if not 0.1 <= wavelength <= 10.0:
        raise OptionError(f"wavelength {wavelength:g} angstrom is out of range; give 0.1 to 10 angstrom")
    return Beam(f"{wavelength:g} angstrom", ((float(wavelength), 1.0),), "given by the user")


def check_grid(two_theta: tuple[float, float], step: float) -> Array:
    """Uniform grid of angles, degree.

    Raises
    ------
    OptionError
        An impossible range or step.
    """
    low, high = two_theta
    if not 0.0 < low < high < 180.0:
        raise OptionError(f"two-theta range {low:g} to {high:g} degree is not possible; use 0 < first < last < 180")
    if not step > 0.0 or step > (high - low) / 10.0 or (high - low) / step > MAX_POINTS:
        raise OptionError(
            f"step {step:g} degree does not suit {low:g} to {high:g} degree; use 10 to {MAX_POINTS} steps"
        )
    return np.asarray(low + step * np.arange(math.floor((high - low) / step + 1e-9) + 1), dtype=np.float64)


def _shell(two_theta: tuple[float, float], wavelength: float) -> tuple[float, float]:
    low, high = (2.0 * math.sin(math.radians(angle) / 2.0) / wavelength for angle in two_theta)
    return low, high


def _angles(d: Array, wavelength: float) -> Array:
    return np.asarray(np.degrees(2.0 * np.arcsin(np.clip(wavelength / (2.0 * d), 0.0, 1.0))))


def _spread(grid: Array, d: Array, beam: Beam, shape: Resolution, intensities: Array) -> Array:
    """Profiles ``(n_points, n_columns)`` of line intensities ``(n_lines, n_columns)``, every wavelength's."""
    total = np.zeros((len(grid), intensities.shape[1]))
    for wavelength, weight in beam.spectrum:
        seen = d > wavelength / 2.0
        total += weight * line_profile(grid, _angles(d[seen], wavelength), shape)(intensities[seen])
    return total


def _reflections(
    points: Reciprocal,
    square: Array,
    starts: NDArray[np.int64],
    *,
    d: Array,
    centres: Array,
    percent: Array,
) -> tuple[Reflection, ...]:
    """Lines above the cut."""
    labels, multiplicity = line_labels(points.hkl, square > 1e-9 * square.max(), starts)
    shown = np.flatnonzero(percent > WEAKEST_LINE_percent)
    columns = (labels[shown], multiplicity[shown], d[shown], centres[shown], percent[shown])
    return tuple(
        Reflection(hkl=tuple(hkl), multiplicity=many, d=spacing, two_theta=angle, intensity=height)
        for hkl, many, spacing, angle, height in zip(*(column.tolist() for column in columns), strict=True)
    )


def _visibility(symbol: str, profile: Array, without: Array) -> Quantity:
    return Quantity(
        value=float(np.abs(profile - without).sum() / profile.sum()),
        uncertainty=None,
        unit="1",
        method=f"sum |I - I without {symbol}| / sum I over the computed profile, same scale; "
        "no uncertainty is defined: it follows from the model",
        source="this pattern",
    )


def _wavelength_quantity(radiation: Radiation, beam: Beam) -> Quantity:
    return Quantity(
        value=beam.wavelength,
        uncertainty=None,
        unit="angstrom",
        method="input; no uncertainty: the pattern is computed at exactly this value"
        + (", monochromatic" if len(beam.spectrum) == 1 else ""),
        source=beam.source,
        citations=beam.citations,
    )
