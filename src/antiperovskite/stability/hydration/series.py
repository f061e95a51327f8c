"""The hydration series X3-xOHxA (0 <= x <= 2): what it costs to turn X3OA + x H2O into X3-xOHxA + x XOH.

End members are X3OA (x = 0), X2OHA (x = 1) and the halide hydrate XA.H2O (x = 2), each with its own energy. Between
them the Gibbs energy is that of the mixture of the two neighbours. From 0 to 1, where O and OH share the B site, ideal
mixing lowers it by -T S with S = -k [x ln x + (1 - x) ln(1 - x)] per B site. The vacancies that come with OH are taken
to sit beside it; were they free, the entropy would be larger.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from antiperovskite.errors import MissingReferenceError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.stability.energies import find_phase
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.hydration.assemblages import CLOSED_TO_WATER, enumerate_assemblages, group_polymorphs
from antiperovskite.stability.hydration.model import SeriesPoint
from antiperovskite.stability.thermal.mixing import DisorderedSite
from antiperovskite.stability.uncertainty import standard_uncertainty
from antiperovskite.units import BOLTZMANN_EV_PER_K

if TYPE_CHECKING:
    from antiperovskite.stability.hydration.study import Source

X_VALUES: Final = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)

Terms = list[tuple[PhaseEnergy, float]]


def ideal_mixing(x: float, temperature_K: float) -> float:
    """Return -T S of ideal mixing of x OH and 1 - x O on the B site, eV per site.

    Examples
    --------
    >>> round(ideal_mixing(0.5, 298.15), 4)  # -kT ln 2
    -0.0178
    """
    site = DisorderedSite("B", 1.0, {"OH": x, "O": 1.0 - x})
    return -BOLTZMANN_EV_PER_K * temperature_K * site.entropy_in_k()


def series_composition(cation: str, halide: str, x: float) -> dict[str, float]:
    """Return the atoms of X3-xOHxA."""
    atoms = {cation: 3.0 - x, "O": 1.0, "H": x, halide: 1.0}
    return {element: amount for element, amount in atoms.items() if amount > 0.0}


def series_formula(cation: str, halide: str, x: float) -> str:
    """Write a member: ``Li3OCl``, ``Li2.5OH0.5Cl``, ``Li2OHCl``, ``LiCl·H2O`` (x = 2)."""
    if x == 2.0:
        return f"{cation}{halide}·H2O"
    metal = f"{cation}{3.0 - x:g}"
    return f"{metal}O{halide}" if x == 0.0 else f"{metal}OH{'' if x == 1.0 else f'{x:g}'}{halide}"


def hydration_series(
    cation: str,
    halide: str,
    cold: Sequence[PhaseEnergy],
    warm: Sequence[PhaseEnergy],
    temperature_K: float,
    source: Source,
) -> tuple[SeriesPoint, ...]:
    """Return the members at ``X_VALUES``.

    Parameters
    ----------
    cold, warm
        Phases with enthalpies at 298.15 K and with Gibbs energies at ``temperature_K`` (water vapour at 1 bar), both
        with the gas ``"H2O(g)"`` among them.
    """
    return tuple(_point(cation, halide, x, cold, warm, temperature_K, source) for x in X_VALUES)


def _point(
    cation: str,
    halide: str,
    x: float,
    cold: Sequence[PhaseEnergy],
    warm: Sequence[PhaseEnergy],
    T: float,
    source: Source,
) -> SeriesPoint:
    formula = series_formula(cation, halide, x)
    equation = f"{series_formula(cation, halide, 0.0)} + {x:g} H2O -> {formula} + {x:g} {cation}OH"
    end = x in {0.0, 1.0, 2.0}
    mixing: AnyQuantity = NotComputed(unit="eV/formula", method="OH alone fills the B site; nothing mixes there")
    if x <= 1.0:
        mixing = Quantity(
            value=ideal_mixing(x, T),
            uncertainty=None,
            unit="eV/formula",
            method=f"-T S of ideal O/OH mixing on the B site at {T:g} K, a model without an uncertainty",
            source="computed",
        )
    return SeriesPoint(
        x=x,
        formula=formula,
        model="end member" if end else "ideal mixture",
        enthalpy=_reaction(cation, halide, x, cold, f"{equation}; enthalpy at 298.15 K, vapour", source),
        free_energy=_reaction(cation, halide, x, warm, f"{equation}; Gibbs energy at {T:g} K, vapour at 1 bar", source),
        mixing=mixing,
        above_hull=_above_hull(cation, halide, x, warm, f"{formula} against every other mixture at {T:g} K", source),
    )


def _reaction(
    cation: str, halide: str, x: float, phases: Sequence[PhaseEnergy], what: str, source: Source
) -> AnyQuantity:
    member = _member(cation, halide, x, phases)
    dry = find_phase(phases, series_composition(cation, halide, 0.0))
    hydroxide = find_phase(phases, {cation: 1.0, "O": 1.0, "H": 1.0})
    vapour = next((phase for phase in phases if phase.name == "H2O(g)"), None)
    if isinstance(member, str) or dry is None or hydroxide is None or vapour is None:
        named = ((dry, "the dry phase"), (hydroxide, f"{cation}OH"), (vapour, "water vapour"))
        why = member if isinstance(member, str) else next(name for phase, name in named if phase is None)
        return NotComputed(unit="eV/formula", method=f"{why} is not among the reference phases")
    # the dry phase as one formula unit, whatever the set's formula is
    scale = series_composition(cation, halide, 0.0)[halide] / dry.elements[halide]
    terms = [*member, (hydroxide, x / hydroxide.elements["H"]), (dry, -scale), (vapour, -x)]
    return _quantity(terms, what, source)


def _above_hull(
    cation: str, halide: str, x: float, phases: Sequence[PhaseEnergy], what: str, source: Source
) -> AnyQuantity:
    """Energy above the best mixture with the same hydrogen, the member itself and its neighbours left out."""
    member = _member(cation, halide, x, phases)
    if isinstance(member, str):
        return NotComputed(unit="eV/formula", method=f"{member} is not among the reference phases")
    own = {id(phase) for phase, _ in member}
    others = [phase for phase in phases if id(phase) not in own and "C" not in phase.elements]
    compounds = group_polymorphs(others)
    elements = series_composition(cation, halide, x)
    try:
        found = enumerate_assemblages(compounds, elements, CLOSED_TO_WATER)
    except MissingReferenceError:  # at x = 2 the member is the halide's hydrate, which nothing else adds up to
        return NotComputed(unit="eV/formula", method="no other phases of the set add up to its composition")
    best: Terms | None = None
    for mixture in range(len(found.amounts)):
        terms: Terms = []
        for compound, amount in found.members(mixture):
            pairs = zip(compound.polymorphs, compound.scales, strict=True)
            number, scale = min(pairs, key=lambda pair: others[pair[0]].energy * pair[1])
            terms.append((others[number], amount * scale))
        if best is None or _energy(terms) < _energy(best):
            best = terms
    assert best is not None  # enumerate_assemblages raises where nothing is feasible
    return _quantity([*member, *((phase, -amount) for phase, amount in best)], what, source)


def _member(cation: str, halide: str, x: float, phases: Sequence[PhaseEnergy]) -> Terms | str:
    """The end members that make up X3-xOHxA with their amounts, or the formula of the missing one."""
    low = math.floor(x) if x < 2.0 else 1
    shares: Mapping[int, float] = {low: low + 1.0 - x, low + 1: x - low}
    terms: Terms = []
    for end, share in shares.items():
        if share <= 0.0:
            continue
        phase = find_phase(phases, series_composition(cation, halide, float(end)))
        if phase is None:
            return series_formula(cation, halide, float(end))
        terms.append((phase, share / phase.elements[halide]))
    return terms


def _energy(terms: Terms) -> float:
    return math.fsum(phase.energy * amount for phase, amount in terms)


def _quantity(terms: Terms, what: str, source: Source) -> Quantity:
    return Quantity(
        value=_energy(terms),
        uncertainty=standard_uncertainty(terms),
        unit="eV/formula",
        method=f"{what}; {source.method}",
        source=source.source,
        citations=source.citations,
    )
