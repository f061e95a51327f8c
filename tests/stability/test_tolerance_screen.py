"""Array kernels and screens: the same numbers as one by one, and charge balance."""

from __future__ import annotations

import math
from time import process_time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from antiperovskite.errors import OptionError, UnknownIonError
from antiperovskite.stability import factors, tolerance_kernel
from antiperovskite.stability.screening import composition_space, screen, screen_grid, simplex
from antiperovskite.stability.tolerance import tolerance

radii = arrays(np.float64, 6, elements=st.floats(0.3, 4.0))


@given(a=radii, b=radii, x=radii, n=st.sampled_from([1.0, 1.5, 2.0, 3.0]))
def test_arrays_and_floats_agree(a, b, x, n):
    found = tolerance_kernel.descriptors(a, b, x, n)
    for i in range(len(a)):
        assert found.goldschmidt[i] == pytest.approx(factors.goldschmidt(a[i], b[i], x[i]), rel=1e-12)
        assert found.octahedral[i] == pytest.approx(factors.octahedral_factor(b[i], x[i]), rel=1e-12)
        expected = factors.bartel_tau(a[i], b[i], x[i], n)
        assert found.tau[i] == pytest.approx(expected, rel=1e-6, nan_ok=True)


def test_site_mean_ignores_absent_ions_and_never_hides_a_missing_radius():
    mean = tolerance_kernel.site_mean([1.0, 2.0, math.nan], [[1, 1, 0], [0, 4, 0], [1, 0, 0.1], [0, 0, 0]])
    np.testing.assert_allclose(mean[:2], [1.5, 2.0])
    assert np.isnan(mean[2:]).all()


@pytest.mark.parametrize("scale", ["shannon", "thermochemical"])
@pytest.mark.parametrize(
    ("formula", "X", "B", "A"),
    [
        ("Li3OCl", {"Li": 3}, {"O": 1}, {"Cl": 1}),
        ("Li2OHCl", {"Li": 2}, {"OH": 1}, {"Cl": 1}),
        ("LiNa2OCl", {"Li": 1, "Na": 2}, {"O": 1}, {"Cl": 1}),
        ("Li3OCl0.5Br0.5", {"Li": 3}, {"O": 1}, {"Cl": 0.5, "Br": 0.5}),
        ("Na3OBH4", {"Na": 3}, {"O": 1}, {"BH4": 1}),
        ("Li3HS", {"Li": 3}, {"H": 1}, {"S": 1}),
    ],
)
def test_screen_gives_what_tolerance_gives(scale, formula, X, B, A):
    space = composition_space(["Li", "Na"], ["O", "OH", "H"], ["Cl", "Br", "S", "BH4"], scale)
    rows = [
        [[amounts.get(symbol, 0.0) for symbol in getattr(space, site).symbols]]
        for site, amounts in (("X", X), ("B", B), ("A", A))
    ]
    found = screen(space, *rows)
    single = tolerance(formula)
    one = getattr(single.goldschmidt, scale).value
    tau = (single.tau if scale == "shannon" else single.tau_thermochemical).value
    assert found.balanced[0] and found.charge[0] == 0.0
    assert found.goldschmidt[0] == pytest.approx(math.nan if one is None else one, nan_ok=True)
    assert found.tau[0] == pytest.approx(math.nan if tau is None else tau, nan_ok=True)


def test_charge_balance_is_the_sum_of_the_ions():
    space = composition_space(["Li", "Ca"], ["O", "N"], ["Cl", "S"])
    found = screen(space, [[3, 0], [2.75, 0.125], [3, 0]], [[1, 0], [1, 0], [0, 1]], [[1, 0], [1, 0], [0, 1]])
    np.testing.assert_allclose(found.charge, [0.0, 0.0, -2.0])
    assert found.balanced.tolist() == [True, True, False]


@given(parts=st.integers(1, 5), divisions=st.integers(1, 7))
def test_simplex_is_complete_and_without_repeats(parts, divisions):
    rows = simplex(parts, divisions)
    assert len(rows) == math.comb(divisions + parts - 1, parts - 1)
    assert len({tuple(row) for row in rows.tolist()}) == len(rows)
    np.testing.assert_allclose(rows.sum(axis=1), 1.0)


def test_grid_equals_explicit_rows():
    space = composition_space(["Li", "Na"], ["O", "OH"], ["Cl", "Br", "I"])
    grid = screen_grid(space, 6, 2, 3)
    shape = (len(grid.X), len(grid.B), len(grid.A))
    assert grid.screening.charge.shape == shape
    index = np.unravel_index(np.arange(math.prod(shape)), shape)
    flat = screen(space, grid.X[index[0]], grid.B[index[1]], grid.A[index[2]])
    for name in ("goldschmidt", "octahedral", "tau", "charge", "balanced"):
        np.testing.assert_allclose(getattr(grid.screening, name).ravel(), getattr(flat, name), equal_nan=True)


def test_grid_contains_the_known_materials():
    space = composition_space(["Li"], ["O", "OH"], ["Cl"])
    grid = screen_grid(space, 6, 2, 1)
    kept = {
        (float(grid.X[i, 0]), *grid.B[j].tolist()) for i, j, _ in zip(*np.nonzero(grid.screening.balanced), strict=True)
    }
    assert kept == {(3.0, 1.0, 0.0), (2.5, 0.5, 0.5), (2.0, 0.0, 1.0)}


def test_a_million_compositions_take_seconds():
    space = composition_space(["Li", "Na"], ["O", "OH", "H", "F", "S"], ["Cl", "Br", "I", "S", "Se", "BH4", "NO2"])
    start = process_time()
    grid = screen_grid(space, 12, 2, 6)
    assert grid.screening.charge.size > 1_000_000
    assert grid.screening.balanced.any()
    assert process_time() - start < 5.0


@pytest.mark.parametrize(
    ("X", "B", "A"),
    [([], ["O"], ["Cl"]), (["Li", "Li"], ["O"], ["Cl"]), (["Cl"], ["O"], ["Cl"]), (["Li"], ["Na"], ["Cl"])],
)
def test_impossible_spaces_are_refused(X, B, A):
    with pytest.raises(OptionError):
        composition_space(X, B, A)


def test_unknown_ions_are_named():
    with pytest.raises(UnknownIonError):
        composition_space(["Li"], ["O"], ["Zz"])


@pytest.mark.parametrize(
    "rows",
    [
        ([[3.0, 1.0]], [[1.0]], [[1.0]]),
        ([3.0], [[1.0]], [[1.0]]),
        ([[3.0], [3.0]], [[1.0]], [[1.0]]),
        ([[-1.0]], [[1.0]], [[1.0]]),
        ([[math.inf]], [[1.0]], [[1.0]]),
    ],
)
def test_amounts_that_do_not_fit_are_refused(rows):
    with pytest.raises(OptionError):
        screen(composition_space(["Li"], ["O"], ["Cl"]), *rows)


def test_grids_too_large_or_empty_are_refused():
    space = composition_space(["Li", "Na"], ["O", "OH", "H", "F"], ["Cl", "Br", "I", "BH4"])
    with pytest.raises(OptionError, match="fewer"):
        screen_grid(space, 100, 100, 100)
    with pytest.raises(OptionError, match="at least one"):
        screen_grid(space, 0, 1, 1)
