"""The salts, hydrates and molecular anions among the reference phases are made of whole molecules."""

from __future__ import annotations

from typing import Any

import pytest
from pymatgen.core import Composition

from antiperovskite.stability.phases import build_phase, constructed_phases, reference_phases

# name of the anion: centre, ligand, number of ligands, and their greatest distance in angstrom
ANIONS = {
    "CO3": ("C", "O", 3, 1.40),
    "SO4": ("S", "O", 4, 1.60),
    "NO3": ("N", "O", 3, 1.35),
    "BF4": ("B", "F", 4, 1.60),
    "BH4": ("B", "H", 4, 1.40),
    "ClO4": ("Cl", "O", 4, 1.60),
    "ClO3": ("Cl", "O", 3, 1.65),
    "BrO3": ("Br", "O", 3, 1.80),
    "IO3": ("I", "O", 3, 1.95),
}


def neighbours(structure: Any, centre: str, ligand: str, cutoff: float) -> list[int]:
    """Number of ``ligand`` atoms within ``cutoff`` of each ``centre`` atom."""
    around = structure.get_all_neighbors(cutoff)
    return [
        sum(other.specie.symbol == ligand for other in around[i])
        for i, site in enumerate(structure)
        if site.specie.symbol == centre
    ]


@pytest.mark.parametrize(
    ("name", "anion"),
    [
        ("Na2CO3-gamma", "CO3"),
        ("NaHCO3", "CO3"),
        ("KHCO3", "CO3"),
        ("LiKCO3", "CO3"),
        ("Na2CO3.H2O", "CO3"),
        ("Na2SO4-thenardite", "SO4"),
        ("K2SO4", "SO4"),
        ("Li2SO4.H2O", "SO4"),
        ("KNO3", "NO3"),
        ("KBF4", "BF4"),
        ("LiBF4", "BF4"),
        ("KBH4-tetragonal", "BH4"),
        ("KClO4", "ClO4"),
        ("LiClO4", "ClO4"),
        ("KClO3", "ClO3"),
        ("NaBrO3", "BrO3"),
        ("KBrO3", "BrO3"),
        ("LiIO3-alpha", "IO3"),
    ],
)
def test_molecular_anions_are_whole(name: str, anion: str) -> None:
    """A wrong origin or setting breaks the anion first: count its ligands."""
    centre, ligand, count, cutoff = ANIONS[anion]
    found = neighbours(build_phase(reference_phases()[name]), centre, ligand, cutoff)
    assert found == [count] * len(found)
    assert found


@pytest.mark.parametrize("name", [n for n, p in reference_phases().items() if {"O", "H"} <= p.elements])
def test_every_hydrogen_beside_oxygen_belongs_to_one_oxygen(name: str) -> None:
    structure = build_phase(reference_phases()[name])
    assert set(neighbours(structure, "H", "O", 1.30)) == {1}


@pytest.mark.parametrize("name", [n for n in reference_phases() if n.endswith(".H2O")])
def test_hydrates_hold_their_water(name: str) -> None:
    """As many oxygens with two hydrogens as the name states: one per formula unit."""
    phase = reference_phases()[name]
    structure = build_phase(phase)
    units = len(structure) / Composition(phase.formula).num_atoms
    assert neighbours(structure, "O", "H", 1.30).count(2) == units


def test_constructed_phases_are_formulas_the_builder_knows() -> None:
    """Named after their formulas, and the hydroxide halides are the full table that the Li, Na, K study compares."""
    phases = constructed_phases()
    for name, phase in phases.items():
        assert name == f"{phase.formula}-constructed"
        assert phase.elements == {str(e) for e in Composition(phase.formula).elements}
    hydroxides = {phase.formula for phase in phases.values() if "OH" in phase.formula}
    assert hydroxides == {f"{cation}2OH{halide}" for cation in ("Li", "Na", "K") for halide in ("Cl", "Br", "I")}
