"""Powder CIF: the measured profile of the pdCIF dictionary (``_pd_meas_`` and ``_pd_proc_`` items)."""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from antiperovskite.diffraction.data_files import MAX_POINTS, MeasuredPattern
from antiperovskite.errors import OptionError, one_line

TOKEN: Final = re.compile(r"'[^'\n]*'(?=\s|$)|\"[^\"\n]*\"(?=\s|$)|\S+")
VALUE: Final = re.compile(r"^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?:\((\d+)\))?$")
ANGLES: Final = ("_pd_meas_2theta_scan", "_pd_proc_2theta_corrected", "_pd_meas_angle_2theta")
INTENSITIES: Final = (
    "_pd_meas_counts_total",
    "_pd_meas_intensity_total",
    "_pd_proc_intensity_total",
    "_pd_proc_intensity_net",
    "_pd_meas_intensity_net",
)
SIGMAS: Final = ("_pd_meas_intensity_total_su", "_pd_proc_intensity_total_su")
RANGES: Final = ("_pd_meas_2theta_range_", "_pd_proc_2theta_range_")
Loop = dict[str, list[str]]


def parse_powder_cif(text: str, name: str) -> MeasuredPattern:
    """Read the profile of the first data block that has one.

    Standard uncertainties in parentheses are used where every point has one. Points written ``.`` or ``?`` are left
    out, and said to be.

    Raises
    ------
    OptionError
        No profile of angles and intensities, or values that are no numbers.
    """
    single, loops = _parse(text, name)
    if any("time_of_flight" in key for loop in loops for key in loop):
        raise OptionError(f"{name}: a time-of-flight profile; only two-theta profiles are refined here")
    loop = next((item for item in loops if any(key in item for key in INTENSITIES)), None)
    if loop is None:
        kind = "a crystal structure and no measured profile" if "_atom_site_" in text else "no measured profile"
        raise OptionError(f"{name}: the CIF holds {kind}; it needs _pd_meas_counts_total or the like in a loop")
    y_name = next(key for key in INTENSITIES if key in loop)
    y_text = loop[y_name]
    x_text = next((loop[key] for key in ANGLES if key in loop), None)
    keep = np.array([value not in (".", "?") for value in y_text])
    y, su = _column([value for value, wanted in zip(y_text, keep, strict=True) if wanted], y_name, name)
    if x_text is None:
        x = _range(single, len(y_text), name)[keep]
    else:
        x = _column([value for value, wanted in zip(x_text, keep, strict=True) if wanted], "two-theta", name)[0]
    named = next((loop[key] for key in SIGMAS if key in loop), None)
    if named is not None:
        su = _column([value for value, wanted in zip(named, keep, strict=True) if wanted], "uncertainty", name)[0]
    notes = [f"read from {y_name}"]
    if not keep.all():
        notes.append(f"{int((~keep).sum())} points without a value were left out")
    sigma = su if np.all(su > 0) else None
    return MeasuredPattern.from_arrays(
        x, y, sigma, wavelength=_wavelength(single, loops), name=name, notes=tuple(notes)
    )


def _parse(text: str, name: str) -> tuple[dict[str, str], list[Loop]]:
    """Split CIF text into single items and loops; lower-case names."""
    tokens = _tokens(text)
    if len(tokens) > 20 * MAX_POINTS:
        raise OptionError(f"{name}: more than {20 * MAX_POINTS} values; export one scan")
    single: dict[str, str] = {}
    loops: list[Loop] = []
    at = 0
    while at < len(tokens):
        word = tokens[at]
        if word.lower() == "loop_":
            at += 1
            start = at
            while at < len(tokens) and tokens[at].startswith("_"):
                at += 1
            keys = [key.lower() for key in tokens[start:at]]
            start = at
            while at < len(tokens) and not _is_keyword(tokens[at]):
                at += 1
            values = tokens[start:at]
            if keys and len(values) % len(keys):
                raise OptionError(
                    f"{name}: the loop of {one_line(keys[0], 40)} has {len(values)} values for {len(keys)} columns"
                )
            loops.append({key: values[index :: len(keys)] for index, key in enumerate(keys)})
        elif word.startswith("_") and at + 1 < len(tokens) and not _is_keyword(tokens[at + 1]):
            single[word.lower()] = tokens[at + 1].strip("'\"")
            at += 2
        else:
            at += 1
    return single, loops


def _is_keyword(token: str) -> bool:
    low = token.lower()
    return token.startswith("_") or low == "loop_" or low.startswith(("data_", "save_"))


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    in_text = False
    for line in text.splitlines():
        if line.startswith(";"):  # a text field opens or closes; its content is one value
            if not in_text:
                tokens.append("?")
            in_text = not in_text
            continue
        if in_text:
            continue
        for found in TOKEN.finditer(line):
            if found[0].startswith("#"):
                break
            tokens.append(found[0])
    return tokens


def _column(values: list[str], what: str, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Numbers and the standard uncertainties in their parentheses (0 where none)."""
    numbers = np.zeros(len(values))
    errors = np.zeros(len(values))
    for index, value in enumerate(values):
        found = VALUE.match(value)
        if found is None:
            raise OptionError(f"{name}: {one_line(value, 20)!r} in {what} (point {index + 1}) is not a number")
        numbers[index] = float(found[1])
        if found[2]:
            mantissa = re.split("[eE]", found[1])[0]
            places = len(mantissa.partition(".")[2])
            exponent = int(found[1][len(mantissa) + 1 :] or 0)
            errors[index] = float(f"{found[2]}e{max(min(exponent - places, 300), -300)}")
    return numbers, errors


def _range(single: dict[str, str], n_points: int, name: str) -> np.ndarray:
    for prefix in RANGES:
        low, step = single.get(f"{prefix}min"), single.get(f"{prefix}inc")
        if low is not None and step is not None:
            first = _column([low], f"{prefix}min", name)[0][0]
            spacing = _column([step], f"{prefix}inc", name)[0][0]
            return np.asarray(first + spacing * np.arange(n_points))
    raise OptionError(f"{name}: the profile has no angles: neither {ANGLES[0]} nor _pd_meas_2theta_range_min and _inc")


def _wavelength(single: dict[str, str], loops: list[Loop]) -> float | None:
    key = "_diffrn_radiation_wavelength"
    text = single.get(key) or next((loop[key][0] for loop in loops if loop.get(key)), None)
    found = VALUE.match(text) if text else None
    return float(found[1]) if found else None
