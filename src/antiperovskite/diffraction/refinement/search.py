"""Finding where a phase's lattice and the line width begin: scans of the linear gain in chi^2."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from antiperovskite.diffraction.refinement.pattern_model import PatternModel

    Array = NDArray[np.float64]

COARSE: Final = 0.25
"""Line width (degree) of the first scan: wide enough that few steps find the lines."""
WIDTHS: Final = (0.05, 0.08, 0.12, 0.18, 0.27, 0.4)


@dataclass(frozen=True)
class Found:
    """Best cell (free parameters), line width (degree) and the drop of chi^2 it brings."""

    cell: Array
    width: float
    gain: float


class Target:
    """What a new phase should explain: weighted residuals after the best fit of the columns already there."""

    def __init__(self, intensity: Array, w: Array, columns: Array) -> None:
        self.root = np.sqrt(w)
        self.basis, _ = np.linalg.qr(columns * self.root[:, None])
        observed = intensity * self.root
        self.residual = observed - self.basis @ (self.basis.T @ observed)

    def gain(self, profile: Array) -> float:
        """How much chi^2 falls when the profile joins with its best non-negative scale."""
        column = profile * self.root
        column = column - self.basis @ (self.basis.T @ column)
        size = float(column @ column)
        overlap = float(column @ self.residual)
        return overlap * overlap / size if overlap > 0.0 and size > 1e-12 else 0.0


def search_lattice(
    model: PatternModel, values: Array, target: Target, span: float, width: float | None = None
) -> Found:
    """Scan the lattice of a one-phase model isotropically, then each free length, then the line width.

    Parameters
    ----------
    span
        Largest relative change of the cell edges.
    width
        Line width in degree where it is known.
    """
    cells = model._at("cell", 0)
    start = values[cells].copy()
    names = model.phases[0].crystal.free_cell
    lengths = np.array([len(name) == 1 for name in names])
    table = values.copy()

    def gain(cell: Array, full_width: float) -> float:
        table[cells] = cell
        _set_width(model, table, full_width)
        model.reach = np.full(model.n_lines, 6.0 * full_width)
        return target.gain(model.phase_profile(table, 0))

    wide = max(COARSE, width or 0.0)
    best = _scan(start, lengths, lambda c: gain(c, wide), span, _step(model, wide))
    if lengths.sum() > 1:
        for axis in np.flatnonzero(lengths):
            single = np.arange(len(names)) == axis
            best = _scan(best, single, lambda c: gain(c, wide), min(span, 0.01), _step(model, wide))
    results = []
    for full in (width,) if width else WIDTHS:
        cell = _scan(best, lengths, partial(gain, full_width=full), _step(model, wide), _step(model, full))
        results.append(Found(cell, full, gain(cell, full)))
    return max(results, key=lambda found: found.gain)


def _step(model: PatternModel, width: float) -> float:
    """Relative lattice step that moves a line at 60 degree (or mid-range) by half its width."""
    angle = min(60.0, float(model.grid.mean()))
    return float(0.5 * np.radians(width) / (2.0 * np.tan(np.radians(angle) / 2.0)))


def _scan(cell: Array, moved: Array, gain: Callable[[Array], float], span: float, step: float) -> Array:
    steps = int(np.ceil(span / step)) if span > 0.0 else 0
    best, most = cell, -1.0
    for k in sorted(range(-steps, steps + 1), key=abs):
        trial = np.where(moved, cell * (1.0 + k * step), cell)
        value = gain(trial)
        if value > most * (1.0 + 1e-9):
            best, most = trial, value
    return best


def _set_width(model: PatternModel, values: Array, full: float) -> None:
    """Gaussian and Lorentzian parts that together give about ``full`` (degree) at all angles."""
    places = model._widths_of(0)
    values[places] = start_widths(full)


def start_widths(full: float) -> Array:
    """U, V, W, X, Y for lines of one width (degree) with a Lorentzian share near one half."""
    return np.array([1e-3 * full * full, 0.0, (0.75 * full) ** 2, 0.35 * full, 0.01 * full])
