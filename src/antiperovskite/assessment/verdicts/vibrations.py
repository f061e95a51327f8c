"""Is the relaxed structure a minimum of the energy?"""

from __future__ import annotations

from typing import Final

from antiperovskite.assessment.model import Answer, PhononCheck, Verdict
from antiperovskite.assessment.phonons import Phonons
from antiperovskite.composition.model import Formula
from antiperovskite.errors import MissingReferenceError
from antiperovskite.quantity import NotComputed
from antiperovskite.vibrations.model import GroundState, PhononStudy

ZERO_KELVIN_CAVEAT: Final = (
    "harmonic, classical, 0 K: temperature and zero-point motion can stabilise what is unstable here, and then "
    "diffraction sees the average"
)
SOFTENING_CAVEAT: Final = (
    "machine-learned potentials tend to be too soft around a minimum; a frequency close to zero decides nothing"
)
SAMPLED_CAVEAT: Final = "only modes that fit the supercell are exact; a longer modulation is interpolated or missed"


def phonon_verdict(formula: Formula, phonons: Phonons) -> Verdict | None:
    """Is it dynamically stable at 0 K, and if not, along which motion does it fall apart?"""
    study = phonons.study
    if study is None:
        return None
    stable = study.verdict == "stable"
    softest = min(study.levels, key=lambda level: level.frequency)
    lowest = (
        f"lowest mode apart from the translations: {softest.name} at {softest.q_label}, "
        f"{_frequency(softest.frequency)}, in a supercell of {study.atoms_in_supercell} atoms"
    )
    others = tuple(f"{check.engine}: {check.statement}" for check in phonons.checks[1:])
    agreeing = tuple(text for check, text in zip(phonons.checks[1:], others, strict=True) if check.verdict == "stable")
    against = tuple(text for text in others if text not in agreeing)
    modes = tuple(
        f"{level.name} at {level.q_label}: {_frequency(level.frequency)}, {level.degeneracy} "
        f"mode{'s' if level.degeneracy > 1 else ''}"
        for level in study.unstable[:4]
    )
    known = _ground_state(study)
    led_to = () if known is None else _depth(known)
    return Verdict(
        question="Is it dynamically stable at 0 K?",
        answer=_answer(phonons.checks),
        headline=f"{study.statement}.",
        reasons_for=((lowest,) if stable else ()) + agreeing + (led_to if stable else ()),
        reasons_against=(() if stable else modes or (lowest,)) + against + (() if stable else led_to),
        caveats=(ZERO_KELVIN_CAVEAT, SOFTENING_CAVEAT, SAMPLED_CAVEAT, *_next(formula, study, known)),
    )


def _frequency(value: float) -> str:
    return f"{-value:.2f}i THz" if value < 0 else f"{value:.2f} THz"


def _answer(checks: tuple[PhononCheck, ...]) -> Answer:
    """Engines that agree make it sure, one alone makes it likely, engines that disagree leave it open."""
    found = {check.verdict for check in checks}
    if len(found) > 1 or "undecided" in found:
        return "unclear"
    alone = len(checks) == 1
    if found == {"stable"}:
        return "likely" if alone else "yes"
    return "unlikely" if alone else "no"


def _ground_state(study: PhononStudy) -> GroundState | None:
    """The shipped tree of this compound in this engine, if it is there."""
    from antiperovskite.vibrations.records import ground_states

    try:
        return ground_states(study.engine.name).named(study.formula)
    except MissingReferenceError:
        return None


def _depth(known: GroundState) -> tuple[str, ...]:
    """Where the unstable modes lead and how deep, which is what temperature has to compare with."""
    if isinstance(known.temperature, NotComputed):
        return (known.statement,)
    scale = f"{known.temperature.value:.0f} K over k, a scale and no transition temperature"
    return (f"{known.statement}, {scale}",)


def _next(formula: Formula, study: PhononStudy, known: GroundState | None) -> tuple[str, ...]:
    if study.verdict == "stable" or known is not None:
        return ()
    return (
        "the energy and the other numbers are those of this structure; the one its unstable modes lead to is found by "
        f"antiperovskite structure phonons {formula.formula} --follow",
    )
