"""Big byte blocks of a text file, compressed or not, handed to a scanner that consumes whole frames."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, TypeVar, cast

from antiperovskite.errors import DataError, OptionError

BLOCK_BYTES = 400_000  # with what is made of them, in a processor's cache
LARGEST_FRAME_BYTES = 2_000_000_000
T = TypeVar("T")


def open_bytes(path: Path) -> IO[bytes]:
    """Open a file, through gzip, bzip2 or xz where its first bytes say so.

    Raises
    ------
    OptionError
        It cannot be opened.
    """
    try:
        stream = path.open("rb", buffering=0)
        magic = stream.read(6)
        stream.seek(0)
    except (OSError, ValueError) as error:
        raise OptionError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error
    if magic[:2] == b"\x1f\x8b":
        stream.close()
        return cast(IO[bytes], gzip.open(path, "rb"))
    if magic[:3] == b"BZh":
        stream.close()
        return bz2.open(path, "rb")
    if magic == b"\xfd7zXZ\x00":
        stream.close()
        return lzma.open(path, "rb")
    return stream


def first_bytes(path: Path, count: int) -> bytes:
    """The first bytes of a file, unpacked; fewer where it is shorter or its compression is cut."""
    with open_bytes(path) as stream:
        data = b""
        try:
            while len(data) < count and (more := _some(stream, count - len(data))):
                data += more
        except (EOFError, zlib.error, lzma.LZMAError, OSError):
            return data
        return data


def scan_blocks(
    path: Path, notes: list[str], scan: Callable[[Any, bool], tuple[T | None, int]], what: str
) -> Iterator[T]:
    """Feed a file to ``scan`` block after block.

    ``scan`` takes bytes (a uint8 array) and whether they are the file's last, and returns what it made of the whole
    frames at the front (None if there was none) and how many bytes they took; it is called until it takes none.
    A file that ends within a frame is noted.
    """
    import numpy as np

    data = np.empty(BLOCK_BYTES, dtype=np.uint8)
    filled, ended = 0, False
    with open_bytes(path) as stream:
        while not ended:
            ended, filled = _fill(stream, data, filled, path, notes)
            begin = 0
            while True:
                result, taken = scan(data[begin:filled], ended)
                begin += taken
                if result is not None:
                    yield result
                if taken == 0:
                    break
            rest = filled - begin
            data[:rest] = data[begin:filled]  # NumPy copies overlapping slices safely
            filled = rest
            if filled == len(data):
                if len(data) >= LARGEST_FRAME_BYTES:
                    raise DataError(f"{path} has no whole frame in {LARGEST_FRAME_BYTES:,} bytes; is it {what}?")
                data = np.concatenate([data, np.empty_like(data)])
    if filled and bytes(data[:filled]).strip():
        notes.append(f"the file ends within a frame ({filled:,} bytes left); the finished frames are used")


def _some(stream: IO[bytes], count: int) -> bytes:
    """At most so many bytes; of a packed stream one unpacked piece, so that a cut behind it does not spoil it."""
    read = getattr(stream, "read1", stream.read)
    return bytes(read(count))


def _read_into(stream: IO[bytes], view: memoryview) -> int:
    if not hasattr(stream, "read1"):
        return int(stream.readinto(view) or 0)  # type: ignore[attr-defined]
    piece = _some(stream, len(view))
    view[: len(piece)] = piece
    return len(piece)


def _fill(stream: IO[bytes], data: Any, filled: int, path: Path, notes: list[str]) -> tuple[bool, int]:
    """Read until the array is full; returns whether the file has ended and how much is filled."""
    view = memoryview(data)
    while filled < len(data):
        try:
            count = _read_into(stream, view[filled:])
        except (EOFError, zlib.error, lzma.LZMAError) as error:
            notes.append(f"the compressed file is cut or damaged ({error}); the frames before that are used")
            return True, filled
        except OSError as error:  # gzip says so of damaged data
            raise DataError(f"cannot read {path}: {error}") from error
        if not count:
            return True, filled
        filled += count
    return False, filled


class FrameSize:
    """How many whole frames some bytes hold, judged by those before, so that a cut frame is not scanned in vain."""

    def __init__(self, most: int, n_ions: int) -> None:
        self._most, self._bytes = most, 4.0 * n_ions  # a line has at least four bytes
        self._known = False

    def frames_in(self, data: Any, ended: bool) -> int:
        """Frames to ask for; 0 where more bytes are to be awaited."""
        whole = int(len(data) / self._bytes)
        return min(self._most, whole if self._known and not ended else whole + 1)

    def learn(self, frames: int, taken: int) -> None:
        """Note what frames took."""
        self._bytes, self._known = 0.99 * taken / frames, True
