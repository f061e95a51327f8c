"""What the disorder of cubic M2OHA can do at temperature: empty cation sites and turning hydroxide, as a bound."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from antiperovskite.composition import resolve
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.stability.hydroxide_study.cycle import term_energy
from antiperovskite.stability.hydroxide_study.model import Disorder, DisorderPoint
from antiperovskite.stability.hydroxide_study.system import Source, formula
from antiperovskite.stability.thermal.mixing import METHOD, disordered_sites, mixing_entropy
from antiperovskite.units import BOLTZMANN_EV_PER_K

ORIENTATIONS: Final = 6  # <100>, towards the six cation sites around oxygen
EMPTY_NEIGHBOURS: Final = 2  # of these six, one third are empty on average
GRID: Final = tuple(float(T) for T in range(300, 901, 50))  # K


def entropies(compound: str) -> tuple[float, float, float]:
    """Return S / k per formula unit: vacancies alone, with OH towards empty neighbours, with free OH.

    Examples
    --------
    3 sites two thirds full and six orientations give 3 ln 3 - 2 ln 2 + ln 6:

    >>> [round(s, 4) for s in entropies("Li2OHCl")]
    [1.9095, 2.6027, 3.7013]
    """
    sites = disordered_sites(resolve(compound))
    ways = (1, EMPTY_NEIGHBOURS, ORIENTATIONS)
    vacancies, restricted, free = (mixing_entropy(sites, {"OH": (1.0, n)}) / BOLTZMANN_EV_PER_K for n in ways)
    return vacancies, restricted, free


def _with_entropy(energy: AnyQuantity, temperature: float, entropy: float, what: str) -> AnyQuantity:
    if not isinstance(energy, Quantity):
        return energy
    return energy.model_copy(
        update={
            "value": energy.value - 1000.0 * BOLTZMANN_EV_PER_K * temperature * entropy,
            "method": f"{energy.method}; {what}; {METHOD}",
        }
    )


def crossing(points: Sequence[tuple[float, AnyQuantity]]) -> AnyQuantity:
    """Return the temperature (K) from which on the values stay below zero, by linear interpolation.

    The uncertainty is half the distance between the crossings of value + u and value - u, where both exist.
    """
    known = [(T, q) for T, q in points if isinstance(q, Quantity)]
    if not known:
        return NotComputed(unit="K", method="the energy is not computed")
    span = f"{known[0][0]:g} to {known[-1][0]:g} K"
    centre = _zero([(T, q.value) for T, q in known])
    if centre is None:
        everywhere = all(q.value < 0.0 for _, q in known)
        state = "stable at every temperature" if everywhere else "not stable at the highest temperature"
        return NotComputed(unit="K", method=f"{state} of {span}")
    low = _zero([(T, q.value - (q.uncertainty or 0.0)) for T, q in known])
    high = _zero([(T, q.value + (q.uncertainty or 0.0)) for T, q in known])
    u = (high - low) / 2.0 if low is not None and high is not None else None
    reason = "" if u is not None else f"; within one u of the energy it may lie outside {span}"
    return Quantity(
        value=centre, uncertainty=u, unit="K", method=f"zero of the Gibbs energy{reason}", source=known[0][1].source
    )


def _zero(values: Sequence[tuple[float, float]]) -> float | None:
    """The last crossing from above zero to below, if the values end below zero."""
    found = None
    for (t0, e0), (t1, e1) in pairwise(values):
        if e0 >= 0.0 > e1:
            found = t0 + (t1 - t0) * e0 / (e0 - e1)
    return found if values[-1][1] < 0.0 else None


def _melting(cation: str) -> AnyQuantity:
    from antiperovskite.stability.thermal.janaf import find_table, has_table

    name = f"{cation}OH"
    if has_table(name, "condensed"):
        table = find_table(name, "condensed")
        if table.melting_temperature is not None:
            return Quantity(
                value=table.melting_temperature,
                uncertainty=None,
                unit="K",
                method=f"melting point of {name}; the tables give no uncertainty",
                source=f"NIST-JANAF {table.entry.code}",
                citations=("chase1998",),
            )
    return NotComputed(unit="K", method=f"NIST-JANAF has no melting point of {name}")


def disorder(
    source: Source, cation: str, halide: str, temperatures: Sequence[float], grid: Sequence[float] = GRID
) -> Disorder:
    """Follow MOH + MA -> M2OHA over temperature, ordered and with the entropy of disorder.

    ``temperatures`` (K) are shown, ``grid`` is searched for the crossing.
    """
    compound = formula("wet", cation, halide)
    vacancies, restricted, bound = entropies(compound)
    points = []
    for T in sorted({*temperatures, *grid}):
        ordered = term_energy(source, "wet", cation, halide, T)
        points.append(
            DisorderPoint(
                temperature=T,
                ordered=ordered,
                restricted=_with_entropy(ordered, T, restricted, "OH towards one of two empty neighbours"),
                bound=_with_entropy(ordered, T, bound, "OH free among six orientations"),
            )
        )

    def entropy(value: float, what: str) -> Quantity:
        return Quantity(value=value, uncertainty=None, unit="1", method=f"{what}; {METHOD}", source="counting")

    return Disorder(
        cation=cation,
        halide=halide,
        hydrated_phase=compound,
        entropy_vacancies=entropy(vacancies, "vacancies alone"),
        entropy_bound=entropy(bound, "vacancies and six orientations of OH"),
        points=tuple(points),
        stable_above=crossing([(p.temperature, p.bound) for p in points]),
        stable_above_restricted=crossing([(p.temperature, p.restricted) for p in points]),
        hydroxide_melts=_melting(cation),
    )
