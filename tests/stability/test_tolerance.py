"""Tolerance factors: hand-computed values, published ranges, uncertainties, and what is not defined."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiperovskite.composition import resolve
from antiperovskite.errors import ChargeBalanceError, FormulaError
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.stability.factors import (
    bartel_tau,
    bartel_tau_gradient,
    goldschmidt,
    goldschmidt_gradient,
    octahedral_factor,
    octahedral_gradient,
)
from antiperovskite.stability.model import Tolerance
from antiperovskite.stability.tolerance import tolerance

radius = st.floats(0.3, 4.0)


def values(result):
    return {
        "t": result.goldschmidt.thermochemical.value,
        "t_shannon": result.goldschmidt.shannon.value,
        "mu": result.octahedral.value,
        "tau": result.tau.value,
    }


# --- formulas ---------------------------------------------------------------------------------------------------


def test_touching_spheres_of_the_ideal_cube_give_one():
    a = 4.0  # X on the edge centres of B at the corner: r_B + r_X = a/2, r_A + r_X = a/sqrt(2)
    r_X = 0.7
    assert goldschmidt(a / math.sqrt(2) - r_X, a / 2 - r_X, r_X) == pytest.approx(1.0, abs=1e-15)


def test_bartel_tau_has_its_published_minimum_at_e():
    # x/ln(x) is smallest at x = e, so tau is stationary there for r_X fixed
    by_A, _, _ = bartel_tau_gradient(math.e, 1.0, 0.5, 1.0)
    assert by_A == pytest.approx(0.0, abs=1e-12)
    assert bartel_tau(math.e, 1.0, 0.5, 1.0) == pytest.approx(0.5 - 1.0 + math.e)


def test_bartel_tau_of_calcium_titanate():
    # Shannon radii Ca (XII) 1.34, Ti (VI) 0.605, O 1.40, n_A = 2: a perovskite, below 4.18
    by_hand = 1.40 / 0.605 - 2 * (2 - (1.34 / 0.605) / math.log(1.34 / 0.605))
    assert bartel_tau(1.34, 0.605, 1.40, 2) == pytest.approx(by_hand)
    assert by_hand < 4.18


@given(a=radius, b=radius)
def test_bartel_tau_is_undefined_unless_a_is_larger(a, b):
    assert math.isnan(bartel_tau(a, b, 0.76, 1.0)) == (a <= b)


def slope(function, arguments, index, h=1e-6):
    up, down = list(arguments), list(arguments)
    up[index] += h
    down[index] -= h
    return (function(*up) - function(*down)) / (2 * h)


@given(a=radius, b=radius, x=radius)
def test_gradients_match_finite_differences(a, b, x):
    for index, derivative in enumerate(goldschmidt_gradient(a, b, x)):
        assert derivative == pytest.approx(slope(goldschmidt, (a, b, x), index), rel=1e-5, abs=1e-6)
    for index, derivative in enumerate(octahedral_gradient(b, x)):
        assert derivative == pytest.approx(slope(octahedral_factor, (b, x), index), rel=1e-5, abs=1e-5)
    wide = b * (1.2 + a)
    for index, derivative in enumerate(bartel_tau_gradient(wide, b, x, 2.0)):
        assert derivative == pytest.approx(slope(bartel_tau, (wide, b, x, 2.0), index), rel=1e-4, abs=1e-4)


@given(a=radius, b=radius, x=radius, scale=st.floats(0.1, 10.0))
def test_factors_depend_on_ratios_only(a, b, x, scale):
    assert goldschmidt(scale * a, scale * b, scale * x) == pytest.approx(goldschmidt(a, b, x))
    assert octahedral_factor(scale * b, scale * x) == pytest.approx(octahedral_factor(b, x))


# --- compositions -----------------------------------------------------------------------------------------------


def test_li3ocl_by_hand():
    result = tolerance("Li3OCl")
    # Shannon: Li (VI) 0.76, O (VI) 1.40, Cl (VI) 1.81; thermochemical (perspective, Table 1): O 1.41/1.49, Cl 1.68/1.72
    assert result.goldschmidt.shannon.value == pytest.approx((1.81 + 0.76) / (math.sqrt(2) * 2.16))
    t = (1.70 + 0.76) / (math.sqrt(2) * (1.45 + 0.76))
    by_A, by_B = 1 / (math.sqrt(2) * 2.21), t / 2.21
    thermochemical = result.goldschmidt.thermochemical
    assert thermochemical.value == pytest.approx(t)
    assert thermochemical.uncertainty == pytest.approx(math.hypot(by_A * 0.02, by_B * 0.04))
    assert result.octahedral.value == pytest.approx(1.40 / 0.76)
    ratio = 1.81 / 1.40
    assert result.tau.value == pytest.approx(0.76 / 1.40 - 1 + ratio / math.log(ratio))


def test_shannon_numbers_say_why_they_have_no_uncertainty():
    result = tolerance("Li3OCl")
    for quantity in (result.goldschmidt.shannon, result.octahedral, result.tau):
        assert quantity.uncertainty is None
        assert "Shannon's table gives none" in quantity.method


def test_one_published_radius_means_no_uncertainty_with_the_reason():
    thermochemical = tolerance("Li3HTe").goldschmidt.thermochemical
    assert isinstance(thermochemical, Quantity)
    assert thermochemical.uncertainty is None
    assert "Te has one published radius" in thermochemical.method


@pytest.mark.parametrize("formula", ["Li3OCl", "Li3OBr", "Na3OCl", "Na3OBr", "Li2OHCl", "Na3OBH4", "Na3ONO2", "Li3HS"])
def test_synthesised_compositions_lie_in_the_range_of_figure_2(formula):
    place = tolerance(formula).map_position
    assert 0.75 < place.goldschmidt.value < 0.90
    assert place.region.startswith("inside 0.75 < t < 0.9 with B =")
    assert place.a_site_radius.unit == "angstrom"


@pytest.mark.parametrize(("formula", "said"), [("Na3FSO4", "above"), ("Li3SBF4", "B = S is not among")])
def test_compositions_off_the_map_say_so(formula, said):
    assert said in tolerance(formula).map_position.region


def test_other_cations_are_marked_as_outside_the_map():
    assert "drawn for Li and Na" in tolerance("Ag3SI").map_position.region


@pytest.mark.parametrize("formula", ["Na3OBH4", "Li3HS"])
def test_clusters_and_hydride_have_no_shannon_factor_but_a_thermochemical_one(formula):
    result = tolerance(formula)
    assert isinstance(result.goldschmidt.shannon, NotComputed)
    assert isinstance(result.tau, NotComputed)
    assert "no Shannon radius" in result.goldschmidt.shannon.method
    assert isinstance(result.goldschmidt.thermochemical, Quantity)
    assert isinstance(result.tau_thermochemical, Quantity)
    assert any("only the thermochemical scale" in note for note in result.notes)


def test_scales_are_never_mixed():
    result = tolerance("Na3OBH4")
    assert isinstance(result.octahedral, Quantity)  # O and Na have Shannon radii
    assert "shannon anion radii" in result.octahedral.method
    assert "thermochemical anion radii" in result.octahedral_thermochemical.method


def test_mixed_site_is_the_weighted_mean():
    ends = [tolerance(formula).map_position.a_site_radius.value for formula in ("Li3OCl", "Li3OBr")]
    mixed = tolerance("Li3OCl0.5Br0.5").map_position.a_site_radius
    assert mixed.value == pytest.approx(sum(ends) / 2)
    assert mixed.uncertainty == pytest.approx(math.hypot(0.5 * 0.02, 0.5 * 0.01))


def test_vacancies_are_left_out_of_the_mean_and_noted():
    full, vacant = tolerance("Li3OCl"), tolerance("Li2OHCl")
    used = {row.ion: row for row in vacant.radii}
    assert used["Li"].shannon.value == {row.ion: row for row in full.radii}["Li"].shannon.value
    assert any("empty X sites" in note for note in vacant.notes)


def test_an_ion_on_two_sites_counts_once_in_the_uncertainty():
    # S on B and (by hand) on A: fully correlated, so t moves with dt/dr_A + dt/dr_B
    formula = resolve("Li3OCl").model_copy(update={"formula": "Li4S2", "given": "Li4S2"})
    formula = formula.model_copy(update={"sites": formula.sites.model_copy(update={"B": {"S": 1.0}, "A": {"S": 1.0}})})
    t = tolerance(formula).goldschmidt.thermochemical
    by_A, by_B, _ = goldschmidt_gradient(1.90, 1.90, 0.76)
    assert t.uncertainty == pytest.approx(abs(by_A + by_B) * 0.01)


def test_tau_is_not_computed_where_a_is_not_larger():
    formula = resolve("Na3OBr")
    swapped = formula.model_copy(update={"sites": formula.sites.model_copy(update={"B": {"S": 1.0}, "A": {"F": 1.0}})})
    tau = tolerance(swapped).tau
    assert isinstance(tau, NotComputed)
    assert "r_A > r_B" in tau.method and "1.330" in tau.method


def test_metal_charge_decides_its_radius():
    used = {row.ion: row for row in tolerance("Li2FeOS").radii}
    assert used["Fe"].charge == 2
    assert used["Fe"].shannon.value == pytest.approx(0.78)  # Shannon, Fe2+ (VI), high spin
    assert "high spin" in used["Fe"].shannon.method


def test_low_dimensional_networks_are_noted():
    assert any("1D" in note for note in tolerance("Li5OCl3").notes)


def test_unverified_radii_are_flagged_wherever_they_enter():
    flagged = tolerance("Na3O(NH2)")
    assert any("unverified radii" in note and "NH2" in note for note in flagged.notes)
    assert "unverified radii of NH2" in flagged.goldschmidt.thermochemical.method


def test_assumptions_name_roles_coordination_and_limits():
    text = " ".join(tolerance("Li3OCl").assumptions)
    for said in ("six-coordinate", "vacancies", "mu = r_B / r_X", "4.18", "n_A", "r_A > r_B"):
        assert said in text


def test_result_is_json_and_every_citation_is_known():
    from antiperovskite.citations import Citations

    for formula in ("Li3OCl", "Na3OBH4", "Li2FeOS"):
        result = tolerance(formula)
        assert Tolerance.model_validate_json(result.model_dump_json()) == result
        used = Citations()
        used.collect(result)
        assert {"goldschmidt1926", "shannon1976", "bartel2019"} <= set(used.keys)


def test_given_text_or_resolved_formula_makes_no_difference():
    assert tolerance("Li2OHCl") == tolerance(resolve("Li2OHCl"))


@given(multiple=st.integers(1, 4))
def test_formula_units_do_not_matter(multiple):
    one = values(tolerance("Li3OCl"))
    many = values(tolerance(f"Li{3 * multiple}O{multiple}Cl{multiple}"))
    assert many == pytest.approx(one)


@pytest.mark.parametrize("text", ["", "Li3", "Li3OCl2", "Qq3OCl", "((", "A" * 10_000])
def test_bad_formulas_are_formula_errors(text):
    with pytest.raises(FormulaError) as caught:
        tolerance(text)
    assert "\n" not in str(caught.value)


def test_charged_formula_is_refused():
    with pytest.raises(ChargeBalanceError, match=r"\+1"):
        tolerance(resolve("Li3OCl").model_copy(update={"charge": 1}))
