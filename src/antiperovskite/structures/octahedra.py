"""The B-centred octahedra of a structure, as points for drawing and for coordination checks."""

from __future__ import annotations

from typing import Final

from antiperovskite._model import Model
from antiperovskite.structures.model import StructureModel

Point = tuple[float, float, float]

# X beyond this multiple of the shortest B-X distance belong to another octahedron: in the cubic parent the second
# shell lies at sqrt(5), and relaxed octahedra with a long apical bond stay near 1.25.
SHELL: Final = 1.45
_SEARCH: Final = 4.5


class Octahedron(Model):
    """One B ion and its X neighbours in Cartesian angstrom; vertices may lie in neighbouring cells.

    ``centre`` is the B ion's heaviest atom (O in OH), inside the cell as stored. ``vertices`` has six points, fewer
    where X sites are empty, nearest first; ``vertex_atoms`` are their indices in the structure.
    """

    atom: int
    ion: str
    centre: Point
    vertices: tuple[Point, ...]
    vertex_atoms: tuple[int, ...]


def octahedra(model: StructureModel, shell: float = SHELL) -> list[Octahedron]:
    """Return one octahedron for every B ion of a structure.

    Parameters
    ----------
    model
        Any structure with roles, relaxed or not.
    shell
        X atoms up to ``shell`` times the shortest B-X distance are vertices, six at most.

    Returns
    -------
    list of Octahedron
        In the order of the B ions in the structure.
    """
    structure = model.to_pymatgen()
    centres: dict[int, int] = {}
    for index, role in enumerate(model.roles):
        if role != "B":
            continue
        group = model.groups[index]
        heaviest = centres.get(group, index)
        centres[group] = max(heaviest, index, key=lambda i: (structure[i].specie.Z, -i))
    result = []
    for atom in centres.values():
        near = [
            (site.nn_distance, int(site.index), tuple(float(x) for x in site.coords))
            for site in structure.get_neighbors(structure[atom], _SEARCH)
            if model.roles[site.index] == "X"
        ]
        near.sort(key=lambda item: (round(item[0], 6), item[1], item[2]))
        kept = [item for item in near if item[0] <= shell * near[0][0]][:6] if near else []
        x, y, z = (float(value) for value in structure[atom].coords)
        result.append(
            Octahedron(
                atom=atom,
                ion=model.ions[atom],
                centre=(x, y, z),
                vertices=tuple((c[0], c[1], c[2]) for _, _, c in kept),
                vertex_atoms=tuple(index for _, index, _ in kept),
            )
        )
    return result
