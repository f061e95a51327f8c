"""Disordered supercells: composition, Pauling's rule, hydroxides at vacancies, refusals."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiperovskite.composition import resolve
from antiperovskite.errors import OptionError, StructureError
from antiperovskite.structures.model import StructureModel
from antiperovskite.structures.scattered import scatter


def neighbours(model: StructureModel, of: str, near: str, within: float) -> list[int]:
    """Number of neighbours of one element around each atom of another."""
    structure = model.to_pymatgen()
    found = structure.get_all_neighbors(within)
    return [
        sum(other.specie.symbol == near for other in found[i])
        for i, site in enumerate(structure)
        if site.specie.symbol == of
    ]


@given(seed=st.integers(0, 1000), times=st.sampled_from([(2, 2, 2), (2, 3, 2)]))
@settings(max_examples=8, deadline=None)
def test_the_composition_is_kept_and_every_octahedron_stays_near_the_mean(
    seed: int, times: tuple[int, int, int]
) -> None:
    model = scatter(resolve("Li2OHCl"), times, seed=seed)
    n = times[0] * times[1] * times[2]
    assert Counter(model.to_pymatgen().labels) == {"Li": 2 * n, "O": n, "H": n, "Cl": n}
    around = neighbours(model, "O", "Li", 2.4)
    assert sum(around) == 4 * n
    assert np.var(around) < 0.5  # dealt out at random it is 3/2 * 1/3 * 2/3 * 6 = 4/3


def test_cations_of_two_kinds_share_every_octahedron() -> None:
    model = scatter(resolve("Li2NaOCl"), (3, 3, 3), seed=3)
    around = neighbours(model, "O", "Na", 2.5)
    assert len(around) == 27
    assert sum(around) == 54
    assert np.var(around) < 0.5


def test_every_hydroxide_points_at_an_empty_site() -> None:
    structure = scatter(resolve("Li2OHCl"), (3, 3, 3), seed=1).to_pymatgen()
    lithium = [site for site in structure if site.specie.symbol == "Li"]
    for hydrogen in (site for site in structure if site.specie.symbol == "H"):
        # an occupied site in front of it would be 1 angstrom away
        assert min(hydrogen.distance(site) for site in lithium) > 1.9


def test_seeds_choose_the_cell() -> None:
    first, again, other = (scatter(resolve("Li2OHCl"), (2, 2, 2), seed=seed) for seed in (4, 4, 5))
    assert first.structure == again.structure
    assert first.structure != other.structure


@pytest.mark.parametrize(
    ("formula", "times", "error", "said"),
    [
        ("Li3OCl", (2, 2, 2), StructureError, "nothing to scatter"),
        ("Li2OHCl", (0, 2, 2), OptionError, "not allowed"),
        ("Li2OHCl", (9, 9, 9), OptionError, "up to 512"),
        ("Li2.5Na0.5OCl", (1, 1, 1), OptionError, "whole ions"),
        ("Na4OI2", (2, 2, 2), StructureError, "nothing to scatter"),
    ],
)
def test_what_cannot_be_scattered_is_refused(
    formula: str, times: tuple[int, int, int], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        scatter(resolve(formula), times)
