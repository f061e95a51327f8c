"""Mixed crystals: the level at which hops percolate, from bond-valence energies of every hop."""

from __future__ import annotations

from functools import cache
from math import hypot
from typing import TYPE_CHECKING, Final

from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.scorecard.capabilities.composition import FORMULA
from antiperovskite.scorecard.context import Context
from antiperovskite.scorecard.registry import Argument, Arguments, Capability, Result

if TYPE_CHECKING:
    from antiperovskite.kinetics.model import PercolationStudy

SAMPLES: Final = 10
SURE: Final = 1.96
"""Standard uncertainties of a difference for a probability of 97.5 % of its sign."""


@cache
def _study(formulas: tuple[str, ...]) -> PercolationStudy:
    """One study of all formulas, so that their lattices have one origin; the same cells for every run."""
    from antiperovskite.composition import resolve
    from antiperovskite.kinetics.percolation.by_landscape import landscape_percolation

    return landscape_percolation(" ".join(formulas), [(None, resolve(name)) for name in formulas], samples=SAMPLES)


def _barrier(arguments: Arguments, _context: Context) -> Result:
    study = _study((str(arguments["formula"]),))
    found = study.points[0].effective_barrier
    if isinstance(found, NotComputed):
        return found
    return found.model_copy(update={"source": study.barriers_source, "citations": study.citations})


def _better(arguments: Arguments, _context: Context) -> Result:
    """Which of two mixtures percolates over the lower barrier, where that is sure."""
    names = (str(arguments["first"]), str(arguments["second"]))
    one, two = (point.effective_barrier for point in _study(names).points)
    if not (isinstance(one, Quantity) and isinstance(two, Quantity)):
        lost = one if isinstance(one, NotComputed) else two
        return NotComputed(unit="1", method=lost.method)
    error = hypot(one.uncertainty or 0.0, two.uncertainty or 0.0)
    if abs(one.value - two.value) <= SURE * error:
        return NotComputed(
            unit="1", method=f"undecided: {names[0]} percolates over {one}, {names[1]} over {two}, from random cells"
        )
    return names[0] if one.value < two.value else names[1]


_CAVEAT: Final = (
    "barriers are bond-valence screening values, not calibrated; ions mixed at random on ideal places, the error is "
    "that of the random cells alone, and the same number of carriers in both is assumed"
)

CAPABILITIES: Final = (
    Capability(
        "percolation_barrier",
        "lowest level at which the hops of a vacancy percolate through random cells, from bond-valence energies",
        {"formula": FORMULA},
        _barrier,
        "eV",
        caveat=_CAVEAT,
    ),
    Capability(
        "percolates_more_easily",
        "the formula of two whose hops percolate over the surely (97.5 %) lower level",
        {"first": FORMULA, "second": Argument("formula", "another anti-perovskite formula")},
        _better,
        None,
        caveat=_CAVEAT,
    ),
)
