"""Descriptors of charges and sizes: Madelung and Kapustinskii energies, bond lengths, and a cycle over gaseous ions.

None of these is an energy of reaction: they say which part of it full charges and hard sizes already have.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from antiperovskite._files import package_data, read_yaml, validate
from antiperovskite._model import Model
from antiperovskite.errors import MissingReferenceError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.hydroxide_study.model import Ionic, OxideHydration
from antiperovskite.stability.hydroxide_study.system import (
    PARTS,
    REFERENCE,
    ROLES,
    Role,
    Source,
    System,
    formula,
)
from antiperovskite.stability.uncertainty import standard_uncertainty
from antiperovskite.units import conversion_factor

CHARGES: Final = {"Li": 1, "Na": 1, "K": 1, "O": -2, "Cl": -1, "Br": -1, "I": -1}
KAPUSTINSKII: Final = 1202.5  # kJ angstrom/mol; 10.1039/QR9561000283
REPULSION: Final = 0.345  # angstrom
MADELUNG_METHOD: Final = (
    "Ewald sum of formal charges at the relaxed sites, OH- as one charge of -1 on its oxygen; no repulsion, no "
    "polarisation, no dipole: a declared descriptor"
)
NEIGHBOUR_WINDOW: Final = 1.2  # neighbours up to this times the nearest count as bonded

Structures = Mapping[Role, Any]
"""Relaxed pymatgen structures of the phases of one system."""


def madelung_energy(structure: Any, cation: str) -> float:
    """Return the electrostatic energy (eV per cation of ``structure``) of formal point charges.

    Hydroxide is a charge of -1 on its oxygen; the hydrogen is left out.

    Examples
    --------
    Rock salt has the Madelung constant 1.7476: E = -1.7476 x 14.3996 eV angstrom / 2.5 angstrom.

    >>> from pymatgen.core import Lattice, Structure
    >>> salt = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.0), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    >>> round(madelung_energy(salt, "Na"), 3)
    -10.066
    """
    from pymatgen.analysis.ewald import EwaldSummation
    from pymatgen.core import Structure

    hydroxide = any(site.specie.symbol == "H" for site in structure)
    sites = [site for site in structure if site.specie.symbol != "H"]
    ions = Structure(structure.lattice, [s.specie.symbol for s in sites], [s.frac_coords for s in sites])
    ions.add_oxidation_state_by_site(
        [-1 if hydroxide and s.specie.symbol == "O" else CHARGES[s.specie.symbol] for s in sites]
    )
    cations: int = sum(s.specie.symbol == cation for s in sites)
    total: float = EwaldSummation(ions, compute_forces=False).total_energy
    return float(total) / cations


def mean_bond(structure: Any, centre: str, neighbour: str) -> float:
    """Return the mean distance (angstrom) from ``centre`` atoms to their nearest ``neighbour`` atoms.

    Raises
    ------
    MissingReferenceError
        There is no such pair within 6 angstrom.
    """
    i, j, _, d = structure.get_neighbor_list(6.0)
    symbols = [site.specie.symbol for site in structure]
    by_centre: dict[int, list[float]] = {}
    for a, b, distance in zip(i, j, d, strict=True):
        if symbols[a] == centre and symbols[b] == neighbour:
            by_centre.setdefault(int(a), []).append(float(distance))
    if not by_centre:
        raise MissingReferenceError(f"no {centre}-{neighbour} pair within 6 angstrom")
    bonds = [x for found in by_centre.values() for x in found if x <= NEIGHBOUR_WINDOW * min(found)]
    return math.fsum(bonds) / len(bonds)


def _computed(value: float, unit: str, method: str, source: str) -> Quantity:
    return Quantity(value=value, uncertainty=None, unit=unit, method=method, source=source)


def _madelung(structures: Structures, cation: str, halide: str, source: str) -> dict[Role, AnyQuantity]:
    from antiperovskite.stability.hydroxide_study.system import composition

    result: dict[Role, AnyQuantity] = {}
    for role in ROLES:
        if role == "water":
            continue
        if role in structures:
            per_formula = composition(role, cation, halide)[cation]
            value = per_formula * madelung_energy(structures[role], cation)
            result[role] = _computed(value, "eV/formula", MADELUNG_METHOD, source)
        else:
            result[role] = NotComputed(unit="eV/formula", method=f"no structure of {formula(role, cation, halide)}")
    return result


def _part(energies: Mapping[Role, AnyQuantity], amounts: Mapping[Role, float], source: str) -> AnyQuantity:
    values = [(energies[role].value, amount) for role, amount in amounts.items()]
    if any(value is None for value, _ in values):
        return NotComputed(unit="eV/formula", method="a structure is missing")
    total = math.fsum(value * amount for value, amount in values if value is not None)
    return _computed(total, "eV/formula", MADELUNG_METHOD, source)


def _ratio(structures: Structures, role: Role, pair: tuple[str, str], source: str) -> AnyQuantity:
    """Change (%) of a bond from a binary salt to the dry anti-perovskite."""
    if role not in structures or "dry" not in structures:
        return NotComputed(unit="%", method="a structure is missing")
    change = mean_bond(structures["dry"], *pair) / mean_bond(structures[role], *pair) - 1.0
    return _computed(100.0 * change, "%", f"mean {pair[0]}-{pair[1]} distance against the binary salt", source)


def shannon_radius(symbol: str) -> float:
    """Return the six-coordinate Shannon radius, angstrom."""
    from antiperovskite.ions import ion, select_radius

    chosen = select_radius(ion(symbol), "shannon", 6).radius
    assert chosen is not None  # all ions of the study have one
    return chosen.value


def anion_radius(symbol: str) -> float:
    """Return the thermochemical radius (mean of the published ones), angstrom, that Kapustinskii's equation uses."""
    from antiperovskite.ions import ion, select_radius

    chosen = select_radius(ion(symbol), "thermochemical").radius
    assert chosen is not None
    return chosen.value


