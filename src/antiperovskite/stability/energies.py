"""Phases with energies from one engine: the reference set as hull phases, with readable names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.references import ReferenceEntry, ReferenceSet


def display_formula(entry: ReferenceEntry) -> str:
    """Return the formula as chemists write it: the phase's own name where that is one (``LiOH``), else reduced."""
    from pymatgen.core import Composition

    head = entry.name.split("-")[0]
    try:
        same = Composition(head.replace(".", "")).reduced_formula == entry.formula if "." not in head else True
    except ValueError:
        same = False
    return head.replace(".", "·") if same else entry.formula


def hull_phases(references: ReferenceSet, elements: Iterable[str] | None = None) -> list[PhaseEnergy]:
    """Return the reference phases, or those made only of ``elements``, with the engine's bare energies."""
    entries = references.entries if elements is None else references.within(frozenset(elements))
    return [PhaseEnergy(entry.name, display_formula(entry), entry.elements, entry.energy) for entry in entries]


def same_composition(first: Mapping[str, float], second: Mapping[str, float], tolerance: float = 1e-6) -> bool:
    """Whether two compositions differ only by a factor."""
    if first.keys() != second.keys():
        return False
    n_first, n_second = sum(first.values()), sum(second.values())
    return all(abs(first[e] / n_first - second[e] / n_second) < tolerance for e in first)


def find_phase(phases: Iterable[PhaseEnergy], elements: Mapping[str, float]) -> PhaseEnergy | None:
    """Return the phase of this composition with the lowest energy per atom, if there is one."""
    matches = [phase for phase in phases if same_composition(phase.elements, elements)]
    return min(matches, key=lambda phase: phase.energy / phase.atoms, default=None)


def scaled_phase(phase: PhaseEnergy, formula: str, elements: Mapping[str, float]) -> PhaseEnergy:
    """The same phase per another formula unit."""
    scale = sum(elements.values()) / phase.atoms
    return replace(
        phase,
        formula=formula,
        elements=dict(elements),
        energy=phase.energy * scale,
        loadings={variable: loading * scale for variable, loading in phase.loadings.items()},
    )
