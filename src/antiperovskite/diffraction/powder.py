"""Powder patterns of a crystal structure, for X-rays and for neutrons, with the isotopes as asked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from antiperovskite.diffraction.cell import Cell, read_cell
from antiperovskite.diffraction.kernel import (
    Reciprocal,
    line_starts,
    lorentz_polarisation,
    partial_sums,
    powder_intensity,
    reciprocal_points,
)
from antiperovskite.diffraction.model import PowderPattern, Radiation, Reflection
from antiperovskite.diffraction.profile import DEFAULT_RESOLUTION, Resolution, line_profile
from antiperovskite.diffraction.scattering import (
    HEAVY_HYDROGEN,
    Nuclide,
    STRONG_ABSORPTION_barn,
    absorption_barn,
    neutron_length,
    parse_isotopes,
    parse_nuclide,
    xray_dispersion,
    xray_form_factor,
)
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
MAGNETIC = frozenset({"V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu"})


@dataclass(frozen=True)
class _Scatterers:
    """Groups of atoms alike in element and temperature factor, and what each scatters at each reflection."""

    symbols: tuple[str, ...]
    sums: NDArray[np.complex128]
    power: NDArray[np.complex128]


def powder_pattern(
    structure: Any,
    radiation: Radiation = "xray",
    *,
    wavelength: float | None = None,
    isotopes: Mapping[str, str] | None = None,
    two_theta: tuple[float, float] = (10.0, 90.0),
    step: float = 0.02,
    resolution: Resolution | None = None,
    b_iso: float | Mapping[str, float] = 0.0,
    dispersion: bool = True,
) -> PowderPattern:
    """Compute the constant-wavelength powder pattern of a structure.

    I(line) = LP(theta) sum |F(hkl)|^2 over all hkl of the line, with F(hkl) = sum_j occ_j f_j exp(-B_j s^2)
    exp(2 pi i (h x_j + k y_j + l z_j)) and s = sin(theta)/lambda. LP is (1 + cos^2 2theta)/(sin^2 theta cos theta)
    for unpolarised X-rays without a monochromator and 1/(sin^2 theta cos theta) for neutrons. Absorption,
    extinction, texture, background and magnetic scattering are not included.

    Parameters
    ----------
    structure
        pymatgen Structure (partial occupancies allowed), ASE Atoms or :class:`StructureModel`.
    radiation
        ``"xray"`` or ``"neutron"``.
    wavelength
        Angstrom, 0.1 to 10; by default Cu K-alpha1 (1.540593) or 1.594 for neutrons.
    isotopes
        Element to nuclide, for example ``{"H": "D", "Li": "7Li"}``; the natural mixture otherwise. X-rays do not
        see the difference.
    two_theta
        First and last angle of the grid, degree.
    step
        Grid spacing, degree.
    resolution
        Line shape; by default :data:`DEFAULT_RESOLUTION`.
    b_iso
        Isotropic temperature factor B in angstrom^2 (8 pi^2 <u^2>), one for all or one per element (0 for those
        not named). The default 0 means static atoms.
    dispersion
        Add f' and f'' at the wavelength to the X-ray form factors.

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
    chosen = _check_wavelength(radiation, wavelength)
    grid = _check_grid(two_theta, step)
    shape = resolution or DEFAULT_RESOLUTION[radiation]
    nuclides = parse_isotopes(isotopes or {})
    cell = read_cell(structure)
    points = reciprocal_points(cell.matrix, *_shell(two_theta, chosen))
    if not len(points.length):
        raise OptionError(
            f"no reflection of {cell.formula} lies between {two_theta[0]:g} and {two_theta[1]:g} degree at "
            f"{chosen:g} angstrom; widen the range or use a shorter wavelength"
        )
    taken = {symbol: _nuclide(symbol, nuclides) for symbol in dict.fromkeys(cell.symbols)}
    scatterers = _scatterers(cell, points, taken, radiation, wavelength=chosen, b_iso=b_iso, dispersion=dispersion)
    theta = np.arcsin(np.clip(points.length * chosen / 2.0, 0.0, 1.0))
    factor = lorentz_polarisation(theta, radiation == "xray")
    starts = line_starts(np.degrees(2.0 * theta), SAME_LINE_degree)

    def lines(power: NDArray[np.complex128]) -> tuple[Array, Array]:
        square = powder_intensity(scatterers.sums, power)
        return square, np.add.reduceat(square * factor, starts)

    square, intensity = lines(scatterers.power)
    without = {symbol: lines(_silenced(scatterers, symbol))[1] for symbol in taken}
    top = float(intensity.max())
    if top <= 0.0:
        raise OptionError(f"every reflection of {cell.formula} in this range is absent; widen the range")
    count = np.diff(np.append(starts, len(points.length)))
    d = count / np.add.reduceat(points.length, starts)
    centres = np.degrees(2.0 * np.arcsin(np.clip(chosen / (2.0 * d), 0.0, 1.0)))
    # A line extinct by cancellation appears once one element is silent, so weak lines stay in for the visibility.
    keep = np.max([intensity, *without.values()], axis=0) > 1e-9 * top
    spread = line_profile(grid, centres[keep], shape)
    profile = spread(intensity[keep])
    return PowderPattern(
        formula=cell.formula,
        radiation=radiation,
        label=_label(cell, taken, radiation),
        wavelength=_wavelength_quantity(radiation, chosen),
        isotopes={nuclide.element: nuclide.label for nuclide in taken.values() if nuclide.mass_number is not None},
        reflections=_reflections(points, square, starts, d=d, centres=centres, percent=100.0 * intensity / top),
        two_theta=tuple(np.round(grid, 6).tolist()),
        profile=tuple((100.0 * profile / profile.max()).tolist()),
        visibility={symbol: _visibility(symbol, profile, spread(changed[keep])) for symbol, changed in without.items()},
        source=_source(radiation, shape, b_iso, dispersion),
        citations=_citations(radiation),
        notes=_notes(taken, nuclides, radiation, chosen, dispersion),
    )


