"""Places and clusters of defects: counts against Burnside's lemma, symmetry closed, names read back."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest

from antiperovskite.composition import resolve
from antiperovskite.defects.catalogue import KINDS, combinations_of, read_combination
from antiperovskite.defects.clusters import ClusterSpace, Role
from antiperovskite.defects.host import Host, supercell, supercell_times
from antiperovskite.defects.places import dumbbell_places, orbit_numbers, permutations, site_places, void_places
from antiperovskite.defects.species import places_of, read_species
from antiperovskite.defects.study import label_of
from antiperovskite.dynamics.cell import cell_of
from antiperovskite.errors import InputError, OptionError
from antiperovskite.structures import build_structure
from antiperovskite.structures.ordering import cubic_parent, make_problem, supercell_group
from antiperovskite.structures.ordering.burnside import count_orderings


def host_of(formula: str) -> Host:
    model = build_structure(resolve(formula))
    return Host(formula, cell_of(model), 0.0, model.formula_units, "")


def space(host: Host, text: str, times: tuple[int, int, int]) -> ClusterSpace:
    roles = [Role(s.name, n, s.charge, tuple(places_of(s, host))) for s, n in read_combination(text, host).defects]
    return ClusterSpace(host, times, roles)


@pytest.mark.parametrize(
    ("text", "occupations"),
    [
        ("V_Li + V_Cl", {"X": {"Li": 23, "vacancy": 1}, "A": {"Cl": 7, "vacancy": 1}}),
        ("2 V_Li + V_O", {"X": {"Li": 22, "vacancy": 2}, "B": {"O": 7, "vacancy": 1}}),
        ("O_Cl + Cl_O", {"A": {"Cl": 7, "O": 1}, "B": {"O": 7, "Cl": 1}}),
        ("Mg_Li + V_Li", {"X": {"Li": 22, "Mg": 1, "vacancy": 1}}),
        ("Al_Li + 2 V_Li", {"X": {"Li": 21, "Al": 1, "vacancy": 2}}),
    ],
)
def test_counts_equal_burnside(text: str, occupations: dict[str, dict[str, int]]) -> None:
    group = supercell_group(cubic_parent(3.9), ((2, 0, 0), (0, 2, 0), (0, 0, 2)))
    assert space(host_of("Li3OCl"), text, (2, 2, 2)).count() == count_orderings(make_problem(group, occupations))


def test_orbits_hold_every_arrangement_once() -> None:
    found = space(host_of("Li3OCl"), "2 V_Li + V_O", (2, 2, 2))
    assert sum(size for _, size in found.orbits(found.arrangements).values()) == 8 * comb(24, 2)


def test_unequal_supercell_keeps_only_its_own_symmetry() -> None:
    host = host_of("Li3OCl")
    group = supercell_group(cubic_parent(3.9), ((2, 0, 0), (0, 2, 0), (0, 0, 3)))
    problem = make_problem(group, {"X": {"Li": 35, "vacancy": 1}, "A": {"Cl": 11, "vacancy": 1}})
    assert space(host, "V_Li + V_Cl", (2, 2, 3)).count() == count_orderings(problem)


def test_operations_are_permutations_that_keep_distances() -> None:
    host = host_of("Li3OCl")
    places = site_places(host, host.ions()["Li"])
    table = permutations(host, places, (2, 2, 2))
    assert len(table) == 48 * 8
    assert (np.sort(table, axis=1) == np.arange(24)).all()
    cell = supercell(host, (2, 2, 2))
    lithium = cell.positions[[i for i, s in enumerate(cell.symbols) if s == "Li"]]
    pairs = np.array(list(combinations(range(24), 2)))
    before = np.linalg.norm(cell.shortest(lithium[pairs[:, 0]], lithium[pairs[:, 1]]), axis=1)
    for row in table[::37]:
        after = np.linalg.norm(cell.shortest(lithium[row[pairs[:, 0]]], lithium[row[pairs[:, 1]]]), axis=1)
        assert np.allclose(before, after, atol=1e-6)


def test_dumbbells_of_a_cubic_site_have_four_orientations() -> None:
    host = host_of("Li3OCl")
    places = dumbbell_places(host, host.ions()["Li"])
    orbits = orbit_numbers(host, places)
    # 4/mmm of the lithium site: along its axis (3), across (6), in the plane of Cl (6), towards edges of O (12)
    assert sorted(orbits.count(n) for n in set(orbits)) == [3, 6, 6, 12]


def test_voids_are_whole_orbits_away_from_ions() -> None:
    host = host_of("Li3OCl")
    for place in void_places(host):
        point = place.centre @ host.cell.lattice
        assert np.linalg.norm(host.cell.shortest(point, host.cell.positions), axis=1).min() > 1.4
    assert void_places(host)


def test_hexagonal_dumbbells_close_under_symmetry() -> None:
    host = host_of("Na4OI2")
    assert len(orbit_numbers(host, dumbbell_places(host, host.ions()["Na"]))) > 0


def test_near_is_nearer_than_far_and_defects_never_share_a_site() -> None:
    found = space(host_of("Li3OCl"), "Mg_Li + V_Li", (3, 3, 3))
    near, far = found.near(3), found.far()
    assert near[0].closest == min(c.closest for c in near) < far.closest
    a = host_of("Li3OCl").cell.lattice[0, 0]
    assert near[0].closest == pytest.approx(a / np.sqrt(2.0), abs=0.01)
    for cluster in (*near, far):
        sites = [(place.group, copy) for _, place, copy in cluster.members]
        assert len(set(sites)) == len(sites)


def test_equal_distances_through_different_ions_are_told_apart() -> None:
    """Two lithium sites one lattice parameter apart: across an oxide or across a face of chloride."""
    found = space(host_of("Li3OCl"), "Mg_Li + V_Li", (3, 3, 3)).near(4)
    a = host_of("Li3OCl").cell.lattice[0, 0]
    same = [c for c in found if abs(c.closest - a) < 0.02]
    assert len({c.surroundings for c in same}) == len(same) == 2


def test_labels_of_near_clusters_do_not_depend_on_the_supercell() -> None:
    host = host_of("Li3OCl")
    three, four = (space(host, "V_Li + V_Cl", (n, n, n)).near(2) for n in (3, 4))
    assert [(c.shell, c.surroundings) for c in three] == [(c.shell, c.surroundings) for c in four]


@pytest.mark.parametrize(
    ("name", "charge", "kind"),
    [("V_Li", -1, "vacancy"), ("V_O", 2, "vacancy"), ("Li_i", 1, "interstitial"), ("O_Cl", -1, "antisite"),
     ("Mg_Li", 1, "dopant"), ("(OH)_O", 1, "proton"), ("OH_O", 1, "proton"), ("F_O", 1, "dopant")],
)  # fmt: skip
def test_formal_charges(name: str, charge: int, kind: str) -> None:
    found = read_species(name, host_of("Li3OCl"))
    assert (found.charge, found.kind) == (charge, kind)
    assert read_species(found.name, host_of("Li3OCl")) == found


def test_every_listed_combination_is_neutral_in_every_host() -> None:
    for formula in ("Li3OCl", "Na3OBr", "Li2OHCl", "Na4OI2", "Li3HS"):
        host = host_of(formula)
        found = combinations_of(host, KINDS, ["Ba", "F"])
        assert found
        for combination in found:
            assert sum(s.charge * n for s, n in combination.defects) == 0
        assert len({c.name for c in found}) == len(found)


def test_names_of_arrangements_do_not_depend_on_the_supercell() -> None:
    """In 2x2x2 an ion half a cell away is one atom and two neighbours: F on Cl has six Cl around it in any cell."""
    host = host_of("Li3OCl")
    fluoride, vacancy = read_species("F_Cl", host), read_species("V_Li", host)
    roles = [Role(s.name, 1, s.charge, tuple(places_of(s, host))) for s in (fluoride, vacancy)]
    for chosen in (roles[:1], roles):
        labels = []
        for size in (2, 3):
            space = ClusterSpace(host, (size, size, size), chosen)
            found = space.single() if len(chosen) == 1 else space.near(1)
            labels.append(label_of(found[0]))
            if len(chosen) == 1:
                assert [name for name, length in found[0].surroundings if length > 3.7].count("Cl") == 6
        assert labels[0] == labels[1]


def test_multivalent_cations_and_what_makes_a_dopant_good() -> None:
    host = host_of("Mg3NSb")
    named = {c.name: c.counts() for c in combinations_of(host, KINDS, ["Li", "Al"])}
    assert named["Mg Frenkel"] == {"V_Mg": 1, "Mg_i": 1}
    assert named["N/Sb antisite pair"] == {"N_Sb": 1, "Sb_N": 1}
    assert named["Li on Mg with Mg_i"] == {"Li_Mg": 2, "Mg_i": 1}
    assert named["Al on Mg with V_Mg"] == {"Al_Mg": 2, "V_Mg": 1}
    assert all(sum(read_species(n, host).charge * k for n, k in counts.items()) == 0 for counts in named.values())
    assert not [name for name in named if "Schottky" in name]  # 3 V_Mg + 2 V_N are too many


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("V_Li", "charge -1"),
        ("V_Li + Li_i + Mg_Li", r"charge \+1"),
        ("V_Na + V_Cl", "no Na"),
        ("Xx_Li + V_Li", "unknown ion 'Xx'"),
        ("V_Li plus V_Cl", "write combinations as"),
        ("Li_Li + V_Li", "no defect"),
        ("BH4_Cl + F_Cl", "single-atom"),
        ("3 V_Li + V_O + V_Cl", "give 2 to 4"),
    ],
)
def test_combinations_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_combination(text, host_of("Li3OCl"))


def test_supercells_refused() -> None:
    host = host_of("Li3OCl")
    with pytest.raises(OptionError, match=r"1x1x1 of Li3OCl is \d\.\d angstrom thick"):
        supercell_times("1", host)
    with pytest.raises(OptionError, match="cannot read the supercell"):
        supercell_times("two", host)
    assert supercell_times("2x2x3", host) == (2, 2, 3)


def test_dopants_refused() -> None:
    host = host_of("Li3OCl")
    for dopant, message in (
        ("Li", "ion of Li3OCl itself"),
        ("BH4", "cluster"),
        ("Qq", "unknown ion"),
        ("P", "fits no"),
    ):
        with pytest.raises(InputError, match=message):
            combinations_of(host, ["dopant"], [dopant])
    with pytest.raises(OptionError, match="did you mean 'frenkel'"):
        combinations_of(host, ["frenkl"], [])
