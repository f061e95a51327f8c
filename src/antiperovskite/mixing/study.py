"""The question this room answers: which mixture of two anions lets vacancies through best, and how sure is that?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import OptionError
from antiperovskite.mixing.hops import anions_of, surveyed_hops
from antiperovskite.mixing.local import fitted, resampled, standard_errors
from antiperovskite.mixing.model import LocalBarriers, MixedHop, MixingPoint, MixingStudy
from antiperovskite.mixing.random_lattice import critical_levels, effective_diffusion, energies
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity

if TYPE_CHECKING:
    from antiperovskite.engines.model import EngineCard
    from antiperovskite.engines.protocol import Engine
    from antiperovskite.kinetics.sites import SiteSystem

SUPERCELL: Final = (3, 3, 4)
GRID: Final = tuple(k / 20 for k in range(21))
DRAWS: Final = 100
CITATIONS: Final = ("ambegaokar1971", "kirkpatrick1973")
_COPIES: Final = 8
_SAMPLES: Final = 6
_SOURCE: Final = "barriers by surroundings fitted to computed hops"
_ATTEMPT_THZ: Final = 1.0
"""Of all hops; only ratios of diffusion coefficients are given, in which it cancels."""

Report = Callable[[str, str], None]


def _silent(step: str, detail: str) -> None:
    return None


def mixing_study(
    series: str,
    engine: Engine,
    *,
    values: Sequence[float] = (0.0, 0.25, 0.5, 0.75, 1.0),
    times: tuple[int, int, int] = SUPERCELL,
    count: int = 24,
    temperature_K: float = 300.0,
    seed: int = 0,
    draws: int = DRAWS,
    folder: Path | None = None,
    report: Report = _silent,
) -> MixingStudy:
    """Compute hops of random cells, fit barriers by surroundings, and let a vacancy spread through every mixture.

    Parameters
    ----------
    series
        Such as ``Li3OCl1-xBrx``.
    values
        x of the cells whose hops are computed; both ends among them.
    times
        Repeats of the five-atom cell in those cells.
    count
        Hops of each mixed cell.
    temperature_K
        At which the vacancy spreads.
    draws
        Sets of hops drawn again for the intervals.
    folder
        For forces and finished hops; the same call goes on there.

    Raises
    ------
    OptionError
        No series of two anions, or values that do not span it.
    DataError
        Too few hops have a barrier.
    """
    anions_of(series)
    if min(values) > 0.0 or max(values) < 1.0 or any(not 0.0 <= x <= 1.0 for x in values):
        raise OptionError(f"x of {', '.join(f'{x:g}' for x in values)} do not reach from 0 to 1; give both ends")
    if not 8 <= count <= 1000 or not 4 <= draws <= 1000:
        raise OptionError(f"{count} hops a cell and {draws} draws are not allowed; give 8 to 1000, and 4 to 1000")
    hops = surveyed_hops(
        series, sorted(set(values)), engine, times=times, count=count, seed=seed, folder=folder, report=report
    )
    return study_of_hops(
        series, hops, engine.card, temperature_K=temperature_K, seed=seed, draws=draws,
        report=report, cell=times,
    )  # fmt: skip


def study_of_hops(
    series: str,
    hops: Sequence[MixedHop],
    card: EngineCard,
    *,
    temperature_K: float,
    seed: int,
    draws: int,
    cell: tuple[int, int, int],
    report: Report = _silent,
    copies: int = _COPIES,
) -> MixingStudy:
    """What follows from computed hops; nothing here calls an engine."""
    import numpy as np

    first, second = anions_of(series)
    local, fits = fitted(hops), list(resampled(hops, draws, seed))
    systems = _systems(series, copies)
    D = np.zeros((len(fits) + 1, len(GRID)))
    for k, fit in enumerate([*fits, local]):
        report("diffusion", f"{k + 1} of {len(fits) + 1} sets of barriers")
        D[k] = [_diffusion(systems[x], fit, x, second, temperature_K, seed + k) for x in GRID]
    ratios = D / D[:, :1]
    drawn = ratios[:-1]
    report("percolation", f"{len(GRID)} compositions")
    points = tuple(
        _point(x, systems[x], local, fits, second, drawn[:, i], seed) for i, x in enumerate(GRID)
    )  # fmt: skip
    best, interval, tops = _best(drawn)
    lost = sum(hop.forward is None for hop in hops)
    notes = [
        f"hops in random cells of {'x'.join(map(str, cell))} five-atom cells, relaxed, a lone vacancy each; anions at "
        "random, without short-range order",
        "few vacancies that do not meet, as many at every x: how many a mixture makes is not in this",
        "only ratios of diffusion coefficients are given: the attempt frequency is taken as equal for all hops",
        *([f"{lost} of {len(hops)} hops have no barrier and are left out"] if lost else []),
    ]
    return MixingStudy(
        series=series, first=first, second=second, ion=systems[0.0].ion, engine=card, temperature_K=temperature_K,
        hops=tuple(hops), local=local, errors=standard_errors(fits), points=points, best=best,
        best_interval=interval, best_draws=tops, draws=tuple(tuple(float(v) for v in row) for row in drawn),
        notes=tuple(notes), citations=tuple(dict.fromkeys((*card.citations, *CITATIONS))),
    )  # fmt: skip


def _systems(series: str, copies: int) -> dict[float, SiteSystem]:
    """The lattice of every mixture is that of the first compound: only barriers differ, hop lengths cancel to 2 %."""
    from antiperovskite.composition import resolve
    from antiperovskite.kinetics.percolation.series import formula_at
    from antiperovskite.kinetics.sites import system_of_formula

    pure, anions = system_of_formula(resolve(formula_at(series, 0.0)), copies=(copies,) * 3), anions_of(series)
    amounts = {x: zip(anions, (1.0 - x, x), strict=True) for x in GRID}
    return {x: pure.with_amounts({name: one for name, one in both if one}) for x, both in amounts.items()}


def _diffusion(system: SiteSystem, local: LocalBarriers, x: float, second: str, kelvin: float, seed: int) -> float:
    barriers, sites = energies(system, local, x, second, seed)
    return effective_diffusion(system, barriers, sites, kelvin, _ATTEMPT_THZ)


def _point(
    x: float, system: SiteSystem, local: LocalBarriers, fits: Sequence[LocalBarriers], second: str, ratios: Any,
    seed: int,
) -> MixingPoint:  # fmt: skip
    import numpy as np

    def level(fit: LocalBarriers, number: int) -> float:
        barriers, sites = energies(system, fit, x, second, number)
        heights, counts = critical_levels(system, barriers, sites, number)
        return float(heights[counts[4] - 1]) if counts[4] > 0 else float("nan")

    cells = [level(local, seed + k) for k in range(_SAMPLES)]
    others = [level(fit, seed + k) for k, fit in enumerate(fits)]
    shared = np.array([(1 - x) ** 2, 2 * x * (1 - x), x**2])
    mean = [float(shared @ [fit.barrier(x, k) for k in range(3)]) for fit in (local, *fits)]
    return MixingPoint(
        x=x,
        effective_barrier=Quantity(
            value=float(np.mean(cells)), uncertainty=float(np.std(others, ddof=1)), unit="eV", n=len(cells),
            method="lowest level at which transition states percolate in three directions, above the mean energy of "
            "a vacancy; uncertainty: hops drawn again", source=_SOURCE, citations=CITATIONS[:1],
        ),
        mean_barrier=Quantity(
            value=mean[0], uncertainty=float(np.std(mean[1:], ddof=1)), unit="eV", n=local.n,
            method="of all hops without their change of energy; uncertainty: hops drawn again", source=_SOURCE,
        ),
        relative_diffusion=_ratio(ratios),
    )  # fmt: skip


def _ratio(ratios: Any) -> AnyQuantity:
    import numpy as np

    logs = np.log(ratios)
    value = float(np.exp(logs.mean()))
    return Quantity(
        value=value, uncertainty=value * float(logs.std(ddof=1)), unit="1", n=len(ratios),
        method="diffusion of a vacancy over that at x = 0, exact for each random cell; geometric mean and spread over "
        "hops drawn again and random cells", source=_SOURCE, citations=CITATIONS[1:],
    )  # fmt: skip


def _best(drawn: Any) -> tuple[AnyQuantity, tuple[float, float] | None, tuple[float, ...]]:
    """x of the highest diffusion coefficient, over the draws."""
    import numpy as np

    tops = tuple(float(GRID[int(k)]) for k in np.argmax(drawn, axis=1))
    low, high = (float(q) for q in np.quantile(tops, [0.025, 0.975], method="nearest"))
    if low == 0.0 and high == 1.0:
        text = "undecided: the best x lies anywhere between 0 and 1 when the hops are drawn again"
        return NotComputed(unit="1", method=text, source=_SOURCE), None, tops
    return (
        Quantity(
            value=float(np.median(tops)), uncertainty=float(np.std(tops, ddof=1)), unit="1", n=len(tops),
            method="x of the highest diffusion coefficient on a grid of 0.05, median and spread over hops drawn again",
            source=_SOURCE,
        ),
        (low, high),
        tops,
    )  # fmt: skip
