"""Critical paths through random cells whose every hop has its own barrier, from bond-valence site energies.

Each random cell keeps the host's ideal positions; the minimum of every site and the saddle of every hop are moved to
where the energies of that cell have them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import DataError, OptionError, StructureError
from antiperovskite.kinetics.percolation.critical_path import CITATIONS, critical_size, of_largest, open_in_order
from antiperovskite.kinetics.percolation.random_cells import (
    DisorderedCrystal,
    disordered_crystal,
    host_names,
    host_structures,
)
from antiperovskite.quantity import Quantity

if TYPE_CHECKING:
    from antiperovskite.composition.model import Formula
    from antiperovskite.kinetics.model import PercolationPoint, PercolationStudy
    from antiperovskite.landscape.field import SiteField
    from antiperovskite.structures.model import StructureModel

SIZES: Final = (192, 648)
FARTHEST_MOVE: Final = 1.3
"""Angstrom; a minimum or saddle that went farther belongs to something else."""
MOST_LOST: Final = 0.02
"""Share of hops without a saddle of their own above which nothing is given."""


@dataclass(frozen=True)
class HopCell:
    """What all random cells of one composition share: sites and hops of the host and where to look for their energies.

    ``starts`` holds the sites' places, then those of the passes; ``pairs`` (n_hops, 2) numbers the sites of each hop,
    ``shifts`` (n_hops, 3) the cell of its second.
    """

    crystal: DisorderedCrystal
    field: SiteField
    mover: str
    starts: Any
    sites: Any
    pairs: Any
    shifts: Any
    kinds: Any
    around: tuple[Any, ...]


@dataclass(frozen=True)
class RandomHops:
    """Hops of one random cell: bonds as :func:`open_bonds` takes them, energies in eV.

    ``levels`` are the energies of the transition states of a vacancy, from the mean of the sites; ``barriers`` those
    without the change of energy; ``site_energies`` of all sites that are not blocked.
    """

    n_sites: int
    first: Any
    second: Any
    across: Any
    levels: Any
    barriers: Any
    site_energies: Any
    lost: float


def landscape_percolation(
    name: str,
    formulas: Sequence[tuple[float | None, Formula]],
    *,
    mover: str | None = None,
    sizes: Sequence[int] = SIZES,
    samples: int = 10,
    seed: int = 0,
    share: float = 0.5,
    longest: float | None = None,
    engine: str | None = None,
) -> PercolationStudy:
    """Return effective barriers of disordered crystals from bond-valence energies of every hop.

    A vacancy on site i costs -E_i; while the ion of site j moves into it the cost is E_saddle - E_i - E_j. Hops open in
    the order of that cost, counted from the mean vacancy: E_saddle - E_i - E_j + <E>. The level at which they
    percolate is the effective barrier of a few vacancies (critical path). Sites that hold another cation are closed.

    Parameters
    ----------
    name
        Of the series or formula.
    formulas
        Value of x and resolved formula.
    mover
        Element that moves; the most numerous cation if not given.
    sizes
        Approximate numbers of cation sites of the cells.
    samples
        Random arrangements of each size.
    seed
        Of the arrangements.
    share
        Part of each bond's Morse energy that counts.
    longest
        Longest hop in angstrom.
    engine
        Relaxes the hosts; the shipped relaxed ones, or estimates from ionic radii, if not given.

    Raises
    ------
    OptionError
        Numbers outside what is allowed, or a mover that is not there.
    DataError
        A pair of ions without bond-valence parameters.
    StructureError
        A host that cannot be built, or too many hops whose saddle is lost.
    """
    from antiperovskite.kinetics.model import PercolationStudy
    from antiperovskite.landscape.parameters import table

    if samples < 2 or not sizes:
        raise OptionError(f"{samples} samples of {len(sizes)} sizes are too few; give 2 or more samples and a size")
    if mover is None:
        content = formulas[0][1].sites.X
        mover = max(content, key=lambda ion: content[ion])
    points: list[PercolationPoint] = []
    notes: list[str] = []
    hosts = host_structures(list(dict.fromkeys(name for _, one in formulas for name in host_names(one))), engine)
    for x, formula in formulas:
        cell = hop_cell(formula, mover, share=share, longest=longest, hosts=hosts)
        points.append(_point(cell, x, formula, sizes, samples, seed))
        notes += cell.crystal.notes
    return PercolationStudy(
        name=name,
        ion=mover,
        points=tuple(points),
        barriers_source=f"bond-valence site energies of each hop ({table().source})",
        notes=(
            "barriers are bond-valence screening values: nothing is calibrated; trends over x mean more than values",
            "critical path of a few vacancies: hops open by E_saddle - E_i - E_j + mean site energy; ions stand on "
            "the host's ideal positions, local relaxation around minority ions is left out",
            "ions are placed at random, without short-range order",
            *dict.fromkeys(notes),
        ),
        citations=(*CITATIONS, *table().citations),
    )


def hop_cell(
    formula: Formula, mover: str, *, share: float = 0.5, longest: float | None = None,
    hosts: tuple[Mapping[str, StructureModel], str] | None = None,
) -> HopCell:  # fmt: skip
    """Prepare the host of a formula: its sites, hops and passes."""
    import numpy as np

    from antiperovskite.ions import ion
    from antiperovskite.landscape.field import SiteField, ion_radius, kind_row
    from antiperovskite.landscape.hops import find_pass, site_pairs

    crystal = disordered_crystal(formula, hosts)
    if mover not in crystal.amounts["X"]:
        raise OptionError(f"{mover} is not on X in {formula.formula}; choose {', '.join(crystal.amounts['X'])}")
    clusters = [symbol for symbol in crystal.ions() if ion(symbol).is_cluster]
    if clusters:
        raise DataError(
            f"no bond-valence parameters of {', '.join(clusters)} as a whole: the softBV table has pairs of single "
            "atoms only; give a table of barriers"
        )
    charge = ion(mover).charge
    names = crystal.ions()
    kinds = np.array(
        [
            [0.0] * 4 if name == mover else kind_row(mover, charge, name, ion(name).charge, share)
            for name in names
        ]
        + [[0.0] * 4]
    )  # fmt: skip
    positions = crystal.fractional @ crystal.cell
    is_site = np.array([role == "X" for role in crystal.roles])
    standing = np.array([max(crystal.amounts[role], key=lambda n: crystal.amounts[role][n]) for role in crystal.roles])
    field = SiteField(
        cell=crystal.cell,
        positions=positions,
        atom_kinds=np.array(
            [len(names) if site else names.index(str(name)) for site, name in zip(is_site, standing, strict=True)]
        ),
        kinds=kinds,
        radii=np.array([*[ion_radius(name, ion(name).charge) for name in names], -np.inf]),
        sites=positions[is_site],
        labels=tuple(str(name) for name in standing),
        charges=tuple(ion(str(name)).charge for name in standing),
    )
    floor, minima, found = field.stationary(field.sites, 0)
    if not found.all():
        raise StructureError(f"{crystal.host.formula}: a site of {mover} has no minimum of its bond-valence energy")
    images = _images(field)
    passes = [
        (pair, find_pass(field, pair, minima, floor, images)) for pair in site_pairs(field.cell, field.sites, longest)
    ]
    kept = [(pair, one) for pair, one in passes if one is not None and one.refined]
    if not kept:
        raise StructureError(f"{crystal.host.formula}: no hop of {mover} has a pass of its own")
    starts = np.concatenate([minima, np.array([one.place for _, one in kept])])
    return HopCell(
        crystal=crystal, field=field, mover=mover, starts=starts, sites=np.flatnonzero(is_site),
        pairs=np.array([[pair[0], pair[1]] for pair, _ in kept]),
        shifts=np.array([pair[2] for pair, _ in kept]),
        kinds=kinds,
        around=field.neighbours(starts),
    )  # fmt: skip


def _images(field: SiteField) -> Any:
    import numpy as np

    steps = np.arange(-2, 3)
    shifts = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3) @ field.cell
    return (field.sites[None] + shifts[:, None]).reshape(-1, 3)


def random_hops(cell: HopCell, copies: tuple[int, int, int], seed: int) -> RandomHops:
    """Place ions at random and return every hop with its own energies."""
    import numpy as np

    from antiperovskite.landscape.kernel import stationary_points

    ions = cell.crystal.arrange(copies, seed)
    names = cell.crystal.ions()
    occupants = np.where(ions < 0, len(names), ions)
    n_sites = len(cell.sites)
    climbs = np.concatenate([np.zeros(n_sites, np.int64), np.ones(len(cell.pairs), np.int64)])
    first, places, atoms, shifts = cell.around
    size = np.array(copies, dtype=np.int64)
    energies, moved, found = stationary_points(
        cell.starts, first, places, atoms, shifts, size, cell.field.cell, occupants, cell.kinds, climbs
    )
    found &= np.linalg.norm(moved, axis=2) < FARTHEST_MOVE
    mover = names.index(cell.mover)
    at_sites = ions[:, cell.sites]
    free = (at_sites == mover) | (at_sites < 0)
    grid = np.stack(np.meshgrid(*[np.arange(count) for count in copies], indexing="ij"), axis=-1).reshape(-1, 3)
    there = grid[:, None] + cell.shifts[None]
    across = there // size
    at = there - across * size
    copy = (at[..., 0] * size[1] + at[..., 1]) * size[2] + at[..., 2]
    i = np.broadcast_to(cell.pairs[:, 0], copy.shape)
    j = np.broadcast_to(cell.pairs[:, 1], copy.shape)
    own = np.broadcast_to(np.arange(len(grid))[:, None], copy.shape)
    possible = free[own, i] & free[copy, j]
    usable = possible & found[:, n_sites:] & found[own, i] & found[copy, j]
    site, saddle = energies[:, :n_sites], energies[:, n_sites:]
    mean = float(site[free].mean()) if free.any() else 0.0
    E_i, E_j = site[own, i][usable], site[copy, j][usable]
    return RandomHops(
        n_sites=n_sites * len(grid),
        first=(own * n_sites + i)[usable].astype(np.int64),
        second=(copy * n_sites + j)[usable].astype(np.int64),
        across=across[usable].astype(np.int64),
        levels=saddle[usable] - E_i - E_j + mean,
        barriers=saddle[usable] - 0.5 * (E_i + E_j),
        site_energies=site[free] - mean,
        lost=1.0 - float(usable.sum()) / max(int(possible.sum()), 1),
    )


def _point(
    cell: HopCell, x: float | None, formula: Formula, sizes: Sequence[int], samples: int, seed: int
) -> PercolationPoint:
    import numpy as np

    from antiperovskite.kinetics.model import PercolationPoint
    from antiperovskite.kinetics.sites import copies_for

    barriers: list[Any] = []
    spreads: list[float] = []
    said = "bond-valence site energies"

    def levels(copies: tuple[int, int, int], number: int) -> tuple[Any, Any]:
        hops = random_hops(cell, copies, number)
        if hops.lost > MOST_LOST:
            raise StructureError(
                f"{formula.formula}: {100 * hops.lost:.0f} % of the hops have no saddle near the host's; the "
                "disorder is too strong for this screen: give a table of barriers"
            )
        if not len(hops.first):
            return np.zeros(0), np.full(6, -1)
        barriers.append(hops.barriers)
        spreads.append(float(hops.site_energies.std()))
        return open_in_order(hops.n_sites, hops.first, hops.second, hops.across, hops.levels, number)

    found = []
    for size in sizes:
        copies = tuple(max(2, count) for count in copies_for(len(cell.sites), cell.field.cell, size))
        n = len(cell.sites) * copies[0] * copies[1] * copies[2]
        shape = (copies[0], copies[1], copies[2])
        found.append(critical_size(lambda number, shape=shape: levels(shape, number), shape, n, samples, seed, said))  # type: ignore[misc]
    effective, first, shares, dimensionality = of_largest(found, said)
    every = np.concatenate(barriers) if barriers else np.zeros(0)
    return PercolationPoint(
        amounts=_mixed(formula),
        effective_barrier=effective,
        first_barrier=first,
        critical_fraction=shares,
        dimensionality=dimensionality,
        sizes=tuple(size for size, _ in found),
        x=x,
        formula=formula.formula,
        mean_barrier=_spread_of(every, said) if len(every) else None,
        site_spread=None
        if not spreads
        else Quantity(
            value=float(np.mean(spreads)), uncertainty=None, unit="eV", n=len(spreads), source=said,
            method="standard deviation of the energies of the sites in a cell, mean over cells",
        ),
    )  # fmt: skip


def _spread_of(barriers: Any, said: str) -> Quantity:
    spread = float(barriers.std())
    return Quantity(
        value=round(float(barriers.mean()), 9),
        uncertainty=spread if spread > 1e-9 else None,
        unit="eV",
        n=len(barriers),
        source=said,
        method="mean over hops of E_saddle - (E_i + E_j) / 2; the uncertainty is their standard deviation"
        + ("" if spread > 1e-9 else " (none here: all hops are alike)"),
    )


def _mixed(formula: Formula) -> dict[str, float]:
    """Fractions of the ions on the site that is mixed (the first of A, X, B)."""
    for content in (formula.sites.A, formula.sites.X, formula.sites.B):
        if len(content) > 1:
            total = sum(content.values())
            return {ion: amount / total for ion, amount in content.items()}
    total = sum(formula.sites.A.values())
    return {ion: amount / total for ion, amount in formula.sites.A.items()}
