"""The ions around a hop, image by image: cut out of a supercell's path, kept with the package, and found again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Final

from antiperovskite._files import package_data, read_record
from antiperovskite._model import Model
from antiperovskite.assessment.hop_model import HopPath
from antiperovskite.errors import DataError
from antiperovskite.migration.model import Barrier

RADIUS: Final = 7.0  # angstrom; the octahedra that the hop begins and ends in, and their neighbours
_MOVED: Final = 0.4  # of the longest way an ion goes; ions that go further hop, the others make room
_SAME: Final = 1e-4  # eV; a path whose energies differ more from a barrier's is the path of another run


class PathSet(Model):
    """Paths that come with the package for one engine, by formula."""

    engine: str
    made_by: str
    paths: dict[str, tuple[HopPath, ...]]


def cut_path(barrier: Barrier, symbols: Sequence[str], cell: Any, images: Any, radius: float = RADIUS) -> HopPath:
    """Cut the surroundings of a hop out of its path.

    Parameters
    ----------
    barrier
        The barrier that the path belongs to.
    symbols
        Elements of the supercell.
    cell
        Its vectors, angstrom, ``(3, 3)``.
    images
        Positions, angstrom, ``(n_images, n_atoms, 3)``, continuous from image to image.
    radius
        Angstrom, from the middle of the hop.
    """
    import numpy as np

    x, lattice = np.asarray(images, dtype=float), np.asarray(cell, dtype=float)
    inverse = np.linalg.inv(lattice)
    steps = np.diff(x, axis=0) @ inverse
    x = x[0] + np.concatenate([np.zeros((1, *x.shape[1:])), np.cumsum((steps - np.round(steps)) @ lattice, axis=0)])
    moved = np.linalg.norm(x[-1] - x[0], axis=1)
    hopping = moved > _MOVED * moved.max()
    ways = (x[:, hopping] - x[0, hopping][0]) @ inverse
    centre = x[0, hopping][0] + ((ways - np.round(ways[:1])) @ lattice).mean(axis=(0, 1))
    apart = (x[0] - centre) @ inverse
    x = x - centre - np.round(apart) @ lattice  # every ion at its nearest image
    shifts = np.array(sorted(product((-1, 0, 1), repeat=3), key=lambda n: sum(map(abs, n)))) @ lattice
    kept = [
        (k, shift)
        for shift in shifts
        for k in range(len(symbols))
        if np.linalg.norm(x[0, k] + shift) <= radius or (hopping[k] and not shift.any())
    ]
    places = np.stack([x[:, k] + shift for k, shift in kept], axis=1)
    return HopPath(
        mechanism=barrier.hop.mechanism,
        number=barrier.hop.number,
        supercell=barrier.supercell,
        compensation=barrier.compensation,
        symbols=tuple(symbols[k] for k, _ in kept),
        images=tuple(tuple((round(a, 3), round(b, 3), round(c, 3)) for a, b, c in image.tolist()) for image in places),
        energies=barrier.energies,
        movers=tuple(n for n, (k, shift) in enumerate(kept) if hopping[k] and not shift.any()),
        radius=radius,
    )


def read_path(barrier: Barrier, file: Path, radius: float = RADIUS) -> HopPath:
    """Cut the surroundings of a hop out of the extended XYZ file that a search keeps.

    Raises
    ------
    DataError
        The file cannot be read, or holds another path.
    """
    from ase.io import read

    try:
        frames = read(file, index=":", format="extxyz")
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise DataError(f"cannot read the path {file}: {error}") from error
    energies = [float(frame.get_potential_energy()) for frame in frames]
    if not _agree([energy - energies[0] for energy in energies], barrier.energies):
        raise DataError(f"{file} is not the path of this barrier: their energies differ; compute it again")
    images = [frame.positions for frame in frames]
    return cut_path(barrier, frames[0].get_chemical_symbols(), frames[0].cell.array, images, radius)


def paths_of(barriers: Iterable[Barrier], known: Iterable[HopPath]) -> tuple[HopPath, ...]:
    """The paths that belong to these barriers, in their order."""
    kept = tuple(known)
    return tuple(path for barrier in barriers for path in kept if belongs(path, barrier))


def belongs(path: HopPath, barrier: Barrier) -> bool:
    """Whether a path is that of a barrier: the same hop in the same cell, with the same energies."""
    hop = barrier.hop
    same = (hop.mechanism, hop.number, barrier.supercell, barrier.compensation)
    return same == (path.mechanism, path.number, path.supercell, path.compensation) and _agree(
        barrier.energies, path.energies
    )


def _agree(first: Sequence[float], second: Sequence[float]) -> bool:
    return len(first) == len(second) and all(abs(a - b) < _SAME for a, b in zip(first, second, strict=True))


@cache
def shipped_paths(engine: str) -> dict[str, tuple[HopPath, ...]]:
    """Paths that come with the package, by formula; empty for an engine without any."""
    file = package_data("assessment", f"paths/{engine}.json")
    return read_record(file, PathSet, "a set of migration paths").paths if file.is_file() else {}
