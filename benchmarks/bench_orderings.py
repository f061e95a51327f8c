"""Enumerating inequivalent Li/vacancy orderings against bsym and pymatgen, in one run.

    python benchmarks/bench_orderings.py [--write]        # needs: pip install bsym

The case is Li3OCl with eight of the 24 lithium sites of a 2x2x2 cell empty (the composition of Li2OHCl): 735,471
arrangements, 2,664 of them different. All sides must find the same number of orbits and the same degeneracies.
"""

from __future__ import annotations

import sys
from collections import Counter
from itertools import combinations

from _record import best_seconds, machine, publish, table
from bsym import ConfigurationSpace
from bsym.interface.pymatgen import configuration_space_from_structure, unique_structure_substitutions
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core import Lattice, Structure

from antiperovskite.structures.ordering import (
    count_orderings,
    cubic_parent,
    enumerate_orderings,
    make_problem,
    supercell_group,
)
from antiperovskite.structures.ordering.ewald import electrostatic_energies

CUBE = ((2, 0, 0), (0, 2, 0), (0, 0, 2))
SITES = 24
CELL = Structure(
    Lattice.cubic(3.907),
    ["Li"] * 3 + ["O", "Cl"],
    [[0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5], [0.5, 0.5, 0.5], [0, 0, 0]],
) * (2, 2, 2)


def from_scratch(vacancies: int) -> Counter[int]:
    """Ours from the parent cell: group, count, enumeration; how often each degeneracy occurs."""
    group = supercell_group(cubic_parent(3.907), CUBE)
    problem = make_problem(group, {"X": {"Li": SITES - vacancies, "vacancy": vacancies}})
    return Counter(enumerate_orderings(problem).degeneracy.tolist())


def bsym_space(vacancies: int, space: ConfigurationSpace) -> Counter[int]:
    """Its enumeration alone, on a configuration space that is already there."""
    found = space.unique_configurations({1: vacancies, 0: SITES - vacancies})
    return Counter(configuration.count for configuration in found)


def bsym_structures(vacancies: int) -> Counter[int]:
    """Its documented call for structures (Na stands for the vacancy)."""
    found = unique_structure_substitutions(CELL, "Li", {"Na": vacancies, "Li": SITES - vacancies})
    return Counter(structure.number_of_equivalent_configurations for structure in found)


def pymatgen_groups(vacancies: int) -> Counter[int]:
    """Every arrangement written out and compared by pymatgen's StructureMatcher."""
    lithium = [index for index, site in enumerate(CELL) if site.specie.symbol == "Li"]
    structures = []
    for chosen in combinations(lithium, vacancies):
        structure = CELL.copy()
        for index in chosen:
            structure[index] = "Na"
        structures.append(structure)
    matcher = StructureMatcher(ltol=0.01, stol=0.01, angle_tol=0.1, primitive_cell=False, scale=False)
    return Counter(len(group) for group in matcher.group_structures(structures))


def main(write: bool) -> None:
    """Measure, print, and with ``--write`` record."""
    space = configuration_space_from_structure(CELL, subset=[i for i, s in enumerate(CELL) if s.specie.symbol == "Li"])
    group = supercell_group(cubic_parent(3.907), CUBE)
    rows = []
    for vacancies in (2, 4, 8):
        problem = make_problem(group, {"X": {"Li": SITES - vacancies, "vacancy": vacancies}})
        ours = best_seconds(lambda p=problem: enumerate_orderings(p))
        orbits = Counter(enumerate_orderings(problem).degeneracy.tolist())
        assert sum(orbits.values()) == count_orderings(problem)
        assert bsym_space(vacancies, space) == orbits
        theirs = best_seconds(lambda n=vacancies: bsym_space(n, space), 2)
        case = f"{vacancies} of {SITES}: {problem.arrangements:,} arrangements, {sum(orbits.values()):,} orbits"
        rows.append([case, "bsym, group prepared", f"{theirs:.3f} s", f"{1e3 * ours:.1f} ms", f"{theirs / ours:.0f}x"])
        assert from_scratch(vacancies) == bsym_structures(vacancies) == orbits
        whole = best_seconds(lambda n=vacancies: from_scratch(n))
        theirs = best_seconds(lambda n=vacancies: bsym_structures(n), 2)
        name = "bsym, cell to structures (ours: cell to orbits)"
        rows.append([case, name, f"{theirs:.3f} s", f"{1e3 * whole:.1f} ms", f"{theirs / whole:.0f}x"])
        if vacancies == 2:
            assert pymatgen_groups(vacancies) == orbits
            theirs = best_seconds(lambda n=vacancies: pymatgen_groups(n), 1)
            name = "pymatgen StructureMatcher on all arrangements"
            rows.append([case, name, f"{theirs:.1f} s", f"{1e3 * whole:.1f} ms", f"{theirs / whole:.0f}x"])
    # The charge of a hydroxide stands at its oxygen, so that the cell is neutral.
    charges = {"Li": (1.0,), "OH": (-1.0,), "Cl": (-1.0,)}
    occupied = {"X": {"Li": 16, "vacancy": 8}, "B": {"OH": 8}, "A": {"Cl": 8}}
    neutral = make_problem(group, occupied)
    orderings = enumerate_orderings(neutral)
    energies = best_seconds(lambda: electrostatic_energies(neutral, orderings, charges, occupied))
    columns = ["Li/vacancy orderings, 2x2x2 Li3OCl", "against", "peer", "ours", "ratio"]
    body = (
        f"{table(columns, rows)}\n\nEqual numbers of orbits and equal degeneracies are asserted; ours includes the "
        f"count by Burnside's lemma. Ewald energies of all 2,664: {1e3 * energies:.0f} ms.\n"
        "Not measured: enumlib (a Fortran program without a wheel; pymatgen's enumeration calls it) and icet (its "
        "enumeration runs over all cell shapes of a size, not over one given supercell).\n"
        f"CPU time. {machine('bsym', 'pymatgen', 'numpy')}"
    )
    publish("bench_orderings", body, write)


if __name__ == "__main__":
    main("--write" in sys.argv[1:])
