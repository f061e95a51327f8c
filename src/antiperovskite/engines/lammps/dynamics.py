"""Molecular dynamics in LAMMPS, in segments: each begins in a fresh session from the state the last one left.

A state is LAMMPS's own binary restart (positions, image flags, velocities, cell, thermostat and barostat variables,
step number) as bytes. Because an undisturbed run passes through the same states, a run continued after an interruption
repeats it to the last bit; nothing about neighbour lists or thermostats has to be reconstructed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from antiperovskite.engines.lammps.box import Box, load_structure, to_atoms
from antiperovskite.engines.lammps.evaluate import gather
from antiperovskite.engines.lammps.session import commands, session, set_potential
from antiperovskite.errors import OptionError

Ensemble = Literal["nve", "nvt", "npt"]
Thermostat = Literal["nose-hoover", "bussi", "langevin"]


class Frame(NamedTuple):
    """One moment of a run, in the crystal's frame of axes.

    ``positions`` (angstrom) are unwrapped: fractional coordinates that never jump, times this frame's ``cell`` (rows);
    ``velocities`` in angstrom/fs; energies in eV for the whole cell; ``pressure`` in GPa with its kinetic part;
    ``temperature`` in K for 3N - 3 degrees of freedom.
    """

    step: int
    positions: Any
    cell: Any
    velocities: Any
    potential_energy: float
    kinetic_energy: float
    temperature: float
    pressure: float


OnFrame = Callable[[Frame], "bool | None"]
"""Called with every frame that is to be kept; returning ``True`` ends the segment after it."""


@dataclass(frozen=True)
class LammpsDynamics:
    """How a structure moves: the potential and the integrator.

    Parameters
    ----------
    potential
        Pair commands.
    elements
        Element of each LAMMPS type.
    ensemble, thermostat
        ``nve``; ``nvt`` by a Nose-Hoover chain (``fix nvt``), Bussi's velocity rescaling (``fix temp/csvr``) or
        Langevin noise; ``npt`` isotropic by Nose-Hoover chains on particles and cell (``fix npt iso``).
    temperature_K, pressure_GPa, timestep_fs, thermostat_fs, barostat_fs
        Conditions and relaxation times.
    seed
        Of the stochastic thermostats; every segment draws from a stream of its own.
    """

    potential: tuple[str, ...]
    elements: tuple[str, ...]
    ensemble: Ensemble = "nvt"
    thermostat: Thermostat = "nose-hoover"
    temperature_K: float = 300.0
    pressure_GPa: float = 0.0
    timestep_fs: float = 1.0
    thermostat_fs: float = 100.0
    barostat_fs: float = 1000.0
    seed: int = 0

    def begin(self, structure: Any, velocities: Any) -> bytes:
        """Return the state at step 0: the structure with these velocities (angstrom/fs, shape ``(n, 3)``)."""
        import numpy as np

        atoms = to_atoms(structure)
        box = Box.of(atoms.cell.array)
        with session() as lmp:
            load_structure(lmp, atoms, elements=self.elements)
            flat = np.ascontiguousarray(box.inwards(np.asarray(velocities, dtype=float)) * 1000.0).ravel()
            lmp.scatter_atoms("v", 1, 3, np.ctypeslib.as_ctypes(flat))
            set_potential(lmp, self.potential)
            lmp.command("run 0 post no")  # LAMMPS writes restarts of initialised systems only
            return _written(lmp)

    def advance(self, state: bytes, cell: Any, steps: int, every: int, on_frame: OnFrame) -> bytes:
        """Move a state ``steps`` steps on and return the state there.

        Parameters
        ----------
        state
            From :meth:`begin` or an earlier :meth:`advance`.
        cell
            Any cell of the run with its original axes (it gives the rotation to LAMMPS's frame).
        steps, every
            Length of the segment, and after how many steps a frame is handed on; the first frame of a segment is its
            start only at step 0. ``steps`` is a multiple of ``every``.
        on_frame
            Receives each :class:`Frame`.

        Raises
        ------
        BrokenRunError
            Atoms were lost or positions became infinite; frames already handed on stand.
        """
        if every < 1 or steps % every:
            raise OptionError(f"a segment of {steps} steps cannot be cut into frames every {every} steps")
        rotation = Box.of(cell).rotation
        with session() as lmp:
            _read(lmp, state)
            set_potential(lmp, self.potential)
            commands(lmp, [f"timestep {self.timestep_fs / 1000.0:.12g}", "thermo 0", "thermo_modify norm no"])
            first = int(lmp.extract_global("ntimestep"))
            commands(lmp, self._fixes(first))
            lmp.command("run 0 post no")
            if first == 0 and on_frame(_frame(lmp, rotation)):
                return _written(lmp)
            for _ in range(steps // every):
                # cheaper than stopping LAMMPS for good: no new setup, the trajectory is that of one long run
                lmp.command(f"run {every} pre no post no")
                if on_frame(_frame(lmp, rotation)):
                    break
            return _written(lmp)

    def _fixes(self, step: int) -> list[str]:
        temperature = f"{self.temperature_K:.12g}"
        damp = f"{self.thermostat_fs / 1000.0:.12g}"
        # a stream per segment: LAMMPS does not save the state of these random numbers
        seed = 1 + (self.seed * 7_919 + step * 104_729 + 12_345) % 899_999_999
        if self.ensemble == "nve":
            return ["fix move all nve"]
        if self.ensemble == "npt":
            pressure = f"{self.pressure_GPa * 1e4:.12g}"
            press = f"{self.barostat_fs / 1000.0:.12g}"
            if self.thermostat != "nose-hoover":
                raise OptionError("constant pressure in LAMMPS goes with the thermostat nose-hoover")
            return [f"fix move all npt temp {temperature} {temperature} {damp} iso {pressure} {pressure} {press}"]
        if self.thermostat == "nose-hoover":
            return [f"fix move all nvt temp {temperature} {temperature} {damp}"]
        if self.thermostat == "bussi":
            return ["fix move all nve", f"fix heat all temp/csvr {temperature} {temperature} {damp} {seed}"]
        # zero yes: no net random force, so momentum stays zero and 3N - 3 degrees of freedom are heated
        return ["fix move all nve", f"fix heat all langevin {temperature} {temperature} {damp} {seed} zero yes"]


def molecular_dynamics(
    structure: Any,
    potential: Sequence[str],
    *,
    elements: Sequence[str],
    steps: int,
    every: int,
    on_frame: OnFrame,
    temperature_K: float,
    ensemble: Ensemble = "nvt",
    timestep_fs: float = 1.0,
    seed: int = 0,
    thermostat: Thermostat = "nose-hoover",
    pressure_GPa: float = 0.0,
) -> None:
    """Run once, without checkpoints: what distillation needs to meet configurations.

    Velocities are drawn at ``temperature_K``. ``on_frame`` gets a :class:`Frame` every ``every`` steps, the start
    included, and ends the run by returning ``True``.

    Raises
    ------
    BrokenRunError
        Atoms were lost or positions became infinite.
    """
    dynamics = LammpsDynamics(
        potential=tuple(potential),
        elements=tuple(elements),
        ensemble=ensemble,
        thermostat=thermostat,
        temperature_K=temperature_K,
        pressure_GPa=pressure_GPa,
        timestep_fs=timestep_fs,
        seed=seed,
    )
    atoms = to_atoms(structure)
    state = dynamics.begin(atoms, thermal_velocities(atoms, temperature_K, seed))
    dynamics.advance(state, atoms.cell.array, steps - steps % every, every, on_frame)


def thermal_velocities(atoms: Any, temperature_K: float, seed: int) -> Any:
    """Maxwell-Boltzmann velocities, angstrom/fs, shape ``(n, 3)``: no net momentum, kinetic energy (3N-3)kT/2 exactly.

    One atom alone gets none.
    """
    import numpy as np
    from ase import units

    masses = atoms.get_masses()
    rng = np.random.default_rng(seed)
    momenta = rng.standard_normal((len(atoms), 3)) * np.sqrt(masses * units.kB * temperature_K)[:, None]
    velocities = momenta / masses[:, None]
    velocities -= (masses[:, None] * velocities).sum(axis=0) / masses.sum()
    kinetic = 0.5 * float((masses[:, None] * velocities**2).sum())
    if kinetic <= 0.0 or temperature_K <= 0.0:
        return np.zeros_like(velocities)
    velocities *= np.sqrt(0.5 * (3 * len(atoms) - 3) * units.kB * temperature_K / kinetic)
    return velocities * units.fs  # ASE's time unit is angstrom sqrt(u/eV), units.fs of them make a femtosecond


@contextmanager
def _restart_file() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="antiperovskite-") as folder:
        yield Path(folder) / "state"


def _written(lmp: Any) -> bytes:
    with _restart_file() as path:
        lmp.command(f'write_restart "{path}"')
        return path.read_bytes()


def _read(lmp: Any, state: bytes) -> None:
    with _restart_file() as path:
        path.write_bytes(state)
        lmp.command(f'read_restart "{path}"')
        lmp.command("box tilt large")


def _frame(lmp: Any, rotation: Any) -> Frame:
    import numpy as np

    low, high, xy, yz, xz, _, _ = lmp.extract_box()
    box = np.array([[high[0] - low[0], 0.0, 0.0], [xy, high[1] - low[1], 0.0], [xz, yz, high[2] - low[2]]], dtype=float)
    images = np.array(lmp.gather_atoms("image", 0, 3), dtype=float).reshape(-1, 3)
    inside = gather(lmp, "x") - np.array(low)
    return Frame(
        step=int(lmp.extract_global("ntimestep")),
        positions=(inside + images @ box) @ rotation.T,
        cell=box @ rotation.T,
        velocities=gather(lmp, "v") @ rotation.T / 1000.0,
        potential_energy=float(lmp.get_thermo("pe")),
        kinetic_energy=float(lmp.get_thermo("ke")),
        temperature=float(lmp.get_thermo("temp")),
        pressure=float(lmp.get_thermo("press")) * 1e-4,
    )
