"""Ratio of walks to molecular dynamics, and its factors."""

from __future__ import annotations

from math import exp

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from antiperovskite.carriers.compare import motion_points, ratio_point, two_point_energy
from antiperovskite.carriers.mean_force import MeanForce
from antiperovskite.carriers.model import MotionPoint, WalkPoint
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.transport.model import Interval
from antiperovskite.transport.study.records import shipped_study
from antiperovskite.units import BOLTZMANN_EV_PER_K


def q(value, uncertainty=None, unit="1"):
    return Quantity(value=value, uncertainty=uncertainty, unit=unit, method="test", source="test")


def point(variant, D):
    return WalkPoint(
        temperature_K=1000.0, variant=variant, placements=3, vacancies=10, sites=400, hop_rate=q(0.4, 0.001, "THz"),
        diffusion=q(D, 0.01 * D, "cm^2/s"), correlation_factor=q(0.7, 0.01), haven_ratio=q(0.7, 0.1),
        conductivity=q(0.1, 0.01, "S/cm"),
    )  # fmt: skip


MOTION = MotionPoint(
    temperature_K=1000.0, atoms=131, diffusion=q(5e-7, 5e-8, "cm^2/s"),
    interval95=Interval(low=4e-7, high=6.25e-7, level=95, unit="cm^2/s"), hop_rate=q(0.3, 0.03, "THz"),
    correlation_factor=q(0.6, 0.1), together=q(0.3), together_over_chance=q(2.0, 0.3), halides_displaced=q(0.0),
)  # fmt: skip
FORCE = MeanForce(
    temperature_K=1000.0, planes=(), barrier=q(0.45, 0.01, "eV"), rate=q(0.05, 0.005, "THz"),
    effective_attempt=q(1.0, 0.1, "THz"),
)  # fmt: skip
WALKS = [point("free", 1e-6), point("trapped", 8e-7), point("trapped, repelling", 7.6e-7)]


def test_the_factors_multiply_to_the_corrected_ratio():
    found = ratio_point(1000.0, WALKS, MOTION, FORCE, 0.08, "")
    values = {factor.name: factor.value.value for factor in found.factors}
    assert found.ratio.value == pytest.approx(2.0, rel=0.02)
    assert values["trapping"] == pytest.approx(0.8)
    assert values["repulsion of vacancies"] == pytest.approx(0.95)
    assert values["anharmonicity"] == pytest.approx(0.625)
    assert values["hop rate, walk over dynamics"] == pytest.approx(4 / 3)
    assert found.corrected.value == pytest.approx(2.0 * 0.8 * 0.95 * 0.625, rel=0.02)
    assert found.interval95.low < found.ratio.value < found.interval95.high
    assert found.interval95.low == pytest.approx(1e-6 / 6.25e-7, rel=0.03)


def test_without_a_mean_force_nothing_is_called_corrected():
    found = ratio_point(1000.0, WALKS, MOTION, None, 0.08, "")
    assert isinstance(found.corrected, NotComputed)
    assert found.corrected95 is None


def test_what_the_shipped_molecular_dynamics_says():
    study = shipped_study("Li3OCl")
    assert study is not None
    points = motion_points(study, "Li")
    assert len({p.temperature_K for p in points}) >= 3
    for one in points:
        assert one.interval95.low < one.diffusion.value < one.interval95.high
        # jumps per vacancy: rate per ion times ions over vacancies
        step = next(s for s in (*study.steps, *(c.large for c in study.size_checks))
                    if (s.temperature_K, s.n_atoms) == (one.temperature_K, one.atoms))  # fmt: skip
        jumps = step.jumps[0]
        vacancies = round(step.vacancy_share.magnitude("1") * jumps.n_sites)
        assert one.hop_rate.value == pytest.approx(jumps.rate.value * jumps.n_ions / vacancies, rel=1e-3)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(low=st.floats(300, 900), step=st.floats(50, 600), energy=st.floats(0.05, 1.5))
def test_two_temperatures_give_the_energy_back(low, step, energy):
    values = [(T, q(exp(-energy / (BOLTZMANN_EV_PER_K * T)))) for T in (low, low + step)]
    assert two_point_energy(*values, "x").value == pytest.approx(energy, rel=1e-6)
