"""Orderings: counts by three independent routes, degeneracies, the rule as a filter, energies against pymatgen."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiperovskite.composition import resolve
from antiperovskite.errors import OptionError, StructureError
from antiperovskite.ions import ion
from antiperovskite.structures.ordering import (
    Problem,
    Rule,
    SymmetryGroup,
    count_orderings,
    cubic_parent,
    enumerate_orderings,
    iter_orderings,
    make_problem,
    supercell_group,
)
from antiperovskite.structures.ordering.ewald import electrostatic_energies, ewald_matrix, formal_charges
from antiperovskite.structures.ordering.points import multinomial
from antiperovskite.structures.ordering.realise import realise
from antiperovskite.structures.ordering.rules import cation_angles, obeying
from antiperovskite.structures.ordering.space import ordering_space, orientation_family, parse_supercell
from antiperovskite.structures.ordering.study import _balanced, study_orderings
from antiperovskite.structures.symmetry import quiet_spglib

CHAIN = ((2, 0, 0), (0, 1, 0), (0, 0, 1))
DIAGONAL = ((1, 1, 0), (-1, 1, 0), (0, 0, 1))
ROCK_SALT = ((0, 1, 1), (1, 0, 1), (1, 1, 0))
CUBE = ((2, 0, 0), (0, 2, 0), (0, 0, 2))
SKEW = ((1, 0, 0), (0, 1, 1), (1, 0, 2))
DIRECTIONS = np.vstack([np.eye(3), -np.eye(3)])
HYDROXIDE = np.stack([np.zeros((6, 3)), 0.97 * DIRECTIONS], axis=1)
PARENT = cubic_parent(3.9)


def brute_force(problem: Problem) -> list[int]:
    """Sizes of all orbits, by applying every operation to every arrangement."""
    choices = [list(combinations(range(len(block.site)), block.count)) for block in problem.blocks]
    seen: set[tuple[tuple[int, ...], ...]] = set()
    sizes = []
    for combination in product(*choices):
        sites = [int(b.site[p]) for b, chosen in zip(problem.blocks, combination, strict=True) for p in chosen]
        if len(set(sites)) < len(sites) or combination in seen:
            continue
        orbit = {
            tuple(
                tuple(sorted(int(b.permutations[g, p]) for p in chosen))
                for b, chosen in zip(problem.blocks, combination, strict=True)
            )
            for g in range(problem.group.order)
        }
        seen |= orbit
        sizes.append(len(orbit))
    return sorted(sizes)


@pytest.fixture(scope="module")
def cube() -> SymmetryGroup:
    return supercell_group(PARENT, CUBE)


@pytest.mark.parametrize(
    ("matrix", "order", "sites"), [(CHAIN, 32, 10), (DIAGONAL, 32, 10), (ROCK_SALT, 96, 10), (CUBE, 384, 40)]
)
def test_group_is_closed_and_has_the_known_order(matrix: object, order: int, sites: int) -> None:
    group = supercell_group(PARENT, matrix)  # type: ignore[arg-type]
    assert (group.order, len(group.roles)) == (order, sites)
    assert group.parent_spacegroup == "Pm-3m (221)"
    assert (group.permutations[0] == np.arange(sites)).all()
    assert np.allclose(group.rotations[0], np.eye(3))
    known = {row.tobytes() for row in group.permutations}
    generator = np.random.default_rng(0)
    for first, second in generator.integers(order, size=(50, 2)):
        assert group.permutations[first][group.permutations[second]].tobytes() in known


def test_the_order_is_that_of_spglib_for_the_supercell() -> None:
    import spglib

    for matrix in (CHAIN, DIAGONAL, ROCK_SALT, SKEW):
        group = supercell_group(PARENT, matrix)
        numbers = ["XBA".index(role) + 1 for role in group.roles]
        with quiet_spglib():
            found = spglib.get_symmetry((group.lattice, group.positions, numbers), symprec=1e-3)
        assert group.order == len(found["rotations"])


def test_2664_orderings_of_eight_vacancies_in_a_2x2x2_cell(cube: SymmetryGroup) -> None:
    problem = make_problem(cube, {"X": {"Li": 16, "vacancy": 8}})
    found = enumerate_orderings(problem)
    assert len(found) == count_orderings(problem) == 2664
    assert found.degeneracy.sum() == problem.arrangements == 735_471
    assert (cube.order % found.degeneracy == 0).all()


@pytest.mark.parametrize("vacancies", range(0, 25, 3))
def test_every_composition_of_the_cube_agrees_with_burnside(cube: SymmetryGroup, vacancies: int) -> None:
    problem = make_problem(cube, {"X": {"Li": 24 - vacancies, "vacancy": vacancies}})
    found = enumerate_orderings(problem)
    assert len(found) == count_orderings(problem)
    assert found.degeneracy.sum() == problem.arrangements


def test_representatives_are_different_orbits(cube: SymmetryGroup) -> None:
    problem = make_problem(cube, {"X": {"Li": 20, "vacancy": 4}})
    images = problem.blocks[0].permutations[:, enumerate_orderings(problem).chosen[0]]  # (group, n, 4)
    canonical = {tuple(sorted(map(tuple, np.sort(images[:, i], axis=1).tolist()))[0]) for i in range(images.shape[1])}
    assert len(canonical) == images.shape[1] == 80


@pytest.mark.parametrize(
    ("matrix", "occupations", "oriented"),
    [
        (CHAIN, {"X": {"Li": 4, "Ca": 1, "vacancy": 1}, "A": {"Cl": 1, "Br": 1}}, False),
        (CHAIN, {"X": {"Li": 4, "vacancy": 2}, "B": {"OH": 2}}, True),
        (DIAGONAL, {"X": {"Li": 5, "vacancy": 1}, "B": {"OH": 1, "O": 1}, "A": {"Cl": 1, "Br": 1}}, True),
        (ROCK_SALT, {"X": {"Li": 4, "vacancy": 2}, "B": {"OH": 2}}, True),
        (SKEW, {"X": {"Li": 2, "Na": 2, "Fe": 1, "vacancy": 1}}, False),
    ],
)
def test_brute_force_finds_the_same_orbits(matrix: object, occupations: object, oriented: bool) -> None:
    group = supercell_group(PARENT, matrix)  # type: ignore[arg-type]
    problem = make_problem(group, occupations, {"OH": HYDROXIDE} if oriented else None)  # type: ignore[arg-type]
    found = enumerate_orderings(problem)
    assert sorted(found.degeneracy.tolist()) == brute_force(problem)
    assert len(found) == count_orderings(problem)
    assert found.degeneracy.sum() == problem.arrangements


@settings(deadline=None, max_examples=25)
@given(
    st.sampled_from([CHAIN, DIAGONAL, ROCK_SALT, SKEW, ((3, 0, 0), (0, 1, 0), (0, 0, 1))]),
    st.lists(st.integers(0, 4), min_size=2, max_size=4),
    st.booleans(),
)
def test_enumeration_equals_burnside_for_any_composition(matrix: object, counts: list[int], oriented: bool) -> None:
    group = supercell_group(PARENT, matrix)  # type: ignore[arg-type]
    width = len(group.sites("X"))
    parts = [min(count, width) for count in counts]
    while sum(parts) > width:
        parts.pop()
    occupied = {f"s{i}": count for i, count in enumerate(parts)} | {"rest": width - sum(parts)}
    occupations = {"X": occupied, "A": {"CN": 1, "Cl": len(group.sites("A")) - 1}}
    problem = make_problem(group, occupations, {"CN": HYDROXIDE} if oriented else None)
    if count_orderings(problem) > 3000:
        return
    found = enumerate_orderings(problem)
    assert len(found) == count_orderings(problem)
    assert found.degeneracy.sum() == problem.arrangements


def test_more_than_64_points_use_several_words() -> None:
    group = supercell_group(PARENT, ((3, 0, 0), (0, 3, 0), (0, 0, 3)))  # 81 X sites
    problem = make_problem(group, {"X": {"Li": 78, "vacancy": 3}})
    found = enumerate_orderings(problem)
    assert len(found) == count_orderings(problem)
    assert found.degeneracy.sum() == problem.arrangements == multinomial([78, 3])


def test_the_stream_starts_at_once_where_all_would_never_end() -> None:
    group = supercell_group(PARENT, ((3, 0, 0), (0, 3, 0), (0, 0, 3)))
    problem = make_problem(group, {"X": {"Li": 54, "vacancy": 27}})
    assert count_orderings(problem) > 10**18
    batch = next(iter_orderings(problem))
    assert len(batch) > 0
    assert (np.diff(batch.chosen[0], axis=1) > 0).all()


@pytest.mark.parametrize(
    ("symbol", "names", "number"),
    [
        ("OH", ["axis along [001]"], 6),
        ("OH", ["axis along [111]"], 8),
        ("OH", ["axis along [110]"], 12),
        ("OH", ["axis along [001]", "axis along [111]"], 14),
        ("BH4", ["vertices along <111>"], 2),
        ("BH4", ["vertices in the (100) and (010) planes"], 6),
        ("NO2", ["two-fold axis along [001], plane (100)"], 12),
        ("NO3", ["three-fold axis along [111]"], 8),
    ],
)
def test_orientation_families(cube: SymmetryGroup, symbol: str, names: list[str], number: int) -> None:
    assert len(orientation_family(ion(symbol), names, cube)) == number


def test_enforcing_the_rule_is_filtering_by_it() -> None:
    space = ordering_space(resolve("Li2OHCl"), CHAIN, orient={"OH": ["100"]})
    rule = Rule()
    everything = enumerate_orderings(space.problem)
    shares = obeying(space.problem, everything.chosen, rule)
    enforced = enumerate_orderings(space.problem, rules=[rule])
    assert 0 < len(enforced) == int((shares == 1).sum()) < len(everything)
    assert enforced.degeneracy.sum() == everything.degeneracy[shares == 1].sum()
    assert set(np.round(shares, 6)) == {0.0, 0.5, 1.0}


def test_obeying_is_seen_in_the_structure() -> None:
    """H points to an empty site: the nearest cation of an obeying H is far, of another one it is right behind."""
    space = ordering_space(resolve("Li2OHCl"), CHAIN, orient={"OH": ["100"]})
    found = enumerate_orderings(space.problem)
    shares = obeying(space.problem, found.chosen, Rule())
    for index in range(len(found)):
        model = realise(space, found, index, what="test")
        structure = model.to_pymatgen()
        assert np.mean([angle > 45 for angle in cation_angles(model)]) == pytest.approx(shares[index])
        near = [
            min(structure.get_neighbors(site, 4.0), key=lambda n: n.nn_distance if n.specie.symbol == "Li" else 9.0)
            for site in structure
            if site.specie.symbol == "H"
        ]
        assert np.mean([n.nn_distance > 1.5 for n in near]) == pytest.approx(shares[index])


def test_child_symmetry_is_the_stabiliser(cube: SymmetryGroup) -> None:
    """|G| / degeneracy operations are left; spglib finds as many in the realised structure."""
    import spglib

    space = ordering_space(resolve("Li2OHCl"), DIAGONAL, orient={"OH": ["100"]})
    found = enumerate_orderings(space.problem)
    for index in range(0, len(found), 3):
        structure = realise(space, found, index, what="test").to_pymatgen()
        cell = (structure.lattice.matrix, structure.frac_coords, [site.specie.Z for site in structure])
        with quiet_spglib():
            operations = spglib.get_symmetry(cell, symprec=0.01)["rotations"]
        assert len(operations) == space.group.order // found.degeneracy[index]


def test_madelung_constant_of_rock_salt() -> None:
    a = 5.64
    positions = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
    both = np.vstack([positions, positions + 0.5])
    charges = np.r_[np.ones(4), -np.ones(4)]
    energy = 0.5 * charges @ ewald_matrix(np.eye(3) * a, both) @ charges / 4
    coulomb = 14.399645478
    assert -energy * (a / 2) / coulomb == pytest.approx(1.7475645946, abs=1e-8)


def test_energies_agree_with_pymatgen() -> None:
    from pymatgen.analysis.ewald import EwaldSummation

    space = ordering_space(resolve("Li2OHCl"), CHAIN, orient={"OH": ["111"]})
    found = enumerate_orderings(space.problem)
    energies = electrostatic_energies(space.problem, found, _balanced(space), space.occupations)
    for index in range(0, len(found), 9):
        structure = realise(space, found, index, what="test").to_pymatgen()
        structure.add_oxidation_state_by_element({"Li": 1, "O": -2, "H": 1, "Cl": -1})
        assert energies[index] == pytest.approx(EwaldSummation(structure, acc_factor=12).total_energy, abs=1e-6)


def test_equivalent_arrangements_have_equal_energies() -> None:
    """All 15 placements of two vacancies take as many energies as there are orbits, at most."""
    from antiperovskite.structures.ordering.enumerate import Orderings

    space = ordering_space(resolve("Li2OHCl"), CHAIN)
    every = np.array(list(combinations(range(6), 2)))
    empty = [np.zeros((15, block.count), dtype=np.int64) for block in space.problem.blocks[1:]]
    energies = electrostatic_energies(
        space.problem, Orderings((every, *empty), np.ones(15, dtype=np.int64)), _balanced(space), space.occupations
    )
    assert len(set(np.round(energies, 6))) <= count_orderings(space.problem) == 5


@pytest.mark.parametrize(
    ("symbol", "charges"),
    [("OH", (-2, 1)), ("BH4", (3, -1, -1, -1, -1)), ("CN", (2, -3)), ("NO3", (5, -2, -2, -2)), ("Li", (1,))],
)
def test_formal_charges(symbol: str, charges: tuple[float, ...]) -> None:
    assert sorted(formal_charges(ion(symbol))) == sorted(charges)
    assert sum(formal_charges(ion(symbol))) == ion(symbol).charge


def test_study_of_hydrated_chain() -> None:
    study = study_orderings(resolve("Li2OHCl"), CHAIN, orient={"OH": ["100"]}, top=4)
    assert (study.inequivalent, study.enumerated, study.degeneracy_sum, study.arrangements) == (48, 48, 540, 540)
    assert study.complete
    assert study.rule is not None
    assert (study.rule.obeying_all, study.rule.breaking) == (7, 41)
    assert "holds" in study.rule.verdict
    energies = [item.electrostatic.value for item in study.orderings]
    assert energies == sorted(energies)  # type: ignore[type-var]
    assert all(item.obeying.value < 1 for item in study.rule.counterexamples)  # type: ignore[operator]
    for item in study.orderings:
        assert item.structure.to_pymatgen().composition.reduced_formula == "Li2HClO"
    assert type(study).model_validate_json(study.model_dump_json()) == study


def test_rock_salt_order_is_found_for_the_double_compound() -> None:
    study = study_orderings(resolve("Li6OSI2"), CUBE, top=10)
    groups = {item.spacegroup: item.degeneracy for item in study.orderings}
    assert study.inequivalent == 6
    assert groups["Fm-3m"] == 2
    assert any("same electrostatic energy" in note for note in study.notes)


def test_layered_parent_and_multivalent_cations() -> None:
    layered = ordering_space(resolve("Na4OI2"), ((1, 0, 0), (0, 1, 0), (0, 0, 1)))
    assert layered.group.parent_spacegroup == "I4/mmm (139)"
    iron = study_orderings(resolve("Li2FeOS"), CHAIN, top=1)
    assert iron.orderings[0].electrostatic.value is not None


def test_first_stops_and_says_so() -> None:
    study = study_orderings(resolve("Li2OHCl"), CUBE, orient={"OH": ["100"]}, first=50, top=2)
    assert (study.enumerated, study.complete) == (50, False)
    assert any("only the first 50" in note for note in study.notes)
    assert study.inequivalent == 3_246_090_668


@pytest.mark.parametrize(
    ("formula", "matrix", "options", "kind", "words"),
    [
        ("Li2OHCl", "2x2x2", {"orient": {"OH": ["100"]}}, OptionError, "3,246,090,668 inequivalent"),
        ("Li3OCl0.5Br0.5", "3x1x1", {}, StructureError, "1.5 Cl on A"),
        ("Li2(OH)0.9F0.1Cl", "2x2x2", {}, StructureError, "multiple of 10"),
        ("Li3OCl", "9x9x9", {}, StructureError, "limit is 64"),
        ("Li3OCl", "2x1x1", {"orient": {"OH": ["100"]}}, OptionError, "no ion 'OH'"),
        ("Li3OCl", "2x1x1", {"orient": {"Cl": ["100"]}}, OptionError, "single atom"),
        ("Li2OHCl", "2x1x1", {"orient": {"OH": ["123"]}}, OptionError, "no orientation '123'"),
        ("Li3OCl", "2x1x1", {"enforce_rule": True}, OptionError, "needs empty X sites"),
        ("Li3OCl", "2x1x1", {"top": 0}, OptionError, "1 or more"),
        ("Li3OCl", "2x1x1", {"lattice_a": 99.0}, OptionError, "between 2 and 12"),
    ],
)
def test_bad_input_is_one_line(formula: str, matrix: str, options: dict[str, object], kind: type, words: str) -> None:
    with pytest.raises(kind, match=words) as caught:
        study_orderings(resolve(formula), parse_supercell(matrix), **options)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "2x2", "axbxc", "0x1x1", "1,0,0,0,1,0", "1,1,1,1,1,1,1,1,1", "1,0,0;0,1,0;0,0,-1"]
)
def test_bad_supercells(text: str) -> None:
    with pytest.raises(OptionError):
        parse_supercell(text)


@pytest.mark.parametrize(
    ("occupations", "words"),
    [
        ({"X": {"Li": 5}}, "5 ions for 6 sites"),
        ({"Q": {"Li": 5}}, "no sublattice 'Q'"),
        ({"X": {"Li": 7, "vacancy": -1}}, "not negative"),
    ],
)
def test_bad_occupations(occupations: dict[str, dict[str, int]], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        make_problem(supercell_group(PARENT, CHAIN), occupations)


def test_incomplete_families_and_charged_cells_are_refused() -> None:
    group = supercell_group(PARENT, CHAIN)
    with pytest.raises(StructureError, match="whole family"):
        make_problem(group, {"B": {"OH": 2}}, {"OH": HYDROXIDE[:3]})
    problem = make_problem(group, {"X": {"Li": 5, "vacancy": 1}, "B": {"O": 2}, "A": {"Cl": 2}})
    charges = {"Li": (1.0,), "O": (-2.0,), "Cl": (-1.0,)}
    with pytest.raises(StructureError, match="charge of -1"):
        electrostatic_energies(problem, enumerate_orderings(problem), charges, {"X": {"Li": 5}, "B": {"O": 2}, "A": {}})
