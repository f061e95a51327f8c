"""From numbers to plain words: each verdict with the reasons on both sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from antiperovskite.assessment.model import Verdict
from antiperovskite.assessment.phonons import Phonons
from antiperovskite.assessment.surroundings import Surroundings
from antiperovskite.assessment.verdicts.conduction import conduction_verdict
from antiperovskite.assessment.verdicts.electrochemistry import metal_verdict, window_verdict
from antiperovskite.assessment.verdicts.sample import evidence_verdict, tolerance_verdict, xray_verdict
from antiperovskite.assessment.verdicts.stability import binaries_verdict, hull_verdict
from antiperovskite.assessment.verdicts.vibrations import phonon_verdict
from antiperovskite.assessment.verdicts.water import water_verdict
from antiperovskite.composition.model import Formula
from antiperovskite.diffraction.model import PowderPattern
from antiperovskite.evidence.model import Evidence
from antiperovskite.quantity import AnyQuantity
from antiperovskite.stability.model import Decomposition, Reaction, Tolerance
from antiperovskite.transport.study.model import ConductivityStudy


def draw_verdicts(
    formula: Formula,
    quantities: Mapping[str, AnyQuantity],
    reactions: Sequence[Reaction],
    decomposition: Decomposition | None,
    surroundings: Surroundings,
    phonons: Phonons,
    tolerance: Tolerance,
    patterns: Sequence[PowderPattern],
    evidence: Evidence,
    conduction: ConductivityStudy | None = None,
) -> tuple[Verdict, ...]:
    """Draw every verdict for which there is something to go on."""
    drawn = [
        evidence_verdict(formula, evidence),
        binaries_verdict(formula, quantities, reactions),
        hull_verdict(formula, quantities, decomposition),
        phonon_verdict(formula, phonons),
        conduction_verdict(conduction),
        water_verdict(formula, quantities, reactions, surroundings.water),
        window_verdict(surroundings.window),
        metal_verdict(surroundings.metal_contact, surroundings.window),
        xray_verdict(formula, quantities, patterns),
        tolerance_verdict(tolerance),
    ]
    return tuple(verdict for verdict in drawn if verdict is not None)
