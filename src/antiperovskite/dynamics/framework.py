"""Is the framework still a crystal? Looked at in every frame, so that a molten or shattered run stops and says so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from antiperovskite.engines.lammps.dynamics import Frame
from antiperovskite.errors import OptionError

MOBILE: Final = frozenset({"Li", "Na", "K", "Rb", "Cs", "Ag", "Cu", "H", "D"})
LARGEST_SHARE: Final = 0.25
"""Share of framework ions that may have left their sites: single anion hops are allowed, melting is not."""
SMALLEST_VOLUME, LARGEST_VOLUME = 0.75, 1.4
HOTTEST: Final = 4.0
"""Largest instantaneous temperature over the set one; in 40 atoms the canonical spread is 0.13."""


def framework_elements(symbols: Iterable[str]) -> tuple[str, ...]:
    """Elements that hold the crystal together: all but mobile cations and hydrogen, sorted.

    Raises
    ------
    OptionError
        None is left.
    """
    found = tuple(sorted(set(symbols) - MOBILE))
    if not found:
        raise OptionError("the structure has no framework: all its elements are mobile cations or hydrogen")
    return found


@dataclass(frozen=True)
class FrameworkMonitor:
    """Compares the framework of a frame with its sites at the start.

    An ion has left its site when it is further from it than half the shortest distance between framework sites, after
    the drift of the whole framework is removed.

    Parameters
    ----------
    sites
        Fractional coordinates of the framework ions at the start, shape ``(n, 3)``.
    ions
        Their indices, shape ``(n,)``.
    half_distance
        Half the shortest distance between sites, angstrom.
    volume
        Of the cell at the start, angstrom^3.
    temperature_K
        Of the thermostat; None where there is none.
    """

    sites: Any
    ions: Any
    half_distance: float
    volume: float
    temperature_K: float | None

    @classmethod
    def of(cls, atoms: Any, elements: Sequence[str], temperature_K: float | None) -> FrameworkMonitor:
        """Monitor for ``ase.Atoms`` at their sites."""
        import numpy as np
        from ase.geometry import get_distances

        ions = np.flatnonzero(np.isin(np.array(atoms.get_chemical_symbols()), list(elements)))
        if not len(ions):
            raise OptionError(f"the structure holds none of the framework elements {', '.join(elements)}")
        _, distances = get_distances(atoms.positions[ions], cell=atoms.cell, pbc=True)
        nearest = distances[distances > 1e-6].min() if len(ions) > 1 else float(atoms.cell.lengths().min())
        # a lone ion's nearest neighbour is its own image
        nearest = min(float(nearest), float(atoms.cell.lengths().min()))
        fractional = np.linalg.solve(atoms.cell.array.T, atoms.positions[ions].T).T
        return cls(fractional, ions, nearest / 2.0, float(atoms.get_volume()), temperature_K)

    def displacements(self, frame: Frame) -> Any:
        """Distance of each framework ion from its site, angstrom, shape ``(n,)``, drift removed."""
        import numpy as np

        fractional = np.linalg.solve(frame.cell.T, frame.positions[self.ions].T).T - self.sites
        # the drift: the mean on the circle, which knows no cell edge, then the median, that of the ions that stayed
        fractional -= np.angle(np.exp(2j * np.pi * fractional).mean(axis=0)) / (2 * np.pi)
        fractional -= np.round(fractional)
        fractional -= np.median(fractional, axis=0)
        fractional -= np.round(fractional)
        return np.linalg.norm(fractional @ frame.cell, axis=1)

    def share_displaced(self, frame: Frame) -> float:
        """Share of framework ions that have left their sites."""
        return float((self.displacements(frame) > self.half_distance).mean())

    def __call__(self, frame: Frame) -> str | None:
        """Return why the run must stop, or None."""
        import numpy as np

        if not (np.isfinite(frame.positions).all() and np.isfinite(frame.potential_energy)):
            return "positions or energy are no longer numbers: the run blew up"
        ratio = abs(float(np.linalg.det(frame.cell))) / self.volume
        if not SMALLEST_VOLUME < ratio < LARGEST_VOLUME:
            return f"the cell's volume changed by a factor {ratio:.2f}: this is not the same crystal any more"
        share = self.share_displaced(frame)
        if share > LARGEST_SHARE:
            return (
                f"the framework is not intact: {share:.0%} of its ions are further than {self.half_distance:.2f} "
                "angstrom from their sites (molten, transformed or decomposed)"
            )
        if self.temperature_K is not None and frame.temperature > HOTTEST * self.temperature_K:
            return (
                f"the temperature reached {frame.temperature:.0f} K, the thermostat is set to {self.temperature_K:g} K"
            )
        return None
