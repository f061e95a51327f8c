"""Published models of Li2OHCl: the data validate, groups are embedded right, averages have the reported symmetry."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiperovskite.errors import DataError, OptionError, StructureError
from antiperovskite.evidence.tables import structures
from antiperovskite.structures.check import check_structure
from antiperovskite.structures.published import published_model, published_models
from antiperovskite.structures.published.catalogue import _model
from antiperovskite.structures.published.embedding import embeddings
from antiperovskite.structures.published.enumeration import averages, realisations, shape_moves, shared
from antiperovskite.structures.published.grid import DIRECTIONS, Grid
from antiperovskite.structures.published.model import PublishedModel, Source
from antiperovskite.structures.published.rebuild import candidates, cubic_average, group_of_whole_sites, start
from antiperovskite.structures.published.snapshot import snapshot
from antiperovskite.structures.published.structure import average_spacegroup, averaged, realise

CUBIC = {"cubic-100": 6, "cubic-110": 12, "cubic-111": 8}
ORDERABLE = [model for model in published_models() if model.can_build and model.directions is None]
SMALL = [model for model in ORDERABLE if np.prod(model.repeats or ()) <= 4]


def test_every_row_of_table_3_is_one_model() -> None:
    rows = {row.id: row for row in structures()}
    found = published_models()
    assert len(found) == len(rows) + len(CUBIC)
    for model, row in zip(found, rows.values(), strict=False):
        assert model.space_group == row.space_group
        assert model.study == row.study
        assert (row.a is None) == (not model.can_build)


def test_a_study_without_a_cell_is_refused_with_the_reason() -> None:
    model = published_model("eilbracht")
    assert not model.can_build
    with pytest.raises(StructureError, match="neither a space group nor a lattice"):
        candidates(model)


@pytest.mark.parametrize("name", ["Table3:nonsense", "5", "", "Table3:"])
def test_an_unknown_id_is_refused_and_all_ids_named(name: str) -> None:
    with pytest.raises(OptionError) as caught:
        published_model(name)
    assert all(model.id in str(caught.value) for model in published_models())
    assert "\n" not in str(caught.value)


def test_a_near_miss_is_suggested_and_case_does_not_matter() -> None:
    with pytest.raises(OptionError, match="did you mean 'wang-pban'"):
        published_model("Table3:wang-pbam")
    assert published_model("table3:Wang-Pban").id == "wang-pban"


def test_radiations_follow_the_table() -> None:
    assert published_model("wang-pban").probes == ("xray", "neutron, deuterated")
    assert published_model("hanghofer-pban").probes == ("neutron",)
    assert published_model("howard-cmcm").probes == ()


def test_a_cell_that_is_not_the_stated_number_of_parent_cells_is_refused() -> None:
    rows = {row.id: row for row in structures()}
    wrong = Source(id="x", row="t3-01", repeats=(1, 1, 1), coordinates="not published")
    with pytest.raises(DataError, match="are not 1 parent cells"):
        _model(wrong, rows)
    with pytest.raises(DataError, match="no row"):
        _model(Source(id="x", row="t3-99", repeats=(1, 1, 1), coordinates="not published"), rows)


@pytest.mark.parametrize("repeats", [(1, 1, 1), (2, 1, 1), (1, 2, 2), (2, 2, 2)])
def test_the_grid_is_the_anti_perovskite(repeats: tuple[int, int, int]) -> None:
    grid = Grid(repeats)
    assert len(grid.X) == 3 * grid.cells == 3 * len(grid.B)
    counts = np.bincount(grid.facing.ravel(), minlength=len(grid.X))
    assert (counts == 2).all()  # every X is shared by two octahedra


def test_embedded_groups_are_groups() -> None:
    grid = Grid((2, 2, 1))
    for operations in embeddings("Pban", grid):
        assert len(operations) == 8
        moves = {(op.rotation, op.X) for op in operations}
        for one, two in product(operations, repeat=2):
            rotation = np.array(one.rotation) @ np.array(two.rotation)
            X = tuple(one.X[two.X[site]] for site in range(len(grid.X)))
            assert (tuple(map(tuple, rotation.tolist())), X) in moves


def test_groups_that_cannot_lie_in_the_parent_are_refused() -> None:
    with pytest.raises(StructureError, match="does not fit"):
        embeddings("P6/mmm", Grid((1, 1, 1)))
    with pytest.raises(StructureError, match="no space group"):
        embeddings("Pxyz", Grid((1, 1, 1)))


def test_p4mm_has_one_arrangement() -> None:
    """One empty site on the four-fold axis, OH along it: nothing else is possible in the five-atom cell."""
    found = candidates(published_model("howard-p4mm"))
    assert len(found) == 1
    assert found[0].exact
    assert found[0].average.ordered
    assert DIRECTIONS[found[0].choice[0]][:2] == (0, 0)


@pytest.mark.parametrize("model", SMALL, ids=lambda model: model.id)
def test_arrangements_obey_what_they_claim(model: PublishedModel) -> None:
    for candidate in candidates(model):
        average, grid = candidate.average, candidate.average.grid
        assert 3 * len(average.empty) == len(grid.X)
        for operation in average.operations:  # invariant under the reported group
            assert {operation.X[site] for site in average.empty} == average.empty
            for b, directions in enumerate(average.hydrogens):
                assert {operation.direction[d] for d in directions} == average.hydrogens[operation.B[b]]
        for b, directions in enumerate(average.hydrogens):
            assert {int(grid.facing[b, d]) for d in directions} <= average.empty
            assert candidate.choice[b] in directions


@pytest.mark.parametrize("model", ORDERABLE, ids=lambda model: model.id)
def test_starts_are_neutral_li2ohcl_in_the_reported_cell(model: PublishedModel) -> None:
    candidate = candidates(model)[0]
    built = start(model, candidate)
    assert built.formula == "Li2OHCl"
    structure = built.to_pymatgen()
    assert structure.composition.reduced_formula == "Li2HClO"
    np.testing.assert_allclose(structure.lattice.abc, model.lengths, rtol=1e-12)
    if candidate.exact:
        check_structure(built, coordination=None)


@pytest.mark.parametrize("model", ORDERABLE, ids=lambda model: model.id)
def test_averages_have_the_reported_space_group(model: PublishedModel) -> None:
    """On ideal sites where they can have it, after displacements that obey it where they cannot.

    Pban is the exception, see :func:`test_pban_needs_split_sites`: what obeys it has the supergroup Cmmm.
    """
    reachable = model.space_group if model.space_group in group_of_whole_sites(model) else "Cmmm"
    exact = False
    for candidate in candidates(model)[:6]:
        structure = averaged(candidate.average, start(model, candidate).to_pymatgen(), model.lengths)
        assert structure.composition.almost_equals(
            structure.composition.reduced_composition * candidate.average.grid.cells
        )
        if candidate.exact or candidate.average.ordered:
            assert average_spacegroup(structure)[0] == reachable
            exact = True
    assert exact


def test_pban_needs_split_sites() -> None:
    """Every position of Pban but the general one, 8m, is C-centred, and 8m puts two atoms on each of four sites."""
    unreachable = {model.id for model in ORDERABLE if model.space_group not in group_of_whole_sites(model)}
    assert unreachable == {"hanghofer-pban", "wang-pban"}
    assert set(group_of_whole_sites(published_model("wang-pban"))) == {"Cmmm"}
    with pytest.raises(StructureError, match="no ordered arrangements"):
        group_of_whole_sites(published_model("cubic-100"))


@pytest.mark.parametrize(("name", "ways"), CUBIC.items())
def test_cubic_averages(name: str, ways: int) -> None:
    structure = cubic_average(published_model(name))
    assert average_spacegroup(structure)[0] == "Pm-3m"
    assert structure.composition.reduced_formula == "Li2HClO"
    hydrogens = [site for site in structure if "H" in site.species]
    assert len(hydrogens) == ways
    oxygen = next(site for site in structure if "O" in site.species)
    lengths = {round(site.distance(oxygen), 6) for site in hydrogens}
    assert len(lengths) == 1


def test_cubic_and_ordered_models_are_not_mixed_up() -> None:
    with pytest.raises(StructureError, match="disordered cubic model"):
        candidates(published_model("cubic-100"))
    with pytest.raises(StructureError, match="no disordered cubic model"):
        cubic_average(published_model("wang-pban"))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_averaging_any_displacement_obeys_the_group(seed: int) -> None:
    """Averaging is a projection: averaged twice is averaged once, and the group of the result is the reported one."""
    model = published_model("barlage-pmma")
    candidate = candidates(model)[0]
    structure = realise(candidate.average, candidate.choice, model.lengths, what="x", source="y").to_pymatgen()
    rng = np.random.default_rng(seed)
    moved = structure.copy()
    for index in range(len(moved)):
        moved.translate_sites([index], rng.uniform(-0.02, 0.02, 3), frac_coords=True, to_unit_cell=False)
    once = averaged(candidate.average, moved, model.lengths)
    assert average_spacegroup(once)[0] == model.space_group


def test_realisations_differ_and_prefer_one_hydrogen_an_empty_site() -> None:
    grid = Grid((1, 1, 2))
    moves = shape_moves(grid, equal_axes=False)
    spread = next(
        average
        for operations in embeddings("Pmmm", grid)
        for average in averages(grid, operations)
        if all(len(directions) == 2 for directions in average.hydrogens)
    )
    found = realisations(spread, moves, 10)
    assert len(set(found)) == len(found) >= 2
    double = [shared(grid, choice) for choice in found]
    assert double == sorted(double)
    assert len(realisations(spread, moves, 1)) == 1


def test_an_atom_that_left_its_site_has_no_average() -> None:
    model = published_model("barlage-pmma")
    candidate = candidates(model)[0]
    structure = start(model, candidate).to_pymatgen()
    structure.translate_sites([0], [0.29, 0.5, 0.0], frac_coords=True)
    with pytest.raises(StructureError, match="left its site"):
        averaged(candidate.average, structure, model.lengths)


def test_snapshots_are_reproducible_and_give_each_oh_its_own_empty_site() -> None:
    one, again, other = snapshot(1), snapshot(1), snapshot(2)
    assert one == again != other
    check_structure(one, coordination=None)
    assert one.formula_units == 8
