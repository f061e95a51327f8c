"""Files that need no scanning: ASE's .traj, NumPy's .npz and .npy, and DCD or XTC by a library that is optional."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from antiperovskite.dynamics.trajectory.readers.source import RawBlock, Source, frames_at_once
from antiperovskite.dynamics.trajectory.readers.species import Species
from antiperovskite.errors import DataError, MissingEngineError, OptionError

_NPZ = "positions (n, n_ions, 3), cell (3, 3) or cells (n, 3, 3), symbols or numbers, and optionally frame_interval_ps"


def read_ase(path: Path, species: Species | None) -> Source:
    """Read an ASE ``.traj`` (ulm) file: JSON and raw numbers, nothing is unpickled.

    Raises
    ------
    DataError
        It is damaged, or its ions change.
    """
    from ase.data import chemical_symbols
    from ase.io.ulm import Reader

    try:
        with path.open("rb") as stream:  # opened here, so that a damaged file is closed
            first = Reader(stream)[0]
            numbers = [int(number) for number in first.numbers]
            periodic = [bool(value) for value in first.pbc]
            symbols = [chemical_symbols[number] for number in numbers]
    except Exception as error:
        raise DataError(f"cannot read {path} as an ASE trajectory: {_said(error)}") from error
    if not all(periodic):
        raise DataError(f"{path} is not periodic in all directions (pbc), so that ions cannot be unwrapped")
    if species is not None:
        symbols = species.in_order(len(numbers), path)
    notes: list[str] = []
    return Source("ASE trajectory", tuple(symbols), _ase_blocks(path, numbers, notes), notes=notes)


def _ase_blocks(path: Path, numbers: list[int], notes: list[str]) -> Iterator[RawBlock]:
    import numpy as np
    from ase.io.ulm import Reader

    at_once = frames_at_once(len(numbers))
    with path.open("rb") as stream:
        file = Reader(stream)
        total = len(file)
        for begin in range(0, total, at_once):
            positions: list[Any] = []
            cells: list[Any] = []
            for frame in range(begin, min(begin + at_once, total)):
                try:
                    place, cell, other = _ase_frame(file[frame], numbers)
                except Exception as error:  # noqa: BLE001 - a damaged file can fail anywhere in the library
                    notes.append(f"frame {frame} cannot be read ({_said(error)}); the finished frames are used")
                    total = frame
                    break
                if place.shape != (len(numbers), 3) or cell.shape != (3, 3) or other != numbers:
                    raise DataError(
                        f"{path}, frame {frame}: its {len(place)} ions are not the {len(numbers)} of the first frame; "
                        f"the {frame} frames before are whole: take them with --frames 0:{frame}"
                    )
                positions.append(place)
                cells.append(cell)
            if positions:
                yield RawBlock(np.array(positions), np.array(cells))
            if total <= begin + len(positions):
                return


def _ase_frame(item: Any, numbers: list[int]) -> tuple[Any, Any, list[int]]:
    """Positions, cell and atomic numbers; the latter are written only where they change."""
    import numpy as np

    place, cell = np.array(item.positions, dtype=float), np.array(item.cell, dtype=float)
    return place, cell, [int(number) for number in item.numbers] if "numbers" in item else numbers


def _said(error: BaseException) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:120]


def read_numpy(path: Path, species: Species | None, cell: Any | None) -> Source:
    """Read positions from NumPy's ``.npz`` or ``.npy``; Python objects inside are refused.

    Raises
    ------
    DataError
        Arrays are missing or do not fit together.
    OptionError
        The species or the cell are not known.
    """
    import numpy as np

    arrays: dict[str, Any]
    try:
        with path.open("rb") as stream:  # numpy leaves a file it opened itself open when it is damaged
            if stream.read(6) == b"\x93NUMPY":
                arrays = {"positions": np.load(path, allow_pickle=False, mmap_mode="r")}
            else:
                stream.seek(0)
                with np.load(stream, allow_pickle=False) as file:
                    arrays = {name: file[name] for name in file.files}
    except Exception as error:
        raise DataError(f"cannot read {path} as NumPy arrays: {_said(error)}") from error
    if "positions" not in arrays:
        raise DataError(f"{path} holds {', '.join(arrays) or 'nothing'}; it needs {_NPZ}")
    positions = arrays["positions"]
    if positions.ndim != 3 or positions.shape[2] != 3 or positions.shape[1] < 1 or positions.dtype.kind not in "fiu":
        raise DataError(f"{path}: positions have shape {positions.shape}; they need (n_frames, n_ions, 3) numbers")
    cells = np.asarray(cell if cell is not None else arrays.get("cells", arrays.get("cell", ())))
    if cells.size == 0:
        raise OptionError(f"{path} holds no cell; name it cell or cells in an .npz, or give --cell")
    if cells.dtype.kind not in "fiu" or cells.shape not in ((3, 3), (1, 3, 3), (len(positions), 3, 3)):
        raise DataError(f"{path}: cells have shape {cells.shape}; they need (3, 3) or ({len(positions)}, 3, 3)")
    interval = arrays.get("frame_interval_ps")
    if interval is not None and (interval.size != 1 or interval.dtype.kind not in "fiu" or not interval.item() > 0):
        raise DataError(f"{path}: frame_interval_ps must be one positive number")
    symbols = _symbols(path, arrays, positions.shape[1], species)
    return Source(
        "NumPy arrays",
        symbols,
        _array_blocks(positions, cells.astype(float).reshape(-1, 3, 3)),
        frame_interval_ps=None if interval is None else float(interval.item()),
    )


def _symbols(path: Path, arrays: dict[str, Any], n_ions: int, species: Species | None) -> tuple[str, ...]:
    from ase.data import chemical_symbols

    if species is not None:
        return tuple(species.in_order(n_ions, path))
    named, numbered = arrays.get("symbols"), arrays.get("numbers")
    if named is not None and named.dtype.kind == "U":
        return tuple(Species.of_names([str(name) for name in named.ravel()]).in_order(n_ions, path))
    if numbered is not None and numbered.dtype.kind in "iu" and numbered.size:
        if numbered.min() < 1 or numbered.max() >= len(chemical_symbols):
            raise DataError(f"{path}: numbers must be atomic numbers from 1 to {len(chemical_symbols) - 1}")
        return tuple(Species.of_names([chemical_symbols[int(z)] for z in numbered.ravel()]).in_order(n_ions, path))
    raise OptionError(f"{path} does not name its ions; give them in order, for example --species 'Li24 O8 Cl8'")


def _array_blocks(positions: Any, cells: Any) -> Iterator[RawBlock]:
    import numpy as np

    at_once = frames_at_once(positions.shape[1])
    for begin in range(0, len(positions), at_once):
        block = np.array(positions[begin : begin + at_once], dtype=float)
        there = cells if len(cells) == 1 else cells[begin : begin + at_once]
        yield RawBlock(block, np.broadcast_to(there, (len(block), 3, 3)).copy())


def read_chemfiles(path: Path, species: Species | None) -> Source:
    """Read DCD or XTC through chemfiles, which is optional.

    Raises
    ------
    MissingEngineError
        chemfiles is not installed.
    OptionError
        The species are not named: these formats hold none.
    """
    try:
        import chemfiles
    except ImportError as error:
        raise MissingEngineError(
            f"reading {path.suffix} files needs chemfiles: pip install 'antiperovskite[trajectories]'"
        ) from error
    if species is None:
        raise OptionError(f"{path} does not name its ions; give them in order, for example --species 'Li24 O8 Cl8'")
    failures = (Exception, chemfiles.ChemfilesError)  # its errors are no Exception
    chemfiles.set_warnings_callback(_unsaid)  # it warns of what it raises as well, or of what is checked here
    try:
        file = chemfiles.Trajectory(str(path))
        frames, n_ions = int(file.nsteps), len(file.read_step(0).atoms)
    except failures as error:
        raise DataError(f"cannot read {path} with chemfiles: {_said(error)}") from error
    symbols = tuple(species.in_order(n_ions, path))
    source = Source(f"{path.suffix[1:].upper()} by chemfiles", symbols, iter(()))
    source.blocks = _chemfiles_blocks(path, file, frames, n_ions, failures, source.notes)
    return source


def _unsaid(message: str) -> None:
    return None


def _chemfiles_blocks(
    path: Path, file: Any, frames: int, n_ions: int, failures: tuple[type[BaseException], ...], notes: list[str]
) -> Iterator[RawBlock]:
    import numpy as np

    at_once = frames_at_once(n_ions)
    # DCD keeps its time step in units that writers do not agree on, so times are taken from the others only
    timed = path.suffix.lower() != ".dcd"
    for begin in range(0, frames, at_once):
        positions, cells, times = [], [], []
        for number in range(begin, min(begin + at_once, frames)):
            try:
                frame = file.read_step(number)
                place, cell = np.array(frame.positions), np.array(frame.cell.matrix).T  # copied: they are the frame's
                time = float(frame["time"]) if timed else 0.0
            except failures as error:
                if number == 0:
                    raise DataError(f"cannot read {path} with chemfiles: {_said(error)}") from error
                notes.append(f"frame {number} cannot be read ({_said(error)}); the finished frames are used")
                break
            if place.shape != (n_ions, 3):
                raise DataError(f"{path}, frame {number}: ions were lost; use --frames 0:{number}")
            positions.append(place)
            cells.append(cell)
            times.append(time)
        if positions:
            yield RawBlock(np.array(positions), np.array(cells), times_ps=np.array(times) if timed else None)
        if len(positions) < min(at_once, frames - begin):
            return
