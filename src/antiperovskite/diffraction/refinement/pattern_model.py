"""The calculated pattern and its Jacobian: every line's position, width, mixing and area by every parameter."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from antiperovskite.diffraction.kernel import lorentz_polarisation
from antiperovskite.diffraction.refinement import peak_shape
from antiperovskite.diffraction.refinement.crystal import Crystal, Reflections, full_cell, inverse_d, reflections
from antiperovskite.diffraction.refinement.intensities import StructureFactors, scattering_power
from antiperovskite.diffraction.refinement.parameters import NEVER, Parameter, partner

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from antiperovskite.diffraction.model import Radiation
    from antiperovskite.diffraction.scattering import Nuclide

    Array = NDArray[np.float64]

SPECTRAL_MARGIN = 0.06
"""Reflections this far (relative, in 1/d) outside the range are kept: a lattice or a zero shift may bring them in."""
OUTSIDE = -1e3
"""Degree; where a line that cannot be reached at this wavelength is put, far from any point."""


@dataclass(frozen=True)
class Source:
    """Radiation and its lines: wavelengths in angstrom with relative weights.

    ``perpendicular`` is the share of an X-ray beam polarised perpendicular to the plane of diffraction (0.5 without a
    monochromator).
    """

    radiation: Radiation
    lines: tuple[tuple[float, float], ...]
    perpendicular: float = 0.5

    @property
    def mean(self) -> float:
        """Weighted mean wavelength, for dispersion terms."""
        total = sum(weight for _, weight in self.lines)
        return sum(wave * weight for wave, weight in self.lines) / total


class PhaseModel:
    """One phase in one pattern: its reflections, structure factors and which parameters it owns."""

    def __init__(self, crystal: Crystal, grid: Array, source: Source, pawley: bool) -> None:
        longest = 2.0 * np.sin(np.radians(min(grid[-1] + 1.0, 179.9)) / 2.0) / min(w for w, _ in source.lines)
        shortest = 2.0 * np.sin(np.radians(max(grid[0] - 1.0, 0.1)) / 2.0) / max(w for w, _ in source.lines)
        self.crystal = crystal
        self.list: Reflections = reflections(
            crystal, shortest * (1.0 - SPECTRAL_MARGIN), longest * (1.0 + SPECTRAL_MARGIN)
        )
        self.factors = StructureFactors(crystal, self.list)
        self.pawley = pawley
        self.extracted = np.ones(len(self.list.hkl))
        self.last: tuple[Any, Any] | None = None  # structure factors are kept while no atom moves
        symbols = list(dict.fromkeys(entry.symbol for entry in self.factors.entries))
        self.element = np.array([symbols.index(entry.symbol) for entry in self.factors.entries], dtype=np.int64)
        self.partners = [partner(crystal, self.factors.entries, k) for k in range(len(self.factors.entries))]


@dataclass
class Lines:
    """All lines of all phases and wavelengths."""

    centre: Array
    theta: Array
    width: Array
    share: Array
    area: Array
    unit: Array  # area at |F|^2 = 1


class PatternModel:
    """y(2theta) = Chebyshev background + sum over lines of area times pseudo-Voigt.

    area = scale * multiplicity * |F|^2 * LP * weight of the wavelength. Parameters live in one vector in the order of
    ``table``.
    """

    def __init__(
        self,
        grid: Array,
        crystals: Sequence[Crystal],
        source: Source,
        nuclides: Mapping[str, Nuclide],
        pawley: Sequence[bool],
    ) -> None:
        self.grid = grid
        self.source = source
        self.nuclides = nuclides
        self.phases = [PhaseModel(c, grid, source, free) for c, free in zip(crystals, pawley, strict=True)]
        self.table: tuple[Parameter, ...] = ()
        sizes = [len(phase.list.hkl) * len(source.lines) for phase in self.phases]
        ends = np.concatenate([[0], np.cumsum(sizes)]).astype(int)
        self.rows = [slice(int(a), int(b)) for a, b in pairwise(ends)]
        self.n_lines = int(ends[-1])
        self.reach = np.zeros(self.n_lines)

    def set_table(self, table: tuple[Parameter, ...]) -> None:
        """Fix the order of the parameters."""
        self.table = table
        places: dict[tuple[str, int], list[int]] = {}
        for index, parameter in enumerate(table):
            places.setdefault((parameter.kind, parameter.phase), []).append(index)
        self.places = {key: np.array(value, dtype=np.int64) for key, value in places.items()}
        n_terms = len(self._at("background", -1))
        u = 2.0 * (self.grid - self.grid[0]) / (self.grid[-1] - self.grid[0]) - 1.0
        self.chebyshev = np.polynomial.chebyshev.chebvander(u, n_terms - 1)

    def _at(self, kind: str, phase: int) -> NDArray[np.int64]:
        return self.places.get((kind, phase), np.zeros(0, dtype=np.int64))

    def cell_of(self, values: Array, phase: int) -> Array:
        """Six cell parameters of a phase."""
        return np.asarray(full_cell(self.phases[phase].crystal, values[self._at("cell", phase)]), dtype=np.float64)

    def _widths_of(self, phase: int) -> NDArray[np.int64]:
        """Indices of U, V, W, X, Y for a phase (X and Y may be its own)."""
        shared = self._at("width", -1)
        own = self._at("width", phase)
        return np.concatenate([shared[:3], own if len(own) else shared[3:]])

    def refresh(self, values: Array, wider: float = 1.0) -> None:
        """Recompute what changes slowly: scattering powers at the current spacings, and how far each line reaches."""
        for number, phase in enumerate(self.phases):
            spacing = inverse_d(phase.list.hkl, self.cell_of(values, number))
            phase.factors.power = scattering_power(
                phase.factors.entries, spacing, self.source.radiation, self.source.mean, self.nuclides
            )
            phase.factors.s2 = (spacing / 2.0) ** 2
            phase.last = None
        lines = self._lines(values)[0]
        self.reach = np.minimum(peak_shape.REACH * lines.width * wider, 0.25 * (self.grid[-1] - self.grid[0]) + 1.0)

    def background(self, values: Array) -> Array:
        """The background alone."""
        return np.asarray(self.chebyshev @ values[self._at("background", -1)])

    def _lines(self, values: Array) -> tuple[Lines, list[Any]]:
        centre, theta = np.full(self.n_lines, OUTSIDE), np.full(self.n_lines, 0.5)
        width, share = np.ones(self.n_lines), np.zeros(self.n_lines)
        area, unit = np.zeros(self.n_lines), np.zeros(self.n_lines)
        zero = float(values[self._at("zero", -1)[0]])
        evaluated = []
        for number, phase in enumerate(self.phases):
            spacing = inverse_d(phase.list.hkl, self.cell_of(values, number))
            square, state = self._squares(values, number)
            evaluated.append(state)
            scale = float(values[self._at("scale", number)[0]])
            n = len(spacing)
            for k, (wave, weight) in enumerate(self.source.lines):
                rows = slice(self.rows[number].start + k * n, self.rows[number].start + (k + 1) * n)
                sine = spacing * wave / 2.0
                seen = sine < 0.9999
                angle = np.arcsin(np.where(seen, sine, 0.5))
                theta[rows] = angle
                centre[rows] = np.where(seen, np.degrees(2.0 * angle) + zero, OUTSIDE)
                factor = lorentz_polarisation(angle, self.source.radiation == "xray", self.source.perpendicular)
                unit[rows] = np.where(seen, scale * weight * phase.list.multiplicity * factor, 0.0)
                area[rows] = unit[rows] * square
            mine = self.rows[number]
            width[mine], share[mine] = peak_shape.widths(theta[mine], values[self._widths_of(number)])
        return Lines(centre, theta, width, share, area, unit), evaluated

    def _squares(self, values: Array, number: int) -> tuple[Array, Any]:
        phase = self.phases[number]
        if phase.pawley:
            return phase.extracted, None
        occupancies, b_iso, shifts = self.atoms(values, number)
        key = (id(phase.factors.power), occupancies.tobytes(), b_iso.tobytes(), *(s.tobytes() for s in shifts))
        if phase.last is None or phase.last[0] != key:
            phase.last = (key, phase.factors.evaluate(occupancies, b_iso, shifts))
        return phase.last[1].square, phase.last[1]

    def atoms(self, values: Array, number: int) -> tuple[Array, Array, list[Array]]:
        """Occupancy and B of each entry, and the coordinate shifts of each orbit."""
        phase = self.phases[number]
        occupancies = values[self._at("occupancy", number)].copy()
        for index, other in enumerate(phase.partners):
            released = self.table[self._at("occupancy", number)[index]].stage < NEVER
            if other is not None and released:
                occupancies[other] = 1.0 - occupancies[index]
        b_iso = values[self._at("b_iso", number)][phase.element]
        shifts = [np.zeros(len(orbit.axes)) for orbit in phase.crystal.orbits]
        for index in self._at("shift", number):
            orbit, axis = self.table[index].key
            shifts[orbit][axis] = values[index]
        return occupancies, b_iso, shifts

    def evaluate(self, values: Array) -> Array:
        """Calculated intensities on the grid."""
        lines, _ = self._lines(values)
        where = peak_shape.window(self.grid, lines.centre, self.reach)
        shape = peak_shape.shapes(self.grid, lines.centre, lines.width, lines.share, where)
        peaks = np.bincount(where.points, weights=shape * lines.area[where.lines], minlength=len(self.grid))
        return self.background(values) + peaks

    def phase_profile(self, values: Array, number: int) -> Array:
        """Contribution of one phase on the grid."""
        lines, _ = self._lines(values)
        mine = self.rows[number]
        where = peak_shape.window(self.grid, lines.centre[mine], self.reach[mine])
        shape = peak_shape.shapes(self.grid, lines.centre[mine], lines.width[mine], lines.share[mine], where)
        return np.asarray(
            np.bincount(where.points, weights=shape * lines.area[mine][where.lines], minlength=len(self.grid))
        )

    def first_centres(self, values: Array, number: int) -> Array:
        """Angle (degree) of each reflection of a phase at the first wavelength, zero shift included."""
        mine = self.rows[number]
        return self._lines(values)[0].centre[mine][: len(self.phases[number].list.hkl)]

    def line_shapes(self, values: Array, number: int) -> tuple[Any, Array]:
        """Sparse unit-extraction profiles of each reflection of a phase, ``(n_points, n_hkl)``, and their sums.

        Column h is what the pattern gains when the extracted intensity of h grows by one.
        """
        lines, _ = self._lines(values)
        phase, mine = self.phases[number], self.rows[number]
        where = peak_shape.window(self.grid, lines.centre[mine], self.reach[mine])
        shape = peak_shape.shapes(self.grid, lines.centre[mine], lines.width[mine], lines.share[mine], where)
        matrix = where.matrix(shape * lines.unit[mine][where.lines])
        n = len(phase.list.hkl)
        total = sum(matrix[:, k * n : (k + 1) * n] for k in range(len(self.source.lines)))
        return total, np.asarray(total.sum(axis=0)).ravel()

    def evaluate_with_jacobian(self, values: Array, free: NDArray[np.int64]) -> tuple[Array, Array]:
        """Calculated intensities and their derivatives by the free parameters, ``(n_points, n_free)``."""
        lines, evaluated = self._lines(values)
        where = peak_shape.window(self.grid, lines.centre, self.reach)
        value, by_centre, by_width, by_share = peak_shape.shapes_with_derivatives(
            self.grid, lines.centre, lines.width, lines.share, where
        )
        area = lines.area[where.lines]
        change = _Changes(self.n_lines, len(free))
        column = {int(index): k for k, index in enumerate(free)}
        jacobian = np.zeros((len(self.grid), len(free)))
        for index, k in column.items():
            if self.table[index].kind == "background":
                jacobian[:, k] = self.chebyshev[:, self.table[index].key[0]]
            elif self.table[index].kind == "zero":
                change.centre[:, k] = 1.0
        for number in range(len(self.phases)):
            self._phase_changes(values, number, lines, evaluated[number], column, change)
        jacobian += where.matrix(value) @ change.area
        for part, by in ((change.centre, by_centre), (change.width, by_width), (change.share, by_share)):
            if np.any(part):
                jacobian += where.matrix(by * area) @ part
        peaks = np.bincount(where.points, weights=value * area, minlength=len(self.grid))
        return self.background(values) + peaks, jacobian

    def _phase_changes(
        self, values: Array, number: int, lines: Lines, state: Any, column: dict[int, int], change: _Changes
    ) -> None:
        phase, mine = self.phases[number], self.rows[number]
        waves = len(self.source.lines)
        seen = (lines.centre[mine] > OUTSIDE / 2.0).astype(np.float64)
        width_places = self._widths_of(number)
        if any(int(index) in column for index in width_places):
            by_width, by_share = peak_shape.width_derivatives(lines.theta[mine], values[width_places])
            for j, index in enumerate(width_places):
                if int(index) in column:
                    change.width[mine, column[int(index)]] = by_width[:, j]
                    change.share[mine, column[int(index)]] = by_share[:, j]
        cells = self._at("cell", number)
        for j, index in enumerate(cells):
            if int(index) in column:
                stepped = values[cells].astype(np.complex128)
                stepped[j] += 1e-30j
                slope = np.imag(inverse_d(phase.list.hkl, full_cell(phase.crystal, stepped))) / 1e-30
                rate = np.concatenate([slope * wave / 2.0 for wave, _ in self.source.lines])
                change.centre[mine, column[int(index)]] = seen * np.degrees(2.0 * rate / np.cos(lines.theta[mine]))
        scale_place = int(self._at("scale", number)[0])
        scale = float(values[scale_place])
        if scale_place in column:
            safe = scale if scale > 0.0 else 1.0
            base = lines.area[mine] / safe if scale > 0.0 else self._unit_area(values, number)
            change.area[mine, column[scale_place]] = base
        if state is None:
            return
        for index, derivative in self._atom_changes(number, state, column):
            change.area[mine, column[index]] = lines.unit[mine] * np.tile(derivative, waves)

    def _unit_area(self, values: Array, number: int) -> Array:
        """Areas at scale one, for the derivative of a phase whose scale is zero."""
        stepped = values.copy()
        stepped[self._at("scale", number)] = 1.0
        return self._lines(stepped)[0].area[self.rows[number]]

    def _atom_changes(self, number: int, state: Any, column: dict[int, int]) -> list[tuple[int, Array]]:
        phase = self.phases[number]
        found: list[tuple[int, Array]] = []
        for j, index in enumerate(self._at("occupancy", number)):
            if int(index) in column:
                derivative = state.by_occupancy(j)
                other = phase.partners[j]
                if other is not None and self.table[int(index)].stage < NEVER:
                    derivative = derivative - state.by_occupancy(other)
                found.append((int(index), derivative))
        for j, index in enumerate(self._at("b_iso", number)):
            if int(index) in column:
                parts = [state.by_b_iso(int(k)) for k in np.flatnonzero(phase.element == j)]
                found.append((int(index), np.sum(parts, axis=0)))
        for index in self._at("shift", number):
            if int(index) in column:
                orbit, axis = self.table[index].key
                found.append((int(index), state.by_shift(orbit, axis)))
        return found


class _Changes:
    """Derivatives of the lines' positions, widths, mixings and areas by the free parameters."""

    def __init__(self, n_lines: int, n_free: int) -> None:
        self.centre = np.zeros((n_lines, n_free))
        self.width = np.zeros((n_lines, n_free))
        self.share = np.zeros((n_lines, n_free))
        self.area = np.zeros((n_lines, n_free))
