"""Quantities: what they print, how they convert and that JSON gives back the same bits."""

from __future__ import annotations

import json
import math
import statistics

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from antiperovskite.errors import UnitError
from antiperovskite.quantity import (
    AnyQuantity,
    NotComputed,
    Quantity,
    format_number,
    quantity_schema,
    require_unit,
    spread,
)
from antiperovskite.units import UNITS

finite = st.floats(allow_nan=False, allow_infinity=False)
text = st.text(min_size=1, max_size=40)
quantities = st.builds(
    Quantity,
    value=finite,
    uncertainty=st.none() | st.floats(min_value=0, allow_nan=False, allow_infinity=False),
    unit=st.sampled_from(sorted(UNITS)),
    n=st.integers(0, 10**9),
    method=text,
    source=text,
    citations=st.lists(text, max_size=3).map(tuple),
)


def quantity(value: float, uncertainty: float | None, unit: str) -> Quantity:
    return Quantity(value=value, uncertainty=uncertainty, unit=unit, method="m", source="s")


@pytest.mark.parametrize(
    ("value", "uncertainty", "written"),
    [
        (3.907, 0.004, "3.907(4)"),
        (3.907, 0.0014, "3.9070(14)"),
        (3.907, 0.0035, "3.9070(35)"),  # two digits up to 35
        (3.907, 0.0036, "3.907(4)"),  # one above
        (3.907, 0.019, "3.907(19)"),
        (3.907, 0.02, "3.907(20)"),
        (3.907, 0.096, "3.91(10)"),  # rounds up to 0.10
        (-0.0619, 0.0032, "-0.0619(32)"),
        (0.0892, 0.0195, "0.089(20)"),
        (12.34, 1.5, "12.3(15)"),
        (12.34, 4.0, "12(4)"),
        (0.00001234, 0.0000004, "1.23(4)e-5"),
        (4.08e-5, 5e-7, "4.08(5)e-5"),
        (-4.08e-5, 1.2e-6, "-4.08(12)e-5"),
        (9.9996e-5, 1e-8, "9.9996(10)e-5"),
        (2e-6, 3e-5, "0.2(30)e-5"),  # the larger of the two sets the power
        (0.0, 4e-7, "0(4)e-7"),
        (0.0012, 0.0003, "0.00120(30)"),
        (1234.0, 30.0, "1234(30)"),
        (12.3, 37.0, "12(37)"),  # units are kept below 100
        (1234.0, 99.0, "1234(99)"),
        (1234.0, 99.7, "1230 ± 100"),
        (1234.0, 300.0, "1230 ± 300"),  # two digits, both left of the point
        (15052.0, 2.0, "15052.0(20)"),
        (-0.4, 400.0, "0 ± 400"),
        (-0.0001, 0.004, "0.000(4)"),
        (1.23456789e15, 5e12, "1.235e+15 ± 5e+12"),
        (3.90712, None, "3.907"),
        (3.90712, 0.0, "3.907"),
        (1.23e-300, 5e-302, "1.23(5)e-300"),
        (0.0, None, "0"),
    ],
)
def test_number_is_written_as_by_hand(value: float, uncertainty: float | None, written: str) -> None:
    assert format_number(value, uncertainty) == written


@given(st.floats(-1e6, 1e6), st.floats(1e-9, 1e5))
def test_written_number_agrees_with_the_value_within_its_uncertainty(value: float, uncertainty: float) -> None:
    shown = format_number(value, uncertainty)
    number, _, rest = shown.partition("±" if "±" in shown else "(")
    digits, _, power = rest.partition(")") if "±" not in shown else (rest, "", "")
    read_uncertainty = float(digits)
    if "±" not in shown:
        read_uncertainty *= 10.0 ** -len(number.partition(".")[2])
    if power:
        read_uncertainty *= float(f"1{power}")
        number += power
    assert read_uncertainty == pytest.approx(uncertainty, rel=0.35)
    assert abs(float(number) - value) <= 0.51 * uncertainty


@example(1.0, 5e-324)
@example(1e308, 1e308)
@given(finite, st.none() | st.floats(min_value=0, allow_nan=False, allow_infinity=False))
def test_any_finite_number_can_be_written(value: float, uncertainty: float | None) -> None:
    assert format_number(value, uncertainty)


