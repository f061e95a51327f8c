"""Does a larger cell move its ions as fast?"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, hypot, sqrt
from typing import Final

from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.transport.model import Diffusion, Interval
from antiperovskite.transport.study.model import SizeCheck, Step

WIDE: Final = 1.96
SHARP: Final = 0.25
"""Standard uncertainty of ln(ratio) above which agreement says little."""


def size_check(small: Step, large: Step, species: str) -> SizeCheck:
    """Compare self diffusion of one species in two cells at one temperature."""
    a, b = (next((one for one in step.results if one.species == species), None) for step in (small, large))
    common = {
        "temperature_K": small.temperature_K,
        "species": species,
        "small_atoms": small.n_atoms,
        "large_atoms": large.n_atoms,
        "large": large,
    }
    cells = f"{large.n_atoms} against {small.n_atoms} atoms at {small.temperature_K:g} K"
    if a is None or b is None:
        refused = next(r for step in (small, large) for r in step.refused if r.species == species)
        missing = NotComputed(unit="1", method=refused.reason)
        return SizeCheck(**common, ratio=missing, statement=f"{cells}: not compared, {refused.reason}")
    centre, spread = _log_ratio(a, b)
    ratio: AnyQuantity = Quantity(
        value=exp(centre),
        uncertainty=exp(centre) * spread,
        unit="1",
        n=1,
        method="D in the larger cell over D in the smaller one, from the posteriors of both logarithms",
        source=a.source,
        citations=a.citations,
    )
    ends = tuple(
        Interval(low=exp(centre - z * spread), high=exp(centre + z * spread), level=level, unit="1")
        for level, z in ((68, 1.0), (95, WIDE))
    )
    agree = abs(centre) <= WIDE * spread
    said = "the two agree within the 95 % interval" if agree else "the two differ beyond the 95 % interval"
    blunt = " (a blunt test: the ratio is known to no better than a factor)" if spread > SHARP else ""
    share = _shares(small, large)
    return SizeCheck(**common, ratio=ratio, intervals=ends, statement=f"{cells}: D ratio {ratio}; {said}{blunt}{share}")


def finite_size_words(steps: Sequence[Step], checks: Sequence[SizeCheck]) -> str:
    """Say what the size of the cells and the length of the runs leave open."""
    atoms = sorted({step.n_atoms for step in steps})
    cells = f"cells of {' and '.join(map(str, atoms))} atoms with periodic images" if atoms else "no cell"
    size = "; ".join(f"{check.species}, {check.statement}" for check in checks)
    if not checks:
        size = "no larger cell was run (--size-check), so how much D depends on the size is not known"
    measured = [one for step in steps for one in step.results]
    time = "no temperature was measured"
    if measured:
        shortest = min(one.run_length.value for one in measured)
        fewest = min(one.regime.hops.value for one in measured)
        time = f"the shortest measured run lasts {shortest:.3g} ps, the one with fewest net hops has {fewest:.0f}"
    return (
        f"Finite size: {cells}; {size}; D and conductivity are not corrected for size. Finite time: {time}; what "
        "happens more rarely is not in these numbers"
    )


def _log_ratio(small: Diffusion, large: Diffusion) -> tuple[float, float]:
    """Median difference of ln D and its standard uncertainty; the two runs are independent."""
    middles, spreads = [], []
    for result in (small, large):
        levels = sorted(result.quantiles)
        low, middle, high = (levels[round(p * (len(levels) - 1))] for p in (0.1587, 0.5, 0.8413))
        middles.append(middle)
        spreads.append((high - low) / 2.0)
    return middles[1] - middles[0], hypot(*spreads)


def _shares(small: Step, large: Step) -> str:
    a, b = small.vacancy_share, large.vacancy_share
    if not isinstance(a, Quantity) or not isinstance(b, Quantity) or abs(a.value - b.value) < 0.005:
        return ""
    return f"; vacancies are {a.value:.2f} and {b.value:.2f} % of the sites, and D follows their share"


def weighted_mean(values: list[Quantity]) -> tuple[float, float, float]:
    """Mean by inverse variances, its standard uncertainty (widened where they scatter), chi-squared over n - 1."""
    weights = [1.0 / q.uncertainty**2 for q in values if q.uncertainty]
    used = [q.value for q in values if q.uncertainty]
    mean = sum(w * x for w, x in zip(weights, used, strict=True)) / sum(weights)
    scatter = 0.0
    if len(used) > 1:
        scatter = sum(w * (x - mean) ** 2 for w, x in zip(weights, used, strict=True)) / (len(used) - 1)
    return mean, sqrt(max(1.0, scatter) / sum(weights)), scatter