def _check_wavelength(radiation: str, wavelength: float | None) -> float:
    if radiation not in DEFAULT_RESOLUTION:
        raise OptionError(f"unknown radiation {one_line(radiation, 20)!r}; use xray or neutron")
    if wavelength is None:
        return CU_K_ALPHA_1 if radiation == "xray" else NEUTRON_WAVELENGTH
    if not 0.1 <= wavelength <= 10.0:
        raise OptionError(f"wavelength {wavelength:g} angstrom is out of range; give 0.1 to 10 angstrom")
    return float(wavelength)


def _check_grid(two_theta: tuple[float, float], step: float) -> Array:
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


def _nuclide(symbol: str, nuclides: Mapping[str, Nuclide]) -> Nuclide:
    """What the atoms called ``symbol`` are taken as; a structure that says D means D."""
    if symbol in HEAVY_HYDROGEN:
        return parse_nuclide(symbol)
    return nuclides.get(symbol) or parse_nuclide(symbol)


def _scatterers(
    cell: Cell,
    points: Reciprocal,
    taken: Mapping[str, Nuclide],
    radiation: Radiation,
    *,
    wavelength: float,
    b_iso: float | Mapping[str, float],
    dispersion: bool,
) -> _Scatterers:
    symbols = tuple(taken)
    number = {symbol: index for index, symbol in enumerate(symbols)}
    groups = np.array([number[symbol] for symbol in cell.symbols], dtype=np.int64)
    sums = partial_sums(points.hkl, cell.positions, cell.occupancies, groups, len(symbols))
    s = points.length / 2.0
    power = np.empty((len(symbols), len(s)), dtype=np.complex128)
    for index, symbol in enumerate(symbols):
        nuclide = taken[symbol]
        if radiation == "neutron":
            power[index] = neutron_length(nuclide)
        else:
            power[index] = xray_form_factor(nuclide.element, s)
            if dispersion:
                power[index] += xray_dispersion(nuclide.element, wavelength) or 0.0
        B = b_iso.get(symbol, 0.0) if not isinstance(b_iso, int | float) else b_iso
        if not 0.0 <= B <= 100.0:
            raise OptionError(f"temperature factor B = {B:g} of {symbol} is out of range; give 0 to 100 angstrom^2")
        power[index] *= np.exp(-B * s * s)
    return _Scatterers(symbols, sums, power)


def _silenced(scatterers: _Scatterers, symbol: str) -> NDArray[np.complex128]:
    power = scatterers.power.copy()
    power[scatterers.symbols.index(symbol)] = 0.0
    return power


def _reflections(
    points: Reciprocal,
    square: Array,
    starts: NDArray[np.int64],
    *,
    d: Array,
    centres: Array,
    percent: Array,
) -> tuple[Reflection, ...]:
    """Lines above the cut; label and multiplicity from the hkl that contribute, so that supercells agree."""
    ends = np.append(starts[1:], len(square))
    contributes = square > 1e-9 * square.max()
    result = []
    for line in np.flatnonzero(percent > WEAKEST_LINE_percent):
        members = slice(starts[line], ends[line])
        hkl = points.hkl[members][contributes[members]]
        result.append(
            Reflection(
                hkl=_representative(hkl),
                multiplicity=2 * len(hkl),
                d=float(d[line]),
                two_theta=float(centres[line]),
                intensity=float(percent[line]),
            )
        )
    return tuple(result)


