"""Scattering powers: published lengths, isotope notation, form-factor limits."""

from __future__ import annotations

import numpy as np
import pytest

from antiperovskite.diffraction.scattering import (
    Nuclide,
    absorption_barn,
    neutron_length,
    parse_isotopes,
    parse_nuclide,
    xray_dispersion,
    xray_form_factor,
)
from antiperovskite.errors import OptionError


@pytest.mark.parametrize(
    ("text", "published", "tolerance"),
    [
        # Sears, Neutron News 3, 26 (1992); 6Li was later remeasured (2.00 to 2.27 fm in the tables)
        ("H", -3.739, 0.005),
        ("D", 6.671, 0.005),
        ("Li", -1.90, 0.05),
        ("7Li", -2.22, 0.08),
        ("6Li", 2.00, 0.30),
        ("11B", 6.65, 0.05),
        ("O", 5.803, 0.005),
        ("Cl", 9.577, 0.005),
        ("Na", 3.63, 0.01),
    ],
)
def test_scattering_lengths_are_the_published_ones(text, published, tolerance):
    assert neutron_length(parse_nuclide(text)).real == pytest.approx(published, abs=tolerance)


@pytest.mark.parametrize("text", ["7Li", "Li7", "Li-7", "7-Li", " 7Li "])
def test_every_usual_spelling_of_a_nuclide_is_read(text):
    assert parse_nuclide(text) == Nuclide("Li", 7)
    assert parse_nuclide(text).label == "7Li"


def test_deuterium_has_three_names():
    assert parse_nuclide("D") == parse_nuclide("2H") == parse_nuclide("H-2") == Nuclide("H", 2)
    assert parse_nuclide("2H").label == "D"


@pytest.mark.parametrize("text", ["", "Xx", "99Li", "7Li7", "li", "2D", "H=D", "9" * 4000, "Q", "\n"])
def test_unreadable_isotopes_are_one_line(text):
    with pytest.raises(OptionError) as caught:
        parse_nuclide(text)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 250


@pytest.mark.parametrize("mapping", [{"H": "7Li"}, {"D": "H"}, {"7Li": "6Li"}, {"Li": "Li-99"}])
def test_isotope_maps_must_make_sense(mapping):
    with pytest.raises(OptionError):
        parse_isotopes(mapping)


@pytest.mark.parametrize(("element", "electrons"), [("H", 1), ("Li", 3), ("O", 8), ("Cl", 17), ("Fe", 26), ("I", 53)])
def test_forward_form_factor_counts_electrons_and_falls(element, electrons):
    f = xray_form_factor(element, np.linspace(0.0, 1.5, 40))
    assert f[0] == pytest.approx(electrons, rel=2e-3)
    assert np.all(np.diff(f) < 1e-6)


def test_iron_dispersion_near_its_edge():
    # International Tables C, table 4.2.6.8: Fe at Cu K-alpha1 f' = -1.13, f'' = 3.20
    value = xray_dispersion("Fe", 1.540593)
    assert value is not None
    assert value.real == pytest.approx(-1.13, abs=0.1)
    assert value.imag == pytest.approx(3.20, abs=0.1)


def test_dispersion_outside_the_table_is_not_invented():
    assert xray_dispersion("Fe", 0.2) is None


def test_lithium_six_is_what_absorbs():
    assert absorption_barn(Nuclide("Li", 6)) == pytest.approx(940, rel=0.01)
    assert absorption_barn(Nuclide("Li", 7)) < 1.0
