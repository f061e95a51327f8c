"""Kinetic Monte Carlo against what is known exactly."""

from __future__ import annotations

from math import exp, pi, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiperovskite.kinetics.gas import HopRates, LatticeGas, rate_per_hop
from antiperovskite.kinetics.lattice import hop_lattice, plain_lattice
from antiperovskite.kinetics.measure import measure, record, settle
from antiperovskite.units import BOLTZMANN_EV_PER_K

T = 600.0
KT = BOLTZMANN_EV_PER_K * T
OXYGEN_CAGE = np.array([[0.5, 0.5, 0.0], [0.5, 0.0, 0.5], [0.0, 0.5, 0.5]])


def occupation(gas, sites, rounds, duration):
    """Share of time a carrier spends on each of some sites."""
    found = np.zeros(len(sites))
    for _ in range(rounds):
        gas.advance(duration)
        found += gas.occupied()[sites]
    return found / rounds


@pytest.mark.parametrize(
    ("name", "size", "known"),
    [
        ("simple cubic", 12, 0.6531),
        ("bcc", 9, 0.7272),
        ("fcc", 8, 0.7815),
        ("honeycomb", (24, 14, 1), 1 / 3),
        ("square", (40, 40, 1), 1 / (pi - 1)),
    ],
)
def test_correlation_factor_of_a_single_vacancy(name, size, known):
    gas = LatticeGas(plain_lattice(name, size, 3.0), HopRates(10.0, 0.3), 1, T, seed=11)
    found = measure(gas, n_frames=600, hops_per_frame=4.0).correlation_factor
    assert found.uncertainty < 0.005
    assert abs(found.value - known) < 3 * found.uncertainty


@pytest.mark.parametrize("general", [False, True])
@pytest.mark.parametrize(("name", "z"), [("simple cubic", 6), ("fcc", 12)])
def test_an_isolated_carrier_walks_at_random(name, z, general):
    """D = z Gamma d^2 / 6, with both cores."""
    lattice = plain_lattice(name, 5, 2.0)
    gas = LatticeGas(lattice, HopRates(8.0, 0.2), 1, T, seed=2, general=general)
    assert gas.blocked_walk is not general
    rate, d2 = rate_per_hop(8.0, 0.2, T), lattice.lengths[0] ** 2
    start, step = gas.carrier_positions(), 20.0 / (z * rate)
    squares = []
    for _ in range(4000):
        gas.advance(step)
        here = gas.carrier_positions()
        squares.append(((here - start) ** 2).sum())
        start = here
    expected = z * rate * d2 * step
    assert np.mean(squares) == pytest.approx(expected, abs=4 * np.std(squares) / sqrt(4000))
    assert gas.n_hops == pytest.approx(4000 * 20, abs=4 * sqrt(4000 * 20))


def test_both_cores_agree_where_carriers_only_exclude_each_other():
    lattice = plain_lattice("simple cubic", 8, 3.0)
    found = [
        measure(LatticeGas(lattice, HopRates(10.0, 0.3), 100, T, seed=5, general=general), n_frames=300)
        for general in (False, True)
    ]
    assert [run.core for run in found] == ["blocked walk", "n-fold way"]
    rates = [run.hop_rate for run in found]
    assert abs(rates[0].value - rates[1].value) < 5 * sqrt(2) * rates[0].uncertainty
    assert rates[0].value == pytest.approx(6 * rate_per_hop(10.0, 0.3, T) * (1 - 99 / 511), rel=0.01)
    factors = [run.correlation_factor for run in found]
    assert abs(factors[0].value - factors[1].value) < 4 * sqrt(sum(f.uncertainty**2 for f in factors))


def test_haven_ratio_of_a_lattice_gas_without_interactions():
    """The sum of all displacements is uncorrelated: H = f, and D_collective = z Gamma d^2/6 (1 - ion fraction)."""
    lattice = plain_lattice("simple cubic", 7, 3.0)
    gas = LatticeGas(lattice, HopRates(10.0, 0.3), 103, T, seed=3)
    run = measure(gas, n_frames=4000, hops_per_frame=1.0)
    assert run.diffusion is not None
    many, haven = run.diffusion.collective_diffusion_coefficient, run.diffusion.haven_ratio
    exact = rate_per_hop(10.0, 0.3, T) * 9.0 * 103 / 342 * 1e-4  # one site fewer to hop to than sites
    assert abs(many.value - exact) < 3 * many.uncertainty
    assert abs(haven.value - run.correlation_factor.value) < 3 * haven.uncertainty


def test_two_level_sites_are_occupied_as_boltzmann_says():
    lattice = plain_lattice("simple cubic", 4, 3.0)
    energies = np.where(np.arange(lattice.n_sites) % 2, 0.06, 0.0)
    rates = HopRates(10.0, 0.3, site_energies=energies)
    gas = LatticeGas(lattice, rates, 1, T, carrier="interstitial", seed=4)
    settle(gas)
    share = occupation(gas, np.flatnonzero(energies > 0), 30000, 3.0 / (6 * rate_per_hop(10.0, 0.3, T))).sum()
    high = exp(-0.06 / KT)
    assert share == pytest.approx(high / (1 + high), abs=0.012)


