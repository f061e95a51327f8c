"""Where defects can sit, and the symmetry that makes places and clusters of them alike.

A place is a site of an ion, a split interstitial on it (two ions share the site), a void, or an orientation of a
hydroxide. The symmetry group of a supercell is kept as permutations of its places, so that clusters are compared as
integers and their number can be checked with Burnside's lemma.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.defects.host import Host, Times, unit_structure
from antiperovskite.errors import StructureError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

SYMPREC: Final = 0.01  # angstrom
SAME_PLACE: Final = 0.05  # angstrom
DUMBBELL_HALF: Final = 0.85  # angstrom; half the starting distance of a split interstitial
OH_LENGTH: Final = 0.97  # angstrom; the relaxation sets it
VOID_CLEARANCE: Final = 1.4  # angstrom to the nearest ion's centre
MOST_VOIDS: Final = 3


@dataclass(frozen=True)
class Place:
    """One place of the unit cell: ``points`` are fractional coordinates ``(k, 3)`` of what is put there.

    ``group`` is the ion of the host on the site, ``None`` for a void; ``shape`` says what the place is:
    ``site``, ``dumbbell [100]``, ``void``, ``OH``.
    """

    shape: str
    group: int | None
    points: tuple[tuple[float, float, float], ...]

    @property
    def centre(self) -> Any:
        """Mean of the points, fractional ``(3,)``."""
        import numpy as np

        return np.mean(np.array(self.points), axis=0)


def site_places(host: Host, groups: Sequence[int]) -> list[Place]:
    """The sites of these ions."""
    return [Place("site", group, (_fractional(host, host.cell.centre(group)),)) for group in groups]


def dumbbell_places(host: Host, groups: Sequence[int]) -> list[Place]:
    """Split interstitials along <100> and <110> of the cell's axes on every site."""
    directions = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (1, -1, 0), (1, 0, 1), (1, 0, -1), (0, 1, 1), (0, 1, -1)]
    places = []
    for group in groups:
        centre = host.cell.centre(group)
        for direction in directions:
            half = DUMBBELL_HALF * _unit(host, direction)
            ends = (_fractional(host, centre - half), _fractional(host, centre + half))
            places.append(Place("dumbbell", group, ends))
    return closed(host, places)


def hydroxide_places(host: Host, groups: Sequence[int]) -> list[Place]:
    """Hydrogens on these ions, towards faces, edges and corners of the cell's axes."""
    places = []
    for group in groups:
        centre = host.cell.centre(group)
        for direction in product((-1, 0, 1), repeat=3):
            if any(direction):
                end = centre + OH_LENGTH * _unit(host, direction)
                places.append(Place("OH", group, (_fractional(host, end),)))
    return closed(host, places)


def void_places(host: Host) -> list[Place]:
    """Voids farther than 1.4 angstrom from every ion (vertices of the Voronoi cells), whole orbits, the widest first.

    At most three orbits; the relaxation moves an ion put there to where it wants to be.
    """
    import numpy as np
    from scipy.spatial import Voronoi, cKDTree

    lattice, positions = host.cell.lattice, host.cell.positions
    shifts = np.array(list(product((-1, 0, 1), repeat=3))) @ lattice
    images = (positions[None] + shifts[:, None]).reshape(-1, 3)
    vertices = Voronoi(images).vertices
    fractional = vertices @ np.linalg.inv(lattice)
    inside = ((fractional > -1e-6) & (fractional < 1.0 - 1e-6)).all(axis=1)
    clearance = cKDTree(images).query(vertices[inside])[0]
    found: list[tuple[float, Any]] = []
    for room, point in sorted(zip(clearance.tolist(), fractional[inside], strict=True), key=lambda item: -item[0]):
        if room > VOID_CLEARANCE and all(_apart(host, point, other) > SAME_PLACE for _, other in found):
            found.append((room, point))
    rotations, translations = operations(host)
    result: list[Place] = []
    orbits = 0
    for _, point in found:
        if any(_apart(host, point, place.centre) < SAME_PLACE for place in result) or orbits == MOST_VOIDS:
            continue
        orbits += 1
        orbit: list[Any] = []
        for image in (np.einsum("oij,j->oi", rotations, point) + translations) % 1.0:
            if all(_apart(host, image, other) > SAME_PLACE for other in orbit):
                orbit.append(image)
        result += [Place("void", None, ((float(p[0]), float(p[1]), float(p[2])),)) for p in orbit]
    return result


