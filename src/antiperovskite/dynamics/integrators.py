"""Integrators that move a crystal under any engine's forces, one step at a time.

Written as functions on an explicit state, because a checkpoint must hold everything that decides the next step. ASE's
own Nose-Hoover integrators keep part of it in private attributes and count the centre of mass, which rests here, as
three thermal degrees of freedom; with 3N - 3 degrees the temperature of a small cell is right.

- NVE: velocity Verlet.
- NVT, Bussi: exact resampling of the kinetic energy (10.1063/1.2408420), half a step before and after NVE.
- NVT, Nose-Hoover chain of three (10.1063/1.463940), fourth-order Suzuki-Yoshida factorisation.
- NVT, Langevin: BAOAB splitting (10.1093/amrx/abs010), the noise projected so that momentum stays zero.
- NPT: stochastic cell rescaling, isotropic (10.1063/5.0020514), with any of the thermostats.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from antiperovskite.dynamics.conditions import Conditions

CHAIN = 3
_FOURTH_ORDER = (1 / (2 - 2 ** (1 / 3)), -(2 ** (1 / 3)) / (2 - 2 ** (1 / 3)), 1 / (2 - 2 ** (1 / 3)))


@dataclass
class State:
    """Everything that decides how a run goes on.

    ``positions`` in angstrom, unwrapped, ``velocities`` in ASE units (angstrom sqrt(eV/u)), both shape ``(n, 3)``;
    ``cell`` shape ``(3, 3)``; ``eta_velocity`` are the rates of the thermostat chain in inverse ASE time, shape
    ``(3,)``; ``rng`` a NumPy generator.
    """

    step: int
    positions: Any
    velocities: Any
    cell: Any
    eta_velocity: Any
    rng: Any


class Integrator:
    """Moves a :class:`State`; holds the masses, the forces of the present positions and nothing else.

    Parameters
    ----------
    atoms
        ``ase.Atoms`` with a calculator; positions and cell are overwritten by those of the state.
    conditions
        Ensemble, temperature, time step.
    state
        Where to begin.
    """

    def __init__(self, atoms: Any, conditions: Conditions, state: State) -> None:
        from ase import units

        self.atoms = atoms
        self.conditions = conditions
        self.state = state
        self.masses = atoms.get_masses()[:, None]
        self.degrees = max(3 * len(atoms) - 3, 1)
        self.dt = conditions.timestep_fs * units.fs
        self.kT = units.kB * conditions.temperature_K
        self._relaxation = conditions.thermostat_fs * units.fs
        self._barostat = conditions.barostat_fs * units.fs
        self._place()
        self.forces = atoms.get_forces()

    def step(self) -> None:
        """Advance by one time step."""
        {"nve": self._verlet, "nvt": self._nvt, "npt": self._npt}[self.conditions.ensemble]()
        self.state.step += 1

    def kinetic_energy(self) -> float:
        """Kinetic energy in eV."""
        return 0.5 * float((self.masses * self.state.velocities**2).sum())

    def temperature(self) -> float:
        """Instantaneous temperature in K, 3N - 3 degrees of freedom."""
        from ase import units

        return 2.0 * self.kinetic_energy() / (self.degrees * float(units.kB))

    def pressure(self) -> float:
        """Instantaneous pressure in eV/angstrom^3: 2K/3V minus a third of the trace of the stress."""
        volume = abs(float(self.atoms.get_volume()))
        stress = self.atoms.get_stress(voigt=True)
        return 2.0 * self.kinetic_energy() / (3.0 * volume) - float(stress[:3].sum()) / 3.0

    # --- pieces ---------------------------------------------------------------------------------------------------

    def _place(self) -> None:
        self.atoms.set_cell(self.state.cell, scale_atoms=False)
        self.atoms.set_positions(self.state.positions, apply_constraint=False)

    def _kick(self, duration: float) -> None:
        self.state.velocities = self.state.velocities + duration * self.forces / self.masses

    def _drift(self, duration: float) -> None:
        self.state.positions = self.state.positions + duration * self.state.velocities

    def _update_forces(self) -> None:
        self._place()
        self.forces = self.atoms.get_forces()

    def _verlet(self) -> None:
        self._kick(0.5 * self.dt)
        self._drift(self.dt)
        self._update_forces()
        self._kick(0.5 * self.dt)

    def _nvt(self) -> None:
        if self.conditions.thermostat == "langevin":
            self._kick(0.5 * self.dt)
            self._drift(0.5 * self.dt)
            self._ornstein_uhlenbeck(self.dt)
            self._drift(0.5 * self.dt)
            self._update_forces()
            self._kick(0.5 * self.dt)
            return
        self._thermostat(0.5 * self.dt)
        self._verlet()
        self._thermostat(0.5 * self.dt)

    def _npt(self) -> None:
        # the cell is rescaled in the middle of the drift, so that no force has to be computed twice
        pressure = self.pressure()
        self._thermostat(0.5 * self.dt)
        self._kick(0.5 * self.dt)
        self._drift(0.5 * self.dt)
        self._rescale_cell(pressure, self.dt)
        self._drift(0.5 * self.dt)
        self._update_forces()
        self._kick(0.5 * self.dt)
        self._thermostat(0.5 * self.dt)

    def _thermostat(self, duration: float) -> None:
        {
            "bussi": self._bussi,
            "nose-hoover": self._chain,
            "langevin": self._ornstein_uhlenbeck,
        }[self.conditions.thermostat](duration)

    def _bussi(self, duration: float) -> None:
        """Draw a new kinetic energy from its conditional distribution (equation A7 of the paper)."""
        kinetic = self.kinetic_energy()
        if kinetic <= 0.0:
            return
        keep = math.exp(-duration / self._relaxation)
        target = 0.5 * self.degrees * self.kT
        first = float(self.state.rng.standard_normal())
        others = float(self.state.rng.chisquare(self.degrees - 1)) if self.degrees > 1 else 0.0
        share = target / (self.degrees * kinetic) * (1.0 - keep)
        factor = keep + share * (first * first + others) + 2.0 * first * math.sqrt(keep * share)
        sign = -1.0 if first + math.sqrt(keep / share) < 0.0 else 1.0
        self.state.velocities = sign * math.sqrt(max(factor, 0.0)) * self.state.velocities

    def _ornstein_uhlenbeck(self, duration: float) -> None:
        import numpy as np

        keep = math.exp(-duration / self._relaxation)
        noise = self.state.rng.standard_normal(self.state.velocities.shape) * np.sqrt(self.kT / self.masses)
        velocities = keep * self.state.velocities + math.sqrt(1.0 - keep * keep) * noise
        # projecting on zero momentum is exact: the centre of mass is one independent mode of this process
        self.state.velocities = velocities - (self.masses * velocities).sum(axis=0) / self.masses.sum()

    def _chain(self, duration: float) -> None:
        """Nose-Hoover chain: masses Q1 = N_f kT tau^2, Qj = kT tau^2; rates v_j = p_j / Q_j."""
        masses = [self.kT * self._relaxation**2] * CHAIN
        masses[0] *= self.degrees
        rate = self.state.eta_velocity
        kinetic = self.kinetic_energy()
        scale = 1.0
        for weight in _FOURTH_ORDER:
            h = weight * duration

            def push(j: int, h: float = h, *, scale: float) -> None:
                drag = math.exp(-0.25 * h * rate[j + 1]) if j + 1 < CHAIN else 1.0
                if j == 0:
                    force = (2.0 * kinetic * scale**2 - self.degrees * self.kT) / masses[0]
                else:
                    force = (masses[j - 1] * rate[j - 1] ** 2 - self.kT) / masses[j]
                rate[j] = (rate[j] * drag + 0.5 * h * force) * drag

            for j in reversed(range(CHAIN)):
                push(j, scale=scale)
            scale *= math.exp(-h * rate[0])
            for j in range(CHAIN):
                push(j, scale=scale)
        self.state.velocities = scale * self.state.velocities

    def _rescale_cell(self, pressure: float, duration: float) -> None:
        """One step of d(ln V) = -(beta/tau)(P0 - P) dt + sqrt(2 kT beta/(V tau)) dW; positions up, velocities down.

        kT/V is added to P: the centre of mass rests in the run, but its freedom to be anywhere in V belongs to the
        ensemble (with it an ideal gas has <V> = (N + 1) kT/P, as it should).
        """
        from antiperovskite.units import conversion_factor

        to_internal = conversion_factor("GPa", "eV/angstrom^3")
        volume = abs(float(self.atoms.get_volume()))
        speed = duration / (self.conditions.bulk_modulus_GPa * to_internal * self._barostat)
        excess = pressure + self.kT / volume - self.conditions.pressure_GPa * to_internal
        noise = math.sqrt(2.0 * self.kT * speed / volume) * float(self.state.rng.standard_normal())
        stretch = math.exp((speed * excess + noise) / 3.0)
        self.state.cell = self.state.cell * stretch
        self.state.positions = self.state.positions * stretch
        self.state.velocities = self.state.velocities / stretch
