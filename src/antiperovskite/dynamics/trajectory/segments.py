"""How a stored trajectory lies on disk: a directory with a JSON header and whole HDF5 files of consecutive frames.

::

    run/trajectory.json          header: ions, interval, precision, frames in a full segment
    run/frames-000000.h5         frames 0 ... S - 1
    run/frames-000001.h5         frames S ... 2S - 1; the last one may be shorter

Every file is made in memory and put in place by one rename, so that a process killed at any moment, or a full disk,
leaves the segments that were finished as they were. Positions are fixed-point numbers: the displacement from the
first frame in units of ``resolution_angstrom`` as int32, which keeps 5e-6 angstrom wherever the origin is and
compresses better than single precision does. Chunks of 128 frames and about 128 ions serve blocks of frames and
series of few ions alike; every chunk carries a checksum.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field

from antiperovskite._files import read_record, write_atomically
from antiperovskite._model import Model
from antiperovskite.errors import DataError, OptionError, StoreError

HEADER = "trajectory.json"
CHUNK_FRAMES = 128
SEGMENT_BYTES = 16_000_000
RESOLUTION_ANGSTROM = 1e-5
_RANGE = 2**31 - 1


class StoredHeader(Model):
    """What holds for a whole stored trajectory."""

    format: Literal["antiperovskite-trajectory"] = "antiperovskite-trajectory"
    version: Literal[1] = 1
    symbols: tuple[str, ...] = Field(min_length=1)
    frame_interval_ps: float | None = Field(gt=0)
    constant_cell: bool = True
    temperature_K: float | None = Field(default=None, gt=0)
    engine: str | None = None
    source: str
    settings: dict[str, str | int | float | bool | None] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()
    resolution_angstrom: float = Field(default=RESOLUTION_ANGSTROM, gt=0, le=1e-4)
    segment_frames: int = Field(gt=0)
    velocities: bool = False
    records: tuple[str, ...] = Field(default=(), description="names of the numbers kept with every frame")


@dataclass
class Segment:
    """Consecutive frames as they are stored; ``offsets`` are int32 multiples of the resolution."""

    first: int
    origin: Any
    offsets: Any
    cells: Any
    velocities: Any | None = None
    records: dict[str, Any] = field(default_factory=dict)


def segment_frames(n_ions: int) -> int:
    """Frames in a full segment: about 16 MB of positions, a whole number of chunks, at most 4,096."""
    wanted = SEGMENT_BYTES // (12 * max(n_ions, 1))
    if wanted < CHUNK_FRAMES:
        return max(wanted, 1)
    return min(wanted // CHUNK_FRAMES * CHUNK_FRAMES, 4096)


def ion_chunk(n_ions: int) -> int:
    """Ions in a chunk: the ions in equal parts of at most 160."""
    parts = -(-n_ions // 160)
    return -(-n_ions // parts)


def to_offsets(positions: Any, origin: Any, resolution: float) -> Any:
    """Fixed-point displacements from ``origin``; refuses what int32 cannot hold."""
    import numpy as np

    scaled = np.rint((positions - origin) / resolution)
    if not (np.abs(scaled) < _RANGE).all():
        raise DataError(
            f"an ion is more than {_RANGE * resolution:,.0f} angstrom from where it started, or its position is not "
            "finite; the run has blown up"
        )
    return scaled.astype(np.int32)


def segment_path(directory: Path, index: int) -> Path:
    """Where segment ``index`` lies."""
    return directory / f"frames-{index:06d}.h5"


def write_header(directory: Path, header: StoredHeader) -> None:
    """Put the header in place in one step."""
    _place(directory / HEADER, header.model_dump_json(indent=1).encode())


def read_header(directory: Path) -> StoredHeader:
    """Read the header.

    Raises
    ------
    DataError
        It is missing or not a header.
    """
    if not (directory / HEADER).is_file():
        raise DataError(f"{directory} is no stored trajectory: it has no {HEADER}")
    return read_record(directory / HEADER, StoredHeader, "a trajectory header")


def write_segment(directory: Path, index: int, segment: Segment) -> None:
    """Put one segment in place in one step.

    Raises
    ------
    StoreError
        It cannot be written; what was there before is unchanged.
    """
    _place(segment_path(directory, index), _image(segment))


def _image(segment: Segment) -> bytes:
    """The bytes of one HDF5 file, made in memory: HDF5 itself never meets a full disk."""
    import h5py

    n_frames, n_ions = segment.offsets.shape[:2]
    rows, ions = min(CHUNK_FRAMES, n_frames), ion_chunk(n_ions)
    packed = {"compression": "gzip", "compression_opts": 1, "shuffle": True, "fletcher32": True}
    with h5py.File("segment", "w", driver="core", backing_store=False, track_order=False) as file:
        file.attrs["first"] = segment.first
        file.create_dataset("origin", data=segment.origin, dtype="f8", track_times=False)
        file.create_dataset("offsets", data=segment.offsets, chunks=(rows, ions, 3), track_times=False, **packed)
        file.create_dataset("cells", data=segment.cells, chunks=(rows, 3, 3), track_times=False, **packed)
        if segment.velocities is not None:
            file.create_dataset("velocities", data=segment.velocities, chunks=(rows, ions, 3), **packed)
        for name, values in segment.records.items():
            file.create_dataset(f"records/{name}", data=values, chunks=(rows,), track_times=False, **packed)
        file.flush()
        return bytes(file.id.get_file_image())


def _place(path: Path, data: bytes) -> None:
    try:
        write_atomically(path, data)
        _sync(path.parent)
    except (OSError, OptionError) as error:
        raise StoreError(f"{error}; frames stored before are kept, free the disk and run the same again") from error


def _sync(directory: Path) -> None:
    """Make the rename survive a power cut where the system can."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class OpenSegment:
    """One segment open for reading; whatever is wrong with the file becomes a :class:`DataError` that names it."""

    def __init__(self, directory: Path, index: int) -> None:
        import h5py

        self.path = segment_path(directory, index)
        try:
            self._file = h5py.File(self.path, "r", locking=False)
        except (OSError, RuntimeError, ValueError) as error:
            raise DataError(f"cannot read {self.path}: {' '.join(str(error).split())}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of one array."""
        try:
            return tuple(self._file[name].shape)
        except (KeyError, AttributeError, OSError, RuntimeError) as error:
            raise DataError(f"{self.path} is damaged: it holds no {name}") from error

    def rows(self, name: str, *where: slice) -> Any:
        """Part of one array."""
        try:
            return self._file[name][where]
        except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:  # the checksum failed, for example
            raise DataError(f"{self.path} is damaged: {' '.join(str(error).split())}") from error


def count_segments(directory: Path) -> int:
    """Number of segments; refuses a gap, which only a deleted file can leave."""
    found = sorted(path.name for path in directory.glob("frames-*.h5"))
    for index, name in enumerate(found):
        if name != segment_path(directory, index).name:
            raise DataError(f"{segment_path(directory, index)} is missing: the trajectory has a gap before {name}")
    return len(found)


def stored_frames(directory: Path, header: StoredHeader) -> int:
    """Frames that are safely stored: all full segments and what the last one holds."""
    count = count_segments(directory)
    if count == 0:
        return 0
    with OpenSegment(directory, count - 1) as file:
        shape = file.shape("offsets")
    if len(shape) != 3 or shape[1:] != (len(header.symbols), 3) or not 0 < shape[0] <= header.segment_frames:
        raise DataError(f"{segment_path(directory, count - 1)} does not fit the header of {directory}")
    return (count - 1) * header.segment_frames + int(shape[0])