def closed(host: Host, places: Sequence[Place]) -> list[Place]:
    """The places and whatever the space group makes of them that is not among them (hexagonal axes need this)."""
    import numpy as np

    rotations, translations = operations(host)
    centres = {group: np.array(_fractional(host, host.cell.centre(group))) for group in {p.group for p in places} if
               group is not None}  # fmt: skip
    result = list(places)
    for place in result:  # grows while it is read
        if place.group is None:
            continue
        for R, t in zip(rotations, translations, strict=True):
            points = np.array(place.points) @ R.T + t
            middle = centres[place.group] @ R.T + t
            site = next(
                (g for g, c in centres.items() if _same_points(host, (middle - np.round(middle - c))[None], c[None])),
                None,
            )
            if site is None:
                continue  # a symmetric site that was not asked for
            points = points - np.round(middle - centres[site])
            if not any(p.group == site and _same_points(host, points, np.array(p.points)) for p in result):
                ends = tuple((float(x), float(y), float(z)) for x, y, z in points)
                result.append(Place(place.shape, site, ends))
    return result


def operations(host: Host) -> tuple[Any, Any]:
    """Rotations ``(n, 3, 3)`` and translations ``(n, 3)`` of the unit cell's space group, fractional.

    Raises
    ------
    StructureError
        spglib finds none.
    """
    from antiperovskite.structures.symmetry import symmetry_operations

    structure = unit_structure(host)
    numbers = [site.specie.Z for site in structure]
    return symmetry_operations(structure.lattice.matrix, structure.frac_coords, numbers, SYMPREC)


def orbit_numbers(host: Host, places: Sequence[Place]) -> list[int]:
    """For each place of the unit cell the number of its orbit, counted in the order of first appearance."""
    table = permutations(host, places, (1, 1, 1))
    lowest = table.min(axis=0)
    names: dict[int, int] = {}
    return [names.setdefault(int(first), len(names)) for first in lowest]


def permutations(host: Host, places: Sequence[Place], times: Times) -> Integers:
    """Where every operation of the supercell brings each of its places, ``(n_operations, n_cells * n_places)``.

    Place ``p`` of copy ``c`` has the number ``c * n_places + p``; copies are numbered as
    :func:`antiperovskite.dynamics.cell.repeated` does. Operations are those of the space group that keep the supercell,
    and the translations inside it.
    """
    import numpy as np

    sizes = np.array(times)
    copies = np.array(list(product(*(range(n) for n in times))))
    moves = [_move(host, places, R, t) for R, t in zip(*operations(host), strict=True) if _keeps(R, sizes)]
    tables = []
    for rotation, target, shift in moves:
        image = copies @ rotation.T  # (cells, 3)
        moved = image[:, None] + shift[None]  # (cells, places, 3)
        for offset in copies:
            cell = (moved + offset) % sizes
            number = (cell[..., 0] * times[1] + cell[..., 1]) * times[2] + cell[..., 2]
            tables.append((number * len(places) + target[None]).ravel())
    return np.unique(np.array(tables), axis=0)


def _keeps(rotation: Any, sizes: Any) -> bool:
    """Whether a rotation maps the supercell's lattice on itself."""
    return bool(((rotation * sizes[None]) % sizes[:, None] == 0).all())


def _move(host: Host, places: Sequence[Place], rotation: Any, translation: Any) -> tuple[Any, Any, Any]:
    """Which place every place of the unit cell goes to and by how many cells."""
    import numpy as np

    centres = np.array([place.centre for place in places])
    target, shift = np.empty(len(places), dtype=np.int64), np.empty((len(places), 3), dtype=np.int64)
    for index, place in enumerate(places):
        points = np.array(place.points) @ rotation.T + translation
        for other in range(len(places)):
            if places[other].shape != place.shape:
                continue
            step = np.round(points.mean(axis=0) - centres[other])
            if _same_points(host, points - step, np.array(places[other].points)):
                target[index], shift[index] = other, step
                break
        else:
            raise StructureError(f"the places of {host.formula} are not closed under its symmetry; this is a defect")
    return np.asarray(rotation, dtype=np.int64), target, shift


def _same_points(host: Host, first: Array, second: Array) -> bool:
    import numpy as np

    distance = np.linalg.norm((first[:, None] - second[None]) @ host.cell.lattice, axis=-1)
    return bool((distance.min(axis=1) < SAME_PLACE).all() and (distance.min(axis=0) < SAME_PLACE).all())


def _apart(host: Host, first: Any, second: Any) -> float:
    import numpy as np

    return float(np.linalg.norm(host.cell.shortest(first @ host.cell.lattice, second @ host.cell.lattice)))


def _unit(host: Host, direction: Sequence[int]) -> Any:
    import numpy as np

    vector = np.array(direction, dtype=float) @ (host.cell.lattice / np.linalg.norm(host.cell.lattice, axis=1)[:, None])
    return vector / np.linalg.norm(vector)


def _fractional(host: Host, point: Any) -> tuple[float, float, float]:
    import numpy as np

    x, y, z = np.linalg.solve(host.cell.lattice.T, point)
    return float(x), float(y), float(z)
