"""Sources, polarisation, convolved line shapes, grain size, temperature factors of sites."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from antiperovskite.diffraction import powder_pattern
from antiperovskite.diffraction.profile import (
    DEFAULT_RESOLUTION,
    Resolution,
    line_profile,
    line_weights,
    thompson_cox_hastings,
)
from antiperovskite.diffraction.sources import monochromator_polarisation, source_names, tube
from antiperovskite.errors import OptionError


def cube(**properties):
    return Structure(
        Lattice.cubic(3.907),
        ["Li"] * 3 + ["O", "Cl"],
        [[0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5], [0.5, 0.5, 0.5], [0, 0, 0]],
        site_properties=properties,
    )


def test_every_tube_has_a_doublet_in_the_right_order():
    assert len(source_names()) == 8
    for anode, low, high in (
        ("Cu", 1.5405, 1.5445),
        ("Co", 1.7888, 1.7929),
        ("Mo", 0.7092, 0.7137),
        ("Ag", 0.5593, 0.564),
    ):
        (first, weight), (second, other) = tube(f"{anode}Ka").spectrum
        assert low < first < second < high
        assert weight == pytest.approx(2 * other) and weight + other == pytest.approx(1.0)
        assert tube(f"{anode}Ka1").spectrum == ((first, 1.0),)


def test_the_doublet_splits_lines_at_high_angle_two_to_one():
    pattern = powder_pattern(cube(), source="CuKa", two_theta=(110, 150), resolution=Resolution(0, 0, 0.0025))
    line = max(pattern.reflections, key=lambda item: item.intensity)
    second = 2 * math.degrees(math.asin(1.544427 / (2 * line.d)))
    assert second - line.two_theta > 0.3
    profile, grid = np.array(pattern.profile), np.array(pattern.two_theta)
    heights = [profile[np.abs(grid - place).argmin()] for place in (line.two_theta, second)]
    assert heights[0] / heights[1] == pytest.approx(2.0, rel=0.15)
    assert powder_pattern(cube(), source="CuKa").reflections == powder_pattern(cube()).reflections


def test_monochromator_and_polarisation_by_hand():
    assert monochromator_polarisation(0.0) == pytest.approx(0.5)
    assert monochromator_polarisation(90.0) == pytest.approx(1.0)
    plain = powder_pattern(cube())
    turned = powder_pattern(cube(), perpendicular=1.0)
    for one, other in zip(plain.reflections, turned.reflections, strict=True):
        first = plain.reflections[0]
        change = (other.intensity / one.intensity) / (turned.reflections[0].intensity / first.intensity)
        expected = (1 + math.cos(math.radians(first.two_theta)) ** 2) / (1 + math.cos(math.radians(one.two_theta)) ** 2)
        assert change == pytest.approx(expected, rel=1e-9)


def test_thompson_cox_hastings_is_close_to_the_true_voigt():
    from scipy.special import voigt_profile

    x = np.linspace(-40, 40, 80001)
    for gaussian, lorentzian in ((1.0, 0.0), (1.0, 0.3), (1.0, 1.0), (0.3, 1.0)):
        width, eta = (float(v[0]) for v in thompson_cox_hastings(np.array([gaussian]), np.array([lorentzian])))
        voigt = voigt_profile(x, gaussian / math.sqrt(8 * math.log(2)), lorentzian / 2)
        above = x[voigt >= voigt.max() / 2]
        assert width == pytest.approx(above[-1] - above[0], rel=4e-3)
        mine = line_weights(x, np.zeros(1), np.array([width]), np.array([eta])).toarray()[:, 0]
        assert np.abs(mine - voigt).max() < 0.02 * voigt.max()


def test_a_fixed_share_taken_apart_gives_the_same_line_when_grains_are_huge():
    grid = np.arange(35.0, 45.0, 0.01)
    at = np.array([40.0])
    before = line_profile(grid, at, DEFAULT_RESOLUTION["xray"])(np.ones(1))
    after = line_profile(grid, at, DEFAULT_RESOLUTION["xray"].with_size(1e6, 1.54))(np.ones(1))
    np.testing.assert_allclose(after, before, atol=2e-3 * before.max())


def test_scherrer_width():
    shape = Resolution(0, 0, 1e-8).with_size(200.0, 1.54)
    theta = math.radians(25.0)
    assert float(shape.fwhm(np.array([50.0]))[0]) == pytest.approx(
        math.degrees(0.9 * 1.54 / (200.0 * math.cos(theta))), rel=1e-3
    )


def test_weights_work_on_uneven_grids_and_near_the_ends():
    grid = np.geomspace(1000.0, 20000.0, 4000)
    centres = np.array([1000.0, 5000.0, 19990.0])
    weights = line_weights(grid, centres, 0.004 * centres, np.array([0.0, 0.5, 0.0]))
    area = np.trapezoid(weights.toarray(), grid, axis=0)
    assert area[1] == pytest.approx(1.0, abs=0.03) and area[0] == pytest.approx(0.5, abs=0.05)


def test_site_temperature_factors_are_used_and_can_be_overridden():
    own = cube(b_iso=[1.0, 1.0, 1.0, 0.5, None])
    named = powder_pattern(cube(), "neutron", b_iso={"Li": 1.0, "O": 0.5})
    assert powder_pattern(own, "neutron").profile == pytest.approx(named.profile)
    assert powder_pattern(own, "neutron", b_iso=0.0).profile == pytest.approx(powder_pattern(cube(), "neutron").profile)
    changed = powder_pattern(own, "neutron", b_iso={"Li": 3.0})
    assert changed.profile == pytest.approx(powder_pattern(cube(), "neutron", b_iso={"Li": 3.0, "O": 0.5}).profile)
    assert "structure's own" in powder_pattern(own).source
    # silencing an element silences it at every temperature factor
    mixed = cube(b_iso=[0.2, 1.0, 2.0, 0.5, None])
    assert powder_pattern(mixed).visibility["Li"].value > 0.05


def test_incoherent_share_and_absorption_by_hand():
    hydride = Structure(Lattice.cubic(4.084), ["Li", "H"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    light = powder_pattern(hydride, "neutron", wavelength=1.798)
    share = light.sample["incoherent_share"].value
    assert share == pytest.approx((80.26 + 0.92) / (80.26 + 0.92 + 1.76 + 0.47), rel=5e-3)
    mu_per_mm = (70.5 + 0.33) / 4.084**3 / 10.0
    assert light.sample["absorbed_in_5_mm"].value == pytest.approx(1 - math.exp(-5 * mu_per_mm), rel=5e-3)
    heavy = powder_pattern(hydride, "neutron", isotopes={"H": "D", "Li": "7Li"})
    assert share > 0.9
    assert heavy.sample["incoherent_share"].value < 0.35
    assert heavy.sample["absorbed_in_5_mm"].value < 0.01
    assert any("deuterate" in note for note in light.notes) and any("7Li" in note for note in light.notes)
    assert not any("deuterate" in note for note in heavy.notes)
    assert powder_pattern(hydride).sample == {}


@pytest.mark.parametrize(
    "options",
    [
        {"source": "CuKb"},
        {"source": "CuKa", "wavelength": 1.0},
        {"source": "CuKa", "radiation": "neutron"},
        {"perpendicular": 1.5},
        {"size": 1.0},
        {"size": 300.0, "resolution": Resolution(0.1, 0.0, 0.1, eta=0.5)},
        {"resolution": Resolution(0.0, 0.0, 0.1, eta=0.5, X=0.1)},
        {"resolution": Resolution(0.0, 0.0, 0.1, Y=-0.1)},
    ],
)
def test_impossible_instruments_are_one_line(options):
    with pytest.raises(OptionError) as caught:
        powder_pattern(cube(), **options)
    assert "\n" not in str(caught.value)
