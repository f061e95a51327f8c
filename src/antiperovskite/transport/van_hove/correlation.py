"""Van Hove functions in one pass: how far ions get, and where the others are when one has gone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import OptionError
from antiperovskite.transport.fractional import Moving, heights, moving_ions

if TYPE_CHECKING:
    from antiperovskite.dynamics.trajectory.model import Trajectory

SELF_RANGE: Final = 4.0
"""The self part reaches this many times further than the distinct part."""


@dataclass(frozen=True)
class VanHove:
    """Self and distinct van Hove functions of one species.

    ``lags`` (m,) in frames; ``self_r`` and ``distinct_r`` are bin centres, angstrom. ``self_part[m, b]`` is
    G_s(r, t) in 1/angstrom^3: its integral over space is 1 (less ``beyond[m]``, the share that went further).
    ``distinct_part[m, b]`` is g_d(r, t) = G_d(r, t) / density of the partners: 1 where they know nothing of each other.
    ``non_gaussian[m]`` is alpha_2 = 3 <r^4> / (5 <r^2>^2) - 1 with one standard uncertainty in
    ``non_gaussian_uncertainty`` (NaN for fewer than five ions).
    """

    species: str
    partner: str
    lags: Any
    frame_interval_ps: float | None
    origins: Any
    self_r: Any
    self_part: Any
    beyond: Any
    distinct_r: Any
    distinct_part: Any
    mean_square: Any
    non_gaussian: Any
    non_gaussian_uncertainty: Any
    density: float
    source: str

    @property
    def radial(self) -> Any:
        """4 pi r^2 G_s, 1/angstrom: probability density of the distance travelled."""
        import numpy as np

        edges = np.arange(len(self.self_r) + 1) * (self.self_r[1] - self.self_r[0])
        return self.self_part * (4 / 3 * np.pi * np.diff(edges**3)) / np.diff(edges)


def van_hove(
    trajectory: Trajectory | Moving,
    species: str,
    lags: Sequence[int],
    *,
    partner: str | None = None,
    r_max_angstrom: float | None = None,
    bin_angstrom: float = 0.1,
    origins_every: int = 1,
    distinct: bool = True,
    framework: Sequence[str] | None = None,
    frame_interval_ps: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> VanHove:
    """Histogram displacements and distances at several lags, over many time origins and in bounded memory.

    Parameters
    ----------
    trajectory
        The run.
    species
        Chemical symbol of the ions at the time origin.
    lags
        In frames, 0 or more; frames up to the longest are held in memory.
    partner
        Symbol of the ions one lag later in the distinct part (default: the same species).
    r_max_angstrom
        Of the distinct part; at most half the smallest distance between opposite faces of the cell (the default),
        within which the nearest image is found exactly in any cell.
    bin_angstrom
        Width of the bins.
    origins_every
        Frames between time origins.
    distinct
        Whether to compute the distinct part, whose cost grows with the square of the number of ions.

    Raises
    ------
    OptionError
        A symbol, lag, range, width or stride that is not possible.

    References
    ----------
    van Hove, Phys. Rev. 95 (1954) 249, doi:10.1103/PhysRev.95.249; Rahman, Phys. Rev. 136 (1964) A405,
    doi:10.1103/PhysRev.136.A405 (the non-Gaussian parameter).
    """
    import numpy as np

    from antiperovskite.transport.van_hove.kernel import add_frames

    moving = trajectory if isinstance(trajectory, Moving) else moving_ions(trajectory, species, framework)
    other = species if partner is None else partner
    if other not in moving.info.symbols:
        raise OptionError(f"no {other!r} in {moving.info.source}; choose one of {', '.join(set(moving.info.symbols))}")
    lag = _check_lags(lags, moving.info.n_frames)
    n_bins, width = _check_bins(moving, r_max_angstrom, bin_angstrom)
    if origins_every < 1:
        raise OptionError(f"time origins every {origins_every} frames; give 1 or more")
    ions, others, same = moving.ions, moving.info.of(other), other == species
    n_far = int(SELF_RANGE * n_bins)
    ring = np.zeros((int(lag.max()) + 1, len(ions), 3))
    far, close = np.zeros((len(lag), n_far), np.int64), np.zeros((len(lag), n_bins), np.int64)
    second, fourth = np.zeros((len(lag), len(ions))), np.zeros((len(lag), len(ions)))
    origins = np.zeros(len(lag), np.int64)
    metric = moving.mean_cell @ moving.mean_cell.T
    for block in moving.blocks():
        here = np.ascontiguousarray(block.fractional(ions))
        there = here if same else np.ascontiguousarray(block.fractional(others))
        add_frames(
            here, there, block.first, ring, lag, origins_every, metric, width, far, close, origins, second, fourth,
            same, distinct,
        )  # fmt: skip
        if progress is not None:
            progress(block.first + len(here), moving.info.n_frames)
    counts = np.maximum(origins, 1)[:, None]
    volume = abs(float(np.linalg.det(moving.mean_cell)))
    density = (len(others) - same) / volume
    shells = [4 / 3 * np.pi * np.diff((np.arange(n + 1) * width) ** 3) for n in (n_far, n_bins)]
    selves = far / (counts * len(ions))
    pairs = close / (counts * len(ions) * shells[1] * density) if distinct and density > 0 else close * np.nan
    alpha, error = _non_gaussian(second / counts, fourth / counts)
    interval = moving.info.frame_interval_ps if frame_interval_ps is None else frame_interval_ps
    return VanHove(
        species, other, lag, interval, origins, (np.arange(n_far) + 0.5) * width, selves / shells[0],
        1.0 - selves.sum(axis=1), (np.arange(n_bins) + 0.5) * width, pairs, (second / counts).mean(axis=1),
        alpha, error,
        density, moving.info.source,
    )  # fmt: skip


def _check_lags(lags: Sequence[int], n_frames: int) -> Any:
    import numpy as np

    found = np.unique(np.asarray(list(lags), dtype=np.int64))
    if not len(found) or found[0] < 0 or found[-1] >= n_frames:
        raise OptionError(f"lags {list(lags)[:5]} in a run of {n_frames} frames; give lags from 0 to {n_frames - 1}")
    return found


def _check_bins(moving: Moving, r_max: float | None, width: float) -> tuple[int, float]:
    widest = float(heights(moving.mean_cell).min()) / 2.0
    reach = widest if r_max is None else r_max
    if not 0 < reach <= widest * (1 + 1e-9):
        raise OptionError(f"a range of {reach:g} angstrom; give more than 0 and at most half the cell, {widest:.2f}")
    if not 0 < width <= reach:
        raise OptionError(f"bins of {width:g} angstrom in a range of {reach:.2f}; give a width between 0 and the range")
    n_bins = max(1, int(reach / width + 1e-9))
    return n_bins, width


def _non_gaussian(second: Any, fourth: Any) -> tuple[Any, Any]:
    """alpha_2 at every lag and its jackknife uncertainty over ions."""
    import numpy as np

    def alpha(two: Any, four: Any) -> Any:
        return np.divide(3.0 * four, 5.0 * two**2, out=np.ones_like(two), where=two > 0) - 1.0

    n = second.shape[1]
    value = alpha(second.mean(axis=1), fourth.mean(axis=1))
    if n < 5:
        return value, np.full(len(value), np.nan)
    left = alpha(
        (second.sum(axis=1, keepdims=True) - second) / (n - 1), (fourth.sum(axis=1, keepdims=True) - fourth) / (n - 1)
    )
    return value, np.sqrt((n - 1) / n * np.square(left - left.mean(axis=1, keepdims=True)).sum(axis=1))
