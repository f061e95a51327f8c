"""Ideal mixing against exact counting."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.constants import Boltzmann, electron_volt

from antiperovskite.composition import resolve
from antiperovskite.errors import OptionError
from antiperovskite.stability.thermal.mixing import (
    DisorderedSite,
    disordered_sites,
    mixing_entropy,
    mixing_free_energy,
)

K = Boltzmann / electron_volt


def counted(total: int, *species: int) -> float:
    """ln of the number of ways to put these many of each species on ``total`` sites, per site."""
    ways = math.lgamma(total + 1) - sum(math.lgamma(n + 1) for n in species)
    return ways / total


@pytest.mark.parametrize("ions", [(1, 1), (1, 2), (3, 1, 4)])
def test_entropy_is_the_limit_of_counting_arrangements(ions: tuple[int, ...]) -> None:
    total = sum(ions)
    fractions = {str(i): n / total for i, n in enumerate(ions)}
    exact = [counted(total * size, *(n * size for n in ions)) for size in (10**3, 10**6)]
    ideal = mixing_entropy([DisorderedSite("A", 1.0, fractions)]) / K
    assert ideal > exact[1] > exact[0]
    assert ideal == pytest.approx(exact[1], abs=2e-5)


def test_vacancies_count_as_a_species() -> None:
    third = DisorderedSite("X", 3.0, {"Li": 2 / 3})
    assert third.entropy_in_k() == pytest.approx(-3 * (2 / 3 * math.log(2 / 3) + 1 / 3 * math.log(1 / 3)))


def test_formulas_give_their_sites() -> None:
    assert mixing_entropy(disordered_sites(resolve("Li3OCl"))) == 0.0
    mixed = mixing_entropy(disordered_sites(resolve("Li3OCl0.5Br0.5")))
    assert mixed == pytest.approx(K * math.log(2))
    hydroxide = mixing_entropy(disordered_sites(resolve("Li2OHCl")))
    assert hydroxide == pytest.approx(K * (3 * math.log(3) - 2 * math.log(2)))


def test_both_halves_of_a_doubled_formula_count() -> None:
    single = mixing_entropy(disordered_sites(resolve("Li3OCl0.5Br0.5")))
    doubled = mixing_entropy(disordered_sites(resolve("Li6O2ClBr")))
    assert doubled == pytest.approx(2 * single)


def test_orientations_add_k_ln_w_for_each_cluster() -> None:
    assert mixing_entropy([], {"OH": (2.0, 6)}) == pytest.approx(2 * K * math.log(6))
    assert mixing_entropy([], {"OH": (1.0, 1)}) == 0.0


@given(x=st.floats(0.0, 1.0), temperature=st.floats(0.0, 2000.0))
def test_mixing_never_costs_and_is_largest_at_one_half(x: float, temperature: float) -> None:
    value = mixing_free_energy([DisorderedSite("A", 1.0, {"Cl": x, "Br": 1.0 - x})], temperature).value
    assert -K * temperature * math.log(2) - 1e-12 <= value <= 0.0


def test_the_result_says_that_it_is_a_bound() -> None:
    result = mixing_free_energy(disordered_sites(resolve("Li2OHCl")), 600.0, {"OH": (1.0, 6)})
    assert result.uncertainty is None
    assert "the true entropy is smaller" in result.method
    assert "X x 3" in result.source and "OH with 6 orientations" in result.source


@pytest.mark.parametrize(
    ("site", "temperature", "orientations"),
    [
        (DisorderedSite("A", 1.0, {"Cl": 0.7, "Br": 0.5}), 300.0, None),
        (DisorderedSite("A", 1.0, {"Cl": -0.1}), 300.0, None),
        (DisorderedSite("A", -1.0, {"Cl": 1.0}), 300.0, None),
        (DisorderedSite("A", 1.0, {"Cl": float("nan")}), 300.0, None),
        (DisorderedSite("A", 1.0, {"Cl": 1.0}), -1.0, None),
        (DisorderedSite("A", 1.0, {"Cl": 1.0}), 300.0, {"OH": (1.0, 0)}),
        (DisorderedSite("A", 1.0, {"Cl": 1.0}), 300.0, {"OH": (-1.0, 2)}),
    ],
)
def test_impossible_input_is_refused(
    site: DisorderedSite, temperature: float, orientations: dict[str, tuple[float, int]] | None
) -> None:
    with pytest.raises(OptionError):
        mixing_free_energy([site], temperature, orientations)
