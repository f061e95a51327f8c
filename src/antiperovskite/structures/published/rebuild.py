"""Rebuild a published model from its space group and lattice: every average arrangement that they allow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from antiperovskite.errors import StructureError
from antiperovskite.structures.model import StructureModel
from antiperovskite.structures.published.embedding import embeddings
from antiperovskite.structures.published.enumeration import (
    Average,
    averages,
    canonical,
    realisations,
    shape_moves,
    shared,
)
from antiperovskite.structures.published.grid import DIRECTIONS, Grid, Operation
from antiperovskite.structures.published.model import PublishedModel
from antiperovskite.structures.published.structure import average_spacegroup, averaged, generic_crystal, realise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MOST_REALISATIONS = 2
"""Ordered choices relaxed of one disordered average."""
MOST_ARRANGEMENTS = 10
"""Arrangements relaxed of one model."""


@dataclass(frozen=True)
class Candidate:
    """One average arrangement that a reported space group and cell allow, with an ordered choice of OH directions.

    ``exact`` says whether the ideal sites already have exactly the reported group and cell; otherwise they have more
    symmetry, and only displacements of the atoms lower it. ``primitive_cells`` counts the parent cells in the primitive
    cell of the average.
    """

    number: int
    average: Average
    choice: tuple[int, ...]
    ideal_group: str
    primitive_cells: int
    exact: bool

    @property
    def words(self) -> str:
        """What is where, for people."""
        grid = self.average.grid
        axes = sorted("abc"[site % 3] for site in self.average.empty)
        empty = " and ".join(f"{axes.count(axis)} along {axis}" for axis in dict.fromkeys(axes))
        spread = {len(directions) for directions in self.average.hydrogens}
        said = f"{len(axes)} empty Li sites of {3 * grid.cells} ({empty})"
        said += ", OH ordered" if spread == {1} else f", H spread over up to {max(spread)} directions"
        double = shared(grid, self.choice)
        return said + (f", {double} empty sites with two H" if double else "")


def moves_of(model: PublishedModel, grid: Grid) -> list[Operation]:
    """Symmetries of the empty grid in the reported cell."""
    a, b, _ = model.lengths
    return shape_moves(grid, equal_axes=abs(a - b) < 1e-6)


@cache
def candidates(model: PublishedModel) -> tuple[Candidate, ...]:
    """Every arrangement that the reported group and cell allow; those with exactly that group alone if there are any.

    Those with a larger primitive cell are preferred: a study that doubled its cell saw lines that demand it.
    A computed structure has every atom in one place, so only ordered averages stand for it. Of more than
    :data:`MOST_ARRANGEMENTS` those with fewest empty sites that two H point into are kept.

    Raises
    ------
    StructureError
        The model has no cell, is disordered by description, or its group does not fit.
    """
    if not model.can_build or model.repeats is None:
        raise StructureError(f"{model.id} cannot be rebuilt: {model.why_not}")
    if model.directions is not None:
        raise StructureError(f"{model.id} is a disordered cubic model; it has an average and no ordered arrangements")
    grid = Grid(model.repeats)
    moves = moves_of(model, grid)
    unique: dict[tuple[object, ...], Average] = {}
    for operations in embeddings(model.space_group, grid):
        for average in averages(grid, operations):
            unique.setdefault(canonical(average, moves), average)
    found: list[Candidate] = []
    for number, average in enumerate(unique.values(), start=1):
        choices = realisations(average, moves, MOST_REALISATIONS)
        found += [_candidate(model, number, average, choice) for choice in choices]
    if any(item.exact for item in found):
        found = [item for item in found if item.exact]
    largest = max(item.primitive_cells for item in found)
    found = [item for item in found if item.primitive_cells == largest]
    if model.kind == "modelling":
        found = [item for item in found if item.average.ordered]
    if model.oh_axis is not None:
        along = "abc".index(model.oh_axis)
        found = [item for item in found if all(DIRECTIONS[direction][along] for direction in item.choice)]
    return tuple(sorted(found, key=lambda item: shared(grid, item.choice))[:MOST_ARRANGEMENTS])


def _candidate(model: PublishedModel, number: int, average: Average, choice: tuple[int, ...]) -> Candidate:
    """Attach the symmetry that the average has on ideal sites in the reported lattice."""
    ordered = realise(average, choice, model.lengths, what="ideal sites", source="parent")
    crystal = averaged(average, ordered.to_pymatgen(), model.lengths)
    group, atoms = average_spacegroup(crystal)
    cells = round(average.grid.cells * atoms / len(crystal))
    centring = {"P": 1, "A": 2, "B": 2, "C": 2, "I": 2, "F": 4}
    exact = group == model.space_group and cells * centring[group[0]] == average.grid.cells
    return Candidate(number, average, choice, group, cells, exact)


@cache
def group_of_whole_sites(model: PublishedModel) -> tuple[str, ...]:
    """Space groups that heavy atoms can have with one atom on each site of the parent, one for each embedding.

    Every atom is displaced as far as the reported group allows, and every orbit gets an occupancy of its own. If the
    reported group is not among the results, it can only be that of split positions (for example H over several places).

    Examples
    --------
    >>> from antiperovskite.structures.published import published_model
    >>> set(group_of_whole_sites(published_model("hanghofer-pban")))
    {'Cmmm'}
    """
    import numpy as np

    if not model.can_build or model.repeats is None or model.directions is not None:
        raise StructureError(f"{model.id} has no ordered arrangements whose group could be asked for")
    grid = Grid(model.repeats)
    rng = np.random.default_rng(0)
    return tuple(
        average_spacegroup(generic_crystal(grid, operations, model.lengths, rng))[0]
        for operations in embeddings(model.space_group, grid)
    )


def start(model: PublishedModel, candidate: Candidate, *, displacement: float = 0.05, seed: int = 0) -> StructureModel:
    """The ordered arrangement in the reported lattice, from which positions are relaxed.

    Where the ideal sites have more symmetry than was reported, all atoms of an ordered arrangement are displaced at
    random, by ``displacement`` angstrom each way, but as the reported group has it; otherwise nothing could break it.
    """
    ordered = realise(
        candidate.average,
        candidate.choice,
        model.lengths,
        what=f"{model.study}, {model.space_group}: {candidate.words}",
        source="space group and lattice of the study; arrangement enumerated under that group",
        notes=(model.trust,),
    )
    if candidate.exact or not candidate.average.ordered:
        return ordered
    import numpy as np

    structure = ordered.to_pymatgen()
    rng = np.random.default_rng(seed)
    moved = structure.copy()
    shifts = rng.uniform(-displacement, displacement, (len(structure), 3)) / np.array(model.lengths)
    for index, shift in enumerate(shifts):
        moved.translate_sites([index], shift, frac_coords=True, to_unit_cell=False)
    symmetric = averaged(candidate.average, moved, model.lengths)
    return ordered.model_copy(update={"structure": _in_order(structure, symmetric).as_dict()})


def _in_order(structure: Any, other: Any) -> Any:
    """The atoms of ``other`` in the order of ``structure``, each the nearest of its element."""
    import numpy as np
    from pymatgen.core import Structure

    order = []
    for site in structure:
        same = [i for i, item in enumerate(other) if item.species_string == site.species_string]
        distances = other.lattice.get_all_distances(site.frac_coords, other.frac_coords[same])[0]
        order.append(same[int(np.argmin(distances))])
    return Structure(
        other.lattice, [other[i].species_string for i in order], np.array([other[i].frac_coords for i in order])
    )


def cubic_average(model: PublishedModel) -> Any:
    """Average Pm-3m structure with OH over the model's directions, as a ``pymatgen`` structure.

    Raises
    ------
    StructureError
        The model is none of the cubic ones.
    """
    if model.directions is None:
        raise StructureError(f"{model.id} is no disordered cubic model")
    from itertools import product

    import numpy as np
    from pymatgen.core import Structure

    from antiperovskite.structures.average import average_cubic

    base = average_cubic("Li", "Cl", model.lengths[0], 1.0)
    heavy = [site for site in base if "H" not in site.species]
    bond = float(np.linalg.norm(base[-1].frac_coords - 0.5))
    axes = model.directions.count("1")
    ways = [np.array(v) for v in product((-1, 0, 1), repeat=3) if sum(map(abs, v)) == axes]
    places = [0.5 + bond * way / np.linalg.norm(way) for way in ways]
    return Structure(
        base.lattice,
        [*(site.species for site in heavy), *({"H": 1.0 / len(ways)} for _ in ways)],
        [*(site.frac_coords for site in heavy), *places],
    )


__all__ = ["DIRECTIONS", "Candidate", "candidates", "cubic_average", "group_of_whole_sites", "moves_of", "start"]
