"""Which defect carries the current in the pure crystal?"""

from __future__ import annotations

from collections.abc import Iterable
from math import hypot, log
from statistics import NormalDist
from typing import Final

from antiperovskite.assessment.hop_model import Migration
from antiperovskite.assessment.migration import lowest_barrier
from antiperovskite.assessment.model import Answer, Verdict
from antiperovskite.assessment.verdicts import words
from antiperovskite.citations import citation
from antiperovskite.defects.equilibrium.model import EquilibriumPoint, EquilibriumStudy
from antiperovskite.evidence.claims import Claim
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.units import BOLTZMANN_EV_PER_K

CAVEATS: Final = (
    "equilibrium of the pure crystal beside its own salt; dopants, protons and a lack of halide make other defects",
    "isolated carriers, one barrier each, equal prefactors, no vibrational entropies; neutral cells without charges",
    "the answer allows for the size effect of energies and barriers and for 0.05 eV between the barriers of an engine; "
    "the engine's error of the defect energies is not known and not in it",
)
ROOM_K: Final = 300.0
ENGINE_EV: Final = 0.05
"""eV; what the difference of two barriers of a machine-learned engine is trusted to."""


def carrier_verdict(
    balance: EquilibriumStudy | None, migration: Migration | None, claims: Iterable[Claim]
) -> Verdict | None:
    """Do vacancies carry the current? Never surer than likely: the engine's own error is not known."""
    if balance is None or migration is None or migration.engine.startswith("toy-"):
        return None
    engine = migration.engine
    point = next((p for p in balance.points if p.temperature.value == ROOM_K), balance.points[0])
    share = point.carriers.vacancy_conductivity_share
    question = f"Do {balance.ion} vacancies carry the current in the pure crystal?"
    support, against = _published(claims)
    if isinstance(share, NotComputed):
        return None
    numbers = _numbers(point, engine)
    above = share.value >= 0.5
    return Verdict(
        question=question,
        answer=_answer(point, share, migration),
        headline=f"Computed with {engine}, vacancies carry {_percent(share)} of the conductivity at "
        f"{point.temperature.value:.0f} K.",
        reasons_for=(*(numbers if above else ()), *support),
        reasons_against=(*(() if above else numbers), *against),
        caveats=CAVEATS,
    )


def _answer(point: EquilibriumPoint, share: Quantity, migration: Migration) -> Answer:
    """From the probability that vacancies carry more: the logarithm of the ratio is taken as normal.

    Its error is that of both concentrations, added, for they rest on the same energies, and of both barriers.
    """
    errors = [q.uncertainty for q in (point.carriers.log10_vacancies, point.carriers.log10_interstitials)]
    barriers = [b for study in migration.studies for b in study.barriers]
    heights = [lowest_barrier(barriers, "vacancy"), lowest_barrier(barriers, "dumbbell")]
    if None in errors or not 0.0 < share.value < 1.0:
        return "unclear" if None in errors else "likely" if share.value > 0.5 else "unlikely"
    kT = BOLTZMANN_EV_PER_K * point.temperature.value
    counted = log(10.0) * sum(error or 0.0 for error in errors)
    climbed = hypot(ENGINE_EV, *(height.uncertainty or 0.0 for height in heights)) / kT
    ratio = log(share.value / (1.0 - share.value))
    probability = NormalDist(ratio, hypot(counted, climbed)).cdf(0.0)
    if probability <= 1.0 - words.LIKELY:
        return "likely"
    return "unlikely" if probability >= words.LIKELY else "unclear"


def _percent(share: Quantity) -> str:
    return f"{share.to('%')}".replace("%", " %").replace("  ", " ")


def _numbers(point: EquilibriumPoint, engine: str) -> tuple[str, ...]:
    carriers = point.carriers
    vacancies, interstitials = carriers.log10_vacancies, carriers.log10_interstitials
    said = [f"share of the conductivity carried by vacancies {_percent(carriers.vacancy_conductivity_share)}"]  # type: ignore[arg-type]
    if isinstance(vacancies, Quantity) and isinstance(interstitials, Quantity):
        said.append(
            f"log10 per site: isolated vacancies {words.value(vacancies)}, interstitials {words.value(interstitials)}"
        )
    return tuple(f"{text}, {engine}" for text in said)


def _published(claims: Iterable[Claim]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What others concluded, for and against vacancies; a claim that leaves it open counts on neither side."""
    support: list[str] = []
    against: list[str] = []
    for claim in claims:
        said = claim.words.casefold()
        vacancy, interstitial = "vacancy" in said, "interstitial" in said
        if claim.property != "dominant carrier" or vacancy == interstitial:
            continue
        where = f" ({claim.conditions})" if claim.conditions else ""
        works = "; ".join(citation(key).short for key in claim.citations)
        text = f"published, {claim.standing}: {claim.words}{where}, {claim.method}, {works}"
        (support if vacancy else against).append(text)
    return tuple(support), tuple(against)
