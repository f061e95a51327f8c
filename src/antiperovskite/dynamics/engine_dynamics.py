"""Molecular dynamics with any engine through its ASE calculator, in segments that begin from a saved state."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any, Protocol

from antiperovskite.dynamics.conditions import Conditions
from antiperovskite.dynamics.integrators import CHAIN, Integrator, State
from antiperovskite.engines.lammps.dynamics import Frame, LammpsDynamics, OnFrame
from antiperovskite.engines.lammps.engine import LammpsEngine
from antiperovskite.engines.lammps.session import BrokenRunError
from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import DataError, EngineError, OptionError

_LARGEST_STEP = 2.0  # angstrom in one time step: no bond survives it


class Propagator(Protocol):
    """Moves a crystal from one saved state to the next; what is saved decides the rest to the last bit."""

    def begin(self, structure: Any, velocities: Any) -> bytes:
        """State at step 0 of ``ase.Atoms`` with velocities in angstrom/fs, shape ``(n, 3)``."""
        ...

    def advance(self, state: bytes, cell: Any, steps: int, every: int, on_frame: OnFrame) -> bytes:
        """Move on by ``steps``, hand on a frame every ``every`` steps, return the state reached."""
        ...


def propagator(engine: Engine, conditions: Conditions, symbols: list[str]) -> Propagator:
    """Return what moves a crystal under this engine: LAMMPS itself for its potentials, else our integrators.

    Raises
    ------
    OptionError
        The engine cannot run these conditions.
    """
    if not isinstance(engine, LammpsEngine):
        return EngineDynamics(engine, conditions, tuple(symbols))
    if conditions.ensemble == "npt" and conditions.thermostat != "nose-hoover":
        raise OptionError("at constant pressure LAMMPS uses Nose-Hoover chains; choose --thermostat nose-hoover")
    file = engine.potential
    return LammpsDynamics(
        potential=file.commands,
        elements=file.potential.elements,
        ensemble=conditions.ensemble,
        thermostat=conditions.thermostat,
        temperature_K=conditions.temperature_K,
        pressure_GPa=conditions.pressure_GPa,
        timestep_fs=conditions.timestep_fs,
        thermostat_fs=conditions.thermostat_fs,
        barostat_fs=conditions.barostat_fs,
        seed=conditions.seed,
    )


@dataclass(frozen=True)
class EngineDynamics:
    """Our integrators over the forces of an engine."""

    engine: Engine
    conditions: Conditions
    symbols: tuple[str, ...]

    def begin(self, structure: Any, velocities: Any) -> bytes:
        """Return the state at step 0."""
        import numpy as np
        from ase import units

        state = State(
            step=0,
            positions=np.array(structure.positions, dtype=float),
            velocities=np.array(velocities, dtype=float) / float(units.fs),
            cell=np.array(structure.cell.array, dtype=float),
            eta_velocity=np.zeros(CHAIN),
            rng=np.random.default_rng([self.conditions.seed, 1]),
        )
        return packed(state)

    def advance(self, state: bytes, cell: Any, steps: int, every: int, on_frame: OnFrame) -> bytes:
        """Move a state ``steps`` steps on and return the state there; frames as in LAMMPS runs.

        Raises
        ------
        BrokenRunError
            An atom moved further in one step than any bond is long, or a force is not a number.
        EngineError
            The engine failed.
        """
        from ase import Atoms

        if every < 1 or steps % every:
            raise OptionError(f"a segment of {steps} steps cannot be cut into frames every {every} steps")
        start = unpacked(state)
        atoms = Atoms(list(self.symbols), positions=start.positions, cell=start.cell, pbc=True)
        atoms.calc = self.engine.calculator()
        try:
            integrator = Integrator(atoms, self.conditions, start)
            if start.step == 0 and on_frame(self._frame(integrator)):
                return packed(start)
            for step in range(1, steps + 1):
                self._step(integrator)
                if step % every == 0 and on_frame(self._frame(integrator)):
                    break
        except (EngineError, OptionError, DataError):
            raise
        except Exception as error:
            raise EngineError(
                f"engine {self.engine.card.name!r} failed at step {start.step}: {type(error).__name__}: "
                f"{' '.join(str(error).split())[:200]}"
            ) from error
        return packed(integrator.state)

    def _step(self, integrator: Integrator) -> None:
        import numpy as np

        integrator.step()
        farthest = float(np.abs(integrator.state.velocities).max()) * integrator.dt
        if not (np.isfinite(integrator.forces).all() and farthest < _LARGEST_STEP):
            raise BrokenRunError(
                f"at step {integrator.state.step} an atom would move {farthest:.3g} angstrom in one step: "
                "the run blew up"
            )

    def _frame(self, integrator: Integrator) -> Frame:
        from ase import units

        from antiperovskite.units import conversion_factor

        state = integrator.state
        return Frame(
            step=state.step,
            positions=state.positions.copy(),
            cell=state.cell.copy(),
            velocities=state.velocities * float(units.fs),
            potential_energy=float(integrator.atoms.get_potential_energy()),
            kinetic_energy=integrator.kinetic_energy(),
            temperature=integrator.temperature(),
            pressure=integrator.pressure() * conversion_factor("eV/angstrom^3", "GPa"),
        )


def packed(state: State) -> bytes:
    """The state as bytes (NumPy's ``.npz``, doubles as they are; the generator as JSON)."""
    import numpy as np

    buffer = io.BytesIO()
    np.savez(
        buffer,
        step=np.int64(state.step),
        positions=state.positions,
        velocities=state.velocities,
        cell=state.cell,
        eta_velocity=state.eta_velocity,
        rng=np.frombuffer(json.dumps(state.rng.bit_generator.state).encode(), dtype=np.uint8),
    )
    return buffer.getvalue()


def unpacked(data: bytes) -> State:
    """Read what :func:`packed` wrote; nothing in it is executed.

    Raises
    ------
    DataError
        It is something else.
    """
    import numpy as np

    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            rng = np.random.default_rng()
            rng.bit_generator.state = json.loads(arrays["rng"].tobytes())
            return State(
                step=int(arrays["step"]),
                positions=arrays["positions"],
                velocities=arrays["velocities"],
                cell=arrays["cell"],
                eta_velocity=arrays["eta_velocity"].copy(),
                rng=rng,
            )
    except Exception as error:
        raise DataError(f"the saved state of the run is damaged: {' '.join(str(error).split())[:120]}") from error
