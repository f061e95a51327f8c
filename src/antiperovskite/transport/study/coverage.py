"""Which potential runs a composition: the engine that was named, or a distilled one that comes with the package."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from antiperovskite.composition import resolve
from antiperovskite.distillation.card import CARD_FILE, read_card
from antiperovskite.distillation.hop import wrong_barriers
from antiperovskite.distillation.model import Comparison, DistillationCard
from antiperovskite.engines import get_engine
from antiperovskite.engines.lammps.engine import PREFIX, LammpsEngine
from antiperovskite.engines.lammps.potential import shipped_potentials
from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import AntiperovskiteError, EngineError

AUTO: Final = "auto"
_HOP: Final = "hop"


class UncoveredError(EngineError):
    """No potential that comes with the package was made for this composition."""


def conduction_engine(name: str, formula: str) -> Engine:
    """Return the engine of that name; for ``auto`` a shipped potential.

    That is the one distilled for this composition, or else one with cells of it in its training set.

    Raises
    ------
    UncoveredError
        ``auto``, and there is none; the message is the command that makes one.
    OptionError
        No engine has that name.
    """
    if name != AUTO:
        return get_engine(name)
    wanted = resolve(formula).formula
    composition = composition_of(wanted)
    cards = {potential: _card(folder) for potential, folder in shipped_potentials().items()}
    fit = {potential: card for potential, card in cards.items() if card is not None and composition in covered(card)}
    if not fit:
        raise UncoveredError(distil_first(wanted))
    # one made for it before one that met it in passing
    own = [potential for potential, card in fit.items() if composition_of(card.formula) == composition]
    return get_engine(f"{PREFIX}{[*own, *fit][0]}")


def distil_first(formula: str) -> str:
    """Say how a potential for a formula is made and used."""
    have = ", ".join(shipped_potentials()) or "none"
    return (
        f"no potential that comes with the package covers {formula} (there are: {have}); make one with: antiperovskite "
        f"distil {formula} --out {formula}-pod   and give --engine lammps:{formula}-pod, or a slow one such as 7net-0"
    )


def covered(card: DistillationCard) -> set[str]:
    """Compositions a potential was trained on, reduced, as :func:`composition_of` writes them."""
    return {composition_of(text) for text in (card.formula, *card.valid.compositions)}


def composition_of(text: str) -> str:
    """Write the composition of a formula so that equal ones are equal texts, whatever the order of the ions.

    Examples
    --------
    >>> composition_of("Li3OCl") == composition_of("Cl8Li24O8")
    True
    """
    from pymatgen.core import Composition

    try:
        return str(Composition(text).reduced_formula)
    except ValueError:
        return text


def distillation_card(engine: Engine) -> DistillationCard | None:
    """The card of a distilled potential; ``None`` for any other engine."""
    return _card(engine.potential.folder) if isinstance(engine, LammpsEngine) else None


def static_barrier(card: DistillationCard | None) -> Comparison | None:
    """The hop that teacher and potential were compared by."""
    if card is None:
        return None
    return next((check for check in card.checks if _HOP in check.name and check.teacher.unit == "eV"), None)


def outside_range(card: DistillationCard | None, formula: str, temperatures_K: tuple[float, ...]) -> tuple[str, ...]:
    """What of a plan lies outside the range a potential was shown to work in, and which of its barriers are wrong."""
    if card is None:
        return ()
    low, high = card.valid.temperatures_K
    notes = [
        f"{T:g} K is outside the {low:g} to {high:g} K that the potential was made for"
        for T in temperatures_K
        if not low <= T <= high
    ]
    if composition_of(formula) not in covered(card):
        notes.append(f"the potential was made for {card.formula}, not for {formula}")
    return (*notes, *wrong_barriers(card.checks))


def _card(folder: Path) -> DistillationCard | None:
    if not (folder / CARD_FILE).is_file():
        return None
    try:
        return read_card(folder)
    except AntiperovskiteError:
        return None


__all__ = [
    "AUTO",
    "UncoveredError",
    "composition_of",
    "conduction_engine",
    "covered",
    "distil_first",
    "distillation_card",
    "outside_range",
    "static_barrier",
]
