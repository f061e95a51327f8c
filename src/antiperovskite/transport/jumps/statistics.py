"""One answer about the jumps of a species: occupancy, rates, residence, correlation, dimensionality."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import OptionError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.transport.fractional import moving_ions
from antiperovskite.transport.jumps.collective import collective_jumps
from antiperovskite.transport.jumps.counting import dispersion, poisson_intervals, survival
from antiperovskite.transport.jumps.kinds import ROUNDING, jump_kinds, site_kinds, visits
from antiperovskite.transport.jumps.model import CollectiveJumps, JumpStatistics
from antiperovskite.transport.jumps.residence import settled_visit
from antiperovskite.transport.jumps.tensor import jump_tensor
from antiperovskite.transport.jumps.transitions import Jumps, find_transitions

if TYPE_CHECKING:
    from antiperovskite.dynamics.trajectory.model import Trajectory, TrajectoryInfo
    from antiperovskite.transport.jumps.sites import Sites

WINDOW_PS: Final = 0.5
DISTANCE: Final = 4.5
"""angstrom; in cubic anti-perovskites jumps along edges of one octahedron and of its neighbours are nearer."""
KEPT_LENGTHS: Final = 2000
KEPT_SURVIVAL: Final = 200
OVERDISPERSED: Final = 3.0
RESAMPLES: Final = 400
WINDOW_JUMPS: Final = 30
"""Jumps of one ion in a part of the run; what is remembered for longer is missed by about one part in this number."""
MOST_WINDOWS: Final = 64


def jump_statistics(
    trajectory: Trajectory,
    sites: Sites,
    *,
    radius_angstrom: float | None = None,
    voronoi: bool = False,
    shortest_visit_frames: int | None = 1,
    framework: Sequence[str] | None = None,
    frame_interval_ps: float | None = None,
    collective_window_ps: float | None = None,
    collective_distance_angstrom: float | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> JumpStatistics:
    """Assign ions to sites, find their jumps and say what they amount to.

    Parameters
    ----------
    trajectory
        The run; its ions are ``sites.species``.
    sites
        From ``sites_from_structure``, ``sites_between`` or ``sites_from_density``.
    radius_angstrom, voronoi
        As in ``find_transitions``.
    shortest_visit_frames
        Shorter visits are taken out: their transitions merge, a visit there and back leaves no jump. ``None``: the
        length from which on the number of jumps does not depend on it, see ``residence.settled_visit``.
    framework
        Symbols whose drift is taken out.
    frame_interval_ps
        Time between frames, where the trajectory does not know it; without it nothing with a time is computed.
    collective_window_ps, collective_distance_angstrom
        What "at once" means; 0.5 ps (at least one frame) and 4.5 angstrom (at most half the cell) if not given.
    seed
        Of the shuffles and resamplings.

    Raises
    ------
    OptionError
        A wrong symbol, radius, window or distance.
    DataError
        The sites do not belong to this trajectory.
    """
    moving = moving_ions(trajectory, sites.species, framework)
    info = moving.info
    interval = info.frame_interval_ps if frame_interval_ps is None else frame_interval_ps
    transitions = find_transitions(moving, sites, radius_angstrom=radius_angstrom, voronoi=voronoi, progress=progress)
    if shortest_visit_frames is None:
        shortest_visit_frames, _ = settled_visit(transitions)
    jumps = transitions.jumps(shortest_visit_frames)
    window = _window(collective_window_ps, interval, info.n_frames)
    together = None
    if moving.info.n_frames >= 8 and jumps.n_ions > 1:
        distance = _distance(collective_distance_angstrom, moving.mean_cell)
        together = collective_jumps(
            jumps, window_frames=window, distance_angstrom=distance, frame_interval_ps=interval, seed=seed
        )
    return summarise(
        jumps, info, interval, n_transitions=len(transitions), framework=moving.framework, together=together, seed=seed
    )


def summarise(
    jumps: Jumps,
    info: TrajectoryInfo,
    interval: float | None,
    *,
    n_transitions: int,
    framework: Sequence[str],
    together: CollectiveJumps | None,
    seed: int,
) -> JumpStatistics:
    """Turn jumps into quantities; times are in ps where ``interval`` is known."""
    import numpy as np

    n, time = len(jumps), None if interval is None else interval * info.n_frames
    length = np.linalg.norm(jumps.vectors, axis=1)
    tensor = jump_tensor(jumps, interval, info.source, seed)
    back, cosine, factor = _correlation(jumps, info.source, seed)
    stays = visits(jumps)
    times, share = survival(stays.lengths, stays.ended)
    thin = max(1, len(times) // KEPT_SURVIVAL)
    spread = dispersion(jumps.arrive, info.n_frames)
    return JumpStatistics(
        species=jumps.sites.species,
        n_ions=jumps.n_ions,
        n_sites=len(jumps.sites),
        n_frames=info.n_frames,
        run_length=_given(time, "ps", "frames times the time between them"),
        frame_interval=_given(interval, "ps", "as stored or given"),
        sites=jumps.sites.source,
        method="voronoi" if jumps.radius is None else "sphere",
        radius=_given(
            jumps.radius, "angstrom", "spheres about the sites; an ion keeps its site until it is in another"
        ),
        n_transitions=n_transitions,
        n_jumps=n,
        shortest_visit=_given(
            None if interval is None else jumps.shortest_visit * interval, "ps", "shorter visits are taken out"
        ),
        rate=_rate(n, None if time is None else jumps.n_ions * time, info.source),
        rate_intervals=() if time is None else poisson_intervals(n, jumps.n_ions * time, "THz"),
        dispersion=_dispersion(spread, n, info.source),
        hop_length=_mean(length, "angstrom", "mean distance between the two sites of a jump", info.source),
        back_jump_probability=back,
        mean_cosine=cosine,
        correlation_factor=factor,
        net_correlation_factor=_net_factor(jumps, info.source, seed),
        jump_diffusion_coefficient=tensor.coefficient,
        principal=tensor.principal,
        axes=tensor.axes,
        anisotropy=tensor.anisotropy,
        dimensionality=tensor.dimensionality,
        kinds=site_kinds(jumps, interval, info.source, stays),
        jumps=jump_kinds(jumps, interval, info.source),
        collective=together,
        lengths=tuple(np.sort(length)[:: max(1, -(-n // KEPT_LENGTHS))].tolist()) if n else (),
        survival_time_ps=() if interval is None else tuple((times[::thin] * interval).tolist()),
        survival=() if interval is None else tuple(share[::thin].tolist()),
        source=info.source,
        notes=_notes(jumps, spread, framework, n_transitions),
        citations=("garwood1936", "kaplan1958"),
    )


def _notes(jumps: Jumps, spread: tuple[float, float], framework: Sequence[str], n_transitions: int) -> tuple[str, ...]:
    found = [f"drift of the framework ({', '.join(framework)}) taken out" if framework else "no drift taken out"]
    if jumps.lost:
        found.append(f"{jumps.lost} ions were within no site in any frame; their time does not count towards occupancy")
    if spread[0] > 1.0 + OVERDISPERSED * spread[1]:
        found.append(
            f"jumps come in bursts (counts vary {spread[0]:.1f} times as much as Poisson's): the rates' intervals, "
            "which take jumps as independent, are too narrow by about the square root of that"
        )
    if n_transitions > 2 * max(len(jumps), 1):
        found.append(f"{n_transitions - len(jumps)} transitions belong to visits shorter than asked for")
    fast = float((jumps.arrive - jumps.leave > 1).mean()) if len(jumps) else 0.0
    if len(jumps) and jumps.n_frames / max(len(jumps) / jumps.n_ions, 1) < 10:
        found.append("ions jump more than once in ten frames: jumps between frames are missed; write frames more often")
    if fast:
        found.append(f"{fast:.0%} of the jumps spend frames between the spheres")
    return tuple(found)


def _correlation(jumps: Jumps, source: str, seed: int) -> tuple[AnyQuantity, AnyQuantity, AnyQuantity]:
    """Back-jump probability, mean cosine of successive jumps, and the correlation factor they mean."""
    import numpy as np

    vectors = jumps.vectors
    follow = np.flatnonzero(jumps.ion[1:] == jumps.ion[:-1]) if len(jumps) > 1 else np.array([], dtype=int)
    if len(follow) < 2:
        none = NotComputed(unit="1", method="fewer than two ions' jumps follow each other")
        return none, none, none
    first, second = vectors[follow], vectors[follow + 1]
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    cosines = np.einsum("ij,ij->i", first, second) / lengths
    back = (jumps.end[follow + 1] == jumps.start[follow]) & (
        jumps.translation[follow + 1] == -jumps.translation[follow]
    ).all(axis=1)
    n, k = len(back), int(back.sum())
    p, spread = (k + 0.5) / (n + 1), sqrt((k + 0.5) * (n - k + 0.5) / ((n + 1) ** 2 * (n + 2)))
    c = float(cosines.mean())
    error = _clustered(cosines, jumps.ion[follow], seed)
    return (
        Quantity(
            value=k / n, uncertainty=max(spread, abs(p - k / n)), unit="1", n=n, source=source,
            method="share of jumps that undo the ion's jump before; uncertainty: Jeffreys posterior",
        ),
        Quantity(
            value=c, uncertainty=error, unit="1", n=n, source=source,
            method="cosine between successive jumps of one ion; uncertainty: resampling of ions",
        ),
        Quantity(
            value=(1 + c) / (1 - c), uncertainty=2 * error / (1 - c) ** 2, unit="1", n=n, source=source,
            method="(1 + <cos>) / (1 - <cos>): exact where each jump remembers only the one before and all are "
            "symmetry-equivalent with at least a twofold axis; net_correlation_factor needs no such assumption",
        )
        if c < 1 - 1e-9
        else NotComputed(unit="1", method="every jump goes on in the direction of the one before"),
    )  # fmt: skip


def _clustered(values: Any, ions: Any, seed: int) -> float:
    """Standard error of a mean whose values come in clusters (ions)."""
    import numpy as np

    _, group = np.unique(ions, return_inverse=True)
    if group.max() < 4:
        return float(values.std(ddof=1) / sqrt(len(values)))
    sums, counts = np.bincount(group, values), np.bincount(group)
    rng = np.random.default_rng(seed)
    pick = rng.integers(len(sums), size=(RESAMPLES, len(sums)))
    return float(np.std(sums[pick].sum(axis=1) / counts[pick].sum(axis=1), ddof=1))


def _net_factor(jumps: Jumps, source: str, seed: int) -> AnyQuantity:
    """Sum of squared net displacements over the sum of squared hop lengths."""
    import numpy as np

    if len(jumps) < 2:
        return NotComputed(unit="1", method="fewer than two jumps")
    vectors = jumps.vectors
    parts = int(min(max(len(jumps) / jumps.n_ions / WINDOW_JUMPS, 1), MOST_WINDOWS))
    window = np.minimum(jumps.arrive * parts // jumps.n_frames, parts - 1)
    place, n = jumps.ion * parts + window, jumps.n_ions * parts
    net = np.stack([np.bincount(place, vectors[:, k], n) for k in range(3)], axis=1)
    squares = np.bincount(jumps.ion, np.square(vectors).sum(axis=1), jumps.n_ions)
    top = np.square(net).sum(axis=1).reshape(-1, parts).sum(axis=1)
    rng = np.random.default_rng(seed)
    pick = rng.integers(jumps.n_ions, size=(RESAMPLES, jumps.n_ions))
    below = squares[pick].sum(axis=1)
    resampled = top[pick].sum(axis=1)[below > 0] / below[below > 0]
    many = jumps.n_ions >= 5
    return Quantity(
        value=float(top.sum() / squares.sum()),
        uncertainty=float(resampled.std(ddof=1)) if many else None, unit="1", n=jumps.n_ions, source=source,
        method=f"sum of squared net displacements over that of squared hop lengths, in {parts} parts of the run; all "
        "correlations within a part are included; "
        + ("uncertainty: resampling of ions" if many else "too few ions for an uncertainty"),
    )  # fmt: skip


def _rate(count: int, exposure: float | None, source: str) -> AnyQuantity:
    if exposure is None:
        return NotComputed(unit="THz", method="the time between frames is not known; give it (--timestep-ps)")
    how = "jumps per ion and picosecond; uncertainty: Poisson" + ("" if count else ", of one jump: none was seen")
    return Quantity(
        value=count / exposure,
        uncertainty=sqrt(max(count, 1)) / exposure,
        unit="THz",
        n=count,
        method=how,
        source=source,
    )


def _dispersion(found: tuple[float, float], n: int, source: str) -> AnyQuantity:
    if n < 20:
        return NotComputed(unit="1", method=f"{n} jumps; 20 are needed")
    how = "variance over mean of the number of jumps in 20 parts of the run; uncertainty: that of Poisson counts"
    return Quantity(value=found[0], uncertainty=found[1], unit="1", n=20, method=how, source=source)


def _mean(values: Any, unit: str, method: str, source: str) -> AnyQuantity:
    if not len(values):
        return NotComputed(unit=unit, method="there are no jumps")
    spread = float(values.std(ddof=1)) if len(values) > 1 else None
    spread = 0.0 if spread is not None and spread < ROUNDING else spread
    how = f"{method}; uncertainty: standard deviation between jumps" if spread is not None else f"{method}; one jump"
    return Quantity(value=float(values.mean()), uncertainty=spread, unit=unit, n=len(values), method=how, source=source)


def _given(value: float | None, unit: str, method: str) -> AnyQuantity:
    if value is None:
        return NotComputed(unit=unit, method="not defined or not known here")
    return Quantity(value=value, uncertainty=None, unit=unit, method=f"{method}; exact", source="setting")


def _window(window_ps: float | None, interval: float | None, n_frames: int) -> int:
    if window_ps is not None and not window_ps >= 0:
        raise OptionError(f"a collective window of {window_ps:g} ps; give zero or more")
    if interval is None:
        if window_ps is not None:
            raise OptionError("a collective window in ps needs the time between frames; give it (--timestep-ps)")
        return 1
    if window_ps is not None:
        return round(window_ps / interval)
    return max(0, min(max(1, round(WINDOW_PS / interval)), n_frames // 4 - 1))


def _distance(given: float | None, cell: Any) -> float:
    from antiperovskite.transport.fractional import heights

    return min(DISTANCE, float(heights(cell).min()) / 2.0) if given is None else given


__all__ = ["jump_statistics", "summarise"]
