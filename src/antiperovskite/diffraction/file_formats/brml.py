"""Bruker BRML: a zip archive with one XML file a scan; the first measured scan is read.

What the columns of a row mean stands in the file's ``DataViews``; nothing is taken by position alone.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from io import BytesIO
from typing import Final
from zipfile import BadZipFile, LargeZipFile, ZipFile

import numpy as np

from antiperovskite.diffraction.data_files import MAX_BYTES, MAX_POINTS, MeasuredPattern
from antiperovskite.diffraction.file_formats.safe_xml import parse_xml
from antiperovskite.errors import OptionError, one_line

SCAN: Final = re.compile(r"(?:^|/)RawData(\d+)\.xml$")
MAX_MEMBERS: Final = 10_000
EXPORT: Final = "export the scan as .xy or .xye"


@dataclass
class _View:
    """One group of columns: where it starts, what it is called and which axes it holds."""

    start: int
    name: str
    kind: str
    axes: list[str] = field(default_factory=list)
    unit: str = ""
    category: str = ""


@dataclass
class _Route:
    """One series of rows."""

    flag: str
    scan: str = ""
    rows: list[str] = field(default_factory=list)
    views: list[_View] = field(default_factory=list)


def parse_brml(data: bytes, name: str) -> MeasuredPattern:
    """Read angles and counts of the first scan.

    Raises
    ------
    OptionError
        No zip archive, an archive that unpacks to more than 100 MB, no scan with a two-theta axis and counts, or XML
        with entities.
    """
    document, more = _unpack(data, name)
    routes, wavelength = _read(document, name)
    route = next((r for r in routes if r.flag in ("", "Measured") and r.rows), None)
    if route is None:
        raise OptionError(f"{name}: the scan holds no measured points; {EXPORT}")
    notes = [f"the file holds {more} scans; the first is used"] if more > 1 else []
    x, y = _columns(route, name, notes)
    return MeasuredPattern.from_arrays(x, y, wavelength=wavelength, name=name, notes=tuple(notes))


def _unpack(data: bytes, name: str) -> tuple[bytes, int]:
    """The XML of the first scan, and how many there are."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS:
                raise OptionError(f"{name}: the archive holds {len(members)} files; {EXPORT}")
            scans = sorted((int(found[1]), item) for item in members if (found := SCAN.search(item.filename)))
            if not scans:
                raise OptionError(f"{name}: the archive holds no RawData XML, so it is no Bruker BRML scan; {EXPORT}")
            with archive.open(scans[0][1]) as stream:  # the size in the directory may lie: stop while reading
                document = stream.read(MAX_BYTES + 1)
    except (BadZipFile, LargeZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, TypeError,
            zlib.error) as error:  # fmt: skip  # RuntimeError: encrypted; the rest: damaged in many ways
        raise OptionError(f"{name} is not a readable BRML archive: {one_line(error, 80)}; {EXPORT}") from None
    if len(document) > MAX_BYTES:
        raise OptionError(f"{name}: the scan unpacks to more than {MAX_BYTES // 1_000_000} MB; {EXPORT}")
    return document, len(scans)


class _Reader:
    """Handlers that collect routes and the K-alpha1 wavelength."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.routes: list[_Route] = []
        self.wavelength: float | None = None
        self.text: list[str] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        view = self.routes[-1].views[-1] if self.routes and self.routes[-1].views else None
        if tag == "DataRoute":
            self.routes.append(_Route(attributes.get("RouteFlag", "")))
        elif tag == "WaveLengthAlpha1" and self.wavelength is None:
            self.wavelength = _number(attributes.get("Value", ""))
        elif not self.routes:
            return
        elif tag == "Datum":
            self.text = []
        elif tag == "ScanInformation":
            self.routes[-1].scan = attributes.get("VisibleName") or attributes.get("ScanName", "")
        elif tag == "RawDataView":
            kind = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "type"), "")
            first = attributes.get("Start", "")
            self.routes[-1].views.append(
                _View(int(first) if first.isascii() and first.isdigit() else -1, attributes.get("LogicName", ""), kind)
            )
        elif view is not None and tag == "FieldDefinitions":
            view.axes.append(attributes.get("AxisId") or attributes.get("FieldName", ""))
        elif view is not None and tag == "Recording":
            view.category = attributes.get("Category", "")
        elif view is not None and tag == "Unit" and not view.unit:
            view.unit = attributes.get("Base", "")

    def end(self, tag: str) -> None:
        if tag == "Datum" and self.text is not None:
            rows = self.routes[-1].rows
            rows.append("".join(self.text))
            self.text = None
            if len(rows) > MAX_POINTS:
                raise OptionError(f"{self.name}: more than {MAX_POINTS} points; {EXPORT}")

    def characters(self, text: str) -> None:
        if self.text is not None:
            self.text.append(text)


def _read(document: bytes, name: str) -> tuple[list[_Route], float | None]:
    reader = _Reader(name)
    parse_xml(document, name, start=reader.start, end=reader.end, text=reader.characters)
    return reader.routes, reader.wavelength


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _columns(route: _Route, name: str, notes: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Angles and counts by what the views say of the columns."""
    angle = next(
        (v.start + v.axes.index("TwoTheta") for v in route.views if v.start >= 0 and "TwoTheta" in v.axes), None
    )
    recorded = [v for v in route.views if v.kind == "RecordedRawDataView" and v.start >= 0]
    counter = next((v for v in recorded if v.category == "Count" or v.unit == "Counts"), None)
    if angle is None or counter is None:
        what = "two-theta axis" if angle is None else "column of counts in the scan itself"
        raise OptionError(f"{name}: the scan ({one_line(route.scan or 'unnamed', 40)}) has no {what}; {EXPORT}")
    table = _table(route.rows, name)
    fixed = {v.name: v.start for v in route.views}
    if max(angle, counter.start) >= table.shape[1]:
        raise OptionError(f"{name}: the rows have {table.shape[1]} numbers, fewer than the file describes; {EXPORT}")
    x, y = table[:, angle], table[:, counter.start]
    factor = fixed.get("AbsorptionFactor", -1)
    if 0 <= factor < table.shape[1] and np.any(table[:, factor] != 1.0):
        y = y * table[:, factor]
        notes.append("counts were multiplied by the absorber's factors; Poisson statistics holds only without")
    if counter.unit not in ("", "Counts"):
        notes.append(f"the intensities are in {one_line(counter.unit, 30)}, not in counts")
    return x, y


def _table(rows: list[str], name: str) -> np.ndarray:
    try:
        values = [[float(token) for token in row.split(",")] for row in rows]
        table = np.array(values, dtype=np.float64)
    except ValueError:
        raise OptionError(f"{name}: a row of the scan is not numbers, or is longer than others; {EXPORT}") from None
    return table
