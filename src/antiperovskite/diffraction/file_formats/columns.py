"""Columns of numbers: xy, xye, csv and what instruments export as text."""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from antiperovskite.diffraction.data_files import MAX_POINTS, MeasuredPattern
from antiperovskite.errors import OptionError, one_line

COMMENT: Final = re.compile(r"^\s*(?:[#!%*'\"/]|;\s*[A-Za-z])")
NUMBER: Final = r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?"
NUMERIC_LINE: Final = re.compile(rf"^\s*(?:{NUMBER}|[+-]?(?:nan|inf(?:inity)?))\s*(?:$|[\s,;])", re.IGNORECASE)
SIGMA_NAME: Final = re.compile(r"err|sig|esd|e\.s\.d|unc|std", re.IGNORECASE)
WAVELENGTH: Final = re.compile(
    r"(?:wavelength|lambda|k-?alpha-?1?)\W{0,12}?(?:\(?(?:angstrom|A|Å)\)?)?\W{0,4}(\d+[.,]\d+)", re.IGNORECASE
)


def parse_columns(text: str, name: str, *, sigma_expected: bool) -> MeasuredPattern:
    """Read angle, intensity and, where given, its uncertainty.

    Lines before the first numbers and comment lines are skipped. The third column is the uncertainty in ``.xye``
    files, and elsewhere only where the header says so.

    Raises
    ------
    OptionError
        One column, damaged lines or values that are no pattern; the line is named.
    """
    header, lines = _split(text, name)
    separator, decimal_comma = _dialect([line for _, line in lines[:200]])
    rows = [_numbers(line, number, name, separator, decimal_comma) for number, line in lines]
    width = len(rows[0])
    if width < 2:
        raise OptionError(f"{name}, line {lines[0][0]}: one column of numbers; give angle and intensity in columns")
    for (number, _), row in zip(lines, rows, strict=True):
        if len(row) != width:
            raise OptionError(f"{name}, line {number}: {len(row)} numbers where the first line has {width}")
        for value in row[:2]:
            if not np.isfinite(value):
                raise OptionError(f"{name}, line {number}: {value} is not a finite number; remove or mend that line")
    data = np.asarray(rows, dtype=np.float64)
    notes: list[str] = []
    sigma = None
    if width >= 3 and (sigma_expected or _names_sigma(header)):
        sigma = data[:, 2]
    elif width >= 3:
        notes.append(f"columns 3 to {width} are not used: the header does not call the third an uncertainty")
    if decimal_comma:
        notes.append("decimal commas were read as points")
    return MeasuredPattern.from_arrays(
        data[:, 0], data[:, 1], sigma, wavelength=_wavelength(header), name=name, notes=tuple(notes)
    )


def _split(text: str, name: str) -> tuple[list[str], list[tuple[int, str]]]:
    """Header and comment lines, and the numbered lines of numbers."""
    header: list[str] = []
    lines: list[tuple[int, str]] = []
    stray: tuple[int, str] | None = None
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line:
            continue
        if NUMERIC_LINE.match(line):
            if stray is not None:
                raise OptionError(
                    f"{name}, line {stray[0]}: {one_line(stray[1], 40)!r} stands between the numbers; remove it"
                )
            lines.append((number, line))
        elif not lines or COMMENT.match(line):
            header.append(line)
        elif stray is None:
            stray = (number, line)  # a footer, unless numbers follow
        if len(lines) > MAX_POINTS:
            raise OptionError(f"{name}: more than {MAX_POINTS} points; export one scan")
    if not lines:
        raise OptionError(f"{name}: no line of numbers; give angle and intensity in columns")
    return header, lines


def _dialect(lines: list[str]) -> tuple[str, bool]:
    """Regular expression that separates columns, and whether a comma is the decimal mark."""
    sample = "\n".join(lines)
    if ";" in sample:
        return r"[;\s]+", "," in sample
    if "," not in sample:
        return r"\s+", False
    spaced = all(len(line.split()) > 1 and not re.search(r",(?:\s|$)", line) for line in lines)
    if "." not in sample and spaced:
        return r"\s+", True
    return r"\s*,\s*|\s+", False


def _numbers(line: str, number: int, name: str, separator: str, decimal_comma: bool) -> list[float]:
    tokens = [token for token in re.split(separator, line.strip(" \t,;")) if token]
    try:
        return [float(token.replace(",", ".") if decimal_comma else token) for token in tokens]
    except ValueError:
        raise OptionError(f"{name}, line {number}: {one_line(line, 40)!r} is not a row of numbers") from None


def _names_sigma(header: list[str]) -> bool:
    """Whether the last header line with at least three fields names the third an uncertainty."""
    for line in reversed(header):
        fields = [field for field in re.split(r"[,;\t]+|\s{2,}|\s+", line.strip(" #!%*'\"/")) if field]
        if len(fields) >= 3:
            return bool(SIGMA_NAME.search(" ".join(fields[2:4])))
    return False


def _wavelength(header: list[str]) -> float | None:
    for line in header:
        found = WAVELENGTH.search(line)
        if found:
            return float(found[1].replace(",", "."))
    return None
