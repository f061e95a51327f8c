"""From an enumerated arrangement to a structure with roles and ions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from antiperovskite.structures.assemble import Placement, assemble
from antiperovskite.structures.model import SiteRole, StructureModel
from antiperovskite.structures.ordering.enumerate import Orderings
from antiperovskite.structures.ordering.points import VACANCY
from antiperovskite.structures.ordering.space import Space
from antiperovskite.structures.orientations import oriented

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def realise(space: Space, orderings: Orderings, index: int, *, what: str, notes: Sequence[str] = ()) -> StructureModel:
    """Build arrangement ``index`` on the ideal sites of the supercell.

    Parameters
    ----------
    what
        The structure's description.
    """
    state: dict[int, tuple[str, int]] = {}
    for block, chosen in zip(space.problem.blocks, orderings.chosen, strict=True):
        for point in chosen[index].tolist():
            state[int(block.site[point])] = (block.species, int(block.state[point]))
    return build(space, state, what=what, notes=notes)


def build(space: Space, state: dict[int, tuple[str, int]], *, what: str, notes: Sequence[str] = ()) -> StructureModel:
    """Build a structure from (species, orientation) by site; sites left out hold their sublattice's filler."""
    group, problem = space.group, space.problem
    cartesian = group.positions @ group.lattice
    placements: list[Placement] = []
    for site, role in enumerate(group.roles):
        single = next(iter(space.occupations[role]))
        species, orientation = state.get(site, (problem.filler.get(role, single), 0))
        if species == VACANCY:
            continue
        ion = space.ions[species]
        atoms: Array = problem.orientations[species][orientation] if species in problem.orientations else oriented(ion)
        placements.append(Placement(_role(role), ion, cartesian[site], atoms))
    return assemble(
        space.formula,
        group.lattice,
        placements,
        description=what,
        source=f"enumerated on the ideal sites of the {space.parent.name} parent, {group.parent_spacegroup}",
        formula_units=space.formula_units,
        cubic_cells=space.cubic_cells,
        notes=(*space.notes, *notes),
    )


def _role(name: str) -> SiteRole:
    if name == "X":
        return "X"
    return "B" if name == "B" else "A"


def shortest_contact(model: StructureModel) -> float:
    """Shortest distance in angstrom between atoms of different ions."""
    import numpy as np

    structure = model.to_pymatgen()
    groups = np.array(model.groups)
    reach = 2.0
    while True:  # sparse cells have no contact within the first reach
        centres, neighbours, images, distances = structure.get_neighbor_list(reach)
        other = (groups[centres] != groups[neighbours]) | (images.any(axis=1) & (distances > 1.9))
        if other.any():
            return float(distances[other].min())
        reach *= 1.5