def ionic(cation: str, halide: str, structures: Structures, source: str) -> Ionic:
    """Return the descriptors of one system from its relaxed structures."""
    energies = _madelung(structures, cation, halide, source)
    gap: AnyQuantity = NotComputed(unit="angstrom", method="no structure of the dry phase")
    if "dry" in structures:
        contact = shannon_radius("O") + shannon_radius(halide)
        distance = mean_bond(structures["dry"], halide, "O")
        gap = _computed(distance - contact, "angstrom", f"O-{halide} distance minus {contact:.2f} angstrom", source)
    return Ionic(
        cation=cation,
        halide=halide,
        radius=Quantity(
            value=shannon_radius(cation),
            uncertainty=None,
            unit="angstrom",
            method="Shannon effective ionic radius, six-coordinate",
            source="ions",
            citations=("shannon1976",),
        ),
        madelung={str(role): value for role, value in energies.items()},
        dry=_part(energies, PARTS["dry"], source),
        wet=_part(energies, PARTS["wet"], source),
        bond_oxide=_ratio(structures, "oxide", ("O", cation), source),
        bond_halide=_ratio(structures, "halide", (halide, cation), source),
        anion_gap=gap,
    )


def kapustinskii_energy(cation: str, anion: str, cations: int) -> float:
    """Return the lattice energy (kJ/mol, positive) of a salt from charges and radii alone.

    U = 1202.5 n |z+ z-| / r0 (1 - 0.345 / r0) with n ions per formula unit and r0 = r+ + r- in angstrom; Kapustinskii,
    DOI 10.1039/QR9561000283. The anion is singly charged with one cation and doubly with two.

    Examples
    --------
    >>> kapustinskii_energy("Li", "OH", 1) > kapustinskii_energy("K", "OH", 1)
    True
    """
    distance = shannon_radius(cation) + anion_radius(anion)
    return KAPUSTINSKII * (cations + 1) * cations / distance * (1.0 - REPULSION / distance)


class _GasIon(Model):
    value: float
    table: str


class _GasIons(Model):
    source: str
    citation: str
    ions: dict[str, _GasIon]


@cache
def _gas_ions() -> _GasIons:
    path = package_data("stability/hydroxide_study", "gas_ions.yaml")
    return validate(read_yaml(path), _GasIons, path)


def gas_ion_enthalpies() -> dict[str, float]:
    """Return formation enthalpies of gaseous ions at 298.15 K, kJ/mol."""
    return {name: entry.value for name, entry in _gas_ions().ions.items()}


