"""The integrators sample what they say: distributions against theory, order in the time step, conserved momentum.

Every check is one that a wrong thermostat fails; the last test shows it with Berendsen's. Seeds are fixed, so nothing
here passes or fails by chance.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from ase import Atoms, units
from scipy import stats

from antiperovskite.dynamics.conditions import Conditions
from antiperovskite.dynamics.equilibration import statistical_inefficiency
from antiperovskite.dynamics.integrators import CHAIN, Integrator, State
from antiperovskite.engines.lammps.dynamics import thermal_velocities

N = 8
EVERY, STRIDE = 4, 25  # steps between samples, samples between independent ones
DEGREES = 3 * N - 3


class Crystal:
    """What an integrator needs of ``ase.Atoms``, without their cost: half a million steps are made here."""

    def __init__(self, n, size):
        self.masses = np.full(n, 39.95)
        self.positions, self.cell = np.zeros((n, 3)), size * np.eye(3)

    def __len__(self):
        return len(self.masses)

    def get_masses(self):
        return self.masses

    def set_positions(self, positions, apply_constraint=True):
        self.positions = positions

    def set_cell(self, cell, scale_atoms=False):
        self.cell = cell

    def get_volume(self):
        return abs(np.linalg.det(self.cell))

    def get_stress(self, voigt=True):
        return np.zeros(6)


class IdealGas(Crystal):
    """No forces at all."""

    def get_forces(self):
        return np.zeros_like(self.positions)

    def get_potential_energy(self):
        return 0.0


class Springs(Crystal):
    """Every pair joined by a spring of length zero: translation invariant and exactly solvable."""

    k, quartic = 0.15, 0.0

    def _away(self):
        return self.positions - self.positions.mean(axis=0)

    def get_potential_energy(self):
        away = self._away()
        return 0.5 * self.k * len(self) * (away**2).sum() + 0.25 * self.quartic * (away**4).sum()

    def get_forces(self):
        away = self._away()
        cubes = away**3
        return -self.k * len(self) * away - self.quartic * (cubes - cubes.mean(axis=0))


class Anharmonic(Springs):
    """With a quarter of a fourth power of the distance from the centre of mass."""

    quartic = 5.0


def integrator(kind, *, size=10.0, seed=0, **conditions):
    settings = Conditions(**{"temperature_K": 300.0, "timestep_fs": 4.0, "thermostat_fs": 50.0, **conditions})
    rng = np.random.default_rng(seed)
    crystal = kind(N, size)
    velocities = thermal_velocities(crystal, settings.temperature_K, seed) / units.fs
    state = State(0, rng.uniform(0, 1.0, (N, 3)), velocities, crystal.cell.copy(), np.zeros(CHAIN), rng)
    return Integrator(crystal, settings, state)


def sample(moving, steps, every, *, discard=500):
    kinetic, potential, volume = [], [], []
    for _ in range(discard):
        moving.step()
    for step in range(steps):
        moving.step()
        if step % every == 0:
            kinetic.append(moving.kinetic_energy())
            potential.append(moving.atoms.get_potential_energy())
            volume.append(abs(np.linalg.det(moving.state.cell)))
    return np.array(kinetic), np.array(potential), np.array(volume)


def thinned(series):
    """Samples 400 fs apart: eight relaxation times of the thermostat."""
    return series[::STRIDE]


def kinetic_p_value(kinetic, temperature=300.0):
    """Kolmogorov-Smirnov: 2K/kT follows chi-squared with 3N - 3 degrees of freedom."""
    return stats.kstest(2 * thinned(kinetic) / (units.kB * temperature), stats.chi2(DEGREES).cdf).pvalue


def log_ratio_slope(first, second):
    """Maximum-likelihood slope of ln P2(x)/P1(x) in x, and its standard error (Shirts 2013, 10.1021/ct300688p)."""
    x = np.concatenate([first, second])
    y = np.concatenate([np.zeros(len(first)), np.ones(len(second))])
    centre, width = x.mean(), x.std()
    design = np.column_stack([np.ones_like(x), (x - centre) / width])
    weights = np.zeros(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ weights))
        information = design.T @ (design * (p * (1 - p))[:, None])
        weights += np.linalg.solve(information, design.T @ (y - p))
    return weights[1] / width, math.sqrt(np.linalg.inv(information)[1, 1]) / width


THERMOSTATS = ["bussi", "nose-hoover", "langevin"]


@pytest.mark.parametrize("thermostat", THERMOSTATS)
def test_kinetic_energies_follow_maxwell_and_boltzmann_and_momentum_rests(thermostat):
    moving = integrator(Anharmonic, thermostat=thermostat)
    kinetic, potential, _ = sample(moving, 14_000, EVERY)
    assert kinetic_p_value(kinetic) > 0.01
    assert np.abs((moving.masses * moving.state.velocities).sum(axis=0)).max() < 1e-10
    assert potential.std() > 0.05


def test_a_harmonic_crystal_holds_half_a_kT_in_every_mode():
    # Langevin only: with all modes of one frequency the phases never mix, and a global thermostat cannot mix them
    _, potential, _ = sample(integrator(Springs, thermostat="langevin"), 14_000, EVERY)
    kept = thinned(potential)
    expected = 0.5 * DEGREES * units.kB * 300.0
    assert abs(kept.mean() - expected) < 4 * kept.std() / math.sqrt(len(kept))
    assert kept.std() / math.sqrt(len(kept)) < 0.06 * expected
    assert kept.var() == pytest.approx(0.5 * DEGREES * (units.kB * 300.0) ** 2, rel=4 * math.sqrt(2 / len(kept)))


@pytest.mark.parametrize("thermostat", THERMOSTATS)
def test_two_temperatures_differ_by_their_boltzmann_factors(thermostat):
    energies = []
    for temperature in (300.0, 360.0):
        moving = integrator(Anharmonic, thermostat=thermostat, temperature_K=temperature, seed=2)
        energies.append(thinned(sample(moving, 10_000, EVERY)[1]))
    slope, error = log_ratio_slope(*energies)
    expected = 1 / (units.kB * 300.0) - 1 / (units.kB * 360.0)
    assert abs(slope - expected) < 3 * error
    assert error < 0.4 * expected  # the test can tell a wrong ensemble from a right one


def test_an_ideal_gas_at_constant_pressure_has_its_volume_and_fluctuations():
    pressure, kT = 0.2, units.kB * 300.0
    in_internal = pressure * units.GPa
    moving = integrator(
        IdealGas, ensemble="npt", pressure_GPa=pressure, size=(9 * kT / in_internal) ** (1 / 3), barostat_fs=100.0,
        bulk_modulus_GPa=1.0,
    )  # fmt: skip
    _, _, volume = sample(moving, 24_000, EVERY, discard=1000)
    samples = len(volume) / statistical_inefficiency(volume)
    mean = (N + 1) * kT / in_internal
    assert samples > 60
    assert abs(volume.mean() - mean) < 3 * volume.std() / math.sqrt(samples)
    # a gamma distribution of shape N + 1: the relative variance is 1 / (N + 1)
    assert volume.var() / volume.mean() ** 2 == pytest.approx(1 / (N + 1), rel=4 * math.sqrt(2 / samples))
    shape = stats.kstest(thinned(volume), stats.gamma(N + 1, scale=kT / in_internal).cdf).pvalue
    assert shape > 0.01


@pytest.mark.parametrize("thermostat", ["bussi", "nose-hoover"])
def test_two_pressures_differ_by_their_work(thermostat):
    volumes, kT = [], units.kB * 300.0
    for pressure in (0.2, 0.26):
        moving = integrator(
            IdealGas, ensemble="npt", pressure_GPa=pressure, size=5.7, barostat_fs=100.0, bulk_modulus_GPa=1.0,
            thermostat=thermostat, seed=4,
        )  # fmt: skip
        volumes.append(thinned(sample(moving, 10_000, EVERY)[2]))
    slope, error = log_ratio_slope(*volumes)
    expected = -0.06 * units.GPa / kT
    assert abs(slope - expected) < 3 * error
    assert error < 0.5 * abs(expected)


def test_the_error_of_the_energy_is_second_order_in_the_time_step():
    worst = []
    for timestep in (2.0, 1.0, 0.5):
        moving = integrator(Anharmonic, ensemble="nve", timestep_fs=timestep, seed=5)
        start = moving.kinetic_energy() + moving.atoms.get_potential_energy()
        deviations = []
        for _ in range(int(400 / timestep)):
            moving.step()
            deviations.append(moving.kinetic_energy() + moving.atoms.get_potential_energy() - start)
        worst.append(max(map(abs, deviations)))
    assert worst[0] / worst[1] == pytest.approx(4.0, rel=0.15)
    assert worst[1] / worst[2] == pytest.approx(4.0, rel=0.1)


def test_nve_runs_backwards_to_where_it_began():
    moving = integrator(Anharmonic, ensemble="nve", seed=6)
    start = moving.state.positions.copy()
    for _ in range(200):
        moving.step()
    assert np.abs(moving.state.positions - start).max() > 0.3
    moving.state.velocities = -moving.state.velocities
    for _ in range(200):
        moving.step()
    assert np.abs(moving.state.positions - start).max() < 1e-9


def test_the_same_seed_gives_the_same_run_and_another_another():
    runs = []
    for seed in (1, 1, 2):
        moving = integrator(Springs, thermostat="bussi", seed=seed)
        for _ in range(50):
            moving.step()
        runs.append(moving.state.positions)
    assert (runs[0] == runs[1]).all()
    assert np.abs(runs[0] - runs[2]).max() > 0.01


def test_thermal_velocities_have_the_temperature_and_no_momentum():
    atoms = Atoms("Li3OCl", positions=np.arange(15).reshape(5, 3))
    velocities = thermal_velocities(atoms, 700.0, 3) / units.fs
    masses = atoms.get_masses()[:, None]
    assert (masses * velocities**2).sum() / (12 * units.kB) == pytest.approx(700.0)
    assert np.abs((masses * velocities).sum(axis=0)).max() < 1e-14
    assert (thermal_velocities(Atoms("Li"), 700.0, 3) == 0).all()


def test_a_thermostat_that_only_pulls_towards_the_mean_is_caught():
    class Berendsen(Integrator):
        def _bussi(self, duration):
            target = 0.5 * self.degrees * self.kT
            factor = 1 + duration / (50.0 * units.fs) * (target / self.kinetic_energy() - 1)
            self.state.velocities = self.state.velocities * math.sqrt(factor)

    right = integrator(Anharmonic)
    wrong = Berendsen(right.atoms, right.conditions, right.state)
    kinetic, _, _ = sample(wrong, 14_000, EVERY)
    assert kinetic_p_value(kinetic) < 1e-6
