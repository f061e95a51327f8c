"""Rates from mean forces: harmonic limit, and dynamics in a potential whose mean force is known."""

from __future__ import annotations

import numpy as np
import pytest
from ase import Atoms
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.constants import angstrom, atomic_mass, electron_volt

from antiperovskite.carriers.mean_force import mean_force_rate, profile_rate
from antiperovskite.engines.model import EngineCard
from antiperovskite.errors import OptionError
from antiperovskite.migration.ends import Ends
from antiperovskite.units import BOLTZMANN_EV_PER_K

HOP, HEIGHT, SPRING = 2.8, 0.3, 3.0


class Corrugated:
    """Ion 0 in V = H/2 (1 - cos(2 pi x / d)) with springs across; the others on springs about their sites."""

    card = EngineCard(
        name="corrugated", version="1", description="for tests", reference_method="none", energy_scale="corrugated",
        licence="none", known_bias=(), citations=(),
    )  # fmt: skip

    def __init__(self, sites):
        self.sites = sites

    def calculator(self):
        from ase.calculators.calculator import Calculator, all_changes

        sites = self.sites

        class Toy(Calculator):
            implemented_properties = ("energy", "forces")

            def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
                super().calculate(atoms, properties, system_changes)
                gap = self.atoms.positions - sites
                forces = -SPRING * gap
                energy = 0.5 * SPRING * float((gap[1:] ** 2).sum() + (gap[0, 1:] ** 2).sum())
                k = 2.0 * np.pi / HOP
                energy += 0.5 * HEIGHT * (1.0 - np.cos(k * gap[0, 0]))
                forces[0, 0] = -0.5 * HEIGHT * k * np.sin(k * gap[0, 0])
                self.results = {"energy": energy, "forces": forces}

        return Toy()


def ends_of(sites):
    atoms = Atoms("LiCl3", positions=sites, cell=[12, 12, 12], pbc=True)
    last = sites.copy()
    last[0, 0] += HOP
    return Ends(atoms, sites, last, (0,), np.array([1, 2, 2, 2]), (), ())


SITES = np.array([[2.0, 2, 2], [8.0, 2, 2], [2.0, 8, 2], [2.0, 2, 8]])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stiffness=st.floats(0.5, 10.0), kT=st.floats(0.005, 0.03), mass=st.floats(1.0, 40.0))
def test_a_stiff_parabola_gives_the_harmonic_rate(stiffness, kT, mass):
    q = np.linspace(-1.5, 1.5, 61)
    barrier, rate = profile_rate(q, -stiffness * q, kT, mass)
    nu = np.sqrt(stiffness * electron_volt / angstrom**2 / (mass * atomic_mass)) / (2.0 * np.pi) * 1e-12
    assert barrier == pytest.approx(0.5 * stiffness * 1.5**2, rel=1e-6)
    assert rate == pytest.approx(nu * np.exp(-barrier / kT), rel=2e-3)


def test_the_mean_force_of_dynamics_is_that_of_the_potential(tmp_path):
    ends = ends_of(SITES)
    images = [SITES, SITES + np.array([[HOP / 2, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]])]
    shares = tuple(np.linspace(-0.4, 0.5, 10).round(3))
    found = mean_force_rate(
        ends, images, Corrugated(SITES), 600.0, static_barrier=HEIGHT, ps=0.4, settle_ps=0.1, shares=shares,
        folder=tmp_path,
    )  # fmt: skip
    # the net force is taken off every ion, which changes it by terms of the others that average to zero
    for plane in found.planes:
        exact = -0.5 * HEIGHT * 2.0 * np.pi / HOP * np.sin(2.0 * np.pi * plane.share)
        assert plane.force == pytest.approx(exact * 0.75, abs=5.0 * plane.error + 0.02)
        assert 300.0 < plane.temperature_K < 1000.0
    assert len(list(tmp_path.glob("plane-*.json"))) == len(shares)
    again = mean_force_rate(
        ends, images, Corrugated(SITES), 600.0, static_barrier=HEIGHT, ps=0.4, settle_ps=0.1, shares=shares,
        folder=tmp_path,
    )  # fmt: skip
    assert again == found
    kT = BOLTZMANN_EV_PER_K * 600.0
    assert found.effective_attempt.value == pytest.approx(found.rate.value * np.exp(HEIGHT / kT))


@pytest.mark.parametrize("shares", [(0.0, 0.4), (0.1, 0.5), (0.3, 0.0, 0.5)])
def test_planes_must_reach_the_middle_and_begin_at_the_site(shares):
    with pytest.raises(OptionError, match="planes"):
        mean_force_rate(ends_of(SITES), [SITES], Corrugated(SITES), 600.0, static_barrier=0.3, shares=shares)
