"""Labelled frames a user has already: an earlier distillation's, or any file ASE reads with energies and forces."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from antiperovskite._files import read_record
from antiperovskite.distillation.frames import Frame, frame_key, read_frames
from antiperovskite.distillation.progress import Begun
from antiperovskite.errors import DataError, OptionError, one_line

_FEWEST: Final = 20


def read_labelled(path: Path, teacher: str | None = None) -> list[Frame]:
    """Read frames with energies, forces and, where there are any, stresses.

    Parameters
    ----------
    path
        The folder of a distillation (its constructed frames, all finished rounds and the hop), one of the ``.npz``
        files there, or a file ASE reads (extxyz, traj, vasprun.xml...) in eV and angstrom.
    teacher
        Name of the engine whose answers they must be; known only of a folder of a distillation.

    Raises
    ------
    OptionError
        There is no such file or folder, or it holds the answers of another teacher.
    DataError
        It holds no frames, or frames without energies, forces or a periodic cell.
    """
    if not path.exists():
        raise OptionError(f"no labelled frames at {one_line(path)!r}; give a folder of a distillation or a file")
    if path.is_dir():
        work = path / "work" if (path / "work").is_dir() else path
        _check_teacher(work, teacher)
        files = [work / "start.npz", *sorted(work.glob("round*.npz"), key=_number), work / "path.npz"]
        found = [frame for file in files if file.is_file() for frame in read_frames(file)]
    elif path.suffix == ".npz":
        found = read_frames(path)
    else:
        found = _from_ase(path)
    frames = [frame for frame in found if frame.labelled and frame.forces is not None]
    if len(frames) < len(found) or not frames:
        raise DataError(
            f"{one_line(path)!r}: {len(found) - len(frames)} of {len(found)} frames have no forces or energy"
        )
    return frames


def _check_teacher(work: Path, teacher: str | None) -> None:
    record = work / "settings.json"
    if teacher is None or not record.is_file():
        return
    asked = read_record(record, Begun, "the settings of a distillation").teacher.name
    if asked != teacher:
        raise OptionError(
            f"the frames of {one_line(work.parent)!r} are labelled by {asked}, not by {teacher}; "
            "the energies of two teachers cannot be fitted together"
        )


def _number(path: Path) -> int:
    digits = "".join(letter for letter in path.stem if letter.isdigit())
    return int(digits or 0)


def _from_ase(path: Path) -> list[Frame]:
    from ase.io import read

    try:
        images: list[Any] = read(str(path), index=":")
    except Exception as error:  # ASE's readers raise whatever their parsers do
        raise DataError(f"cannot read {one_line(path)!r}: {type(error).__name__}: {one_line(error, 160)}") from error
    return [_frame(atoms, number, path) for number, atoms in enumerate(images)]


def _frame(atoms: Any, number: int, path: Path) -> Frame:
    import numpy as np

    results = getattr(atoms.calc, "results", {})
    where = f"frame {number} of {one_line(path)!r}"
    if "energy" not in results or "forces" not in results:
        raise DataError(f"{where} has no energy and forces; write both, in eV and eV/angstrom")
    if not atoms.pbc.all() or abs(np.linalg.det(atoms.cell.array)) < 1.0:
        raise DataError(f"{where} is not periodic in three directions")
    forces = np.asarray(results["forces"], dtype=float)
    energy = float(results["energy"])
    stress = None
    if "stress" in results:
        given = np.asarray(results["stress"], dtype=float)
        stress = given if given.shape == (6,) else given.reshape(3, 3)[[0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]]
    numbers = (energy, forces, 0.0 if stress is None else stress)
    if forces.shape != (len(atoms), 3) or not all(np.isfinite(value).all() for value in numbers):
        raise DataError(f"{where} has forces, an energy or a stress that are not finite numbers")
    return Frame(
        atoms.numbers.copy(),
        atoms.positions.copy(),
        atoms.cell.array.copy(),
        "given",
        energy=energy,
        forces=forces,
        stress=stress,
    )


def fingerprint(frames: Sequence[Frame]) -> str:
    """Sixteen hexadecimal digits of configurations and energies; empty for no frames."""
    if not frames:
        return ""
    digest = hashlib.sha256()
    for frame in frames:
        digest.update(frame_key(frame, f"{frame.energy:.6f}").encode())
    return digest.hexdigest()[:16]


def check_labelled(frames: Sequence[Frame], elements: Sequence[str]) -> None:
    """Refuse frames that cannot begin a distillation of a compound of these elements.

    Raises
    ------
    OptionError
        There are few of them, or they hold other elements, or one of the compound's is missing.
    """
    if not frames:
        return
    held = {symbol for frame in frames for symbol in frame.symbols}
    if held != set(elements):
        raise OptionError(
            f"the labelled frames hold {', '.join(sorted(held))}, the compound {', '.join(sorted(elements))}; give "
            "frames of the same elements"
        )
    if len(frames) < _FEWEST:
        raise OptionError(f"{len(frames)} labelled frames are too few to begin from; give at least {_FEWEST}")
