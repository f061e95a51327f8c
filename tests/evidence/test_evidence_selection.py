"""Conductivities by type and temperature, and how far reports lie apart."""

from __future__ import annotations

import math
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.constants import physical_constants

from antiperovskite.errors import FormulaError, OptionError
from antiperovskite.evidence import (
    conductivities,
    conductivity_spread,
    select_conductivities,
    type_of,
)
from antiperovskite.evidence.selection import types_of
from antiperovskite.evidence.spread import BOLTZMANN_EV_PER_K, arrhenius_factor, extrapolated
from antiperovskite.quantity import NotComputed

BOLTZMANN = physical_constants["Boltzmann constant in eV/K"][0]


def row(name: str):
    return next(row for row in conductivities() if row.id == name)


def spread_of(material: str, kind: str = "experiment", **options):
    (found,) = [s for s in conductivity_spread(**options) if (s.material, s.kind) == (material, kind)]
    return found


@pytest.mark.parametrize("same", ["Li2OHBr", "Li2(OH)Cl", "Li2(OH)0.9F0.1Cl", "Li2.5(OH)0.5Cl", "Li2OHF0.1Cl0.9"])
def test_hydrated_materials_are_one_type(same: str) -> None:
    assert type_of(same) == type_of("Li2OHCl")


@pytest.mark.parametrize("other", ["Li3OCl", "Na3OCl", "Li3HS", "Li4OCl2", "Li3SI", "Li6OSI2", "Na3OBH4"])
def test_other_materials_are_not(other: str) -> None:
    assert type_of(other) != type_of("Li2OHCl")


def test_type_knows_cation_framework_and_b_site_only() -> None:
    assert type_of("Na3OBH4") == type_of("Na3OCl") != type_of("Li3OCl")
    assert type_of("Na4OI2").framework == "2D"
    assert type_of("Li6OSI2").b_site == "O + S"
    assert type_of("Na2.75Ca0.125OCl") == type_of("Na3OCl")
    assert type_of("Na3LiS0.5O0.5I2").cation == "Na"


def test_a_range_of_compositions_has_the_type_of_its_middle() -> None:
    assert types_of(row("t4-28")) == {type_of("Li2OHCl")}  # Li3-xOHxCl, x from 0.2 to 1
    assert types_of(row("t4-15")) == {type_of("Li3OCl")}


def test_every_row_has_a_type() -> None:
    assert all(types_of(entry) for entry in conductivities())


def test_the_question_of_the_brief() -> None:
    found = select_conductivities(like="Li2OHCl", near_K=300, within_K=20)
    assert [entry.id for entry in found] == ["t4-24", "t4-25", "t4-30", "t4-32", "t4-34"]
    for entry in found:
        assert entry.conductivity.unit == "S/cm"
        assert 280 <= entry.temperature.value <= 320
        assert entry.method
    start = time.perf_counter()
    select_conductivities(like="Li2OHCl", near_K=300, within_K=20)
    assert time.perf_counter() - start < 0.5


def test_window_ends_are_included_and_kinds_are_separate() -> None:
    ids = [e.id for e in select_conductivities("Li3OCl", near_K=298, within_K=0)]
    assert ids == ["t4-01", "t4-05", "t4-06", "t4-07", "t4-08"]
    measured = select_conductivities("Li3OCl", kind="experiment")
    computed = select_conductivities("Li3OCl", kind="modelling")
    assert {e.kind for e in measured} == {"experiment"}
    assert len(measured) + len(computed) == len(select_conductivities("Li3OCl")) == 9


def test_rows_without_a_conductivity_are_not_conductivities() -> None:
    assert len(select_conductivities()) == 55


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"kind": "guess"}, OptionError),
        ({"near_K": -5.0}, OptionError),
        ({"near_K": math.nan}, OptionError),
        ({"near_K": 300.0, "within_K": -1.0}, OptionError),
        ({"like": "rubbish"}, FormulaError),
        ({"formula": ""}, FormulaError),
    ],
)
def test_bad_questions_are_refused_in_one_line(options, error) -> None:
    with pytest.raises(error) as caught:
        select_conductivities(**options)
    assert "\n" not in str(caught.value)


def test_boltzmanns_constant_is_codatas() -> None:
    assert pytest.approx(BOLTZMANN, rel=1e-9) == BOLTZMANN_EV_PER_K