def _representative(hkl: NDArray[np.int64]) -> tuple[int, int, int]:
    """Of all equivalent or coinciding indices the one with most non-negative numbers, then the largest."""
    both = np.concatenate([hkl, -hkl])
    best = both[np.lexsort((both[:, 2], both[:, 1], both[:, 0], (both >= 0).sum(axis=1)))[-1]]
    return int(best[0]), int(best[1]), int(best[2])


def _visibility(symbol: str, profile: Array, without: Array) -> Quantity:
    return Quantity(
        value=float(np.abs(profile - without).sum() / profile.sum()),
        uncertainty=None,
        unit="1",
        method=f"sum |I - I without {symbol}| / sum I over the computed profile, same scale; "
        "no uncertainty is defined: it follows from the model",
        source="this pattern",
    )


def _label(cell: Cell, taken: Mapping[str, Nuclide], radiation: Radiation) -> str:
    name = "X-ray" if radiation == "xray" else "neutron"
    special = [f"{nuclide.label} for {symbol}" for symbol, nuclide in taken.items() if nuclide.label != symbol]
    return f"{cell.formula}, {name}" + (f" ({', '.join(special)})" if special and radiation == "neutron" else "")


def _wavelength_quantity(radiation: Radiation, value: float) -> Quantity:
    if radiation == "xray" and value == CU_K_ALPHA_1:
        source = "Cu K-alpha1, Hölzer et al. 1997 (10.1103/PhysRevA.56.4554), rounded"
    elif radiation == "neutron" and value == NEUTRON_WAVELENGTH:
        source = "default, typical of a constant-wavelength neutron powder diffractometer"
    else:
        source = "given by the user"
    return Quantity(
        value=value,
        uncertainty=None,
        unit="angstrom",
        method="input; no uncertainty: the pattern is computed at exactly this value, monochromatic",
        source=source,
    )


def _source(radiation: Radiation, shape: Resolution, b_iso: float | Mapping[str, float], dispersion: bool) -> str:
    if radiation == "xray":
        power = "neutral-atom form factors of Waasmaier and Kirfel (1995)"
        power += (
            ", dispersion of Henke et al. (1993, 10.1006/adnd.1993.1013)" if dispersion else ", dispersion neglected"
        )
        factor = "Lorentz-polarisation factor (1 + cos^2 2theta)/(sin^2 theta cos theta)"
    else:
        power = "bound coherent scattering lengths"
        factor = "Lorentz factor 1/(sin^2 theta cos theta)"
    if isinstance(b_iso, int | float):
        motion = "static atoms (B = 0)" if b_iso == 0 else f"B = {b_iso:g} angstrom^2 for all atoms"
    else:
        motion = "B in angstrom^2: " + ", ".join(f"{key} {value:g}" for key, value in b_iso.items()) + ", others 0"
    return f"kinematic powder intensities; {power} (periodictable); {factor}; {motion}; lines: {shape}"


def _citations(radiation: Radiation) -> tuple[str, ...]:
    return ("waasmaier1995",) if radiation == "xray" else ("sears1992",)


def _notes(
    taken: Mapping[str, Nuclide],
    nuclides: Mapping[str, Nuclide],
    radiation: Radiation,
    wavelength: float,
    dispersion: bool,
) -> tuple[str, ...]:
    elements = {nuclide.element for nuclide in taken.values()}
    notes = [
        f"isotope {nuclide.label} was asked for, but there is no {element} in the structure"
        for element, nuclide in nuclides.items()
        if element not in elements
    ]
    if radiation == "xray":
        if nuclides:
            notes.append("X-rays do not tell isotopes apart; the isotopes given change nothing here")
        missing = sorted(e for e in elements if dispersion and xray_dispersion(e, wavelength) is None)
        if missing:
            notes.append(f"no dispersion terms at {wavelength:g} angstrom for {', '.join(missing)}; f0 alone is used")
        return tuple(notes)
    if Nuclide("H") in taken.values():
        notes.append("natural hydrogen scatters incoherently (about 80 barn per atom); that background is not drawn")
    absorbing = [
        f"{nuclide.label} ({absorption_barn(nuclide):.3g} barn at 1.798 angstrom)"
        for nuclide in taken.values()
        if absorption_barn(nuclide) >= STRONG_ABSORPTION_barn
    ]
    if absorbing:
        notes.append(f"absorption is not modelled: {', '.join(absorbing)}")
    if elements & MAGNETIC:
        notes.append("nuclear scattering only; magnetic order of the 3d metal would add lines")
    return tuple(notes)
