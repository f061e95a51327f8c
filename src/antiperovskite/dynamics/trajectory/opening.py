"""Open any trajectory: our own as it is, foreign ones through an unwrapped, compressed copy that is kept and reused."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from antiperovskite.dynamics.trajectory.checks import CheckedFrames
from antiperovskite.dynamics.trajectory.readers.source import Source
from antiperovskite.dynamics.trajectory.readers.species import Species
from antiperovskite.dynamics.trajectory.segments import HEADER
from antiperovskite.dynamics.trajectory.stored import StoredTrajectory
from antiperovskite.dynamics.trajectory.writer import TrajectoryWriter
from antiperovskite.errors import OptionError, StoreError, one_line

CACHE_VARIABLE = "ANTIPEROVSKITE_TRAJECTORIES"
_CACHE_DAYS = 30
_COPY_VERSION = 1  # raise it when a reader changes what it makes of a file
SpeciesText = str | Mapping[int, str] | Sequence[str]


def open_trajectory(
    path: Path | str,
    *,
    species: SpeciesText | None = None,
    frame_interval_ps: float | None = None,
    cell: Any | None = None,
    frames: slice | str | None = None,
) -> StoredTrajectory:
    """Open a trajectory, whatever wrote it.

    A directory of :class:`TrajectoryWriter` is read in place. LAMMPS dumps, extended XYZ, XDATCAR, vasprun.xml (these
    also compressed), ASE ``.traj``, NumPy ``.npz``/``.npy`` and, with chemfiles installed, DCD and XTC are read once:
    checked, unwrapped, and kept as a stored trajectory in the user's cache (``$ANTIPEROVSKITE_TRAJECTORIES`` names
    another directory); copies unused for 30 days are removed when another is made.

    Parameters
    ----------
    path
        File or directory.
    species
        Where the file names none: ``"1=Li 2=O"`` by type, or ``"Li24 O8 Cl8"`` in order.
    frame_interval_ps
        Time between the frames of the file in ps, where it does not say it.
    cell
        Lattice vectors as rows, shape ``(3, 3)``, angstrom, for files without one (``.npy``).
    frames
        Which frames of a foreign file to take: ``slice`` or ``"start:stop:stride"``.

    Raises
    ------
    OptionError
        The file cannot be opened, is of no known format, or its species are not known.
    DataError
        The file is damaged, ions are lost, frames are not equally spaced, or unwrapping is ambiguous.
    StoreError
        The copy cannot be written.
    """
    path = Path(path)
    _check_interval(frame_interval_ps)
    if (path / HEADER).is_file():
        if species is not None or cell is not None or frames is not None:
            raise OptionError(f"{path} is a stored trajectory: it knows its species, cells and frames; leave them out")
        return StoredTrajectory(path, frame_interval_ps=frame_interval_ps)
    try:
        state = path.stat()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OptionError(f"cannot read {one_line(path)}: {reason}") from error
    said = (str(path.resolve()), state.st_size, state.st_mtime_ns, str(species), frame_interval_ps, str(cell))
    copy = _cache() / _copy_name(path, (*said, str(_slice(frames)), _COPY_VERSION))
    if not (copy / HEADER).is_file():
        _make_room(copy.parent)
        convert_trajectory(
            path, copy, species=species, frame_interval_ps=frame_interval_ps, cell=cell, frames=frames, again=True
        )
    os.utime(copy)
    return StoredTrajectory(copy)


def convert_trajectory(
    path: Path | str,
    out: Path | str,
    *,
    species: SpeciesText | None = None,
    frame_interval_ps: float | None = None,
    cell: Any | None = None,
    frames: slice | str | None = None,
    again: bool = False,
) -> StoredTrajectory:
    """Write any trajectory as a stored one, whole or not at all; parameters as :func:`open_trajectory`.

    Raises
    ------
    OptionError
        ``out`` exists, or as in :func:`open_trajectory`.
    """
    path, out = Path(path), Path(out)
    _check_interval(frame_interval_ps)
    if out.exists() and not again:
        raise OptionError(f"{out} exists; choose another name")
    chosen = _slice(frames)
    source = read_source(path, species, cell)
    interval = _interval(source.frame_interval_ps, frame_interval_ps, path)
    partial = out.with_name(f".{out.name}.{os.getpid()}")
    stride = (chosen.step or 1) if chosen else 1
    try:
        writer = TrajectoryWriter(
            partial,
            source.symbols,
            frame_interval_ps=None if interval is None else interval * stride,
            temperature_K=source.temperature_K,
            engine=source.engine,
            source=source.name or str(path),
            settings=source.settings,
            notes=(f"read from {source.format}",) if source.format else (),
            records=source.records,
        )
        with writer:
            for block in CheckedFrames(source, path, chosen):
                writer.extend(block.positions, block.cells, records=block.records)
            interval = _interval(source.frame_interval_ps, frame_interval_ps, path)
            writer.set_interval(None if interval is None else interval * stride)
            writer.note(*source.notes)
        _put_in_place(partial, out, again)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return StoredTrajectory(out)


def _put_in_place(partial: Path, out: Path, again: bool) -> None:
    (partial / ".writer").unlink(missing_ok=True)
    try:
        if again and out.exists() and not (out / HEADER).is_file():
            shutil.rmtree(out)
        partial.rename(out)
    except OSError as error:
        if not (again and (out / HEADER).is_file()):  # else another process made the same copy meanwhile
            raise StoreError(f"cannot write {out}: {error.strerror or error}; choose a writable directory") from error


def read_source(path: Path, species: SpeciesText | None = None, cell: Any | None = None) -> Source:
    """Find out by its content what a file is and begin to read it.

    Raises
    ------
    OptionError
        It cannot be opened or is of no known format.
    """
    from antiperovskite.dynamics.trajectory.readers import binary
    from antiperovskite.dynamics.trajectory.readers.text import first_bytes

    said = Species.parse(species)
    if (path / HEADER).is_file():
        return _stored_source(StoredTrajectory(path))
    if path.is_dir():
        raise OptionError(f"{path} is a directory without {HEADER}; give a trajectory file or a stored trajectory")
    head = first_bytes(path, 8192)
    if head.startswith((b"\x93NUMPY", b"PK\x03\x04", b"PK\x05\x06")):
        return binary.read_numpy(path, said, cell)
    if cell is not None:
        raise OptionError(f"{path} brings its own cells; a cell is only taken for NumPy arrays")
    reader = _reader(path, head)
    if reader is None:
        raise OptionError(
            f"{one_line(path)} is no trajectory this package knows: LAMMPS dump, extended XYZ, XDATCAR, vasprun.xml, "
            "ASE .traj, NumPy .npz, DCD or XTC, or a stored trajectory"
        )
    return reader(path, said)


def _reader(path: Path, head: bytes) -> Callable[[Path, Species | None], Source] | None:
    """The reader for a file that begins like this."""
    from antiperovskite.dynamics.trajectory.readers import binary, extxyz, lammps, vasprun, xdatcar
    from antiperovskite.dynamics.trajectory.readers.text import first_bytes

    signs: list[tuple[bool, Callable[[Path, Species | None], Source]]] = [
        (head.startswith(b"- of Ulm"), binary.read_ase),
        (head.lstrip().startswith(b"ITEM: "), lammps.read),
        (b"<modeling>" in head[:400], vasprun.read),
        (re.match(rb"\s*\d+[ \t\r]*\n", head) is not None, extxyz.read),
        (path.suffix.lower() in (".dcd", ".xtc", ".trr"), binary.read_chemfiles),
        (re.search(rb"\n\s*Direct configuration", first_bytes(path, 65536)) is not None, xdatcar.read),
    ]
    return next((reader for found, reader in signs if found), None)


def _stored_source(trajectory: StoredTrajectory) -> Source:
    from antiperovskite.dynamics.trajectory.readers.source import RawBlock

    info = trajectory.info
    names = trajectory.records
    values = {name: trajectory.record(name) for name in names}

    def blocks() -> Any:
        for block in trajectory.blocks():
            rows = slice(block.first, block.first + len(block.positions))
            yield RawBlock(block.positions, block.cells, None, None, {name: values[name][rows] for name in names})

    return Source(
        "",
        info.symbols,
        blocks(),
        unwrapped=True,
        frame_interval_ps=info.frame_interval_ps,
        records=names,
        temperature_K=info.temperature_K,
        engine=info.engine,
        name=info.source,
        settings=dict(info.settings),
        notes=list(info.notes),
        trusted=True,
    )


def _check_interval(frame_interval_ps: float | None) -> None:
    if frame_interval_ps is not None and not 0 < frame_interval_ps < 1e9:
        raise OptionError(f"a frame interval of {frame_interval_ps:g} ps is not possible; give a positive number of ps")


def _interval(known: float | None, given: float | None, path: Path) -> float | None:
    if known is not None and given is not None and abs(known - given) > 1e-3 * known:
        raise OptionError(f"{path} says that its frames are {known:g} ps apart, not {given:g} ps; leave the option out")
    return known if given is None else given


def _slice(frames: slice | str | None) -> slice | None:
    if isinstance(frames, str):
        words = frames.split(":")
        try:
            if not 2 <= len(words) <= 3:
                raise ValueError(frames)
            frames = slice(*(int(word) if word.strip() else None for word in words))
        except ValueError as error:
            raise OptionError(f"frames {one_line(frames)!r} are not START:STOP or START:STOP:STRIDE") from error
    if frames is None:
        return None
    if (frames.start or 0) < 0 or (frames.stop is not None and frames.stop <= (frames.start or 0)):
        raise OptionError("frames must be START:STOP with 0 <= START < STOP, counted from the first frame of the file")
    if frames.step is not None and frames.step < 1:
        raise OptionError("the stride of frames must be 1 or more")
    return frames


def _cache() -> Path:
    if chosen := os.environ.get(CACHE_VARIABLE):
        return Path(chosen)
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("antiperovskite")) / "trajectories"


def _copy_name(path: Path, said: tuple[object, ...]) -> str:
    import hashlib

    stem = re.sub(r"[^A-Za-z0-9._-]", "_", path.name)[:60]
    return f"{stem}-{hashlib.sha256(repr(said).encode()).hexdigest()[:16]}"


def _make_room(cache: Path) -> None:
    """Make the cache and remove copies that nobody used for a month."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        for entry in cache.iterdir():
            if entry.is_dir() and time.time() - entry.stat().st_mtime > _CACHE_DAYS * 86400:
                shutil.rmtree(entry, ignore_errors=True)
    except OSError as error:
        raise StoreError(
            f"cannot write to {cache}: {error.strerror}; set {CACHE_VARIABLE} to a writable directory"
        ) from error
