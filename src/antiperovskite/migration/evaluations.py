"""Energies and forces of one cell by an engine, counted, and kept so that a killed search goes on where it was.

Every evaluation is appended to a journal. The searches of this room are deterministic, so a second run asks for the
same positions in the same order, takes them from the journal and continues: a resumed result is bit for bit that of an
uninterrupted run.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import AntiperovskiteError, EngineError, OptionError

_MAGIC: Final = b"antiperovskite-forces-1\n"
_KEY: Final = 20  # bytes of a SHA-1
LARGEST_FORCE: Final = 1e4  # eV/angstrom; atoms on top of each other


class Evaluations:
    """Energy (eV) and forces (eV/angstrom, net force taken off) of a cell at positions ``(n, 3)`` in angstrom.

    Parameters
    ----------
    atoms
        ``ase.Atoms`` that give the elements and the periodic cell.
    engine
        Where the numbers come from; its calculator is made at the first evaluation that is not in the journal.
    journal
        File to which every evaluation is appended, and from which it is taken again; nothing is kept for ``None``.
    remember
        Whether positions asked for twice are computed once; not where they never come twice.
    """

    def __init__(
        self, atoms: Any, engine: Engine, journal: Path | None = None, calculator: Any = None, *, remember: bool = True
    ) -> None:
        self._remember = remember
        self.calls = 0
        self.replayed = 0
        self._atoms = atoms.copy()
        self._engine = engine
        self._calculator = calculator
        self._journal = journal
        card = engine.card
        identity = f"{card.name}|{card.version}|{card.energy_scale}|{atoms.get_chemical_symbols()}"
        self._identity = identity.encode() + atoms.cell.array.round(9).tobytes()
        self._known: dict[bytes, tuple[float, Any]] = {}
        if journal is not None:
            self._open(journal)

    def __call__(self, positions: Any) -> tuple[float, Any]:
        """Return energy and forces; ``calls`` counts distinct evaluations, ``replayed`` those out of the journal."""
        import numpy as np

        array = np.ascontiguousarray(positions, dtype=float)
        key = hashlib.sha1(self._identity + array.tobytes(), usedforsecurity=False).digest()
        self.calls += 1
        found = self._known.get(key)
        if found is not None:
            self.replayed += 1
            return found[0], found[1].copy()
        energy, forces = self._compute(array)
        if self._remember:
            self._known[key] = (energy, forces)
        if self._journal is not None:
            try:
                with self._journal.open("ab") as stream:
                    stream.write(key + np.float64(energy).tobytes() + forces.tobytes())
            except OSError as error:
                raise OptionError(f"cannot write {str(self._journal)!r}: {error.strerror or error}") from error
        return energy, forces.copy()

    def _compute(self, positions: Any) -> tuple[float, Any]:
        import numpy as np

        if self._calculator is None:
            self._calculator = self._engine.calculator()
        atoms = self._atoms
        atoms.calc = self._calculator
        atoms.positions[:] = positions
        try:
            forces = np.array(atoms.get_forces(), dtype=float)
            energy = float(atoms.get_potential_energy())
        except AntiperovskiteError:
            raise
        except Exception as error:
            raise EngineError(
                f"engine {self._engine.card.name!r} failed on {atoms.get_chemical_formula()}: {type(error).__name__}: "
                f"{' '.join(str(error).split())[:200]}"
            ) from error
        if not (np.isfinite(forces).all() and np.isfinite(energy) and abs(forces).max() < LARGEST_FORCE):
            raise EngineError(
                f"engine {self._engine.card.name!r} gave forces that are not physical on {atoms.get_chemical_formula()}"
            )
        return energy, forces - forces.mean(axis=0)  # a net force is noise of the engine, not physics

    def _open(self, path: Path) -> None:
        """Read what is kept; a last record cut short by a kill is dropped."""
        import numpy as np

        n = len(self._atoms)
        size = _KEY + 8 * (1 + 3 * n)
        head = _MAGIC + np.int64(n).tobytes()
        try:
            data = path.read_bytes() if path.exists() else b""
            if not data.startswith(head):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(head)
                return
            whole = len(head) + (len(data) - len(head)) // size * size
            if whole != len(data):
                with path.open("r+b") as stream:
                    stream.truncate(whole)
        except OSError as error:
            raise OptionError(f"cannot use {str(path)!r}: {error.strerror or error}") from error
        for start in range(len(head), whole, size):
            key = data[start : start + _KEY]
            numbers = np.frombuffer(data, dtype=np.float64, count=1 + 3 * n, offset=start + _KEY)
            self._known[key] = (float(numbers[0]), numbers[1:].reshape(n, 3).copy())
