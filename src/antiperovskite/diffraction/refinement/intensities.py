"""Intensities of a phase's reflections and their derivatives by occupancy, temperature factor and coordinate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from antiperovskite.diffraction.refinement.crystal import Crystal, Reflections
from antiperovskite.diffraction.scattering import (
    HEAVY_HYDROGEN,
    Nuclide,
    neutron_length,
    parse_nuclide,
    xray_dispersion,
    xray_form_factor,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from antiperovskite.diffraction.model import Radiation

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class Entry:
    """One occupant of one orbit."""

    orbit: int
    occupant: int
    symbol: str
    occupancy: float
    sites: int


def entries_of(crystal: Crystal) -> tuple[Entry, ...]:
    """List the occupants of all orbits in order."""
    return tuple(
        Entry(o, k, occupant.symbol, occupant.occupancy, len(orbit.positions))
        for o, orbit in enumerate(crystal.orbits)
        for k, occupant in enumerate(orbit.occupants)
    )


def scattering_power(
    entries: tuple[Entry, ...],
    inverse_d: Array,
    radiation: Radiation,
    wavelength: float,
    nuclides: Mapping[str, Nuclide],
) -> NDArray[np.complex128]:
    """Form factor with dispersion (electrons) or scattering length (fm) of each entry, ``(n_entries, n_hkl)``."""
    s = inverse_d / 2.0
    by_symbol: dict[str, NDArray[np.complex128]] = {}
    for symbol in {entry.symbol for entry in entries}:
        nuclide = parse_nuclide(symbol) if symbol in HEAVY_HYDROGEN else nuclides.get(symbol) or parse_nuclide(symbol)
        if radiation == "neutron":
            by_symbol[symbol] = np.full(len(s), neutron_length(nuclide), dtype=np.complex128)
        else:
            shift = xray_dispersion(nuclide.element, wavelength) or 0.0
            by_symbol[symbol] = np.asarray(xray_form_factor(nuclide.element, s) + shift, dtype=np.complex128)
    return np.array([by_symbol[entry.symbol] for entry in entries])


class StructureFactors:
    """|F|^2 of the distinct reflections, averaged over Friedel mates, and its derivatives.

    F(hkl) = sum_e occ_e f_e exp(-B_e s^2) G_e with G_e = sum over the orbit of exp(2 pi i h.r). With
    P = sum Re(f) ... and Q = sum Im(f) ..., the mean over hkl and -h-k-l is |P|^2 + |Q|^2.
    """

    def __init__(self, crystal: Crystal, reflections: Reflections) -> None:
        self.crystal = crystal
        self.hkl = reflections.hkl.astype(np.float64)
        self.entries = entries_of(crystal)
        self._geometry = [self._phases(o, np.zeros(len(orbit.axes))) for o, orbit in enumerate(crystal.orbits)]
        self._moved = [np.zeros(len(orbit.axes)) for orbit in crystal.orbits]
        self.power: NDArray[np.complex128] = np.zeros((len(self.entries), len(self.hkl)), dtype=np.complex128)
        self.s2 = np.zeros(len(self.hkl))

    def _phases(self, orbit: int, shift: Array) -> NDArray[np.complex128]:
        """Exp(2 pi i h.r) of each site, ``(n_sites, n_hkl)``."""
        it = self.crystal.orbits[orbit]
        positions = it.positions
        if len(shift):
            positions = positions + it.moves @ (shift @ it.freedom)
        return np.asarray(np.exp(2j * np.pi * (positions @ self.hkl.T)))

    def evaluate(self, occupancies: Array, b_iso: Array, shifts: list[Array]) -> _Evaluated:
        """Return |F|^2 and what its derivatives need; ``b_iso`` has one value an entry."""
        for orbit, shift in enumerate(shifts):
            if not np.array_equal(shift, self._moved[orbit]):
                self._geometry[orbit] = self._phases(orbit, shift)
                self._moved[orbit] = shift.copy()
        damping = np.exp(-b_iso[:, None] * self.s2)
        geometry = np.array([self._geometry[entry.orbit].sum(axis=0) for entry in self.entries])
        unit = damping * geometry
        real = np.einsum("e,er,er->r", occupancies, self.power.real, unit)
        imaginary = np.einsum("e,er,er->r", occupancies, self.power.imag, unit)
        square = real.real**2 + real.imag**2 + imaginary.real**2 + imaginary.imag**2
        return _Evaluated(self, square, real, imaginary, unit, damping, np.asarray(occupancies))


@dataclass
class _Evaluated:
    """|F|^2 at one set of parameters."""

    of: StructureFactors
    square: Array
    real: NDArray[np.complex128]
    imaginary: NDArray[np.complex128]
    unit: NDArray[np.complex128]
    damping: Array
    occupancies: Array

    def _chain(self, entry: int, change: NDArray[np.complex128]) -> Array:
        """Derivative of |F|^2 when the entry's summand f * change moves."""
        power = self.of.power[entry]
        total = np.conj(self.real) * power.real * change + np.conj(self.imaginary) * power.imag * change
        return np.asarray(2.0 * total.real)

    def by_occupancy(self, entry: int) -> Array:
        """d|F|^2 / d occupancy of an entry."""
        return self._chain(entry, self.unit[entry])

    def by_b_iso(self, entry: int) -> Array:
        """d|F|^2 / dB of an entry (B in square angstrom)."""
        return self._chain(entry, -self.of.s2 * self.occupancies[entry] * self.unit[entry])

    def by_shift(self, orbit: int, axis: int) -> Array:
        """d|F|^2 / d coordinate of an orbit along one of its free directions."""
        it = self.of.crystal.orbits[orbit]
        directions = it.moves @ it.freedom[axis]
        rate = 2j * np.pi * (directions @ self.of.hkl.T)
        geometry = (rate * self.of._geometry[orbit]).sum(axis=0)
        total = np.zeros(len(self.square))
        for index, entry in enumerate(self.of.entries):
            if entry.orbit == orbit:
                total = total + self._chain(index, self.occupancies[index] * self.damping[index] * geometry)
        return total
