"""One entry checked: its composition, corrected energy per formula unit, structure, and what its energy scale is."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from antiperovskite._files import validate
from antiperovskite.composition.elements import ATOMIC_NUMBERS
from antiperovskite.errors import DataError, one_line
from antiperovskite.stability.providers.raw_entries import RawEntry, RawStructure
from antiperovskite.stability.references import CompactStructure

MOST_ATOMS = 10_000
SMALLEST_VOLUME = 0.5  # cubic angstrom per atom; a hydrogen in a metal has ten times more
_SPECIES = re.compile(r"([A-Z][a-z]?)(?:\d*\.?\d*[+-])?")
_PLAIN_FORMULA = re.compile(r"(?:[A-Z][a-z]?\d{0,5})+")


@dataclass(frozen=True)
class CheckedEntry:
    """An entry whose numbers can be used: ``elements`` and ``energy`` (eV, corrected) per reduced formula unit."""

    label: str
    formula: str
    elements: Mapping[str, float]
    energy: float
    run_type: str
    correction: str
    structure: CompactStructure | None
    potentials: Mapping[str, str]
    hubbard_u: Mapping[str, float]
    oxidation_states: Mapping[str, float]

    @property
    def is_element(self) -> bool:
        """Whether only one element is in it."""
        return len(self.elements) == 1


def check_entry(data: Any, number: int, origin: object) -> CheckedEntry:
    """Validate one entry of a list.

    Raises
    ------
    DataError
        With the file, the entry and the reason.
    """
    label = _label(data, number)
    where = f"{origin}: entry {number + 1}" + (f" ({label})" if label != str(number + 1) else "")
    if not isinstance(data, dict):
        raise DataError(
            f"{where}: not an entry but {type(data).__name__}; expected what ComputedEntry.as_dict() writes"
        )
    raw = validate(data, RawEntry, where)
    if raw.temp is not None or raw.formation_enthalpy_per_atom is not None:
        raise DataError(f"{where}: its energy holds at a temperature (a Gibbs entry); only 0 K energies can be read")
    atoms = _composition(raw, where)
    structure = None if raw.structure is None else _structure(raw.structure, where)
    if structure is not None:
        _same_composition(atoms, structure, where)
    formula, elements, factor = _reduced(atoms)
    energy = (raw.energy + _correction(raw, where)) / factor
    if not math.isfinite(energy):
        raise DataError(f"{where}: the corrected energy is not a finite number")
    return CheckedEntry(
        label=label,
        formula=formula,
        elements=elements,
        energy=energy,
        run_type=_run_type(raw),
        correction=_correction_scheme(raw),
        structure=structure,
        potentials=_potentials(raw.parameter("potcar_spec"), raw.parameter("potcar_symbols")),
        hubbard_u=_numbers(raw.parameter("hubbards")),
        oxidation_states=_numbers(raw.parameter("oxidation_states")),
    )


def _label(data: Any, number: int) -> str:
    given = data.get("entry_id") if isinstance(data, dict) else None
    usable = isinstance(given, str | int) and not isinstance(given, bool)
    text = re.sub(r"[^A-Za-z0-9_.+-]+", "_", str(given))[:60].strip("_") if usable else ""
    return text or str(number + 1)


def _composition(raw: RawEntry, where: str) -> dict[str, int]:
    """Whole atoms of each element in the cell."""
    given: Mapping[str, float]
    if raw.composition is None:
        if raw.structure is None:
            raise DataError(f"{where}: neither composition nor structure; one of them must say which atoms it holds")
        given = _counted([species.element for site in raw.structure.sites for species in site.species])
    elif isinstance(raw.composition, str):
        given = _plain_formula(raw.composition, where)
    else:
        given = raw.composition
    atoms: dict[str, int] = {}
    for species, amount in given.items():
        match = _SPECIES.fullmatch(species)
        symbol = match[1] if match else ""
        if symbol not in ATOMIC_NUMBERS:
            raise DataError(f"{where}: unknown element {one_line(species, 20)!r} in its composition")
        if not 0 <= amount <= MOST_ATOMS or abs(amount - round(amount)) > 1e-6:
            raise DataError(
                f"{where}: {amount:g} atoms of {symbol}; whole numbers from 0 to {MOST_ATOMS} are meant, because the "
                "energy belongs to a cell"
            )
        if round(amount):
            atoms[symbol] = atoms.get(symbol, 0) + round(amount)
    if not atoms:
        raise DataError(f"{where}: its composition holds no atoms")
    return atoms


def _counted(symbols: list[str]) -> dict[str, float]:
    return {symbol: float(symbols.count(symbol)) for symbol in dict.fromkeys(symbols)}


def _plain_formula(text: str, where: str) -> dict[str, float]:
    compact = text.replace(" ", "")
    if len(compact) > 200 or not _PLAIN_FORMULA.fullmatch(compact):
        raise DataError(f"{where}: composition {one_line(text, 40)!r} is not a plain formula such as 'Li3OCl'")
    atoms: dict[str, float] = {}
    for symbol, amount in re.findall(r"([A-Z][a-z]?)(\d*)", compact):
        atoms[symbol] = atoms.get(symbol, 0.0) + float(amount or 1)
    return atoms


def _reduced(atoms: Mapping[str, int]) -> tuple[str, dict[str, float], float]:
    from pymatgen.core import Composition

    formula, factor = Composition(atoms).get_reduced_formula_and_factor()
    return str(formula), {symbol: amount / factor for symbol, amount in atoms.items()}, float(factor)


def _correction(raw: RawEntry, where: str) -> float:
    """The correction in eV per cell; the two ways of writing it must agree."""
    for adjustment in raw.energy_adjustments or ():
        if adjustment.amount is None or adjustment.adj_per_deg is not None:
            kind = "depends on temperature" if adjustment.adj_per_deg is not None else "has no value"
            raise DataError(f"{where}: the energy adjustment {one_line(adjustment.name, 40)!r} {kind}")
    total = raw.stated_correction
    if raw.energy_adjustments and raw.correction is not None and abs(total - raw.correction) > 1e-3:
        raise DataError(
            f"{where}: adjustments of {total:.4f} eV in sum but a correction of {raw.correction:.4f} eV; one is wrong"
        )
    return total


def _correction_scheme(raw: RawEntry) -> str:
    """Which scheme corrected the energy: ``none``, ``mp2020``, ``manual`` or the name of another."""
    adjustments = raw.energy_adjustments or ()
    if not adjustments:
        return "manual" if raw.correction else "none"
    names = set()
    for adjustment in adjustments:
        if "MaterialsProject2020" in adjustment.made_by or adjustment.name.startswith("MP2020"):
            names.add("mp2020")
        elif adjustment.made_by == "Manual energy adjustment":
            names.add("manual")
        else:
            names.add(_slug(adjustment.made_by) or "unnamed")
    return "+".join(sorted(names))


def _run_type(raw: RawEntry) -> str:
    """The functional as the entry states it; PBE and GGA are two words for one."""
    given = raw.parameter("run_type")
    if not isinstance(given, str) or not given.strip():
        return "unstated+u" if any(_numbers(raw.parameter("hubbards")).values()) else "unstated"
    word = _slug(given) or "unstated"
    return {"pbe": "gga", "pbe+u": "gga+u"}.get(word, word)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9+]+", "-", text.lower()).strip("-")[:40]


def _numbers(given: Any) -> dict[str, float]:
    """The numbers of a mapping; anything else in it says nothing we use."""
    items = given.items() if isinstance(given, dict) else ()
    return {str(key): float(value) for key, value in items if type(value) in (int, float) and abs(value) < 1e3}


def _potentials(spec: Any, symbols: Any) -> dict[str, str]:
    """Pseudopotential of each element (``Li_sv``) from titles like ``PAW_PBE Li_sv 10Sep2004`` or from symbols."""
    titles = [item.get("titel") for item in spec if isinstance(item, dict)] if isinstance(spec, list) else []
    if not titles and isinstance(symbols, list):
        titles = symbols
    found: dict[str, str] = {}
    for title in titles:
        words = title.split() if isinstance(title, str) else []
        potential = words[1] if len(words) > 1 else words[0] if words else ""
        element = potential.split("_")[0].split(".")[0]
        if element in ATOMIC_NUMBERS:
            found[element] = potential[:40]
    return found


def _structure(raw: RawStructure, where: str) -> CompactStructure:
    import numpy as np

    matrix = np.array(raw.lattice.matrix)
    volume = abs(float(np.linalg.det(matrix))) if abs(matrix).max() < 1e4 else math.inf
    if not SMALLEST_VOLUME * len(raw.sites) < volume < math.inf:
        raise DataError(f"{where}: its lattice does not span a cell for {len(raw.sites)} atoms")
    species: list[str] = []
    coordinates: list[tuple[float, float, float]] = []
    for number, site in enumerate(raw.sites, start=1):
        match = _SPECIES.fullmatch(site.species[0].element)
        if match is None or match[1] not in ATOMIC_NUMBERS:
            raise DataError(f"{where}: unknown element {one_line(site.species[0].element, 20)!r} on site {number}")
        if len(site.species) > 1 or abs(site.species[0].occu - 1.0) > 1e-6:
            raise DataError(f"{where}: site {number} is disordered; energies belong to ordered cells")
        if site.abc is None and site.xyz is None:
            raise DataError(f"{where}: site {number} has neither abc nor xyz coordinates")
        xyz = site.abc if site.abc is not None else tuple(np.array(site.xyz) @ np.linalg.inv(matrix))
        if max(abs(x) for x in xyz) > 1e6:
            raise DataError(f"{where}: site {number} lies outside any cell")
        species.append(match[1])
        coordinates.append((round(float(xyz[0]), 6), round(float(xyz[1]), 6), round(float(xyz[2]), 6)))
    rows = raw.lattice.matrix
    return CompactStructure(lattice=rows, species=tuple(species), coordinates=tuple(coordinates))


def _same_composition(atoms: Mapping[str, int], structure: CompactStructure, where: str) -> None:
    """The structure may be another cell of the compound, never another compound."""
    total = sum(atoms.values())
    counted = _counted(list(structure.species))
    agree = counted.keys() == atoms.keys() and all(
        abs(counted[symbol] * total - atoms[symbol] * len(structure.species)) < 1e-6 for symbol in atoms
    )
    if not agree:
        text = " ".join(f"{symbol}{amount}" for symbol, amount in atoms.items())
        seen = " ".join(f"{symbol}{amount:g}" for symbol, amount in counted.items())
        raise DataError(f"{where}: its composition is {text} but its structure holds {seen}")
