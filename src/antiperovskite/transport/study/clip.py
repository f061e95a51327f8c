"""A few hops of a run as a list of who went where and when, and the moving picture they make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import DataError
from antiperovskite.transport.study.hops import HopWindow
from antiperovskite.transport.study.model import Hop, HopClip

if TYPE_CHECKING:
    from antiperovskite.dynamics.trajectory.model import Trajectory
    from antiperovskite.transport.jumps import Jumps, Sites

CLIP_PS: Final = 20.0
MOST_FRAMES: Final = 240
MOST_HOPS: Final = 100
MOST_ATOMS: Final = 1000
FEWEST_FRAMES: Final = 4
"""Frames a drawn hop takes at least: a jump between two frames would not be seen."""
SHORTEST_VISIT_PS: Final = 0.3
"""Shorter visits are not drawn: rattling about the border between two sites."""


def hop_clip(trajectory: Trajectory, sites: Mapping[str, Sites], temperature_K: float) -> HopClip | None:
    """Return the piece of a run with most hops, at most ``CLIP_PS`` long and of ``MOST_HOPS``; ``None`` without any.

    Parameters
    ----------
    trajectory
        Unwrapped, with a known frame interval.
    sites
        Of each mobile species.
    temperature_K
        Of the run.

    Raises
    ------
    DataError
        The time between frames is not known, there are too many atoms, or no ion is on a site.
    """
    import numpy as np

    from antiperovskite.transport.fractional import average_places, moving_ions
    from antiperovskite.transport.jumps import find_transitions

    info = trajectory.info
    interval = info.frame_interval_ps
    if interval is None:
        raise DataError(f"the time between frames of {info.source} is not known")
    if info.n_ions > MOST_ATOMS:
        raise DataError(f"{info.n_ions} atoms are too many to draw in motion; at most {MOST_ATOMS}")
    visit = max(1, round(SHORTEST_VISIT_PS / interval))
    found = {one: find_transitions(trajectory, places).jumps(visit) for one, places in sites.items()}
    frames = min(round(CLIP_PS / interval), MOST_FRAMES)
    first, stop = _window([jumps.arrive for jumps in found.values()], info.n_frames, frames)
    if first is None:
        return None
    moving = moving_ions(trajectory, next(iter(sites)))
    still = [ion for ion, symbol in enumerate(info.symbols) if symbol in moving.framework]
    symbols = [info.symbols[ion] for ion in still]
    places: list[Any] = list(np.mod(average_places(moving, np.array(still, dtype=int)), 1.0)) if still else []
    hops: list[Hop] = []
    for one, jumps in found.items():
        starts, own = _of_species(jumps, first, stop, len(places))
        hops += own
        places += starts
        symbols += [one] * len(starts)
    return HopClip(
        temperature_K=temperature_K,
        frame_ps=interval,
        start_ps=first * interval,
        n_frames=stop - first,
        cell=tuple((float(a), float(b), float(c)) for a, b, c in moving.mean_cell),
        symbols=tuple(symbols),
        places=tuple((float(a), float(b), float(c)) for a, b, c in places),
        hops=tuple(sorted(hops, key=lambda hop: (hop.leave, hop.ion))),
        source=info.source,
    )


def _window(arrivals: list[Any], n_frames: int, frames: int) -> tuple[int | None, int]:
    """First frame and end of the stretch that holds most hops, cut where there would be too many."""
    import numpy as np

    when = np.sort(np.concatenate(arrivals))
    if not len(when):
        return None, 0
    frames = min(frames, n_frames)
    starts = np.clip(when - FEWEST_FRAMES, 0, n_frames - frames)
    held = np.searchsorted(when, starts + frames) - np.searchsorted(when, starts)
    first = int(starts[held.argmax()])
    inside = when[(when >= first) & (when < first + frames)]
    stop = first + frames if len(inside) <= MOST_HOPS else int(inside[MOST_HOPS])
    return first, max(stop, first + 2)


def _of_species(jumps: Jumps, first: int, stop: int, ahead: int) -> tuple[list[Any], list[Hop]]:
    """Where the ions of one species are at the start (fractional), and their hops; ``ahead``: ions listed before."""
    import numpy as np

    at = np.array(jumps.first_site, dtype=int).copy()
    hops = []
    vectors = jumps.vectors @ np.linalg.inv(jumps.cell)
    for row in np.argsort(jumps.arrive, kind="stable"):
        if jumps.arrive[row] < first:
            at[jumps.ion[row]] = jumps.end[row]
    known = np.flatnonzero(at >= 0)  # an ion that was on no site ever has no place to be drawn at
    number = {int(ion): ahead + k for k, ion in enumerate(known)}
    for row in np.flatnonzero((jumps.arrive >= first) & (jumps.arrive < stop)):
        a, b, c = (float(value) for value in vectors[row])
        ion = number[int(jumps.ion[row])]
        leave, arrive = max(int(jumps.leave[row]) - first, 0), int(jumps.arrive[row]) - first
        hops.append(Hop(ion=ion, leave=leave, arrive=arrive, step=(a, b, c)))
    return list(jumps.sites.fractional[at[known]]), hops


def clip_window(clip: HopClip) -> HopWindow:
    """Ions on their sites, going straight from one to the next: what the moving picture is drawn from."""
    import numpy as np

    cell = np.array(clip.cell)
    path = np.repeat(np.array(clip.places, dtype=float)[None], clip.n_frames, axis=0)
    frames = np.arange(clip.n_frames)
    for hop in clip.hops:
        end = max(hop.arrive, hop.leave + 1)
        wait = max(FEWEST_FRAMES - (end - hop.leave), 0) / 2.0
        share = np.clip((frames - hop.leave + wait) / (end - hop.leave + 2 * wait), 0.0, 1.0)
        path[:, hop.ion] += (share * share * (3.0 - 2.0 * share))[:, None] * np.array(hop.step)
    return HopWindow(
        symbols=clip.symbols,
        positions=(path @ cell).astype(np.float32),
        cell=cell,
        frame_ps=clip.frame_ps,
        start_ps=clip.start_ps,
        jumped=tuple(sorted({hop.ion for hop in clip.hops})),
        smoothed_ps=0.0,
        temperature_K=clip.temperature_K,
    )
