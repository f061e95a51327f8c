"""What the shipped study of distortion answers for a claim: whether barriers and stability go with the distortion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Literal

from antiperovskite.errors import MissingReferenceError
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.scorecard.context import Context
from antiperovskite.scorecard.registry import Argument, Arguments, Capability, Result

if TYPE_CHECKING:
    from antiperovskite.migration.distortion import DistortionRecord

FEWEST: Final = 6
"""Compounds of each cation that a trend needs."""
CHANCE: Final = 0.05
SHUFFLES: Final = 1000
_CALLED: Final = Argument("text", "the word of the claim")


def _barriers(arguments: Arguments, context: Context) -> Result:
    """The claim's word if barriers fall with distortion among Li and among Na compounds, more than chance would."""

    def barrier(_formula: str, record: DistortionRecord) -> float | None:
        height = record.percolating[2]
        return height.value if isinstance(height, Quantity) else None

    return _trend(str(arguments["called"]), context, "barriers", barrier, "falling")


def _stability(arguments: Arguments, context: Context) -> Result:
    """The claim's word if the energy above the competing phases rises with distortion, more than chance would."""

    def above(formula: str, record: DistortionRecord) -> float | None:
        return energy_above_others(
            formula, min(p.energy for p in record.phases if p.energy is not None), context.engine
        )

    return _trend(str(arguments["called"]), context, "energy above the competing phases", above, "rising")


def energy_above_others(formula: str, energy: float, engine: str) -> float | None:
    """eV an atom above the stable mixture of the engine's reference phases; ``energy`` in eV an atom, static.

    ``None`` where a salt of the compound is not among them.
    """
    from antiperovskite.composition import resolve
    from antiperovskite.stability.energies import hull_phases
    from antiperovskite.stability.reactions import anions_without_a_salt, decomposition, target_phase
    from antiperovskite.stability.references import reference_set

    compound = resolve(formula)
    phases = hull_phases(reference_set(engine), frozenset(compound.elements))
    if anions_without_a_salt(compound, phases):
        return None
    atoms = sum(compound.elements.values())
    return -decomposition(compound, target_phase(compound, energy * atoms), phases).energy / atoms


def _trend(
    called: str, context: Context, what: str, value: Callable[[str, DistortionRecord], float | None],
    wanted: Literal["falling", "rising"],
) -> Result:  # fmt: skip
    """The word of the claim if the values go with the bend as wanted, the opposite, or that it is not decided."""
    from antiperovskite.migration.distortion import distortion_set

    try:
        shipped = distortion_set(context.engine)
    except MissingReferenceError as error:
        return NotComputed(unit="1", method=str(error))
    series: list[list[tuple[float, float]]] = []
    for cation in ("Li", "Na"):
        own = {formula: record for formula, record in shipped.records.items() if formula.startswith(cation)}
        known = [(record.bend_degrees, value(formula, record)) for formula, record in own.items()]
        found = [(bend, one) for bend, one in known if one is not None]
        if len(found) < FEWEST:
            return NotComputed(
                unit="1",
                method=f"{len(found)} {cation} compounds have {what} with {context.engine}, {FEWEST} needed",
            )
        series.append(found)
    rhos = [rho for one in series if (rho := _rank_correlation(one)) is not None]
    if len(rhos) < len(series):
        return NotComputed(unit="1", method="all compounds of a series are distorted alike, so nothing can be compared")
    below, above = _chances(series)
    said = f"rank correlation of the bend with {what} {rhos[0]:+.2f} (Li), {rhos[1]:+.2f} (Na)"
    falls, rises = max(rhos) < 0.0 and below < CHANCE, min(rhos) > 0.0 and above < CHANCE
    if not (falls or rises):
        return NotComputed(
            unit="1", method=f"undecided: {said}; chance of that {below:.2f} (falling), {above:.2f} (rising)"
        )
    if falls == (wanted == "falling"):
        return called
    return f"{'lower' if falls else 'higher'} {what}: {said}"


def _rank_correlation(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Spearman's, ties at their mean rank; ``None`` where one quantity does not vary."""
    import numpy as np
    from scipy.stats import rankdata

    x, y = (rankdata(np.round(column, 3)) for column in zip(*pairs, strict=True))
    return None if np.ptp(x) == 0 or np.ptp(y) == 0 else float(np.corrcoef(x, y)[0, 1])


def _chances(series: Sequence[Sequence[tuple[float, float]]]) -> tuple[float, float]:
    """Share of shuffles within each series whose mean correlation is as low, and as high, as that found."""
    import numpy as np

    rng = np.random.default_rng(20)
    found = sum(_rank_correlation(one) or 0.0 for one in series)
    made = []
    for _ in range(SHUFFLES):
        mixed = [list(zip([x for x, _ in one], rng.permutation([y for _, y in one]), strict=True)) for one in series]
        made.append(sum(_rank_correlation(one) or 0.0 for one in mixed))
    low, high = (float(np.mean(side)) for side in (np.array(made) <= found + 1e-9, np.array(made) >= found - 1e-9))
    return low, high


CAPABILITIES: Final = (
    Capability(
        "distortion_lowers_barriers",
        "the claim's word, if the barrier at which vacancy hops percolate falls with the bend of B-X-B among the Li "
        "and among the Na compounds of the shipped study of distortion (ranks, chance below 5 %), else that it rises",
        {"called": _CALLED},
        _barriers,
        None,
        engine=True,
        energetic=True,
        caveat="static barriers at 0 K in cells of 40 atoms, a lone vacancy; the lowest of five tilted structures, "
        "which need not be the lowest there is",
    ),
    Capability(
        "distortion_lowers_stability",
        "the claim's word, if the energy of the lowest structure above its competing phases rises with the bend of "
        "B-X-B among the Li and among the Na compounds of the shipped study of distortion (ranks, chance below 5 %), "
        "else that it falls",
        {"called": _CALLED},
        _stability,
        None,
        engine=True,
        energetic=True,
        caveat="energies at 0 K without zero-point motion; the lowest of five tilted structures, which need not be the "
        "lowest there is",
    ),
)
