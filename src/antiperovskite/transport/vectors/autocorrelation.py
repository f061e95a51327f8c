"""Autocorrelations of directions by FFT: first and second Legendre polynomial at every lag."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any

from antiperovskite.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def vector_autocorrelation(
    vectors: Any, *, groups: Any = None, n_lags: int | None = None, at_once: int = 8
) -> tuple[Array, Array]:
    """Return C1(t) = <u(0) u(t)> and C2(t) = <(3 [u(0) u(t)]^2 - 1) / 2> of unit vectors at every lag.

    C2 comes from the five independent components of the traceless tensor of u u, so that both are sums of
    autocorrelations of real series; power spectra are summed over the vectors and transformed back once. Each lag is
    divided by its own number of time origins.

    Parameters
    ----------
    vectors
        Shape ``(n_frames, n_vectors, 3)``; lengths do not matter.
    groups
        Group of each vector, integers from 0, shape ``(n_vectors,)``; one mean is returned for each group.
    n_lags
        Lags returned, all if not given.
    at_once
        Vectors transformed together.

    Returns
    -------
    tuple
        C1 and C2, shape ``(n_lags,)``, or ``(n_groups, n_lags)`` where groups are given.

    Raises
    ------
    DataError
        Another shape, a vector without length, or one that is not a number.

    Examples
    --------
    >>> import numpy as np
    >>> turning = np.array([[[1, 0, 0]], [[0, 1, 0]], [[-1, 0, 0]]])
    >>> c1, c2 = vector_autocorrelation(turning)
    >>> (c1.round(6) + 0.0).tolist(), (c2.round(6) + 0.0).tolist()
    ([1.0, 0.0, -1.0], [1.0, -0.5, 1.0])
    """
    import numpy as np
    from scipy.fft import irfft, next_fast_len, rfft

    array = np.asarray(vectors)
    if array.ndim != 3 or array.shape[2] != 3 or min(array.shape[:2]) < 1:
        raise DataError(f"vectors must have shape (frames, vectors, 3) with at least one of each, not {array.shape}")
    n, count = array.shape[:2]
    group = np.zeros(count, dtype=int) if groups is None else np.asarray(groups, dtype=int)
    lags = n if n_lags is None else min(n_lags, n)
    length = next_fast_len(n + lags - 1, real=True)
    power = np.zeros((2, group.max() + 1, length // 2 + 1))
    dtype = np.float32 if count * n > 20000 else np.float64
    for number in range(group.max() + 1):
        own = np.flatnonzero(group == number)
        for first in range(0, len(own), at_once):
            u = _unit(array[:, own[first : first + at_once]], dtype)
            for order, series in enumerate((u, _tensor(u))):
                for component in series:
                    spectrum = rfft(component, n=length, axis=1)
                    real = spectrum.view(component.dtype).reshape(len(component), -1, 2)
                    power[order, number] += np.einsum("ifc,ifc->f", real, real)
    products = irfft(power, n=length, axis=2)[..., :lags]
    products /= products[..., :1]  # at lag zero every vector agrees with itself: exactly one
    products *= n / np.arange(n, n - lags, -1)
    found = products if groups is not None else products[:, 0]
    return found[0], found[1]


def _unit(vectors: Any, dtype: Any) -> Any:
    """Directions as three contiguous arrays ``(3, n_vectors, n_frames)``."""
    import numpy as np

    block = np.ascontiguousarray(vectors.transpose(2, 1, 0), dtype=dtype)
    lengths = np.sqrt(np.einsum("kit,kit->it", block, block))
    if not lengths.min() > 0 or not np.isfinite(lengths.sum(dtype=np.float64)):
        raise DataError("a vector has no length or is not a number; every vector needs a direction in every frame")
    block /= lengths
    return block


def _tensor(u: Any) -> Any:
    """Five series whose autocorrelations add up to P2 of the angle (for unit vectors)."""
    x, y, z = u
    root = u.dtype.type(sqrt(3.0))
    yield root * x * y
    yield root * y * z
    yield root * z * x
    yield root / 2 * (x * x - y * y)
    yield (3 * z * z - 1) / 2
