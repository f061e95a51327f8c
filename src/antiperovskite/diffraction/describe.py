"""What a computed pattern says about itself: label, method, citations, warnings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from antiperovskite.diffraction.sample import neutron_notes
from antiperovskite.diffraction.scattering import Nuclide, xray_dispersion

if TYPE_CHECKING:
    from antiperovskite.diffraction.cell import Cell
    from antiperovskite.diffraction.factors import TemperatureFactor
    from antiperovskite.diffraction.model import Radiation
    from antiperovskite.diffraction.profile import Resolution

MAGNETIC = frozenset({"V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu"})


def make_label(cell: Cell, taken: Mapping[str, Nuclide], radiation: Radiation) -> str:
    """Formula, radiation and the isotopes taken."""
    name = "X-ray" if radiation == "xray" else "neutron"
    special = [f"{nuclide.label} for {symbol}" for symbol, nuclide in taken.items() if nuclide.label != symbol]
    return f"{cell.formula}, {name}" + (f" ({', '.join(special)})" if special and radiation == "neutron" else "")


def pattern_source(
    radiation: Radiation,
    shape: Resolution,
    b_iso: TemperatureFactor,
    dispersion: bool,
    *,
    cell: Cell,
    perpendicular: float,
    size: float | None,
) -> str:
    """How the pattern was computed, in words."""
    if radiation == "xray":
        power = "neutral-atom form factors of Waasmaier and Kirfel (1995)"
        power += (
            ", dispersion of Henke et al. (1993, 10.1006/adnd.1993.1013)" if dispersion else ", dispersion neglected"
        )
        factor = "Lorentz-polarisation factor (1 + cos^2 2theta)/(sin^2 theta cos theta)"
        if perpendicular != 0.5:
            factor = "Lorentz factor 1/(sin^2 theta cos theta), polarisation P + (1 - P) cos^2 2theta with "
            factor += f"P = {perpendicular:.4g}"
    else:
        power = "bound coherent scattering lengths"
        factor = "Lorentz factor 1/(sin^2 theta cos theta)"
    lines = str(shape) if size is None else f"{shape}, grains of {size:g} angstrom (Scherrer, K = 0.9)"
    return f"kinematic powder intensities; {power} (periodictable); {factor}; {motion(cell, b_iso)}; lines: {lines}"


def motion(cell: Cell, b_iso: TemperatureFactor) -> str:
    """Which temperature factors were used, in words."""
    if isinstance(b_iso, int | float):
        return "static atoms (B = 0)" if b_iso == 0 else f"B = {b_iso:g} angstrom^2 for all atoms"
    own = cell.b_iso is not None and bool(np.isfinite(cell.b_iso).any())
    others = "the structure's own where it has one, 0 elsewhere" if own else "0"
    if b_iso:
        named = ", ".join(f"{key} {value:g}" for key, value in b_iso.items())
        return f"B in angstrom^2: {named}, others {others}"
    return f"B: {others}" if own else "static atoms (B = 0)"


def pattern_citations(radiation: Radiation, shape: Resolution) -> tuple[str, ...]:
    """Works behind the scattering powers and the line shape."""
    power = "waasmaier1995" if radiation == "xray" else "sears1992"
    widths = ("caglioti1958",) if shape.U or shape.V else ()
    return (power, *widths, *(("thompson1987",) if shape.X or shape.Y or shape.Z else ()))


def pattern_notes(
    cell: Cell,
    taken: Mapping[str, Nuclide],
    nuclides: Mapping[str, Nuclide],
    radiation: Radiation,
    wavelength: float,
    *,
    dispersion: bool,
) -> tuple[str, ...]:
    """Warnings: isotopes that change nothing, missing tables, hydrogen, absorption, magnetism."""
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
    notes += neutron_notes(cell, taken, wavelength)
    if elements & MAGNETIC:
        notes.append("nuclear scattering only; magnetic order of the 3d metal would add lines")
    return tuple(notes)
