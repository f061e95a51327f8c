"""Telling models apart: analytic limits, invariances, and the predicted power against simulated measurements."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from antiperovskite.diffraction import distinguish
from antiperovskite.diffraction.discrimination import expected_counts
from antiperovskite.diffraction.distinguish_model import Conditions, Distinguishability
from antiperovskite.diffraction.distinguish_words import duration, rounded
from antiperovskite.diffraction.expectation import Setting, expected
from antiperovskite.diffraction.nuisance import Family, closest, linear_fit
from antiperovskite.diffraction.profile import Resolution
from antiperovskite.diffraction.sources import Beam
from antiperovskite.errors import OptionError, StructureError
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.structures.average import average_cubic

FAST = {"step": 0.25, "two_theta": (15.0, 90.0), "strain": 0.003}


def cube(a=3.907, **changes):
    species = ["Li", "Li", "Li", "O", "Cl"]
    places = [[0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5], [0.5, 0.5, 0.5], [0, 0, 0]]
    return Structure(Lattice.cubic(a), [changes.get(kind, kind) for kind in species], places)


def wet(turn=0.18):
    return Structure(
        Lattice.cubic(3.9),
        ["Li", "Li", "O", "H", "Cl"],
        [[0.5, 0.5, 0], [0.5, 0, 0.5], [0.5, 0.5, 0.5], [0.5, 0.5 + turn, 0.5 + turn], [0, 0, 0]],
    )


def neutrons(step=0.05, wavelength=1.594, two_theta=(5.0, 170.0), **isotopes):
    grid = np.arange(*two_theta, step)
    return Setting("neutron", isotopes, Beam("n", ((wavelength, 1.0),), "test"), Resolution(0, 0, 0.09), grid)


def by_probe(result):
    return {item.probe: item for item in result.distinctions}


# --- absolute scale ---------------------------------------------------------------------------------------------


def test_bragg_scattering_of_many_lines_sums_to_the_coherent_cross_section():
    # a disordered cell at a short wavelength: the interference averages out, d sigma/d Omega -> sum b^2
    generator = np.random.default_rng(5)
    structure = Structure(Lattice.from_parameters(6.1, 6.6, 7.2, 83, 97, 103), ["Cl"] * 12, generator.random((12, 3)))
    model = expected("x", structure, neutrons(wavelength=0.5, two_theta=(40.0, 140.0)), 0.0)
    per_volume = 12 * 0.95792**2 / model.cell.volume  # barn per steradian and angstrom^3: b = 9.5792 fm
    assert model.bragg().mean() == pytest.approx(per_volume, rel=0.05)


def test_hydrogen_background_has_its_absolute_height():
    light = expected("H", wet(), neutrons(), 0.0)
    heavy = expected("D", wet(), neutrons(H="D"), 0.0)
    barn = 80.26 + 2 * 0.92 + 5.3
    assert light.flat == pytest.approx(barn / (4 * math.pi * 3.9**3), rel=0.01)
    assert heavy.flat < 0.15 * light.flat


def test_expected_counts_add_up():
    model = expected("H", wet(), neutrons(), 0.0)
    counts, bragg = expected_counts(model, Conditions(counts=3e5, background=0.7))
    assert counts.sum() == pytest.approx(3e5)
    assert np.all(counts > bragg)


# --- nuisance fit -----------------------------------------------------------------------------------------------


def test_the_fit_finds_scale_background_and_lattice_again():
    setting = neutrons(two_theta=(15.0, 110.0))
    family = Family(expected("x", cube(), setting, 0.05), 4, False)
    x = np.linspace(-1, 1, len(setting.grid))
    counts = 730.0 * family.model.bragg(0.0123) + 5.0 + 2.0 * x
    fit = closest(family, counts, np.ones_like(counts), (-0.02, 0.02))
    assert fit.strain == pytest.approx(0.0123, abs=2e-6)
    assert fit.chi2 < 1e-5 * float(counts @ counts)


def test_least_squares_by_hand():
    design = np.array([[1.0], [1.0]])
    chi2, fitted = linear_fit(design, np.array([1.0, 4.0]), np.array([1.0, 4.0]))
    assert fitted[0] == pytest.approx((1 / 1 + 4 / 4) / (1 + 1 / 4))
    assert chi2 == pytest.approx((1 - 1.6) ** 2 + (4 - 1.6) ** 2 / 4)


def test_derivative_by_temperature_factor():
    setting = neutrons(two_theta=(15.0, 110.0))
    warm = Setting(**{**vars(setting), "b_iso": 1e-4})
    change = expected("x", cube(), warm, 0.0).bragg() - expected("x", cube(), setting, 0.0).bragg()
    np.testing.assert_allclose(
        expected("x", cube(), setting, 0.0).bragg_and_slope()[:, 1], change / 1e-4, rtol=2e-4, atol=1e-12
    )


# --- predictions ------------------------------------------------------------------------------------------------


def test_one_model_twice_or_expanded_cannot_be_told_apart():
    # another lattice parameter changes form and Lorentz factors a little, which a million counts hardly show
    for other, most in ((cube(), 0.01), (cube() * (2, 1, 1), 0.01), (cube(3.92), 1.5)):
        result = distinguish({"a": cube(), "b": other}, Conditions(counts=1e6, **FAST))
        for item in result.distinctions:
            assert item.sigma.value < most
            assert most > 1 or item.chance.value == pytest.approx(0.5, abs=0.02)
        assert "cannot tell them apart" in result.findings[0]
    same = distinguish({"a": cube(), "b": cube()}, Conditions(counts=1e6, **FAST)).distinctions[0]
    assert isinstance(same.counts_needed, NotComputed)


def test_chi2_is_proportional_to_counts_and_the_counts_needed_give_the_sigma_asked_for():
    pair = {"dry": average_cubic("Li", "Cl", 3.9, 0.0), "wet": average_cubic("Li", "Cl", 3.9, 0.3)}
    one, ten = (distinguish(pair, Conditions(counts=counts, **FAST)) for counts in (1e5, 1e6))
    for probe, item in by_probe(one).items():
        assert by_probe(ten)[probe].chi2.value == pytest.approx(10 * item.chi2.value, rel=1e-6)
        needed = distinguish(pair, Conditions(counts=item.counts_needed.value, **FAST))
        assert by_probe(needed)[probe].sigma.value == pytest.approx(5.0, rel=1e-6)


def test_order_of_models_does_not_matter():
    first = distinguish({"a": cube(), "b": wet()}, Conditions(**FAST))
    second = distinguish({"b": wet(), "a": cube()}, Conditions(**FAST))
    for probe, item in by_probe(first).items():
        assert by_probe(second)[probe].chi2.value == pytest.approx(item.chi2.value, rel=1e-9)


def test_where_the_hydrogen_points_is_seen_by_neutrons_on_the_deuterated_sample():
    result = distinguish(
        {"here": wet(0.18), "there": wet(0.21)}, Conditions(counts=2e5, rates={"neutron": 500.0}, **FAST)
    )
    probes = by_probe(result)
    xray, light, heavy = (probes[name].counts_needed.value for name in ("xray", "neutron", "neutron, deuterated"))
    assert heavy < 0.5 * light and heavy < 0.1 * xray
    assert isinstance(probes["xray"].time_needed, NotComputed)
    assert isinstance(probes["neutron, deuterated"].time_needed, Quantity)
    assert probes["neutron"].time_needed.value == pytest.approx(light / 500.0)
    # the deuterated sample has no hydrogen background, so it counts more slowly in the same beam
    assert probes["neutron, deuterated"].time_needed.value > heavy / 500.0
    assert Distinguishability.model_validate_json(result.model_dump_json()) == result


def test_background_and_systematic_errors_make_it_harder():
    pair = {"a": cube(), "b": cube(Cl="Br")}

    def sigma(**more):
        return distinguish(pair, Conditions(counts=1e5, **FAST, **more)).distinctions[0].sigma.value

    assert sigma(background=5.0) < sigma() and sigma(systematic=0.05) < sigma()
    hidden = {"a": wet(0.18), "b": wet(0.185)}
    never = distinguish(hidden, Conditions(systematic=0.1, **FAST)).distinctions[0]
    assert isinstance(never.counts_needed, NotComputed) and "systematic" in never.counts_needed.method
    some = distinguish(pair, Conditions(counts=1e3, systematic=0.02, **FAST)).distinctions[0].counts_needed.value
    again = distinguish(pair, Conditions(counts=some, systematic=0.02, **FAST)).distinctions[0]
    assert again.sigma.value == pytest.approx(5.0, rel=0.05)


@pytest.mark.parametrize("radiation", ["xray", "neutron"])
def test_simulated_measurements_reproduce_the_predicted_power(radiation):
    # chi^2 near 1, 3 and 6: chances of about 0.69, 0.81 and 0.89
    pair = {"a": wet(0.18), "b": wet(0.205)}
    draws = 200
    probe = distinguish(pair, Conditions(counts=1e5, **FAST))
    start = by_probe(probe)[radiation].chi2.value / 1e5
    for aim in (1.0, 3.0, 6.0):
        result = by_probe(distinguish(pair, Conditions(counts=aim / start, **FAST), draws=draws, seed=7))[radiation]
        expected_chance = result.chance.value
        assert result.chi2.value == pytest.approx(aim, rel=1e-3)
        error = math.sqrt(expected_chance * (1 - expected_chance) / draws)
        assert abs(result.simulated_chance.value - expected_chance) < 3.0 * error
        assert result.simulated_chance.n == draws


def test_the_same_seed_gives_the_same_draws():
    pair = {"a": wet(0.18), "b": wet(0.25)}
    values = [
        [
            item.simulated_chance
            for item in distinguish(pair, Conditions(counts=2e3, **FAST), draws=20, seed=seed).distinctions
        ]
        for seed in (1, 1)
    ]
    assert values[0] == values[1]


# --- words and bad input ----------------------------------------------------------------------------------------


def test_numbers_for_people():
    assert [rounded(value) for value in (461234.0, 12.0, 0.5, 3e12)] == ["460,000", "12", "0.5", "3e+12"]
    made = {"uncertainty": None, "unit": "s", "method": "m", "source": "s"}
    said = [duration(Quantity(value=value, **made)) for value in (30.0, 1200.0, 7200.0, 1e6)]
    assert said == ["30 seconds", "20 minutes", "2 hours", "12 days"]


@pytest.mark.parametrize(
    ("models", "options"),
    [
        ({"a": cube()}, {}),
        ({str(n): cube() for n in range(11)}, {}),
        ({"a": cube(), "b": cube()}, {"draws": -1}),
        ({"a": cube(), "b": cube()}, {"conditions": Conditions(rates={"muon": 3.0})}),
        ({"a": cube(), "b": cube()}, {"conditions": Conditions(two_theta=(90.0, 10.0))}),
        ({"a": cube(), "b": cube()}, {"conditions": Conditions(two_theta=(1.0, 2.0), step=0.01)}),
        ({"a": cube(), "b": cube()}, {"conditions": Conditions(xray_source="CuKz")}),
        ({"a": cube(), "b": cube()}, {"isotopes": {"H": "Li"}}),
    ],
)
def test_impossible_questions_are_one_line(models, options):
    with pytest.raises(OptionError) as caught:
        distinguish(models, **options)
    assert "\n" not in str(caught.value)


def test_what_is_no_crystal_is_refused():
    with pytest.raises(StructureError):
        distinguish({"a": cube(), "b": "Li3OCl"})
