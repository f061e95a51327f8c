"""The effective barrier of a disordered crystal: the lowest level at which open hops percolate (critical path).

Hops are opened in order of their barriers. The barrier of the hop that joins a cluster to its own images decides
conduction where barriers differ by much more than kT: lower ones are short-circuited, higher ones are bypassed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import sqrt
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import OptionError
from antiperovskite.kinetics.percolation.thresholds import bonds_of
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity

if TYPE_CHECKING:
    from antiperovskite.composition.model import Formula
    from antiperovskite.kinetics.model import PercolationPoint, PercolationSize, PercolationStudy
    from antiperovskite.kinetics.sites import SiteSystem
    from antiperovskite.kinetics.table import RateTable

SIZES: Final = (1000, 4000, 16000)
CITATIONS: Final = ("ambegaokar1971", "newman2000")


def percolation_study(
    formula: Formula,
    table: RateTable,
    *,
    scan: int | None = None,
    sizes: Sequence[int] = SIZES,
    samples: int = 20,
    seed: int = 0,
    longest: float | None = None,
) -> PercolationStudy:
    """Return effective barriers of a formula whose A ions are disordered, or of all mixtures of its two A ions.

    Parameters
    ----------
    formula
        Resolved formula.
    table
        Barriers by surroundings, given by the user.
    scan
        So many compositions from one pure A ion to the other, instead of the formula's own.
    sizes
        Approximate numbers of sites of the cells.
    samples
        Random arrangements of the A ions for each size.
    seed
        Of the arrangements.
    longest
        Longest hop in angstrom.

    Raises
    ------
    OptionError
        A hop without a barrier, or a scan of a formula without exactly two ions on A.
    StructureError
        The structure cannot be built or its hops are disconnected at every level.

    References
    ----------
    Ambegaokar, Halperin, Langer, Phys. Rev. B 4 (1971) 2612, doi:10.1103/PhysRevB.4.2612.
    """
    from antiperovskite.kinetics.model import PercolationStudy
    from antiperovskite.kinetics.sites import system_of_formula

    if samples < 2 or not sizes:
        raise OptionError(f"{samples} samples of {len(sizes)} sizes are too few; give 2 or more samples and a size")
    systems = [system_of_formula(formula, sites=size, longest=longest) for size in sizes]
    mixtures = compositions(systems[0].amounts, scan)
    points = tuple(_point([system.with_amounts(one) for system in systems], table, samples, seed) for one in mixtures)
    notes = [
        "barriers are as given by the user, not computed here",
        "critical path: the barrier that hops must cross to percolate, in the limit of barriers far apart; the "
        "measured activation energy also holds the formation of carriers and their correlation",
        "A ions are placed at random, without short-range order; lengths are those of the unrelaxed structure",
        *systems[0].notes,
    ]
    if formula.family == "mixed" and len(systems[0].amounts) < 2:
        notes.append("only A ions are disordered; mixtures on other sites are not")
    return PercolationStudy(
        name=formula.formula,
        ion=systems[0].ion,
        points=points,
        barriers_source=table.source,
        notes=tuple(notes),
        citations=CITATIONS,
    )


def compositions(amounts: Mapping[str, float], scan: int | None) -> list[dict[str, float]]:
    """The fractions to look at: as given, or ``scan`` equal steps between two pure ions.

    Raises
    ------
    OptionError
        Not two ions, or fewer than two steps.
    """
    if scan is None:
        return [dict(amounts)]
    if len(amounts) != 2:
        raise OptionError(f"a scan mixes two ions on A; the formula has {', '.join(amounts)}: write Li3OCl0.5Br0.5")
    if not 2 <= scan <= 101:
        raise OptionError(f"a scan of {scan} compositions was asked for; give 2 to 101")
    first, second = amounts
    return [{first: 1.0 - k / (scan - 1), second: k / (scan - 1)} for k in range(scan)]


def _point(systems: Sequence[SiteSystem], table: RateTable, samples: int, seed: int) -> PercolationPoint:
    from antiperovskite.kinetics.model import PercolationPoint

    said = f"barriers given by the user ({table.source})"

    def levels(system: SiteSystem) -> Callable[[int], tuple[Any, Any]]:
        return lambda number: critical_levels(system, table, number)

    found = [
        critical_size(levels(system), system.lattice.copies, system.lattice.n_sites, samples, seed, said)
        for system in systems
    ]
    effective, first, shares, dimensionality = of_largest(found, said)
    return PercolationPoint(
        amounts=dict(systems[0].amounts),
        effective_barrier=effective,
        first_barrier=first,
        critical_fraction=shares,
        dimensionality=dimensionality,
        sizes=tuple(size for size, _ in found),
    )


def of_largest(
    found: Sequence[tuple[PercolationSize, dict[str, Any]]], said: str
) -> tuple[AnyQuantity, AnyQuantity, AnyQuantity, int]:
    """Effective and first barrier, open share and dimensionality of the largest cells; ``said`` is their source."""
    largest, levels = found[-1]
    where = f"{said}, {largest.n_sites} sites"
    first = _average(levels["first"], "eV", "lowest level at which hops percolate in any direction", where)
    shares = _average(levels["share"], "1", "open hops over all at the threshold of all directions", where)
    return largest.all_axes, first, shares, largest.dimensionality


def critical_size(
    levels_of: Callable[[int], tuple[Any, Any]], copies: tuple[int, int, int], n: int, samples: int, seed: int,
    said: str,
) -> tuple[PercolationSize, dict[str, Any]]:  # fmt: skip
    """Thresholds of ``samples`` arrangements in cells of ``n`` sites; ``levels_of`` is as :func:`critical_levels`."""
    import numpy as np

    from antiperovskite.kinetics.model import AxisThreshold, PercolationSize

    levels: dict[str, list[float]] = {key: [] for key in ("a", "b", "c", "all", "first", "share", "rank")}
    shares: dict[str, list[float]] = {key: [] for key in "abc"}
    for sample in range(samples):
        heights, counts = levels_of(seed * 1_000_003 + sample)
        total = len(heights)
        for axis, count in zip("abc", counts[:3], strict=True):
            levels[axis].append(heights[count - 1] if count > 0 else np.nan)
            shares[axis].append(count / total if count > 0 else np.nan)
        ends = counts[4]
        levels["all"].append(heights[ends - 1] if ends > 0 else np.nan)
        levels["share"].append(ends / total if ends > 0 else np.nan)
        levels["first"].append(heights[counts[3] - 1] if counts[3] > 0 else np.nan)
        levels["rank"].append(float(counts[5]))

    def average(values: list[float], unit: str, what: str) -> AnyQuantity:
        return _average(values, unit, what, f"{said}, {n} sites")

    axes = [
        AxisThreshold(
            axis="abc"[k],
            barrier=average(levels["abc"[k]], "eV", "level of the first cluster that winds along this lattice vector"),
            fraction=average(shares["abc"[k]], "1", "open hops over all at that level"),
        )
        for k in range(3)
    ]
    together = "lowest level at which hops percolate in three directions (critical path)"
    size = PercolationSize(
        copies=copies,
        n_sites=n,
        realisations=samples,
        axes=(axes[0], axes[1], axes[2]),
        all_axes=average(levels["all"], "eV", together),
        dimensionality=max(int(np.median(levels["rank"])), 0),
    )
    return size, levels


def critical_levels(system: SiteSystem, table: RateTable, seed: int) -> tuple[Any, Any]:
    """Sorted barriers (n_bonds,) of one arrangement and how many are open at each threshold.

    Hops of equal barrier open together: the counts are moved up to the last of them. Counts are those of
    :func:`~antiperovskite.landscape.unions.open_bonds`; the rank is taken after the whole level is open.
    """
    import numpy as np

    from antiperovskite.kinetics.table import hop_barriers

    ions = system.mix(seed)
    barriers = hop_barriers(table, system, ions)
    near = system.lattice.neighbours
    once = near > np.arange(len(near))[:, None]
    return open_in_order(system.lattice.n_sites, *bonds_of(system.lattice), barriers[once], seed)


def open_in_order(n_sites: int, first: Any, second: Any, across: Any, barriers: Any, seed: int) -> tuple[Any, Any]:
    """Open bonds in the order of their barriers (n_bonds,), equal ones together; as :func:`critical_levels`."""
    import numpy as np

    from antiperovskite.landscape.unions import open_bonds

    flat = np.round(barriers, 9)
    # a random order within a level, then by level
    order = np.random.default_rng((seed, 3)).permutation(len(flat))
    order = order[np.argsort(flat[order], kind="stable")]
    heights = flat[order]
    counts = open_bonds(n_sites, first[order], second[order], across[order])
    level_ends = np.searchsorted(heights, heights, side="right")
    moved = np.array([level_ends[count - 1] if count > 0 else -1 for count in counts[:5]])
    rank = counts[5]
    if moved[3] > 0:
        rank = _rank_at(n_sites, first, second, across, order[: moved[3]])
    return heights, np.array([*moved, rank])


def _rank_at(n_sites: int, first: Any, second: Any, across: Any, order: Any) -> int:
    """Directions in which the best cluster winds once all hops of a level are open."""
    import numpy as np

    from antiperovskite.landscape.unions import winding_ranks

    chosen = np.asarray(order)
    return int(winding_ranks(n_sites, first[chosen], second[chosen], across[chosen]).max())


def _average(values: Sequence[float], unit: str, what: str, said: str) -> AnyQuantity:
    import numpy as np

    found = np.array(values)
    if np.isnan(found).any():
        return NotComputed(unit=unit, method=f"{what}: never reached, the hops do not connect this way", source=said)
    spread = float(found.std(ddof=1))
    alike = spread < 1e-9
    scatter = "all arrangements agree, so no scatter" if alike else f"standard error of the mean (spread {spread:.2g})"
    return Quantity(
        value=round(float(found.mean()), 9),
        uncertainty=None if alike else spread / sqrt(len(found)),
        unit=unit,
        n=len(found),
        method=f"{what}; mean over arrangements; {scatter}",
        source=said,
        citations=CITATIONS,
    )
