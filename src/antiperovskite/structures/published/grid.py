"""The ideal sites of an orthogonal supercell of the cubic parent, and how operations permute them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

DIRECTIONS: Final = ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1))
"""The six directions from an octahedron's centre to its corners."""
_SAME: Final = 1e-6


@dataclass(frozen=True)
class Operation:
    """A symmetry operation in fractional coordinates, and what it does to the sites of a grid.

    ``A``, ``X`` and ``B`` say where each site goes; ``direction`` where each of :data:`DIRECTIONS` goes.
    """

    rotation: tuple[tuple[int, int, int], ...]
    A: tuple[int, ...]
    X: tuple[int, ...]
    B: tuple[int, ...]
    direction: tuple[int, ...]


@dataclass(frozen=True)
class Grid:
    """``repeats`` cubic X3BA cells along a, b and c: A at the corners, B at the centres, X at the face centres."""

    repeats: tuple[int, int, int]

    @property
    def cells(self) -> int:
        """Parent cells in the supercell."""
        return int(np.prod(self.repeats))

    @cached_property
    def corners(self) -> Array:
        """A sites ``(n, 3)``, fractional coordinates of the supercell."""
        return np.array(list(product(*(range(n) for n in self.repeats))), dtype=float) / self.repeats

    @cached_property
    def B(self) -> Array:
        """B sites ``(n, 3)``, fractional."""
        return self.corners + 0.5 / np.array(self.repeats)

    @cached_property
    def X(self) -> Array:
        """X sites ``(3 n, 3)``, fractional; site ``3 i + axis`` lies half a parent cell below B ``i`` along an axis."""
        below = np.eye(3) * 0.5 / np.array(self.repeats)
        return np.asarray((self.B[:, None, :] - below[None]).reshape(-1, 3))

    @cached_property
    def facing(self) -> Integers:
        """Index of the X site that each direction from each B points at, ``(n, 6)``."""
        steps = 0.5 * np.array(DIRECTIONS) / np.array(self.repeats)
        ends = (self.B[:, None, :] + steps[None]).reshape(-1, 3)
        found = _places(self.X, ends)
        assert found is not None
        return found.reshape(-1, 6)

    def operation(self, rotation: Array, translation: Array) -> Operation | None:
        """The permutation an operation makes, or ``None`` if it does not map the ideal sites onto themselves."""
        places: list[tuple[int, ...]] = []
        for sites in (self.corners, self.X, self.B):
            found = _places(sites, sites @ rotation.T + translation)
            if found is None:
                return None
            places.append(tuple(found.tolist()))
        turned = np.rint(rotation @ np.array(DIRECTIONS, dtype=float).T).T
        order = tuple(DIRECTIONS.index((int(x), int(y), int(z))) for x, y, z in turned)
        plain = tuple((int(x), int(y), int(z)) for x, y, z in np.rint(rotation))
        return Operation(plain, places[0], places[1], places[2], order)


def _places(sites: Array, points: Array) -> Integers | None:
    """Which site each point coincides with, modulo the lattice; ``None`` if one coincides with none."""
    difference = points[:, None, :] - sites[None, :, :]
    difference -= np.rint(difference)
    distance = np.abs(difference).max(axis=2)
    nearest = distance.argmin(axis=1)
    return nearest if bool((distance.min(axis=1) < _SAME).all()) else None
