"""Frames: a configuration, what the teacher says of it, and where it came from."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from antiperovskite._files import check_writable, write_atomically
from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import DataError, EngineError


@dataclass(frozen=True)
class Frame:
    """One periodic configuration and, once labelled, the teacher's answers.

    Parameters
    ----------
    numbers
        Atomic numbers, shape ``(n,)``.
    positions
        angstrom, shape ``(n, 3)``.
    cell
        Rows are lattice vectors, angstrom, shape ``(3, 3)``.
    group
        Where the frame came from: ``"strain"``, ``"hop"``, ``"md"``...
    temperature_K
        Of the run it was taken from; ``None`` for constructed frames.
    energy, forces, stress
        eV; eV/angstrom, shape ``(n, 3)``; eV/angstrom^3 in Voigt order (xx, yy, zz, yz, xz, xy), positive when the
        cell is stretched (the convention of ASE). ``None`` before labelling.
    """

    numbers: Any
    positions: Any
    cell: Any
    group: str
    temperature_K: float | None = None
    energy: float | None = None
    forces: Any = None
    stress: Any = None

    @property
    def labelled(self) -> bool:
        """Whether the teacher has answered."""
        return self.energy is not None

    @property
    def symbols(self) -> list[str]:
        """Chemical symbols, one an atom."""
        from ase.data import chemical_symbols

        return [chemical_symbols[number] for number in self.numbers]

    def atoms(self) -> Any:
        """Return ``ase.Atoms`` without a calculator."""
        from ase import Atoms

        return Atoms(numbers=self.numbers, positions=self.positions, cell=self.cell, pbc=True)


def frame_of(atoms: Any, group: str, temperature_K: float | None = None) -> Frame:
    """An unlabelled frame of ``ase.Atoms``."""
    return Frame(atoms.numbers.copy(), atoms.positions.copy(), atoms.cell.array.copy(), group, temperature_K)


def frame_key(frame: Frame, engine: str) -> str:
    """SHA-256 of the configuration (to 1e-6 angstrom) and of the engine that labels it."""
    import numpy as np

    digest = hashlib.sha256(engine.encode())
    digest.update(np.asarray(frame.numbers, dtype=np.int64).tobytes())
    for lengths in (frame.positions, frame.cell):
        # + 0.0: minus zero and zero are one number and two bit patterns
        digest.update((np.round(np.asarray(lengths, dtype=np.float64), 6) + 0.0).tobytes())
    return digest.hexdigest()


class Labeller:
    """The teacher, asked once for each configuration; answers are kept in a directory.

    Parameters
    ----------
    engine
        Energies, forces and stresses.
    directory
        One small ``.npz`` file a frame, written whole or not at all, so that an interrupted run resumes.
    """

    def __init__(self, engine: Engine, directory: Path) -> None:
        check_writable(directory)
        self.engine = engine
        self.directory = directory
        self.computed = 0
        self.seconds = 0.0

    @property
    def identity(self) -> str:
        """Name and version of the teacher, part of each key."""
        return f"{self.engine.card.name} {self.engine.card.version}"

    def label(self, frames: Iterable[Frame], progress: Callable[[int], None] | None = None) -> list[Frame]:
        """Return the frames with energies, forces and stresses; computes only what is not kept already.

        Raises
        ------
        EngineError
            The teacher failed, or gave something that is not a number.
        """
        done: list[Frame] = []
        for count, frame in enumerate(frames, start=1):
            done.append(self._one(frame))
            if progress is not None:
                progress(count)
        return done

    def _one(self, frame: Frame) -> Frame:
        path = self.directory / f"{frame_key(frame, self.identity)}.npz"
        if path.exists():
            return _read(path, frame)
        labelled = self._compute(frame)
        _write(path, labelled)
        return labelled

    def _compute(self, frame: Frame) -> Frame:
        from time import process_time

        import numpy as np

        start = process_time()
        atoms = frame.atoms()
        atoms.calc = self.engine.calculator()
        try:
            energy = float(atoms.get_potential_energy())
            forces = np.array(atoms.get_forces(), dtype=float)
            stress = np.array(atoms.get_stress(), dtype=float)
        except EngineError:
            raise
        except Exception as error:
            raise EngineError(
                f"engine {self.engine.card.name!r} failed on a {frame.group} frame of "
                f"{atoms.get_chemical_formula()}: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
            ) from error
        self.seconds += process_time() - start
        self.computed += 1
        if not (np.isfinite(energy) and np.isfinite(forces).all() and np.isfinite(stress).all()):
            raise EngineError(f"engine {self.engine.card.name!r} gave no numbers for a {frame.group} frame")
        return replace(frame, energy=energy, forces=forces, stress=stress)


def _write(path: Path, frame: Frame) -> None:
    import numpy as np

    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        numbers=frame.numbers,
        positions=frame.positions,
        cell=frame.cell,
        energy=np.float64(frame.energy or 0.0),
        forces=frame.forces,
        stress=frame.stress,
    )
    write_atomically(path, buffer.getvalue())


def _read(path: Path, frame: Frame) -> Frame:
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as kept:
            energy, forces, stress = float(kept["energy"]), kept["forces"], kept["stress"]
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{path} is not a kept label ({error}); delete it and run again") from error
    if forces.shape != frame.positions.shape:
        raise DataError(f"{path} belongs to another frame; delete it and run again")
    return replace(frame, energy=energy, forces=forces, stress=stress)


def write_frames(path: Path, frames: Sequence[Frame]) -> None:
    """Write frames, labelled or not, to one ``.npz`` file."""
    import json

    import numpy as np

    arrays: dict[str, Any] = {}
    about = []
    for index, frame in enumerate(frames):
        about.append({"group": frame.group, "temperature_K": frame.temperature_K, "energy": frame.energy})
        for name in ("numbers", "positions", "cell", "forces", "stress"):
            if getattr(frame, name) is not None:
                arrays[f"{name}_{index}"] = getattr(frame, name)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, about=json.dumps(about), **arrays)
    write_atomically(path, buffer.getvalue())


def read_frames(path: Path) -> list[Frame]:
    """Read what :func:`write_frames` wrote.

    Raises
    ------
    DataError
        The file is missing or is not a set of frames.
    """
    import json
    from zipfile import BadZipFile

    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as kept:
            about = json.loads(str(kept["about"]))
            return [
                Frame(
                    **{name: kept[f"{name}_{index}"] for name in ("numbers", "positions", "cell")},
                    **{name: kept.get(f"{name}_{index}") for name in ("forces", "stress")},
                    **item,
                )
                for index, item in enumerate(about)
            ]
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise DataError(f"cannot read frames from {path}: {error}") from error
