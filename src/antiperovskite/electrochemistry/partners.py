"""What an electrolyte may touch: electrodes, metals and other electrolytes, by the names people use."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

from pydantic import Field

from antiperovskite._files import package_data, read_yaml, validate
from antiperovskite._model import Model
from antiperovskite.errors import DataError, MissingReferenceError, OptionError, best_match, one_line
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.phase_set import PhaseSet

Kind = Literal["metal anode", "anode", "cathode", "anti-perovskite cathode", "solid electrolyte", "compound"]


class WorkingVoltage(Model):
    """The range (V) in which an electrode is used, against the metal of ``against``."""

    low: float = Field(ge=0)
    high: float = Field(ge=0)
    against: str
    citation: str
    trust: Literal["read", "unverified"]


class Partner(Model):
    """One thing to touch.

    ``phases`` are names of reference phases, best first; ``formula`` is used where none of them is there.
    """

    key: str
    formula: str
    kind: Kind
    phases: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    working_voltage: WorkingVoltage | None = None
    note: str = ""

    @property
    def elements(self) -> dict[str, float]:
        """Atoms per formula unit."""
        return formula_elements(self.formula)


class _PartnerFile(Model):
    partners: tuple[Partner, ...]


@cache
def known_partners() -> dict[str, Partner]:
    """Return the shipped partners by key, in the order of the file."""
    path = package_data("electrochemistry", "partners.yaml")
    found: dict[str, Partner] = {}
    taken: set[str] = set()
    for partner in validate(read_yaml(path), _PartnerFile, path).partners:
        names = {name.casefold() for name in (partner.key, *partner.aliases)}
        if names & taken:
            raise DataError(f"{path}: the partner {partner.key!r} has a name that another one has")
        taken |= names
        found[partner.key] = partner
    return found


def find_partner(text: str) -> Partner:
    """Return a partner by its key, an alias, the name of a reference phase, or as any chemical formula.

    Raises
    ------
    OptionError
        The text is none of these.

    Examples
    --------
    >>> find_partner("LFP").formula, find_partner("LiCl").kind
    ('LiFePO4', 'compound')
    """
    from antiperovskite.stability.phases import reference_phases

    name = text.strip()
    folded = name.casefold()
    for partner in known_partners().values():
        if folded in {known.casefold() for known in (partner.key, *partner.aliases)}:
            return partner
    phase = reference_phases().get(name)
    if phase is not None:
        return Partner(key=name, formula=phase.formula, kind="compound", phases=(name,))
    try:
        formula_elements(name)
    except OptionError:
        known = list(known_partners())
        raise OptionError(
            f"unknown partner {one_line(text, 40)!r}{best_match(name, known)}; give a chemical formula or one of "
            f"{', '.join(known)}"
        ) from None
    return Partner(key=name, formula=name, kind="compound")


def formula_elements(formula: str) -> dict[str, float]:
    """Return the atoms of a chemical formula.

    Raises
    ------
    OptionError
        It is not one.
    """
    from pymatgen.core import Composition, Element

    try:
        amounts = {str(element): float(n) for element, n in Composition(formula).items()}
    except (ValueError, TypeError, OverflowError):
        amounts = {}
    if not amounts or not all(Element.is_valid_symbol(e) and 0 < n < 1e4 for e, n in amounts.items()):
        raise OptionError(f"{one_line(formula, 40)!r} is not a chemical formula")
    return amounts


def partner_phase(partner: Partner, phases: PhaseSet) -> PhaseEnergy:
    """Return the partner's phase in a set: by name, else the lowest of its composition.

    Raises
    ------
    MissingReferenceError
        It is not there; the message says how to compute it.
    """
    by_name: Mapping[str, PhaseEnergy] = {phase.name: phase for phase in phases.phases}
    for name in partner.phases:
        if name in by_name:
            return by_name[name]
    found = phases.lowest(partner.elements)
    if found is None:
        elements = ",".join(partner.elements)
        raise MissingReferenceError(
            f"{partner.formula} is not among the reference phases of {phases.engine.name}; if it is shipped, "
            f"antiperovskite references build --engine {phases.engine.name} --elements {elements} computes it"
        )
    return found
