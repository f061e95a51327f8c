"""Time-averaged density of one species on a grid that moves with the cell, and the free energy it means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import OptionError
from antiperovskite.transport.fractional import Moving, moving_ions
from antiperovskite.units import BOLTZMANN_EV_PER_K

if TYPE_CHECKING:
    from antiperovskite.dynamics.trajectory.model import Trajectory

LARGEST_GRID: Final = 30_000_000


@dataclass(frozen=True)
class IonDensity:
    """Visits of one species' ions to the cells of a periodic grid.

    ``counts[i, j, k]`` belongs to fractional coordinates ``(i / nx, j / ny, k / nz)`` of ``cell`` (mean cell, rows are
    vectors, angstrom; one repeat where the run's cell was folded ``fold`` times).
    """

    species: str
    counts: Any
    cell: Any
    n_frames: int
    n_ions: int
    fold: tuple[int, int, int]
    temperature_K: float | None
    source: str

    @property
    def voxel_volume(self) -> float:
        """Volume of one grid cell, angstrom^3."""
        import numpy as np

        return abs(float(np.linalg.det(self.cell))) / int(self.counts.size)

    def density(self) -> Any:
        """Ions per angstrom^3, shape of ``counts``; its integral over ``cell`` is the number of ions in it."""
        folded = self.fold[0] * self.fold[1] * self.fold[2]
        return self.counts / (self.n_frames * folded * self.voxel_volume)

    def smoothed(self, width_angstrom: float) -> Any:
        """Density convolved with a periodic Gaussian of this standard deviation, ions per angstrom^3."""
        import numpy as np
        from scipy.fft import irfftn, rfftn

        if not width_angstrom >= 0:
            raise OptionError(f"a width of {width_angstrom:g} angstrom is negative; give 0 or more")
        shape = self.counts.shape
        indices = [np.fft.fftfreq(n, 1.0 / n) for n in shape[:2]]
        indices.append(np.fft.rfftfreq(shape[2], 1.0 / shape[2]))
        waves = np.stack(np.meshgrid(*indices, indexing="ij"), axis=-1) @ np.linalg.inv(self.cell).T * (2 * np.pi)
        damping = np.exp(-0.5 * width_angstrom**2 * np.square(waves).sum(axis=-1))
        found = irfftn(rfftn(self.density()) * damping, s=shape)
        return np.maximum(found, 0.0)

    def free_energy(self, temperature_K: float | None = None, *, fewest_visits: int = 1) -> Any:
        """Free energy ``-k T ln(rho / rho_max)``, eV, shape of ``counts``; a masked array.

        Where fewer than ``fewest_visits`` visits were counted nothing is known but a lower bound: these points are
        masked, not infinite. The statistical error at a point with n independent visits is about ``k T / sqrt(n)``.

        Raises
        ------
        OptionError
            The temperature is not known, or not positive.
        """
        import numpy as np

        T = self.temperature_K if temperature_K is None else temperature_K
        if T is None or not T > 0:
            raise OptionError(f"a free energy needs the run's temperature, not {T}; give it in K (--temperature)")
        visited = self.counts >= max(1, fewest_visits)
        energy = np.full(self.counts.shape, np.nan)
        energy[visited] = -BOLTZMANN_EV_PER_K * T * np.log(self.counts[visited] / self.counts.max())
        return np.ma.masked_array(energy + 0.0, mask=~visited)


def ion_density(
    trajectory: Trajectory | Moving,
    species: str,
    *,
    framework: Sequence[str] | None = None,
    spacing_angstrom: float = 0.25,
    fold: tuple[int, int, int] = (1, 1, 1),
    progress: Callable[[int, int], None] | None = None,
) -> IonDensity:
    """Count where the ions of a species are, against the framework, in one pass and bounded memory.

    Parameters
    ----------
    trajectory
        The run, or its mobile ions chosen by ``moving_ions``.
    species
        Chemical symbol.
    framework
        Symbols whose drift is taken out, as in ``moving_ions``.
    spacing_angstrom
        Largest distance between grid points along the cell vectors.
    fold
        Repeats of the unit cell along each vector, put on top of each other for better statistics.

    Raises
    ------
    OptionError
        The spacing or folding is not positive, or the grid would be too large.
    """
    import numpy as np

    from antiperovskite.transport.density.kernel import count_visits

    moving = trajectory if isinstance(trajectory, Moving) else moving_ions(trajectory, species, framework)
    if not spacing_angstrom > 0 or min(fold) < 1:
        raise OptionError(f"a grid of spacing {spacing_angstrom:g} angstrom folded {fold} times; give positive numbers")
    cell = moving.mean_cell / np.array(fold)[:, None]
    shape = tuple(int(n) for n in np.ceil(np.linalg.norm(cell, axis=1) / spacing_angstrom - 1e-9))
    if shape[0] * shape[1] * shape[2] > LARGEST_GRID:
        raise OptionError(
            f"a spacing of {spacing_angstrom:g} angstrom makes a grid of {shape[0]} x {shape[1]} x {shape[2]} points; "
            f"at most {LARGEST_GRID:,} are allowed: give a larger spacing"
        )
    counts = np.zeros(shape, dtype=np.int64)
    repeats = np.array(fold, dtype=float)
    for block in moving.blocks():
        count_visits(block.positions, moving.ions, block.inverse, block.drift, repeats, counts)
        if progress is not None:
            progress(block.first + len(block.positions), moving.info.n_frames)
    info = moving.info
    return IonDensity(
        species, counts, cell, info.n_frames, len(moving.ions), fold, info.temperature_K, info.source
    )  # fmt: skip
