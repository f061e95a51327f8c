"""Windows when the phase energies move within their errors: the hull is solved anew for each draw.

The uncertainty of :func:`antiperovskite.electrochemistry.window.electrochemical_window` holds the products fixed.
Where another equilibrium is close in energy the products change within the error, and only drawing the shared
variables z_k of all phases together (E_p + sum_k L_pk z_k, z standard normal) shows by how much the limit then moves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from antiperovskite.electrochemistry.exchange import Exchange, Plateau, open_to
from antiperovskite.electrochemistry.model import SampledLimits
from antiperovskite.electrochemistry.reference_metal import main_cation
from antiperovskite.errors import OptionError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.phase_set import PhaseSet

SMALLEST: Final = 20
LARGEST: Final = 100_000


def sampled_limits(
    formula: str,
    elements: Mapping[str, float],
    phases: PhaseSet,
    target: PhaseEnergy | None = None,
    *,
    against: str | None = None,
    samples: int = 400,
    seed: int = 0,
) -> SampledLimits:
    """Return median limits and half the central 68 % interval over draws of all phase energies.

    Parameters are those of :func:`~antiperovskite.electrochemistry.window.electrochemical_window`; the same ``seed``
    gives the same numbers.

    Raises
    ------
    OptionError
        Fewer than 20 or more than 100,000 samples; else as for one window.
    MissingReferenceError
        An element or the metal has no pure phase.
    """
    import numpy as np

    check_samples(samples)
    metal = main_cation(elements, against)
    wanted = {*elements, metal}
    members = tuple(phase for phase in phases.phases if phase.elements.keys() <= wanted)
    if target is not None:
        members = (*(phase for phase in members if phase.name != target.name), target)
    variables = sorted({name for phase in members for name in phase.loadings})
    place = {name: k for k, name in enumerate(variables)}
    loadings = np.zeros((len(members), len(variables)))
    for row, phase in enumerate(members):
        for name, loading in phase.loadings.items():
            loadings[row, place[name]] = loading
    draws = np.random.default_rng(seed).standard_normal((samples, len(variables))) @ loadings.T
    found: dict[str, list[float]] = {"oxidation": [], "reduction": [], "onset": []}
    products: dict[str, Counter[str]] = {"oxidation": Counter(), "reduction": Counter()}
    for shift in draws:
        moved = tuple(replace(p, energy=p.energy + float(d)) for p, d in zip(members, shift, strict=True))
        exchange = open_to(elements, replace(phases, phases=moved), metal)
        _collect(exchange, moved[-1] if target is not None else None, found, products)
    return SampledLimits(
        samples=samples,
        seed=seed,
        oxidation_limit=_summary(found["oxidation"], samples, f"oxidation limit of {formula}", phases),
        reduction_limit=_summary(found["reduction"], samples, f"reduction limit of {formula}", phases),
        oxidation_onset_metastable=_summary(found["onset"], samples, f"oxidation onset of {formula} itself", phases),
        first_oxidation_products=_shares(products["oxidation"], samples),
        first_reduction_products=_shares(products["reduction"], samples),
        stable_against_metal=sum(volts == 0.0 for volts in found["reduction"]) / samples,
    )


def check_samples(samples: int) -> None:
    """Raise :class:`OptionError` unless the number of draws makes sense."""
    if not SMALLEST <= samples <= LARGEST:
        raise OptionError(f"{samples} samples were asked for; give {SMALLEST} to {LARGEST:,}")


def _collect(
    exchange: Exchange, target: PhaseEnergy | None, found: dict[str, list[float]], products: dict[str, Counter[str]]
) -> None:
    left, right = exchange.profile.sides(exchange.content)
    pieces = {piece for piece in (left, right) if piece is not None and piece < len(exchange.profile.contents) - 1}
    plateaus = {piece: plateau for piece in pieces if (plateau := exchange.plateau(piece)).voltage > 0.0}
    if left is not None and left in plateaus:
        found["oxidation"].append(plateaus[left].voltage)
        products["oxidation"][_names(plateaus[left].low)] += 1
        if target is not None:
            found["onset"].append(_onset(exchange, plateaus[left], target))
    elif left is not None:
        found["oxidation"].append(0.0)
        products["oxidation"][f"{exchange.element} as the metal"] += 1
    if right in plateaus:
        found["reduction"].append(plateaus[right].voltage)
        products["reduction"][_names(plateaus[right].high)] += 1
    else:
        found["reduction"].append(0.0)
        products["reduction"][f"none: stable against {exchange.element}"] += 1


def _onset(exchange: Exchange, plateau: Plateau, target: PhaseEnergy) -> float:
    terms = exchange.voltage_terms(plateau.low, [(target, 1.0)], exchange.content - plateau.contents[0])
    return sum(amount * phase.energy for phase, amount in terms)


def _names(mixture: Sequence[tuple[PhaseEnergy, float]]) -> str:
    return " + ".join(sorted(phase.formula for phase, _ in mixture))


def _shares(counts: Counter[str], samples: int) -> dict[str, float]:
    return {names: count / samples for names, count in counts.most_common()}


def _summary(values: Any, samples: int, what: str, phases: PhaseSet) -> AnyQuantity:
    import numpy as np

    if len(values) < max(SMALLEST, samples // 2):
        return NotComputed(unit="V", method=f"defined in only {len(values)} of {samples} draws", source=phases.source)
    low, middle, high = np.quantile(values, [0.158655, 0.5, 0.841345])
    return Quantity(
        value=float(middle),
        uncertainty=float(high - low) / 2.0,
        unit="V",
        n=len(values),
        method=f"{what}: median and half the central 68 % interval over {samples} draws of all phase energies, hull "
        "solved anew for each",
        source=phases.source,
        citations=phases.citations,
    )