@pytest.mark.parametrize("general", [False, True])
def test_a_trap_binds_a_vacancy_by_its_energy(general):
    """One deep site: time on it over time on another is exp(E/KT)."""
    lattice = plain_lattice("simple cubic", 3, 3.0)
    energies = np.zeros(27)
    energies[5] = 0.15
    gas = LatticeGas(lattice, HopRates(10.0, 0.3, site_energies=energies), 1, T, seed=6, general=general)
    share = occupation(gas, np.array([5]), 30000, 2.0 / rate_per_hop(10.0, 0.3, T))[0]
    weight = exp(0.15 / KT)
    assert share == pytest.approx(weight / (weight + 26), abs=0.02)


@pytest.mark.parametrize("J", [0.05, -0.05])
def test_pair_energies_keep_detailed_balance(J):
    """Two vacancies on the 3 x 3 x 3 torus: neighbours weigh exp(-J/KT) each against apart ones."""
    lattice = plain_lattice("simple cubic", 3, 3.0)
    gas = LatticeGas(lattice, HopRates(10.0, 0.3, pair_energy=J), 2, T, seed=7)
    near = lattice.neighbours
    together, rounds = 0, 20000
    for _ in range(rounds):
        gas.advance(1.0 / rate_per_hop(10.0, 0.3, T))
        a, b = np.flatnonzero(gas.occupied())
        together += b in near[a]
    weight = 6 * exp(-J / KT)
    assert together / rounds == pytest.approx(weight / (weight + 20), abs=0.025)


def test_mobility_in_a_weak_field_is_that_of_einstein():
    """Drift of an isolated carrier: v = D q E/KT; of the lattice gas: sigma from drift is sigma from fluctuations."""
    lattice = plain_lattice("simple cubic", 8, 3.0)
    volume, kelvin_factor = 24.0**3 * 1e-24, 1.602176634e-19
    rates = HopRates(10.0, 0.3, field=(0.004, 0.0, 0.0))
    run = measure(LatticeGas(lattice, rates, 40, T, carrier="interstitial", seed=8), n_frames=3000, hops_per_frame=50.0)
    D = rate_per_hop(10.0, 0.3, T) * 9.0 * (1 - 39 / 511) * 1e-4
    sigma = 40 / volume * kelvin_factor * D / KT
    assert run.diffusion is None and run.refusal
    assert run.field_conductivity.uncertainty < 0.03 * sigma
    assert abs(run.field_conductivity.value - sigma) < 3 * run.field_conductivity.uncertainty


def test_hops_count_neighbours_after_a_long_run():
    """The classes are kept step by step: at the end they must be what a fresh count gives."""
    from antiperovskite.kinetics.kernel import count_walkers

    lattice = hop_lattice(3.9 * np.eye(3), OXYGEN_CAGE, (4, 4, 4))
    for J in (0.03, -0.03):
        gas = LatticeGas(lattice, HopRates(10.0, 0.3, pair_energy=J), 60, T, seed=9)
        gas.advance(30000.0 / (10.0 * 60))
        gas.advance(2000.0)
        assert gas.n_hops > 3000
        assert (gas._crowd == count_walkers(60, lattice.packed, gas._objects)).all()
        assert sorted(gas._objects) == list(range(lattice.n_sites))
        depth = len(gas._before)
        for group, size in enumerate(gas._sizes):
            for walker in gas._lists[group, :size]:
                site = gas._places[walker]
                assert gas._bins[site] * depth + gas._crowd[site] == group
        free = gas._objects >= 60
        if J < 0:
            assert (gas._populated == np.bincount(gas._crowd[free], minlength=depth)).all()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 50), pair=st.sampled_from([0.0, 0.02]))
def test_the_sum_of_all_displacements_is_that_of_the_carriers(seed, n, pair):
    """Every hop moves an ion and a vacancy by opposite vectors."""
    gas = LatticeGas(plain_lattice("bcc", 3, 3.0), HopRates(10.0, 0.2, pair_energy=pair), n, T, seed=seed)
    ions, carriers = gas.positions().sum(axis=0), gas.carrier_positions().sum(axis=0)
    gas.advance(200.0)
    moved = gas.positions().sum(axis=0) - ions + gas.carrier_positions().sum(axis=0) - carriers
    assert np.abs(moved).max() < 1e-9
    assert gas.occupied().sum() == n


def test_equal_seeds_give_equal_runs_and_others_do_not():
    lattice = plain_lattice("fcc", 4, 3.0)
    for pair in (0.0, 0.02):
        runs = [
            record(LatticeGas(lattice, HopRates(10.0, 0.3, pair_energy=pair), 20, T, seed=seed), 64, 5.0)._positions
            for seed in (1, 1, 2)
        ]
        assert (runs[0] == runs[1]).all()
        assert (runs[0] != runs[2]).any()


def test_the_order_of_sites_and_the_origin_do_not_matter():
    """Another numbering and another origin: the same rates, factors and hop lengths within their errors."""
    cell = 3.9 * np.eye(3)
    found = []
    for sites in (OXYGEN_CAGE, OXYGEN_CAGE[::-1] + 0.137):
        gas = LatticeGas(hop_lattice(cell, sites, (6, 6, 6)), HopRates(10.0, 0.3), 13, T, seed=1)
        found.append(measure(gas, n_frames=400, hops_per_frame=4.0))
    a, b = found
    assert a.n_hops == pytest.approx(b.n_hops, rel=0.02)
    assert abs(a.correlation_factor.value - b.correlation_factor.value) < 4 * sqrt(
        a.correlation_factor.uncertainty**2 + b.correlation_factor.uncertainty**2
    )
