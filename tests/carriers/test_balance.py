"""Who carries the current: shares, their errors, what is missing, and the figure."""

from __future__ import annotations

from functools import cache
from math import exp, log, log10

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from antiperovskite.carriers.balance import CARRIERS, CarrierBalance, carrier_balance, share_of
from antiperovskite.composition import resolve
from antiperovskite.defects.equilibrium import Conditions, DefectInput, Reaction, concentrations
from antiperovskite.defects.equilibrium.inputs import DefectSites
from antiperovskite.errors import OptionError
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.report.balance_chart import balance_figure
from antiperovskite.units import BOLTZMANN_EV_PER_K


def eV(value, uncertainty=None):
    return Quantity(value=value, uncertainty=uncertainty, unit="eV", method="test", source="test")


BOTH = {"vacancy": eV(0.3, 0.02), "interstitial": eV(0.15, 0.02)}


@cache
def equilibria(uncertainty=0.05, water=(), frenkel=1.8):
    """Schottky pairs, Frenkel pairs, and protons where there is water."""

    def reaction(name, defects, energy, **more):
        return Reaction(name=name, defects=defects, energy=eV(energy, uncertainty), **more)

    reactions = [
        reaction("Schottky", {"V_Li": 1, "V_Cl": 1}, 1.2, products={"LiCl": 1}),
        reaction("Frenkel", {"V_Li": 1, "Li_i": 1}, frenkel),
    ]
    if water:
        reactions += [
            reaction("hydration", {"(OH)_O": 1, "V_Li": 1}, 0.3, reactants={"H2O": 1}, products={"LiOH": 1}),
            reaction("formation", {}, 0.06, reactants={"Li2O": 1, "LiCl": 1}, products={"Li3OCl": 1}),
        ]
    data = DefectInput(
        source="test numbers", computed=False, reactions=tuple(reactions),
        defects={"Li_i": DefectSites(multiplicity=3.0), "(OH)_O": DefectSites(multiplicity=6.0)},
    )  # fmt: skip
    points = [Conditions(temperature_K=T) for T in (500.0, 800.0)]
    if water:
        points = [Conditions(temperature_K=T, p_water_bar=p) for T in (600.0, 800.0) for p in water]
    axis = "p_water" if water else "temperature"
    return concentrations(resolve("Li3OCl"), data, points, axis=axis, samples=100)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.floats(1e-9, 1e-2), st.floats(1e-9, 1e-2), st.floats(0, 1), st.floats(0, 1), st.floats(300, 1200))
def test_shares_sum_to_one_and_depend_on_differences_of_barriers(a, b, e1, e2, T):
    shares = share_of({"x": a, "y": b}, {"x": e1, "y": e2}, T)
    assert sum(shares.values()) == pytest.approx(1.0)
    shifted = share_of({"x": a, "y": b}, {"x": e1 + 0.3, "y": e2 + 0.3}, T)
    assert shifted["x"] == pytest.approx(shares["x"], rel=1e-9)
    if 0.01 < shares["x"] < 0.99:
        assert log(shares["x"] / shares["y"]) == pytest.approx(
            log(a / b) - (e1 - e2) / (BOLTZMANN_EV_PER_K * T), abs=1e-6
        )


def test_shares_follow_from_amounts_and_barriers():
    found = carrier_balance(equilibria(), BOTH)
    for one, point in zip(found.points, equilibria().points, strict=True):
        amounts = {k: one.concentrations[k].value for k in BOTH}
        expected = share_of(amounts, {k: q.value for k, q in BOTH.items()}, one.temperature.value)
        assert one.shares["vacancy"].value == pytest.approx(expected["vacancy"])
        assert one.shares["vacancy"].value + one.shares["interstitial"].value == pytest.approx(1.0)
        assert one.log10_ratios["vacancy"].value == pytest.approx(log10(expected["vacancy"] / expected["interstitial"]))
        assert one.number_shares["vacancy"].value == pytest.approx(point.carriers.vacancy_share.value)
        assert one.shares["proton"].method == "no proton is among the defects"


