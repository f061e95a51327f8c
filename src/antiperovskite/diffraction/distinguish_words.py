"""The findings of a distinction in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from antiperovskite.diffraction.distinguish_model import Conditions, Distinction
from antiperovskite.quantity import AnyQuantity, Quantity

LIMITS = (
    "the prediction holds for noise alone: preferred orientation, wrong line shapes, impurities and free atomic "
    "coordinates or temperature factors of single sites make models harder to tell apart than said here; relaxing the "
    "lattice isotropically is allowed for"
)
_SAYS = {
    "xray": "X-rays",
    "neutron": "neutrons on the sample as it is",
    "neutron, deuterated": "neutrons on a deuterated sample",
}


def findings(models: tuple[str, ...], distinctions: Sequence[Distinction], asked: Conditions) -> tuple[str, ...]:
    """One sentence a pair: who cannot, who can, with how many counts."""
    result = []
    for first, second in combinations(models, 2):
        own = [item for item in distinctions if (item.first, item.second) == (first, second)]
        said = "; ".join(_says(item, asked) for item in own)
        result.append(f"{first} or {second}, {rounded(asked.counts)} counts in a pattern: {said}")
    return tuple(result)


def _says(item: Distinction, asked: Conditions) -> str:
    """One probe's clause."""
    who = _SAYS[item.probe]
    if not isinstance(item.counts_needed, Quantity):
        return f"{who} cannot tell them apart ({item.counts_needed.method})"
    needs = f"{asked.sigma:g} sigma needs {rounded(item.counts_needed.value)} counts"
    if isinstance(item.time_needed, Quantity):
        needs += f", {duration(item.time_needed)}"
    verb = "can" if item.sigma.value >= asked.sigma else "cannot"
    return f"{who} {verb} tell them apart ({item.sigma.value:.2g} sigma; {needs})"


def rounded(counts: float) -> str:
    """Counts with two digits: ``460,000``, ``2.1e+09``."""
    if not 1.0 <= counts < 1e9:
        return f"{counts:.2g}"
    return f"{float(f'{counts:.2g}'):,.0f}"


def duration(value: AnyQuantity) -> str:
    """A time for people: seconds, minutes, hours or days."""
    if not isinstance(value, Quantity):
        return value.method
    seconds = value.magnitude("s")
    for size, unit in ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes")):
        if seconds >= 2.0 * size:
            return f"{seconds / size:.2g} {unit}" if seconds < 100 * size else f"{seconds / size:.0f} {unit}"
    return f"{seconds:.2g} seconds"