@given(quantities)
def test_json_gives_back_the_same_quantity(given_quantity: Quantity) -> None:
    assert Quantity.model_validate_json(given_quantity.model_dump_json()) == given_quantity
    assert TypeAdapter(AnyQuantity).validate_json(given_quantity.model_dump_json()) == given_quantity


def test_json_keys_are_the_contract() -> None:
    plain = json.loads(
        Quantity(value=3.907, uncertainty=0.004, unit="angstrom", method="m", source="s").model_dump_json()
    )
    assert plain == {
        "value": 3.907,
        "uncertainty": 0.004,
        "unit": "angstrom",
        "n": 1,
        "method": "m",
        "source": "s",
        "citations": [],
    }


def test_not_computed_is_told_from_a_value_in_json() -> None:
    absent = NotComputed(unit="eV", method="no competing phases were computed")
    assert json.loads(absent.model_dump_json())["value"] is None
    assert TypeAdapter(AnyQuantity).validate_json(absent.model_dump_json()) == absent
    assert str(absent) == "not computed: no competing phases were computed"


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_is_refused(bad: float) -> None:
    with pytest.raises(ValidationError, match="finite"):
        quantity(bad, None, "eV")


@pytest.mark.parametrize(
    "change", [{"uncertainty": -0.1}, {"unit": "furlong"}, {"method": ""}, {"source": ""}, {"n": -1}, {"colour": "red"}]
)
def test_incomplete_or_impossible_quantities_are_refused(change: dict[str, object]) -> None:
    fields = {"value": 1.0, "uncertainty": 0.1, "unit": "eV", "method": "m", "source": "s"}
    with pytest.raises(ValidationError):
        Quantity.model_validate(fields | change)


def test_quantities_cannot_be_changed() -> None:
    q = quantity(1.0, None, "eV")
    with pytest.raises(ValidationError, match="frozen"):
        q.value = 2.0  # type: ignore[misc]


def test_conversion_scales_value_and_uncertainty() -> None:
    converted = quantity(0.3, 0.02, "eV").to("meV")
    assert converted.value == pytest.approx(300.0)
    assert converted.uncertainty == pytest.approx(20.0)
    assert (converted.unit, converted.method) == ("meV", "m")
    assert quantity(0.3, None, "eV").to("kJ/mol").uncertainty is None


@given(st.floats(-1e200, 1e200), st.sampled_from(sorted(UNITS)), st.sampled_from(sorted(UNITS)))
def test_conversion_there_and_back(value: float, unit: str, other: str) -> None:
    q = quantity(value, abs(value) / 10, unit)
    if UNITS[unit][0] != UNITS[other][0]:
        with pytest.raises(UnitError, match="cannot convert"):
            q.to(other)
        return
    back = q.to(other).to(unit)
    assert back.value == pytest.approx(value, rel=1e-12, abs=0.0 if abs(value) > 1e-290 else 1e-300)
    assert q.magnitude(other) == q.to(other).value


def test_conversion_that_leaves_the_range_of_floats_is_refused() -> None:
    with pytest.raises(UnitError, match="too large"):
        quantity(1e308, None, "s").to("fs")


def test_require_unit_names_both_units() -> None:
    assert require_unit(quantity(1.0, None, "GPa"), "bar") == pytest.approx(1e4)
    with pytest.raises(UnitError, match=r"expected a quantity in 'K'.*'GPa'"):
        require_unit(quantity(1.0, None, "GPa"), "K")


def test_text_carries_the_unit() -> None:
    assert str(quantity(3.907, 0.004, "angstrom")) == "3.907(4) Å"
    assert str(quantity(0.845, None, "1")) == "0.845"


def test_spread_is_the_sample_standard_deviation() -> None:
    assert spread([]) is None
    assert spread([1.0]) is None
    assert spread([1.0, 3.0]) == pytest.approx(math.sqrt(2.0))


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20))
def test_spread_equals_the_standard_library(values: list[float]) -> None:
    assert spread(values) == pytest.approx(statistics.stdev(values), rel=1e-9, abs=1e-9)


def test_schema_accepts_what_is_written() -> None:
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(quantity_schema())
    assert validator.is_valid(json.loads(quantity(1.0, None, "eV").model_dump_json()))
    assert validator.is_valid(json.loads(NotComputed(unit="eV", method="why").model_dump_json()))
    assert not validator.is_valid({"value": "1.0 eV", "uncertainty": None, "unit": "eV", "method": "m", "source": "s"})