def test_a_query_loads_no_numerical_library() -> None:
    code = (
        "import sys; from antiperovskite.evidence import conductivity_spread, select_conductivities; "
        "select_conductivities(like='Li2OHCl', near_K=300); conductivity_spread(); "
        "sys.exit(any(name in sys.modules for name in ('numpy', 'scipy', 'pymatgen')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@given(
    st.floats(min_value=100, max_value=1000),
    st.floats(min_value=100, max_value=1000),
    st.floats(min_value=0.05, max_value=2),
)
def test_extrapolation_keeps_sigma_t_on_its_arrhenius_line(start: float, end: float, energy: float) -> None:
    there = arrhenius_factor(start, end, energy)
    assert there * arrhenius_factor(end, start, energy) == pytest.approx(1)
    slope = (math.log(there * end) - math.log(start)) * BOLTZMANN
    assert slope == pytest.approx(-energy * (1 / end - 1 / start), abs=1e-9)


def test_a_reconciled_pair_is_found_by_extrapolation() -> None:
    # rows 32 and 33 print one activation energy and two conductivities: each gives the other
    cold, hot = row("t4-32"), row("t4-33")
    carried = extrapolated(cold, hot.temperature.value)
    assert carried.conductivity.value == pytest.approx(hot.conductivity.value, rel=0.06)
    assert carried.extrapolated
    assert "extrapolated from 298 K with the row's activation energy of 0.4 eV" in carried.conductivity.method


def test_a_range_of_activation_energies_gives_a_range() -> None:
    found = extrapolated(row("t4-17"), 300.0)  # 1e-4 S/cm at 323 K, 0.56 to 0.88 eV
    expected = [1e-4 * arrhenius_factor(323, 300, energy) for energy in (0.88, 0.56)]
    assert [found.conductivity.value, found.upper.value] == pytest.approx(expected)


def test_nothing_is_extrapolated_without_an_activation_energy() -> None:
    assert extrapolated(row("t4-02"), 300.0) is None
    assert extrapolated(row("t4-50"), 300.0) is None  # no temperature


def test_li3ocl_reports_differ_by_three_decades() -> None:
    found = spread_of("Li3OCl")
    assert (found.n, found.studies) == (4, 3)
    assert found.decades.value == pytest.approx(math.log10(0.85e-3 / 5.8e-7))
    assert found.decades_reported == found.decades.model_copy(update={"method": found.decades_reported.method})
    assert not any(value.extrapolated for value in found.values)


def test_the_conductivity_that_was_not_reproduced_is_the_widest() -> None:
    widest = conductivity_spread()[0]
    assert widest.material == "Na3OBH4"
    assert widest.decades.value == pytest.approx(
        math.log10(4.4e-3 / (1e-7 * arrhenius_factor(373, 300, 0.81))), rel=1e-6
    )
    assert isinstance(widest.decades_reported, NotComputed)
    assert [value.extrapolated for value in widest.values] == [True, False]


def test_options_drop_what_they_say() -> None:
    assert all(not v.extrapolated for s in conductivity_spread(extrapolate=False) for v in s.values)
    assert all(not v.uncertain_reading for s in conductivity_spread(uncertain=False) for v in s.values)
    assert any(v.uncertain_reading for s in conductivity_spread() for v in s.values)
    assert "Na3OBH4" not in {s.material for s in conductivity_spread(uncertain=False)}


def test_measured_and_computed_and_chloride_values_never_meet() -> None:
    kinds = {entry.id: entry.kind for entry in conductivities()}
    carriers = {entry.id: entry.carrier for entry in conductivities()}
    for found in conductivity_spread(at_least=1):
        assert {kinds[value.row] for value in found.values} == {found.kind}
        assert {carriers[value.row] or found.carrier for value in found.values} == {found.carrier}
    chloride = [s for s in conductivity_spread(at_least=1) if s.carrier == "Cl"]
    assert [value.row for s in chloride for value in s.values] == ["t4-08"]


def test_a_study_with_a_value_there_is_not_extrapolated_to_it_as_well() -> None:
    ids = [v.row for s in conductivity_spread(at_least=1) if s.material == "Na4OI2" for v in s.values]
    assert ids == ["t4-54"]  # t4-53 prints the activation energy at 223 K


def test_spread_is_sorted_and_serialises() -> None:
    found = conductivity_spread()
    sizes = [entry.decades.value for entry in found]
    assert sizes == sorted(sizes, reverse=True)
    for entry in found:
        assert entry.minimum.value <= entry.maximum.value
        assert type(entry).model_validate_json(entry.model_dump_json()) == entry
