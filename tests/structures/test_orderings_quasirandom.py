"""Quasirandom structures: exact counting, the annealing's bookkeeping, a small cell's optimum by enumeration."""

from __future__ import annotations

import numpy as np
import pytest

from antiperovskite.composition import resolve
from antiperovskite.errors import OptionError, StructureError
from antiperovskite.structures.ordering import cubic_parent, enumerate_orderings
from antiperovskite.structures.ordering.correlations import neighbour_shells, pair_counts
from antiperovskite.structures.ordering.quasirandom import _mixed, anneal, deviation, quasirandom_structure
from antiperovskite.structures.ordering.space import ordering_space, parse_supercell

CUBE = ((2, 0, 0), (0, 2, 0), (0, 0, 2))


def test_coordination_numbers_of_the_parent() -> None:
    """A sites: 6, 12, 8 neighbours. X sites: 8 at a/sqrt 2; at a, 2 across B and 4 across a face are kept apart."""
    anions = neighbour_shells(cubic_parent(4.0), ((3, 0, 0), (0, 3, 0), (0, 0, 3)), ("A",), 3, 1e-3)
    assert anions.adjacency.sum(axis=2)[:, 0].tolist() == [6, 12, 8]
    assert np.allclose(anions.distance, [4.0, 4.0 * 2**0.5, 4.0 * 3**0.5])
    cations = neighbour_shells(cubic_parent(4.0), CUBE, ("X",), 2, 1e-3)
    assert sorted(cations.adjacency.sum(axis=2)[:, 0].tolist()) == [2, 4, 8]
    both = neighbour_shells(cubic_parent(4.0), CUBE, ("X", "B"), 1, 1e-3)
    assert both.pair == (("B", "B"), ("B", "X"), ("X", "X"))
    assert (both.adjacency == both.adjacency.swapaxes(1, 2)).all()


def test_annealing_finds_the_optimum_that_enumeration_finds() -> None:
    formula = resolve("Li2OHCl")
    space = ordering_space(formula, ((2, 0, 0), (0, 2, 0), (0, 0, 1)))
    mixed = _mixed(space, 3)
    found = enumerate_orderings(space.problem)
    rank = {int(site): index for index, site in enumerate(mixed.sites)}
    kinds = np.full((len(found), len(mixed.sites)), mixed.species.index("Li"))
    for row, points in enumerate(found.chosen[0]):
        kinds[row, [rank[int(space.problem.blocks[0].site[p])] for p in points]] = mixed.species.index("vacancy")
    scale = mixed.weight[:, None, None]
    every = deviation(mixed, pair_counts(mixed.shells.adjacency, np.eye(2)[kinds]))
    best, deviations, _ = anneal(mixed, steps=600, replicas=16, seed=3)
    assert sorted(best.tolist()) == sorted(mixed.start.tolist())
    assert (scale * deviations).sum() == pytest.approx((scale * every).sum(axis=(1, 2, 3)).min(), abs=1e-9)


def test_a_large_cell_matches_every_target_exactly() -> None:
    found = quasirandom_structure(resolve("Li3OCl0.5Br0.5"), parse_supercell("3x3x4"), shells=3)
    assert found.largest_deviation.value < 1e-9
    assert found.random_deviation.value > 0.01
    for shell in found.shells:
        assert shell.pairs["Cl-Br"] == pytest.approx((0.5, 0.5))
        assert sum(have for have, _ in shell.pairs.values()) == pytest.approx(1.0)
    structure = found.structure.to_pymatgen()
    assert structure.composition["Cl"] == structure.composition["Br"] == 18


def test_reported_pairs_are_those_of_the_structure() -> None:
    """Counted again by pymatgen in the structure that is handed out."""
    found = quasirandom_structure(resolve("Li3OCl0.5Br0.5"), CUBE, shells=2, steps=50, seed=1)
    structure = found.structure.to_pymatgen()
    for shell in found.shells:
        centres, neighbours, _, distances = structure.get_neighbor_list(shell.distance.value + 0.01)
        names = np.array([site.specie.symbol for site in structure])
        at = np.abs(distances - shell.distance.value) < 0.01
        here = at & np.isin(names[centres], ["Cl", "Br"]) & np.isin(names[neighbours], ["Cl", "Br"])
        mixed = names[centres[here]] != names[neighbours[here]]
        assert shell.pairs["Cl-Br"][0] == pytest.approx(mixed.mean())


def test_the_seed_decides() -> None:
    options = {"shells": 2, "steps": 40, "replicas": 4}
    formula, cell = resolve("Li2OHCl"), parse_supercell("3x2x2")
    first, again = (quasirandom_structure(formula, cell, seed=5, **options) for _ in range(2))
    other = quasirandom_structure(formula, cell, seed=6, **options)
    assert first == again
    assert first.structure.structure != other.structure.structure
    assert type(first).model_validate_json(first.model_dump_json()) == first


def test_cells_too_short_for_their_shells_say_so() -> None:
    found = quasirandom_structure(resolve("Li3OCl0.5Br0.5"), CUBE, shells=4, steps=20)
    assert any("own images" in note for note in found.notes)


@pytest.mark.parametrize(
    ("formula", "cell", "options", "kind", "words"),
    [
        ("Li3OCl", "2x2x2", {}, OptionError, "nothing to mix"),
        ("Li3OCl0.5Br0.5", "3x3x3", {}, StructureError, "13.5 Cl"),
        ("Li3OCl0.5Br0.5", "2x2x2", {"shells": 0}, OptionError, "0 shells"),
        ("Li3OCl0.5Br0.5", "9x9x9", {}, StructureError, "limit is 216"),
    ],
)
def test_bad_input(formula: str, cell: str, options: dict[str, int], kind: type, words: str) -> None:
    with pytest.raises(kind, match=words):
        quasirandom_structure(resolve(formula), parse_supercell(cell), **options)
