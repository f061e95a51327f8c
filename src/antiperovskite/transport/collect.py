"""One pass over a trajectory: windows of the mobile ions, of their sum, and of the framework, drift taken out.

In a run whose cell changes, positions are taken as unwrapped fractional coordinates times the mean cell, so that the
breathing of the cell is not read as motion. The framework's centre of mass is subtracted in every frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import DataError, OptionError, one_line
from antiperovskite.transport.windows import WindowCollector, Windows
from antiperovskite.transport.wrapped import StepWatch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from antiperovskite.dynamics.trajectory.model import Trajectory, TrajectoryInfo
    from antiperovskite.dynamics.trajectory.repeats import FrameMemory

NEIGHBOUR_SAMPLE: Final = 64
CHUNK_BYTES: Final = 16_000_000


@dataclass(frozen=True)
class Collected:
    """What a trajectory says about the motion of some species (lengths in angstrom, volume in angstrom^3)."""

    info: TrajectoryInfo
    species: tuple[str, ...]
    counts: dict[str, int]
    selves: dict[str, Windows]
    sums: Windows
    pairs: tuple[tuple[str, str], ...]
    framework: Windows | None
    framework_species: tuple[str, ...]
    volume: float
    drift: float
    nearest: dict[str, float]
    framework_nearest: float | None
    repeated_frames: int
    memory: FrameMemory | None = None
    """Which frames there were; ``None`` where no frame was written (kinetic Monte Carlo)."""


def collect(
    trajectory: Trajectory,
    species: Sequence[str],
    framework: Sequence[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Collected:
    """Read a trajectory once.

    Parameters
    ----------
    trajectory
        Anything with ``info``, ``blocks`` and ``cells``.
    species
        Chemical symbols whose motion is wanted.
    framework
        Symbols of the ions that stay; all others if not given.
    progress
        Called with frames done and frames in all.

    Raises
    ------
    OptionError
        A symbol does not occur, or a species is mobile and framework at once.
    DataError
        Too few frames, or coordinates that are not numbers.
    DiffusionRefusedError
        Ions jump across the cell between frames: the trajectory is wrapped or its frames are too far apart.
    """
    import numpy as np

    from antiperovskite.dynamics.trajectory.cells import cell_statistics
    from antiperovskite.dynamics.trajectory.repeats import FrameMemory

    info = trajectory.info
    held = check_species(info, species, framework)
    if info.n_frames < 4:
        raise DataError(f"{info.source} has {info.n_frames} frames; diffusion needs hundreds")
    groups = {symbol: info.of(symbol) for symbol in species}
    fixed = info.of(*held) if held else np.array([], dtype=int)
    weights = _masses(info, fixed)
    cells = cell_statistics(trajectory)
    mean_cell = cells.mean
    n = info.n_frames
    pairs = tuple((a, b) for k, a in enumerate(species) for b in species[k:])
    selves = {symbol: WindowCollector(n, len(ions)) for symbol, ions in groups.items()}
    together = WindowCollector(n, len(pairs))
    still = WindowCollector(n, len(fixed)) if len(fixed) else None
    watch = StepWatch(mean_cell)
    drift = 0.0
    first: Any = None
    memory = FrameMemory()
    for block in trajectory.blocks(size=max(1, CHUNK_BYTES // (24 * info.n_ions))):
        positions = np.asarray(block.positions, dtype=float)
        memory.add(positions)
        if not cells.constant:
            positions = positions @ np.linalg.inv(block.cells) @ mean_cell
        if first is None:
            first = positions[0].copy()
        positions = positions - first  # displacements: as precise as the format, wherever the origin is
        watch.look(positions, block.first)
        if still is not None:
            centre = np.einsum("fic,i->fc", positions[:, fixed], weights)
            drift = float(np.linalg.norm(centre[-1]))
            positions = positions - centre[:, None]
            still.add(positions[:, fixed])
        total = {}
        for symbol, ions in groups.items():
            selves[symbol].add(positions[:, ions])
            total[symbol] = positions[:, ions].sum(axis=1)
        together.add(np.stack([total[a] if a == b else total[a] + total[b] for a, b in pairs], axis=1))
        if progress is not None:
            progress(block.first + len(positions), n)
    return Collected(
        info=info,
        species=tuple(species),
        counts={symbol: len(ions) for symbol, ions in groups.items()},
        selves={symbol: item.finish() for symbol, item in selves.items()},
        sums=together.finish(),
        pairs=pairs,
        framework=still.finish() if still is not None else None,
        framework_species=held,
        volume=cells.volume,
        drift=drift,
        nearest={symbol: _nearest(first, ions, mean_cell) for symbol, ions in groups.items()},
        framework_nearest=_nearest(first, fixed, mean_cell) if len(fixed) else None,
        repeated_frames=watch.repeated,
        memory=memory,
    )


def check_species(info: TrajectoryInfo, species: Sequence[str], framework: Sequence[str] | None) -> tuple[str, ...]:
    """Return the framework's species, in order of appearance.

    Raises
    ------
    OptionError
        Nothing is named, a symbol does not occur, or one is both mobile and framework.
    """
    present = tuple(dict.fromkeys(info.symbols))
    if not species:
        raise OptionError(f"no mobile species was given; choose from {', '.join(present)}")
    for symbol in (*species, *(framework or ())):
        if symbol not in present:
            raise OptionError(f"no {one_line(symbol, 20)!r} in {info.source}; it holds {', '.join(present)}")
    if framework is None:
        return tuple(symbol for symbol in present if symbol not in species)
    both = [symbol for symbol in framework if symbol in species]
    if both:
        raise OptionError(f"{both[0]!r} is named as mobile and as framework; choose one of them")
    return tuple(symbol for symbol in present if symbol in framework)


def _masses(info: TrajectoryInfo, ions: Any) -> Any:
    import numpy as np
    from ase.data import atomic_masses, atomic_numbers

    masses = np.array([atomic_masses[atomic_numbers.get(info.symbols[ion], 0)] for ion in ions])
    return masses / masses.sum() if len(masses) else masses


def _nearest(positions: Any, ions: Any, cell: Any) -> float:
    """Median distance from an ion to the nearest other of its kind, across cell edges; a lone ion: to its image."""
    import numpy as np

    shifts = np.array(np.meshgrid([-1, 0, 1], [-1, 0, 1], [-1, 0, 1])).reshape(3, -1).T
    fractional = positions[ions] @ np.linalg.inv(cell)
    found = []
    for k in range(0, len(ions), max(1, len(ions) // NEIGHBOUR_SAMPLE)):
        apart = fractional - fractional[k]
        apart = (apart - np.round(apart))[:, None] + shifts
        distances = np.linalg.norm(apart @ cell, axis=2)
        found.append(float(distances[distances > 0.1].min()))
    return float(np.median(found))
