"""Electrochemical windows of formulas: from the reference set, or of compounds relaxed for the question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from antiperovskite.assessment.options import Progress
from antiperovskite.assessment.targets import find_targets
from antiperovskite.composition import resolve
from antiperovskite.composition.normalise import normalise
from antiperovskite.electrochemistry.model import Window
from antiperovskite.electrochemistry.reference_metal import main_cation
from antiperovskite.electrochemistry.sampling import check_samples, sampled_limits
from antiperovskite.electrochemistry.window import electrochemical_window
from antiperovskite.errors import AntiperovskiteError, FormulaError, InputError, MissingReferenceError
from antiperovskite.stability.competing import at_temperature, competing_phases, reference_compound
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.store import ResultStore


@dataclass(frozen=True)
class _Compound:
    name: str
    elements: Mapping[str, float]
    phase: PhaseEnergy | None


def windows_of(
    formulas: Iterable[str],
    engine: str,
    *,
    against: str | None = None,
    temperature: float | None = None,
    samples: int = 0,
    seed: int = 0,
    store: ResultStore | None = None,
    progress: Progress | None = None,
) -> tuple[list[Window], dict[str, AntiperovskiteError]]:
    """Return the windows of compounds, and the reason for each formula that has none.

    Any compound of the reference set may be asked about; others have to be anti-perovskites and are relaxed.

    Raises
    ------
    InputError
        A formula, metal, temperature or number of samples is wrong; nothing has been relaxed then.
    """
    if samples:
        check_samples(samples)
    known = {text: _known(text, engine) for text in formulas}
    for compound in known.values():
        main_cation(compound.elements, against)
    found: list[Window] = []
    errors: dict[str, AntiperovskiteError] = {}
    for text, compound in known.items():
        try:
            ready = compound if compound.phase else _relaxed(text, engine, store, progress)
            found.append(_window(ready, engine, against, temperature, samples, seed))
        except InputError:
            raise
        except AntiperovskiteError as error:
            errors[text] = error
    return found, errors


def formula_atoms(text: str) -> dict[str, float] | None:
    """Atoms of any chemical formula, ``None`` where the text is none."""
    from pymatgen.core import Composition

    try:
        atoms = Composition(normalise(text)).get_el_amt_dict()
    except ValueError:
        return None
    return {str(element): float(n) for element, n in atoms.items() if n > 0} or None


def _known(text: str, engine: str) -> _Compound:
    """Return a compound as the reference set has it, or an anti-perovskite that has still to be relaxed."""
    try:
        formula = resolve(text)
    except FormulaError as error:
        compound = _reference_compound(text, engine)
        if compound is None:
            raise error from None
        return compound
    return _Compound(formula.formula, formula.elements, reference_compound(engine, formula.formula, formula.elements))


def _reference_compound(text: str, engine: str) -> _Compound | None:
    elements = formula_atoms(text)
    phase = reference_compound(engine, text.strip(), elements) if elements else None
    return _Compound(text.strip(), elements, phase) if elements and phase else None


def _relaxed(text: str, engine: str, store: ResultStore | None, progress: Progress | None) -> _Compound:
    target = find_targets([text], engine, store=store, progress=progress)[0]
    return _Compound(target.formula.formula, target.formula.elements, target.phase)


def _window(
    compound: _Compound, engine: str, against: str | None, temperature: float | None, samples: int, seed: int
) -> Window:
    wanted = {*compound.elements, main_cation(compound.elements, against)}
    phases = competing_phases(engine, wanted, temperature=temperature)
    target = compound.phase
    if target is not None and temperature is not None:
        heated, reasons = at_temperature(engine, [target], temperature)
        if not heated:
            raise MissingReferenceError("; ".join(reasons))
        target = heated[0]
    result = electrochemical_window(compound.name, compound.elements, phases, target, against=against)
    if not samples:
        return result
    sampled = sampled_limits(
        compound.name, compound.elements, phases, target, against=against, samples=samples, seed=seed
    )
    return result.model_copy(update={"sampled": sampled})
