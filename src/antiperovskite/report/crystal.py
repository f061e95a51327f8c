"""Which atoms and bonds a picture of a crystal needs: ions kept whole, completed across cell edges."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Final

from antiperovskite.report.cells import rectangular_supercell, translations

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from antiperovskite.structures.model import StructureModel

EDGE_TOLERANCE_A: Final = 0.35  # an atom this far outside a face still counts as lying on it
SHELL: Final = 1.30  # X neighbours of B: up to this multiple of the shortest B-X distance

Image = tuple[int, int, int]
Placed = tuple[int, Image]


@dataclass
class Crystal:
    """A structure prepared for drawing: fractional coordinates from a shifted origin, ions kept whole.

    ``own_frac`` and ``source`` keep the coordinates and the number each atom has in the structure it came from;
    ``cells`` says how many cells of that structure make up the one drawn.
    """

    lattice: NDArray[np.float64]
    frac: NDArray[np.float64]
    own_frac: NDArray[np.float64]
    elements: list[str]
    roles: tuple[str, ...]
    ions: tuple[str, ...]
    members: dict[int, list[int]]
    centre: dict[int, int]
    source: list[int] = field(default_factory=list)
    cells: int = 1
    neighbours: dict[int, list[Placed]] = field(default_factory=dict)

    def cartesian(self, placed: list[Placed]) -> NDArray[np.float64]:
        """Return positions ``(n, 3)`` in angstrom of atoms in given cells."""
        import numpy as np

        if not placed:
            return np.empty((0, 3))
        index = [atom for atom, _ in placed]
        cells = np.array([image for _, image in placed], float)
        return np.asarray((self.frac[index] + cells) @ self.lattice)


def prepare(model: StructureModel) -> Crystal:
    """Read a structure and move the origin to an A-site ion, which puts the octahedra inside the cell."""
    import numpy as np

    structure = model.to_pymatgen()
    own = np.asarray(structure.frac_coords, float)
    elements = [site.specie.symbol for site in structure]
    members: dict[int, list[int]] = {}
    for atom, group in enumerate(model.groups):
        members.setdefault(group, []).append(atom)
    mass = [float(site.specie.atomic_mass) for site in structure]
    centre = {
        group: max(atoms, key=lambda k: _centrality(k, atoms, elements, mass)) for group, atoms in members.items()
    }
    anchors = [centre[g] for g, atoms in members.items() if model.roles[atoms[0]] == "A"]
    shift = own[anchors[0]].copy() if anchors else np.zeros(3)
    lattice = np.asarray(structure.lattice.matrix, float)
    frac = own - shift
    for group, atoms in members.items():
        heart = centre[group]
        for atom in atoms:
            if atom != heart:
                frac[atom] -= _nearest_image(frac[atom] - frac[heart], lattice)
    crystal = Crystal(lattice, frac, own, elements, model.roles, model.ions, members, centre, list(range(len(own))))
    crystal = _wrapped(_rectangular(crystal))
    crystal.neighbours = _shells(crystal)
    return crystal


def _rectangular(crystal: Crystal) -> Crystal:
    """Return the crystal in a rectangular supercell where there is a small one; whole ions move together."""
    import numpy as np

    matrix = rectangular_supercell(crystal.lattice)
    if matrix is None:
        return crystal
    steps = translations(matrix)
    count, groups = len(crystal.frac), max(crystal.members) + 1
    inverse = np.linalg.inv(matrix)
    return Crystal(
        lattice=matrix @ crystal.lattice,
        frac=np.concatenate([(crystal.frac + step) @ inverse for step in steps]),
        own_frac=np.tile(crystal.own_frac, (len(steps), 1)),
        elements=crystal.elements * len(steps),
        roles=crystal.roles * len(steps),
        ions=crystal.ions * len(steps),
        members={
            group + k * groups: [atom + k * count for atom in atoms]
            for k in range(len(steps))
            for group, atoms in crystal.members.items()
        },
        centre={
            group + k * groups: atom + k * count for k in range(len(steps)) for group, atom in crystal.centre.items()
        },
        source=crystal.source * len(steps),
        cells=len(steps),
    )


def _wrapped(crystal: Crystal) -> Crystal:
    """Bring every ion into the cell as a whole, by its centre atom."""
    import numpy as np

    edge = EDGE_TOLERANCE_A / np.linalg.norm(crystal.lattice, axis=1)
    for group, atoms in crystal.members.items():
        crystal.frac[atoms] -= np.floor(crystal.frac[crystal.centre[group]] + edge)
    return crystal


def _centrality(atom: int, atoms: list[int], elements: list[str], mass: list[float]) -> tuple[bool, float]:
    """Order atoms of an ion: the one that occurs once (B in BH4, N in NO2) before the heaviest (O in OH)."""
    names = [elements[k] for k in atoms]
    alone = len(atoms) > 2 and names.count(elements[atom]) == 1
    return alone, mass[atom]


def _nearest_image(delta: NDArray[np.float64], lattice: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the lattice vector to subtract from ``delta`` to make it shortest."""
    import numpy as np

    base = np.round(delta)
    candidates = base + np.array(list(product((-1, 0, 1), repeat=3)), float)
    lengths = np.linalg.norm((delta - candidates) @ lattice, axis=1)
    return np.asarray(candidates[int(lengths.argmin())])


