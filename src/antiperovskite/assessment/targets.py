"""A formula's own energy for questions about its stability: from the reference set, or relaxed and stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from antiperovskite.assessment.options import Options, Progress
from antiperovskite.assessment.relaxation import affordable_candidates, relax_best
from antiperovskite.assessment.thermodynamics import calibrated_target
from antiperovskite.composition import Formula, resolve
from antiperovskite.errors import OptionError
from antiperovskite.stability.competing import reference_compound
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.store import ResultStore, default_store_path


@dataclass(frozen=True)
class Target:
    """A compound that is asked about: its formula and its calibrated phase.

    ``phase`` is per formula unit as written; ``in_references`` says that it is the reference phase ``phase.name``.
    """

    formula: Formula
    phase: PhaseEnergy
    in_references: bool
    source: str


def find_targets(
    formulas: Iterable[str],
    engine_name: str,
    *,
    store: ResultStore | None = None,
    progress: Progress | None = None,
) -> list[Target]:
    """Return each formula's phase: the shipped reference phase of that composition, else the relaxed lowest candidate.

    Relaxations are kept in the store (the user's own by default).

    Raises
    ------
    FormulaError
        A formula is not an anti-perovskite; nothing is relaxed then.
    MissingEngineError
        A compound has to be relaxed and the engine's packages are not installed.
    MissingReferenceError
        The engine has no calibration, or an element has no reference.
    """
    texts = list(formulas)
    if not texts:
        raise OptionError("no formula given; try: Li3OCl")
    resolved = [resolve(text) for text in texts]
    return [_find(formula, engine_name, store, progress) for formula in resolved]


def _find(formula: Formula, engine_name: str, store: ResultStore | None, progress: Progress | None) -> Target:
    known = reference_compound(engine_name, formula.formula, formula.elements)
    if known is not None:
        return Target(formula, known, True, f"reference phase {known.name} of {engine_name}")
    own = store is None
    results = store or ResultStore(default_store_path())
    try:
        return _relaxed(formula, engine_name, results, progress or (lambda _step, _detail: None))
    finally:
        if own:
            results.close()


def _relaxed(formula: Formula, engine_name: str, store: ResultStore, progress: Progress) -> Target:
    options = Options("quick", engine_name, cross_check=())
    relaxed = relax_best(affordable_candidates(formula, options.settings), options, store, progress)
    phase = calibrated_target(formula, relaxed, engine_name, formula.formula)
    return Target(formula, phase, False, f"{relaxed.start.description}, relaxed with {engine_name}")
