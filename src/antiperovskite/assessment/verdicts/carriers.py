"""Which defect carries the current in the pure crystal?"""

from __future__ import annotations

from collections.abc import Iterable
from math import hypot, log
from statistics import NormalDist
from typing import Final

from antiperovskite.assessment.hop_model import Migration
from antiperovskite.assessment.model import Answer, Verdict
from antiperovskite.assessment.verdicts import words
from antiperovskite.carriers.balance import BalancePoint, CarrierBalance, share_text
from antiperovskite.citations import citation
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
    balance: CarrierBalance | None, migration: Migration | None, claims: Iterable[Claim]
) -> Verdict | None:
    """Do vacancies carry the current? Never surer than likely: the engine's own error is not known."""
    if balance is None or migration is None or migration.engine.startswith("toy-"):
        return None
    engine = migration.engine
    point = next((p for p in balance.points if p.temperature.value == ROOM_K), balance.points[0])
    share = point.shares["vacancy"]
    question = f"Do {balance.ion} vacancies carry the current in the pure crystal?"
    support, against = _published(claims)
    if isinstance(share, NotComputed):
        return None
    numbers = _numbers(point, engine)
    above = share.value >= 0.5
    return Verdict(
        question=question,
        answer=_answer(point),
        headline=f"Computed with {engine}, vacancies carry {share_text(point, 'vacancy')} of the conductivity at "
        f"{point.temperature.value:.0f} K.",
        reasons_for=(*(numbers if above else ()), *support),
        reasons_against=(*(() if above else numbers), *against),
        caveats=CAVEATS,
    )


def _answer(point: BalancePoint) -> Answer:
    """From the probability that vacancies carry more: the logarithm of the ratio is taken as normal."""
    ratio = point.log10_ratios["vacancy"]
    if isinstance(ratio, NotComputed) or ratio.uncertainty is None:
        return "unclear"
    engine = ENGINE_EV / (BOLTZMANN_EV_PER_K * point.temperature.value * log(10.0))
    probability = NormalDist(ratio.value, hypot(ratio.uncertainty, engine)).cdf(0.0)
    if probability <= 1.0 - words.LIKELY:
        return "likely"
    return "unlikely" if probability >= words.LIKELY else "unclear"


def _numbers(point: BalancePoint, engine: str) -> tuple[str, ...]:
    amounts = (point.log10_concentrations[name] for name in ("vacancy", "interstitial"))
    vacancies, interstitials = (words.value(q) if isinstance(q, Quantity) else "none" for q in amounts)
    said = (
        f"share of the conductivity carried by vacancies {share_text(point, 'vacancy')}",
        f"log10 per formula unit: isolated vacancies {vacancies}, interstitials {interstitials}",
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
