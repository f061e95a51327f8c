"""Structure factors of a cell: which atoms are alike, and what each kind scatters at each reflection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from antiperovskite.diffraction.kernel import Reciprocal, partial_sums, powder_intensity
from antiperovskite.diffraction.scattering import (
    HEAVY_HYDROGEN,
    Nuclide,
    neutron_length,
    parse_nuclide,
    xray_dispersion,
    xray_form_factor,
)
from antiperovskite.errors import OptionError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from antiperovskite.diffraction.cell import Cell
    from antiperovskite.diffraction.model import Radiation

    Array = NDArray[np.float64]

TemperatureFactor = float | Mapping[str, float] | None
"""B in angstrom^2: one for all, one per element, or ``None`` for the structure's own (0 where it has none)."""
LARGEST_B = 100.0


@dataclass(frozen=True)
class Scatterers:
    """Groups of atoms alike in element and temperature factor, and what each scatters at each reflection.

    ``symbols`` has one entry a group; ``sums`` and ``power`` have shape ``(n_groups, n_reflections)``.
    """

    symbols: tuple[str, ...]
    sums: NDArray[np.complex128]
    power: NDArray[np.complex128]

    def intensity(self, without: str | None = None) -> Array:
        """|F|^2 summed over the Friedel pair; electrons^2 or fm^2, shape ``(n_reflections,)``."""
        if without is None:
            return powder_intensity(self.sums, self.power)
        heard = [index for index, symbol in enumerate(self.symbols) if symbol != without]
        return powder_intensity(self.sums[heard], self.power[heard])


def taken_as(cell: Cell, nuclides: Mapping[str, Nuclide]) -> dict[str, Nuclide]:
    """What the atoms of each symbol are taken as; a structure that says D means D."""
    return {
        symbol: parse_nuclide(symbol) if symbol in HEAVY_HYDROGEN else nuclides.get(symbol) or parse_nuclide(symbol)
        for symbol in dict.fromkeys(cell.symbols)
    }


def temperature_factors(cell: Cell, b_iso: TemperatureFactor) -> Array:
    """B of each row of the cell, angstrom^2.

    Raises
    ------
    OptionError
        Outside 0 to 100 angstrom^2.
    """
    if isinstance(b_iso, int | float):
        values = np.full(len(cell.symbols), float(b_iso))
    else:
        values = np.zeros(len(cell.symbols)) if cell.b_iso is None else np.nan_to_num(cell.b_iso, nan=0.0)
        for symbol, value in (b_iso or {}).items():
            if not 0.0 <= value <= LARGEST_B:
                raise OptionError(_wrong(value, symbol))
            values[np.array([own == symbol for own in cell.symbols], dtype=bool)] = value
    wrong = ~((values >= 0.0) & (values <= LARGEST_B))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise OptionError(_wrong(float(values[row]), cell.symbols[row]))
    return values


def _wrong(value: float, symbol: str) -> str:
    return f"temperature factor B = {value:g} of {symbol} is out of range; give 0 to {LARGEST_B:g} angstrom^2"


def scatterers(
    cell: Cell,
    points: Reciprocal,
    taken: Mapping[str, Nuclide],
    radiation: Radiation,
    *,
    wavelength: float,
    b_iso: TemperatureFactor,
    dispersion: bool,
) -> Scatterers:
    """Compute the geometric sums and the scattering power of every group of like atoms."""
    kinds: dict[tuple[str, float], int] = {}
    rows = zip(cell.symbols, temperature_factors(cell, b_iso).tolist(), strict=True)
    groups = np.array([kinds.setdefault(kind, len(kinds)) for kind in rows], dtype=np.int64)
    sums = partial_sums(points.hkl, cell.positions, cell.occupancies, groups, len(kinds))
    s = points.length / 2.0
    bare = {
        symbol: _power(taken[symbol], s, radiation, wavelength if dispersion else None)
        for symbol in dict.fromkeys(symbol for symbol, _ in kinds)
    }
    power = np.empty((len(kinds), len(s)), dtype=np.complex128)
    for (symbol, B), index in kinds.items():
        power[index] = bare[symbol] * np.exp(-B * s * s) if B else bare[symbol]
    return Scatterers(tuple(symbol for symbol, _ in kinds), sums, power)


def _power(nuclide: Nuclide, s: Array, radiation: Radiation, dispersion_at: float | None) -> Array | complex:
    if radiation == "neutron":
        return neutron_length(nuclide)
    form = xray_form_factor(nuclide.element, s)
    if dispersion_at is None:
        return form
    return np.asarray(form + (xray_dispersion(nuclide.element, dispersion_at) or 0.0))
