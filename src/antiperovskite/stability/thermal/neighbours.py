"""The crystals whose thermal parts add up to another crystal's: Neumann and Kopp's rule.

The heat capacity of a solid is nearly the sum over the simpler solids it can be thought to be made of (Li3OCl = Li2O +
LiCl). Here these are the crystals that the composition divides into most stably, by measured formation enthalpies, so
that ions keep their charges and surroundings as far as possible.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from antiperovskite.errors import MissingReferenceError, one_line
from antiperovskite.stability.energies import same_composition
from antiperovskite.stability.hull import PhaseEnergy, stable_mixture
from antiperovskite.stability.thermal import janaf
from antiperovskite.stability.thermal.records import PhononRecord, matching_record, phonon_set
from antiperovskite.stability.thermal.tables import GASEOUS_ELEMENTS, TableEntry, entries_within, read_table
from antiperovskite.units import conversion_factor

Composition = tuple[tuple[str, float], ...]
"""Elements and amounts, sorted: a mapping that can be a key."""

NETWORK = frozenset({"B", "C", "O", "P", "S", "Si"})  # their compounds with each other are taken as neighbours
NON_METALS = NETWORK | {"Br", "Cl", "F", "H", "I", "N"}
LEAST_RANGE = 1000.0  # K; potassium and sulfur stop short of where they are needed
PREFERENCE = 0.5  # eV/atom by which a compound known only by its phonons goes before a mixture with elements
_ORDER = [
    "Cs",
    "Rb",
    "K",
    "Ba",
    "Na",
    "Sr",
    "Li",
    "Ca",
    "Mg",
    "Be",
    "Al",
    "Ti",
    "B",
    "Si",
    "P",
    "H",
    "C",
    "S",
    "I",
    "Br",
    "N",
    "Cl",
    "O",
    "F",
]


@dataclass(frozen=True)
class Neighbour:
    """A crystal with a thermal part: a NIST-JANAF table, or the phonons of a phase."""

    formula: str
    elements: Mapping[str, float]
    code: str = ""
    record: PhononRecord | None = None

    def gibbs_and_entropy(self, temperature: float) -> tuple[float, float]:
        """Return G(T) - H(0 K) in eV and S in eV/K per formula, of the crystal also above its melting point."""
        if self.record is not None:
            return self.record.gibbs_and_entropy(temperature)
        if temperature == 0.0:
            return 0.0, 0.0
        return janaf.gibbs_and_entropy(read_table(self.code), temperature)


def composition_key(elements: Mapping[str, float]) -> Composition:
    """Return the sorted composition."""
    return tuple(sorted(elements.items()))


@cache
def neighbours(formula: str, elements: Composition, engine: str) -> tuple[tuple[Neighbour, float], ...]:
    """Return the crystals that a composition divides into most stably, with amounts.

    NIST-JANAF crystals and ice are enough where they need no elements; else phases known by their phonons join.

    Raises
    ------
    MissingReferenceError
        No crystals with a thermal part add up to this composition.
    """
    tabulated = tabulated_neighbours(elements, engine)
    if tabulated is not None and not needs_elements(tabulated):
        return tabulated
    extended = _divide(elements, [*_candidates(elements, engine), *_computed(elements, engine)])
    found = extended or tabulated
    if found is None and formula in GASEOUS_ELEMENTS:
        raise MissingReferenceError(f"no thermal part for solid {formula}: it is a gas; give its pressure instead")
    if found is None:
        raise MissingReferenceError(
            f"no thermal part for {one_line(formula)}: it has no NIST-JANAF table, no phonons, and no crystals that "
            "have one add up to its composition"
        )
    return found


@cache
def tabulated_neighbours(elements: Composition, engine: str) -> tuple[tuple[Neighbour, float], ...] | None:
    """Return the division into NIST-JANAF crystals and ice alone; ``None`` where there is none."""
    return _divide(elements, _candidates(elements, engine))


def needs_elements(parts: tuple[tuple[Neighbour, float], ...]) -> bool:
    """Whether an element is among the crystals, so that ions change their charge."""
    return any(len(neighbour.elements) == 1 for neighbour, _ in parts)


Candidate = tuple[Neighbour, float]
"""A neighbour with the energy that orders it, eV per formula."""


def _divide(elements: Composition, candidates: list[Candidate]) -> tuple[tuple[Neighbour, float], ...] | None:
    by_name = {f"{i}": neighbour for i, (neighbour, _) in enumerate(candidates)}
    phases = [
        PhaseEnergy(f"{i}", neighbour.formula, neighbour.elements, energy)
        for i, (neighbour, energy) in enumerate(candidates)
        if not same_composition(neighbour.elements, dict(elements))
    ]
    try:
        mixture = stable_mixture(dict(elements), phases)
    except MissingReferenceError:
        return None
    return tuple((by_name[phase.name], amount) for phase, amount in mixture.amounts)


def _candidates(elements: Composition, engine: str) -> list[Candidate]:
    present = frozenset(element for element, _ in elements)
    found = tabulated_crystals(present)
    ice = matching_record({"H": 2.0, "O": 1.0}, engine) if {"H", "O"} <= present else None
    if ice is not None:
        liquid = read_table("H-063").at_room_temperature  # only orders the neighbours: ice is 6 kJ/mol lower
        assert liquid is not None and liquid.formation_enthalpy is not None
        energy = liquid.formation_enthalpy * conversion_factor("kJ/mol", "eV")
        found.append((Neighbour("H2O", ice.elements, record=ice), energy))
    return found


def tabulated_crystals(elements: frozenset[str]) -> list[Candidate]:
    """Return the NIST-JANAF crystals within ``elements`` with dfH(0 K), one a composition.

    Molecular crystals (N2O4, CCl4) are left out: their soft modes say nothing about an ionic solid.
    """
    best: dict[Composition, tuple[TableEntry, float]] = {}
    for entry in entries_within(elements):
        energy = _crystal_energy(entry)
        key = composition_key({e: round(n / entry.atoms, 9) for e, n in entry.elements.items()})
        if energy is not None and (key not in best or energy / entry.atoms < best[key][1] / best[key][0].atoms):
            best[key] = (entry, energy)
    return [(Neighbour(_plain(e.elements), e.elements, code=e.code), energy) for e, energy in best.values()]


def _crystal_energy(entry: TableEntry) -> float | None:
    """dfH(0 K) of a crystal with a sound table, eV per formula; None for anything else."""
    crystal = entry.phase == "cr" or (entry.phase == "ref" and entry.formula == "C")  # graphite has no (cr) table
    compound = len(entry.elements) > 1
    molecular = compound and entry.elements.keys() <= NON_METALS and not entry.elements.keys() <= NETWORK
    if not crystal or molecular or entry.formula in GASEOUS_ELEMENTS:
        return None
    table = read_table(entry.code)
    if table.damage or table.highest < LEAST_RANGE:
        return None
    try:
        return janaf.table_formation_enthalpy(table)
    except MissingReferenceError:
        return None


def _computed(elements: Composition, engine: str) -> list[Candidate]:
    """Phases known by phonons alone, placed below the best mixture that is tabulated."""
    present = frozenset(element for element, _ in elements)
    found = []
    for record in phonon_set(engine).records:
        if record.elements.keys() <= present and len(record.elements) > 1:
            parts = tabulated_neighbours(composition_key(record.elements), engine)
            if parts is not None and not needs_elements(parts):
                continue
            energies = {neighbour.code: energy for neighbour, energy in _candidates(elements, engine)}
            base = sum(amount * energies.get(n.code, 0.0) for n, amount in parts) if parts else 0.0
            neighbour = Neighbour(_plain(record.elements), record.elements, record=record)
            found.append((neighbour, base - PREFERENCE * record.atoms))
    return found


def _plain(elements: Mapping[str, float]) -> str:
    """A formula in order of electronegativity, as in ``Li2O``, without loading pymatgen."""
    rank = {element: position for position, element in enumerate(_ORDER)}
    ordered = sorted(elements, key=lambda element: (rank.get(element, 10.5), element))
    text = "".join(f"{e}{elements[e]:g}" if elements[e] != 1 else e for e in ordered)
    return {"LiHO": "LiOH", "NaHO": "NaOH", "KHO": "KOH"}.get(text, text)
