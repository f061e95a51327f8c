"""The jump tensor: in which directions ions jump, and whether the jumps lead anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.transport.jumps.network import network_dimension

if TYPE_CHECKING:
    from antiperovskite.transport.jumps.transitions import Jumps

RESAMPLES: Final = 400
FEWEST_IONS: Final = 5


@dataclass(frozen=True)
class Tensor:
    """Eigenvalues, axes, and what they say."""

    coefficient: AnyQuantity
    principal: tuple[AnyQuantity, ...]
    axes: tuple[tuple[float, float, float], ...]
    anisotropy: AnyQuantity
    dimensionality: AnyQuantity


def jump_tensor(jumps: Jumps, interval: float | None, source: str, seed: int = 0) -> Tensor:
    """Tensor sum of d d^T / (2 N t) over jumps d of N ions in time t, in cm^2/s.

    Its trace over 3 is rate x length^2 / 6. It is the diffusion tensor if successive jumps were
    independent. Uncertainties: resampling of ions in the fixed
    principal axes (resampled eigenvalues would be pushed apart); with few ions, of jumps.
    """
    import numpy as np

    if not len(jumps):
        none = NotComputed(unit="cm^2/s", method="there are no jumps")
        one = NotComputed(unit="1", method="there are no jumps")
        return Tensor(none, (), (), one, one)
    vectors = jumps.vectors
    values, axes = np.linalg.eigh(vectors.T @ vectors)
    values, axes = values[::-1], axes[:, ::-1]
    squares = np.square(vectors @ axes)
    many = jumps.n_ions >= FEWEST_IONS
    group = jumps.ion if many else np.arange(len(jumps))
    sums = np.stack([np.bincount(group, squares[:, k], jumps.n_ions if many else len(jumps)) for k in range(3)], axis=1)
    pick = np.random.default_rng(seed).integers(len(sums), size=(RESAMPLES, len(sums)))
    drawn = np.stack([sums[row].sum(axis=0) for row in pick])
    how = "resampling of ions" if many else "resampling of jumps"
    dimension = Quantity(
        value=float(network_dimension(jumps.start, jumps.end, jumps.translation)), uncertainty=None, unit="1",
        n=len(jumps), source=source,
        method="rank of the lattice translations along closed walks over observed jumps; a lower bound: jumps that "
        "were not seen could add directions",
    )  # fmt: skip
    ratio = values[2] / values[0]
    drawn_ratio = drawn[:, 2] / np.maximum(drawn[:, 0], 1e-300)
    anisotropy = Quantity(
        value=float(ratio), uncertainty=float(drawn_ratio.std(ddof=1)), unit="1", n=len(jumps), source=source,
        method=f"smallest over largest eigenvalue of the jump tensor (1: isotropic); uncertainty: {how}",
    )  # fmt: skip
    columns = tuple((float(axes[0, k]), float(axes[1, k]), float(axes[2, k])) for k in range(3))
    if interval is None:
        none = NotComputed(unit="cm^2/s", method="the time between frames is not known; give it (--timestep-ps)")
        return Tensor(none, (none,) * 3, columns, anisotropy, dimension)
    scale = 1e-4 / (2.0 * jumps.n_ions * jumps.n_frames * interval)
    errors = drawn.std(axis=0, ddof=1)
    principal = tuple(
        Quantity(
            value=max(float(values[k]), 0.0) * scale, uncertainty=float(errors[k]) * scale, unit="cm^2/s",
            n=len(jumps), source=source,
            method=f"eigenvalue of the jump tensor, jumps taken as independent; uncertainty: {how}",
        )
        for k in range(3)
    )  # fmt: skip
    total = Quantity(
        value=float(values.sum()) / 3 * scale, uncertainty=float(drawn.sum(axis=1).std(ddof=1)) / 3 * scale,
        unit="cm^2/s", n=len(jumps), source=source,
        method=f"rate times squared hop length over 6, jumps taken as independent; times the correlation factor it is "
        f"the tracer's; uncertainty: {how}",
    )  # fmt: skip
    return Tensor(total, principal, columns, anisotropy, dimension)
