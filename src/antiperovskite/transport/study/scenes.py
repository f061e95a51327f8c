"""What a study keeps of its hottest run for looking at: the mobile ions' density in one unit cell, and a few hops.

Both are small enough to ship: the density is folded onto the cell by which the framework repeats and its counts are
stored as their logarithms in one byte each; the hops are a list of who went from which site to which, and when.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import AntiperovskiteError
from antiperovskite.transport.study.clip import hop_clip
from antiperovskite.transport.study.model import DensityMap, StudyScenes
from antiperovskite.transport.study.sites import sites_of

if TYPE_CHECKING:
    from antiperovskite.dynamics.trajectory.model import Trajectory
    from antiperovskite.transport.density.grid import IonDensity

SPACING: Final = 0.2
"""angstrom, at least; larger cells get a coarser grid of at most ``MOST_POINTS``."""
MOST_POINTS: Final = 20_000
SAME_PLACE: Final = 0.8
"""angstrom between an ion's mean place and a translated one that still counts as the same."""
SHORTEST: Final = 2.0
"""angstrom; shorter translations would carry every ion onto itself."""
LEAST_SHARE: Final = 0.8
"""Share of the framework's ions that a translation must carry onto one of their element; vacancies break a few."""
LEVELS: Final = 255
ORIGIN: Final = 0.25
"""Fraction of the cell at which its first octahedron centre lies, so that no site lies on a face."""


def study_scenes(
    trajectory: Trajectory, species: Sequence[str], centre: str | None, temperature_K: float
) -> StudyScenes:
    """Density of the first species and a clip of hops of all; what cannot be had is said in the notes.

    Parameters
    ----------
    trajectory
        The run without its equilibration.
    species
        Mobile ions, the one whose density is wanted first.
    centre
        Symbol of the octahedron centres, ``None`` where there is none.
    temperature_K
        Of the run.
    """
    notes: list[str] = []
    density = clip = None
    try:
        density = density_map(trajectory, species[0], centre, temperature_K)
    except AntiperovskiteError as error:
        notes.append(f"no ion density: {error}")
    try:
        clip = hop_clip(trajectory, {one: sites_of(trajectory, one, centre) for one in species}, temperature_K)
        if clip is None:
            notes.append("no moving picture: no ion hops in this run")
    except AntiperovskiteError as error:
        notes.append(f"no moving picture: {error}")
    return StudyScenes(temperature_K=temperature_K, density=density, clip=clip, notes=tuple(notes))


def density_map(trajectory: Trajectory, species: str, centre: str | None, temperature_K: float) -> DensityMap:
    """Fold the density of a species onto the cell by which the framework repeats, and pack it.

    Raises
    ------
    AntiperovskiteError
        The run does not hold the species, or its coordinates are wrapped.
    """
    import numpy as np

    from antiperovskite.transport.density import ion_density
    from antiperovskite.transport.fractional import average_places, moving_ions

    moving = moving_ions(trajectory, species)
    places = {symbol: average_places(moving, moving.info.of(symbol)) for symbol in moving.framework}
    fold = repeats(places, moving.mean_cell)
    volume = abs(float(np.linalg.det(moving.mean_cell))) / (fold[0] * fold[1] * fold[2])
    spacing = max(SPACING, 1.05 * (volume / MOST_POINTS) ** (1 / 3))
    found = ion_density(moving, species, spacing_angstrom=spacing, fold=fold)
    small = {symbol: folded(places[symbol], fold, found.cell) for symbol in places}
    lead = small[centre if centre in small else next(iter(small))][0] if small else np.full(3, ORIGIN)
    shape = np.array(found.counts.shape)
    steps = np.rint((ORIGIN - lead) * shape).astype(int)
    counts = np.roll(found.counts, tuple(steps), axis=(0, 1, 2))
    moved = {symbol: np.mod(at + steps / shape, 1.0) for symbol, at in small.items()}
    return DensityMap(
        species=species,
        temperature_K=temperature_K,
        cell=_rows(found.cell),
        shape=(int(shape[0]), int(shape[1]), int(shape[2])),
        fold=fold,
        n_frames=found.n_frames,
        n_ions=found.n_ions,
        largest=int(counts.max()),
        levels=packed(counts),
        framework={symbol: _rows(at) for symbol, at in moved.items()},
        source=found.source,
    )


