"""Special quasirandom structures: the ordered cell whose pairs look most like a random solid solution.

Pair probabilities of every species in the first shells are driven to those of the infinite random solution by
simulated annealing of swaps inside sublattices, many independent replicas at once as arrays. Swapping the ions of
sites i and j changes the one-hot occupation O by u v^T (u = e_i - e_j, v the difference of the two species), so the
pair counts P_s = O^T A_s O change by (O^T A_s u) v^T + v (O^T A_s u)^T + (u^T A_s u) v v^T, without a new count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.composition.model import Formula
from antiperovskite.errors import OptionError
from antiperovskite.ions.model import Ion
from antiperovskite.quantity import Quantity
from antiperovskite.structures.model import StructureModel
from antiperovskite.structures.ordering.correlations import Shells, neighbour_shells, pair_counts, random_targets
from antiperovskite.structures.ordering.realise import build
from antiperovskite.structures.ordering.space import Space, ordering_space
from antiperovskite.structures.symmetry import DEFAULT_SYMPREC, spacegroup

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

DEFAULT_SHELLS: Final = 4
DEFAULT_STEPS: Final = 4000
REPLICAS: Final = 32
CITATIONS: Final = ("zunger1990", "vandewalle2013", "togo2024")


class ShellQuality(Model):
    """How close one shell's pairs are to random."""

    sublattices: tuple[str, str]
    distance: Quantity
    largest_deviation: Quantity = Field(description="of a pair probability from c_a c_b, over all pairs of species")
    pairs: dict[str, tuple[float, float]] = Field(description="probability found and that of the random solution")


class Quasirandom(Model):
    """A quasirandom structure with its quality. JSON contract of ``structure enumerate --quasirandom``."""

    formula: str
    supercell: tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]
    formula_units: int
    structure: StructureModel
    spacegroup: str
    spacegroup_number: int
    symprec: float
    shells: tuple[ShellQuality, ...]
    largest_deviation: Quantity
    random_deviation: Quantity = Field(description="the same for arrangements drawn at random in this cell")
    replicas: int
    steps: int
    seed: int
    notes: tuple[str, ...] = ()
    citations: tuple[str, ...] = CITATIONS


@dataclass(frozen=True)
class Mixed:
    """The mixed sites of a space: site indices, start species (as numbers), sublattice of each, and shells."""

    sites: Integers
    species: tuple[str, ...]
    start: Integers
    sublattice: Integers
    shells: Shells
    target: Array
    weight: Array


def quasirandom_structure(
    formula: Formula,
    matrix: Sequence[Sequence[int]],
    *,
    shells: int = DEFAULT_SHELLS,
    steps: int = DEFAULT_STEPS,
    replicas: int = REPLICAS,
    seed: int = 0,
    lattice_a: float | None = None,
    symprec: float = DEFAULT_SYMPREC,
    ions: Mapping[str, Ion] | None = None,
) -> Quasirandom:
    """Build a special quasirandom structure of a formula with mixed or partly empty sites.

    Parameters
    ----------
    shells
        Neighbour shells matched for every pair of mixed sublattices.
    steps
        Swaps tried by each replica.
    seed
        The same seed gives the same structure.

    Raises
    ------
    OptionError
        No site is mixed, or a number is out of range.
    StructureError
        The amounts are not whole in this supercell.

    References
    ----------
    Zunger et al., 10.1103/PhysRevLett.65.353; van de Walle et al., 10.1016/j.calphad.2013.06.006.
    """
    for name, value, top in (("shells", shells, 12), ("steps", steps, 10**7), ("replicas", replicas, 4096)):
        if not 1 <= value <= top:
            raise OptionError(f"{value} {name} were asked for; give 1 to {top:,}")
    space = ordering_space(formula, matrix, lattice_a=lattice_a, ions=ions, symmetric=False)
    mixed = _mixed(space, shells)
    occupation, deviations, random = anneal(mixed, steps=steps, replicas=replicas, seed=seed)
    state = {int(site): (mixed.species[kind], 0) for site, kind in zip(mixed.sites, occupation, strict=True)}
    model = build(space, state, what=f"quasirandom structure of {formula.formula}, {shells} shells, seed {seed}")
    symbol, number = spacegroup(model.to_pymatgen(), symprec)
    return Quasirandom(
        formula=formula.formula,
        supercell=space.matrix,
        formula_units=space.formula_units,
        structure=model,
        spacegroup=symbol,
        spacegroup_number=number,
        symprec=symprec,
        shells=tuple(_quality(mixed, occupation, index) for index in range(len(mixed.shells.distance))),
        largest_deviation=_probability(float(deviations.max()), "largest over all shells and pairs of species"),
        random_deviation=_probability(random, f"mean over {replicas} arrangements drawn at random"),
        replicas=replicas,
        steps=steps,
        seed=seed,
        notes=(*space.notes, *_quality_notes(mixed)),
    )


