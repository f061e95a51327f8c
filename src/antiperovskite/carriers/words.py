"""What a carrier study says in sentences; every number in them is taken from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from antiperovskite.quantity import Quantity

if TYPE_CHECKING:
    from antiperovskite.carriers.model import Attempt, CarrierStudy, StaticBarrier
    from antiperovskite.carriers.trapping import Trapping


def statement(study: CarrierStudy) -> str:
    """The ratio of kinetic Monte Carlo to molecular dynamics, and what explains it."""
    if not study.ratios:
        return (
            f"{study.formula}: walks of {study.ion} vacancies with {study.engine.name}; no molecular dynamics of this "
            "compound is shipped, so there is nothing to compare with"
        )
    ratios = ", ".join(f"{r.ratio} at {r.temperature_K:g} K" for r in study.ratios)
    text = f"{study.formula}, {study.engine.name}: D of the simplest walk over that of molecular dynamics is {ratios}"
    parts = []
    for name in ("trapping", "repulsion of vacancies", "anharmonicity"):
        known = [
            (r.temperature_K, f.value) for r in study.ratios for f in r.factors
            if f.name == name and isinstance(f.value, Quantity)
        ]  # fmt: skip
        if known:
            parts.append(f"{name} " + ", ".join(f"{value} at {kelvin:g} K" for kelvin, value in known))
    if parts:
        text += "; computed factors: " + "; ".join(parts)
    left = [r for r in study.ratios if isinstance(r.corrected, Quantity)]
    if left:
        text += "; with all of them the ratio is " + ", ".join(f"{r.corrected} at {r.temperature_K:g} K" for r in left)
    return text


def notes(
    formula: str, engine: str, traps: Sequence[Trapping], barriers: Sequence[StaticBarrier], tried: Sequence[Attempt]
) -> tuple[str, ...]:
    """What must be known to use the numbers."""
    found = [note for trap in traps[:1] for note in trap.notes]
    lost = [hop for hop in traps[0].hops if hop.barrier.value is None]
    reach = 0.5 * traps[0].lattice * min(traps[0].supercell)
    found.append(
        f"an anion vacancy acts on places and hops up to {reach:.2f} angstrom away, half of the cell it was computed in"
    )
    if lost:
        inside = sum(max(hop.distances) < reach for hop in lost)
        found.append(
            f"{len(lost)} of {len(traps[0].hops)} classes of hops have no barrier, because the search failed (the "
            f"reason stands beside each); {inside} of them within that distance, where the bare barrier is used instead"
        )
    if len(traps) > 1 and max(p.energy.uncertainty or 0.0 for p in traps[1].places) > 0.02:
        size = "x".join(map(str, traps[1].supercell))
        found.append(
            f"in {size} octahedra can turn in patterns that {'x'.join(map(str, traps[0].supercell))} does not allow; "
            "relaxations end in different ones, so energies there are uncertain by their spread and not used"
        )
    known = [one for one in tried if isinstance(one.frequency, Quantity)]
    if len(known) > 1 and known[-1].frequency.value and known[0].frequency.value:
        shift = known[-1].frequency.value / known[0].frequency.value
        if not 0.5 < shift < 2.0:
            found.append(
                f"the harmonic attempt frequency does not converge: from {known[0].atoms} to {known[-1].atoms} free "
                f"atoms it changes by a factor of {shift:.2g}, because soft turns of octahedra are not harmonic; the "
                "smallest cut is used, and the mean force, which needs no cut, says what that is worth"
            )
    found += [
        "uncertainties of the factors of trapping and repulsion are those of the walks alone: what the energies' cell "
        "size and the engine add is not in them, nor in the interval of the corrected ratio",
        "anion vacancies do not move in the walks",
        "ions hop one at a time in the walks; molecular dynamics shows how often two or more went at once",
        "quantum effects are in neither",
    ]
    return tuple(found)
