"""Errors on frames of the potential's own dynamics, as quantities with the uncertainty of their finite number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from antiperovskite.distillation.model import ElementError
from antiperovskite.distillation.training import Residual, root_mean_square
from antiperovskite.quantity import Quantity

METHOD = "root mean square of force components, potential minus teacher, on frames of its own dynamics never fitted to"


def rms_quantity(per_frame: Sequence[Any], unit: str, method: str, source: str) -> Quantity:
    """Root mean square over all frames; uncertainty by leaving out one frame at a time (jackknife)."""
    import numpy as np

    squares = np.array([float(np.mean(np.asarray(values) ** 2)) for values in per_frame])
    sizes = np.array([np.size(values) for values in per_frame], dtype=float)
    total = float(np.sqrt((squares * sizes).sum() / sizes.sum()))
    uncertainty = None
    if len(squares) > 2:
        left = np.sqrt(((squares * sizes).sum() - squares * sizes) / (sizes.sum() - sizes))
        uncertainty = float(np.sqrt((len(left) - 1) / len(left) * ((left - left.mean()) ** 2).sum()))
    return Quantity(
        value=total,
        uncertainty=uncertainty,
        unit=unit,
        n=len(per_frame),
        method=method if uncertainty is not None else f"{method}; too few frames for an uncertainty",
        source=source,
    )


def force_error(residuals: Sequence[Residual], source: str) -> Quantity:
    """Over all atoms."""
    return rms_quantity([r.forces for r in residuals], "eV/angstrom", METHOD, source)


def element_errors(residuals: Sequence[Residual], source: str) -> tuple[ElementError, ...]:
    """By element and temperature."""
    import numpy as np

    found = []
    temperatures = sorted({r.frame.temperature_K for r in residuals if r.frame.temperature_K is not None})
    elements = sorted({symbol for r in residuals for symbol in r.frame.symbols})
    for element in elements:
        for temperature in temperatures:
            chosen = [r for r in residuals if r.frame.temperature_K == temperature and element in r.frame.symbols]
            if not chosen:
                continue
            masks = [np.array(r.frame.symbols) == element for r in chosen]
            found.append(
                ElementError(
                    element=element,
                    temperature_K=temperature,
                    force_rmse=rms_quantity(
                        [r.forces[m] for r, m in zip(chosen, masks, strict=True)], "eV/angstrom", METHOD, source
                    ),
                    mean_force=Quantity(
                        value=root_mean_square([r.frame.forces[m] for r, m in zip(chosen, masks, strict=True)]),
                        uncertainty=None,
                        unit="eV/angstrom",
                        n=len(chosen),
                        method="root mean square of the teacher's force components; given for scale only",
                        source=source,
                    ),
                )
            )
    return tuple(found)
