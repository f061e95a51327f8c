"""Barriers of hops in random cells: chosen so that every bottleneck occurs as often, computed one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from antiperovskite.errors import OptionError
from antiperovskite.kinetics.sites import SAME_SHELL
from antiperovskite.mixing.model import MixedHop

if TYPE_CHECKING:
    from antiperovskite.composition.model import Formula
    from antiperovskite.engines.protocol import Engine
    from antiperovskite.migration.model import HopClass
    from antiperovskite.structures.model import StructureModel

Report = Callable[[str, str], None]


def anions_of(series: str) -> tuple[str, str]:
    """The two A ions of a series, that of x = 0 first.

    Raises
    ------
    OptionError
        No series, or one whose A ions are not one at x = 0 and another at x = 1.

    Examples
    --------
    >>> anions_of("Li3OCl1-xBrx")
    ('Cl', 'Br')
    """
    from antiperovskite.composition import resolve
    from antiperovskite.kinetics.percolation.series import formula_at, has_x

    example = "write a series such as Li3OCl1-xBrx"
    if not has_x(series):
        raise OptionError(f"{series[:40]!r} has no x; {example}")
    ends = [resolve(formula_at(series, x)) for x in (0.0, 1.0)]
    names = [tuple(end.sites.A) for end in ends]
    if any(len(one) != 1 for one in names) or names[0] == names[1] or ends[0].sites.X != ends[1].sites.X:
        raise OptionError(f"{series[:40]!r} does not lead from one anion on A to another; {example}")
    return names[0][0], names[1][0]


def surveyed_hops(
    series: str,
    values: Sequence[float],
    engine: Engine,
    *,
    times: tuple[int, int, int],
    count: int,
    seed: int,
    folder: Path | None,
    report: Report,
) -> list[MixedHop]:
    """Compute hops of random cells of a series; of a pure compound its one hop.

    Parameters
    ----------
    values
        x of the random cells; cells must hold whole ions.
    times
        Repeats of the five-atom cell.
    count
        Hops of each mixed cell, a third of them with none, one and two of the second anion at the bottleneck where the
        cell has so many.
    folder
        Where forces and finished hops are kept; the same call again goes on there.
    """
    from antiperovskite.composition import resolve
    from antiperovskite.kinetics.percolation.series import formula_at

    names = anions_of(series)
    found: list[MixedHop] = []
    for x in values:
        formula = resolve(formula_at(series, x))
        own = None if folder is None else folder / f"x{x:g}"
        report("cell", f"{formula.formula}, {'x'.join(map(str, times))}")
        if x in (0.0, 1.0):
            found.append(_pure(formula, engine, x, times, own, report))
        else:
            found += _mixed(formula, engine, x, names, times, count, seed, own, report)
    return found


def _pure(
    formula: Formula, engine: Engine, x: float, times: tuple[int, int, int], folder: Path | None, report: Report
) -> MixedHop:
    """The hop of the undistorted compound, whose surroundings are all alike."""
    from antiperovskite.migration.study import migrate
    from antiperovskite.structures import build_structure

    study = migrate(build_structure(formula), engine, supercells=(times,), hop=1, folder=folder, report=report)
    n = 4 if x else 0
    return _record(study.barriers[0], x, 2 if x else 0, n, n)


def _mixed(
    formula: Formula, engine: Engine, x: float, names: tuple[str, str], times: tuple[int, int, int], count: int,
    seed: int, folder: Path | None, report: Report,
) -> list[MixedHop]:  # fmt: skip
    from antiperovskite.migration.hops import vacancy_hops
    from antiperovskite.migration.study import migrate
    from antiperovskite.structures.scattered import scatter

    model = scatter(formula, times, seed=seed)
    around = Surroundings(model, names[1])
    listed = [(hop, *around.of_hop(hop)) for hop in vacancy_hops(model)]
    chosen = _chosen(listed, count, seed)
    study = migrate(
        model, engine, supercells=((1, 1, 1),), hop=[hop.number for hop, *_ in chosen], folder=folder, report=report
    )
    counts = {hop.number: (shared, start, end) for hop, shared, start, end in chosen}
    return [_record(barrier, x, *counts[barrier.hop.number]) for barrier in study.barriers]


class Surroundings:
    """How many of one anion are next to the sites and bottlenecks of an unrelaxed cell."""

    def __init__(self, model: StructureModel, anion: str) -> None:
        import numpy as np

        crystal = model.to_pymatgen()
        self._cell = np.asarray(crystal.lattice.matrix)
        self._places = np.asarray(crystal.frac_coords)
        anions = [k for k, role in enumerate(model.roles) if role == "A"]
        self._anions = self._places[anions]
        self._is = np.array([model.ions[k] == anion for k in anions])

    def of_hop(self, hop: HopClass) -> tuple[int, int, int]:
        """Numbers at the bottleneck, at the start and at the end."""
        import numpy as np

        start = self._places[hop.start]
        end = self._places[hop.end] + np.asarray(hop.shift)
        return self._count(0.5 * (start + end)), self._count(start), self._count(end)

    def _count(self, point: Any) -> int:
        import numpy as np

        gap = self._anions - point
        gap -= np.round(gap)
        away = np.linalg.norm(gap @ self._cell, axis=1)
        return int(self._is[away <= SAME_SHELL * away.min()].sum())


def _chosen(
    listed: list[tuple[HopClass, int, int, int]], count: int, seed: int
) -> list[tuple[HopClass, int, int, int]]:
    """So many hops, every bottleneck as often as the cell allows, by chance."""
    import numpy as np

    random = np.random.default_rng((seed, 7))
    by_kind: dict[int, list[tuple[HopClass, int, int, int]]] = {}
    for k in random.permutation(len(listed)):
        by_kind.setdefault(listed[k][1], []).append(listed[k])
    picked: list[tuple[HopClass, int, int, int]] = []
    while len(picked) < min(count, len(listed)):
        for kind in sorted(by_kind):
            if by_kind[kind] and len(picked) < count:
                picked.append(by_kind[kind].pop())
    return sorted(picked, key=lambda one: one[0].number)


def _record(barrier: Any, x: float, shared: int, at_start: int, at_end: int) -> MixedHop:
    return MixedHop(
        x=x, shared=shared, at_start=at_start, at_end=at_end, forward=barrier.forward.value,
        backward=barrier.backward.value, problem=barrier.problem,
    )  # fmt: skip
