"""Measured powder patterns from files: plain text, GSAS FXYE, powder CIF, PANalytical XRDML, Bruker BRML and RAW."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from antiperovskite.errors import OptionError, one_line

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MAX_BYTES: Final = 100_000_000
MAX_POINTS: Final = 1_000_000
MIN_POINTS: Final = 20
UNREAD: Final = {
    ".rd": "Philips RD",
    ".udf": "Philips UDF",
    ".uxd": "Bruker UXD",
}


@dataclass(frozen=True)
class MeasuredPattern:
    """A measured constant-wavelength pattern, checked: finite, ascending, non-negative.

    Parameters
    ----------
    two_theta
        Degree, strictly ascending, shape ``(n_points,)``; the spacing may vary.
    intensity
        Shape ``(n_points,)``, not negative.
    sigma
        One standard uncertainty of each intensity where the file gives it, else ``None``.
    wavelength
        Angstrom, where the file says it.
    counts
        Whether the intensities are whole numbers, so that Poisson statistics gives their uncertainty.
    """

    two_theta: Array
    intensity: Array
    sigma: Array | None
    wavelength: float | None
    name: str
    counts: bool
    notes: tuple[str, ...] = ()

    @classmethod
    def from_arrays(
        cls,
        two_theta: Array,
        intensity: Array,
        sigma: Array | None = None,
        *,
        wavelength: float | None = None,
        name: str = "pattern",
        notes: tuple[str, ...] = (),
    ) -> MeasuredPattern:
        """Check arrays and wrap them.

        Raises
        ------
        OptionError
            Too few points, not finite, angles unsorted or outside 0 to 180, negative intensities or uncertainties
            that are not positive.
        """
        x, y = np.asarray(two_theta, dtype=np.float64), np.asarray(intensity, dtype=np.float64)
        error = None if sigma is None else np.asarray(sigma, dtype=np.float64)
        if x.ndim != 1 or x.shape != y.shape or (error is not None and error.shape != x.shape):
            raise OptionError(
                f"{name}: angles, intensities and uncertainties differ in length; give one of each a point"
            )
        if not MIN_POINTS <= len(x) <= MAX_POINTS:
            raise OptionError(f"{name}: {len(x)} points; a powder pattern has {MIN_POINTS} to {MAX_POINTS}")
        x, y, error, more = _ascending(x, y, error)
        _check(name, x, y, error)
        return cls(x, y, error, _plausible(wavelength), name, bool(np.all(y == np.rint(y))), (*notes, *more))

    def cut(self, low: float | None, high: float | None) -> MeasuredPattern:
        """Return the part between two angles (degree)."""
        first = self.two_theta[0] if low is None else low
        last = self.two_theta[-1] if high is None else high
        keep = (self.two_theta >= first) & (self.two_theta <= last)
        if keep.sum() < MIN_POINTS:
            raise OptionError(
                f"{self.name}: only {int(keep.sum())} points lie between {first:g} and {last:g} degree; the file has "
                f"{self.two_theta[0]:g} to {self.two_theta[-1]:g}"
            )
        error = None if self.sigma is None else self.sigma[keep]
        return MeasuredPattern(
            self.two_theta[keep], self.intensity[keep], error, self.wavelength, self.name, self.counts, self.notes
        )


def read_pattern(path: Path) -> MeasuredPattern:
    """Read a measured pattern; the format follows from the name and the content.

    Read are xy, xye, csv and similar text (comments, headers, decimal commas), GSAS ``FXYE``, powder CIF
    (``_pd_meas_``, ``_pd_proc_``), PANalytical ``.xrdml``, Bruker ``.brml`` and Bruker ``.raw`` (RAW1.01).

    Raises
    ------
    OptionError
        The file cannot be read, is larger than 100 MB, is of a format that is not read, or holds values that are no
        powder pattern; the message names the line where there is one.
    """
    data = _bytes_of(path)
    name = one_line(path.name, 60)
    suffix = path.suffix.lower()
    if suffix in UNREAD:
        raise OptionError(f"{name}: {UNREAD[suffix]} is not read; export the scan as .xy, .xye, .csv or .xrdml")
    if suffix == ".brml" or data.startswith(b"PK\x03\x04"):
        from antiperovskite.diffraction.file_formats.brml import parse_brml

        return parse_brml(data, name)
    if data.startswith(b"RAW1.01") or (suffix == ".raw" and b"\0" in data):  # .raw may also be GSAS text
        from antiperovskite.diffraction.file_formats.bruker_raw import parse_bruker_raw

        return parse_bruker_raw(data, name)
    text = _decode(data, name)
    head = text[:4000]
    if suffix == ".xrdml" or "<xrdMeasurement" in head:
        from antiperovskite.diffraction.file_formats.xrdml import parse_xrdml

        return parse_xrdml(data, name)
    if suffix in (".cif", ".pdcif") or "_pd_" in text:
        from antiperovskite.diffraction.file_formats.powder_cif import parse_powder_cif

        return parse_powder_cif(text, name)
    if any(line.startswith("BANK") for line in head.splitlines()):
        from antiperovskite.diffraction.file_formats.gsas import parse_gsas

        return parse_gsas(text, name)
    from antiperovskite.diffraction.file_formats.columns import parse_columns

    return parse_columns(text, name, sigma_expected=suffix in (".xye", ".fxye"))


def _bytes_of(path: Path) -> bytes:
    name = one_line(path, 80)
    try:
        if not path.is_file():
            kind = "is not a file" if path.exists() else "does not exist"
            raise OptionError(f"cannot read {name!r}: it {kind}; give a measured pattern such as scan.xy")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise OptionError(
                f"{name!r} has {size / 1e6:.0f} MB; up to {MAX_BYTES // 1_000_000} MB are read, export one scan"
            )
        if size == 0:
            raise OptionError(f"{name!r} is empty; give a file with angles and intensities")
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the name
        raise OptionError(f"cannot read {name!r}: {getattr(error, 'strerror', None) or error}") from None


def _decode(data: bytes, name: str) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            raise OptionError(f"{name} is not text; give .xy, .xye, .csv, powder CIF or .xrdml") from None
    sample = data[:100_000]
    control = sum(sample.count(byte) for byte in range(32) if byte not in (9, 10, 12, 13))
    if b"\0" in data or control > len(sample) // 100:
        raise OptionError(f"{name} is a binary file; export the scan as .xy, .xye, .csv or .xrdml")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")  # headers with a degree sign or an umlaut from older software


def _ascending(x: Array, y: Array, error: Array | None) -> tuple[Array, Array, Array | None, tuple[str, ...]]:
    """Turn a scan that was measured downwards around."""
    if len(x) > 1 and np.all(np.diff(x) < 0):
        turned = None if error is None else error[::-1]
        return x[::-1], y[::-1], turned, ("the angles descend in the file; the scan was turned around",)
    return x, y, error, ()


def _check(name: str, x: Array, y: Array, error: Array | None) -> None:
    for what, values in (("angle", x), ("intensity", y), ("uncertainty", error)):
        if values is not None and not np.all(np.isfinite(values)):
            at = int(np.flatnonzero(~np.isfinite(values))[0])
            raise OptionError(f"{name}: the {what} of point {at + 1} is not a finite number; remove or mend that point")
    wrong = np.flatnonzero(np.diff(x) <= 0)
    if len(wrong):
        at = int(wrong[0])
        word = "repeats" if x[at + 1] == x[at] else "falls"
        raise OptionError(
            f"{name}: the angle {word} at point {at + 2} ({x[at]:g}, then {x[at + 1]:g}); angles must ascend "
            "(a file with commas both between numbers and within them cannot be read)"
        )
    if x[0] <= 0.0 or x[-1] >= 180.0:
        raise OptionError(
            f"{name}: angles from {x[0]:g} to {x[-1]:g}; two-theta lies between 0 and 180 degree "
            "(times of flight and d-spacings are not refined here)"
        )
    if np.any(y < 0):
        at = int(np.flatnonzero(y < 0)[0])
        raise OptionError(
            f"{name}: the intensity at {x[at]:g} degree is negative ({y[at]:g}); give the counts before background "
            "subtraction, which counting statistics needs"
        )
    if not np.any(y > 0):
        raise OptionError(f"{name}: every intensity is zero; give a measured pattern")
    if y.max() > 1e15:
        raise OptionError(f"{name}: the largest intensity is {y.max():.3g}; no detector counts that many")
    if error is not None and np.any(error <= 0):
        at = int(np.flatnonzero(error <= 0)[0])
        raise OptionError(f"{name}: the uncertainty at {x[at]:g} degree is {error[at]:g}; it must be above 0")


def _plausible(wavelength: float | None) -> float | None:
    return wavelength if wavelength is not None and 0.1 <= wavelength <= 10.0 else None
