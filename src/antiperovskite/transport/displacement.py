"""Mean squared displacements at every lag by FFT: power spectra summed over ions, one inverse transform."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SINGLE_PRECISION_SERIES: Final = 96
"""Coordinates from which rounding of single precision averages out (fewer are transformed in double precision)."""
IONS_AT_ONCE: Final = 32
"""96 coordinates: six whole cache lines of each single-precision frame, and few passes through the trajectory."""
TILE: Final = 64
"""Frames turned at once from frame order into time order."""


@dataclass
class DisplacementSum:
    """Squared displacements summed over ions, added up block by block; memory does not grow with the ions.

    The autocorrelation of each coordinate comes from its power spectrum (Wiener-Khinchin). Only the sum over ions is
    wanted, so spectra are added and transformed back once, and two coordinates share one complex transform: of
    ``a + ib`` the power at ``k`` and ``-k`` adds up to twice that of ``a`` and ``b``.

    Each coordinate is transformed without the straight line from its first to its last position, which is put back
    exactly: single precision is right wherever the origin is and however far the cell drifts. With
    ``r_k = y_k + r_0 + v k``,

        sum_k (r_(k+m) - r_k)^2 = sum_k (y_(k+m) - y_k)^2 + 2 v m sum_k (y_(k+m) - y_k) + (n - m) v^2 m^2.

    References
    ----------
    Calandrini et al., Collection SFN 12 (2011) 201, doi:10.1051/sfn/201112010 (the FFT form of the MSD).
    """

    n_frames: int

    def __post_init__(self) -> None:
        import numpy as np
        from scipy.fft import next_fast_len

        self.length = next_fast_len(2 * self.n_frames - 1)
        self.power = np.zeros(2 * self.length)  # of real and imaginary parts, one after the other
        self.squares = np.zeros(self.n_frames)  # sum of y_k^2 over coordinates
        self.along = np.zeros(self.n_frames)  # sum of v y_k
        self.slopes = 0.0  # sum of v^2

    def add(self, series: Any, first: int, origin: Any, slope: Any, dtype: Any) -> None:
        """Add coordinates ``first``, ``first + 1``, ... of ``series``, shape ``(n_frames, any)``, angstrom.

        ``origin`` and ``slope`` (angstrom per frame) are the lines to take off, one each coordinate that is added;
        ``dtype`` is the precision of the transform.

        Raises
        ------
        DataError
            A coordinate is not a number.
        """
        import numpy as np
        from scipy.fft import fft

        pairs = (len(origin) + 1) // 2
        paired = np.result_type(dtype, np.complex64)
        tile = np.zeros((TILE, pairs), dtype=paired)
        block = np.empty((pairs, self.length), dtype=paired)
        load, add_power = _kernels()
        load(series, first, origin, slope, tile, tile.view(dtype), block, self.squares, self.along)
        if not np.isfinite(self.squares.sum()):
            raise DataError(
                "the trajectory holds coordinates that are not numbers; cut it before the frame where they begin"
            )
        spectra = fft(block, axis=1, overwrite_x=True, workers=1)
        add_power(spectra.view(dtype), self.power)
        self.slopes += float(slope @ slope)

    def total(self) -> Array:
        """Squared displacement at lags 0 to ``n_frames - 1``, angstrom^2: summed over ions, averaged over origins."""
        import numpy as np
        from scipy.fft import ifft

        n = self.n_frames
        products = ifft(self.power[0::2] + self.power[1::2]).real[:n]
        # At lag zero the products are the squares, which are known exactly: takes out most of the spectra's rounding.
        if products[0] > 0:
            products *= self.squares.sum() / products[0]
        lag = np.arange(n)
        found: Array = _starts(self.squares) + _ends(self.squares) - 2.0 * products
        found += 2.0 * lag * (_ends(self.along) - _starts(self.along))
        found /= n - lag
        found += self.slopes * lag.astype(float) ** 2
        found[0] = 0.0
        np.maximum(found, 0.0, out=found)
        return found


def mean_squared_displacement(positions: Any, *, ions_at_once: int = IONS_AT_ONCE) -> Array:
    """Return the mean squared displacement of a set of ions at every lag.

    Parameters
    ----------
    positions
        Unwrapped Cartesian coordinates, angstrom, shape ``(n_frames, n_ions, 3)``. Fastest when contiguous in single
        or double precision; anything else is copied block by block.
    ions_at_once
        Ions transformed together; memory beside ``positions`` is about ``24 n_frames ions_at_once`` bytes (twice that
        for fewer than 32 ions, which are transformed in double precision).

    Returns
    -------
    numpy.ndarray
        Shape ``(n_frames,)``, angstrom^2, averaged over ions and all time origins:
        ``MSD(m) = sum_k |r_(k+m) - r_k|^2 / (n_frames - m)``.

    Raises
    ------
    DataError
        Another shape, fewer than two frames, no ions at once, or a coordinate that is not a number.

    Examples
    --------
    >>> import numpy as np
    >>> steady = np.arange(5.0)[:, None, None] * np.array([1.0, 0.0, 0.0])
    >>> mean_squared_displacement(steady).round(9).tolist()
    [0.0, 1.0, 4.0, 9.0, 16.0]
    """
    import numpy as np

    array = np.asarray(positions)
    if array.ndim != 3 or array.shape[2] != 3 or array.shape[0] < 2 or array.shape[1] < 1:
        raise DataError(f"positions must have shape (at least 2 frames, at least 1 ion, 3), not {array.shape}")
    if ions_at_once < 1:
        raise DataError(f"ions_at_once must be at least 1, not {ions_at_once}")
    n_frames, n_ions = array.shape[:2]
    dtype = np.float32 if 3 * n_ions >= SINGLE_PRECISION_SERIES else np.float64
    sums = DisplacementSum(n_frames)
    for ions, series, first in _blocks(array, ions_at_once):
        origin = array[0, ions].astype(np.float64).ravel()
        with np.errstate(invalid="ignore"):  # an infinite coordinate is refused below
            slope = (array[-1, ions].astype(np.float64).ravel() - origin) / (n_frames - 1)
        sums.add(series, first, origin, slope, dtype)
    found: Array = sums.total() / n_ions
    return found


def _blocks(array: Any, ions_at_once: int) -> Iterator[tuple[slice, Any, int]]:
    """Yield which ions, an array ``(n_frames, coordinates)`` that holds them and where they begin in it."""
    import numpy as np

    n_frames, n_ions = array.shape[:2]
    usable = array.dtype in (np.float32, np.float64) and array.flags.c_contiguous
    for first in range(0, n_ions, ions_at_once):
        ions = slice(first, min(first + ions_at_once, n_ions))
        if usable:
            yield ions, array.reshape(n_frames, -1), 3 * first
        else:
            yield ions, np.ascontiguousarray(array[:, ions], dtype=np.float64).reshape(n_frames, -1), 0


def _starts(values: Array) -> Array:
    """Sum at each lag over the frames where its windows start, ``k < n - lag``."""
    import numpy as np

    return np.cumsum(values)[::-1]


def _ends(values: Array) -> Array:
    """Sum at each lag over the frames where its windows end, ``k >= lag``."""
    import numpy as np

    return np.cumsum(values[::-1])[::-1]


@cache
def _kernels() -> tuple[Any, Any]:
    from numba import njit

    compiled = njit(cache=True, fastmath={"reassoc", "contract", "nsz"})
    return compiled(_load), compiled(_add_power)


def _load(
    series: Any, first: int, origin: Any, slope: Any, tile: Any, flat: Any, block: Any, squares: Any, along: Any
) -> None:  # pragma: no cover
    """Fill ``block`` (pairs, length) with ``series`` minus its lines, zeros behind; ``flat`` is ``tile``'s numbers."""
    n_frames, n_series = len(series), len(origin)
    n_pairs, length = block.shape
    for start in range(0, n_frames, len(tile)):
        n_here = min(len(tile), n_frames - start)
        for k in range(n_here):
            row, turned = series[start + k, first : first + n_series], flat[k]
            for s in range(n_series):
                turned[s] = row[s] - (origin[s] + slope[s] * (start + k))
            square, drift = 0.0, 0.0
            for s in range(n_series):  # a loop of its own: both are vectorised
                value = float(turned[s])  # as rounded: what the transform sees
                square += value * value
                drift += slope[s] * value
            squares[start + k] += square
            along[start + k] += drift
        for p in range(n_pairs):
            for k in range(n_here):
                block[p, start + k] = tile[k, p]
    for p in range(n_pairs):
        for k in range(n_frames, length):
            block[p, k] = 0.0


def _add_power(spectra: Any, power: Any) -> None:  # pragma: no cover
    """Add the squares of ``spectra`` over its rows to ``power``, in double precision, a piece in cache at a time."""
    step = 2048
    for start in range(0, len(power), step):
        part = power[start : start + step]
        for row in range(len(spectra)):
            values = spectra[row, start : start + step]
            for k in range(len(part)):
                value = float(values[k])
                part[k] += value * value
