"""Energies of the neutral phases that defect reactions take from and give to, in the engine of the defects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from antiperovskite.defects.catalogue import Combination, mobile_ion
from antiperovskite.defects.host import Host
from antiperovskite.defects.records import relaxed_cell
from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import AntiperovskiteError, MissingReferenceError
from antiperovskite.stability.energies import find_phase, hull_phases
from antiperovskite.stability.equations import conventional_formula
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.reactions import salt_composition

FMAX: Final = 0.01  # eV/angstrom; as the shipped reference sets


@dataclass(frozen=True)
class Exchange:
    """Neutral phases taken up (positive) and given off (negative) per reaction, and their energy, eV.

    ``energy`` is what the phases given off hold minus what those taken up held.
    """

    amounts: tuple[tuple[str, float], ...]
    energy: float

    @property
    def reactants(self) -> dict[str, float]:
        """Taken up."""
        return {name: amount for name, amount in self.amounts if amount > 0}

    @property
    def products(self) -> dict[str, float]:
        """Given off."""
        return {name: -amount for name, amount in self.amounts if amount < 0}


class Reservoir:
    """Reference phases of one engine: its own set, or phases relaxed with it where it has none.

    Parameters
    ----------
    engine
        The engine of the defects; energies of another one are never used.
    cache
        Directory of relaxed cells.
    """

    def __init__(self, engine: Engine, cache: Path | None) -> None:
        self.engine, self.cache = engine, cache
        self.notes: dict[str, None] = {}
        self._phases: dict[str, PhaseEnergy | None] = {}
        try:
            from antiperovskite.stability.references import reference_set

            found = reference_set(engine.card.name)
            self._shipped = hull_phases(found)
            if found.engine.version != engine.card.version:
                self.notes[
                    f"reference phases were computed with {found.engine.name} {found.engine.version}, defects with "
                    f"{engine.card.version}"
                ] = None
        except MissingReferenceError:
            self._shipped = []
            self.notes[
                f"{engine.card.name} has no shipped reference phases: those needed are relaxed with it; a potential "
                "fitted to one compound extrapolates there"
            ] = None

    def energy(self, elements: Mapping[str, float]) -> float | None:
        """Energy of these atoms in their lowest phase of this composition, eV; ``None`` where there is none."""
        name = conventional_formula(elements)
        if name not in self._phases:
            self._phases[name] = find_phase(self._shipped, elements) or self._relax(elements)
        phase = self._phases[name]
        return None if phase is None else phase.energy / phase.atoms * sum(elements.values())

    def _relax(self, elements: Mapping[str, float]) -> PhaseEnergy | None:
        """Relax the known phases of this composition where the engine came without a reference set."""
        from antiperovskite.stability.energies import same_composition
        from antiperovskite.stability.phases import build_phase, phase_elements, reference_phases

        if self._shipped:
            return None
        found: list[PhaseEnergy] = []
        for phase in reference_phases().values():
            if not same_composition(phase_elements(phase), elements):
                continue
            try:
                done = relaxed_cell(
                    build_phase(phase), self.engine, self.cache, fmax=FMAX, relax_cell=True, keep_symmetry=True
                ).done()
            except AntiperovskiteError as error:
                self.notes[f"{phase.name}: {error}"] = None
                continue
            atoms = {str(e): float(n) for e, n in done.to_pymatgen().composition.element_composition.items()}
            found.append(PhaseEnergy(phase.name, conventional_formula(elements), atoms, done.energy))
        return find_phase(found, elements)

    def exchange(self, host: Host, combination: Combination) -> tuple[Exchange | None, str]:
        """What the combination takes up and gives off, and a note (the reason where there is no energy).

        Of several sources of a dopant the one is taken that is stable beside the salts of the host: the one the
        dopant costs most from.
        """
        change = combination.change()
        if not change:
            return Exchange((), 0.0), ""
        found: list[Exchange] = []
        missing: dict[str, None] = {}
        for basis in _bases(host, combination):
            amounts = _solve(change, basis)
            if amounts is None:
                continue
            terms = [(salt, amount) for salt, amount in zip(basis, amounts, strict=True) if abs(amount) > 1e-9]
            energies = [self.energy(salt) for salt, _ in terms]
            missing |= {conventional_formula(s): None for (s, _), e in zip(terms, energies, strict=True) if e is None}
            known = [e for e in energies if e is not None]
            if len(known) == len(energies):
                total = -sum(amount * e for (_, amount), e in zip(terms, known, strict=True))
                names = tuple((conventional_formula(salt), round(amount, 9)) for salt, amount in terms)
                found.append(Exchange(names, total))
        if not found:
            lacking = ", ".join(missing) or "salts of these ions"
            return None, f"no energy of {lacking} with {self.engine.card.name}: antiperovskite references build"
        chosen = max(found, key=lambda item: item.energy)
        others = [item for item in found if item is not chosen]
        note = "; ".join(f"{chosen.energy - o.energy:.2f} eV less from {' + '.join(o.reactants)}" for o in others)
        return chosen, note


def _bases(host: Host, combination: Combination) -> list[list[dict[str, float]]]:
    """Sets of salts a combination may exchange atoms with."""
    M = mobile_ion(host)
    own = [_salt(M, anion) for anion in host.ions("A", "B") if host.charge(anion) < 0]
    own += [_salt(c, a) for c in host.ions("X") if c != M for a in host.ions("A", "B") if host.charge(a) < 0]
    foreign = [species.put for species, _ in combination.defects if species.put and species.put not in host.ions()]
    if "OH" in foreign:
        return [[{"H": 2.0, "O": 1.0}, _salt(M, "OH")]]
    if not foreign:
        return [own]
    from antiperovskite.ions import ion

    if ion(foreign[0]).charge < 0:
        return [[*own, _salt(M, foreign[0])]]
    return [[_salt(foreign[0], anion), *own] for anion in host.ions("A", "B") if host.charge(anion) < 0]


def _salt(cation: str, anion: str) -> dict[str, float]:
    """Atoms of the smallest neutral unit, MgO and not Mg2O2."""
    from math import gcd

    atoms = salt_composition(cation, anion)
    units = gcd(*(round(count) for count in atoms.values()))
    return {element: count / units for element, count in atoms.items()}


def _solve(change: Mapping[str, float], basis: Sequence[Mapping[str, float]]) -> list[float] | None:
    """Amounts of the salts whose sum is the change, or ``None``; few salts are preferred."""
    import numpy as np
    from scipy.optimize import linprog

    elements = sorted({*change, *(element for salt in basis for element in salt)})
    matrix = np.array([[salt.get(element, 0.0) for salt in basis] for element in elements])
    wanted = np.array([change.get(element, 0.0) for element in elements])
    n = len(basis)
    # amounts as differences of non-negative ones; least sum of absolute values
    found = linprog(np.ones(2 * n), A_eq=np.hstack([matrix, -matrix]), b_eq=wanted, bounds=(0, None))
    return None if not found.success else (found.x[:n] - found.x[n:]).tolist()
