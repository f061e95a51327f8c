"""Jumps by where they go and how far, and sites by label: occupancy, residence, rates."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.transport.jumps.counting import poisson_intervals, residence_intervals
from antiperovskite.transport.jumps.model import JumpKind, SiteKind

if TYPE_CHECKING:
    from antiperovskite.transport.jumps.transitions import Jumps

SAME_LENGTH: Final = 0.25
"""angstrom; hop lengths whose neighbours in order are nearer than this count as one."""
ROUNDING: Final = 1e-6
"""angstrom"""
NO_TIME: Final = "the time between frames is not known; give it (--timestep-ps)"


@dataclass(frozen=True)
class Visits:
    """Every stay of an ion on a site: site, frames it lasted, and whether it ended by a jump."""

    sites: Any
    lengths: Any
    ended: Any
    begun: Any
    """Whether it began by a jump (False: the ion was there when the run began)."""


def visits(jumps: Jumps) -> Visits:
    """Stays from arrival to the arrival at the next site, in frames; the run's ends cut the first and last."""
    import numpy as np

    here = np.flatnonzero(jumps.first_site >= 0)
    ion = np.concatenate([here, jumps.ion])
    begin = np.concatenate([np.zeros(len(here), dtype=np.int64), jumps.arrive])
    site = np.concatenate([jumps.first_site[here], jumps.end])
    begun = np.concatenate([np.zeros(len(here), dtype=bool), np.ones(len(jumps), dtype=bool)])
    order = np.lexsort((begin, ion))
    ion, begin, site, begun = ion[order], begin[order], site[order], begun[order]
    last = np.append(ion[1:] != ion[:-1], True)
    end = np.where(last, jumps.n_frames, np.append(begin[1:], 0))
    return Visits(site, end - begin, ~last, begun)


def site_kinds(jumps: Jumps, interval: float | None, source: str, stays: Visits) -> tuple[SiteKind, ...]:
    """Occupancy and residence of sites by label."""
    import numpy as np

    labels = np.array(jumps.sites.labels)
    found = []
    for label in dict.fromkeys(jumps.sites.labels):
        own = labels == label
        mine = own[stays.sites]
        frames, departures = float(stays.lengths[mine].sum()), int(stays.ended[mine].sum())
        held, count = int(jumps.held[own].sum()), int(own.sum())
        per_site = jumps.held[own] / jumps.n_frames
        spread = float(per_site.std(ddof=1) / sqrt(count)) if count > 1 else None
        found.append(
            SiteKind(
                label=label,
                n_sites=count,
                occupancy=Quantity(
                    value=float(per_site.mean()), uncertainty=spread, unit="1", n=count, source=source,
                    method="mean number of owners, short visits included; "
                    + ("uncertainty: scatter between sites" if count > 1 else "one site: no scatter"),
                ),
                in_sphere=_inside(int(jumps.inside[own].sum()), held, jumps.radius, source),
                residence=_residence(frames, departures, interval, source),
                residence_intervals=()
                if interval is None or not departures
                else residence_intervals(departures, frames * interval, "ps"),
            )
        )  # fmt: skip
    return tuple(found)


def _inside(inside: int, held: int, radius: float | None, source: str) -> AnyQuantity:
    if radius is None or not held:
        return NotComputed(unit="1", method="Voronoi cells have no spheres" if radius is None else "never occupied")
    how = "frames within the sphere over frames of ownership; the rest is between sites; no uncertainty estimated"
    return Quantity(value=inside / held, uncertainty=None, unit="1", n=held, method=how, source=source)


def _residence(frames: float, departures: int, interval: float | None, source: str) -> AnyQuantity:
    if interval is None:
        return NotComputed(unit="ps", method=NO_TIME)
    if not departures:
        return NotComputed(unit="ps", method=f"no ion left in {frames * interval:.3g} ps of occupation")
    value = frames * interval / departures
    return Quantity(
        value=value, uncertainty=value / sqrt(departures), unit="ps", n=departures, source=source,
        method="occupied time over departures: the maximum-likelihood mean of exponential times with visits cut off by "
        "the run's ends; uncertainty: Poisson",
    )  # fmt: skip


def jump_kinds(jumps: Jumps, interval: float | None, source: str) -> tuple[JumpKind, ...]:
    """Rates by label of both sites and hop length, each direction by itself, the most frequent first."""
    import numpy as np

    if not len(jumps) or interval is None:
        return ()
    lengths = np.linalg.norm(jumps.vectors, axis=1)
    labels = np.array(jumps.sites.labels)
    group = _length_groups(lengths)
    names = list(dict.fromkeys(jumps.sites.labels))
    number = np.array([names.index(label) for label in jumps.sites.labels])
    held = np.bincount(number, jumps.held, len(names)) * interval
    keys = np.column_stack([number[jumps.start], number[jumps.end], group])
    unique, inverse, counts = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    inverse = inverse.reshape(-1)
    found = []
    for row in np.argsort(-counts, kind="stable"):
        start, end, _ = unique[row]
        own, count, exposure = lengths[inverse == row], int(counts[row]), float(held[start])
        found.append(
            JumpKind(
                start=names[start],
                end=names[end],
                count=count,
                length=Quantity(
                    value=float(own.mean()), uncertainty=float(_spread(own)), unit="angstrom", n=count, source=source,
                    method="distance between sites in the mean cell; uncertainty: standard deviation between jumps",
                ),
                rate=Quantity(
                    value=count / exposure, uncertainty=sqrt(count) / exposure, unit="THz", n=count, source=source,
                    method=f"jumps per picosecond and ion on a site {names[start]}; uncertainty: Poisson",
                ),
                intervals=poisson_intervals(count, exposure, "THz"),
            )
        )  # fmt: skip
    assert sum(item.count for item in found) == len(jumps) and len(labels) == len(number)
    return tuple(found)


def _spread(values: Any) -> float:
    """Standard deviation, zero where it is rounding."""
    found = float(values.std())
    return found if found > ROUNDING else 0.0


def _length_groups(lengths: Any) -> Any:
    """Number lengths so that those of one shell share a number."""
    import numpy as np

    order = np.argsort(lengths)
    steps = np.diff(lengths[order], prepend=lengths[order[0]]) > SAME_LENGTH
    group = np.empty(len(lengths), dtype=int)
    group[order] = np.cumsum(steps)
    return group
