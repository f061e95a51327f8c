"""Mixed anions: which mixture conducts better, and whether mixing helps, from shipped studies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from antiperovskite.quantity import NotComputed
from antiperovskite.scorecard.capabilities.composition import FORMULA
from antiperovskite.scorecard.context import Context
from antiperovskite.scorecard.registry import Argument, Arguments, Capability, Result

if TYPE_CHECKING:
    from antiperovskite.composition.model import Formula
    from antiperovskite.mixing.model import MixingStudy

SURE: Final = 0.975
_SAME_X: Final = 1e-6


def _place(formula: Formula) -> tuple[MixingStudy, int] | NotComputed:
    """The shipped study of a mixture and its column there."""
    from antiperovskite.composition import resolve
    from antiperovskite.kinetics.percolation.series import formula_at
    from antiperovskite.mixing import shipped_mixing

    for study in shipped_mixing().values():
        for column, point in enumerate(study.points):
            other = resolve(formula_at(study.series, point.x))
            if _alike(formula.sites.A, other.sites.A) and formula.sites.X == other.sites.X:
                return study, column
    return NotComputed(
        unit="1", method=f"no shipped study of mixed anions holds {formula.formula}; run: antiperovskite mixing SERIES"
    )


def _alike(one: dict[str, float], other: dict[str, float]) -> bool:
    return one.keys() == other.keys() and all(abs(one[name] - other[name]) < _SAME_X for name in one)


def _better(arguments: Arguments, _context: Context) -> Result:
    """Which of two mixtures lets a vacancy spread surely faster."""
    import numpy as np

    from antiperovskite.composition import resolve

    names = (str(arguments["first"]), str(arguments["second"]))
    places = []
    for name in names:
        place = _place(resolve(name))
        if isinstance(place, NotComputed):
            return place
        places.append(place)
    (study, one), (again, two) = places
    if study.series != again.series:
        return NotComputed(unit="1", method=f"{names[0]} and {names[1]} belong to different studies")
    draws = np.array(study.draws)
    share = float((draws[:, one] > draws[:, two]).mean())
    if share >= SURE:
        return names[0]
    if share <= 1.0 - SURE:
        return names[1]
    return NotComputed(
        unit="1",
        method=f"undecided: {names[0]} is faster in {100 * share:.0f} % of the sets of hops drawn again "
        f"({study.engine.name}; ratio {float(np.median(draws[:, one] / draws[:, two])):.2f})",
    )


def _enhances(arguments: Arguments, _context: Context) -> Result:
    """Whether a mixture lets a vacancy spread surely faster than both pure compounds."""
    import numpy as np

    from antiperovskite.composition import resolve

    name = str(arguments["formula"])
    place = _place(resolve(name))
    if isinstance(place, NotComputed):
        return place
    study, column = place
    draws: Any = np.array(study.draws)
    best = np.maximum(draws[:, 0], draws[:, -1])
    share = float((draws[:, column] > best).mean())
    if share >= SURE:
        return "enhancement"
    if share <= 1.0 - SURE:
        return str(arguments["called"])
    return NotComputed(
        unit="1",
        method=f"undecided: {name} is faster than both pure compounds in {100 * share:.0f} % of the sets of hops drawn "
        f"again ({study.engine.name}; ratio to the better one {float(np.median(draws[:, column] / best)):.2f})",
    )


_CAVEAT: Final = (
    "a lone vacancy in random crystals with barriers by surroundings fitted to computed hops; the same number of "
    "vacancies at every x, no grain boundaries; the engine's own error is not in it"
)

CAPABILITIES: Final = (
    Capability(
        "mixture_conducts_better",
        "the formula of two mixtures of anions in which a vacancy surely (97.5 %) spreads faster",
        {"first": FORMULA, "second": Argument("formula", "another mixture of the same anions")},
        _better,
        None,
        caveat=_CAVEAT,
    ),
    Capability(
        "mixing_enhances",
        "enhancement where a vacancy surely (97.5 %) spreads faster than in both pure compounds, else the claim's word",
        {"formula": FORMULA, "called": Argument("text", "what the claim calls it if there is none")},
        _enhances,
        None,
        caveat=_CAVEAT,
    ),
)
