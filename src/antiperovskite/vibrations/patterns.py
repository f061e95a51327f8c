"""Motions with a name, as mass-weighted vectors: rotations of octahedra, rotations and translations of ions.

A mode at q displaces atom k of cell l by u = v_k exp(i q l) / sqrt(m_k); v is its vector here (cell gauge: the phase
is that of the cell, so all v are real where 2q is a reciprocal lattice vector).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from antiperovskite.vibrations.cells import Kind, Sites

    Array = NDArray[np.float64]
    Complex = NDArray[np.complex128]

OCTAHEDRON_SHELL: Final = 1.3  # X within this multiple of the shortest B-X distance are corners
_ZERO: Final = 1e-6

Member = tuple[int, tuple[int, int, int]]
"""An atom of the primitive cell and the cell it is in."""


@dataclass(frozen=True)
class Framework:
    """The primitive cell as modes see it.

    ``bodies`` are the ions: members and their positions relative to the centre of mass. ``octahedra`` are the
    X corners around each B ion, relative to it.
    """

    lattice: Array
    positions: Array  # fractional, of the atoms phonopy calls primitive, not wrapped
    masses: Array
    kinds: tuple[Kind, ...]
    bodies: tuple[tuple[tuple[Member, ...], Array], ...]
    octahedra: tuple[tuple[tuple[Member, ...], Array], ...]


def framework(phonon: Any, sites: Sites) -> Framework:
    """Read the primitive cell of a ``phonopy.Phonopy`` object made from ``sites``."""
    import numpy as np

    supercell, primitive = phonon.supercell, phonon.primitive
    unit = [supercell.u2u_map[supercell.s2u_map[s]] for s in primitive.p2s_map]
    lattice = np.asarray(primitive.cell)
    positions = np.asarray(supercell.positions)[primitive.p2s_map] @ np.linalg.inv(lattice)
    kinds = tuple(sites.kinds[k] for k in unit)
    masses = np.asarray(primitive.masses)
    bodies = _bodies(lattice, positions, masses, kinds)
    return Framework(lattice, positions, masses, kinds, bodies, _octahedra(lattice, positions, kinds, bodies))


def _bodies(
    lattice: Array, positions: Array, masses: Array, kinds: tuple[Kind, ...]
) -> tuple[tuple[tuple[Member, ...], Array], ...]:
    import numpy as np

    from antiperovskite.vibrations.cells import CLUSTER_BOND

    images = np.array(list(product((-1, 0, 1), repeat=3)))
    left, bodies = set(range(len(kinds))), []
    while left:
        first = min(left)
        members: list[Member] = [(first, (0, 0, 0))]
        queue = list(members)
        while queue and kinds[first].ion != kinds[first].element:
            atom, cell = queue.pop()
            for other in left:
                if kinds[other].ion != kinds[first].ion or any(other == k for k, _ in members):
                    continue
                delta = positions[other] + images + np.round(positions[atom] - positions[other]) + cell
                steps = delta - positions[atom] - cell
                distance = np.linalg.norm(steps @ lattice, axis=1)
                if distance.min() < CLUSTER_BOND:
                    where = np.rint(delta[int(distance.argmin())] - positions[other]).astype(int)
                    member = (other, (int(where[0]), int(where[1]), int(where[2])))
                    members.append(member)
                    queue.append(member)
        left -= {atom for atom, _ in members}
        places = np.array([(positions[k] + cell) @ lattice for k, cell in members])
        weights = masses[[k for k, _ in members]]
        bodies.append((tuple(members), places - np.average(places, axis=0, weights=weights)))
    return tuple(bodies)


def _octahedra(
    lattice: Array, positions: Array, kinds: tuple[Kind, ...], bodies: tuple[tuple[tuple[Member, ...], Array], ...]
) -> tuple[tuple[tuple[Member, ...], Array], ...]:
    import numpy as np

    images = np.array(list(product((-2, -1, 0, 1, 2), repeat=3)))
    corners = [k for k, kind in enumerate(kinds) if kind.role == "X"]
    found = []
    for members, _ in bodies:
        if kinds[members[0][0]].role != "B" or not corners:
            continue
        heart, cell = max(members, key=lambda member: _atomic_number(kinds[member[0]].element))
        centre = positions[heart] + cell
        near = []
        for k in corners:
            shift = images + np.rint(centre - positions[k]).astype(int)
            steps = (positions[k] + shift - centre) @ lattice
            near += [(float(np.linalg.norm(step)), k, where, step) for step, where in zip(steps, shift, strict=True)]
        near.sort(key=lambda item: item[0])
        kept = [item for item in near if item[0] <= OCTAHEDRON_SHELL * near[0][0]][:6]
        members_of = tuple((k, (int(w[0]), int(w[1]), int(w[2]))) for _, k, w, _ in kept)
        found.append((members_of, np.array([step for *_, step in kept])))
    return tuple(found)


def _atomic_number(element: str) -> int:
    from ase.data import atomic_numbers

    return int(atomic_numbers[element])


def rotations(frame: Framework, members: tuple[Member, ...], arms: Array, q: Array) -> Complex:
    """Vectors ``(3, 3 n)`` of the rotation of one body about x, y and z, with the phase of q between cells."""
    import numpy as np

    vectors = np.zeros((3, len(frame.kinds), 3), complex)
    for axis in range(3):
        for (atom, cell), arm in zip(members, arms, strict=True):
            phase = np.exp(-2j * np.pi * np.dot(q, cell))
            vectors[axis, atom] += np.sqrt(frame.masses[atom]) * np.cross(np.eye(3)[axis], arm) * phase
    return vectors.reshape(3, -1)


def translations(frame: Framework, members: tuple[Member, ...], q: Array) -> Complex:
    """Vectors ``(3, 3 n)`` of the translation of one body along x, y and z."""
    import numpy as np

    vectors = np.zeros((3, len(frame.kinds), 3), complex)
    for axis in range(3):
        for atom, cell in members:
            vectors[axis, atom, axis] += np.sqrt(frame.masses[atom]) * np.exp(-2j * np.pi * np.dot(q, cell))
    return vectors.reshape(3, -1)


@dataclass(frozen=True)
class Family:
    """All motions of one kind at one q: normalised vectors ``(k, 3 n)`` and, for each, its Cartesian axis."""

    name: str
    vectors: Complex
    axes: tuple[int, ...]

    @cached_property
    def projector(self) -> Complex:
        """Orthonormal basis ``(r, 3 n)`` of the space they span."""
        import numpy as np

        if not len(self.vectors):
            return self.vectors
        _, values, rows = np.linalg.svd(self.vectors, full_matrices=False)
        result: Complex = rows[values > 1e-4 * values[0]]
        return result

    def share(self, vector: Complex) -> float:
        """Part of a normalised mode in this space, 0 to 1."""
        import numpy as np

        return float((np.abs(self.projector.conj() @ vector) ** 2).sum())


def families(frame: Framework, q: Array) -> list[Family]:
    """Return the named motions at q; the shares of a mode among them sum to less than 1 by the internal vibrations.

    ``tilt`` lies within the translations of X; all the others are orthogonal to each other.
    """
    import numpy as np

    blocks: dict[str, list[tuple[Complex, int]]] = {"tilt": []}
    for members, arms in frame.octahedra:
        blocks["tilt"] += [(v, axis) for axis, v in enumerate(rotations(frame, members, arms, q))]
    for members, arms in frame.bodies:
        kind = frame.kinds[members[0][0]]
        where = f"{kind.ion} on {kind.role}" if kind.role else kind.ion
        moved = [(v, axis) for axis, v in enumerate(translations(frame, members, q))]
        blocks.setdefault(f"move {where}", []).extend(moved)
        if len(members) > 1:
            turned = [(v, axis) for axis, v in enumerate(rotations(frame, members, arms, q))]
            blocks.setdefault(f"turn {where}", []).extend(turned)
    result = []
    for name, rows in blocks.items():
        kept = [(v / np.linalg.norm(v), axis) for v, axis in rows if np.linalg.norm(v) > _ZERO]
        vectors = np.array([v for v, _ in kept]).reshape(len(kept), 3 * len(frame.kinds))
        result.append(Family(name, vectors, tuple(axis for _, axis in kept)))
    return result
