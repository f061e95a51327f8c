"""PANalytical XRDML: the first scan of an XML file, read with expat; entities are refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from antiperovskite.diffraction.data_files import MAX_POINTS, MeasuredPattern
from antiperovskite.diffraction.file_formats.safe_xml import parse_xml
from antiperovskite.errors import OptionError

WANTED: Final = frozenset(
    {
        "startPosition",
        "endPosition",
        "listPositions",
        "intensities",
        "counts",
        "commonCountingTime",
        "kAlpha1",
        "beamAttenuationFactors",
    }
)


@dataclass
class _Scan:
    """What the handlers collect: values by element name, for the two-theta axis of the first scan."""

    values: dict[str, str] = field(default_factory=dict)
    unit: str = ""
    scans: int = 0
    stack: list[str] = field(default_factory=list)
    axis: str = ""
    text: list[str] = field(default_factory=list)


def parse_xrdml(data: bytes, name: str) -> MeasuredPattern:
    """Read angles and counts of the first scan.

    Raises
    ------
    OptionError
        Not well-formed XML, entity declarations, no two-theta axis or no intensities.
    """
    scan = _Scan()

    def start(tag: str, attributes: dict[str, str]) -> None:
        scan.stack.append(tag)
        if scan.stack[-1] == "scan":
            scan.scans += 1
        elif scan.stack[-1] == "positions":
            scan.axis = attributes.get("axis", "")
        elif scan.stack[-1] in ("intensities", "counts"):
            scan.unit = scan.unit or attributes.get("unit", "counts")
        scan.text = []

    def end(tag: str) -> None:
        position = "Position" in tag
        if tag in WANTED and scan.scans <= 1 and (not position or scan.axis == "2Theta"):
            scan.values.setdefault(tag, "".join(scan.text))
        scan.stack.pop()
        scan.text = []

    def characters(text: str) -> None:
        if scan.stack and scan.stack[-1] in WANTED:
            scan.text.append(text)

    parse_xml(data, name, start=start, end=end, text=characters)
    return _pattern(scan, name)


def _pattern(scan: _Scan, name: str) -> MeasuredPattern:
    key = "counts" if "counts" in scan.values else "intensities"
    if key not in scan.values:
        raise OptionError(f"{name}: the XRDML file holds no intensities; export a scan")
    y = _floats(scan.values[key], key, name)
    if "listPositions" in scan.values:
        x = _floats(scan.values["listPositions"], "listPositions", name)
    elif "startPosition" in scan.values and "endPosition" in scan.values:
        first = _floats(scan.values["startPosition"], "startPosition", name)
        last = _floats(scan.values["endPosition"], "endPosition", name)
        if len(first) != 1 or len(last) != 1:
            raise OptionError(f"{name}: the first or last two-theta angle is missing")
        x = np.linspace(first[0], last[0], len(y))
    else:
        raise OptionError(f"{name}: the scan has no two-theta axis; export a two-theta scan")
    notes = []
    if "beamAttenuationFactors" in scan.values:
        factors = _floats(scan.values["beamAttenuationFactors"], "beamAttenuationFactors", name)
        if key == "counts" and len(factors) == len(y):
            y = y * factors
            notes.append(
                "counts were multiplied by the beam attenuation factors; Poisson statistics holds only without"
            )
    if scan.unit == "cps" and "commonCountingTime" in scan.values:
        time = _floats(scan.values["commonCountingTime"], "commonCountingTime", name)
        y = np.rint(y * time[0]) if len(time) else y
        notes.append("counts per second were multiplied by the counting time")
    if scan.scans > 1:
        notes.append(f"the file holds {scan.scans} scans; the first is used")
    wave = scan.values.get("kAlpha1")
    value = _floats(wave, "kAlpha1", name) if wave else np.zeros(0)
    return MeasuredPattern.from_arrays(
        x, y, wavelength=float(value[0]) if len(value) else None, name=name, notes=tuple(notes)
    )


def _floats(text: str, what: str, name: str) -> np.ndarray:
    tokens = text.split()
    if len(tokens) > MAX_POINTS:
        raise OptionError(f"{name}: more than {MAX_POINTS} points in {what}")
    try:
        return np.array([float(token) for token in tokens], dtype=np.float64)
    except ValueError:
        raise OptionError(f"{name}: {what} holds something that is not a number") from None
