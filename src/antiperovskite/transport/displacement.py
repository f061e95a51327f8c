"""Mean squared displacements at every lag by FFT: power spectra summed over ions, one inverse transform."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from antiperovskite.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SINGLE_PRECISION_SERIES = 96
"""Coordinates from which rounding of single precision averages out (fewer are transformed in double precision)."""


@dataclass
class DisplacementSum:
    """Squared displacements summed over ions, added up block by block; memory does not grow with the ions.

    The autocorrelation of each coordinate comes from its power spectrum (Wiener-Khinchin); because only the sum over
    ions is wanted, spectra are added and transformed back once. The first frame is taken off every coordinate, so
    single precision is right wherever the origin is.

    References
    ----------
    Calandrini et al., Collection SFN 12 (2011) 201, doi:10.1051/sfn/201112010 (the FFT form of the MSD).
    """

    n_frames: int

    def __post_init__(self) -> None:
        import numpy as np
        from scipy.fft import next_fast_len

        self.length = next_fast_len(2 * self.n_frames - 1, real=True)
        self.power = np.zeros((3, self.length // 2 + 1))
        self.squares = np.zeros((3, self.n_frames))
        self.n_ions = 0

    def add(self, coordinates: Any) -> None:
        """Add ions given as ``(n_ions, 3, n_frames)``, angstrom, each starting near zero (contiguous in time)."""
        import numpy as np
        from scipy.fft import rfft

        for axis in range(3):
            block = np.ascontiguousarray(coordinates[:, axis])
            spectrum = rfft(block, n=self.length, axis=1)
            real = spectrum.view(block.dtype).reshape(len(block), -1, 2)
            self.power[axis] += np.einsum("ifc,ifc->f", real, real)
            self.squares[axis] += np.einsum("it,it->t", block, block)
        self.n_ions += len(coordinates)

    def components(self) -> Array:
        """Mean squared displacement of x, y and z at lags 0 to ``n_frames - 1``, shape ``(3, n_frames)``, angstrom^2.

        MSD(m) = [sum_k r_k^2 + r_(k+m)^2 - 2 r_k r_(k+m)] / (n - m), averaged over ions and over all origins.
        """
        import numpy as np
        from scipy.fft import irfft

        n = self.n_frames
        products = irfft(self.power, n=self.length, axis=1)[:, :n]
        # At lag zero the products are the squares, which are known exactly: takes out most of the spectra's rounding.
        exact = self.squares.sum(axis=1)
        products *= np.divide(exact, products[:, 0], out=np.ones(3), where=products[:, 0] > 0)[:, None]
        before = np.cumsum(self.squares, axis=1)[:, ::-1]  # r_k^2 of the windows' starts, k < n - m
        after = np.cumsum(self.squares[:, ::-1], axis=1)[:, ::-1]  # r_k^2 of their ends, k >= m
        total = before + after - 2.0 * products
        total[:, 0] = 0.0
        found: Array = np.maximum(total, 0.0) / (np.arange(n, 0, -1) * self.n_ions)
        return found


def mean_squared_displacement(positions: Any, *, ions_at_once: int = 8) -> Array:
    """Return the mean squared displacement of a set of ions at every lag.

    Parameters
    ----------
    positions
        Unwrapped Cartesian coordinates, angstrom, shape ``(n_frames, n_ions, 3)``.
    ions_at_once
        Ions transformed together; memory beside ``positions`` is about ``50 n_frames ions_at_once`` bytes.

    Returns
    -------
    numpy.ndarray
        Shape ``(n_frames,)``, angstrom^2, averaged over ions and all time origins.

    Raises
    ------
    DataError
        Another shape, fewer than two frames, or a coordinate that is not a number.

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
    total = DisplacementSum(array.shape[0])
    for block in ion_blocks(array, ions_at_once):
        total.add(block)
    found: Array = total.components().sum(axis=0)
    return found


def ion_blocks(positions: Any, ions_at_once: int) -> Iterable[Any]:
    """Yield ``(n_ions, 3, n_frames)`` blocks with each ion's first position taken off."""
    import numpy as np

    dtype = precision(positions.shape[1])
    origin = positions[0].astype(np.float64)
    for first in range(0, positions.shape[1], ions_at_once):
        chosen = slice(first, first + ions_at_once)
        yield from_series(positions[:, chosen], dtype, origin[chosen])


def precision(n_ions: int) -> Any:
    """Single precision for many ions, double for few."""
    import numpy as np

    return np.float32 if 3 * n_ions >= SINGLE_PRECISION_SERIES else np.float64


def from_series(series: Any, dtype: Any, origin: Any) -> Any:
    """Turn ``(n_frames, n_ions, 3)`` into time-contiguous ``(n_ions, 3, n_frames)`` minus ``origin``.

    Raises
    ------
    DataError
        A coordinate is not a number.
    """
    import numpy as np

    n_frames, n_ions = series.shape[:2]
    block = np.empty((n_ions, 3, n_frames), dtype=dtype)
    step = 2048  # frames: the piece stays in the processor's cache while it is transposed
    for start in range(0, n_frames, step):
        piece = series[start : start + step]
        np.subtract(
            piece.transpose(1, 2, 0), origin[:, :, None], out=block[:, :, start : start + step], casting="unsafe"
        )
    if not np.isfinite(block.sum(dtype=np.float64)):
        raise DataError(
            "the trajectory holds coordinates that are not numbers; cut it before the frame where they begin"
        )
    return block