def test_errors_are_those_of_the_logarithm_and_intervals_stay_between_none_and_all():
    found = carrier_balance(equilibria(), BOTH)
    for one in found.points:
        kT = BOLTZMANN_EV_PER_K * one.temperature.value
        amounts = sum(one.log10_concentrations[k].uncertainty for k in BOTH)
        barriers = (0.02**2 + 0.02**2) ** 0.5 / kT / log(10.0)
        ratio = one.log10_ratios["vacancy"]
        assert ratio.uncertainty == pytest.approx((amounts**2 + barriers**2) ** 0.5)
        for name in BOTH:
            interval, share = one.intervals68[name], one.shares[name]
            assert 0.0 <= interval.low < share.value < interval.high <= 1.0
            assert share.uncertainty == pytest.approx((interval.high - interval.low) / 2.0)
    # 1 meV more on a barrier moves the logarithm by 1 meV / kT, as the error says
    moved = carrier_balance(equilibria(), BOTH | {"vacancy": eV(0.301, 0.02)})
    change = moved.points[0].log10_ratios["vacancy"].value - found.points[0].log10_ratios["vacancy"].value
    assert change == pytest.approx(-0.001 / (BOLTZMANN_EV_PER_K * 500.0) / log(10.0), rel=1e-6)


def test_what_has_no_error_is_said():
    exact = carrier_balance(equilibria(), BOTH | {"interstitial": eV(0.15)}).points[0].shares["vacancy"]
    assert exact.uncertainty is not None
    assert "not in the uncertainty: barrier of interstitial, which has none" in exact.method
    none = carrier_balance(equilibria(uncertainty=None), BOTH).points[0]
    assert none.shares["vacancy"].uncertainty is None and none.intervals68 == {}
    assert "energies have none" in none.shares["vacancy"].method


def test_protons_carry_more_where_there_is_more_water():
    study = equilibria(water=(1e-6, 1e-4))
    found = carrier_balance(study, {**BOTH, "proton": eV(0.3, 0.05)})
    shares = [point.shares["proton"].value for point in found.points]
    assert shares[0] < shares[1] and shares[2] < shares[3]
    for point in found.points:
        assert sum(point.shares[name].value for name in CARRIERS) == pytest.approx(1.0)
        free = next(s for p in study.points if p.temperature == point.temperature and p.p_water == point.p_water
                    for s in p.species if s.name == "(OH)_O")  # fmt: skip
        assert point.concentrations["proton"].value == pytest.approx(free.concentration.value)
    figure = balance_figure(found)
    assert len(figure["data"]) == 6 and {trace["line"]["dash"] for trace in figure["data"]} == {"solid", "dash"}
    assert figure["layout"]["xaxis"]["type"] == "log"
    assert figure["data"][2]["name"] == "protons, 600 K" and figure["data"][2]["x"] == [1e-6, 1e-4]
    # nobody computed how fast protons go, and they are many: nothing is said of the others either
    unknown = carrier_balance(study, BOTH).points[1]
    assert "no barrier of the proton" in unknown.shares["vacancy"].method
    assert "could matter" in unknown.shares["vacancy"].method


def test_a_carrier_without_a_barrier_makes_shares_unknown_only_where_it_could_matter():
    few = carrier_balance(equilibria(), {"vacancy": eV(0.0, 0.0)})
    assert few.points[0].shares["vacancy"].value == pytest.approx(1.0)  # 500 K: too few interstitials to matter
    many = carrier_balance(equilibria(), {"vacancy": eV(0.6, 0.0)})
    assert isinstance(many.points[0].shares["vacancy"], NotComputed)
    assert "interstitial" in many.points[0].shares["vacancy"].method


def test_without_barriers_the_figure_is_of_numbers_and_without_numbers_there_is_a_reason():
    numbers = carrier_balance(equilibria(), {})
    assert all("no barrier of the vacancy" in p.shares["vacancy"].method for p in numbers.points)
    figure = balance_figure(numbers)
    assert "of the carriers" in figure["layout"]["yaxis"]["title"]["text"]
    assert [trace["name"] for trace in figure["data"]] == ["Li vacancies", "Li interstitials"]
    none = balance_figure(numbers.model_copy(update={"points": ()}))
    assert isinstance(none, NotComputed) and none.method == "no point was computed"


def test_it_comes_back_from_json():
    found = carrier_balance(equilibria(), BOTH)
    assert CarrierBalance.model_validate_json(found.model_dump_json()) == found


def test_rare_carriers_do_not_vanish():
    found = carrier_balance(equilibria(frenkel=9.0), BOTH).points[0]
    ratio = found.log10_ratios["interstitial"].value
    assert ratio < -60.0 and found.shares["interstitial"].value == pytest.approx(exp(ratio * log(10.0)))


@pytest.mark.parametrize("barriers", [{"electron": eV(0.1)}, {"vacancy": eV(-0.1)}])
def test_barriers_of_something_else_are_refused(barriers):
    with pytest.raises(OptionError):
        carrier_balance(equilibria(), barriers)