def _shells(crystal: Crystal) -> dict[int, list[Placed]]:
    """Return, for the centre atom of every B ion, the X atoms around it."""
    import numpy as np

    cations = [k for k, role in enumerate(crystal.roles) if role == "X"]
    images = np.array(list(product((-2, -1, 0, 1, 2), repeat=3)), float)
    shells: dict[int, list[Placed]] = {}
    for group, atoms in crystal.members.items():
        heart = crystal.centre[group]
        if crystal.roles[atoms[0]] != "B" or not cations:
            continue
        delta = (crystal.frac[cations] - crystal.frac[heart])[:, None, :] + images[None]
        distance = np.linalg.norm(delta @ crystal.lattice, axis=2)
        near = np.argwhere(distance < SHELL * distance.min())
        shells[heart] = [(cations[int(a)], _image(images[int(m)])) for a, m in near]
    return shells


def _image(vector: NDArray[np.float64]) -> Image:
    a, b, c = (round(float(x)) for x in vector)
    return a, b, c


def plus(a: Image, b: Image) -> Image:
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]


def choose_atoms(crystal: Crystal, repeat: int = 1) -> tuple[list[Placed], list[Placed]]:
    """Return all atoms to draw and the B centres whose octahedra are drawn, for ``repeat`` cells along each axis.

    Ions inside the box or on its faces, edges and corners are drawn with every image that touches the box; then
    the X shell of every drawn B ion is completed, so that no octahedron lacks a corner.
    """
    import numpy as np

    edge = EDGE_TOLERANCE_A / np.linalg.norm(crystal.lattice, axis=1)
    drawn: dict[Placed, None] = {}
    hearts: list[Placed] = []
    for group, atoms in crystal.members.items():
        heart = crystal.centre[group]
        for u, v, w in product(range(-1, repeat + 2), repeat=3):
            image = (u, v, w)
            place = crystal.frac[heart] + np.array(image)
            if ((place < -edge) | (place > repeat + edge)).any():
                continue
            drawn.update({(atom, image): None for atom in atoms})
            if heart in crystal.neighbours:
                hearts.append((heart, image))
    for heart, image in hearts:
        drawn.update({(atom, plus(image, step)): None for atom, step in crystal.neighbours[heart]})
    return list(drawn), hearts


def choose_bonds(crystal: Crystal, drawn: list[Placed], hearts: list[Placed]) -> list[tuple[Placed, Placed]]:
    """Return bonds to draw: B to its X shell, and atoms inside cluster ions."""
    from pymatgen.core import Element

    bonds = [
        ((heart, image), (atom, plus(image, step)))
        for heart, image in hearts
        for atom, step in crystal.neighbours[heart]
    ]
    radius = {e: float(Element(e).atomic_radius or 1.0) for e in set(crystal.elements)}
    present = set(drawn)
    for group, atoms in crystal.members.items():
        if len(atoms) < 2:
            continue
        import numpy as np

        xyz = crystal.frac[atoms] @ crystal.lattice
        distance = np.linalg.norm(xyz[:, None] - xyz[None], axis=2)
        pairs = [
            (a, b)
            for i, a in enumerate(atoms)
            for j, b in enumerate(atoms)
            if i < j and distance[i, j] < 1.25 * (radius[crystal.elements[a]] + radius[crystal.elements[b]])
        ]
        images = {image for atom, image in present if atom == crystal.centre[group]}
        bonds += [((a, image), (b, image)) for image in sorted(images) for a, b in pairs]
    return bonds
