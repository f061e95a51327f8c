"""Hypotheses about orientations, as rules that can be switched on, switched off and tested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from antiperovskite.structures.model import StructureModel
from antiperovskite.structures.ordering.points import VACANCY, Block, Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Rule:
    """ "The ``element`` end of ``species`` points to a vacancy", the hypothesis for OH in Li3-xOHxA.

    An orientation points to the neighbouring X sites whose directions are nearest to that of the element's atom, as
    seen from the ion (one site for <100>, two for <110>, three for <111>); it obeys if one of them is empty.
    """

    species: str = "OH"
    element: str = "H"
    atom: int = 1
    """Index of the atom that points, in the ion's list of atoms."""

    def allowed(self, problem: Problem, block: Block, earlier: tuple[Integers, ...]) -> Flags:
        """Which points obey, given the blocks chosen before, ``(n, n_points)``."""
        import numpy as np

        empty = empty_sites(problem, earlier)
        targets = self.targets(problem, block)
        # A matrix product counts the empty sites looked at, many arrangements at once.
        return np.asarray(empty.astype(np.float32) @ targets.T.astype(np.float32) > 0, dtype=bool)

    def targets(self, problem: Problem, block: Block) -> Flags:
        """X sites each point looks at, ``(n_points, n_sites)``."""
        import numpy as np

        group = problem.group
        x_sites = group.sites("X")
        directions = problem.orientations[block.species][:, self.atom]
        directions = directions / np.linalg.norm(directions, axis=1)[:, None]
        result = np.zeros((len(block.site), len(group.roles)), dtype=bool)
        for site in np.unique(block.site):
            sites, rays = _nearest_neighbours(group.lattice, group.positions, int(site), x_sites)
            cosines = rays @ directions.T
            looks = cosines > cosines.max(axis=0) - 1e-3
            for point in np.flatnonzero(block.site == site):
                result[point, sites[looks[:, block.state[point]]]] = True
        return result


def _nearest_neighbours(lattice: Array, positions: Array, centre: int, candidates: Integers) -> tuple[Integers, Array]:
    """First shell of candidates around a site, images told apart: indices and unit vectors."""
    import numpy as np

    shifts = np.array(np.meshgrid(*[[-1, 0, 1]] * 3, indexing="ij")).reshape(3, -1).T
    vectors = (positions[candidates][None] + shifts[:, None] - positions[centre]) @ lattice
    distances = np.linalg.norm(vectors, axis=-1)
    near = distances < 1.2 * distances.min()
    where = np.broadcast_to(candidates, distances.shape)[near]
    return where, vectors[near] / distances[near][:, None]


def empty_sites(problem: Problem, chosen: tuple[Integers, ...]) -> Flags:
    """Which sites are empty in each arrangement, ``(n, n_sites)``."""
    import numpy as np

    number = len(chosen[0]) if chosen else 1
    empty = np.zeros((number, len(problem.group.roles)), dtype=bool)
    for role, species in problem.filler.items():
        if species == VACANCY:
            empty[:, problem.group.sites(role)] = True
    for block, points in zip(problem.blocks, chosen, strict=False):
        np.put_along_axis(empty, block.site[points], block.species == VACANCY, axis=1)
    return empty


def obeying(problem: Problem, chosen: tuple[Integers, ...], rule: Rule) -> Array:
    """Fraction of the rule's ions that obey it in each arrangement, ``(n,)``; NaN where none is oriented."""
    import numpy as np

    number = len(chosen[0]) if chosen else 1
    block = next((i for i, b in enumerate(problem.blocks) if b.species == rule.species), None)
    if block is None or rule.species not in problem.orientations:
        return np.full(number, np.nan)
    allowed = rule.allowed(problem, problem.blocks[block], chosen)
    return np.asarray(np.take_along_axis(allowed, chosen[block], axis=1).mean(axis=1), dtype=float)


def cation_angles(model: StructureModel, reach: float = 2.8) -> list[float]:
    """Per diatomic B ion the smallest angle in degree between its axis and a direction to an X cation.

    Measured from the heavier atom (O in OH) to the X ions within ``reach`` angstrom, in any structure, relaxed or
    not: about 90 where the ion points to an empty site of an octahedron, 0 where it points at a cation.
    """
    import numpy as np

    structure = model.to_pymatgen()
    members: dict[int, list[int]] = {}
    for index, (role, group) in enumerate(zip(model.roles, model.groups, strict=True)):
        if role == "B":
            members.setdefault(group, []).append(index)
    angles = []
    for atoms in members.values():
        if len(atoms) != 2:
            continue
        heavy, light = sorted(atoms, key=lambda i: -structure[i].specie.Z)
        bond = structure[light].frac_coords - structure[heavy].frac_coords
        axis = structure.lattice.get_cartesian_coords(bond - np.round(bond))
        rays = [
            near.coords - structure[heavy].coords
            for near in structure.get_neighbors(structure[heavy], reach)
            if model.roles[near.index] == "X"
        ]
        cosines = [float(axis @ ray / np.linalg.norm(axis) / np.linalg.norm(ray)) for ray in rays]
        angles.append(float(np.degrees(np.arccos(np.clip(max(cosines, default=-1.0), -1.0, 1.0)))))
    return angles
