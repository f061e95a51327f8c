"""GSAS raw powder data of the ``FXYE`` kind: constant wavelength, angles in hundredths of a degree."""

from __future__ import annotations

import numpy as np

from antiperovskite.diffraction.data_files import MeasuredPattern
from antiperovskite.errors import OptionError, one_line


def parse_gsas(text: str, name: str) -> MeasuredPattern:
    """Read the first bank of a GSAS file with rows ``100 * two_theta, intensity, sigma``.

    Raises
    ------
    OptionError
        Another binning or data kind than ``CONS``/``CONST`` with ``FXYE``, or damaged rows.
    """
    lines = text.splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("BANK"))
    fields = lines[start].split()
    if "FXYE" not in fields or not any(field.startswith("CONS") for field in fields):
        raise OptionError(
            f"{name}: {one_line(lines[start], 60)!r}: only constant-wavelength FXYE banks are read; export as .xye"
        )
    rows = []
    notes = []
    for number, line in enumerate(lines[start + 1 :], start=start + 2):
        if line.startswith("BANK"):
            notes.append("the file holds several banks; the first is used")
            break
        tokens = line.split()
        if not tokens:
            continue
        try:
            row = [float(token) for token in tokens]
        except ValueError:
            raise OptionError(f"{name}, line {number}: {one_line(line, 40)!r} is not a row of numbers") from None
        if len(row) != 3:
            raise OptionError(f"{name}, line {number}: {len(row)} numbers; FXYE rows hold three")
        rows.append(row)
    data = np.asarray(rows, dtype=np.float64).reshape(-1, 3)
    return MeasuredPattern.from_arrays(data[:, 0] / 100.0, data[:, 1], data[:, 2], name=name, notes=tuple(notes))
