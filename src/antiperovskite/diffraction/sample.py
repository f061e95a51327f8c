"""What hydrogen and absorbing nuclides do to a neutron measurement: incoherent share and absorption."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from antiperovskite.diffraction.scattering import (
    ABSORPTION_WAVELENGTH,
    Nuclide,
    STRONG_ABSORPTION_barn,
    absorption_barn,
    cross_sections_barn,
)
from antiperovskite.quantity import Quantity

if TYPE_CHECKING:
    from antiperovskite.diffraction.cell import Cell

HIGH_INCOHERENT_SHARE = 0.25
"""From this share on a note tells to deuterate."""
THICKNESS_mm = 5.0
"""Path through the sample for the absorption quantity: a usual sample can, declared."""
_BARN_PER_A3_IN_PER_mm = 1e-24 / 1e-24 / 10.0  # 1 barn / 1 angstrom^3 = 1 cm^-1


def per_cell(cell: Cell, taken: Mapping[str, Nuclide]) -> tuple[float, float, float]:
    """Coherent, incoherent and (at 1.798 angstrom) absorption cross sections of one cell, barn."""
    coherent = incoherent = absorption = 0.0
    for symbol, occupancy in zip(cell.symbols, cell.occupancies.tolist(), strict=True):
        own = cross_sections_barn(taken[symbol])
        coherent += occupancy * own[0]
        incoherent += occupancy * own[1]
        absorption += occupancy * absorption_barn(taken[symbol])
    return coherent, incoherent, absorption


def neutron_sample(cell: Cell, taken: Mapping[str, Nuclide], wavelength: float) -> dict[str, Quantity]:
    """Incoherent share of the scattering, and the share of the beam absorbed in 5 mm of dense material.

    sum n sigma_inc / sum n (sigma_coh + sigma_inc) with bound cross sections, and
    1 - exp(-t sum n sigma_abs(lambda) / V) with sigma_abs proportional to the wavelength.
    """
    coherent, incoherent, absorption = per_cell(cell, taken)
    table = "bound cross sections of the nuclides (periodictable)"
    result = {}
    if coherent + incoherent > 0.0:
        result["incoherent_share"] = Quantity(
            value=incoherent / (coherent + incoherent),
            uncertainty=None,
            unit="1",
            method="sum n sigma_inc / sum n (sigma_coh + sigma_inc) over the cell; no uncertainty: the tabulated cross "
            "sections are good to about 1 %",
            source=table,
            citations=("sears1992",),
        )
    per_mm = _BARN_PER_A3_IN_PER_mm * absorption * wavelength / ABSORPTION_WAVELENGTH / cell.volume
    result["absorbed_in_5_mm"] = Quantity(
        value=-math.expm1(-per_mm * THICKNESS_mm),
        uncertainty=None,
        unit="1",
        method=f"1 - exp(-mu t), t = 5 mm of fully dense material, mu = {10.0 * per_mm:.3g} per cm at {wavelength:g} "
        "angstrom (sigma_abs proportional to wavelength); no uncertainty is defined for a given structure",
        source=table,
        citations=("sears1992",),
    )
    return result


def neutron_notes(cell: Cell, taken: Mapping[str, Nuclide], wavelength: float) -> tuple[str, ...]:
    """Warnings for people: hydrogen's background, and what absorbs."""
    sample = neutron_sample(cell, taken, wavelength)
    notes = []
    share = sample.get("incoherent_share")
    hydrogen = any(nuclide in (Nuclide("H"), Nuclide("H", 1)) for nuclide in taken.values())
    if hydrogen and share is not None:
        said = f"hydrogen scatters incoherently (80 barn an atom): {100 * share.value:.0f} % of all scattering is a "
        said += "background that is not drawn"
        notes.append(said + ("; deuterate the sample" if share.value >= HIGH_INCOHERENT_SHARE else ""))
    absorbing = [
        f"{nuclide.label} ({absorption_barn(nuclide):.3g} barn at 1.798 angstrom)"
        for nuclide in taken.values()
        if absorption_barn(nuclide) >= STRONG_ABSORPTION_barn
    ]
    if absorbing:
        lost = 100 * sample["absorbed_in_5_mm"].value
        said = (
            f"absorption is not modelled: {', '.join(absorbing)}; 5 mm of dense material take {lost:.0f} % of the beam"
        )
        natural = taken.get("Li") == Nuclide("Li")
        notes.append(said + ("; 6Li does it: use 7Li" if natural else ""))
    return tuple(notes)
