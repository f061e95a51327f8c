"""From supercells to the crystal without images: E(L) = E_inf + c / L^3.

The elastic interaction of a defect with its images falls off with the volume of the supercell (Leslie and Gillan,
J. Phys. C 1985, 10.1088/0022-3719/18/5/005). No electrostatic 1/L term is fitted: the cells are charge-neutral, and
the engines here have no long-range charges.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.quantity import Quantity

CITATION: Final = "leslie1985"


class SizeFit(Model):
    """Energies of one defect or cluster over the size of the supercell, and their limit."""

    lengths: tuple[float, ...] = Field(description="cube root of the supercell's volume, angstrom")
    energies: tuple[float, ...] = Field(description="eV")
    limit: float = Field(description="eV; E at infinite L, or of the one size computed")
    slope: float = Field(description="eV angstrom^3; 0 where one size was computed")
    uncertainty: float | None = Field(description="eV; None where one size was computed")

    def quantity(self, what: str, source: str, citations: tuple[str, ...] = ()) -> Quantity:
        """The limit as a quantity in eV."""
        n = len(self.lengths)
        if self.uncertainty is None:
            how = f"{what}; one supercell ({self.lengths[0]:.1f} angstrom): the error of its size is not known"
        else:
            how = (
                f"{what}; {n} supercells extrapolated with 1/L^3 from {self.energies[-1]:.3f} eV at "
                f"{self.lengths[-1]:.1f} angstrom; the uncertainty is that of the size, not of the engine"
            )
        return Quantity(
            value=self.limit, uncertainty=self.uncertainty, unit="eV", n=n, method=how, source=source,
            citations=citations if self.uncertainty is None else (*citations, CITATION),
        )  # fmt: skip


def fit_sizes(lengths: Sequence[float], energies: Sequence[float]) -> SizeFit:
    """Fit E_inf + c / L^3 by least squares.

    The uncertainty joins the standard error of E_inf (three sizes or more) and the correction itself taken as the half
    width of a uniform distribution, u^2 = s^2 + (E_inf - E_largest)^2 / 3: two sizes cannot tell this law from another.

    Parameters
    ----------
    lengths
        Cube roots of the supercells' volumes, angstrom.
    energies
        eV.

    Examples
    --------
    >>> fit = fit_sizes([8.0, 12.0], [0.5 + 40 / 8.0**3, 0.5 + 40 / 12.0**3])
    >>> round(fit.limit, 9), round(fit.slope, 6)
    (0.5, 40.0)
    """
    import numpy as np

    order = np.argsort(lengths)
    L, E = np.asarray(lengths, dtype=float)[order], np.asarray(energies, dtype=float)[order]
    kept = (tuple(round(float(x), 4) for x in L), tuple(float(x) for x in E))
    if len(set(kept[0])) < 2:
        return SizeFit(lengths=kept[0], energies=kept[1], limit=float(E[-1]), slope=0.0, uncertainty=None)
    design = np.stack([np.ones_like(L), L**-3], axis=1)
    (limit, slope), *_ = np.linalg.lstsq(design, E, rcond=None)
    error = 0.0
    if len(L) > 2:
        residual = E - design @ np.array([limit, slope])
        covariance = np.linalg.inv(design.T @ design) * float(residual @ residual) / (len(L) - 2)
        error = math.sqrt(max(0.0, float(covariance[0, 0])))
    uncertainty = math.hypot(error, (float(limit) - float(E[-1])) / math.sqrt(3.0))
    return SizeFit(lengths=kept[0], energies=kept[1], limit=float(limit), slope=float(slope), uncertainty=uncertainty)
