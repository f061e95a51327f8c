"""Weight fractions of a refined mixture, with the covariance carried through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from antiperovskite.diffraction.refinement.crystal import volume
from antiperovskite.diffraction.scattering import HEAVY_HYDROGEN, parse_nuclide

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from antiperovskite.diffraction.refinement.fit import Fitted
    from antiperovskite.diffraction.refinement.pattern_model import PatternModel

    Array = NDArray[np.float64]


def cell_mass(model: PatternModel, values: Array, number: int) -> float:
    """Mass of one unit cell in atomic mass units, at the refined occupancies and with the isotopes of the model."""
    import periodictable

    occupancies, _, _ = model.atoms(values, number)
    total = 0.0
    for occupancy, entry in zip(occupancies, model.phases[number].factors.entries, strict=True):
        symbol = entry.symbol
        nuclide = parse_nuclide(symbol) if symbol in HEAVY_HYDROGEN else model.nuclides.get(symbol)
        element = periodictable.elements.symbol(nuclide.element if nuclide else symbol)
        item = element if nuclide is None or nuclide.mass_number is None else element[nuclide.mass_number]
        total += float(occupancy) * entry.sites * float(item.mass)
    return total


def weight_fractions(model: PatternModel, values: Array) -> Array:
    """W_p = S_p (ZM)_p V_p / sum over phases (Hill and Howard 1987, 10.1107/S0021889887086199), ``(n_phases,)``."""
    parts = np.array(
        [
            float(values[model._at("scale", k)[0]]) * cell_mass(model, values, k) * volume(model.cell_of(values, k))
            for k in range(len(model.phases))
        ]
    )
    total = float(parts.sum())
    return parts / total if total > 0.0 else parts


def propagate(model: PatternModel, fitted: Fitted, scale: float) -> tuple[Array, Array]:
    """Weight fractions and their standard uncertainties, sqrt(g C g) with g by central differences."""
    values = fitted.values
    free = fitted.free[~fitted.at_bound]
    sigma = np.sqrt(np.clip(np.diag(fitted.covariance.matrix), 0.0, None))
    gradient = np.zeros((len(model.phases), len(free)))
    for column, index in enumerate(free):
        if model.table[index].kind not in ("scale", "cell", "occupancy"):
            continue
        step = min(max(1e-3 * sigma[column], 1e-9 * abs(values[index])), 1e-3 * max(abs(values[index]), 1e-6)) or 1e-12
        up, down = values.copy(), values.copy()
        up[index] += step
        down[index] -= step
        gradient[:, column] = (weight_fractions(model, up) - weight_fractions(model, down)) / (2.0 * step)
    variance = np.einsum("pi,ij,pj->p", gradient, fitted.covariance.matrix, gradient)
    return weight_fractions(model, values), np.sqrt(np.clip(variance, 0.0, None) * scale)
