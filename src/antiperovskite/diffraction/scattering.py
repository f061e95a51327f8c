"""Scattering power of the elements and nuclides, from ``periodictable`` (public domain).

X-rays: Waasmaier and Kirfel's neutral-atom form factors f0 (DOI 10.1107/S0108767394013292) plus the dispersion
terms f' and f'' of Henke, Gullikson and Davis (DOI 10.1006/adnd.1993.1013) at the wavelength used.
Neutrons: bound coherent scattering lengths of the natural element or of one nuclide, with the imaginary part where
the table has it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from antiperovskite.errors import OptionError, best_match, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

HEAVY_HYDROGEN = {"D": 2, "T": 3}
ABSORPTION_WAVELENGTH = 1.798
"""Wavelength (angstrom) the tabulated absorption cross sections belong to (2200 m/s)."""
STRONG_ABSORPTION_barn = 50.0
"""Absorption cross section at 1.798 angstrom from which a note warns that absorption is not modelled."""


@dataclass(frozen=True)
class Nuclide:
    """What one chemical element of the structure is taken as.

    ``mass_number`` is ``None`` for the natural mixture.
    """

    element: str
    mass_number: int | None = None

    @property
    def label(self) -> str:
        """``"H"``, ``"D"``, ``"7Li"``."""
        if self.mass_number is None:
            return self.element
        if self.element == "H" and self.mass_number in (2, 3):
            return "D" if self.mass_number == 2 else "T"
        return f"{self.mass_number}{self.element}"


@cache
def _table_entry(element: str, mass_number: int | None) -> Any:
    import periodictable

    try:
        entry = periodictable.elements.symbol(element)
    except ValueError:
        known = [item.symbol for item in periodictable.elements if item.symbol != "n"]
        raise OptionError(
            f"unknown element {one_line(element, 20)!r}{best_match(element, known)}; give a chemical symbol"
        ) from None
    return entry if mass_number is None else entry[mass_number]


@cache
def parse_nuclide(text: str) -> Nuclide:
    """Read ``"H"``, ``"D"``, ``"7Li"``, ``"Li7"``, ``"Li-7"`` or ``"6-Li"``.

    Raises
    ------
    OptionError
        The element is unknown, or no such nuclide has a tabulated neutron scattering length.

    Examples
    --------
    >>> parse_nuclide("D").mass_number, parse_nuclide("Li-7").label
    (2, '7Li')
    """
    clean = text.strip()
    if clean in HEAVY_HYDROGEN:
        return Nuclide("H", HEAVY_HYDROGEN[clean])
    match = re.fullmatch(r"(?:(\d{1,3})-?)?([A-Z][a-z]?)(?:-?(\d{1,3}))?", clean)
    if match is None or (match[1] and match[3]):
        raise OptionError(
            f"cannot read the isotope {one_line(text, 20)!r}; write it as D, T, 7Li, Li-7 or a plain element"
        )
    element, digits = match[2], match[1] or match[3]
    if element in HEAVY_HYDROGEN:
        raise OptionError(f"cannot read the isotope {clean!r}; write D, T or H with its mass number, such as 2H")
    natural = _table_entry(element, None)
    if digits is None:
        return Nuclide(element)
    tabulated = [mass for mass in natural.isotopes if natural[mass].neutron.b_c is not None]
    if int(digits) not in tabulated:
        allowed = ", ".join(f"{mass}{element}" for mass in tabulated) or "none"
        raise OptionError(f"no neutron scattering length for {clean!r}; tabulated nuclides of {element}: {allowed}")
    return Nuclide(element, int(digits))


def parse_isotopes(isotopes: Mapping[str, str]) -> dict[str, Nuclide]:
    """Read ``{"H": "D", "Li": "7Li"}`` and check that each nuclide belongs to its element.

    Raises
    ------
    OptionError
        An unknown element or nuclide, or one of another element.
    """
    result = {}
    for element, wanted in isotopes.items():
        nuclide = parse_nuclide(wanted)
        if parse_nuclide(element) != Nuclide(element):
            raise OptionError(f"the isotope map's keys are plain elements, not {one_line(element, 20)!r}; write H=D")
        if nuclide.element != element:
            raise OptionError(f"{wanted} is not an isotope of {element}; write for example H=D or Li=7Li")
        result[element] = nuclide
    return result


def neutron_length(nuclide: Nuclide) -> complex:
    """Bound coherent scattering length b_c in fm; the imaginary part is the absorption's, where tabulated.

    Raises
    ------
    OptionError
        The element has none in the table (short-lived elements).

    Examples
    --------
    >>> neutron_length(Nuclide("H", 2)).real > 6 > 0 > neutron_length(Nuclide("H")).real
    True
    """
    data = _table_entry(nuclide.element, nuclide.mass_number).neutron
    if data.b_c is None:
        raise OptionError(f"no neutron scattering length is tabulated for {nuclide.label}; use X-rays")
    return complex(data.b_c_complex)


def absorption_barn(nuclide: Nuclide) -> float:
    """Neutron absorption cross section at 1.798 angstrom, barn (1 barn = 1e-28 m^2); 0 where not tabulated."""
    value = _table_entry(nuclide.element, nuclide.mass_number).neutron.absorption
    return 0.0 if value is None else float(value)


def cross_sections_barn(nuclide: Nuclide) -> tuple[float, float]:
    """Bound coherent and incoherent scattering cross sections, barn.

    Raises
    ------
    OptionError
        None are tabulated.

    Examples
    --------
    >>> [round(value) for value in cross_sections_barn(Nuclide("H"))]
    [2, 80]
    """
    data = _table_entry(nuclide.element, nuclide.mass_number).neutron
    if data.b_c is None:
        raise OptionError(f"no neutron cross sections are tabulated for {nuclide.label}; use X-rays")
    coherent = 4.0 * np.pi * abs(neutron_length(nuclide)) ** 2 / 100.0
    # Sparse rows of the table give the total and not its parts.
    incoherent = data.incoherent if data.incoherent is not None else max((data.total or coherent) - coherent, 0.0)
    return float(coherent), float(incoherent)


def xray_form_factor(element: str, s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Neutral-atom form factor f0 at ``s`` = sin(theta)/lambda (1/angstrom), electrons, shape of ``s``.

    f0(s) = c + sum_i a_i exp(-b_i s^2), i = 1..5.

    Raises
    ------
    OptionError
        The table ends before this element.
    """
    from periodictable.cromermann import fxrayatstol

    _table_entry(element, None)
    try:
        return np.asarray(fxrayatstol(element, s), dtype=np.float64)
    except KeyError:
        raise OptionError(f"no X-ray form factor is tabulated for {element}") from None


def xray_dispersion(element: str, wavelength: float) -> complex | None:
    """Dispersion correction f' + i f'' at ``wavelength`` (angstrom), electrons; ``None`` outside the table.

    f' = f1 - Z and f'' = f2 in the notation of the table, which covers 30 eV to 30 keV (wavelengths above
    0.41 angstrom) and Z up to 92; f1 holds the relativistic correction.
    """
    entry = _table_entry(element, None)
    try:
        f1, f2 = entry.xray.scattering_factors(wavelength=wavelength)
    except (TypeError, ValueError):
        return None
    if f1 is None or not (np.isfinite(f1) and np.isfinite(f2)):
        return None
    return complex(float(f1) - entry.number, float(f2))