def measured_oxide_hydration(cation: str) -> AnyQuantity:
    """Return M2O + H2O(g) -> 2 MOH from measured formation enthalpies alone, meV per M2O at 298.15 K."""
    from pymatgen.core import Composition

    from antiperovskite.stability.calibration.experiment import formation_enthalpies
    from antiperovskite.stability.hydration.study import room_gases

    known = formation_enthalpies()
    try:
        oxide, hydroxide = (known[Composition(f).reduced_formula] for f in (f"{cation}2O", f"{cation}OH"))
    except KeyError as error:
        return NotComputed(unit="meV/formula", method=f"no measured enthalpy of {error.args[0]}")
    water = next(gas for gas in room_gases() if "H" in gas.elements)
    value = 2.0 * hydroxide.value_ev - oxide.value_ev - water.energy
    u = math.hypot(2.0 * hydroxide.uncertainty_ev, oxide.uncertainty_ev, standard_uncertainty([(water, 1.0)]))
    return Quantity(
        value=1000.0 * value,
        uncertainty=1000.0 * u,
        unit="meV/formula",
        method="measured formation enthalpies at 298.15 K, errors taken as independent",
        source=f"{oxide.source}; {hydroxide.source}",
        citations=tuple(dict.fromkeys((*oxide.citations, *hydroxide.citations))),
    )


def _kj(terms: list[tuple[PhaseEnergy, float]], constant: float, method: str, source: Source) -> Quantity:
    factor = conversion_factor("eV", "kJ/mol")
    return Quantity(
        value=constant + factor * math.fsum(phase.energy * amount for phase, amount in terms),
        uncertainty=factor * standard_uncertainty(terms),
        unit="kJ/mol",
        method=method,
        source=f"{source.name}; ions {_gas_ions().source}",
        citations=(*source.citations, _gas_ions().citation),
    )


def oxide_hydration(source: Source, cation: str, halide: str, reference: str = REFERENCE) -> OxideHydration:
    """Split the oxide term over gaseous ions.

    With L the lattice enthalpy, M2O + H2O -> 2 MOH has the enthalpy L(M2O) - 2 L(MOH) + C, where C belongs to
    O2-(g) + H2O(g) -> 2 OH-(g) and is the same for every cation. O2- is not bound, so neither C nor L(M2O) is
    measurable; L(M2O) - L(Li2O), in which O2- cancels, is.

    Raises
    ------
    MissingReferenceError
        An oxide or hydroxide is missing.
    """
    here, there = source.system(cation, halide), source.system(reference, halide)
    energy = _kj(here.terms("oxide"), 0.0, "M2O + H2O(g) -> 2 MOH", source)
    gas = gas_ion_enthalpies()

    def of(system: System, role: Role) -> PhaseEnergy:
        return system.phases[role]

    there.terms("oxide")  # raises where a phase is missing
    lattice = _kj(
        [(of(here, "hydroxide"), -1.0)],
        gas[cation] + gas["OH"],
        "gaseous ions minus solid, enthalpy at 298.15 K",
        source,
    )
    ions = 2.0 * (gas[cation] - gas[reference])
    difference = "against lithium, so that what cannot be measured cancels; enthalpy at 298.15 K"
    sizes = kapustinskii_energy(cation, "O", 2) - 2.0 * kapustinskii_energy(cation, "OH", 1)
    estimate = Quantity(
        value=sizes,
        uncertainty=None,
        unit="kJ/mol",
        method="Kapustinskii's equation with Shannon cation radii and thermochemical anion radii; a model",
        source="ions",
        citations=("kapustinskii1956",),
    )
    measured = measured_oxide_hydration(cation)
    factor = conversion_factor("eV", "kJ/mol") / 1000.0
    if isinstance(measured, Quantity):
        measured = measured.model_copy(
            update={
                "value": factor * measured.value,
                "uncertainty": None if measured.uncertainty is None else factor * measured.uncertainty,
                "unit": "kJ/mol",
            }
        )
    return OxideHydration(
        cation=cation,
        term=energy,
        measured=measured,
        lattice_hydroxide=lattice,
        oxide_against_lithium=_kj([(of(here, "oxide"), -1.0), (of(there, "oxide"), 1.0)], ions, difference, source),
        hydroxides_against_lithium=_kj(
            [(of(here, "hydroxide"), -2.0), (of(there, "hydroxide"), 2.0)], ions, difference, source
        ),
        kapustinskii=estimate,
        implied_constant=Quantity(
            value=energy.value - sizes,
            uncertainty=energy.uncertainty,
            unit="kJ/mol",
            method="calibrated term minus Kapustinskii's estimate; equal for all cations if sizes explained everything",
            source=source.name,
        ),
    )
