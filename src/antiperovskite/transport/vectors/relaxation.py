"""Reorientation of bonds: relaxation times with uncertainties, from autocorrelations kept apart by molecule."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any, Final

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.errors import DataError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity

if TYPE_CHECKING:
    from antiperovskite.transport.vectors.bonds import Bonds

GROUPS: Final = 24
FEWEST_GROUPS: Final = 5
FALLEN: Final = 0.5
"""A correlation that has not fallen below this share within a quarter of the run has no measured time."""
LOWEST: Final = 0.1
KEPT: Final = 120
NO_TIME: Final = "the time between frames is not known; give it (--timestep-ps)"


class Reorientation(Model):
    """How the directions of bonds are forgotten."""

    centre: str
    ligand: str
    n_vectors: int
    n_molecules: int
    tau_1: AnyQuantity = Field(description="relaxation time of the first Legendre polynomial (infrared, dielectric)")
    tau_2: AnyQuantity = Field(description="of the second (NMR, Raman)")
    ratio: AnyQuantity = Field(description="tau_1 / tau_2: 3 for small steps (Debye), near 1 for large jumps")
    time_ps: tuple[float, ...]
    c1: tuple[float, ...]
    c1_uncertainty: tuple[float, ...]
    c2: tuple[float, ...]
    c2_uncertainty: tuple[float, ...]
    source: str
    citations: tuple[str, ...] = ()


def reorientation(bonds: Bonds, *, frame_interval_ps: float | None = None) -> Reorientation:
    """Return C1, C2 and their relaxation times.

    Each time comes from A exp(-t / tau), fitted by least squares from the first lag to where the correlation falls
    below 0.1 (or to a quarter of the run); its uncertainty is that of leaving out groups of molecules (jackknife). For
    a Debye rotor C_l = exp(-l (l + 1) D t), so that tau_1 / tau_2 is 3.

    Raises
    ------
    DataError
        Fewer than 16 frames.
    """
    import numpy as np

    from antiperovskite.transport.vectors.autocorrelation import vector_autocorrelation

    n = len(bonds.vectors)
    if n < 16:
        raise DataError(f"{n} frames are too few for a relaxation time; at least 16 are needed")
    interval = bonds.frame_interval_ps if frame_interval_ps is None else frame_interval_ps
    _, molecule = np.unique(bonds.centres, return_inverse=True)
    n_molecules = int(molecule.max()) + 1
    groups = molecule % min(n_molecules, GROUPS)
    weights = np.bincount(groups).astype(float)
    curves = vector_autocorrelation(bonds.vectors, groups=groups, n_lags=max(n // 4, 8))
    means, spreads, leave_out = zip(*[_jackknife(curve, weights) for curve in curves], strict=True)
    results = [_time(means[k], leave_out[k], interval, bonds.source, k + 1) for k in (0, 1)]
    kept = np.unique(np.geomspace(1, len(means[0]), KEPT).astype(int)) - 1
    return Reorientation(
        centre=bonds.centre, ligand=bonds.ligand, n_vectors=bonds.vectors.shape[1], n_molecules=n_molecules,
        tau_1=results[0][0], tau_2=results[1][0], ratio=_ratio(results, bonds.source),
        time_ps=() if interval is None else tuple((kept * interval).tolist()),
        c1=tuple(means[0][kept].tolist()), c1_uncertainty=tuple(spreads[0][kept].tolist()),
        c2=tuple(means[1][kept].tolist()), c2_uncertainty=tuple(spreads[1][kept].tolist()), source=bonds.source,
    )  # fmt: skip


def _jackknife(curves: Any, weights: Any) -> tuple[Any, Any, Any]:
    """Mean over groups, its standard error (0 where there are too few groups), and the means without each group."""
    import numpy as np

    total, weight = weights @ curves, weights.sum()
    mean = total / weight
    if len(weights) < FEWEST_GROUPS:
        return mean, np.zeros_like(mean), None
    without = (total - weights[:, None] * curves) / (weight - weights)[:, None]
    factor = (len(weights) - 1) / len(weights)
    return mean, np.sqrt(factor * np.square(without - without.mean(axis=0)).sum(axis=0)), without


def _time(
    mean: Any, without: Any, interval: float | None, source: str, order: int
) -> tuple[AnyQuantity, float | None, Any]:
    """Relaxation time, its bare value and those with one group left out (ps)."""
    import numpy as np

    if interval is None:
        return NotComputed(unit="ps", method=NO_TIME), None, None
    if mean.min() > FALLEN:
        longest = (len(mean) - 1) * interval
        reason = f"C{order} falls to {mean.min():.2f} only within {longest:.3g} ps, a quarter of the run; run longer"
        return NotComputed(unit="ps", method=reason), None, None
    last = int(np.argmax(mean < LOWEST)) if (mean < LOWEST).any() else len(mean)
    if last < 3:
        return (
            NotComputed(unit="ps", method=f"C{order} is gone within {last} frames; write frames more often"),
            None,
            None,
        )
    value = _fit(mean[:last])
    each = None if without is None else np.array([_fit(curve[:last]) for curve in without])
    error = None
    if each is not None:
        error = sqrt((len(each) - 1) / len(each) * float(np.square(each - each.mean()).sum())) * interval
    how = "uncertainty: molecules left out in turn" if error is not None else "too few molecules for an uncertainty"
    found = Quantity(
        value=value * interval, uncertainty=error, unit="ps", n=0 if each is None else len(each), source=source,
        method=f"A exp(-t / tau) fitted to C{order} down to {max(float(mean[last - 1]), LOWEST):.2f}; {how}",
    )  # fmt: skip
    return found, value, each


def _fit(curve: Any) -> float:
    """Relaxation time in frames of the best exponential, amplitude free."""
    import numpy as np
    from scipy.optimize import minimize_scalar

    t = np.arange(1, len(curve))  # lag zero is one by definition: it does not know of librations
    y = curve[1:]

    def residue(log_tau: float) -> float:
        model = np.exp(-t / np.exp(log_tau))
        return float(np.square(y - (model @ y) / (model @ model) * model).sum())

    # golden section from the 1/e time, which is never off by more than the bracket
    guess = np.log(max(float(np.argmax(curve < np.exp(-1.0) * max(y[0], 1e-9))) or len(curve), 1.0))
    return float(np.exp(minimize_scalar(residue, bounds=(guess - 3, guess + 3), method="bounded").x))


def _ratio(results: list[tuple[AnyQuantity, float | None, Any]], source: str) -> AnyQuantity:
    import numpy as np

    (_, one, first), (_, two, second) = results
    if one is None or two is None:
        return NotComputed(unit="1", method="not both relaxation times are known")
    error = None
    if first is not None and second is not None:
        ratios = first / second
        error = sqrt((len(ratios) - 1) / len(ratios) * float(np.square(ratios - ratios.mean()).sum()))
    how = "molecules left out in turn" if error is not None else "too few molecules for one"
    return Quantity(
        value=one / two, uncertainty=error, unit="1", method=f"tau_1 / tau_2; uncertainty: {how}", source=source
    )