def repeats(places: dict[str, Any], cell: Any) -> tuple[int, int, int]:
    """How often the framework repeats along each vector of the run's cell: the largest numbers that its ions allow."""
    import numpy as np

    most = np.floor(np.linalg.norm(cell, axis=1) / SHORTEST).astype(int)

    def carried(axis: int, share: float) -> bool:
        step = np.zeros(3)
        step[axis] = share
        kept = total = 0
        for at in places.values():
            apart = (at + step)[:, None] - at[None]
            apart -= np.round(apart)
            kept += int((np.linalg.norm(apart @ cell, axis=2).min(axis=1) < SAME_PLACE).sum())
            total += len(at)
        return total > 0 and kept >= LEAST_SHARE * total

    def allowed(axis: int, times: int) -> bool:
        # all multiples: in a long cell one translation too short by little still meets the next ion
        return all(carried(axis, k / times) for k in range(1, times // 2 + 1))

    a, b, c = (max([1, *(n for n in range(2, most[axis] + 1) if allowed(axis, n))]) for axis in range(3))
    return a, b, c


def folded(places: Any, fold: tuple[int, int, int], cell: Any) -> Any:
    """Mean places in the small cell of ions that lie on top of each other there, fractional, shape ``(n, 3)``."""
    import numpy as np

    left = np.mod(np.asarray(places) * np.array(fold), 1.0)
    found = []
    while len(left):
        apart = left - left[0]
        apart -= np.round(apart)
        near = np.linalg.norm(apart @ cell, axis=1) < 2 * SAME_PLACE
        found.append(np.mod(left[0] + apart[near].mean(axis=0), 1.0))
        left = left[~near]
    return np.array(found)


def packed(counts: Any) -> str:
    """Counts as text: ``255 ln(1 + n)/ln(1 + n_max)`` rounded, deflated, base 64; zero stays zero."""
    import base64
    import zlib

    import numpy as np

    scale = LEVELS / np.log1p(max(int(counts.max()), 1))
    levels = np.rint(scale * np.log1p(counts)).astype(np.uint8)
    return base64.b64encode(zlib.compress(levels.tobytes(), 9)).decode("ascii")


def unpacked(density: DensityMap) -> IonDensity:
    """The density of a map, each count within a few per cent of what was counted.

    Raises
    ------
    DataError
        The text is damaged, or does not fill the grid.
    """
    import base64
    import zlib

    import numpy as np

    from antiperovskite.errors import DataError
    from antiperovskite.transport.density.grid import IonDensity

    try:
        levels = np.frombuffer(zlib.decompress(base64.b64decode(density.levels)), dtype=np.uint8)
        grid = levels.reshape(density.shape)
    except (ValueError, zlib.error) as error:
        raise DataError(f"the ion density of {density.source} is damaged ({error}); collect the study again") from error
    counts = np.expm1(grid * (np.log1p(max(density.largest, 1)) / LEVELS))
    return IonDensity(
        density.species, counts, np.array(density.cell), density.n_frames, density.n_ions, density.fold,
        density.temperature_K, density.source,
    )  # fmt: skip


def _rows(values: Any) -> tuple[tuple[float, float, float], ...]:
    return tuple((float(a), float(b), float(c)) for a, b, c in values)


def tiled(density: IonDensity, times: int) -> IonDensity:
    """The same density in a cell ``times`` as long along each vector."""
    from dataclasses import replace

    import numpy as np

    return replace(density, counts=np.tile(density.counts, (times,) * 3), cell=density.cell * times)
