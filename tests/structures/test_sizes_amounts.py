"""Starting lengths, whole-ion cells and the bookkeeping of the parent lattice."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiperovskite.composition import resolve
from antiperovskite.errors import StructureError
from antiperovskite.ions import ion
from antiperovskite.structures.amounts import cell_content, smallest_formula_units
from antiperovskite.structures.check import ion_table
from antiperovskite.structures.parent import (
    COLUMNS,
    LAYERED,
    PRIMITIVE,
    ROCK_SALT,
    ROWS,
    ParentCell,
)
from antiperovskite.structures.sizes import ANION_EXCESS, cubic_parameter, estimated_radius, start_radius

MATRICES = (PRIMITIVE, LAYERED, ROCK_SALT, COLUMNS, ROWS)


@given(st.floats(0.5, 2), st.floats(0.5, 2))
def test_ideal_tolerance_factor_gives_both_contacts(r_X: float, r_B: float) -> None:
    r_A = math.sqrt(2) * (r_X + r_B) - r_X  # t = 1
    a = cubic_parameter(r_X, r_B, r_A)
    assert a == pytest.approx(2 * (r_X + r_B))
    assert a == pytest.approx(math.sqrt(2) * (r_X + r_A))


def test_anion_excess_is_what_the_ion_data_say() -> None:
    from ase.data import atomic_numbers, covalent_radii

    excess = [
        next(r.value for r in ion(s).radii if r.scale == "shannon" and r.coordination == 6)
        - covalent_radii[atomic_numbers[s]]
        for s in ("O", "S", "Se", "Te", "Cl", "Br", "I")
    ]
    assert statistics.mean(excess) == pytest.approx(ANION_EXCESS, abs=0.01)


@pytest.mark.parametrize("symbol", ["O", "S", "Cl", "I", "BH4", "BF4", "SO4", "NO2"])
def test_estimate_is_near_known_radii(symbol: str) -> None:
    assert estimated_radius(ion(symbol)) == pytest.approx(start_radius(ion(symbol), "A"), abs=0.2)


def test_cations_are_never_estimated() -> None:
    bare = ion("Li").model_copy(update={"radii": ()})
    with pytest.raises(StructureError, match="no radius is registered for the cation Li"):
        start_radius(bare, "X")


def test_high_spin_and_six_coordination_are_preferred() -> None:
    assert start_radius(ion("Li"), "X") == 0.76
    assert start_radius(ion("Fe"), "X") == 0.78  # high-spin Fe2+, six-coordinate


@pytest.mark.parametrize(
    ("formula", "units"), [("Li3OCl", 1), ("Li3OCl0.5Br0.5", 2), ("Li2.75Ca0.125OCl", 8), ("Li2(OH)0.9F0.1Cl", 10)]
)
def test_smallest_formula_units(formula: str, units: int) -> None:
    assert smallest_formula_units(resolve(formula)) == units


def test_vacancies_are_counted_into_the_cell() -> None:
    sites = resolve("Li2.5(OH)0.5Cl")
    content = cell_content(sites, ion_table(sites))
    assert (content.formula_units, content.octahedra, content.vacancies) == (2, 2, 1)
    assert [len(content.X), len(content.B), len(content.A)] == [5, 2, 2]


@pytest.mark.parametrize("matrix", MATRICES)
def test_every_x_site_joins_two_octahedra_and_every_octahedron_has_six(matrix: tuple) -> None:
    cell = ParentCell(matrix)
    cells, bonds = cell.cells(), cell.bonds()
    assert len(cells) == round(np.linalg.det(np.array(matrix)))  # right-handed, too
    assert cells[0] == (0, 0, 0)
    assert len(set(bonds)) == 3 * len(cells)
    uses = [end for bond in bonds for end in (cell.below(bond), bond[0])]
    assert all(uses.count(c) == 6 for c in cells)
    for c in cells:
        for axis in range(3):
            assert cell.below(cell.above(c, axis)) == c


@given(st.sampled_from(MATRICES), st.tuples(*[st.integers(-9, 9)] * 3), st.tuples(*[st.integers(-3, 3)] * 3))
def test_wrap_is_periodic(matrix: tuple, cell: tuple, times: tuple) -> None:
    parent = ParentCell(matrix)
    shifted = np.array(cell) + np.array(times) @ np.array(matrix)
    assert parent.wrap(tuple(int(x) for x in shifted)) == parent.wrap(cell)
    assert parent.wrap(cell) in parent.cells()
