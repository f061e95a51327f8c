"""Bruker DIFFRAC plus RAW, magic ``RAW1.01``: fixed binary headers and 4-byte counts; the first range is read.

File header of 712 bytes (number of ranges at 12, K-alpha1 at 624), then for each range a header of 304 bytes
(its length at 0, points at 4, first theta at 8 and two-theta at 16, step at 176, scan type at 188, seconds a step at
192, bytes a record at 252, size of the supplement at 256), the supplement, and the records; little endian.
"""

from __future__ import annotations

import struct
from typing import Final

import numpy as np

from antiperovskite.diffraction.data_files import MAX_POINTS, MeasuredPattern
from antiperovskite.errors import OptionError

MAGIC: Final = b"RAW1.01"
OTHER: Final = (b"RAW4.00", b"RAW2", b"RAW ")
FILE_HEADER: Final = 712
RANGE_HEADER: Final = 304
RECORD: Final = 4
COUPLED: Final = (0, 1, 2)
"""Scan types whose angle is two-theta: locked coupled, unlocked coupled, detector scan."""
EXPORT: Final = "export the scan as .xy, .xye or .brml"


def parse_bruker_raw(data: bytes, name: str) -> MeasuredPattern:
    """Read angles and counts of the first range.

    Raises
    ------
    OptionError
        Another version, a damaged header, or records that are not plain counts.
    """
    if not data.startswith(MAGIC):
        known = next((magic.decode().strip() for magic in OTHER if data.startswith(magic)), None)
        what = f"Bruker {known}" if known else "a binary file of an unknown kind"
        raise OptionError(f"{name}: {what} is not read (only Bruker RAW1.01 is); {EXPORT}")
    if len(data) < FILE_HEADER + RANGE_HEADER:
        raise OptionError(f"{name}: the RAW file ends within its header; {EXPORT}")
    ranges = _integer(data, 12)
    header, points = _integer(data, FILE_HEADER), _integer(data, FILE_HEADER + 4)
    first, step = _double(data, FILE_HEADER + 16), _double(data, FILE_HEADER + 176)
    record, supplement = _integer(data, FILE_HEADER + 252), _integer(data, FILE_HEADER + 256)
    if header != RANGE_HEADER or record != RECORD:
        raise OptionError(f"{name}: the RAW header is damaged, or its records are not plain counts; {EXPORT}")
    kind = _integer(data, FILE_HEADER + 188)
    if kind not in COUPLED:
        raise OptionError(f"{name}: scan type {kind} does not run over two-theta; give a coupled or a detector scan")
    begin = FILE_HEADER + RANGE_HEADER + supplement
    if not 0 < points <= MAX_POINTS or begin + RECORD * points > len(data):
        raise OptionError(f"{name}: the RAW file is shorter than the {points} points its header names; {EXPORT}")
    y = np.frombuffer(data, dtype="<f4", count=points, offset=begin).astype(np.float64)
    if not (np.isfinite(first) and np.isfinite(step) and step > 0.0):
        raise OptionError(f"{name}: the first angle or the step of the RAW file is damaged; {EXPORT}")
    notes = (f"the file holds {ranges} ranges; the first is used",) if ranges > 1 else ()
    return MeasuredPattern.from_arrays(
        np.asarray(first + step * np.arange(points), dtype=np.float64),
        y,
        wavelength=_double(data, 624),
        name=name,
        notes=notes,
    )


def _integer(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<I", data, at)[0])


def _double(data: bytes, at: int) -> float:
    return float(struct.unpack_from("<d", data, at)[0])
