"""What can sit where: species with orientations as points that the symmetry group permutes.

A point is one species in one orientation on one site. An arrangement is a set of points, at most one a site; sites
without a point hold the sublattice's remaining ("filler") species. Vacancies are a species like any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import comb, prod
from typing import TYPE_CHECKING, Final

from antiperovskite.errors import OptionError, StructureError
from antiperovskite.structures.ordering.parent import SymmetryGroup

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

VACANCY: Final = "vacancy"


@dataclass(frozen=True)
class Block:
    """Points of one species: ``count`` of them are chosen.

    ``site[p]`` is the site (index in the whole supercell) and ``state[p]`` the orientation of point ``p``; points
    are listed site by site. ``permutations[g, p]`` is the point that operation ``g`` brings ``p`` to.
    """

    role: str
    species: str
    count: int
    site: Integers
    state: Integers
    permutations: Integers


@dataclass(frozen=True)
class Problem:
    """A whole enumeration: the group, the filler of every sublattice and the blocks to be placed, in order."""

    group: SymmetryGroup
    filler: Mapping[str, str]
    blocks: tuple[Block, ...]
    orientations: Mapping[str, Array] = field(default_factory=dict)
    """Per oriented species ``(n_states, n_atoms, 3)``, Cartesian angstrom from the site."""

    @property
    def arrangements(self) -> int:
        """Number of arrangements without symmetry: multinomial coefficients times orientations."""
        total = 1
        for role in {block.role for block in self.blocks}:
            free = len(self.group.sites(role))
            for block in (b for b in self.blocks if b.role == role):
                states = len(self.orientations.get(block.species, [0]))
                total *= comb(free, block.count) * states**block.count
                free -= block.count
        return total


def make_problem(
    group: SymmetryGroup,
    occupations: Mapping[str, Mapping[str, int]],
    orientations: Mapping[str, Array] | None = None,
    like: Mapping[str, Sequence[str]] | None = None,
) -> Problem:
    """Set up an enumeration.

    Parameters
    ----------
    occupations
        Per sublattice the number of each species, ``"vacancy"`` included, for example
        ``{"X": {"Li": 16, "vacancy": 8}}``; sublattices left out keep one kind of ion.
    orientations
        Per species whose orientation matters, coordinates of its atoms ``(n_states, n_atoms, 3)`` in every
        orientation; the set must be closed under the group's rotations.
    like
        Per oriented species the element of each atom; equal elements are interchangeable. All different when left
        out.

    Raises
    ------
    OptionError
        A sublattice does not exist, or the species do not fill it.
    StructureError
        A set of orientations is not closed under the group.
    """
    import numpy as np

    turned = dict(orientations or {})
    filler: dict[str, str] = {}
    blocks: list[Block] = []
    for role, counts in occupations.items():
        sites = group.sites(role)
        _check_occupation(role, counts, len(sites))
        present = {species: count for species, count in counts.items() if count > 0}
        plain = [species for species in present if species not in turned]
        # The most frequent species without orientation needs no points of its own: the others leave it the rest.
        rest = max(plain, key=lambda species: present[species], default=None)
        if rest is not None:
            filler[role] = rest
        for species in sorted((s for s in present if s != rest), key=lambda s: (s in turned, s != VACANCY, present[s])):
            moved = _state_map(group, turned[species], (like or {}).get(species)) if species in turned else None
            blocks.append(_block(group, role, species, present[species], sites, moved))
    # Oriented species last: rules about them can look at everything else, and their number is the largest.
    blocks.sort(key=lambda block: block.species in turned)
    return Problem(group, filler, tuple(blocks), {k: np.asarray(v, dtype=float) for k, v in turned.items()})


def _check_occupation(role: str, counts: Mapping[str, int], sites: int) -> None:
    text = ", ".join(f"{count} {species}" for species, count in counts.items())
    if sites == 0:
        raise OptionError(f"the parent has no sublattice {role!r}; choose X, B or A")
    for species, count in counts.items():
        if count < 0 or count != int(count):
            raise OptionError(f"{count} {species} on {role}: give a whole number that is not negative")
    if sum(counts.values()) != sites:
        raise OptionError(
            f"{text} on {role} are {sum(counts.values())} ions for {sites} sites; name the empty ones as "
            f"{VACANCY!r} or change the supercell"
        )


def _block(group: SymmetryGroup, role: str, species: str, count: int, sites: Integers, moved: Integers | None) -> Block:
    import numpy as np

    states = 1 if moved is None else moved.shape[1]
    rank = np.full(len(group.roles), -1)
    rank[sites] = np.arange(len(sites))
    target = rank[group.permutations[:, sites]]  # (n_operations, n_sites of the role)
    if moved is None:
        permutations = target
    else:
        permutations = (target[:, :, None] * states + moved[:, None, :]).reshape(group.order, -1)
    return Block(
        role=role,
        species=species,
        count=count,
        site=np.repeat(sites, states),
        state=np.tile(np.arange(states), len(sites)),
        permutations=permutations,
    )


def _state_map(group: SymmetryGroup, orientations: Array, like: Sequence[str] | None) -> Integers:
    """Which orientation each operation turns an orientation into, ``(n_operations, n_states)``."""
    import numpy as np

    unique, inverse = np.unique(np.round(group.rotations, 6), axis=0, return_inverse=True)
    result = np.empty((len(unique), len(orientations)), dtype=np.int64)
    for index, rotation in enumerate(unique):
        for state, atoms in enumerate(orientations):
            result[index, state] = find_orientation(atoms @ rotation.T, orientations, like)
    if (result < 0).any() or any(len(set(row)) != len(row) for row in result.tolist()):
        raise StructureError(
            "the orientations given are not turned into each other by the parent's symmetry; give a whole family, "
            "such as all six <100> directions"
        )
    return result[np.ravel(inverse)]


def find_orientation(atoms: Array, among: Array, like: Sequence[str] | None = None, tolerance: float = 0.05) -> int:
    """Index of the orientation whose atoms lie where ``atoms`` do (equal elements interchangeable), or -1."""
    import numpy as np

    names = np.array(range(len(atoms)) if like is None else list(like))
    same = names[:, None] == names[None]
    for index, candidate in enumerate(among):
        near = (np.linalg.norm(atoms[:, None] - candidate[None], axis=-1) < tolerance) & same
        if near.any(axis=1).all() and near.any(axis=0).all():
            return index
    return -1


def multinomial(counts: Sequence[int]) -> int:
    """(sum n)! / prod n!, the number of ways to spread species over sites."""
    return prod(comb(sum(counts[: i + 1]), n) for i, n in enumerate(counts))
