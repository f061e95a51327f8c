"""Thermal parts of solids: measured where tabulated, summed and combined elsewhere, with errors that cover."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiperovskite.errors import MissingReferenceError, OptionError
from antiperovskite.stability.thermal import hermite, janaf
from antiperovskite.stability.thermal.measured import ErrorsByTemperature, measured_errors
from antiperovskite.stability.thermal.neighbours import composition_key, neighbours, tabulated_neighbours
from antiperovskite.stability.thermal.solids import ThermalPart, solid_thermal_part
from antiperovskite.stability.thermal.tables import parse_elements

NO_PHONONS = "a phase without phonons"


def part_of(formula: str, temperature: float, name: str = NO_PHONONS) -> ThermalPart:
    return solid_thermal_part(name, formula, parse_elements(formula), temperature, "7net-0")


def divided(formula: str) -> dict[str, float]:
    parts = neighbours(formula, composition_key(parse_elements(formula)), "7net-0")
    return {neighbour.formula: pytest.approx(amount) for neighbour, amount in parts}


@pytest.mark.parametrize(
    ("formula", "crystals"),
    [
        ("Li3OCl", {"Li2O": 1.0, "LiCl": 1.0}),
        ("Na3OBr", {"Na2O": 1.0, "NaBr": 1.0}),
        ("Li2OHCl", {"LiOH": 1.0, "LiCl": 1.0}),
        ("Na4OI2", {"Na2O": 1.0, "NaI": 2.0}),
        ("Li5O2H2Br3", {"LiOH": 2.0, "LiBr": 3.0}),
        ("Li6O2ClBr", {"Li2O": 2.0, "LiCl": 1.0, "LiBr": 1.0}),
        ("LiH2ClO", {"LiCl": 1.0, "H2O": 1.0}),
    ],
)
def test_a_compound_divides_into_its_ionic_neighbours(formula: str, crystals: dict[str, float]) -> None:
    assert divided(formula) == crystals


def test_a_tabulated_substance_is_not_estimated() -> None:
    part = part_of("Li2O", 600.0, "Li2O-antifluorite")
    assert (part.method, part.uncertainty, part.state) == ("janaf", 0.0, "crystal")
    assert part.value == pytest.approx(janaf.thermal_part("Li2O", "cr", 600.0))


def test_melts_are_named_and_sums_stay_crystalline() -> None:
    liquid = part_of("LiCl", 1000.0)
    assert liquid.state == "liquid" and "molten above 883 K" in liquid.source
    total = part_of("Li3OCl", 1000.0)
    crystals = janaf.thermal_part("Li2O", "cr", 1000.0) + janaf.thermal_part("LiCl", "cr", 1000.0)
    assert total.method == "neumann-kopp" and total.state == "crystal"
    assert total.value == pytest.approx(crystals)
    assert total.value > janaf.thermal_part("Li2O", "cr", 1000.0) + liquid.value


def test_two_estimates_are_weighed_and_disagreement_widens_the_error() -> None:
    combined, kopp = part_of("Li3OCl", 600.0, "Li3OCl"), part_of("Li3OCl", 600.0)
    assert combined.method == "phonons and neumann-kopp" and kopp.method == "neumann-kopp"
    errors = measured_errors()
    phonon_weight, kopp_weight = errors.phonons_scaled.at(600.0) ** -2, errors.neumann_kopp.at(600.0) ** -2
    share = phonon_weight / (phonon_weight + kopp_weight)
    phonons = (combined.value - (1 - share) * kopp.value) / share
    assert f"{phonons:.4f} eV" in combined.source
    assert combined.uncertainty == pytest.approx(
        (phonon_weight + kopp_weight) ** -0.5
        * 5
        * max(1.0, abs(phonons - kopp.value) / (5 * (1 / phonon_weight + 1 / kopp_weight) ** 0.5)),
        rel=1e-6,
    )


def test_phonons_stand_alone_where_nothing_tabulated_adds_up() -> None:
    ice = part_of("H2O", 250.0, "ice-XI")
    assert ice.method == "phonons" and "frequencies times" in ice.source
    assert ice.uncertainty == pytest.approx(3 * measured_errors().phonons_scaled.at(250.0))


@given(temperature=st.floats(310.0, 1400.0), case=st.sampled_from(["Li2O", "LiCl", "Li3OCl", "Na3OBr", "Li2OHCl"]))
def test_the_entropy_is_the_slope_of_the_thermal_part(temperature: float, case: str) -> None:
    step = 0.05
    low, middle, high = (part_of(case, temperature + d, case) for d in (-step, 0.0, step))
    if low.state == high.state:
        assert (low.value - high.value) / (2 * step) == pytest.approx(middle.entropy, rel=1e-3, abs=2e-6)


@given(factor=st.sampled_from([0.5, 2.0, 3.0]), temperature=st.floats(300.0, 900.0))
def test_everything_scales_with_the_formula_unit(factor: float, temperature: float) -> None:
    single = part_of("Na3OCl", temperature, "Na3OCl")
    content = {element: factor * amount for element, amount in parse_elements("Na3OCl").items()}
    scaled = solid_thermal_part("Na3OCl", "scaled", content, temperature, "7net-0")
    for name in ("value", "uncertainty", "entropy"):
        assert getattr(scaled, name) == pytest.approx(factor * getattr(single, name))


def test_nothing_moves_at_0_K() -> None:
    for formula in ("Li2O", "LiBr", "Li3OCl"):
        part = part_of(formula, 0.0, formula)
        assert part.value == pytest.approx(0.0, abs=1e-12) and part.uncertainty == pytest.approx(0.0, abs=1e-12)


def test_the_room_enthalpy_of_lithium_oxide_is_janaf_s() -> None:
    part = part_of("Li2O", 298.15)
    assert (part.value + 298.15 * part.entropy) * 96.485332 == pytest.approx(7.248, abs=1e-3)  # kJ/mol, printed


def test_the_stated_errors_cover_the_crystals_they_were_measured_on() -> None:
    measured = measured_errors()
    for rule, wanted in (("phonons, frequencies scaled", measured.phonons_scaled),):
        cases = [case.errors[1] for case in measured.phonon_cases if case.rule == rule and case.errors[1] is not None]
        inside = sum(abs(error) < wanted.per_atom[1] for error in cases)
        assert len(cases) == wanted.n[1] >= 10
        assert 0.6 <= inside / len(cases) <= 0.95
    assert measured.phonons_scaled.per_atom[1] < measured.phonons.per_atom[1]
    assert 1.0 < measured.frequency_scale < 1.25


def test_a_shipped_case_is_what_the_rule_gives() -> None:
    case = next(case for case in measured_errors().neumann_kopp_cases if case.crystal == "LiAlO2")
    parts = tabulated_neighbours(composition_key(parse_elements("LiAlO2")), "none")
    assert parts is not None
    for temperature, error in zip(measured_errors().neumann_kopp.temperatures, case.errors, strict=True):
        total = sum(amount * neighbour.gibbs_and_entropy(temperature)[0] for neighbour, amount in parts)
        exact = janaf.thermal_part("LiAlO2", "cr", temperature)
        assert 1000 * (total - exact) / 4 == pytest.approx(error, abs=0.01)


def test_errors_grow_from_zero_and_in_proportion_beyond_the_grid() -> None:
    errors = ErrorsByTemperature(temperatures=(300.0, 600.0), per_atom=(3.0, 9.0), n=(5, 5))
    assert [1000 * errors.at(t) for t in (0.0, 150.0, 300.0, 450.0, 600.0, 1200.0)] == pytest.approx(
        [0.0, 1.5, 3.0, 6.0, 9.0, 18.0]
    )


def test_a_straight_line_stays_straight() -> None:
    assert hermite.interpolate(1.0, (0.0, 0.0, 2.0), (4.0, -8.0, 2.0)) == pytest.approx((-2.0, 2.0))


@pytest.mark.parametrize("temperature", [-1.0, float("nan"), float("inf")])
def test_an_impossible_temperature_is_refused(temperature: float) -> None:
    with pytest.raises(OptionError, match="0 or above"):
        part_of("Li3OCl", temperature)


def test_a_temperature_beyond_the_tables_is_refused() -> None:
    with pytest.raises(OptionError, match="covers"):
        part_of("Li2O", 5000.0)


@pytest.mark.parametrize("formula", ["O2", "Cl2", "XeF2", "LaAs"])
def test_gases_and_strangers_have_no_thermal_part(formula: str) -> None:
    with pytest.raises(MissingReferenceError, match="no thermal part"):
        part_of(formula, 300.0)