def _quality_notes(mixed: Mixed) -> tuple[str, ...]:
    """A site and its own image are equal whatever is placed there: no cell of this shape can match such pairs."""
    own = [bool(kind.diagonal().any()) for kind in mixed.shells.adjacency]
    lengths = sorted({round(d, 2) for d, is_own in zip(mixed.shells.distance, own, strict=True) if is_own})
    if not lengths:
        return ()
    text = ", ".join(f"{length:.2f}" for length in lengths)
    return (
        f"at {text} angstrom sites meet their own images in this supercell, so those pairs cannot be random; take a "
        "longer cell or fewer shells",
    )


def _probability(value: float, what: str) -> Quantity:
    return Quantity(
        value=value,
        uncertainty=None,
        unit="1",
        method=f"deviation of pair probabilities from those of the infinite random solution: {what}; counted, exact",
        source="this arrangement",
        citations=("zunger1990",),
    )


def _mixed(space: Space, shells: int) -> Mixed:
    import numpy as np

    group = space.group
    mixed = {role: counts for role, counts in space.occupations.items() if len(counts) > 1}
    if not mixed:
        raise OptionError(
            f"{space.formula.formula} has one kind of ion on every site: there is nothing to mix; give a mixed or "
            "hydrated formula"
        )
    species = tuple(dict.fromkeys(name for counts in mixed.values() for name in counts))
    sites: list[int] = []
    start: list[int] = []
    sublattice: list[int] = []
    for index, (role, counts) in enumerate(mixed.items()):
        sites.extend(group.sites(role).tolist())
        start.extend(species.index(name) for name, count in counts.items() for _ in range(count))
        sublattice.extend([index] * sum(counts.values()))
    order = np.array(sites)
    found = neighbour_shells(space.parent, space.matrix, tuple(mixed), shells, group.symprec)
    occupied = np.eye(len(species))[start]
    concentration = np.zeros_like(occupied)
    for index in range(len(mixed)):
        here = np.array(sublattice) == index
        concentration[here] = occupied[here].mean(axis=0)
    nearest = {
        pair: min(d for p, d in zip(found.pair, found.distance, strict=True) if p == pair) for pair in found.pair
    }
    return Mixed(
        sites=order,
        species=species,
        start=np.array(start),
        sublattice=np.array(sublattice),
        shells=found,
        target=random_targets(found.adjacency, concentration),
        # Near pairs matter more for energies: weights fall with distance.
        weight=np.array([nearest[p] / d for p, d in zip(found.pair, found.distance, strict=True)]),
    )


def deviation(mixed: Mixed, counts: Array) -> Array:
    """Deviation of pair probabilities from the targets, ``(..., shells, species, species)``."""
    import numpy as np

    total = mixed.shells.adjacency.sum(axis=(1, 2))[:, None, None]
    return np.asarray(np.abs(counts - mixed.target) / total, dtype=float)


