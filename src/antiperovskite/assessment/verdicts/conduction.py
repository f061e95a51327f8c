"""Do its ions move fast enough for an electrolyte?"""

from __future__ import annotations

from math import log, log1p, sqrt
from typing import Final

from antiperovskite.assessment.model import Answer, Verdict
from antiperovskite.assessment.verdicts import words
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.transport.study.model import ConductivityStudy

FLOOR: Final = 1e-4
"""S/cm at room temperature; a common floor for a solid electrolyte, a convention and no property of the material."""
CAVEATS: Final = (
    "bulk only: grain boundaries, which dominate many measured samples, are not in it",
    "the vacancies are put in; how many a real crystal has depends on how it was made, and the conductivity with it",
    "extrapolated from the simulated temperatures; the interval is that of the law, without the error of the potential",
)


def conduction_verdict(study: ConductivityStudy | None) -> Verdict | None:
    """Is the conductivity at room temperature above 1e-4 S/cm? Never surer than likely: the vacancies are a choice."""
    if study is None:
        return None
    question = "Would its mobile ions conduct well at room temperature?"
    room, energy = study.nernst_einstein_conductivity_298K, study.activation_energy
    published = _published(study)
    if isinstance(room, NotComputed) or isinstance(energy, NotComputed):
        missing = energy if isinstance(energy, NotComputed) else room
        return Verdict(
            question=question,
            answer="unclear",
            headline=f"The runs give no law: {missing.method}.",
            reasons_for=published[0],
            reasons_against=published[1],
            caveats=CAVEATS,
        )
    above = room.value > FLOOR
    share = study.steps[0].vacancy_share
    at = f" with {share.value:.1f} % vacancies" if isinstance(share, Quantity) else ""
    numbers = (
        f"bulk conductivity of independent ions at 298 K {words.value(room)}{at}, activation energy "
        f"{words.value(energy)}, from {len(study.steps)} temperatures with {study.engine.name}",
    )
    haven = study.haven_ratio
    moved = (f"Haven ratio {words.value(haven)}",) if isinstance(haven, Quantity) else ()
    barrier = (
        (f"static barrier of one hop {words.value(study.barrier.teacher)}",)
        if study.barrier is not None and isinstance(study.barrier.teacher, Quantity)
        else ()
    )
    return Verdict(
        question=question,
        answer=_answer(room),
        headline=f"{study.species[0]} moves with an activation energy of {words.value(energy)}.",
        reasons_for=(*(numbers if above else ()), *moved, *barrier, *published[0]),
        reasons_against=(*(() if above else numbers), *published[1]),
        caveats=CAVEATS,
    )


def _answer(room: Quantity) -> Answer:
    """From the probability, log-normal, that the conductivity is above the floor."""
    from statistics import NormalDist

    if not room.uncertainty:
        return "unclear"
    spread = sqrt(log1p((room.uncertainty / room.value) ** 2))
    probability = NormalDist().cdf(log(room.value / FLOOR) / spread)
    if probability >= words.LIKELY:
        return "likely"
    return "unlikely" if probability <= 1.0 - words.LIKELY else "unclear"


def _published(study: ConductivityStudy) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Measured conductivities near room temperature, above and below the floor."""
    above: list[str] = []
    below: list[str] = []
    for row in study.published:
        sigma, T = row.conductivity, row.temperature
        if row.kind != "experiment" or sigma is None or T is None or not 290.0 <= T.value <= 310.0:
            continue
        text = f"measured: {row.printed_composition}, {row.method}: {sigma} at {T.value:.0f} K ({row.study})"
        (above if sigma.value > FLOOR else below).append(text)
    return tuple(above), tuple(below)
