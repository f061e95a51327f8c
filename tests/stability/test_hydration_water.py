"""Vapour pressure, dew points and the named atmospheres."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiperovskite.errors import OptionError
from antiperovskite.stability.hydration.water import atmospheres, dew_point, saturation_pressure


@pytest.mark.parametrize(
    ("T", "pascal", "tolerance"),
    [
        (273.16, 611.657, 0.05),  # triple point, measured
        (298.15, 3169.0, 2.0),  # steam tables
        (323.15, 12352.0, 15.0),
        (233.15, 12.84, 0.02),  # over ice
        (203.15, 0.2614, 0.001),
    ],
)
def test_vapour_pressures_are_the_tabulated_ones(T: float, pascal: float, tolerance: float) -> None:
    assert saturation_pressure(T) * 1e5 == pytest.approx(pascal, abs=tolerance)


def test_ice_and_liquid_meet_at_the_triple_point() -> None:
    assert saturation_pressure(273.1599) == pytest.approx(saturation_pressure(273.16), rel=1e-4)


@given(T=st.floats(120.0, 331.0))
def test_the_dew_point_inverts_the_vapour_pressure(T: float) -> None:
    assert dew_point(saturation_pressure(T)) == pytest.approx(T, abs=0.01)


def test_outside_the_fit_there_is_no_answer() -> None:
    assert dew_point(1e-30) is None and dew_point(1.0) is None
    with pytest.raises(OptionError, match="110 to 332 K"):
        saturation_pressure(400.0)


def test_atmospheres_rise_from_the_glove_box_to_air() -> None:
    ppm = [atmosphere.ppm for atmosphere in atmospheres()]
    assert ppm == pytest.approx([0.1, 1.0, 128.0, 15850.0], rel=0.01)