def anneal(mixed: Mixed, *, steps: int, replicas: int, seed: int) -> tuple[Integers, Array, float]:
    """Minimise the weighted deviation; returns the best occupation ``(n_sites,)``, its deviations and a random one's.

    Temperatures fall geometrically from the mean change of a first swap to a thousandth of it.
    """
    import numpy as np

    generator = np.random.default_rng(seed)
    adjacency = mixed.shells.adjacency
    weight = (mixed.weight / adjacency.sum(axis=(1, 2)))[:, None, None]
    kinds = np.stack([_shuffled(mixed, generator) for _ in range(replicas)])
    one_hot = np.eye(len(mixed.species))
    counts = pair_counts(adjacency, one_hot[kinds])
    field = np.einsum("sij,rjb->rsib", adjacency, one_hot[kinds])
    random = float(deviation(mixed, counts).max(axis=(1, 2, 3)).mean())
    cost = (weight * np.abs(counts - mixed.target)).sum(axis=(1, 2, 3))
    best_cost, best = cost.copy(), kinds.copy()
    rows = np.arange(replicas)
    members = [np.flatnonzero(mixed.sublattice == k) for k in range(int(mixed.sublattice.max()) + 1)]
    temperature = 0.0
    for step in range(steps):
        if best_cost.min() < 1e-12:
            break  # every target is met exactly
        first, second = _pick(mixed, members, generator, replicas)
        v = one_hot[kinds[rows, second]] - one_hot[kinds[rows, first]]  # what site `first` gains
        flow = field[rows, :, first] - field[rows, :, second]  # (replicas, shells, species)
        own = adjacency[:, first, first] + adjacency[:, second, second] - 2 * adjacency[:, first, second]
        outer = flow[:, :, :, None] * v[:, None, None, :]
        change = outer + outer.swapaxes(2, 3) + own.T[:, :, None, None] * (v[:, :, None] * v[:, None, :])[:, None]
        new = counts + change
        new_cost = (weight * np.abs(new - mixed.target)).sum(axis=(1, 2, 3))
        if step == 0:
            temperature = max(float(np.abs(new_cost - cost).mean()), 1e-6)
        now = temperature * 1e-3 ** (step / steps)
        take = generator.random(replicas) < np.exp(np.minimum((cost - new_cost) / now, 0.0))
        take &= kinds[rows, first] != kinds[rows, second]
        chosen = np.flatnonzero(take)
        if len(chosen) == 0:
            continue
        i, j = first[chosen], second[chosen]
        moved = (adjacency[:, :, i] - adjacency[:, :, j]).transpose(2, 0, 1)
        field[chosen] += moved[..., None] * v[chosen][:, None, None, :]
        kinds[chosen, i], kinds[chosen, j] = kinds[chosen, j], kinds[chosen, i]
        counts[chosen], cost[chosen] = new[chosen], new_cost[chosen]
        better = chosen[cost[chosen] < best_cost[chosen] - 1e-12]
        best_cost[better], best[better] = cost[better], kinds[better]
    winner = best[int(best_cost.argmin())]
    return winner, deviation(mixed, pair_counts(adjacency, one_hot[winner])), random


def _shuffled(mixed: Mixed, generator: Any) -> Integers:
    import numpy as np

    result = mixed.start.copy()
    for index in np.unique(mixed.sublattice):
        here = np.flatnonzero(mixed.sublattice == index)
        result[here] = generator.permutation(result[here])
    return np.asarray(result)


def _pick(mixed: Mixed, members: list[Integers], generator: Any, replicas: int) -> tuple[Integers, Integers]:
    """Two sites of one sublattice for each replica."""
    import numpy as np

    first = generator.integers(len(mixed.sites), size=replicas)
    second = np.empty_like(first)
    kind = mixed.sublattice[first]
    for index, sites in enumerate(members):
        here = kind == index
        second[here] = generator.choice(sites, size=int(here.sum()))
    return first, second


def _quality(mixed: Mixed, occupation: Integers, shell: int) -> ShellQuality:
    import numpy as np

    occupied = np.eye(len(mixed.species))[occupation]
    total = mixed.shells.adjacency[shell].sum()
    counts = pair_counts(mixed.shells.adjacency[shell : shell + 1], occupied)[0] / total
    target = mixed.target[shell] / total
    pairs = {}
    for a, first in enumerate(mixed.species):
        for b, second in enumerate(mixed.species[a:], start=a):
            if target[a, b] > 0:
                both = 1 if a == b else 2
                pairs[f"{first}-{second}"] = (float(both * counts[a, b]), float(both * target[a, b]))
    return ShellQuality(
        sublattices=mixed.shells.pair[shell],
        distance=Quantity(
            value=mixed.shells.distance[shell],
            uncertainty=None,
            unit="angstrom",
            method="between ideal sites, unrelaxed; exact",
            source="parent lattice",
        ),
        largest_deviation=_probability(float(np.abs(counts - target).max()), "largest over pairs of species"),
        pairs=pairs,
    )
